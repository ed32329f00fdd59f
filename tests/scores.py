"""Music as hearing would give it, written out by hand: every stroke at a known time."""

from __future__ import annotations

import numpy as np

from mvpipe.model.hints import Meter
from mvpipe.model.music import Beat, Curve, Curves, Mood, Music, Section, SectionKind, Tempo

RATE = 100
PLAN = (
    (SectionKind.INTRO, 0.25),
    (SectionKind.BUILD, 0.55),
    (SectionKind.DROP, 1.0),
    (SectionKind.BREAK, 0.2),
    (SectionKind.OUTRO, 0.35),
)


def score(*, duration_ms: int = 20000, bpm: float = 120.0, beats: bool = True) -> Music:
    """Return a song with a kick on every beat, a snare on 2 and 4 and a hat between."""
    step = 60000.0 / bpm
    grid = np.arange(0.0, duration_ms - 1, step)
    rows = duration_ms * RATE // 1000 + 1
    energy = _energy(rows)
    levels = {
        "kick": _struck(rows, grid),
        "snare": _struck(rows, grid[1::2]),
        "hat": _struck(rows, grid + step / 2),
    }
    if not beats:
        levels = {name: np.zeros(rows) for name in levels}
        energy = np.zeros(rows)
    bands = np.arange(32)[None, :]
    time = np.arange(rows)[:, None] / RATE
    spectrum = energy[:, None] * (0.5 + 0.5 * np.sin(bands * 0.5 + time * 2.0)) * 0.9
    curves = Curves(
        loudness=_curve(energy),
        onset=_curve(levels["kick"]),
        kick=_curve(levels["kick"]),
        snare=_curve(levels["snare"]),
        hat=_curve(levels["hat"]),
        bass=_curve(np.minimum(1.0, energy * (0.4 + 0.6 * _held(levels["kick"])))),
        mid=_curve(spectrum[:, 12]),
        treble=_curve(spectrum[:, 26]),
        spectrum=Curve(RATE, _packed(spectrum), 32),
    )
    return Music(
        duration_ms=duration_ms,
        tempo=Tempo(bpm, 0.9),
        meter=Meter(),
        beats=tuple(Beat(round(at), k % 4 + 1, 0.9) for k, at in enumerate(grid))
        if beats
        else (),
        sections=_sections(duration_ms) if beats else (),
        curves=curves,
        mood=Mood(0.6, 0.5, 0.5, 0.5, "A", "minor", 0.5),
    )


def _sections(duration_ms: int) -> tuple[Section, ...]:
    each = duration_ms // len(PLAN)
    return tuple(
        Section(k * each, (k + 1) * each, kind, kind.value, energy, 0.8)
        for k, (kind, energy) in enumerate(PLAN)
    )


def _energy(rows: int) -> np.ndarray:
    return np.repeat([e for _, e in PLAN], -(-rows // len(PLAN)))[:rows]


def _struck(rows: int, at_ms: np.ndarray) -> np.ndarray:
    levels = np.zeros(rows)
    at = np.round(at_ms * RATE / 1000).astype(int)
    for offset, level in ((-1, 0.5), (0, 1.0), (1, 0.6), (2, 0.3)):
        inside = at[(at + offset >= 0) & (at + offset < rows)] + offset
        levels[inside] = level
    return levels


def _held(levels: np.ndarray) -> np.ndarray:
    return np.convolve(levels, np.exp(-np.arange(30) / 10.0))[: len(levels)] / 2.0


def _curve(levels: np.ndarray) -> Curve:
    return Curve(RATE, _packed(levels))


def _packed(levels: np.ndarray) -> bytes:
    return bytes(np.round(np.clip(levels, 0, 1) * 65535).astype("<u2").tobytes())
