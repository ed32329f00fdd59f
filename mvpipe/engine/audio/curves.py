"""Levels and onsets in, the packed curves that scenes follow out."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from mvpipe.engine.audio.onsets import Onsets, smoothed
from mvpipe.engine.audio.spectrum import (
    BANDS,
    FRAME_HZ,
    Packed,
    Spectra,
    band_edges_hz,
    unpacked,
)
from mvpipe.model.music import Curve, Curves

Array = NDArray[np.float64]

SPECTRUM_HZ = 50
RANGE_DB = 60.0
_BLOCK = 30_000


def make_curves(spectra: Spectra, onsets: Onsets) -> Curves:
    """Return every curve, scaled to the song's own range; all zero where it is silent."""
    centre = np.sqrt(band_edges_hz()[:-1] * band_edges_hz()[1:])
    return Curves(
        loudness=pack(loudness(spectra)),
        onset=pack(onsets.full / 2),
        kick=pack(onsets.kick / 2),
        snare=pack(onsets.snare / 2),
        hat=pack(onsets.hat / 2),
        bass=pack(_level(spectra, centre < 200)),
        mid=pack(_level(spectra, (centre >= 200) & (centre < 3_000))),
        treble=pack(_level(spectra, centre >= 3_000)),
        spectrum=_spectrum(spectra),
    )


def pack(values: NDArray[np.floating], *, rate_hz: int = FRAME_HZ) -> Curve:
    """Return values of 0 to 1, one row each, as a curve; what lies outside is cut off."""
    levels = np.rint(np.clip(values, 0, 1) * 65_535).astype("<u2")
    width = values.shape[1] if values.ndim == 2 else 1
    return Curve(rate_hz=rate_hz, levels=levels.tobytes(), width=width)


def loudness(spectra: Spectra) -> Array:
    """Return how loud the song is over half a second, from 0 (quietest) to 1, at 100 Hz."""
    power = _power(spectra.bands, np.ones(BANDS, dtype=bool))
    level = 10 * np.log10(smoothed(power, FRAME_HZ // 2) + 1e-17)
    return _ranged(level, span_db=30.0)


def _level(spectra: Spectra, chosen: NDArray[np.bool_]) -> Array:
    level = 10 * np.log10(smoothed(_power(spectra.bands, chosen), 3) + 1e-17)
    return _ranged(level, span_db=36.0)


def _power(bands: Packed, chosen: NDArray[np.bool_]) -> Array:
    total = [
        np.power(10, unpacked(bands[at : at + _BLOCK, chosen]) / 10).sum(axis=1)
        for at in range(0, len(bands), _BLOCK)
    ]
    return np.concatenate(total).astype(np.float64) if total else np.zeros(0)


def _ranged(level_db: Array, *, span_db: float) -> Array:
    """Return levels from 0, `span_db` under the loud end, to 1; a hush below -80 dB is 0."""
    if not len(level_db):
        return level_db
    top = float(np.percentile(level_db, 98))
    if top < -80:
        return np.zeros(len(level_db))
    out: Array = np.clip((level_db - top + span_db) / span_db, 0, 1)
    return out


def _spectrum(spectra: Spectra) -> Curve:
    """Return the 32 bands at 50 Hz, the highs lifted as the ear hears music."""
    rows = unpacked(spectra.bands[:: FRAME_HZ // SPECTRUM_HZ])
    if not len(rows):
        return Curve(rate_hz=SPECTRUM_HZ, levels=b"", width=BANDS)
    loud = np.percentile(rows[:: max(1, len(rows) // 20_000)], 98, axis=0)
    top = float(loud.max())
    if top < -80:
        return pack(np.zeros(rows.shape), rate_hz=SPECTRUM_HZ)
    band_top = np.maximum(0.5 * (loud + top), top - 30)
    return pack((rows - band_top + RANGE_DB) / RANGE_DB, rate_hz=SPECTRUM_HZ)
