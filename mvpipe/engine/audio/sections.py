"""Bars and what they sound like in, the parts of the song out.

Section edges are the cheapest partition of the bars: each part costs what its bars differ
from their mean, and each edge costs a fixed price, more where it breaks the four- and
eight-bar phrases that songs are built of (optimal partitioning: Jackson et al., IEEE Signal
Processing Letters 2005). Parts that sound alike share a letter.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from mvpipe.engine.audio.bars import per_beat
from mvpipe.engine.audio.curves import loudness
from mvpipe.engine.audio.onsets import Onsets
from mvpipe.engine.audio.spectrum import CHROMA_HZ, FRAME_HZ, Spectra, unpacked
from mvpipe.model.music import Section, SectionKind

Array = NDArray[np.float64]

_RANGE_DB = 50.0
_TIMBRE_HZ = 25
_EDGE_PRICE = 4.5
_LEAST_NOISE = 0.02
_WEIGHTS = (1 / 60, 0.3, 5.0, 4.0)
"""Of timbre in dB, pitches, events and energy: what a listener hears as another part."""
_LONGEST_BARS = 64
_FREE_S = 2.0
_ALIKE = 0.22
_PICKUP_BARS = 0.6
"""What comes before the first downbeat, if shorter than this, belongs to the first bar."""


@dataclass(frozen=True, slots=True)
class _BarRows:
    """What each bar sounds like; `at_s` has one more entry than the rows: the song's end."""

    at_s: Array
    sound: Array
    energy: Array
    kick: Array


@dataclass(frozen=True, slots=True)
class _Part:
    """Bars `first` to `last`, the latter not included, and their mean energy and kick."""

    first: int
    last: int
    label: str
    energy: float
    kick: float
    rise: float
    confidence: float


def find_sections(
    spectra: Spectra, onsets: Onsets, *, downbeats_s: Array, duration_ms: int
) -> tuple[Section, ...]:
    """Return sections that cover the whole song; none only where the song has no length."""
    if duration_ms <= 0:
        return ()
    bars = _bars(spectra, onsets, _grid(downbeats_s, duration_ms / 1000))
    parts = _parts(bars, _edges(bars.sound))
    kinds = _kinds(parts)
    edges_ms = [round(bars.at_s[part.first] * 1000) for part in parts] + [duration_ms]
    return tuple(
        Section(
            start_ms=start,
            end_ms=end,
            kind=kind,
            label=part.label,
            energy=round(part.energy, 4),
            confidence=round(part.confidence, 4),
        )
        for part, kind, (start, end) in zip(parts, kinds, pairwise(edges_ms), strict=True)
    )


def _grid(downbeats_s: Array, duration_s: float) -> Array:
    """Return bar lines from 0 to the end, every two seconds where nothing is counted."""
    inner = downbeats_s[(downbeats_s > 0.2) & (downbeats_s < duration_s - 0.2)]
    if len(inner) < 2:
        inner = np.arange(_FREE_S, duration_s - _FREE_S / 2, _FREE_S)
    bar_s = float(np.median(np.diff(inner))) if len(inner) > 1 else _FREE_S
    inner = inner[inner > _PICKUP_BARS * bar_s]
    return np.concatenate([[0.0], inner, [duration_s]])


def _bars(spectra: Spectra, onsets: Onsets, at_s: Array) -> _BarRows:
    """Return each bar's timbre, pitches, events and energy, scaled to weigh alike."""

    def mean(rows: NDArray[np.floating], hz: int) -> Array:
        return per_beat(rows.astype(np.float64), at_s, hz=hz)[:-1]

    top = max(-80.0, float(unpacked(spectra.bands[::7]).max(initial=-170)))
    rows = unpacked(spectra.bands[:: FRAME_HZ // _TIMBRE_HZ])
    timbre = mean(np.maximum(rows, top - _RANGE_DB) - top, _TIMBRE_HZ)
    pitch = mean(np.sqrt(spectra.chroma), CHROMA_HZ)
    pitch /= np.maximum(np.linalg.norm(pitch, axis=1), 1e-9)[:, None]
    events = mean(np.stack([onsets.kick, onsets.snare, onsets.hat], axis=1), FRAME_HZ)
    energy = mean(loudness(spectra)[:, None], FRAME_HZ)
    parts = zip(_WEIGHTS, (timbre, pitch, events, energy), strict=True)
    sound = np.concatenate([weight * part for weight, part in parts], axis=1)
    return _BarRows(at_s=at_s, sound=sound, energy=energy[:, 0], kick=events[:, 0])


def _edges(sound: Array) -> list[int]:
    """Return the bars where sections start, and one past the last."""
    count = len(sound)
    price = _EDGE_PRICE * _noise(sound)
    square = np.concatenate([[0.0], np.cumsum((sound**2).sum(axis=1))])
    total = np.concatenate([np.zeros((1, sound.shape[1])), np.cumsum(sound, axis=0)])
    best = np.zeros(count + 1)
    back = np.zeros(count + 1, np.intp)
    for end in range(1, count + 1):
        starts = np.arange(max(0, end - _LONGEST_BARS), end)
        length = end - starts
        spread = square[end] - square[starts]
        spread -= ((total[end] - total[starts]) ** 2).sum(axis=1) / length
        outer = (starts == 0) | (end == count)
        cost = best[starts] + spread + price * _phrasing(length, outer)
        back[end] = starts[cost.argmin()]
        best[end] = cost.min()
    return _walked(back, count)


def _walked(back: NDArray[np.intp], count: int) -> list[int]:
    edges = [count]
    while edges[-1] > 0:
        edges.append(int(back[edges[-1]]))
    return edges[::-1]


def _noise(sound: Array) -> float:
    """Return how much one bar differs from the next within a section, squared."""
    if len(sound) < 2:
        return _LEAST_NOISE
    steps = (np.diff(sound, axis=0) ** 2).sum(axis=1)
    return max(_LEAST_NOISE, float(np.median(steps)) / 2)


def _phrasing(length: NDArray[np.intp], outer: NDArray[np.bool_]) -> Array:
    """Return the price of a section by its length in bars: eights are cheapest.

    The first and the last may hold a pick-up or a fade, so their length says less.
    """
    odd = np.select([length % 8 == 0, length % 4 == 0, length % 2 == 0], [0.0, 0.2, 0.7], 1.2)
    short = np.where(length < 4, 3.0, 0.0)
    out: Array = 1.0 + np.where(outer, 0.3, 1.0) * odd + short
    return out


def _parts(bars: _BarRows, edges: list[int]) -> list[_Part]:
    spans = list(pairwise(edges))
    labels = _labels(bars.sound, spans)
    return [
        _Part(
            first=a,
            last=b,
            label=label,
            energy=float(bars.energy[a:b].mean()),
            kick=float(bars.kick[a:b].mean()),
            rise=_rise(bars.energy[a:b]),
            confidence=_contrast(bars.sound, a),
        )
        for (a, b), label in zip(spans, labels, strict=True)
    ]


def _rise(energy: Array) -> float:
    half = len(energy) // 2
    return float(energy[half:].mean() - energy[:half].mean()) if half else 0.0


def _contrast(sound: Array, edge: int) -> float:
    """Return how far the four bars on either side of an edge differ, against their noise."""
    if edge == 0:
        return 1.0
    past, coming = sound[max(0, edge - 4) : edge], sound[edge : edge + 4]
    step = float(((coming.mean(axis=0) - past.mean(axis=0)) ** 2).sum())
    return step / (step + 2 * _noise(sound))


def _labels(sound: Array, spans: list[tuple[int, int]]) -> list[str]:
    """Return one letter a section, the same for sections that sound alike."""
    means = np.stack([sound[a:b].mean(axis=0) for a, b in spans])
    away = ((means[:, None] - means) ** 2).sum(axis=2)
    length = np.array([b - a for a, b in spans], dtype=np.float64)
    usual = float(length @ away @ length) / float(length.sum() ** 2)
    limit = max(_LEAST_NOISE, _ALIKE * usual)
    first: list[int] = []
    letters = []
    for part in range(len(spans)):
        known = [index for index, other in enumerate(first) if away[part, other] < limit]
        if known:
            index = min(known, key=lambda i: away[part, first[i]])
        else:
            index = len(first)
            first.append(part)
        letters.append(_letter(index))
    return letters


def _letter(index: int) -> str:
    return chr(ord("A") + index % 26) + ("" if index < 26 else str(index // 26))


def _kinds(parts: list[_Part]) -> list[SectionKind]:
    """Return every part's kind; the loud parts, by the song's own measure, are its drops."""
    if len(parts) == 1:
        return [SectionKind.VERSE]
    bars = [part.last - part.first for part in parts]
    energy = np.repeat([part.energy for part in parts], bars)
    low, top = (float(level) for level in np.percentile(energy, [10, 100]))
    kick = max(part.kick for part in parts)
    high = [
        (part.energy >= low + 0.8 * (top - low) or top - low < 0.05) and part.kick > 0.6 * kick
        for part in parts
    ]
    return [_kind(parts, high, index, span=top - low) for index in range(len(parts))]


def _kind(parts: list[_Part], high: list[bool], index: int, *, span: float) -> SectionKind:
    """Return the kind by place, kick and rise, beside the loud parts around it."""
    part, last = parts[index], len(parts) - 1
    if high[index]:
        return SectionKind.DROP
    if index == 0:
        return SectionKind.INTRO
    if index == last or (any(high) and not any(high[index:])):
        return SectionKind.OUTRO
    if high[index + 1] and _builds(part, after_high=high[index - 1], span=span):
        return SectionKind.BUILD
    if part.kick < 0.5 * max(p.kick for p in parts):
        return SectionKind.BREAK if any(high[:index]) else SectionKind.INTRO
    alone = sum(p.label == part.label for p in parts) == 1
    return SectionKind.BRIDGE if alone and index > last / 2 else SectionKind.VERSE


def _builds(part: _Part, *, after_high: bool, span: float) -> bool:
    """Return whether a part before a loud one leads up to it: short or rising."""
    bars = part.last - part.first
    if after_high:
        return part.rise > 0.35 * span
    return bars <= 8 or part.rise > 0.15 * span
