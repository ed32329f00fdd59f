"""Nebula: gas lit from within, drifting past stars; also a turning galaxy, and ink in water.

Bass swells the glowing heart, a kick flares it and pushes the view forward, a snare lights the
filaments, hats strike stars. Energy stirs the gas and speeds the stars.
"""

from __future__ import annotations

import numpy as np

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
from mvpipe.engine.scenes.noise import Texture, chances, cloud, sample
from mvpipe.engine.scenes.scene import Moment, Pictures
from mvpipe.engine.scenes.shapes import halo, ramp, stars
from mvpipe.model.catalogue import SceneCard
from mvpipe.model.timeline import Shot

Place = tuple[float, float]
Stir = tuple[float, float, float, float, float]

_STARS = 520
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
        textures = (cloud(shot.seed % 5), cloud(shot.seed % 5 + 20, slope=1.35, coarsest=3))
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
def warped(row: Field, place: Field, clock: float, textures: tuple[Texture, Texture]) -> None:
    """Fill four rows: two broad clouds, the cloud they warp and a finer one, at each place.

    `row` is float32 (4, columns), `place` (2, columns). Called inside kernels, 22 ns a column.
    Domain warping after Quilez ("domain warping", 2002), on textures that tile.
    """
    wide, fine = textures
    for i in range(row.shape[1]):
        x, y = place[0, i], place[1, i]
        a = sample(wide, x + clock, y - clock * 0.6)
        b = sample(wide, x * 0.9 + 0.37 - clock * 0.7, y * 0.9 + 0.11 + clock)
        u, v = x + 0.42 * (a - 0.5), y + 0.42 * (b - 0.5)
        row[0, i], row[1, i] = a, b
        row[2, i] = sample(wide, u * 1.3 + 0.7, v * 1.3 + clock * 0.5)
        row[3, i] = sample(fine, u * 2.1 - clock * 0.3, v * 2.1 + 0.4)


@kernel
def turned(place: Field, xs: Field, down: float, turn: tuple[float, Field, float]) -> None:
    """Fill `place`, float32 (3, columns): the turned x and y and the squared distance.

    `turn` is the heart's column, the spin's table and the zoom.
    """
    middle, spin, zoom = turn
    for i in range(xs.shape[0]):
        across = xs[i] - middle
        square = across * across + down * down
        step = min(int(np.sqrt(square) * 682.0), 2047)
        c, s = spin[0, step] * zoom, spin[1, step] * zoom
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
    """Fill tone and tint, float32 (rows, columns), with gas lit from its heart. 4 ms."""
    tone, tint = fields
    xs, ys = axes
    heart, (clock, zoom, light, filaments, reach) = stir
    row, place = np.empty((4, len(xs)), np.float32), np.empty((3, len(xs)), np.float32)
    inverse = 1.0 / (reach * reach * 0.3)
    for j in range(tone.shape[0]):
        turned(place, xs, ys[j] - heart[1], (heart[0], spin, zoom))
        warped(row, place, clock, textures)
        for i in range(len(xs)):
            a, b, n, d = row[0, i], row[1, i], row[2, i], row[3, i]
            thread = max(1.0 - abs(2.0 * d - 1.0) * 1.5, 0.0)
            near = 1.0 / (1.0 + place[2, i] * inverse)
            body = max(n * 1.35 - 0.17, 0.0)
            dust = min(max((b - 0.30) * 3.0, 0.16), 1.0)
            level = body * body * (0.5 + 0.8 * d) + thread * thread * thread * body * filaments
            bright = light * level * dust * near * 1.7
            tone[j, i] = bright / (1.0 + 0.55 * bright) + 0.03 + 0.05 * near
            tint[j, i] = min(
                max(0.10 + 0.55 * a + 0.50 * near * n + 0.25 * (d - 0.5), 0.08), 1.0
            )


@kernel
def ink(
    fields: Axes,
    axes: Axes,
    textures: tuple[Texture, Texture],
    spin: Field,
    stir: tuple[Place, Stir],
) -> None:
    """Fill tone and tint, float32 (rows, columns), with ink that curls in water. 4 ms."""
    tone, tint = fields
    xs, ys = axes
    heart, (clock, zoom, light, filaments, _) = stir
    row, place = np.empty((4, len(xs)), np.float32), np.empty((3, len(xs)), np.float32)
    for j in range(tone.shape[0]):
        turned(place, xs, ys[j] - heart[1], (heart[0], spin, zoom))
        warped(row, place, clock, textures)
        for i in range(len(xs)):
            a, b, n, d = row[0, i], row[1, i], row[2, i], row[3, i]
            body = n * 0.74 + d * 0.26
            band = 3.0 * (body + 0.3 * a)
            edge = abs(band - np.floor(band) - 0.5)
            thread = max(1.0 - abs(2.0 * d - 1.0) * 1.5, 0.0)
            fibre = thread * thread * thread * 0.14 * filaments
            tone[j, i] = light * (body * body * 1.2 + edge * 0.30 * a + fibre)
            tint[j, i] = min(max(1.5 * b + 0.4 * a - 0.42, 0.05), 1.0)


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
