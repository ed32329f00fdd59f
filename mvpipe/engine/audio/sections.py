"""Bars and what they sound like in, the parts of the song out."""

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

_REACH_BARS = 4
_SHORTEST_BARS = 4
_SHORTEST_S = 4.0
_FREE_S = 2.0


@dataclass(frozen=True, slots=True)
class _BarRows:
    """What each bar sounds like; `at_s` has one more entry than the rows: the song's end."""

    at_s: Array
    sound: Array
    energy: Array
    kick: Array


def find_sections(
    spectra: Spectra, onsets: Onsets, *, downbeats_s: Array, duration_ms: int
) -> tuple[Section, ...]:
    """Return sections that cover the whole song; none only where the song has no length."""
    if duration_ms <= 0:
        return ()
    bars = _bars(spectra, onsets, _grid(downbeats_s, duration_ms / 1000))
    edges = _edges(bars)
    labels = _labels(bars, edges)
    return _named(bars, edges, labels, duration_ms)


def _grid(downbeats_s: Array, duration_s: float) -> Array:
    """Return bar lines from 0 to the end, every two seconds where nothing is counted."""
    inner = downbeats_s[(downbeats_s > 0.2) & (downbeats_s < duration_s - 0.2)]
    if len(inner) < 2:
        inner = np.arange(_FREE_S, duration_s - _FREE_S / 2, _FREE_S)
    return np.concatenate([[0.0], inner, [duration_s]])


def _bars(spectra: Spectra, onsets: Onsets, at_s: Array) -> _BarRows:
    starts = at_s[:-1] if len(at_s) > 2 else at_s
    rows = len(at_s) - 1
    top = max(-60.0, float(unpacked(spectra.bands[::7]).max(initial=-170)))
    level = np.maximum(unpacked(spectra.bands), top - 60).astype(np.float64) - top
    timbre = per_beat(level, starts, hz=FRAME_HZ)[:rows] / 12
    pitch = per_beat(np.sqrt(spectra.chroma.astype(np.float64)), starts, hz=CHROMA_HZ)[:rows]
    pitch = pitch / np.maximum(np.linalg.norm(pitch, axis=1), 1e-9)[:, None]
    events = np.stack([onsets.kick, onsets.snare, onsets.hat, onsets.full], axis=1)
    beats = per_beat(events.astype(np.float64), starts, hz=FRAME_HZ)[:rows]
    energy = per_beat(loudness(spectra)[:, None], starts, hz=FRAME_HZ)[:rows, 0]
    sound = np.concatenate([timbre / np.sqrt(8), pitch, beats * 3, energy[:, None] * 2], axis=1)
    return _BarRows(at_s=at_s, sound=sound, energy=energy, kick=beats[:, 0])


def _edges(bars: _BarRows) -> list[int]:
    """Return the bars where sections start, and one past the last."""
    count = len(bars.sound)
    novelty = _novelty(bars.sound)
    threshold = float(np.median(novelty) + 0.5 * novelty.std())
    bar_s = float(np.median(np.diff(bars.at_s)))
    gap = max(_SHORTEST_BARS, round(_SHORTEST_S / max(bar_s, 0.1)))
    chosen = [0, count]
    for bar in np.argsort(-novelty, kind="stable"):
        near = min(abs(int(bar) - edge) for edge in chosen)
        if novelty[bar] > max(threshold, 0.15) and near >= gap:
            chosen.append(int(bar))
    return sorted(chosen)


def _novelty(sound: Array) -> Array:
    """Return how unlike the four bars before and the four from here on are."""
    count = len(sound)
    out = np.zeros(count)
    for bar in range(1, count):
        past = sound[max(0, bar - _REACH_BARS) : bar].mean(axis=0)
        coming = sound[bar : bar + _REACH_BARS].mean(axis=0)
        step = np.linalg.norm(sound[bar] - sound[bar - 1])
        out[bar] = np.linalg.norm(coming - past) + 0.3 * step
    return out


def _labels(bars: _BarRows, edges: list[int]) -> list[str]:
    """Return one letter a section, the same for sections that sound alike."""
    means = [bars.sound[a:b].mean(axis=0) for a, b in pairwise(edges)]
    spread = float(np.linalg.norm(bars.sound - bars.sound.mean(axis=0), axis=1).mean())
    known: list[Array] = []
    letters = []
    for mean in means:
        away = [float(np.linalg.norm(mean - other)) for other in known]
        if away and min(away) < 0.55 * spread:
            index = int(np.argmin(away))
        else:
            index = len(known)
            known.append(mean)
        letters.append(_letter(index))
    return letters


def _letter(index: int) -> str:
    return chr(ord("A") + index % 26) + ("" if index < 26 else str(index // 26))


def _named(
    bars: _BarRows, edges: list[int], labels: list[str], duration_ms: int
) -> tuple[Section, ...]:
    energies = [float(bars.energy[a:b].mean()) for a, b in pairwise(edges)]
    sections = []
    for i, (a, b) in enumerate(pairwise(edges)):
        start = round(bars.at_s[a] * 1000)
        end = duration_ms if b == edges[-1] else round(bars.at_s[b] * 1000)
        sections.append(
            Section(
                start_ms=start,
                end_ms=end,
                kind=_kind(bars, edges, energies, i),
                label=labels[i],
                energy=round(energies[i], 4),
                confidence=0.5,
            )
        )
    return tuple(sections)


def _kind(bars: _BarRows, edges: list[int], energies: list[float], i: int) -> SectionKind:
    """Return the kind by place, energy, rise and kick."""
    low, high = min(energies), max(energies)
    relative = (energies[i] - low) / (high - low) if high - low > 0.05 else 0.5
    kick = float(bars.kick[edges[i] : edges[i + 1]].mean())
    loudest = max(float(bars.kick[a:b].mean()) for a, b in pairwise(edges))
    last = len(energies) - 1
    if i == 0 and last > 0 and relative < 0.75:
        return SectionKind.INTRO
    if i == last and last > 0 and relative < 0.75:
        return SectionKind.OUTRO
    if relative > 0.7 and kick > 0.5 * loudest:
        return SectionKind.DROP
    rise = bars.energy[edges[i + 1] - 1] - bars.energy[edges[i]]
    if i < last and energies[i + 1] > energies[i] + 0.05 and (rise > 0.1 or kick > 0):
        return SectionKind.BUILD
    return SectionKind.BREAK if relative < 0.5 else SectionKind.VERSE
