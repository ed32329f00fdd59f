"""Where a video is cut into chunks: runs of whole GOPs, rendered and encoded on their own.

Pure, and blind to how many workers there are: the same cuts give the same chunks everywhere.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from mvpipe.engine.encode.settings import GOP_SECONDS

SHORTEST_S, LONGEST_S = 5, 15
_WANTED_S = 6
_HALVES_S = 4
_SPLIT_COST = 0.3


@dataclass(frozen=True, slots=True)
class Chunk:
    """Frames from `first` up to, not with, `end`.

    `keyframes` are the frames that must start a GOP, in order; `first` is one of them.
    """

    first: int
    end: int
    keyframes: tuple[int, ...]

    @property
    def frames(self) -> int:
        """How many frames the chunk holds."""
        return self.end - self.first


def plan_chunks(cuts: Iterable[int], *, frames: int, fps: int) -> tuple[Chunk, ...]:
    """Return the chunks of a video of `frames` frames whose shots begin at `cuts`.

    Each lasts 5 to 15 seconds, about 6 where it can, and begins with a shot, or with a whole
    GOP inside a long one. A video under 10 seconds becomes two chunks, so that two cores have
    work, or one if it is under 4.
    """
    starts = sorted({0, *(cut for cut in cuts if 0 < cut < frames)})
    costs = _joints(starts, frames=frames, gop=GOP_SECONDS * fps)
    edges = _best_edges(costs, frames=frames, lengths=_lengths(frames, fps=fps))
    return tuple(_chunk(first, end, starts) for first, end in pairwise(edges))


@dataclass(frozen=True, slots=True)
class _Lengths:
    """How many frames a chunk may and should have."""

    least: int
    most: int
    wanted: float


def _lengths(frames: int, *, fps: int) -> _Lengths:
    if frames < _HALVES_S * fps:
        return _Lengths(frames, frames, frames)
    if frames < 2 * SHORTEST_S * fps:
        return _Lengths(frames // 3 + 1, frames, frames / 2)
    return _Lengths(SHORTEST_S * fps, LONGEST_S * fps, _WANTED_S * fps)


def _joints(starts: Sequence[int], *, frames: int, gop: int) -> dict[int, float]:
    """Return every frame where chunks may meet and what that costs, in order of time.

    A shot's start is free; a whole GOP inside a shot costs a little.
    """
    costs = dict.fromkeys(starts, 0.0)
    for start, end in zip(starts, [*starts[1:], frames], strict=True):
        costs.update((at, _SPLIT_COST) for at in range(start + gop, end, gop))
    costs[frames] = 0.0
    return dict(sorted(costs.items()))


def _best_edges(costs: dict[int, float], *, frames: int, lengths: _Lengths) -> list[int]:
    """Return the cheapest way from frame 0 to the end, by dynamic programming over joints.

    A chunk costs its squared distance from the wanted length, in wanted lengths.
    """
    joints = list(costs)
    best: dict[int, tuple[float, int]] = {0: (0.0, 0)}
    oldest = 0
    for index, at in enumerate(joints[1:], start=1):
        while at - joints[oldest] > lengths.most:
            oldest += 1
        ways = [
            (best[back][0] + _cost(at - back, lengths) + costs[at], back)
            for back in joints[oldest:index]
            if back in best and at - back >= lengths.least
        ]
        if ways:
            best[at] = min(ways)
    edges = [frames]
    while edges[-1]:
        edges.append(best[edges[-1]][1])
    return edges[::-1]


def _cost(length: int, lengths: _Lengths) -> float:
    return ((length - lengths.wanted) / lengths.wanted) ** 2


def _chunk(first: int, end: int, starts: Sequence[int]) -> Chunk:
    inside = (start for start in starts if first < start < end)
    return Chunk(first=first, end=end, keyframes=(first, *inside))
