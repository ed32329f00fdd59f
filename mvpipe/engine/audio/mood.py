"""Pitches, levels and onsets in, how the song feels out.

The key is the best match of the song's pitch classes with how often each occurs in a corpus of
tonal music (Temperley, "Music and Probability", 2007). Arousal and valence are rules of thumb:
fast, loud, bright and dense songs excite; major mode, speed and brightness please.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from mvpipe.engine.audio.onsets import SILENT_DB, Onsets
from mvpipe.engine.audio.spectrum import FRAME_HZ, Spectra, band_edges_hz, unpacked
from mvpipe.model.music import Mood

KEYS = ("C", "C#", "D", "D#", "E", "F", "F#", "G", "G#", "A", "A#", "B")
_MAJOR = (0.748, 0.060, 0.488, 0.082, 0.670, 0.460, 0.096, 0.715, 0.104, 0.366, 0.057, 0.400)
_MINOR = (0.712, 0.084, 0.474, 0.618, 0.049, 0.460, 0.105, 0.747, 0.404, 0.067, 0.330, 0.100)
"""Minor with the low seventh of popular songs where that corpus has the leading note."""
_BASS_SHARE = 0.25


def find_mood(spectra: Spectra, onsets: Onsets, *, bpm: float) -> Mood:
    """Return the mood of the whole song; a neutral one, confidence 0, where it is silent."""
    key, mode, confidence = find_key(spectra.chroma)
    brightness = _brightness(spectra)
    density = _density(onsets)
    pace = float(np.clip((bpm - 60) / 100, 0, 1))
    punch = float(np.clip(_contrast(spectra), 0, 1))
    major = 0.5 + (0.5 if mode == "major" else -0.5) * confidence
    return Mood(
        arousal=round(0.35 * pace + 0.35 * density + 0.15 * brightness + 0.15 * punch, 4),
        valence=round(0.5 * major + 0.25 * pace + 0.25 * brightness, 4),
        brightness=round(brightness, 4),
        density=round(density, 4),
        key=key,
        mode=mode,
        confidence=round(confidence, 4),
    )


def find_key(chroma: NDArray[np.float32]) -> tuple[str, str, float]:
    """Return the pitch class, `major` or `minor`, and how clearly it beats the others."""
    total = np.sqrt(chroma.astype(np.float64)).sum(axis=0)
    pitches = total[:12] + _BASS_SHARE * total[12:] if len(total) else np.zeros(12)
    if pitches.std() < 1e-6:
        return "C", "major", 0.0
    fits = [
        (float(np.corrcoef(pitches, np.roll(profile, shift))[0, 1]), KEYS[shift], mode)
        for mode, profile in (("major", _MAJOR), ("minor", _MINOR))
        for shift in range(12)
    ]
    fits.sort(reverse=True)
    (best, key, mode), (second, _, _) = fits[0], fits[1]
    return key, mode, float(np.clip(max(0, best) * (0.4 + 4 * (best - second)), 0, 1))


def _brightness(spectra: Spectra) -> float:
    """Return where the middle of the spectrum lies: 0 at 100 Hz, 1 at 1.6 kHz, logarithmic."""
    rows = unpacked(spectra.bands[::10])
    if not len(rows) or rows.max() < SILENT_DB:
        return 0.5
    centre = np.sqrt(band_edges_hz()[:-1] * band_edges_hz()[1:])
    amplitude = np.power(10, rows.astype(np.float64) / 20).mean(axis=0)
    middle = float((np.log2(centre) * amplitude).sum() / amplitude.sum())
    return float(np.clip((middle - np.log2(100)) / np.log2(1_600 / 100), 0, 1))


def _density(onsets: Onsets) -> float:
    """Return how many events there are a second: 0 for none, 1 from eight on."""
    curve = onsets.full
    if len(curve) < 3:
        return 0.0
    peak = (curve[1:-1] > curve[:-2]) & (curve[1:-1] >= curve[2:]) & (curve[1:-1] > 0.25)
    return float(np.clip(peak.sum() / (len(curve) / FRAME_HZ) / 8, 0, 1))


def _contrast(spectra: Spectra) -> float:
    """Return how dense the level is: 1 when the song stays near its loudest."""
    level = unpacked(spectra.bands[::10])
    if not len(level) or level.max() < SILENT_DB:
        return 0.0
    loud = level.max(axis=1)
    return float(1 - (np.percentile(loud, 95) - np.median(loud)) / 20)
