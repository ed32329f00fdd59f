"""Nebula: gas lit from within, drifting past stars; also a turning galaxy, and ink in water.

Bass swells the glowing heart, a kick flares it and pushes the view forward, a snare lights the
filaments, hats strike stars. Energy stirs the gas and speeds the stars.
"""

from __future__ import annotations

import numpy as np
from numpy import float32 as f32

from mvpipe.engine.kernel import kernel
from mvpipe.engine.planes import Planes
from mvpipe.engine.scenes.canvas import (
    FULL,
    NO_CURVE,
    Axes,
    Canvas,
    Field,
    canvas_of,
    finish,
    spread,
)
from mvpipe.engine.scenes.feel import scaled
from mvpipe.engine.scenes.noise import Texture, chances, cloud, sample_row
from mvpipe.engine.scenes.scene import Moment, Pictures
from mvpipe.engine.scenes.shapes import halo, ramp, stars
from mvpipe.model.catalogue import SceneCard
from mvpipe.model.timeline import Shot

Place = tuple[float, float]
Drift = tuple[Field, float, float]
"""The spin's table, the zoom and the clock."""
Stir = tuple[float, float, float, float, float]

_STARS = 520
_FINEST = 100  # waves that the grid holds: finer ones would crawl, and cost the encoder dear
_INK = ramp(
    [(0, 0), (0.14, 0.05), (0.30, 0.16), (0.42, 0.30), (0.62, 0.66), (0.95, 0.95), (2, 1.6)]
)


class Nebula:
    """Variant 0 is a nebula around a heart of light, 1 a galaxy that turns, 2 ink in water."""

    card = SceneCard(
        name="nebula",
        title="Nebula",
        words=(
            "nebula", "galaxy", "space", "cosmos", "stars", "universe", "ink", "ink in water",
            "smoke", "liquid", "dream", "abstract", "星云", "银河", "星系", "太空", "宇宙",
            "星空", "水墨", "烟雾", "流体", "抽象",
        ),
        calm=0.75,
        fierce=0.6,
        variants=3,
    )  # fmt: skip

    def draw(self, planes: Planes, moment: Moment, shot: Shot, pictures: Pictures) -> None:
        """Draw gas and heart on the grid, then stars that drift outwards at full size."""
        del pictures
        now = scaled(moment, shot)
        variant = shot.variant % 3
        canvas = canvas_of(planes.size)
        grid = canvas.grid
        heart = _heart(now, shot, canvas=canvas)
        tone, tint = grid.empty(), grid.empty()
        textures = (
            cloud(shot.seed % 5),
            cloud(shot.seed % 5 + 20, slope=1.35, coarsest=3, finest=_FINEST),
        )
        stir = (heart, _stir(now, shot, variant=variant))
        fill = ink if variant == 2 else gas
        fill((tone, tint), (grid.x, grid.y), textures, _spin(now, shot, variant=variant), stir)
        if variant != 2:
            glow = 0.16 + 0.20 * now.bass + 0.24 * now.kick
            halo(tone, (grid.x, grid.y), (heart[0], heart[1], 0.16 + 0.05 * now.bass, glow))
        spread(canvas, tone=tone, tint=tint, curve=_INK if variant == 2 else NO_CURVE)
        if variant != 2:
            _drift(canvas, now, shot=shot, heart=heart)
        finish(canvas, planes, shot=shot, frame_s=now.time_s)


def _heart(now: Moment, shot: Shot, *, canvas: Canvas) -> tuple[float, float]:
    """Return where the light comes from: off the centre, wandering slowly."""
    luck = chances(shot.seed, 4)
    side = 1.0 if luck[0] < 0.5 else -1.0
    far = canvas.grid.half_width * 0.28 * side, canvas.grid.half_height * 0.16 * (luck[1] - 0.5)
    turn = now.time_s * 0.07 + luck[2] * 6.28
    return float(far[0] + 0.03 * np.cos(turn)), float(far[1] + 0.03 * np.sin(turn * 1.3))


def _stir(now: Moment, shot: Shot, *, variant: int) -> Stir:
    """Return the gas's numbers: clock, zoom, light, filaments, reach."""
    start = float(chances(shot.seed + 5, 1)[0])
    clock = now.travel * 0.022 + now.time_s * 0.004 + start
    zoom = (0.30, 0.30, 0.24)[variant] * (1.0 - 0.035 * now.kick) / (1.0 + 0.10 * now.bass)
    light = (0.80, 0.84, 0.78)[variant] * (0.82 + 0.30 * now.energy + 0.08 * now.pulse)
    filaments = 0.30 + 0.35 * now.mid + 0.55 * now.snare
    reach = (0.80, 0.45, 3.0)[variant] * (0.9 + 0.35 * now.energy)
    return clock, zoom, light, filaments, reach


def _spin(now: Moment, shot: Shot, *, variant: int) -> Field:
    """Return cosine and sine of the gas's turn at each of 2048 distances, to 3."""
    swirl = (0.0, 2.3, 0.5)[variant]
    distance = np.arange(2048) * (3.0 / 2048)
    turn = now.travel * (0.06 if variant == 1 else 0.010) + now.time_s * 0.005
    bend = turn + chances(shot.seed + 6, 1)[0] * 6.28 - swirl * np.log(distance + 0.12)
    return np.stack([np.cos(bend), np.sin(bend)]).astype(np.float32)


@kernel
def broad(axes: Axes, middle: Place, wide: Texture, drift: Drift) -> Field:
    """Return two broad clouds at every other row and column of the grid, (2, rows, columns).

    One row and column more than half, so that every sample has a neighbour on either side.
    """
    xs, ys = axes
    spin, zoom, clock = drift
    step = f32(2.0) * (xs[1] - xs[0])
    columns, rows = len(xs) // 2 + 1, len(ys) // 2 + 1
    clouds = np.empty((2, rows, columns), np.float32)
    apart, place = np.empty(columns, np.float32), np.empty((5, columns), np.float32)
    at = np.empty(columns, np.uint32)
    for i in range(columns):
        apart[i] = xs[0] + step * f32(i)
    for j in range(rows):
        turned(place, apart, (middle[0], ys[0] + step * f32(j) - f32(middle[1])), (spin, zoom))
        for i in range(columns):
            place[3, i] = place[0, i] + f32(clock)
            place[4, i] = place[1, i] - f32(clock * 0.6)
        sample_row(wide, place[3], place[4], clouds[0, j], at)
        for i in range(columns):
            place[3, i] = place[0, i] * f32(0.9) + f32(0.37 - clock * 0.7)
            place[4, i] = place[1, i] * f32(0.9) + f32(0.11 + clock)
        sample_row(wide, place[3], place[4], clouds[1, j], at)
    return clouds


@kernel
def warped(
    row: Field, place: Field, clouds: Field, j: int, textures: tuple[Texture, Texture, float]
) -> None:
    """Fill four rows: two broad clouds, the cloud they warp and a finer one, at each place.

    `row` is float32 (4, columns), `place` (5, columns), `j` the row's number.
    Called inside kernels, 9 ns a column. Domain warping after Quilez ("domain warping",
    2002), on textures that tile.
    """
    wide, fine, clock = textures
    between(row, clouds, j)
    at = np.empty(row.shape[1], np.uint32)
    for i in range(row.shape[1]):
        u = place[0, i] + f32(0.42) * (row[0, i] - f32(0.5))
        v = place[1, i] + f32(0.42) * (row[1, i] - f32(0.5))
        place[0, i], place[1, i] = u * f32(1.3) + f32(0.7), v * f32(1.3) + f32(clock * 0.5)
        place[3, i], place[4, i] = u * f32(2.1) - f32(clock * 0.3), v * f32(2.1) + f32(0.4)
    sample_row(wide, place[0], place[1], row[2], at)
    sample_row(fine, place[3], place[4], row[3], at)


@kernel
def between(row: Field, clouds: Field, j: int) -> None:
    """Fill the first two rows from clouds known at every other row and column."""
    upper, lower = j >> 1, (j + 1) >> 1
    for n in range(2):
        above, under = clouds[n, upper], clouds[n, lower]
        for i in range(row.shape[1] >> 1):
            here = f32(0.5) * (above[i] + under[i])
            there = f32(0.5) * (above[i + 1] + under[i + 1])
            row[n, 2 * i], row[n, 2 * i + 1] = here, f32(0.5) * (here + there)
        last = (row.shape[1] - 1) >> 1
        row[n, 2 * last] = f32(0.5) * (above[last] + under[last])


@kernel
def turned(place: Field, xs: Field, off: Place, turn: tuple[Field, float]) -> None:
    """Fill three rows of `place`, float32: the turned x and y and the squared distance.

    `off` is the heart's column and how far below the heart the row lies; `turn` is the spin's
    table and the zoom.
    """
    spin, zoom = turn
    middle, down, scale = f32(off[0]), f32(off[1]), f32(zoom)
    for i in range(xs.shape[0]):
        across = xs[i] - middle
        square = across * across + down * down
        step = np.uint32(min(np.sqrt(square) * f32(682.0), f32(2047.0)))
        c, s = spin[0, step] * scale, spin[1, step] * scale
        place[0, i] = across * c - down * s
        place[1, i] = across * s + down * c
        place[2, i] = square


@kernel
def gas(
    fields: Axes,
    axes: Axes,
    textures: tuple[Texture, Texture],
    spin: Field,
    stir: tuple[Place, Stir],
) -> None:
    """Fill tone and tint, float32 (rows, columns), with gas lit from its heart. 2 ms."""
    tone, tint = fields
    xs, ys = axes
    heart, (clock, zoom, light, filaments, reach) = stir
    row, place = np.empty((4, len(xs)), np.float32), np.empty((5, len(xs)), np.float32)
    inverse, lit, threads = f32(1.0 / (reach * reach * 0.3)), f32(light * 1.7), f32(filaments)
    clouds = broad(axes, heart, textures[0], (spin, zoom, clock))
    for j in range(tone.shape[0]):
        turned(place, xs, (heart[0], ys[j] - f32(heart[1])), (spin, zoom))
        warped(row, place, clouds, j, (textures[0], textures[1], clock))
        for i in range(len(xs)):
            a, b, n, d = row[0, i], row[1, i], row[2, i], row[3, i]
            thread = max(f32(1.0) - abs(f32(2.0) * d - f32(1.0)) * f32(1.5), f32(0.0))
            near = f32(1.0) / (f32(1.0) + place[2, i] * inverse)
            body = max(n * f32(1.35) - f32(0.17), f32(0.0))
            dust = min(max((b - f32(0.30)) * f32(3.0), f32(0.16)), f32(1.0))
            level = body * body * (f32(0.5) + f32(0.8) * d)
            level += thread * thread * thread * body * threads
            bright = lit * level * dust * near
            tone[j, i] = bright / (f32(1.0) + f32(0.55) * bright) + f32(0.03) + f32(0.05) * near
            hue = f32(0.55) * a + f32(0.50) * near * n + f32(0.25) * d - f32(0.025)
            tint[j, i] = min(max(hue, f32(0.08)), f32(1.0))


@kernel
def ink(
    fields: Axes,
    axes: Axes,
    textures: tuple[Texture, Texture],
    spin: Field,
    stir: tuple[Place, Stir],
) -> None:
    """Fill tone and tint, float32 (rows, columns), with ink that curls in water. 2 ms."""
    tone, tint = fields
    xs, ys = axes
    heart, (clock, zoom, light, filaments, _) = stir
    row, place = np.empty((4, len(xs)), np.float32), np.empty((5, len(xs)), np.float32)
    lit, threads = f32(light), f32(0.14 * filaments)
    clouds = broad(axes, heart, textures[0], (spin, zoom, clock))
    for j in range(tone.shape[0]):
        turned(place, xs, (heart[0], ys[j] - f32(heart[1])), (spin, zoom))
        warped(row, place, clouds, j, (textures[0], textures[1], clock))
        for i in range(len(xs)):
            a, b, n, d = row[0, i], row[1, i], row[2, i], row[3, i]
            body = n * f32(0.74) + d * f32(0.26)
            band = f32(3.0) * (body + f32(0.3) * a)
            edge = abs(band - np.floor(band) - f32(0.5))
            thread = max(f32(1.0) - abs(f32(2.0) * d - f32(1.0)) * f32(1.5), f32(0.0))
            fibre = thread * thread * thread * threads
            tone[j, i] = lit * (body * body * f32(1.2) + edge * f32(0.30) * a + fibre)
            hue = f32(1.5) * b + f32(0.4) * a - f32(0.42)
            tint[j, i] = min(max(hue, f32(0.05)), f32(1.0))


def _drift(canvas: Canvas, now: Moment, *, shot: Shot, heart: tuple[float, float]) -> None:
    """Draw stars that fly slowly out of the heart; some flash on the hats."""
    grid = canvas.grid
    luck = chances(shot.seed + 31, 5 * _STARS).reshape(5, _STARS)
    depth = 1.0 - (luck[2] + now.travel * 0.028 + now.time_s * 0.004) % 1.0
    away = 0.25 / (0.06 + depth)
    x = heart[0] + (luck[0] - 0.5) * 2.4 * grid.half_width * away
    y = heart[1] + (luck[1] - 0.5) * 2.4 * grid.half_height * away
    twinkle = 0.75 + 0.25 * np.sin(now.time_s * (1.0 + 3.0 * luck[3]) + luck[4] * 6.28)
    struck = 1.4 * now.hat * (luck[3] > 0.8)
    fade = np.clip((1.0 - depth) * 3.0, 0.0, 1.0) * np.clip(depth * 9.0, 0.0, 1.0)
    bright = (0.16 + 0.95 * luck[4] ** 6) * (twinkle + struck) * fade
    radius = grid.short / 1080 * (1.0 + 2.0 * luck[4] ** 12) * (0.8 + 0.5 * away.clip(0, 2))
    spots = np.stack(
        [
            grid.pixel_x(1.0) - grid.short + x * grid.short,
            y * grid.short + grid.size.height / 2,
            radius,
            bright * FULL,
        ],
        axis=-1,
    )
    stars(canvas.tone, canvas.tint, spots.astype(np.float32), 58000.0)
