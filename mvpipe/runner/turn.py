"""Takes one turn: says a prompt once, then finds out from the timeline what it did."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from enum import Enum, auto

from mvpipe.backends.base import Backend, Notice, SessionId, Snapshot
from mvpipe.errors import DirectionError, MvpipeError, OutcomeUnknown, Unreachable
from mvpipe.model.canonical import Digest
from mvpipe.model.job import Prompt
from mvpipe.model.timeline import Timeline
from mvpipe.protocol.gui import Meant
from mvpipe.protocol.judge import Ending, Outcome, judge
from mvpipe.protocol.parse import quoted
from mvpipe.protocol.wire import TURN_TOTAL_S

FIRST_LOOK_S = 30.0
LOOK_EVERY_S = 60.0
LOOKS = 5
"""After a cut stream the work may go on: this often the timeline is read again."""

BROKEN = frozenset({Ending.CUT, Ending.TIMED_OUT})
"""How a stream ends whose turn may go on."""

WATCH_S = FIRST_LOOK_S + LOOKS * LOOK_EVERY_S
WORK_S = float(TURN_TOTAL_S)
"""So long is waited for a prompt that is known to have arrived and to be under way."""
SECOND_LOOK_S = 1.0
"""What a killed process sent last may still be on its way."""

GO_ON = "run the job again: it goes on where it was"
RESEND = "look at the project; `mvpipe run --resend` says the prompt again"


class NeverArrived(Unreachable):
    """A prompt was lost on its way, for sure: it may be said again."""


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
    raised, such as DirectionError where the backend says that it failed, and NeverArrived where
    it tells that it never heard of the prompt, had no effect.
    """
    turn = backend.say(session, prompt, notice=notice)
    after = _looked(backend, session)
    outcome = judge(
        text=turn.text, ending=turn.ending, before=before.digest, after=after.digest
    )
    moved = before.digest != after.digest
    tells = before.taken is not None and prompt.id not in before.taken
    search = _Search(backend, session, prompt.id, before.digest, sleep, tells=tells)
    found: Taken | None = Taken("", after.timeline if moved else None, after.digest)
    if turn.ending in BROKEN:
        notice("the answer was cut off; looking whether the edit arrives")
        found = search.result(after, absent_s=FIRST_LOOK_S, left_s=WATCH_S)
    elif outcome is Outcome.NOTHING and turn.problem:
        raise DirectionError(f"the prompt was not carried out: {quoted(turn.problem)}")
    elif outcome is Outcome.NOTHING:
        notice("not a word, and no edit yet; looking once more")
        found = replace(search, over=True).result(after, absent_s=0, left_s=FIRST_LOOK_S)
    elif turn.problem:
        notice(f"the edit arrived, though {quoted(turn.problem)} was said")
    if found is None:
        raise NeverArrived("the connection broke before the prompt arrived", hint=GO_ON)
    return replace(found, text=turn.text, meant=turn.meant)


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
    tells = now.taken is not None and earlier.named
    if earlier.over:
        moved = now.digest != earlier.before
        return Taken("", now.timeline if moved else None, now.digest)
    notice("this prompt was said before; looking whether the edit arrives")
    rests = earlier.age_s > TURN_TOTAL_S + WATCH_S
    search = _Search(
        backend, session, prompt.id, earlier.before, sleep, tells=tells, rests=rests
    )
    left = min(WATCH_S, TURN_TOTAL_S + WATCH_S - earlier.age_s)
    return search.result(now, absent_s=SECOND_LOOK_S, left_s=left)


class _Sight(Enum):
    """What a look at the state shows of a prompt."""

    MOVED = auto()
    """The timeline has moved."""
    ABSENT = auto()
    """The backend has not heard of the prompt."""
    OVER = auto()
    """It arrived, and nothing is under way any more."""
    OPEN = auto()
    """It may be under way, for all one can see."""


@dataclass(frozen=True, slots=True)
class _Search:
    """Looks for what a prompt did.

    `tells` says that the backend tells of the `step`, `over` that the turn has ended, `rests`
    that it is so long ago that nothing more can follow.
    """

    backend: Backend
    session: SessionId
    step: str
    before: Digest
    sleep: Callable[[float], None]
    tells: bool = False
    over: bool = False
    rests: bool = False

    def result(self, now: Snapshot, *, absent_s: float, left_s: float) -> Taken | None:
        """Return what the prompt did, `None` where it never arrived; says nothing again.

        Whatever may change yet is believed once two looks have shown the same. `absent_s` is
        waited between them for a prompt that is not there, about `left_s` for an edit that
        nobody tells of. Raises OutcomeUnknown.
        """
        seen = self._sight(now)
        for wait in _waits(WORK_S if self.tells and not self.over else left_s):
            if seen is _Sight.MOVED:
                break
            self.sleep(absent_s if seen is _Sight.ABSENT else wait)
            last, now = seen, _looked(self.backend, self.session)
            seen = self._sight(now)
            if seen is last and seen is not _Sight.OPEN:
                break
        match seen:
            case _Sight.MOVED:
                whole = self._whole(now)
                return Taken("", whole.timeline, whole.digest)
            case _Sight.OVER:
                return Taken("", None, now.digest)
            case _Sight.ABSENT:
                return None
            case _Sight.OPEN:
                raise OutcomeUnknown(
                    "the answer was cut off and the timeline has not moved since", hint=RESEND
                )

    def _sight(self, now: Snapshot) -> _Sight:
        if now.digest != self.before:
            return _Sight.MOVED
        if self.tells and not self.over and self.step not in (now.taken or ()):
            return _Sight.ABSENT
        over = self.over or (self.tells and not now.busy)
        return _Sight.OVER if over else _Sight.OPEN

    def _whole(self, now: Snapshot) -> Snapshot:
        """Return the edit once it rests, or has had its time: it may come in stages."""
        for _ in range(LOOKS):
            if self.rests or self.over or (self.tells and not now.busy):
                break
            self.sleep(FIRST_LOOK_S)
            last, now = now, _looked(self.backend, self.session)
            if now.digest == last.digest and not now.busy:
                break
        return now


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
