"""What is true of a piece, in seconds; it makes no sound."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from mvpipe.model.hints import Meter

Array = NDArray[np.float64]
Half = Literal["development", "held-out"]
HALVES: tuple[Half, ...] = ("development", "held-out")


@dataclass(frozen=True, slots=True, eq=False)
class Grid:
    """Every beat's time; `pickup` beats come before the first downbeat."""

    beats_s: Array
    pickup: int
    meter: Meter

    def time_s(self, beat: float | Array) -> Array:
        """Return when places sound that are counted in beats from the first downbeat."""
        place = np.asarray(beat, dtype=np.float64) + self.pickup
        count = np.arange(len(self.beats_s))
        last = self.beats_s[-1] - self.beats_s[-2]
        inside = np.interp(place, count, self.beats_s)
        return np.asarray(inside + np.maximum(0, place - count[-1]) * last)

    @property
    def downbeats_s(self) -> Array:
        return self.beats_s[self.pickup :: self.meter.beats]

    @property
    def bars(self) -> int:
        return (len(self.beats_s) - self.pickup) // self.meter.beats

    @property
    def end_s(self) -> float:
        """When the last bar is over."""
        return float(self.time_s(self.bars * self.meter.beats))


@dataclass(frozen=True, slots=True)
class Part:
    """A section: `kind` is one of the words of `mvpipe.model.music.SectionKind`."""

    first_bar: int
    bars: int
    kind: str


@dataclass(frozen=True, slots=True, eq=False)
class Truth:
    """The grid, the parts on its bar lines, and the key; `steady` songs have one tempo."""

    grid: Grid
    parts: tuple[Part, ...]
    key: str
    mode: str
    steady: bool

    @property
    def bpm(self) -> float:
        """The tempo that half of all beats are slower than."""
        return 60.0 / float(np.median(np.diff(self.grid.beats_s)))

    @property
    def edges_s(self) -> Array:
        """Where one part ends and the next begins."""
        return self.grid.downbeats_s[[part.first_bar for part in self.parts[1:]]]
