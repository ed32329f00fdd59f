"""How the server can be told to misbehave, and when it does: pure, and seeded.

`silent=0.3,429=2,slow-body` becomes a `Chaos`; whether its habit strikes for the nth time that
it could is decided by seed, habit and n alone, so that one habit never shifts another.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from enum import StrEnum

from mvpipe.errors import UsageError
from mvpipe.protocol.renders import RenderForm
from mvpipe.protocol.stream import EventForm

MOST_COUNT = 1_000_000
MOST_SECONDS = 3600


class Habit(StrEnum):
    """One way to misbehave, by the name it is asked for."""

    SILENT = "silent"
    CUT = "cut"
    LOST = "lost"
    LATE = "late"
    NOISE = "noise"
    HEARTBEATS = "heartbeats"
    RATE_LIMIT = "429"
    TROUBLE = "5xx"
    HTML = "html"
    BAD_JSON = "bad-json"
    EXPIRE_TOKEN = "expire-token"  # noqa: S105 - a habit's name
    GONE_SESSION = "gone-session"
    NO_CREDITS = "no-credits"
    PLAN = "plan-402"
    ATTRIBUTION = "attribution"
    NO_FLAC = "no-flac"
    RENDER_FAILS = "render-fails"
    WRONG_LENGTH = "wrong-length"
    SLOW_BODY = "slow-body"
    P2 = "p2"
    BOTH = "p1+p2"
    E2 = "e2"
    E3 = "e3"


class Takes(StrEnum):
    """What may follow a habit's `=`."""

    PART = "P"
    """How likely it is each time, from 0 to 1."""
    COUNT = "N"
    """How often, or at which call."""
    SECONDS = "S"
    """For how long."""
    NOTHING = ""


@dataclass(frozen=True, slots=True)
class Trait:
    """What a habit takes, what it is without that, and its line of help."""

    takes: Takes
    usual: float
    line: str


TRAITS: Mapping[Habit, Trait] = {
    Habit.SILENT: Trait(Takes.PART, 1, "the edit is applied, the turn ends without a word"),
    Habit.CUT: Trait(Takes.PART, 1, "the edit is applied, the stream is cut inside an event"),
    Habit.LOST: Trait(Takes.PART, 1, "the stream is cut and the edit is not applied"),
    Habit.LATE: Trait(Takes.PART, 1, "no word, and the first look at the state shows no edit"),
    Habit.NOISE: Trait(Takes.PART, 1, "an excuse about a temporary issue follows the reply"),
    Habit.HEARTBEATS: Trait(Takes.COUNT, 3, "so many heartbeats come before each reply"),
    Habit.RATE_LIMIT: Trait(Takes.COUNT, 1, "the first N calls are refused with 429"),
    Habit.TROUBLE: Trait(Takes.PART, 1, "a call ends with 503 and nothing done"),
    Habit.HTML: Trait(Takes.PART, 1, "a call gets HTML with status 200 and nothing done"),
    Habit.BAD_JSON: Trait(Takes.PART, 1, "a call gets half a JSON object and nothing done"),
    Habit.EXPIRE_TOKEN: Trait(Takes.COUNT, 3, "the token of the Nth call expires with it"),
    Habit.GONE_SESSION: Trait(
        Takes.COUNT, 3, "the session of the Nth call to any is forgotten"
    ),
    Habit.NO_CREDITS: Trait(Takes.NOTHING, 1, "turns are refused with 2001, the balance is 0"),
    Habit.PLAN: Trait(Takes.NOTHING, 1, "exports are refused with 402"),
    Habit.ATTRIBUTION: Trait(Takes.NOTHING, 1, "exports without X-Skill headers: 402"),
    Habit.NO_FLAC: Trait(Takes.NOTHING, 1, "FLAC is refused with 4001, as its list says"),
    Habit.RENDER_FAILS: Trait(Takes.COUNT, 1, "the first N renders fail"),
    Habit.WRONG_LENGTH: Trait(Takes.PART, 1, "a download ends halfway to its Content-Length"),
    Habit.SLOW_BODY: Trait(Takes.SECONDS, 0.1, "every body comes in 20 pieces S seconds apart"),
    Habit.P2: Trait(Takes.NOTHING, 1, "renders answer in the flat form, `output.url`"),
    Habit.BOTH: Trait(Takes.NOTHING, 1, "renders answer in both forms at once"),
    Habit.E2: Trait(Takes.NOTHING, 1, 'streams speak `{"type":…}` instead of ADK events'),
    Habit.E3: Trait(Takes.NOTHING, 1, 'streams speak `{"text":…}` instead of ADK events'),
}

_MOST: Mapping[Takes, float] = {
    Takes.PART: 1,
    Takes.COUNT: MOST_COUNT,
    Takes.SECONDS: MOST_SECONDS,
}


@dataclass(frozen=True, slots=True)
class Chaos:
    """The habits a server has, each with its amount; none by default."""

    amounts: Mapping[Habit, float] = field(default_factory=dict)
    seed: int = 0

    def amount(self, habit: Habit) -> float:
        """Return the habit's amount, 0 where the server does not have it."""
        return self.amounts.get(habit, 0)

    def strikes(self, habit: Habit, *, turn: int) -> bool:
        """Return whether the habit shows at its `turn`th chance, counted from 0.

        A habit with a count strikes at the first chances, one with a part by the seed.
        """
        amount = self.amount(habit)
        if TRAITS[habit].takes is Takes.COUNT:
            return turn < amount
        drawn = random.Random(f"{self.seed}/{habit.value}/{turn}").random()  # noqa: S311 - a test's dice
        return drawn < amount

    @property
    def event_form(self) -> EventForm | None:
        """The form of events that is asked for here, if any."""
        if self.amount(Habit.E2):
            return EventForm.FLAT
        return EventForm.PLAIN if self.amount(Habit.E3) else None

    @property
    def render_form(self) -> RenderForm | None:
        """The form of a render's answers that is asked for here, if any."""
        if self.amount(Habit.BOTH):
            return RenderForm.BOTH
        return RenderForm.FLAT if self.amount(Habit.P2) else None


CALM = Chaos()


def parse_chaos(text: str, *, seed: int = 0) -> Chaos:
    """Return the habits that `name,name=amount,...` asks for; raises UsageError."""
    amounts: dict[Habit, float] = {}
    for item in filter(None, (part.strip() for part in text.split(","))):
        name, given, written = item.partition("=")
        habit = _habit(name.strip())
        if habit in amounts:
            raise UsageError(f"--chaos: '{habit.value}' is there twice", hint="give it once")
        amounts[habit] = _amount(habit, written.strip()) if given else TRAITS[habit].usual
    return Chaos(amounts=amounts, seed=seed)


def _habit(name: str) -> Habit:
    try:
        return Habit(name)
    except ValueError:
        near = get_close_matches(name, list(Habit), n=1)
        hint = f"did you mean '{near[0]}'?" if near else f"there are {', '.join(Habit)}"
        raise UsageError(f"--chaos: {name[:40]!r} is no habit", hint=hint) from None


def _amount(habit: Habit, written: str) -> float:
    takes = TRAITS[habit].takes
    if takes is Takes.NOTHING:
        raise UsageError(f"--chaos: '{habit.value}' takes no amount", hint="leave `=` away")
    try:
        amount = float(written)
    except ValueError:
        amount = -1
    whole = takes is not Takes.COUNT or amount.is_integer()
    if not whole or not 0 <= amount <= _MOST[takes]:
        kind = "a whole number" if takes is Takes.COUNT else "a number"
        raise UsageError(
            f"--chaos: {habit.value}={written[:40]} is out of bounds",
            hint=f"give {kind} from 0 to {_MOST[takes]:g}",
        )
    return amount


def chaos_help() -> tuple[str, ...]:
    """Return one line on each habit, for `--help`."""
    shown = [(_spelled(habit), trait.line) for habit, trait in TRAITS.items()]
    wide = max(len(name) for name, _ in shown)
    return tuple(f"{name:<{wide}}  {line}" for name, line in shown)


def _spelled(habit: Habit) -> str:
    takes = TRAITS[habit].takes
    return habit.value if takes is Takes.NOTHING else f"{habit.value}={takes.value}"


class Fate(StrEnum):
    """How one turn will go."""

    GOOD = "good"
    LOST = "lost"
    CUT = "cut"
    LATE = "late"
    SILENT = "silent"
    NOISE = "noise"


_FATES = {
    Habit.LOST: Fate.LOST,
    Habit.CUT: Fate.CUT,
    Habit.LATE: Fate.LATE,
    Habit.SILENT: Fate.SILENT,
    Habit.NOISE: Fate.NOISE,
}


@dataclass(slots=True)
class Dice:
    """A server's habits, and how many chances each has had."""

    chaos: Chaos
    chances: Counter[Habit] = field(default_factory=Counter)

    def strikes(self, habit: Habit) -> bool:
        """Return whether the habit shows this time. Not safe to repeat: it counts."""
        if not self.chaos.amount(habit):
            return False
        self.chances[habit] += 1
        return self.chaos.strikes(habit, turn=self.chances[habit] - 1)

    def comes_to(self, habit: Habit) -> bool:
        """Return whether this is the one chance, the Nth, that the habit waits for."""
        if not self.chaos.amount(habit):
            return False
        self.chances[habit] += 1
        return self.chances[habit] == self.chaos.amount(habit)

    def fate(self) -> Fate:
        """Return how the next turn goes: the worst of what strikes, each having its chance."""
        struck = [fate for habit, fate in _FATES.items() if self.strikes(habit)]
        return struck[0] if struck else Fate.GOOD
