"""The groups of the corpus: what each asks of the ear. Data only."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from mvpipe.model.hints import Meter

Pace = Literal["steady", "ramp", "jump", "drift"]
COMMON = Meter(4, 4)
FORM = "intro verse drop break drop outro"


@dataclass(frozen=True, slots=True)
class Style:
    """One group: tempo range, drums by their bank (`None` for none), and what is odd about it.

    `swing` is how late every second step comes, in steps; `jitter_s` how far players stray.
    """

    bpm: tuple[float, float]
    drums: str | None
    meter: Meter = COMMON
    pace: Pace = "steady"
    swing: float = 0.0
    jitter_s: float = 0.003
    pickup: tuple[int, int] = (0, 0)
    form: str = FORM
    walking: bool = False
    pads: bool = False
    ducked: bool = False


STYLES: dict[str, Style] = {
    "pop": Style((92, 128), "rock"),
    "house": Style((118, 132), "house", ducked=True),
    "latin": Style((88, 112), "latin"),
    "70 of 140": Style((67, 73), "boombap", swing=0.12),
    "140 of 70": Style((137, 144), "house", ducked=True),
    "87 of 174": Style((84, 90), "boombap"),
    "174 of 87": Style((171, 178), "breakbeat"),
    "slow": Style((60, 66), "ballad"),
    "fast": Style((180, 200), "punk"),
    "3/4": Style((92, 176), "waltz", Meter(3, 4)),
    "6/8": Style((150, 200), "six", Meter(6, 8)),
    "5/4": Style((112, 168), "five", Meter(5, 4)),
    "swing": Style((112, 190), "jazz", jitter_s=0.006, walking=True),
    "shuffle": Style((84, 124), "shuffle"),
    "ramp": Style((88, 88), "rock", pace="ramp"),
    "jump": Style((88, 126), "rock", pace="jump"),
    "live": Style((78, 140), "rock", pace="drift", jitter_s=0.015),
    "drum-less": Style((68, 120), None, jitter_s=0.006),
    "ambient": Style((64, 92), None, pads=True, jitter_s=0.006),
    "breaks": Style((96, 150), "house", form="break drop break silence drop break drop"),
    "pick-up": Style((80, 140), "rock", pickup=(1, 3)),
}
