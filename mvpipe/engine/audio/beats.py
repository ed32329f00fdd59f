"""Onset strength and the tempo over time in, the time of every beat out.

Dynamic programming balances strong onsets against an even pulse (Ellis, "Beat tracking by
dynamic programming", JNMR 2007); the pulse may drift with the tempo. Low events weigh most,
so a hat between the beats does not win. Each beat then moves to the onset really there.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mvpipe.engine.audio.evidence import HOP_S
from mvpipe.engine.audio.onsets import Onsets
from mvpipe.engine.audio.spectrum import FINE_HZ, FRAME_HZ
from mvpipe.engine.audio.tempo import TempoMap

Array = NDArray[np.float64]

_EVENNESS = 300.0
_MEETS = 0.15
_REACH_S = 0.035
_NEAR = 6
FINE_LAG_S = 0.002


@dataclass(frozen=True, slots=True)
class Pulse:
    """Beat times in seconds, and how sure each is, from 0 to 1."""

    at_s: Array
    confidence: Array


def find_beats(
    onsets: Onsets, tempo: TempoMap, *, duration_s: float, anchor_s: float | None = None
) -> Pulse:
    """Return every beat of the song; where it is hushed the grid is carried on.

    One beat falls on `anchor_s` if given.
    """
    strength = activation(onsets)
    if not strength.any():
        at_s = _even(tempo.period_s, duration_s, anchor_s or 0.0)
        return Pulse(at_s=at_s, confidence=np.zeros(len(at_s)))
    rough = _tracked(strength, _periods(tempo, len(strength)))
    if anchor_s is not None and len(rough) > 2:
        rough = _shifted(rough, anchor_s * FRAME_HZ)
    if len(rough) < 2:
        return Pulse(at_s=np.zeros(0), confidence=np.zeros(0))
    at_s = _extended(_refined(rough / FRAME_HZ, onsets), duration_s)
    return Pulse(at_s=at_s, confidence=_confidence(at_s, strength, tempo))


def halfway(pulse: Pulse, onsets: Onsets, tempo: TempoMap, *, duration_s: float) -> Pulse:
    """Return the pulse that falls between the beats."""
    between = pulse.at_s[:-1] + np.diff(pulse.at_s) / 2
    at_s = _extended(_refined(between, onsets), duration_s)
    return Pulse(at_s=at_s, confidence=_confidence(at_s, activation(onsets), tempo))


def _even(period_s: Array, duration_s: float, anchor_s: float) -> Array:
    """Return the plain grid of a told tempo through the anchor."""
    period = float(np.median(period_s))
    first = anchor_s % period
    return np.arange(first, duration_s, period)


def _shifted(rough: Array, anchor: float) -> Array:
    """Return the pulse moved as a whole, by less than a beat, so that it meets the anchor.

    A pulse that meets it nearly stays: the onsets know better than a rounded number.
    """
    count = np.arange(len(rough), dtype=np.float64)
    first, last = rough[1] - rough[0], rough[-1] - rough[-2]
    away = min(0.0, anchor - rough[0]) / first + max(0.0, anchor - rough[-1]) / last
    part = (float(np.interp(anchor, rough, count)) + away) % 1.0
    if min(part, 1 - part) < _MEETS:
        return rough
    out: Array = rough[:-1] + part * np.diff(rough)
    return out


def activation(onsets: Onsets) -> Array:
    """Return how much each frame looks like a beat."""
    full, kick, snare = (
        np.minimum(c, 1.2).astype(np.float64) for c in (onsets.full, onsets.kick, onsets.snare)
    )
    out: Array = full + 1.5 * kick + 0.4 * snare
    return out


def _periods(tempo: TempoMap, frames: int) -> Array:
    """Return the beat's period in frames at every frame."""
    centre = np.arange(len(tempo.period_s)) * HOP_S * FRAME_HZ
    out: Array = np.interp(np.arange(frames), centre, tempo.period_s * FRAME_HZ)
    return out


def _tracked(strength: Array, periods: Array) -> Array:
    """Return the frames of the best pulse."""
    frames = len(strength)
    score = strength.copy()
    back = np.full(frames, -1)
    for now in range(frames):
        period = periods[now]
        low, high = now - round(1.6 * period), now - round(0.6 * period)
        if high < 0:
            continue
        low = max(0, low)
        gaps = now - np.arange(low, high + 1)
        total = score[low : high + 1] - _EVENNESS * np.log(gaps / period) ** 2
        best = int(total.argmax())
        if total[best] > 0:
            score[now] += total[best]
            back[now] = low + best
    return _traced(score, back, periods)


def _traced(score: Array, back: NDArray[np.intp], periods: Array) -> Array:
    last = max(0, len(score) - round(1.2 * periods[-1]))
    now = last + int(score[last:].argmax())
    path = []
    while now >= 0:
        path.append(now)
        now = int(back[now])
    return np.array(path[::-1], dtype=np.float64)


def _refined(rough_s: Array, onsets: Onsets) -> Array:
    """Return the beats at the onsets within 35 ms, evened out where the music is even."""
    fine = onsets.fine.sum(axis=1) + onsets.fine[:, 0]
    reach = round(_REACH_S * FINE_HZ)
    centre = np.rint(rough_s * FINE_HZ).astype(int)
    index = np.clip(centre[:, None] + np.arange(-reach, reach + 1), 0, len(fine) - 1)
    near = fine[index] * np.hanning(2 * reach + 3)[1:-1] ** 0.5
    best = near.argmax(axis=1)
    weight = near.max(axis=1)
    found = (index[np.arange(len(best)), best]) / FINE_HZ - FINE_LAG_S
    found = np.where(weight > 0, found, rough_s)
    return _evened(found, weight + 1e-6)


def _evened(at_s: Array, weight: Array) -> Array:
    """Return each time moved to the line through its neighbours, where they lie on one."""
    out = at_s.copy()
    count = len(at_s)
    for i in range(count):
        low, high = max(0, i - _NEAR), min(count, i + _NEAR + 1)
        line, spread = _line(np.arange(low, high) - i, at_s[low:high], weight[low:high])
        trust = 1.0 / (1.0 + (spread / 0.008) ** 2)
        away = at_s[i] - line
        out[i] = line if abs(away) > 0.025 else at_s[i] - trust * away
    return np.maximum.accumulate(out)


def _line(x: NDArray[np.intp], y: Array, weight: Array) -> tuple[float, float]:
    """Return the value at 0 of the weighted line, refitted without outliers, and the spread."""
    keep = weight.copy()
    value, spread = float(y.mean()), 0.0
    for _ in range(3):
        total = keep.sum()
        x0, y0 = (keep * x).sum() / total, (keep * y).sum() / total
        var = (keep * (x - x0) ** 2).sum()
        slope = (keep * (x - x0) * (y - y0)).sum() / var if var > 0 else 0.0
        value = float(y0 - slope * x0)
        away = np.abs(y - (value + slope * x))
        spread = float(np.median(away))
        keep = weight / (1.0 + (away / max(spread * 1.5, 1e-3)) ** 2)
    return value, spread


def _extended(at_s: Array, duration_s: float) -> Array:
    """Return the beats with the grid carried on to both ends of the song."""
    first = float(np.median(np.diff(at_s[:9])))
    last = float(np.median(np.diff(at_s[-9:])))
    before = np.arange(at_s[0] - first, -0.03, -first)[::-1] if first > 0.1 else np.zeros(0)
    after = np.arange(at_s[-1] + last, duration_s, last) if last > 0.1 else np.zeros(0)
    joined = np.concatenate([np.maximum(0, before), at_s, after])
    return np.unique(np.clip(joined, 0, duration_s))


def _confidence(at_s: Array, strength: Array, tempo: TempoMap) -> Array:
    """Return how likely each beat's tempo is, less where beats hardly stand out."""
    second = np.clip(np.rint(at_s / HOP_S).astype(int), 0, len(tempo.sure) - 1)
    out: Array = tempo.sure[second] * np.clip(0.5 + 2 * _standing_out(at_s, strength), 0, 1)
    return out


def _standing_out(at_s: Array, strength: Array) -> Array:
    """Return how far each beat stands out from the middle between beats, over nine beats."""
    on = _best_near(strength, at_s)
    off = _best_near(strength, at_s[:-1] + np.diff(at_s) / 2)
    off = np.append(off, off[-1:] if len(off) else 0.0)
    kernel = np.ones(min(9, len(on)))
    on, off = (
        np.convolve(v, kernel, "same") / np.convolve(np.ones(len(v)), kernel, "same")
        for v in (on, off)
    )
    out: Array = np.clip((on - 0.5 * off) / (on + off + 0.5), 0, 1)
    return out


def _best_near(strength: Array, at_s: Array) -> Array:
    frame = np.clip(np.rint(at_s * FRAME_HZ).astype(int), 0, len(strength) - 1)
    around = np.clip(frame[:, None] + np.arange(-3, 4), 0, len(strength) - 1)
    out: Array = strength[around].max(axis=1)
    return out
