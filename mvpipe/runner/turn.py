"""Takes one turn: says a prompt once, then finds out from the timeline what it did."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from typing import assert_never

from mvpipe.backends.base import Backend, Notice, SessionId, Snapshot
from mvpipe.errors import DirectionError, MvpipeError, OutcomeUnknown
from mvpipe.model.canonical import Digest
from mvpipe.model.job import Prompt
from mvpipe.model.timeline import Timeline
from mvpipe.protocol.gui import Meant
from mvpipe.protocol.judge import Outcome, judge
from mvpipe.protocol.parse import quoted
from mvpipe.protocol.wire import TURN_TOTAL_S

FIRST_LOOK_S = 30.0
LOOK_EVERY_S = 60.0
LOOKS = 5
"""After a cut stream the work may go on: this often the timeline is read again."""

WATCH_S = FIRST_LOOK_S + LOOKS * LOOK_EVERY_S
SECOND_LOOK_S = 1.0
"""What a killed process sent last may still be on its way."""

RESEND = "look at the project; `mvpipe run --resend` says the prompt again"


@dataclass(frozen=True, slots=True)
class Taken:
    """What came of a turn: words for the user, and the timeline if it moved.

    `meant` is what the backend asked its reader to do on a screen.
    """

    text: str
    changed: Timeline | None
    after: Digest
    meant: tuple[Meant, ...] = ()


@dataclass(frozen=True, slots=True)
class Earlier:
    """A prompt that an earlier process said, or was about to say.

    `before` is the timeline's digest ahead of it, `age_s` how long ago that was. `over` says
    that the turn is known to have ended, `named` that no other prompt had its step's name.
    """

    before: Digest
    age_s: float
    over: bool
    named: bool


def take_turn(
    backend: Backend,
    session: SessionId,
    prompt: Prompt,
    *,
    before: Snapshot,
    notice: Notice,
    sleep: Callable[[float], None],
) -> Taken:
    """Say the prompt, once, whatever happens; return what it did to the timeline `before`.

    Not safe to repeat. Raises OutcomeUnknown where it cannot be found out; whatever else is
    raised, such as DirectionError where the backend says that it failed, had no effect.
    """
    turn = backend.say(session, prompt, notice=notice)
    after = _looked(backend, session)
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
            changed = after.timeline if moved else None
            return Taken(turn.text, changed, after.digest, meant=turn.meant)
        case Outcome.UNKNOWN:
            notice("the answer was cut off; looking whether the edit arrives")
            arrived = prompt.id in _arrived(before, after)
            left = FIRST_LOOK_S if arrived else WATCH_S
            found = _awaited(
                backend,
                session,
                before=before.digest,
                left_s=left,
                arrived=arrived,
                sleep=sleep,
            )
            return replace(found, text=turn.text)
        case _:
            assert_never(outcome)


def settle(
    backend: Backend,
    session: SessionId,
    prompt: Prompt,
    *,
    earlier: Earlier,
    notice: Notice,
    sleep: Callable[[float], None],
) -> Taken | None:
    """Find out what became of a prompt of an earlier process; `None`: it never arrived.

    Says nothing again. Safe to repeat. Raises OutcomeUnknown where it cannot be found out.
    """
    now = backend.timeline(session)
    if now.digest != earlier.before:
        return _moved(now, text="")
    if earlier.over:
        return Taken("", None, now.digest)
    tells = now.taken is not None and earlier.named
    if tells and prompt.id not in (now.taken or ()):
        sleep(SECOND_LOOK_S)
        now = backend.timeline(session)
        if prompt.id not in (now.taken or ()):
            return None
    notice("this prompt was said before; looking whether the edit arrives")
    left = FIRST_LOOK_S if tells else min(WATCH_S, TURN_TOTAL_S + WATCH_S - earlier.age_s)
    return _awaited(
        backend, session, before=earlier.before, left_s=left, arrived=tells, sleep=sleep
    )


def _arrived(before: Snapshot, after: Snapshot) -> frozenset[str]:
    """Return the steps that are known to have arrived between two looks."""
    return (after.taken or frozenset()) - (before.taken or frozenset())


def _awaited(
    backend: Backend,
    session: SessionId,
    *,
    before: Digest,
    left_s: float,
    arrived: bool,
    sleep: Callable[[float], None],
) -> Taken:
    """Return what becomes of a prompt in time; one known to have `arrived` may do nothing."""
    try:
        found = _watched(backend, session, before=before, waits=_waits(left_s), sleep=sleep)
    except OutcomeUnknown:
        if arrived:
            return Taken("", None, before)
        raise
    return _moved(found, text="")


def _moved(now: Snapshot, *, text: str) -> Taken:
    return Taken(text, now.timeline, now.digest)


def _looked(backend: Backend, session: SessionId) -> Snapshot:
    """Return the timeline after a turn; where it cannot be read, the outcome is unknown."""
    try:
        return backend.timeline(session)
    except MvpipeError as problem:
        raise OutcomeUnknown(
            f"the prompt was said and the timeline cannot be read: {problem}",
            hint="run the job again: it looks first, and says nothing twice",
        ) from problem


def _waits(total_s: float) -> Iterator[float]:
    """Yield the waits between looks, about `total_s` in all."""
    wait = FIRST_LOOK_S
    while total_s > 0:
        yield wait
        total_s -= wait
        wait = LOOK_EVERY_S


def _watched(
    backend: Backend,
    session: SessionId,
    *,
    before: Digest,
    waits: Iterable[float],
    sleep: Callable[[float], None],
) -> Snapshot:
    """Read until the timeline moves; never say the prompt again."""
    for wait in waits:
        sleep(wait)
        after = _looked(backend, session)
        if after.digest != before:
            return after
    raise OutcomeUnknown(
        "the answer was cut off and the timeline has not moved since", hint=RESEND
    )
