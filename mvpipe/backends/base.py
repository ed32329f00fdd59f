"""The contract of a backend: its verbs, each with a word on whether it is safe to repeat."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import NewType, Protocol

from mvpipe.model.canonical import Digest, digest_of
from mvpipe.model.hints import MusicHints
from mvpipe.model.job import Export, Input, Prompt
from mvpipe.model.timeline import Timeline
from mvpipe.protocol.gui import Meant
from mvpipe.protocol.judge import Ending

SessionId = NewType("SessionId", str)
RenderId = NewType("RenderId", str)

Percent = Callable[[int], None]
"""Is told how far something is, from 0 to 100."""

Notice = Callable[[str], None]
"""Is told in a sentence what takes so long."""


@dataclass(frozen=True, slots=True)
class Uploaded:
    """What a backend knows of a file it was given; `duration_ms` is `None` for a picture.

    `notes` are sentences the user should read, such as a doubt about the beat.
    """

    media: str
    duration_ms: int | None
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Turn:
    """One prompt's answer: `text` is for the user and may be empty.

    `meant` is what the backend asked its reader to do on a screen; it is not in `text`.
    `problem` is why a turn failed, in the backend's words.
    """

    text: str
    ending: Ending = Ending.CLOSED
    meant: tuple[Meant, ...] = ()
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The edit at one moment; `timeline` is `None` before the first.

    `digest` changes whenever anything of the edit does, also what `timeline` has no word for.
    `taken` names the steps whose prompts have arrived; `None` where the backend cannot tell.
    `busy` says that one of them is being carried out.
    """

    digest: Digest
    timeline: Timeline | None
    taken: frozenset[str] | None = None
    busy: bool = False


def snapshot_of(timeline: Timeline | None) -> Snapshot:
    """Return the snapshot of an edit that has nothing to it but its timeline."""
    return Snapshot(digest=digest_of(timeline), timeline=timeline)


@dataclass(frozen=True, slots=True)
class Credits:
    """A balance; `None` where the backend is free."""

    available: int | None
    frozen: int | None = None


class RenderStatus(StrEnum):
    """Where a render stands; the last three are final."""

    PENDING = "pending"
    RENDERING = "rendering"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class RenderState:
    """A render's progress in frames; `problem` says why it failed, `hint` what to do.

    `frames_kept` of those done were there already, from an earlier render.
    """

    status: RenderStatus
    frames_done: int
    frames_total: int
    problem: str = ""
    hint: str = ""
    frames_kept: int = 0


class Backend(Protocol):
    """What the runner needs of who renders; every verb raises an `MvpipeError` on failure."""

    def identity(self) -> str:
        """Name the backend and everything about it that can change a result. Safe to repeat."""
        ...

    def lasts(self) -> bool:
        """Say whether sessions and renders outlive this process. Safe to repeat."""
        ...

    def open(self, *, name: str, language: str, seed: int, hints: MusicHints) -> SessionId:
        """Start a session. Not safe to repeat: each call makes another."""
        ...

    def resume(self, session: SessionId, *, uploaded: Sequence[Input]) -> bool:
        """Take up a session of an earlier process; say whether it is still there.

        `uploaded` are the files it was given, in order. Safe to repeat.
        """
        ...

    def upload(self, session: SessionId, item: Input, *, progress: Percent) -> Uploaded:
        """Hand over one file. Safe to repeat: the same file is taken once."""
        ...

    def say(self, session: SessionId, prompt: Prompt, *, notice: Notice) -> Turn:
        """Carry one prompt out, telling `notice` from time to time that it goes on.

        Returns at its time limit at the latest. Not safe to repeat: an edit may be applied
        twice, and paid for twice.
        """
        ...

    def timeline(self, session: SessionId) -> Snapshot:
        """Return the edit as it stands. Safe to repeat."""
        ...

    def credits(self) -> Credits:
        """Return the balance. Safe to repeat."""
        ...

    def render(self, session: SessionId, *, export: Export, render: RenderId) -> None:
        """Start rendering under an id the caller chose. Not safe to repeat."""
        ...

    def poll(self, render: RenderId) -> RenderState:
        """Say how far a render is. Safe to repeat."""
        ...

    def fetch(self, render: RenderId, to: Path) -> tuple[str, ...]:
        """Put the finished video at `to`, whole or not at all; return notes for the user.

        Safe to repeat until it has worked; the backend may then let go of the render.
        """
        ...

    def cancel(self, render: RenderId) -> None:
        """Stop a render within two seconds and keep nothing of it. Safe to repeat."""
        ...

    def close(self) -> None:
        """Let go of processes and temporary files. Safe to repeat."""
        ...
