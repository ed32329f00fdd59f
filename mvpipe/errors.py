"""Every way mvpipe can fail that is not a bug: one sentence, one hint, one exit code each."""

from __future__ import annotations

from collections.abc import Iterable
from enum import IntEnum
from typing import ClassVar

from mvpipe.model.place import Finding


class Exit(IntEnum):
    """The exit codes, an interface that scripts rely on."""

    DONE = 0
    FAILED = 1
    USAGE = 2
    SPEC = 3
    TOKEN = 4
    CREDITS = 5
    UNREACHABLE = 6
    NOTHING = 7
    UNKNOWN = 8
    LOCKED = 9
    BUG = 70
    INTERRUPTED = 130
    TERMINATED = 143


class MvpipeError(Exception):
    """Something a user can meet: `str()` is one sentence, `hint` a way out or empty."""

    exit: ClassVar[Exit] = Exit.FAILED

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.hint = hint


class UsageError(MvpipeError):
    """The command line asks for something that cannot be meant, or names a missing file."""

    exit = Exit.USAGE


class SpecError(MvpipeError):
    """One or more job files are wrong; `findings` holds every finding, in order of place."""

    exit = Exit.SPEC

    def __init__(self, findings: Iterable[Finding]) -> None:
        self.findings = tuple(sorted(findings))
        count = len(self.findings)
        super().__init__(f"{count} finding{'' if count == 1 else 's'}")


class NothingMatched(MvpipeError):
    """A folder, a pattern or a choice such as `--only` matches nothing."""

    exit = Exit.NOTHING


class MediaError(MvpipeError):
    """An input file cannot be used."""


class UnsupportedMedia(MediaError):
    """The file is of a kind that is not accepted, whatever its name says."""


class DamagedMedia(MediaError):
    """The file is of an accepted kind but broken beyond use."""


class MissingMedia(MediaError):
    """The file is not there, or cannot be read."""


class DirectionError(MvpipeError):
    """A prompt cannot be carried out at all, such as an edit before anything was generated."""


class ExpectationFailed(MvpipeError):
    """The timeline is not what a step expects of it."""


class RenderFailed(MvpipeError):
    """A render ended without a video."""


class OutputError(MvpipeError):
    """An output cannot be written: no space, no permission, outside the project."""


class JournalError(MvpipeError):
    """The journal cannot be read or written, or is not what was written."""


class Locked(MvpipeError):
    """Another run is at work on the same job."""

    exit = Exit.LOCKED


class BudgetExceeded(MvpipeError):
    """The next call would spend more than the job or the operator allows."""

    exit = Exit.CREDITS


class Timeout(MvpipeError):
    """A step took longer than it was given."""

    exit = Exit.UNREACHABLE


class TooLarge(MediaError):
    """The file is bigger than is accepted."""


class TokenRefused(MvpipeError):
    """There is no token, or the service takes it for wrong or expired."""

    exit = Exit.TOKEN


class ClientIdMissing(MvpipeError):
    """A token was asked for without a client id."""

    exit = Exit.TOKEN


class PlanRefused(MvpipeError):
    """The account or its plan does not allow this; credits would not help."""

    exit = Exit.TOKEN


class OutOfCredits(MvpipeError):
    """The service wants more credits than are left."""

    exit = Exit.CREDITS


class SessionGone(MvpipeError):
    """The service knows no session of that id, any more or at all."""


class UnknownRender(MvpipeError):
    """The service knows no render of that id, so none was ever accepted under it."""


class RenderExists(MvpipeError):
    """The service has a render of that id already."""


class Refused(MvpipeError):
    """The service says no for a reason that has no other name here."""


class RateLimited(MvpipeError):
    """The service was asked too often."""

    exit = Exit.UNREACHABLE


class Unreachable(MvpipeError):
    """The service cannot be reached, or is in trouble itself; trying again may help."""

    exit = Exit.UNREACHABLE


class BadAnswer(MvpipeError):
    """What the other end sent is not what the protocol allows."""

    exit = Exit.UNREACHABLE


class OutcomeUnknown(MvpipeError):
    """Something was sent, and whether it took effect cannot be told yet."""

    exit = Exit.UNKNOWN


class StillRendering(MvpipeError):
    """The wait for a render is over, the render is not; it can be collected later."""

    exit = Exit.UNKNOWN


class MissingExtra(MvpipeError):
    """A part of mvpipe that this command needs is not installed."""

    exit = Exit.USAGE


class Terminated(KeyboardInterrupt):
    """The process was asked to end by SIGTERM; like Ctrl-C, it is no error of anybody's."""
