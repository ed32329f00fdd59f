"""Onset strength in, how fast the beat goes over time out, with the other readings of it.

Windowed autocorrelation, summed over the first multiples of each period, weighs every tempo
(a comb, as in Scheirer, JASA 1998); a broad log-normal preference near 120 (Parncutt, Music
Perception 1994) settles octaves; the best path through time may drift or jump.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mvpipe.engine.audio.onsets import Onsets
from mvpipe.engine.audio.spectrum import FRAME_HZ
from mvpipe.model.music import TempoCandidate

Array = NDArray[np.float64]

SLOWEST_BPM, FASTEST_BPM = 45.0, 220.0
PREFERRED_BPM = 124.0
PREFERENCE_OCTAVES = 1.0
WINDOW_S = 10
HOP_S = 1
_PIECE = 300
"""Windows worked on at once, so that two hours need no more room than five minutes."""
_TEMPI = 184
_DOUBT = 0.1
"""Evidence every tempo has for nothing: where little repeats, the preference decides."""
_MULTIPLES = (1, 2, 3, 4)


@dataclass(frozen=True, slots=True)
class TempoMap:
    """The beat's period in seconds at every second of the song, and the readings of it.

    `clarity` runs from 0 to 1 and says how periodic the song is at all.
    """

    bpm: float
    period_s: Array
    clarity: float
    candidates: tuple[TempoCandidate, ...]


def grid_bpm() -> Array:
    """Return the tempi that are weighed, evenly spaced in the logarithm."""
    return np.geomspace(SLOWEST_BPM, FASTEST_BPM, _TEMPI)


def find_tempo(onsets: Onsets, *, bpm: float | None = None) -> TempoMap | None:
    """Return the tempo over time, near `bpm` if given; `None` where nothing repeats."""
    if len(onsets.full) < 2 * FRAME_HZ or not onsets.full.any():
        return _told(onsets, bpm) if bpm else None
    evidence, clarity = _evidence(onsets)
    weighed = evidence * _preference(bpm)
    path = _path(weighed)
    exact = _interpolated(weighed, path)
    main = float(np.exp(np.median(np.log(exact))))
    return TempoMap(
        bpm=main,
        period_s=60.0 / exact,
        clarity=clarity,
        candidates=_candidates(weighed.mean(axis=0)),
    )


def _told(onsets: Onsets, bpm: float) -> TempoMap:
    seconds = max(1, -(-len(onsets.full) // (FRAME_HZ * HOP_S)))
    only = (TempoCandidate(bpm=bpm, score=1.0),)
    return TempoMap(
        bpm=bpm, period_s=np.full(seconds, 60.0 / bpm), clarity=0.0, candidates=only
    )


def _evidence(onsets: Onsets) -> tuple[Array, float]:
    """Return how much each second speaks for each tempo (seconds, tempi), and the clarity."""
    full = _autocorrelation(onsets.full, onsets.full)
    kick = _autocorrelation(onsets.kick, onsets.kick)
    hand = _autocorrelation(onsets.kick, onsets.snare)
    periods = 60.0 * FRAME_HZ / grid_bpm()
    comb = np.mean([_at(full, periods * m) for m in _MULTIPLES], axis=0)
    low = np.mean([_at(kick, periods * m) for m in _MULTIPLES], axis=0)
    answer = _at(hand, periods) - _at(hand, periods / 2)
    third = np.maximum(0, _at(kick, periods * 2 / 3))
    evidence = _DOUBT + np.maximum(0, comb + 0.4 * low + 0.3 * answer - 0.3 * third)
    clarity = float(np.clip(np.median(comb.max(axis=1)), 0, 1))
    return evidence, clarity


def _autocorrelation(first: NDArray[np.float32], second: NDArray[np.float32]) -> Array:
    """Return the correlation at every lag of overlapping windows, 1 at a perfect repeat."""
    size = WINDOW_S * FRAME_HZ
    seconds = max(1, -(-len(first) // (HOP_S * FRAME_HZ)))
    one = _padded(first, seconds=seconds, size=size)
    two = _padded(second, seconds=seconds, size=size)
    pieces = []
    for at in range(0, seconds, _PIECE):
        rows = np.arange(at, min(at + _PIECE, seconds))
        pieces.append(
            _correlated(
                _windows(one, rows=rows, size=size), _windows(two, rows=rows, size=size)
            )
        )
    return np.concatenate(pieces)


def _correlated(one: Array, two: Array) -> Array:
    size, length = one.shape[1], 4_096
    spectrum = np.conj(np.fft.rfft(one, length, axis=1)) * np.fft.rfft(two, length, axis=1)
    lags = np.fft.irfft(spectrum, length, axis=1)[:, :size]
    overlap = 1 - np.arange(size) / size
    energy = np.sqrt((one**2).sum(axis=1) * (two**2).sum(axis=1))[:, None]
    out: Array = lags / np.maximum(overlap, 0.25) / np.maximum(energy, 1e-6)
    return out


def _padded(curve: NDArray[np.float32], *, seconds: int, size: int) -> Array:
    out = np.zeros(seconds * HOP_S * FRAME_HZ + size)
    out[size // 2 : size // 2 + len(curve)] = curve
    return out


def _windows(padded: Array, *, rows: NDArray[np.intp], size: int) -> Array:
    """Return (rows, size): windows centred on those seconds, without their mean."""
    windows = padded[rows[:, None] * HOP_S * FRAME_HZ + np.arange(size)]
    inside = windows != 0
    mean = windows.sum(axis=1) / np.maximum(1, inside.sum(axis=1))
    out: Array = np.where(inside, windows - mean[:, None], 0)
    return out


def _at(lags: Array, wanted: Array) -> Array:
    """Return the values at fractional lags, the best of a small neighbourhood."""
    low = np.clip(np.floor(wanted).astype(int), 0, lags.shape[1] - 2)
    part = np.clip(wanted - low, 0, 1)
    value: Array = lags[:, low] * (1 - part) + lags[:, low + 1] * part
    return value


def _preference(bpm: float | None) -> Array:
    centre, width = (bpm, 0.04) if bpm else (PREFERRED_BPM, PREFERENCE_OCTAVES)
    away = np.log2(grid_bpm() / centre) / width
    out: Array = np.maximum(1e-9, np.exp(-0.5 * away**2))
    return out


def _path(weighed: Array) -> NDArray[np.intp]:
    """Return the best tempo per second; a change costs by its size, but never very much."""
    gain = np.log(weighed)
    step = np.abs(np.log2(grid_bpm()[:, None] / grid_bpm()))
    cost = np.minimum(40 * step, 6.0)
    best = gain[0].copy()
    back = np.zeros(weighed.shape, np.intp)
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


def _interpolated(weighed: Array, path: NDArray[np.intp]) -> Array:
    """Return the path in beats a minute, between the grid's tempi by a parabola."""
    rows = np.arange(len(path))
    inner = np.clip(path, 1, _TEMPI - 2)
    left, mid, right = (weighed[rows, inner + d] for d in (-1, 0, 1))
    bend = left - 2 * mid + right
    shift = np.where(bend < 0, 0.5 * (left - right) / np.minimum(bend, -1e-12), 0)
    shift = np.where(path == inner, np.clip(shift, -0.5, 0.5), 0)
    ratio = np.log(FASTEST_BPM / SLOWEST_BPM) / (_TEMPI - 1)
    out: Array = grid_bpm()[path] * np.exp(shift * ratio)
    return out


def _candidates(mean: Array) -> tuple[TempoCandidate, ...]:
    """Return up to five peaks, best first, scored so that all scores add up to 1."""
    inner = mean[1:-1]
    peaks = 1 + np.flatnonzero((inner >= mean[:-2]) & (inner > mean[2:]))
    order = peaks[np.argsort(-mean[peaks], kind="stable")][:5]
    total = float(mean[order].sum()) or 1.0
    return tuple(
        TempoCandidate(bpm=round(float(grid_bpm()[i]), 2), score=float(mean[i]) / total)
        for i in order
    )
