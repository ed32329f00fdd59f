"""Onsets in, how fast the beat goes over time out, with the other readings of it.

Each second speaks for every tempo (`evidence`); the best path through time may drift or jump.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mvpipe.engine.audio.evidence import (
    FASTEST_BPM,
    HOP_S,
    SLOWEST_BPM,
    TEMPI,
    evidence,
    grid_bpm,
)
from mvpipe.engine.audio.onsets import Onsets
from mvpipe.engine.audio.spectrum import FRAME_HZ
from mvpipe.model.music import TempoCandidate

Array = NDArray[np.float64]

_TOLD_OCTAVES = 0.04
_SAME = 4
_OVERLAP = 0.3
"""Windows of neighbouring seconds share most of their sound: each says only part of it anew."""


@dataclass(frozen=True, slots=True)
class TempoMap:
    """The beat's period in seconds at every second of the song, and the readings of it.

    `sure` is how likely that period is, at every second, from 0 to 1.
    """

    bpm: float
    period_s: Array
    sure: Array
    candidates: tuple[TempoCandidate, ...]


def find_tempo(onsets: Onsets, *, bpm: float | None = None) -> TempoMap | None:
    """Return the tempo over time, near `bpm` if given; `None` where nothing repeats."""
    if len(onsets.full) < 2 * FRAME_HZ or not onsets.full.any():
        return _told(onsets, bpm) if bpm else None
    odds = evidence(onsets)
    if bpm:
        odds -= 0.5 * (np.log2(grid_bpm() / bpm) / _TOLD_OCTAVES) ** 2 / _OVERLAP
    gain = _OVERLAP * odds
    path = _path(gain)
    exact = _interpolated(gain, path)
    main = float(np.exp(np.median(np.log(exact))))
    return TempoMap(
        bpm=main,
        period_s=60.0 / exact,
        sure=_likely(odds, path),
        candidates=_candidates(gain.mean(axis=0)),
    )


def _told(onsets: Onsets, bpm: float) -> TempoMap:
    seconds = max(1, -(-len(onsets.full) // (FRAME_HZ * HOP_S)))
    only = (TempoCandidate(bpm=bpm, score=1.0),)
    period_s = np.full(seconds, 60.0 / bpm)
    return TempoMap(bpm=bpm, period_s=period_s, sure=np.zeros(seconds), candidates=only)


def _path(gain: Array) -> NDArray[np.intp]:
    """Return the best tempo per second; a change costs by its size, but never very much."""
    step = np.abs(np.log2(grid_bpm()[:, None] / grid_bpm()))
    cost = np.minimum(40 * step, 6.0)
    best = gain[0].copy()
    back = np.zeros(gain.shape, np.intp)
    columns = np.arange(len(best))
    for row in range(1, len(gain)):
        total = best[:, None] - cost
        back[row] = total.argmax(axis=0)
        best = total[back[row], columns] + gain[row]
    path = np.empty(len(gain), np.intp)
    path[-1] = best.argmax()
    for row in range(len(gain) - 1, 0, -1):
        path[row - 1] = back[row, path[row]]
    return path


def _likely(odds: Array, path: NDArray[np.intp]) -> Array:
    """Return how much of the odds lies within `_SAME` steps of the path, second by second."""
    chance = np.exp(odds - odds.max(axis=1, keepdims=True))
    total = np.cumsum(np.pad(chance, ((0, 0), (1, 0))), axis=1)
    rows = np.arange(len(path))
    low, high = np.maximum(0, path - _SAME), np.minimum(TEMPI, path + _SAME + 1)
    near: Array = (total[rows, high] - total[rows, low]) / total[:, -1]
    return near


def _interpolated(gain: Array, path: NDArray[np.intp]) -> Array:
    """Return the path in beats a minute, between the grid's tempi by a parabola."""
    rows = np.arange(len(path))
    inner = np.clip(path, 1, TEMPI - 2)
    left, mid, right = (gain[rows, inner + d] for d in (-1, 0, 1))
    bend = left - 2 * mid + right
    shift = np.where(bend < 0, 0.5 * (left - right) / np.minimum(bend, -1e-12), 0)
    shift = np.where(path == inner, np.clip(shift, -0.5, 0.5), 0)
    ratio = np.log(FASTEST_BPM / SLOWEST_BPM) / (TEMPI - 1)
    out: Array = grid_bpm()[path] * np.exp(shift * ratio)
    return out


def _candidates(mean: Array) -> tuple[TempoCandidate, ...]:
    """Return up to five peaks, best first, scored so that all scores add up to 1."""
    inner = mean[1:-1]
    peaks = 1 + np.flatnonzero((inner >= mean[:-2]) & (inner > mean[2:]))
    order = peaks[np.argsort(-mean[peaks], kind="stable")][:5]
    score = np.exp(mean[order] - mean.max())
    total = float(score.sum()) or 1.0
    return tuple(
        TempoCandidate(bpm=round(float(grid_bpm()[i]), 2), score=float(one) / total)
        for i, one in zip(order, score, strict=True)
    )
