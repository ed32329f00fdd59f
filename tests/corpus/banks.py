"""What pieces are put together from: patterns, harmony, instruments. Data only.

Every bank holds an even number of entries, dealt out in turn to the two halves.

In a pattern a bar is a row of steps: `X` is a full stroke, `o` a soft one, `.` a rest. The
number of steps may be any: sixteen for straight sixteenths of 4/4, twelve for triplets.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

from tests.corpus.truth import HALVES, Half

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Drums:
    """One bar of each drum."""

    kick: str
    snare: str
    hat: str


@dataclass(frozen=True, slots=True)
class Tone:
    """A pitched instrument: harmonics fall off as their number to the power `slope`."""

    slope: float
    attack_s: float
    fade_s: float
    odd: bool = False
    bright_s: float = 0.2
    cents: float = 0.0
    vibrato: float = 0.0


@dataclass(frozen=True, slots=True)
class Kit:
    """Drums by their frequencies and how long they ring."""

    kick_hz: float
    kick_fall: float
    kick_fade_s: float
    snare_hz: float
    snare_low_hz: float
    snare_fade_s: float
    hat_low_hz: float
    hat_fade_s: float


def dealt(bank: Sequence[T], half: Half) -> Sequence[T]:
    """Return the entries of a bank that belong to one half."""
    return bank[HALVES.index(half) :: 2]


DRUMS: dict[str, tuple[Drums, ...]] = {
    "rock": (
        Drums("X.......X.......", "....X.......X...", "X.o.X.o.X.o.X.o."),
        Drums("X.....X.X.......", "....X.......X..o", "X.X.X.X.X.X.X.X."),
        Drums("X.X.....X.X.....", "....X.......X...", "X.X.X.X.X.X.X.o."),
        Drums("X......XX.....X.", "....X.......X...", "X...X...X...X..."),
        Drums("X.....X...X.....", "....X..o.o..X...", "XoXoXoXoXoXoXoXo"),
        Drums("X..X..X.X..X....", "....X.......X...", "X.o.X.o.X.o.X.oo"),
    ),
    "house": (
        Drums("X...X...X...X...", "....X.......X...", "..X...X...X...X."),
        Drums("X...X...X...X...", "....o.......X...", "o.X.o.X.o.X.o.Xo"),
        Drums("X...X...X...X..o", "................", "ooXoooXoooXoooXo"),
        Drums("X...X...X...X...", "....X.......X..o", "..X...X...X...X."),
    ),
    "boombap": (
        Drums("X.........X.....", "....X.......X...", "X.X.X.X.X.X.X.X."),
        Drums("X......X..X.....", "....X.......X...", "XoXoXoXoXoXoXoXo"),
        Drums("X.X....o..X..X..", "....X.......X..o", "XoXoXoXoXoXoXoXo"),
        Drums("X.....X...XX....", "....X.......X...", "X.X.XoX.X.X.XoX."),
    ),
    "breakbeat": (
        Drums("X.........X.....", "....X.......X...", "X.X.X.X.X.X.X.X."),
        Drums("X..X......X.....", "....X..o....X...", "X.X.X.X.X.X.X.X."),
        Drums("X.X.......XX....", "....X..o.o..X..o", "XoX.X.X.XoX.X.X."),
        Drums("X.....X...X.....", "....X..o.o..X...", "XoXoXoXoXoXoXoXo"),
    ),
    "ballad": (
        Drums("X.......X.......", "....X.......X...", "X.o.X.o.X.o.X.o."),
        Drums("X......oX.......", "....X.......X...", "XoooXoooXoooXooo"),
        Drums("X.........X.....", "....X.......X...", "X.o.o.o.X.o.o.o."),
        Drums("X.......X.o.....", "....X.......X..o", "X.o.X.o.X.o.X.o."),
    ),
    "punk": (
        Drums("X...X...", "..X...X.", "X.X.X.X."),
        Drums("X..XX...", "..X...X.", "XXXXXXXX"),
        Drums("X...X.X.", "..X...X.", "XXXXXXXX"),
        Drums("X..X.X..", "..X...X.", "X.X.X.X."),
    ),
    "waltz": (
        Drums("X.....", "..X.X.", "X.o.o."),
        Drums("X.....", "..o.X.", "XoXoXo"),
        Drums("X....o", "....X.", "X.X.X."),
        Drums("X.....", "..X.Xo", "X.Xoo."),
    ),
    "six": (
        Drums("X.....", "...X..", "XooXoo"),
        Drums("X....o", "...X..", "XXXXXX"),
        Drums("X.o...", "...X..", "XoXXoX"),
        Drums("X...o.", "...X..", "XooXoo"),
    ),
    "five": (
        Drums("X.....X...", "......X...", "X.X.X.X.X."),
        Drums("X..X......", "......X.X.", "XoXoXoXoXo"),
        Drums("X....X....", "....X...X.", "X.X.X.X.X."),
        Drums("X...X.....", "..X...X...", "XoXoXoXoXo"),
    ),
    "jazz": (
        Drums("o...........", "............", "X..X.oX..X.o"),
        Drums("o..o..o..o..", "........o...", "X..X.oX..X.o"),
        Drums("o.....o.....", ".....o......", "X.oX.oX..X.o"),
        Drums("o........o..", "..o.....o...", "X..X.oX..X.o"),
    ),
    "shuffle": (
        Drums("X.....X.....", "...X.....X..", "X.oX.oX.oX.o"),
        Drums("X....XX.....", "...X.....X..", "X.oX.oX.oX.o"),
        Drums("X..o..X..o..", "...X.....X..", "X.oX.oX.oX.o"),
        Drums("X....oX....o", "...X....oX..", "X..X.oX..X.o"),
    ),
    "latin": (
        Drums("X...X...X...X...", "...X..X....X..X.", "X.o.X.o.X.o.X.o."),
        Drums("X..oX..oX..oX..o", "..X.....X..X....", "XoXoXoXoXoXoXoXo"),
        Drums("X.....o.X.....o.", "...X..X....X..X.", "XoXoXoXoXoXoXoXo"),
        Drums("X..oX...X..oX...", "X..X..X...X.X...", "XoXoXoXoXoXoXoXo"),
    ),
}

BASS: dict[int, tuple[str, ...]] = {
    4: (
        "X.X.X.X.X.X.X.X.",
        "X.....X.X.....X.",
        "X...............",
        "X..X..X.X..X..X.",
        "X.......X...X...",
        "X...X...X...X...",
    ),
    3: ("X.....", "X...o.", "X..o..", "X.o.o."),
    6: ("X.....", "X..o..", "X.o...", "X....o"),
    5: ("X.....X...", "X...X.X...", "X..X..X...", "X....oX..."),
}

COMP: dict[int, tuple[str, ...]] = {
    4: (
        "X...............",
        "X.......X.......",
        "X...o...X...o...",
        "X..X..X.........",
        "X.o.X.o.X.o.X.o.",
        "..X...X...X...X.",
    ),
    3: ("X.....", "X.o.o.", "X...o.", "..X.X."),
    6: ("X.....", "XoooXo", "X..o..", "XooXoo"),
    5: ("X.........", "X.....X...", "X.o.o.X.o.", "X...o.X..."),
}

# Degrees of the scale, from 0; one chord a bar unless the piece is fast.
MAJOR: tuple[tuple[int, ...], ...] = (
    (0, 4, 5, 3),
    (0, 3, 4, 4),
    (0, 5, 3, 4),
    (0, 0, 3, 4),
    (0, 2, 3, 4),
    (0, 3, 1, 4),
)
MINOR: tuple[tuple[int, ...], ...] = (
    (0, 5, 2, 6),
    (0, 3, 5, 4),
    (0, 6, 5, 6),
    (0, 0, 5, 6),
    (0, 2, 6, 3),
    (0, 5, 3, 4),
)

BASSES = (
    Tone(1.4, 0.006, 0.9),
    Tone(1.0, 0.004, 2.0, bright_s=0.08),
    Tone(3.0, 0.008, 2.5),
    Tone(1.8, 0.005, 0.5, odd=True),
)
COMPS = (
    Tone(1.5, 0.004, 0.9, bright_s=0.25),
    Tone(1.9, 0.006, 0.7, bright_s=0.1, cents=4),
    Tone(1.2, 0.003, 0.45, bright_s=0.12),
    Tone(1.1, 0.02, 9.0, odd=True, cents=5),
    Tone(1.3, 0.01, 9.0, cents=6),
    Tone(1.7, 0.003, 0.6, odd=True),
)
PADS = (
    Tone(1.6, 0.25, 9.0, cents=9),
    Tone(1.4, 0.4, 9.0, cents=7),
    Tone(2.0, 0.6, 9.0, odd=True, cents=6),
    Tone(1.8, 0.3, 9.0, cents=12),
)
LEADS = (
    Tone(1.1, 0.012, 3.0, cents=7, vibrato=0.2),
    Tone(1.5, 0.03, 5.0, vibrato=0.3),
    Tone(1.3, 0.008, 1.0, odd=True),
    Tone(2.2, 0.05, 5.0, vibrato=0.35),
)
KITS = (
    Kit(52, 3.4, 0.13, 185, 1400, 0.09, 7500, 0.035),
    Kit(60, 2.2, 0.09, 210, 1800, 0.12, 6500, 0.05),
    Kit(45, 4.5, 0.22, 170, 900, 0.16, 8500, 0.025),
    Kit(68, 1.8, 0.07, 230, 2200, 0.06, 6000, 0.07),
    Kit(56, 2.8, 0.11, 330, 1200, 0.1, 9000, 0.03),
    Kit(49, 3.9, 0.17, 195, 1000, 0.2, 7000, 0.045),
)
