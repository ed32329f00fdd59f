"""A frame in the making: light (tone) at full size, hue (tint) at half, coloured at the end.

A scene computes smooth fields on a small grid, `spread`s them to full size, draws sharp things
over them (`shapes`), and `finish`es: only then do tones and tints become colours. Because the
scalar is enlarged and not the colours, edges in the palette stay sharp to the pixel.

Tones run from 0 to 65535; 32768 (`FULL`) is natural full light, above it light rolls off.
Tints run from 0 to 65535 along the palette.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from mvpipe.engine.kernel import kernel
from mvpipe.engine.planes import Plane, Planes
from mvpipe.engine.scenes.noise import chances
from mvpipe.engine.scenes.palette import look_of
from mvpipe.model.media import Size
from mvpipe.model.timeline import Shot

Tone = NDArray[np.uint16]
Field = NDArray[np.float32]
Axes = tuple[Field, Field]
Factors = NDArray[np.uint32]
Noise = NDArray[np.int16]
Pairs = NDArray[np.uint32]

FULL = 32768
"""The tone of natural full light; a field's 1.0."""


@dataclass(frozen=True, slots=True)
class Grid:
    """The small grid of a frame size, and where its samples lie.

    `cell` is the pixels from sample to sample (4, or 2 for small frames); `x` (columns) and
    `y` (rows) are the samples' places with the frame's centre as origin and its shorter side
    as 1, y downwards. One sample lies outside the frame on the near side, two on the far side.
    `half_width` and `half_height` are the frame's edges in the same unit, `short` its shorter
    side in pixels.
    """

    size: Size
    cell: int
    x: Field
    y: Field
    half_width: float
    half_height: float
    short: int

    def empty(self) -> Field:
        """Return a field over the grid, (rows, columns) of float32, not yet filled."""
        return np.empty((len(self.y), len(self.x)), np.float32)

    def pixel_x(self, x: float) -> float:
        """Return the pixel column of a place."""
        return x * self.short + self.size.width / 2

    def pixel_y(self, y: float) -> float:
        """Return the pixel row of a place."""
        return y * self.short + self.size.height / 2


@lru_cache(maxsize=8)
def grid_of(size: Size) -> Grid:
    """Return the grid of a frame size; cached."""
    short = min(size.width, size.height)
    cell = 4 if short >= 600 else 2
    x = ((np.arange(-(-size.width // cell) + 3) - 1) * cell - size.width / 2) / short
    y = ((np.arange(-(-size.height // cell) + 3) - 1) * cell - size.height / 2) / short
    return Grid(
        size=size,
        cell=cell,
        x=x.astype(np.float32),
        y=y.astype(np.float32),
        half_width=size.width / 2 / short,
        half_height=size.height / 2 / short,
        short=short,
    )


@dataclass(frozen=True, slots=True)
class Canvas:
    """Tone (height, width) and tint (half of each) of one frame in the making."""

    grid: Grid
    tone: Tone
    tint: Tone


NO_CURVE: Tone = np.zeros(0, np.uint16)
"""Leaves a spread field as it is."""


def canvas_of(size: Size) -> Canvas:
    """Return a canvas whose tone and tint are not yet filled: `spread` onto it first."""
    return Canvas(
        grid=grid_of(size),
        tone=np.empty((size.height, size.width), np.uint16),
        tint=np.empty((size.height // 2, size.width // 2), np.uint16),
    )


def spread(canvas: Canvas, *, tone: Field, tint: Field, curve: Tone = NO_CURVE) -> None:
    """Fill the canvas from two fields on its grid; 1.0 is full light, or the last tint.

    `curve` (4096 entries, one for each sixteenth tone) reshapes the tone at full size: edges
    that it makes are sharp to the pixel. Costs 2 ms at 1080p, with a curve 3.
    """
    cell = canvas.grid.cell
    enlarge(tone, cell, 32768.0, curve, canvas.tone)
    enlarge(tint, cell // 2, 65535.0, NO_CURVE, canvas.tint)


def finish(canvas: Canvas, planes: Planes, *, shot: Shot, frame_s: float) -> None:
    """Colour the canvas into every pixel of `planes`, under the shot's palette and grade.

    Ordered dither hides the 8-bit steps; grain changes with `frame_s`. Costs 1.3 ms at 1080p.
    """
    look = look_of(shot.palette, shot.grade)
    size = canvas.grid.size
    colour(
        canvas.tone,
        canvas.tint,
        _vignette(size, round(shot.grade.vignette, 3)),
        (look.luma, look.chroma),
        _bayer(size.width),
        (planes.y, planes.u, planes.v),
    )
    if strength := round(max(0.0, shot.grade.grain) * 14.0 * 256.0):
        offset = int(frame_s * 1000.0) * 7919 + shot.seed
        rows = np.arange(size.height) * 7907 + offset
        starts = (rows * 2654435761 % 4096).astype(np.uint32)
        roughen(planes.y, _grain(size.width, strength), starts)


@lru_cache(maxsize=16)
def _vignette(size: Size, amount: float) -> tuple[Tone, Tone]:
    """Return factors (65536 is 1) for columns and rows; their product darkens the corners."""
    edges = []
    for count in (size.width, size.height):
        away = np.abs(np.linspace(-1.0, 1.0, count))
        edges.append(np.round(65535 * (1.0 - amount * 0.62 * away**2.6)).astype(np.uint16))
    return edges[0], edges[1]


@lru_cache(maxsize=8)
def _bayer(width: int) -> Tone:
    """Return the 8 by 8 ordered dither of Bayer (1973), 2 to 254, repeated to (8, width)."""
    tile = np.zeros((1, 1), np.int64)
    for _ in range(3):
        tile = np.block([[4 * tile, 4 * tile + 2], [4 * tile + 3, 4 * tile + 1]])
    return np.tile(tile * 4 + 2, (1, -(-width // 8)))[:, :width].astype(np.uint16)


@lru_cache(maxsize=8)
def _grain(width: int, strength: int) -> Noise:
    """Return a long row of grain, longer than a frame is wide by 4096; 3584 is 14 levels."""
    pairs = chances(11, 2 * (width + 4096)).reshape(2, -1).sum(axis=0)
    grain: Noise = np.round((pairs - 1.0) * strength / 256.0).astype(np.int16)
    return grain


@kernel
def enlarge(field: Field, cell: int, unit: float, curve: Tone, out: Tone) -> None:
    """Enlarge a grid's field by `cell` (1, 2 or 4) into `out`, with a uniform cubic B-spline.

    `field` is float32 (ceil(h / cell) + 3, ceil(w / cell) + 3), `out` uint16 (h, w); a field
    of 1.0 becomes `unit`, limited to 65534. An empty `curve` changes nothing. 0.5 ms at 1080p.
    """
    columns = field.shape[1]
    row = np.empty(columns, np.float32)
    line = np.empty((columns + 1) * cell, np.uint16)
    weights = spline(cell)
    scale, top = np.float32(unit), np.float32(65534.0)
    for y in range(out.shape[0]):
        j, p = y // cell, y % cell
        a, b, c, d = weights[p, 0], weights[p, 1], weights[p, 2], weights[p, 3]
        for i in range(columns):
            level = (
                a * field[j, i]
                + b * field[j + 1, i]
                + c * field[j + 2, i]
                + d * field[j + 3, i]
            )
            row[i] = min(max(level * scale, np.float32(0.0)), top)
        if cell == 4:  # each factor written out, so that the compiler unrolls and vectorises
            stretch(row, weights, 4, line)
        elif cell == 2:
            stretch(row, weights, 2, line)
        else:
            stretch(row, weights, 1, line)
        if curve.size:
            for x in range(out.shape[1]):
                out[y, x] = curve[line[x] >> 4]
        else:
            for x in range(out.shape[1]):
                out[y, x] = line[x]


@kernel
def spline(cell: int) -> Field:
    """Return the weights, float32 (cell, 4), of the four samples around each pixel."""
    weights = np.empty((cell, 4), np.float32)
    for p in range(cell):
        t = (p + 0.5) / cell
        s = 1.0 - t
        weights[p, 0] = s * s * s / 6.0
        weights[p, 1] = (4.0 - 6.0 * t * t + 3.0 * t * t * t) / 6.0
        weights[p, 2] = (4.0 - 6.0 * s * s + 3.0 * s * s * s) / 6.0
        weights[p, 3] = t * t * t / 6.0
    return weights


@kernel
def stretch(row: Field, weights: Field, cell: int, line: Tone) -> None:
    """Fill `line` with `cell` pixels for each sample of a row but the last three."""
    for i in range(row.shape[0] - 3):
        a, b, c, d = row[i], row[i + 1], row[i + 2], row[i + 3]
        for q in range(cell):
            level = (
                weights[q, 0] * a + weights[q, 1] * b + weights[q, 2] * c + weights[q, 3] * d
            )
            line[cell * i + q] = np.uint16(np.int32(level))


@kernel
def colour(
    tone: Tone,
    tint: Tone,
    edges: tuple[Tone, Tone],
    look: tuple[Tone, Pairs],
    bayer: Tone,
    planes: tuple[Plane, Plane, Plane],
) -> None:
    """Colour tone (h, w) and tint (h/2, w/2), both uint16, into three planes. 1.3 ms at 1080p.

    `edges` are the vignette's columns and rows; `look` the luma and the chroma table; `bayer`
    the dither, uint16 (8, w). Each row goes through short loops that compile to vector code,
    apart from the look-ups, which cannot.
    """
    width, half = tone.shape[1], tint.shape[1]
    lit, levels = np.empty((2, width), np.uint16), np.empty(width, np.uint16)
    places, both = np.empty(half, np.uint16), np.empty(half, np.uint32)
    for k in range(tint.shape[0]):
        for part in range(2):
            y = 2 * k + part
            darken(tone[y], edges[0], edges[1][y], lit[part])
            lighten(lit[part], look[0], bayer[y & 7], levels, planes[0][y])
        dither = bayer[(k + 3) & 7]
        place(lit, tint[k], dither, places)
        for i in range(half):
            both[i] = look[1][places[i]]
        for i in range(half):
            planes[1][k, i] = np.uint8(((both[i] & np.uint32(65535)) + dither[i]) >> 8)
            planes[2][k, i] = np.uint8(((both[i] >> np.uint32(16)) + dither[i]) >> 8)


@kernel
def darken(tone: Tone, across: Tone, down: int, lit: Tone) -> None:
    """Fill `lit` with one row's tones under the vignette's factors, of which 65536 is 1."""
    fall = np.uint32(down)
    for x in range(lit.shape[0]):
        factor = np.uint32(np.uint32(across[x]) * fall) >> np.uint32(16)
        lit[x] = np.uint16(np.uint32(np.uint32(tone[x]) * factor) >> np.uint32(16))


@kernel
def lighten(lit: Tone, luma: Tone, dither: Tone, levels: Tone, out: Plane) -> None:
    """Turn one row's tones into luma, dithered; `levels` is room for a row."""
    for x in range(out.shape[0]):
        levels[x] = luma[lit[x] >> np.uint16(4)]
    for x in range(out.shape[0]):
        out[x] = np.uint8(np.uint16(levels[x] + dither[x]) >> np.uint16(8))


@kernel
def place(lit: Tone, tint: Tone, dither: Tone, places: Tone) -> None:
    """Fill `places` with each chroma pixel's place in the chroma table, tint above tone."""
    for i in range(places.shape[0]):
        upper = np.uint32(lit[0, 2 * i]) + np.uint32(lit[0, 2 * i + 1])
        lower = np.uint32(lit[1, 2 * i]) + np.uint32(lit[1, 2 * i + 1])
        mean = np.uint32(upper + lower) >> np.uint32(10)
        hue = np.uint32(tint[i]) + (np.uint32(dither[i]) << np.uint32(2))
        row = np.uint32(min(hue, np.uint32(65535))) >> np.uint32(10)
        places[i] = np.uint16((row << np.uint32(8)) | mean)


@kernel
def roughen(luma: Plane, noise: Noise, starts: Factors) -> None:
    """Add a row of noise to each row of luma, from the place where it starts. 0.2 ms."""
    for y in range(luma.shape[0]):
        start = starts[y]
        row = noise[start:]
        for x in range(luma.shape[1]):
            level = np.int16(np.int16(luma[y, x]) + row[x])
            luma[y, x] = np.uint8(min(max(level, np.int16(16)), np.int16(235)))
