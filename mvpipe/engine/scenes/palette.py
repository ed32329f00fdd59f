"""From palette stops to the tables that colour a frame.

A scene draws *tone* (how much light) and *tint* (which of the palette's hues). Tone alone
decides luma; tone and tint together decide chroma. So light stays smooth whatever the hue does,
and a frame's colours are always the palette's.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from mvpipe.model.timeline import Grade, Palette

Table = NDArray[np.uint16]
Floats = NDArray[np.float64]

TONES = 4096
"""Entries of a luma table, over tones of 0 to 65535."""
TINTS, COARSE_TONES = 64, 256
"""Rows and columns of a chroma table."""

_SHOULDER = 0.6  # where bright tones begin to bend towards the last stop


@dataclass(frozen=True, slots=True)
class Look:
    """A palette under a grade, as tables in 8.8 fixed point, bt709 limited range.

    `luma` has one entry for each sixteenth tone. `u` and `v` are (tint, tone): 64 by 256.
    `chroma` is both in one flat table, u in the low half of each entry: one look-up finds both.
    """

    luma: Table
    u: Table
    v: Table
    chroma: NDArray[np.uint32]


def look_of(palette: Palette, grade: Grade) -> Look:
    """Return the tables of a palette under a grade; cached, some 5 ms when new."""
    return _look(palette.colours, grade.brightness, grade.contrast, grade.saturation)


@lru_cache(maxsize=32)
def _look(
    colours: tuple[str, ...], brightness: float, contrast: float, saturation: float
) -> Look:
    stops = np.array([_oklab_of(colour) for colour in colours])
    fine = _path(stops, _positions(TONES))
    luma = _graded(np.maximum.accumulate(_luma(_rgb_of(fine))), brightness, contrast)
    coarse = luma[:: TONES // COARSE_TONES]
    u, v = _chroma(stops, coarse)
    u, v = _within_gamut(u * (1.0 + saturation), v * (1.0 + saturation), coarse)
    both = [_fixed(128.0 + 224.0 * part, low=16, high=240) for part in (u, v)]
    chroma: NDArray[np.uint32] = both[0] + both[1] * np.uint32(1 << 16)
    return Look(
        luma=_fixed(16.0 + 219.0 * luma, low=16, high=235),
        u=both[0],
        v=both[1],
        chroma=chroma.ravel(),
    )


def _fixed(levels: Floats, *, low: int, high: int) -> Table:
    return np.round(np.clip(levels, low, high) * 256.0).astype(np.uint16)


def _positions(count: int) -> Floats:
    """Where along the palette each tone lies: straight at first, then a soft shoulder.

    A tone of 32768 is the natural full light, near 0.84; what adds up beyond it rolls off
    towards the last stop and never clips into a flat patch.
    """
    tone = np.arange(count) * (2.0 / count)
    over = np.clip((tone - _SHOULDER) / (2.0 - _SHOULDER), 0.0, 1.0)
    bent = _SHOULDER + (1.0 - _SHOULDER) * (1.0 - (1.0 - over) ** 3.5)
    return np.where(tone < _SHOULDER, tone, bent)


def _path(stops: Floats, positions: Floats) -> Floats:
    where = np.linspace(0.0, 1.0, len(stops))
    return np.stack([np.interp(positions, where, stops[:, k]) for k in range(3)], axis=-1)


def _chroma(stops: Floats, luma: Floats) -> tuple[Floats, Floats]:
    """Return U and V from -0.5 to 0.5 for every tint (rows) and tone (columns).

    A tint keeps its hue and saturation while the tone brightens it, and in the highlights
    turns towards the last stop, as light does. In tones far darker than its own it leans
    towards the palette's deeper hues, so that shadows are rich and never brown or grey. Where
    tint and tone agree the colour is the palette's own.
    """
    place = _positions(COARSE_TONES)[None, :]
    tint_at = np.linspace(0.0, _last_hue(len(stops)), TINTS)[:, None]
    above = np.maximum(tint_at - place, 0.0)
    hue_at = np.where(above > 0.0, place + above / (1.0 + 1.5 * above), tint_at)
    tones, tints = _path(stops, place), _path(stops, hue_at)
    strength = tints[..., 1:] / np.maximum(tints[..., :1], 0.12)
    start = np.maximum(tint_at, _SHOULDER)
    over = np.clip((place - start) / np.maximum(1.0 - start, 1e-6), 0.0, 1.0)
    high = (over * over * (3.0 - 2.0 * over))[..., None]
    ab = strength * tones[..., :1] * (1.0 - high) + stops[-1, 1:] * high
    light = np.broadcast_to(tones[..., :1], (*ab.shape[:2], 1))
    rgb = _rgb_of(np.concatenate([light, ab], axis=-1))
    own = _luma(rgb)
    keep = np.clip(luma[None, :] / np.maximum(own, 1e-3), 0.0, 1.6)
    return (rgb[..., 2] - own) / 1.8556 * keep, (rgb[..., 0] - own) / 1.5748 * keep


def _last_hue(stops: int) -> float:
    """Return where the last tint lies: on the stop before last, for the last one is near white.

    Highlights come from tone; a dark tone of a near-white tint would be grey.
    """
    return 1.0 - 1.0 / (stops - 1) if stops > 2 else 1.0


def _within_gamut(u: Floats, v: Floats, luma: Floats) -> tuple[Floats, Floats]:
    """Return chroma weakened just enough for red, green and blue to stay from 0 to 1."""
    y = np.broadcast_to(luma[None, :], u.shape)
    keep = np.ones_like(u)
    for step in (1.5748 * v, -0.1873 * u - 0.4681 * v, 1.8556 * u):
        room = np.where(step > 0.0, 1.0 - y, y)
        keep = np.minimum(keep, room / np.maximum(np.abs(step), 1e-6))
    return u * keep, v * keep


def _graded(luma: Floats, brightness: float, contrast: float) -> Floats:
    lit = np.clip(luma, 0.0, 1.0) ** (2.0**-brightness)
    steep = lit * lit * (3.0 - 2.0 * lit) if contrast >= 0.0 else 0.2 + 0.45 * lit
    graded: Floats = lit + (steep - lit) * abs(contrast)
    return graded


def _luma(rgb: Floats) -> Floats:
    weighed: Floats = rgb @ np.array([0.2126, 0.7152, 0.0722])
    return weighed


# OKLab: Björn Ottosson, "A perceptual color space for image processing", 2020.
_TO_CONES = np.array(
    [
        [0.4122214708, 0.5363325363, 0.0514459929],
        [0.2119034982, 0.6806995451, 0.1073969566],
        [0.0883024619, 0.2817188376, 0.6299787005],
    ]
)
_TO_LAB = np.array(
    [
        [0.2104542553, 0.7936177850, -0.0040720468],
        [1.9779984951, -2.4285922050, 0.4505937099],
        [0.0259040371, 0.7827717662, -0.8086757660],
    ]
)
_FROM_LAB, _FROM_CONES = np.linalg.inv(_TO_LAB), np.linalg.inv(_TO_CONES)


def _oklab_of(colour: str) -> Floats:
    channels = np.array([int(colour[k : k + 2], 16) / 255.0 for k in (1, 3, 5)])
    linear = np.where(
        channels <= 0.04045, channels / 12.92, ((channels + 0.055) / 1.055) ** 2.4
    )
    lab: Floats = _TO_LAB @ np.cbrt(_TO_CONES @ linear)
    return lab


def _rgb_of(lab: Floats) -> Floats:
    """Return gamma-coded red, green and blue, held from 0 to 1."""
    linear = np.clip((lab @ _FROM_LAB.T) ** 3 @ _FROM_CONES.T, 0.0, 1.0)
    return np.where(
        linear <= 0.0031308,
        linear * 12.92,
        1.055 * np.maximum(linear, 1e-9) ** (1 / 2.4) - 0.055,
    )
