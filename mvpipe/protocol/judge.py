"""What a turn did, decided from the timelines on either side of it."""

from __future__ import annotations

from enum import StrEnum

from mvpipe.model.canonical import Digest


class Ending(StrEnum):
    """How a turn's stream ended."""

    CLOSED = "closed"
    """By the service, between two events."""
    CUT = "cut"
    """In the middle of something, or with the connection."""
    TIMED_OUT = "timed out"
    """By us, after a limit."""
    FAILED = "failed"
    """With an error of the run, said by the service."""


class Outcome(StrEnum):
    """What became of a prompt."""

    ANSWERED = "answered"
    """There are words to show; the timeline may have moved or not."""
    APPLIED = "applied"
    """The timeline moved without a word."""
    NOTHING = "nothing"
    """It is over, and nothing came of it."""
    UNKNOWN = "unknown"
    """The work may still be going on: read again later, and never send the prompt again."""


def judge(*, text: str, ending: Ending, before: Digest, after: Digest) -> Outcome:
    """Decide what one turn did, from its reply and the timeline's digest on either side.

    A third of edits close the stream without a word, so silence alone proves nothing: the
    timeline does. Nothing is proved by an unchanged timeline either while the work may go on.
    """
    if before != after:
        return Outcome.ANSWERED if text else Outcome.APPLIED
    if ending in {Ending.CUT, Ending.TIMED_OUT}:
        return Outcome.UNKNOWN
    if ending is Ending.FAILED:
        return Outcome.NOTHING
    return Outcome.ANSWERED if text else Outcome.NOTHING
