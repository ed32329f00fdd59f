"""Tunnel: a flight through rings of neon towards a light that the kick sets off.

Every kick pushes the flight forward, bass widens the tube, the snare lights a ring that runs
past, the spectrum lights the walls around, hats throw sparks. Energy is speed.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy import float32 as f32
from numpy.typing import NDArray

from mvpipe.engine.kernel import kernel
from mvpipe.engine.planes import Planes
from mvpipe.engine.scenes.canvas import FULL, Axes, Canvas, Field, canvas_of, finish, spread
from mvpipe.engine.scenes.feel import scaled
from mvpipe.engine.scenes.noise import Texture, chances, sample_row, streaks, turn_of
from mvpipe.engine.scenes.scene import Moment, Pictures
from mvpipe.engine.scenes.shapes import halo, lines, ring, stars
from mvpipe.model.catalogue import SceneCard
from mvpipe.model.timeline import Shot

Numbers = NDArray[np.floating]
Pair = tuple[Numbers, Numbers]
Fog = tuple[float, float, float, float, float, float, float, float]

_RINGS = 26
_SPACING = 0.5  # depth from ring to ring
_BLUR = 7  # of the walls, along the flight
_ROUND = 48
_SIDES = (_ROUND, 6, 4)  # a circle, a hexagon, a square


class Tunnel:
    """Variant 0 is a round tube of glowing fog, 1 a hexagonal corridor, 2 a square gallery."""

    card = SceneCard(
        name="tunnel",
        title="Tunnel",
        words=(
            "tunnel", "neon tunnel", "wormhole", "warp", "hyperspace", "speed", "flight",
            "corridor", "techno", "geometric", "futuristic", "rave", "隧道", "虫洞", "霓虹隧道",
            "穿越", "速度", "飞行", "几何", "未来",
        ),
        calm=0.3,
        fierce=0.95,
        variants=3,
    )  # fmt: skip

    def draw(self, planes: Planes, moment: Moment, shot: Shot, pictures: Pictures) -> None:
        """Draw lit walls on the grid, then rings, struts and sparks at full size."""
        del pictures
        now = scaled(moment, shot)
        canvas = canvas_of(planes.size)
        grid = canvas.grid
        sides = _SIDES[shot.variant % 3]
        end = _axis(now, shot.seed, np.array([9.0]))[0]
        tone, tint = grid.empty(), grid.empty()
        walls(
            tone,
            tint,
            (grid.x, grid.y),
            (streaks(shot.seed % 5, texels=_BLUR), _around(now)),
            _fog(now, end, sides),
        )
        light = 0.42 + 0.25 * now.energy + 0.45 * now.kick
        halo(tone, (grid.x, grid.y), (end[0], end[1], 0.10 + 0.05 * now.bass, light))
        spread(canvas, tone=tone, tint=tint)
        rings = _rings(canvas, now, shot=shot)
        if sides == _ROUND:
            _round(canvas, rings)
        else:
            _corridor(canvas, rings, sides=sides)
        _sparks(canvas, now, shot=shot)
        finish(canvas, planes, shot=shot, frame_s=now.time_s)


def _forward(now: Moment) -> float:
    """Return how deep the flight has come."""
    return now.travel * 2.1 + now.time_s * 0.12


def _roll(now: Moment) -> float:
    """Return the angle by which the view has rolled."""
    return float(0.12 * np.sin(now.time_s * 0.23) + now.travel * 0.035)


def _axis(now: Moment, seed: int, depth: Numbers) -> Numbers:
    """Return where the tube's middle lies at each depth, (n, 2): it bends, straight at 0."""
    turn = seed % 7
    bend = np.minimum(depth, 9.0) ** 1.4 * 0.010
    drift = now.travel * 0.11 + now.time_s * 0.05
    x = bend * np.sin(drift + depth * 0.10 + turn)
    y = bend * 0.7 * np.cos(drift * 0.83 + depth * 0.08 + turn)
    return np.stack([x, y], axis=-1)


def _around(now: Moment) -> Field:
    """Return how brightly each of 64 directions is lit: the spectrum, mirrored."""
    half = np.abs(np.arange(64) - 32) / 32.0
    return (0.55 + 0.85 * np.interp(half * 30.0, np.arange(32), now.spectrum)).astype(
        np.float32
    )


def _fog(now: Moment, end: Numbers, sides: int) -> Fog:
    """Return the walls' numbers: vanishing point, depth, roll, radius, light, sides, clock."""
    light = 0.44 + 0.20 * now.energy + 0.08 * now.pulse + 0.10 * now.rise
    radius = 0.42 * (1.0 + 0.10 * now.bass + 0.03 * now.kick)
    return (
        float(end[0]),
        float(end[1]),
        _forward(now),
        _roll(now),
        radius,
        light,
        float(sides),
        now.time_s * 0.01,
    )


@kernel
def walls(
    tone: Field, tint: Field, axes: Axes, textures: tuple[Texture, Field], fog: Fog
) -> None:
    """Fill tone and tint, float32 (rows, columns), with the tube's lit walls. 1.5 ms at 1080p.

    Near the rings' depths the walls catch their light.
    """
    xs, ys = axes
    rough, around = textures
    ex, ey, depth, roll, radius, light, sides, clock = fog
    columns = len(xs)
    row, spots = np.empty((2, columns), np.float32), np.empty((4, columns), np.float32)
    at = np.empty(columns, np.uint32)
    come = f32((depth * 0.11 + clock) % 1.0), f32((depth * 0.31 - clock) % 1.0)
    passed, wide = f32(depth * 0.5 % 1.0), f32(radius)
    for j in range(tone.shape[0]):
        polar(row, xs, ys[j], (ex, ey, roll, sides))
        for i in range(columns):
            angle, z = row[0, i], wide / row[1, i]
            row[1, i] = z
            spots[0, i] = angle * f32(2.0) + f32(0.03) * z
            spots[1, i] = z * f32(0.11) + come[0]
            spots[2, i] = angle * f32(5.0)
            spots[3, i] = z * f32(0.31) + come[1]
            at[i] = np.uint32(np.int32((angle + f32(2.0)) * f32(64.0))) & np.uint32(63)
        for i in range(columns):
            row[0, i] = around[at[i]]
        sample_row(rough, spots[0], spots[1], spots[0], at)
        sample_row(rough, spots[2], spots[3], spots[2], at)
        lamplight(tone[j], tint[j], row, (spots[0], spots[2]), (passed, light * 2.4))


@kernel
def lamplight(
    tone: Field, tint: Field, row: Field, rough: Axes, light: tuple[np.float32, float]
) -> None:
    """Fill a row of tone and tint from the light and the depth in `row` and two clouds.

    `light` is how far the flight has come, in steps of four rings, and the lamps' strength.
    """
    passed, lamp = light[0], f32(light[1])
    for i in range(tone.shape[0]):
        lit, z, n, m = row[0, i], row[1, i], rough[0][i], rough[1][i]
        turn = z * f32(0.5) + passed
        off = (turn - np.floor(turn + f32(0.5))) * f32(7.0)
        spill = f32(1.0) / (f32(1.0) + off * off)
        fade = f32(1.0) / (f32(1.0) + f32(0.05) * z * z)
        grit, close = m * m, min(z * f32(1.1), f32(1.0))
        body = n * n * (f32(0.25) + f32(1.5) * grit) + f32(0.35) * grit * spill
        bright = lamp * body * lit * fade * close
        tone[i] = bright / (f32(1.0) + f32(0.4) * bright) + f32(0.02)
        hue = f32(0.01) + f32(0.60) * m + (f32(0.30) * spill + f32(0.15)) * fade
        tint[i] = min(max(hue, f32(0.1)), f32(1.0))


@kernel
def polar(row: Field, xs: Field, y: float, view: tuple[float, float, float, float]) -> None:
    """Fill `row`, float32 (2, columns): the angle in turns and the distance from the axis.

    `view` is the vanishing point, the roll and the sides of the tube; distance is measured to
    the flat sides where there are few.
    """
    ex, ey, rolled, sides = f32(view[0]), f32(view[1]), f32(view[2] * 0.15915494), f32(view[3])
    side = f32(2.0 * np.pi) / sides
    scale = f32(1.0 / np.cos(np.pi / view[3]))
    for i in range(len(xs)):
        x = xs[i]
        pull = f32(1.0) / (f32(1.0) + f32(5.0) * np.sqrt(x * x + y * y))
        dx, dy = x - ex * pull, y - ey * pull
        row[1, i] = np.sqrt(dx * dx + dy * dy) + f32(0.001)
        row[0, i] = turn_of(dy, dx) - rolled
    if sides > f32(40.0):
        return
    for i in range(len(xs)):
        part = row[0, i] * sides
        off = (part - np.floor(part) - f32(0.5)) * side
        square = off * off
        row[1, i] *= (f32(1.0) - square * (f32(0.5) - square * f32(1.0 / 24.0))) * scale


@lru_cache(maxsize=4)
def _corners(sides: int) -> Numbers:
    turn = np.arange(sides + 1) / sides * 2.0 * np.pi
    return np.stack([np.cos(turn), np.sin(turn)], axis=-1)


@dataclass(frozen=True, slots=True)
class Rings:
    """The rings ahead, nearest first, in pixels: middles, radii, half widths, levels, rolls."""

    x: Numbers
    y: Numbers
    radius: Numbers
    half: Numbers
    level: Numbers
    roll: Numbers


def _rings(canvas: Canvas, now: Moment, *, shot: Shot) -> Rings:
    """Return the rings that lie ahead; they stand at whole steps of depth and fly past."""
    grid = canvas.grid
    forward = _forward(now)
    number = int(np.floor(forward / _SPACING)) + 1.0 + np.arange(_RINGS)
    depth = number * _SPACING - forward + 0.03
    middle = _axis(now, shot.seed, depth)
    scale = grid.short / 1080
    return Rings(
        x=grid.pixel_x(0.0) + grid.short * middle[:, 0],
        y=grid.pixel_y(0.0) + grid.short * middle[:, 1],
        radius=grid.short * 0.42 * (1.0 + 0.10 * now.bass + 0.03 * now.kick) / depth,
        half=np.clip(scale * 5.0 / depth, 1.2, 15.0 * scale + 1.2),
        level=_ring_levels(now, number=number, depth=depth),
        roll=_roll(now) + number * 0.03,
    )


def _round(canvas: Canvas, rings: Rings) -> None:
    for k in range(_RINGS):
        circle = (rings.x[k], rings.y[k], rings.radius[k], rings.half[k])
        ring(canvas.tone, canvas.tint, circle, rings.level[k], 47000.0)


def _corridor(canvas: Canvas, rings: Rings, *, sides: int) -> None:
    """Draw rings of straight sides and the struts between their corners."""
    corner = _corners(sides)
    c, s = np.cos(rings.roll)[:, None], np.sin(rings.roll)[:, None]
    x = rings.x[:, None] + rings.radius[:, None] * (corner[:, 0] * c - corner[:, 1] * s)
    y = rings.y[:, None] + rings.radius[:, None] * (corner[:, 0] * s + corner[:, 1] * c)
    half, level = rings.half[:, None], rings.level[:, None]
    here, there = slice(0, -1), slice(1, None)
    across = _strokes(
        (x[:, :-1], y[:, :-1]), (x[:, 1:], y[:, 1:]), half=(half, half), level=(level, level)
    )
    struts = _strokes(
        (x[here, :-1], y[here, :-1]),
        (x[there, :-1], y[there, :-1]),
        half=(half[here] * 0.7, half[there] * 0.7),
        level=(level[here] * 0.6, level[there] * 0.6),
    )
    lines(canvas.tone, canvas.tint, across, 47000.0)
    lines(canvas.tone, canvas.tint, struts, 36000.0)


def _strokes(start: Pair, end: Pair, *, half: Pair, level: Pair) -> Field:
    """Return strokes for `lines` from (rings, sides) arrays; one column repeats."""
    columns = np.broadcast_arrays(*start, *end, *half, *level)
    return np.stack([column.ravel() for column in columns], axis=-1).astype(np.float32)


def _ring_levels(now: Moment, *, number: Numbers, depth: Numbers) -> Numbers:
    """Return each ring's light: every fourth is strong, a snare's light runs along them."""
    fade = np.clip(1.0 - depth / (_RINGS * _SPACING), 0.0, 1.0) ** 1.5 * np.clip(
        depth * 4.0, 0.0, 1.0
    )
    strong = np.where(number % 4 == 0, 1.15, 0.30)
    wave = np.exp(-((depth - (1.0 - now.snare) * 5.0) ** 2)) * now.snare
    heard = now.spectrum[np.minimum(31, (depth * 4).astype(int))]
    light = strong * (0.46 + 0.24 * now.energy + 0.32 * now.kick) + 0.7 * wave + 0.35 * heard
    levels: Numbers = FULL * fade * light
    return levels


def _sparks(canvas: Canvas, now: Moment, *, shot: Shot) -> None:
    """Draw motes that fly past along the walls, struck bright by the hats."""
    grid = canvas.grid
    luck = chances(shot.seed + 77, 4 * 160).reshape(4, 160)
    depth = (luck[0] * 9.0 - _forward(now) * 1.15) % 9.0 + 0.12
    middle = _axis(now, shot.seed, depth)
    out = 0.40 * (0.35 + 0.6 * luck[1]) / depth
    turn = luck[2] * 2.0 * np.pi + _roll(now)
    bright = (0.10 + 0.75 * now.hat * luck[3] + 0.2 * now.energy) * np.clip(
        1.6 - depth / 6.0, 0.0, 1.0
    )
    spots = np.stack(
        [
            grid.pixel_x(0.0) + grid.short * (middle[:, 0] + out * np.cos(turn)),
            grid.pixel_y(0.0) + grid.short * (middle[:, 1] + out * np.sin(turn)),
            np.clip(grid.short / 1080 * 1.6 / depth, 0.8, 7.0),
            bright * FULL,
        ],
        axis=-1,
    )
    stars(canvas.tone, canvas.tint, spots.astype(np.float32), 60000.0)
