"""Levels in, what begins when out: onset strength over all bands and per drum-like band.

The strength is spectral flux against the loudest neighbouring band two frames ago, which
keeps vibrato and glides out (Böck and Widmer, "Maximum filter vibrato suppression for onset
detection", DAFx 2013). Loudness is compressed relative to the song's own level, so a gain
changes nothing.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mvpipe.engine.audio.spectrum import FRAME_HZ, Packed, Spectra, band_edges_hz, unpacked

Floats = NDArray[np.float32]

SILENT_DB = -80.0
"""Below this a song is silence, whatever its shape: dither of 16 bits lies near -98 dB."""
_COMPRESSION = 100.0
_KICK_COMPRESSION = 10.0
"""Less, so that the little low end of a hat or snare does not pass for a kick."""
_KICK_FLOOR = 1.0
"""High, so that a bass line is not taken for the kick where the kick rests."""
_LAG = 2
_BLOCK = 6_000
_LOCAL_S = 6.0


@dataclass(frozen=True, slots=True)
class Onsets:
    """Onset strengths at 100 Hz, each about 1 where its band has a clear event.

    `fine` is the strength at 400 Hz per low, middle and high band, shape (4 frames, 3).
    """

    full: Floats
    kick: Floats
    snare: Floats
    hat: Floats
    fine: Floats


def find_onsets(spectra: Spectra) -> Onsets:
    """Return the onset strengths of a song; all zero where it is silent."""
    flux = _flux(spectra.bands, spread=True)
    fine = _flux(spectra.fine, spread=False)
    centre = np.sqrt(band_edges_hz()[:-1] * band_edges_hz()[1:])
    drum = _flux(spectra.bands[:, centre < 130], spread=True, strength=_KICK_COMPRESSION)
    return Onsets(
        full=locally_scaled(flux.mean(axis=1)),
        kick=locally_scaled(drum.mean(axis=1), floor=_KICK_FLOOR),
        snare=locally_scaled(flux[:, (centre > 180) & (centre < 5_000)].mean(axis=1)),
        hat=locally_scaled(flux[:, centre > 6_000].mean(axis=1)),
        fine=fine,
    )


def _flux(levels: Packed, *, spread: bool, strength: float = _COMPRESSION) -> Floats:
    """Return the rise of every band over two rows, shape as the levels."""
    lag = _LAG
    out = np.zeros(levels.shape, np.float32)
    reference = _reference(levels)
    if reference is None:
        return out
    for start in range(0, len(levels), _BLOCK):
        first = max(0, start - lag)
        loud = compressed(unpacked(levels[first : start + _BLOCK]), reference, strength)
        before = np.concatenate([np.zeros((lag - (start - first), loud.shape[1])), loud[:-lag]])
        if spread:
            before = _widened(before)
        rise = loud[start - first :] - before[: len(loud) - (start - first)]
        out[start : start + _BLOCK] = np.maximum(0, rise)
    return out


def _reference(levels: Packed) -> Floats | None:
    """Return each band's own loud level in dB, near the whole song's; `None` for silence."""
    if not len(levels):
        return None
    sample = levels[:: max(1, len(levels) // 20_000)]
    loud = np.percentile(unpacked(sample), 95, axis=0).astype(np.float32)
    top = float(loud.max())
    if top < SILENT_DB:
        return None
    reference: Floats = np.maximum((loud + top) / 2, top - 40).astype(np.float32)
    return reference


def compressed(level_db: Floats, reference_db: Floats, strength: float) -> Floats:
    """Return log(1 + strength x), 1 where x, the amplitude over the reference, is 1."""
    amplitude = np.power(np.float32(10), (level_db - reference_db) / 20)
    loud: Floats = np.log1p(np.float32(strength) * amplitude).astype(np.float32, copy=False)
    return loud / np.float32(np.log1p(strength))


def _widened(rows: Floats) -> Floats:
    wide = rows.copy()
    np.maximum(wide[:, 1:], rows[:, :-1], out=wide[:, 1:])
    np.maximum(wide[:, :-1], rows[:, 1:], out=wide[:, :-1])
    return wide


def locally_scaled(curve: Floats, *, floor: float = 0.2) -> Floats:
    """Return the curve over its own recent peak level, so that a quiet part counts as well.

    The scale is the root mean fourth power over 6 s, which follows peaks rather than the
    floor, and never falls under `floor` times the song's own.
    """
    if not len(curve):
        return curve
    fourth = curve.astype(np.float64) ** 4
    near = smoothed(fourth, round(_LOCAL_S * FRAME_HZ)) ** 0.25
    scale = np.maximum(near, floor * fourth.mean() ** 0.25) * 2
    scaled: Floats = (curve / np.maximum(scale, 1e-4)).astype(np.float32)
    return scaled


def smoothed(curve: NDArray[np.float64], width: int) -> NDArray[np.float64]:
    """Return the moving mean over `width` rows, shrinking at both ends."""
    total = np.concatenate([[0.0], np.cumsum(curve)])
    index = np.arange(len(curve))
    low = np.maximum(0, index - width // 2)
    high = np.minimum(len(curve), index + width // 2 + 1)
    mean: NDArray[np.float64] = (total[high] - total[low]) / (high - low)
    return mean
