"""Which pieces there are, and how to listen to one with its truth."""

from __future__ import annotations

import numpy as np

from tests.corpus.score import Score, compose
from tests.corpus.sound import RATE_HZ
from tests.corpus.styles import STYLES
from tests.corpus.truth import Half, Truth
from tests.songs import Sound

TAKES = 2


def pieces(half: Half, *, groups: tuple[str, ...] = tuple(STYLES)) -> tuple[Score, ...]:
    """Return every piece of a half, `TAKES` of each group."""
    return tuple(compose(group, half, take) for group in groups for take in range(TAKES))


def clicked(sound: Sound, truth: Truth) -> Sound:
    """Return the sound, a little softer, with a click on every beat, higher on downbeats."""
    out = sound * np.float32(0.6)
    for at_s in truth.grid.beats_s:
        high = bool(np.abs(truth.grid.downbeats_s - at_s).min() < 1e-6)
        click = _click(1_760.0 if high else 1_175.0)
        room = out[round(float(at_s) * RATE_HZ) :][: len(click)]
        room += click[: len(room)]
    return np.asarray(np.clip(out, -1, 1), np.float32)


def _click(hz: float) -> Sound:
    at = np.arange(round(0.05 * RATE_HZ)) / RATE_HZ
    return np.asarray(0.4 * np.sin(2 * np.pi * hz * at) * np.exp(-at / 0.01)).astype(np.float32)
