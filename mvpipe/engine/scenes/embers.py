"""Embers of a fire below the frame, as `sparks` shows them, through a lens with depth of field.

An ember's place is a closed form of its own luck and the music's travel; a spray's of the beat
it is thrown on.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from mvpipe.engine.kernel import kernel
from mvpipe.engine.scenes.canvas import FULL, Axes, Canvas, Grid, spread
from mvpipe.engine.scenes.noise import Texture, chances, cloud, sample_row
from mvpipe.engine.scenes.scene import Moment
from mvpipe.engine.scenes.threads import blooms, lenses, threads
from mvpipe.model.timeline import Shot

Numbers = NDArray[np.float64]
Heat = tuple[float, float, float, float, float]

_EMBERS, _SPRAY = 170, 46
_POINTS = 5


def draw_embers(canvas: Canvas, now: Moment, shot: Shot) -> None:
    """Fill the canvas with glowing smoke, embers near and far, and the sprays of the beat."""
    grid = canvas.grid
    tone, tint = grid.empty(), grid.empty()
    embers, hot = _embers(now, shot, grid=grid)
    light, hued = (np.zeros((len(grid.y), len(grid.x)), np.float32) for _ in range(2))
    glow = np.stack(
        [
            embers[:, 0, 0],
            embers[:, 0, 1],
            0.025 + embers[:, 0, 2],
            hot * 0.30,
            0.55 + 0.3 * hot,
        ],
        axis=-1,
    )
    blooms((light, hued), (grid.x, grid.y), glow.astype(np.float32))
    side = (chances(shot.seed + 8, 1)[0] - 0.5) * 0.5 * grid.half_width
    heat = (
        grid.half_height + 0.10,
        float(side),
        0.55 + 0.55 * now.bass + 0.55 * now.kick + 0.35 * now.energy,
        now.travel * 0.09 + now.time_s * 0.02,
        grid.half_width * 0.9 + 0.12,
    )
    smoke((tone, tint), (grid.x, grid.y), (light, hued), cloud(shot.seed % 5), heat)
    spread(canvas, tone=tone, tint=tint)
    _draw_far(canvas, embers, hot)
    _draw_sprays(canvas, now, shot=shot)
    _draw_near(canvas, now, shot=shot)


def _embers(now: Moment, shot: Shot, *, grid: Grid) -> tuple[Numbers, Numbers]:
    """Return (embers, points, 3): x, y, blur radius along each trail; and each one's light."""
    luck = chances(shot.seed + 21, 7 * _EMBERS).reshape(7, _EMBERS)
    back = np.linspace(0.0, 0.011, _POINTS) * (0.6 + 1.2 * now.energy)
    near = 0.5 + luck[2]  # how close: nearer embers rise faster
    done = (luck[0] + now.travel * 0.085 * near + now.time_s * 0.030 * near) % 1.0
    t = done[:, None] - back
    wind = 0.07 * np.sin(now.time_s * 0.21 + luck[3] * 2.0)[:, None]
    swirl = (0.02 + 0.06 * luck[4])[:, None]
    x = (luck[1][:, None] - 0.5) * 2.2 * grid.half_width * (1.0 - 0.18 * t)
    x = x + swirl * np.sin(t * (9.0 + 7.0 * luck[5])[:, None] + luck[3][:, None] * 6.28)
    x = x + 0.4 * swirl * np.sin(t * 31.0 + luck[5][:, None] * 6.28) + wind * t
    y = grid.half_height * (1.12 - 2.3 * t)
    blur = np.broadcast_to((np.abs(luck[2] - 0.45) ** 1.5 * 0.020)[:, None], x.shape)
    fade = np.clip(done * 7.0, 0.0, 1.0) * np.clip((1.0 - done) * 1.7, 0.0, 1.0)
    pant = 0.65 + 0.35 * np.sin(now.time_s * (3.0 + 7.0 * luck[6]) + luck[5] * 6.28)
    struck = 0.9 * now.hat * (luck[6] > 0.7) + 0.35 * now.kick
    hot = fade * (pant + struck) * (0.25 + 0.75 * luck[6] ** 2) * (0.5 + 0.6 * now.energy)
    return np.stack([x, y, blur], axis=-1), hot


@kernel
def smoke(  # noqa: PLR0915 (one hot loop)
    fields: Axes, axes: Axes, lit: Axes, rough: Texture, heat: Heat
) -> None:
    """Fill tone and tint, float32 (rows, columns), with smoke lit from a fire below. 1 ms.

    `lit` is the embers' light, and light times hue; `heat` the fire's row, column, light, the
    clock of the smoke, and the fire's width.
    """
    tone, tint = fields
    xs, ys = axes
    count, wide = len(xs), np.float32(1.0 / heat[4])
    row, column, glow, clock = (
        np.float32(heat[0]),
        np.float32(heat[1]),
        np.float32(heat[2]),
        np.float32(heat[3]),
    )
    room, at = np.empty((4, count), np.float32), np.empty(count, np.uint32)
    us, vs, n, m = room[0], room[1], room[2], room[3]
    one = np.float32(1.0)
    for j in range(tone.shape[0]):
        up = (row - ys[j]) * np.float32(1.25)
        down = ys[j] * np.float32(0.24) + clock
        for i in range(count):
            us[i], vs[i] = xs[i] * np.float32(0.30) + np.float32(0.1) * clock, down
        sample_row(rough, us, vs, n, at)
        down = ys[j] * np.float32(0.42) + np.float32(1.7) * clock
        for i in range(count):
            us[i] = xs[i] * np.float32(0.55) + np.float32(0.35) * n[i]
            vs[i] = down + np.float32(0.3) * n[i]
        sample_row(rough, us, vs, m, at)
        for i in range(count):
            across = (xs[i] - column) * wide
            reach = up * up + np.float32(0.55) * across * across
            near = one / (one + np.float32(1.7) * reach)
            fire = glow * near * near
            wisp = n[i] * np.float32(0.6) + m[i] * np.float32(0.8) - np.float32(0.42)
            wisp = max(wisp, np.float32(0.0))
            body = fire * (np.float32(0.22) + np.float32(2.1) * wisp * wisp)
            body += np.float32(0.012) + np.float32(0.02) * wisp
            spark = lit[0][j, i]
            tone[j, i] = body / (one + np.float32(0.45) * body) + spark
            own = np.float32(0.16) + np.float32(0.12) * wisp
            own += fire * (np.float32(0.75) + np.float32(0.30) * m[i])
            own = min(own, np.float32(0.8))
            hue = lit[1][j, i] / (spark + np.float32(1e-5))
            tint[j, i] = own + (hue - own) * spark / (spark + body)


def _draw_far(canvas: Canvas, embers: Numbers, hot: Numbers) -> None:
    """Draw each ember with its short trail, sharper and brighter the nearer to focus."""
    grid = canvas.grid
    unit = grid.short / 1080
    blur = embers[:, :, 2] * grid.short
    ways = np.empty((len(hot), _POINTS, 4), np.float32)
    ways[:, :, 0] = grid.pixel_x(0.0) + embers[:, :, 0] * grid.short
    ways[:, :, 1] = grid.pixel_y(0.0) + embers[:, :, 1] * grid.short
    ways[:, :, 2] = np.maximum(1.7 * unit + blur * 0.5, 1.15)
    ways[:, :, 3] = hot[:, None] * np.linspace(1.5, 0.0, _POINTS) * FULL
    ways[:, :, 3] *= 1.0 / (1.0 + 0.25 * blur / unit)
    hues = (34000.0 + 20000.0 * np.clip(hot, 0.0, 1.0)).astype(np.float32)
    threads(canvas.tone, canvas.tint, ways, hues)
    heads = ways[:, 0].copy()
    heads[:, 2] = 1.3 * unit + blur[:, 0] * 0.8
    heads[:, 3] = hot * FULL * 1.6 / (1.0 + 0.16 * (blur[:, 0] / unit) ** 1.3)
    lenses(canvas.tone, canvas.tint, heads, hues)


def _draw_sprays(canvas: Canvas, now: Moment, *, shot: Shot) -> None:
    """Draw the sparks that each beat has thrown up from the fire; they arc and fall."""
    newest = int(np.floor(now.beat + 1e-6))
    for born in range(newest - 3, newest + 1):
        light = min(1.0, 0.25 + 1.1 * now.energy) * (1.0 if born % 2 == 0 else 0.75)
        way, hot = _spray(shot.seed * 577 + born, age=(now.beat - born) * 0.5, canvas=canvas)
        way[:, :, 3] *= light * FULL
        threads(canvas.tone, canvas.tint, way, 40000.0 + 18000.0 * hot)


def _spray(
    seed: int, *, age: float, canvas: Canvas
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Return (sparks, points, 4) in pixels, lights from 0 to 1; and how hot each is."""
    grid = canvas.grid
    luck = chances(seed + 9000, 5 * _SPRAY).reshape(5, _SPRAY)
    t = np.maximum(age - np.linspace(0.0, 0.10, _POINTS), 0.0)
    slow = (1.0 - np.exp(-1.7 * t)) / 1.7
    origin = (chances(seed + 5, 1)[0] - 0.5) * 1.1 * grid.half_width
    out = (luck[0] - 0.5 + 0.35 * (luck[3] - 0.5)) * 1.5
    up = (1.1 + 1.7 * luck[1]) * grid.half_height / 0.5 * 0.85
    x = origin + out[:, None] * slow + 0.012 * np.sin(9.0 * t + 6.28 * luck[2][:, None])
    y = grid.half_height + 0.03 - up[:, None] * slow + 0.55 * (t - slow)
    left = np.clip(1.0 - age / (0.9 + 0.9 * luck[4]), 0.0, 1.0)
    ways = np.empty((_SPRAY, _POINTS, 4), np.float32)
    ways[:, :, 0] = grid.pixel_x(0.0) + x * grid.short
    ways[:, :, 1] = grid.pixel_y(0.0) + y * grid.short
    ways[:, :, 2] = np.maximum((1.4 + 1.3 * luck[2])[:, None] * grid.short / 1080, 1.15)
    ways[:, :, 3] = (left**1.4)[:, None] * np.linspace(1.7, 0.0, _POINTS)
    return ways, left.astype(np.float32)


def _draw_near(canvas: Canvas, now: Moment, *, shot: Shot) -> None:
    """Draw the few embers that drift close before the lens as large soft discs."""
    grid = canvas.grid
    count = 26
    luck = chances(shot.seed + 55, 6 * count).reshape(6, count)
    done = (luck[0] + now.travel * 0.055 * (0.7 + luck[1]) + now.time_s * 0.012) % 1.0
    x = (luck[2] - 0.5) * 2.3 * grid.half_width + 0.06 * np.sin(done * 8.0 + 6.28 * luck[3])
    y = grid.half_height * (1.25 - 2.5 * done)
    radius = (0.008 + 0.034 * luck[4] ** 2.5) * grid.short
    fade = np.clip(done * 5.0, 0.0, 1.0) * np.clip((1.0 - done) * 2.5, 0.0, 1.0)
    pant = 0.7 + 0.3 * np.sin(now.time_s * (0.8 + 1.5 * luck[5]) + 6.28 * luck[3])
    level = fade * pant * (0.13 + 0.14 * now.bass + 0.08 * now.energy) * (1.25 - luck[4])
    spots = np.stack(
        [
            grid.pixel_x(0.0) + x * grid.short,
            grid.pixel_y(0.0) + y * grid.short,
            radius,
            level * FULL,
        ],
        axis=-1,
    )
    hues = (30000.0 + 20000.0 * luck[5]).astype(np.float32)
    lenses(canvas.tone, canvas.tint, spots.astype(np.float32), hues)
