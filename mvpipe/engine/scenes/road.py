"""A road at night that winds from a far city to the view; its traffic leaves trails."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from mvpipe.engine.scenes.canvas import FULL, Canvas, Grid
from mvpipe.engine.scenes.noise import chances
from mvpipe.engine.scenes.ribbons import ribbons
from mvpipe.engine.scenes.scene import Moment
from mvpipe.engine.scenes.shapes import stars

Numbers = NDArray[np.float64]


def traffic(canvas: Canvas, now: Moment, *, seed: int, place: tuple[float, float]) -> None:
    """Draw the road's lamps, the plain around it, and the trails of cars both ways.

    `place` is where the road ends in the city: its column and row.
    """
    grid = canvas.grid
    _suburb(canvas, now, seed=seed, place=place)
    count, pieces = 64, 20
    luck = chances(seed + 80, 4 * count).reshape(4, count)
    coming = luck[0] < 0.5
    clock = now.travel * 0.11 + now.time_s * 0.03
    phase = (luck[1] + np.where(coming, -clock, clock) * (0.8 + 0.4 * luck[2])) % 1.0
    away = 0.75 + 17.0 * phase**1.5
    long = (0.5 + 0.16 * away) * (1.2 + 2.0 * now.energy)
    behind = np.linspace(0.0, 1.0, pieces + 1)
    depth = np.maximum(
        away[:, None] + np.where(coming, 1.0, -1.0)[:, None] * long[:, None] * behind, 0.5
    )
    side = np.where(coming, -1.0, 1.0) * (
        0.10 + 0.42 * np.floor(luck[3] * 4.0) / 4.0 + 0.05 * luck[2]
    )
    x, y = _road(grid, depth, side[:, None], place=place)
    fade = (1.0 - behind) ** 1.3 * np.clip((17.0 - depth) / 5.0, 0.0, 1.0)
    light = (0.30 + 0.30 * now.energy + 0.45 * now.kick) * (0.35 + 0.65 * luck[2])
    levels = light[:, None] * fade * FULL
    half = grid.short * 0.0062 / depth + 0.9
    bands = np.stack([x, y, half, levels], axis=-1).astype(np.float32)
    bands[coming] = bands[coming, ::-1]  # their light lies behind them, further up the frame
    for way, hue in ((coming, 62000.0), (~coming, 43000.0)):
        ribbons(canvas.tone, canvas.tint, bands[way], hue)
    _posts(canvas, now, place=place)


def _suburb(canvas: Canvas, now: Moment, *, seed: int, place: tuple[float, float]) -> None:
    """Draw the small lights of the plain before the city, closer together the further away."""
    grid, ground = canvas.grid, place[1]
    luck = chances(seed + 81, 5 * 420).reshape(5, 420)
    depth = 1.0 + 13.0 * luck[0] ** 1.4
    side = np.round((luck[1] - 0.5) * 26.0) / 26.0 * 2.0 + 0.006 * (luck[2] - 0.5)
    x = (
        side * grid.half_width * (0.5 + 0.75 * depth**0.3) * 1.2
        + 0.10 * (luck[2] - 0.5) / depth
    )
    y = ground + (grid.half_height - ground) / depth
    twinkle = 0.7 + 0.3 * np.sin(now.time_s * (0.5 + luck[3]) + 6.28 * luck[4])
    light = (0.12 + 0.50 * luck[3] ** 3) * twinkle + 0.35 * now.hat * (luck[4] > 0.88)
    radius = grid.short * 0.0026 / depth**0.5 + 0.6
    spots = np.stack(
        [
            grid.pixel_x(0.0) + x * grid.short,
            grid.pixel_y(0.0) + y * grid.short,
            radius,
            light * FULL,
        ],
        axis=-1,
    )
    stars(canvas.tone, canvas.tint, spots.astype(np.float32), 52000.0)


def _posts(canvas: Canvas, now: Moment, *, place: tuple[float, float]) -> None:
    """Draw the lamps on both sides of the road; a kick runs along them towards the view."""
    grid, ground = canvas.grid, place[1]
    depth = np.repeat(1.05 * 1.16 ** np.arange(18), 2)
    side = np.tile([-0.80, 0.80], 18)
    x, y = _road(grid, depth, side, place=place)
    y -= 0.34 * grid.short * (grid.half_height - ground) / depth
    run = np.exp(-((np.log(depth) - 2.6 * now.kick) ** 2) * 2.0) * now.kick
    light = (0.55 + 0.2 * now.energy + 0.5 * run) * FULL
    spots = np.empty((2, len(depth), 4), np.float32)
    spots[:, :, 0], spots[:, :, 1] = x, y
    spots[0, :, 2], spots[1, :, 2] = (
        grid.short * 0.0055 / depth + 0.9,
        grid.short * 0.022 / depth + 2.0,
    )
    spots[0, :, 3], spots[1, :, 3] = light, 0.09 * light
    stars(canvas.tone, canvas.tint, spots.reshape(-1, 4), 60000.0)


def _road(
    grid: Grid, depth: Numbers, side: Numbers, *, place: tuple[float, float]
) -> tuple[Numbers, Numbers]:
    """Return pixel columns and rows of places on the road: how far away, and which side of it.

    A depth of 1 lies at the bottom of the frame; the road winds and ends in the city.
    """
    near, (middle, ground) = 1.0 / depth, place
    way = -1.0 if middle > 0.0 else 1.0
    wind = (
        way * (0.95 * np.sin(0.30 * depth + 0.5) - 0.40) * np.clip(1.25 - near * 0.55, 0.0, 1.0)
    )
    x = (
        middle * (1.0 - near)
        + wind * near * (0.30 + 0.55 * grid.half_width)
        + side * near * 0.80
    )
    y = ground + (grid.half_height - ground) * near
    return x * grid.short + grid.size.width / 2, y * grid.short + grid.size.height / 2
