"""Onsets in, how much each second of a song speaks for each tempo out.

Every tempo is looked at through the windowed autocorrelation of the onsets at parts and
multiples of its period (a comb, as in Scheirer, JASA 1998), of the drums alone, and of the
snare against the kick, each near that second and over the half minute around it. A linear sum
of these views is the logarithm of the odds. Its weights come from made music whose tempo is
known: `python -m tests.bench.train` prints them.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from mvpipe.engine.audio.onsets import Onsets
from mvpipe.engine.audio.spectrum import FRAME_HZ
from mvpipe.engine.audio.weights import WEIGHTS

Array = NDArray[np.float64]

SLOWEST_BPM, FASTEST_BPM = 45.0, 220.0
TEMPI = 184
WINDOW_S = 10
HOP_S = 1
_AROUND_S = 15
_USUAL_BPM = 120.0
_PIECE = 300
"""Windows worked on at once, so that two hours need no more room than five minutes."""
_LAGS: tuple[tuple[str, tuple[float, ...]], ...] = (
    ("full", (1 / 4, 1 / 3, 1 / 2, 2 / 3, 1, 3 / 2, 2, 3, 4, 6)),
    ("kick", (1 / 3, 1 / 2, 2 / 3, 1, 3 / 2, 2, 3, 4)),
    ("snare", (1 / 3, 1 / 2, 2 / 3, 1, 3 / 2, 2, 3, 4)),
    ("answer", (1 / 2, 1, 3 / 2, 2, 3)),
)
"""Parts and multiples of a beat at which each pair of curves is compared."""


def grid_bpm() -> Array:
    """Return the tempi that are weighed, evenly spaced in the logarithm."""
    return np.geomspace(SLOWEST_BPM, FASTEST_BPM, TEMPI)


def evidence(onsets: Onsets) -> Array:
    """Return the log odds of every tempo, shape (seconds, tempi)."""
    return np.concatenate([_weighed(views) for views in viewed(onsets)])


def _weighed(views: list[Array]) -> Array:
    total = np.zeros_like(views[0])
    for weight, view in zip(WEIGHTS, views, strict=True):
        total += weight * view
    return total


def viewed(onsets: Onsets) -> Iterator[list[Array]]:
    """Yield, for runs of seconds, every view of every tempo, each (seconds, tempi)."""
    pairs = {
        "full": (onsets.full, onsets.full),
        "kick": (onsets.kick, onsets.kick),
        "snare": (onsets.snare, onsets.snare),
        "answer": (onsets.kick, onsets.snare),
    }
    seconds = max(1, -(-len(onsets.full) // (HOP_S * FRAME_HZ)))
    for start in range(0, seconds, _PIECE):
        first, last = max(0, start - _AROUND_S), min(seconds, start + _PIECE + _AROUND_S)
        rows = np.arange(first, last)
        inner = slice(start - first, min(seconds, start + _PIECE) - first)
        near = [
            view
            for name, lags in _LAGS
            for view in _lagged(*pairs[name], rows=rows, parts=lags)
        ]
        yield [
            *(view[inner] for view in near),
            *(_around(view)[inner] for view in near),
            *_paces(inner.stop - inner.start),
        ]


def _paces(rows: int) -> list[Array]:
    """Return the tempo itself, in octaves from the usual, squared and cubed as well."""
    octaves = np.broadcast_to(np.log2(grid_bpm() / _USUAL_BPM), (rows, TEMPI))
    return [octaves, octaves**2, octaves**3]


def _around(view: Array) -> Array:
    """Return the mean over the seconds before and after."""
    total = np.concatenate([np.zeros((1, view.shape[1])), np.cumsum(view, axis=0)])
    index = np.arange(len(view))
    low = np.maximum(0, index - _AROUND_S)
    high = np.minimum(len(view), index + _AROUND_S + 1)
    mean: Array = (total[high] - total[low]) / (high - low)[:, None]
    return mean


def _lagged(
    first: NDArray[np.float32],
    second: NDArray[np.float32],
    *,
    rows: NDArray[np.intp],
    parts: tuple[float, ...],
) -> list[Array]:
    """Return the correlation at each part of each tempo's period, each (rows, tempi)."""
    size = WINDOW_S * FRAME_HZ
    lags = _correlated(_windows(first, rows=rows), _windows(second, rows=rows))
    period = 60.0 * FRAME_HZ / grid_bpm()
    return [
        np.where(period * part < 0.9 * size, _at(lags, period * part), 0.0) for part in parts
    ]


def _windows(curve: NDArray[np.float32], *, rows: NDArray[np.intp]) -> Array:
    """Return (rows, size): windows centred on those seconds, without their mean."""
    size = WINDOW_S * FRAME_HZ
    start = int(rows[0]) * HOP_S * FRAME_HZ - size // 2
    wanted = np.zeros((len(rows) - 1) * HOP_S * FRAME_HZ + size)
    inside = curve[max(0, start) : start + len(wanted)]
    wanted[max(0, -start) : max(0, -start) + len(inside)] = inside
    windows = wanted[np.arange(len(rows))[:, None] * HOP_S * FRAME_HZ + np.arange(size)]
    sounding = windows != 0
    mean = windows.sum(axis=1) / np.maximum(1, sounding.sum(axis=1))
    out: Array = np.where(sounding, windows - mean[:, None], 0)
    return out


def _correlated(one: Array, two: Array) -> Array:
    """Return the correlation at every lag, 1 at a perfect repeat."""
    size, length = one.shape[1], 2_048
    spectrum = np.conj(np.fft.rfft(one, length, axis=1)) * np.fft.rfft(two, length, axis=1)
    lags = np.fft.irfft(spectrum, length, axis=1)[:, :size]
    overlap = 1 - np.arange(size) / size
    energy = np.sqrt((one**2).sum(axis=1) * (two**2).sum(axis=1))[:, None]
    out: Array = lags / np.maximum(overlap, 0.25) / np.maximum(energy, 1e-6)
    return out


def _at(lags: Array, wanted: Array) -> Array:
    """Return the values at fractional lags."""
    low = np.clip(np.floor(wanted).astype(int), 0, lags.shape[1] - 2)
    part = np.clip(wanted - low, 0, 1)
    value: Array = lags[:, low] * (1 - part) + lags[:, low + 1] * part
    return value
