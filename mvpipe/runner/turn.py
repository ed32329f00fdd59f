"""Takes one turn: says a prompt once, then finds out from the timeline what it did."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import assert_never

from mvpipe.backends.base import Backend, Notice, SessionId, Snapshot
from mvpipe.errors import DirectionError, OutcomeUnknown
from mvpipe.model.job import Prompt
from mvpipe.model.timeline import Timeline
from mvpipe.protocol.judge import Outcome, judge
from mvpipe.protocol.parse import quoted

FIRST_LOOK_S = 30.0
LOOK_EVERY_S = 60.0
LOOKS = 5
"""After a cut stream the work may go on: this often the timeline is read again."""


@dataclass(frozen=True, slots=True)
class Taken:
    """What came of a turn: words for the user, and the timeline if it moved."""

    text: str
    changed: Timeline | None


def take_turn(
    backend: Backend,
    session: SessionId,
    prompt: Prompt,
    *,
    notice: Notice,
    sleep: Callable[[float], None],
) -> Taken:
    """Say the prompt, once, whatever happens; return what it did.

    Not safe to repeat. Raises OutcomeUnknown where it cannot be found out, DirectionError where
    the backend says that it failed and nothing moved, and what the backend raises.
    """
    before = backend.timeline(session)
    turn = backend.say(session, prompt, notice=notice)
    after = backend.timeline(session)
    outcome = judge(
        text=turn.text, ending=turn.ending, before=before.digest, after=after.digest
    )
    match outcome:
        case Outcome.NOTHING if turn.problem:
            raise DirectionError(f"the prompt was not carried out: {quoted(turn.problem)}")
        case Outcome.ANSWERED | Outcome.APPLIED | Outcome.NOTHING:
            if turn.problem:
                notice(f"the edit arrived, though {quoted(turn.problem)} was said")
            moved = before.digest != after.digest
            return Taken(text=turn.text, changed=after.timeline if moved else None)
        case Outcome.UNKNOWN:
            notice("the answer was cut off; looking whether the edit arrives")
            found = _watched(backend, session, before=before, sleep=sleep)
            return Taken(text=turn.text, changed=found)
        case _:
            assert_never(outcome)


def _watched(
    backend: Backend,
    session: SessionId,
    *,
    before: Snapshot,
    sleep: Callable[[float], None],
) -> Timeline | None:
    """Read until the timeline moves; never say the prompt again."""
    for wait in (FIRST_LOOK_S, *([LOOK_EVERY_S] * LOOKS)):
        sleep(wait)
        after = backend.timeline(session)
        if after.digest != before.digest:
            return after.timeline
    raise OutcomeUnknown(
        "the answer was cut off and the timeline has not moved since",
        hint="look at the project before you run the job again: the edit may still arrive",
    )
