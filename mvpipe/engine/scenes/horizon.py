"""Horizon: a great sun over a neon grid, or over the sea, with hills between.

Bass swells the sun, a kick lights it and sends a wave of light down the grid, the spectrum
raises the hills' outline, the snare strikes the horizon, hats glitter on stars and water.
Energy is the speed of the flight.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from mvpipe.engine.kernel import kernel
from mvpipe.engine.planes import Planes
from mvpipe.engine.scenes.canvas import (
    FULL,
    Axes,
    Canvas,
    Field,
    Tone,
    canvas_of,
    finish,
    spread,
)
from mvpipe.engine.scenes.feel import scaled
from mvpipe.engine.scenes.noise import Texture, along, chances, cloud, line_noise, sample
from mvpipe.engine.scenes.scene import Moment, Pictures
from mvpipe.engine.scenes.shapes import below, graph, stars
from mvpipe.model.catalogue import SceneCard
from mvpipe.model.media import Size
from mvpipe.model.timeline import Shot

Air = tuple[float, float, float, float, float, float, float, float]
"""Horizon, the sun's x, y and radius, glow, 1 over the sea, distance come, seconds."""


class Horizon:
    """Variant 0 is a striped sun over a neon grid, 1 a sun setting over the sea."""

    card = SceneCard(
        name="horizon",
        title="Horizon",
        words=(
            "horizon", "retro", "synthwave", "sun", "grid", "neon grid", "ocean", "sea",
            "sunset", "sunrise", "80s", "outrun", "beach", "waves", "地平线", "复古", "日落",
            "日出", "海洋", "大海", "太阳", "网格", "海浪",
        ),
        calm=0.6,
        fierce=0.7,
        variants=2,
    )  # fmt: skip

    def draw(self, planes: Planes, moment: Moment, shot: Shot, pictures: Pictures) -> None:
        """Draw sky and water on the grid, then sun, hills, lines and glints at full size."""
        del pictures
        now = scaled(moment, shot)
        canvas = canvas_of(planes.size)
        grid = canvas.grid
        sea = shot.variant % 2 == 1
        level = grid.half_height * (0.16 if sea else 0.22)
        sun = _sun_of(now, canvas, shot=shot, level=level, sea=sea)
        tone, tint = grid.empty(), grid.empty()
        air = (level, sun[0], sun[1], sun[2], _glow(now), float(sea), _forward(now), now.time_s)
        scenery((tone, tint), (grid.x, grid.y), cloud(shot.seed % 5, slope=1.5), air)
        spread(canvas, tone=tone, tint=tint)
        _night(canvas, now, shot=shot, level=level)
        _rise(canvas, now, sun=sun, sea=sea, level=level)
        _hills(canvas, now, shot=shot, level=level, sea=sea)
        if sea:
            _glints(canvas, now, shot=shot, sun=sun, level=level)
        else:
            _neon(canvas, now, level=level)
        finish(canvas, planes, shot=shot, frame_s=now.time_s)


def _forward(now: Moment) -> float:
    """Return how far the ground has passed below."""
    return now.travel * 1.6 + now.time_s * 0.15


def _glow(now: Moment) -> float:
    """Return how brightly the air around the sun glows."""
    return 0.26 + 0.38 * now.energy + 0.12 * now.kick + 0.10 * now.rise


def _sun_of(
    now: Moment, canvas: Canvas, *, shot: Shot, level: float, sea: bool
) -> tuple[float, float, float]:
    """Return the sun's place and radius: aside in wide frames over the sea, else central."""
    grid = canvas.grid
    aside = (chances(shot.seed, 1)[0] - 0.5) * (0.5 if sea else 0.0) * grid.half_width
    radius = (0.19 if sea else 0.25) * (
        0.94 + 0.08 * now.energy + 0.05 * now.bass + 0.035 * now.kick
    )
    rise = 0.30 if sea else 0.68
    return float(aside), level - radius * rise - 0.01 * float(np.sin(now.time_s * 0.3)), radius


@kernel
def scenery(fields: Axes, axes: Axes, rough: Texture, air: Air) -> None:
    """Fill tone and tint, float32 (rows, columns), with sky, and water or ground. 1 ms."""
    tone, tint = fields
    xs, ys = axes
    level, sea = air[0], air[5]
    for j in range(tone.shape[0]):
        if ys[j] <= level:
            sky(tone[j], tint[j], xs, ys[j], rough, air)
        elif sea > 0.0:
            water(tone[j], tint[j], xs, ys[j], rough, air)
        else:
            near = np.exp((level - ys[j]) * 7.0)
            tone[j, :] = 0.018 + air[4] * near * 0.30
            tint[j, :] = 0.24 + 0.3 * near


@kernel
def sky(tone: Field, tint: Field, xs: Field, y: float, rough: Texture, air: Air) -> None:
    """Fill one row above the horizon: glow along it, glow around the sun, streaks of cloud."""
    level, sx, sy, radius, glow, _, _, clock = air
    above, dy = level - y, y - sy
    band = np.exp(-above * 3.2)
    high, thin = np.sqrt(above + 0.02) * 0.9 + 0.1, min(above * 6.0, 1.0) * np.exp(-above * 1.8)
    for i in range(len(xs)):
        dx = xs[i] - sx
        around = 1.0 / (1.0 + 0.45 * (dx * dx + dy * dy) / (radius * radius))
        cloudy = sample(rough, xs[i] * 0.16 + clock * 0.0022, high)
        streak = max(cloudy - 0.50, 0.0) * 3.4 * thin
        light = glow * (0.40 * band + 0.55 * around)
        tone[i] = 0.03 + light * (1.0 + 0.4 * streak) + 0.06 * streak
        tint[i] = min(0.22 + 0.30 * band + 0.22 * around + 0.08 * streak, 0.9)


@kernel
def water(tone: Field, tint: Field, xs: Field, y: float, rough: Texture, air: Air) -> None:
    """Fill one row below the horizon: waves in perspective, and the sun's path on them."""
    level, sx, _, radius, glow, _, forward, clock = air
    deep = y - level
    z = 0.16 / (deep + 0.012)
    near = np.exp(-deep * 2.6)
    width = 0.35 * radius + deep * 0.55
    ripples = min(deep * 5.0, 1.1)
    for i in range(len(xs)):
        dx = xs[i] - sx
        x = dx * z
        swell = sample(rough, x * 0.20 - 0.013 * clock, z * 0.16 - forward * 0.03 + 0.5)
        wave = sample(rough, x * 0.55 + 0.02 * clock, z * 0.42 - forward * 0.05)
        fine = sample(rough, x * 2.3 - 0.05 * clock, z * 2.6 - forward * 0.31)
        wave += (fine - 0.5) * ripples
        across = dx / width
        path = 1.0 / (1.0 + across * across)
        glitter = max(wave * 0.75 + swell * 0.5 - 0.52, 0.0) * 6.0 * path * path * path
        shine = near * (0.24 + 0.5 * (swell - 0.4)) + glitter * (0.35 + near * 0.5)
        tone[i] = 0.03 + glow * shine + 0.05 * wave
        tint[i] = min(0.16 + 0.25 * near + 0.35 * min(glitter, 1.0), 0.9)


def _night(canvas: Canvas, now: Moment, *, shot: Shot, level: float) -> None:
    """Draw stars high in the sky."""
    grid = canvas.grid
    luck = chances(shot.seed + 3, 4 * 260).reshape(4, 260)
    y = luck[1] ** 1.5 * grid.pixel_y(level) * 0.9
    high = np.clip(1.0 - y / grid.pixel_y(level), 0.0, 1.0)
    twinkle = (
        0.6
        + 0.4 * np.sin(now.time_s * (0.7 + 2.0 * luck[3]) + 6.28 * luck[2])
        + now.hat * (luck[3] > 0.75)
    )
    bright = high * (0.16 + 1.1 * luck[2] ** 5) * twinkle
    radius = grid.short / 1080 * (0.85 + 1.1 * luck[2] ** 8)
    spots = np.stack([luck[0] * grid.size.width, y, radius, bright * FULL], axis=-1)
    stars(canvas.tone, canvas.tint, spots.astype(np.float32), 58000.0)


def _rise(
    canvas: Canvas, now: Moment, *, sun: tuple[float, float, float], sea: bool, level: float
) -> None:
    """Draw the sun's disc, striped over the grid, whole over the sea, down to the horizon."""
    grid = canvas.grid
    place = (
        grid.pixel_x(sun[0]),
        grid.pixel_y(sun[1]),
        sun[2] * grid.short,
        grid.pixel_y(level),
    )
    light = 0.92 + 0.10 * now.kick
    stripes = (0.0, 0.0) if sea else (7.0, (now.time_s * 0.05 + now.travel * 0.02) % 1.0)
    disc(
        canvas.tone,
        canvas.tint,
        place,
        (1.30 * light * FULL, 0.62 * light * FULL),
        (62000.0, 33000.0),
        stripes,
    )


@kernel
def disc(
    tone: Tone,
    tint: Tone,
    place: tuple[float, float, float, float],
    levels: tuple[float, float],
    hues: tuple[float, float],
    stripes: tuple[float, float],
) -> None:
    """Draw a disc from its top level and hue to its bottom ones, cut off at a row.

    `place` is x, y, radius and the last row; `stripes` how many gaps open towards the bottom,
    and their phase. 1 ns a covered pixel.
    """
    height, width = tone.shape
    cx, cy, radius, last = place
    count, phase = stripes
    for y in range(max(0, int(cy - radius - 1)), min(height, int(min(cy + radius + 2, last)))):
        down = min(max((y + 0.5 - (cy - radius)) / (2.0 * radius), 0.0), 1.0)
        open_ = 1.0
        if count > 0.0 and down > 0.42:
            place_ = (down - 0.42) * count * 1.7 - phase
            part = place_ - np.floor(place_)
            gap = 0.10 + 0.62 * (down - 0.42)
            step = count * 1.7 / (2.0 * radius)
            open_ = min(max((abs(part - 0.5) - gap * 0.5) / step + 0.5, 0.0), 1.0)
        level = levels[0] + (levels[1] - levels[0]) * down
        hue = hues[0] + (hues[1] - hues[0]) * down
        dy = y + 0.5 - cy
        reach = np.sqrt(max((radius + 1.0) * (radius + 1.0) - dy * dy, 0.0))
        for x in range(max(0, int(cx - reach)), min(width, int(cx + reach) + 1)):
            dx = x + 0.5 - cx
            cover = min(max(radius - np.sqrt(dx * dx + dy * dy) + 0.5, 0.0), 1.0) * open_
            was = np.float32(tone[y, x])
            tone[y, x] = np.uint16(
                min(
                    was + (max(np.float32(level), was) - was) * np.float32(cover),
                    np.float32(65535.0),
                )
            )
            if (
                (x & 1) == 0
                and (y & 1) == 0
                and (y >> 1) < tint.shape[0]
                and (x >> 1) < tint.shape[1]
            ):
                old = np.float32(tint[y >> 1, x >> 1])
                tint[y >> 1, x >> 1] = np.uint16(
                    old + (np.float32(hue) - old) * np.float32(cover)
                )


def _hills(canvas: Canvas, now: Moment, *, shot: Shot, level: float, sea: bool) -> None:
    """Draw two ranges of hills either side of the sun; the nearer rises with the spectrum."""
    grid = canvas.grid
    side = np.abs(np.arange(grid.size.width) / grid.size.width * 2.0 - 1.0)
    foot = grid.pixel_y(level)
    for depth in (0, 1):
        ridge = _ridge(grid.size, shot.seed, depth)
        valley = np.clip(side * 1.5 - (0.55 if depth else 0.30), 0.0, 1.0)
        heard = np.interp(side * 31.0, np.arange(32), now.spectrum)
        tall = (
            ridge * valley * ((0.15 if depth == 0 else 0.24) + (0.0 if sea else 0.05) * heard)
        )
        edge = (foot - (tall + 0.002) * grid.short * (0.55 if sea else 1.0)).astype(np.float32)
        shade = (0.16 - 0.10 * depth, 0.09 - 0.06 * depth)
        top = canvas.tone[: int(foot)]
        tint = canvas.tint[: int(foot) // 2]
        below(
            top,
            tint,
            edge,
            (shade[0] * FULL, shade[1] * FULL, 0.12 * grid.short),
            17000.0 - 5000 * depth,
        )
        if not sea:
            lit = (0.10 + 0.25 * now.energy + 0.45 * now.snare) * (0.5 + 0.5 * depth)
            graph(top, tint, edge, 1.1 + grid.short / 1080, lit * FULL, 40000.0)


@lru_cache(maxsize=16)
def _ridge(size: Size, seed: int, depth: int) -> NDArray[np.float64]:
    x = np.arange(size.width) / min(size.width, size.height)
    line = line_noise(seed + 40 + depth, slope=1.35, coarsest=2, finest=400)
    rough = along(line, (x * (0.13 + 0.06 * depth)).astype(np.float32)).astype(np.float64)
    return np.clip(1.15 - np.abs(2.0 * rough - 1.0) * 1.5, 0.05, None)


def _neon(canvas: Canvas, now: Moment, *, level: float) -> None:
    """Draw the grid of neon lines that runs under the view, and the lit horizon."""
    grid = canvas.grid
    wave = (1.0 - now.kick) * 6.0
    light = (0.22 + 0.26 * now.energy, 0.55 * now.kick, wave)
    plane = (grid.pixel_x(0.0), grid.pixel_y(level), grid.short * 0.30, _forward(now))
    floor(canvas.tone, canvas.tint, plane, light, 41000.0)
    edge = np.full(grid.size.width, grid.pixel_y(level), np.float32)
    graph(
        canvas.tone,
        canvas.tint,
        edge,
        2.5 * grid.short / 1080 + 1.0,
        (0.5 + 0.4 * now.snare) * FULL,
        52000.0,
    )


@kernel
def floor(  # noqa: PLR0915 (one hot loop)
    tone: Tone,
    tint: Tone,
    plane: tuple[float, float, float, float],
    light: tuple[float, float, float],
    hue: float,
) -> None:
    """Add a grid of lines in perspective below a horizon. 2 ms at 1080p.

    `plane` is the vanishing column and row, the pixels below it where the depth is 1, and how
    far the grid has come; `light` the level of the lines, of the wave, and the wave's depth.
    Lines that would lie closer than a few pixels fade, so that none shimmer.
    """
    height, width = tone.shape
    cx, top, camera, forward = plane
    added = np.empty(width, np.float32)
    for y in range(max(0, int(top) + 1), height):
        down = np.float32(y + 0.5 - top)
        z = np.float32(camera) / down
        thin = z / down  # depth that one row covers
        place = (z + np.float32(forward)) * np.float32(2.0)
        off = abs(place - np.floor(place + np.float32(0.5))) / (thin * np.float32(2.0))
        cross = max(np.float32(1.0) - off * np.float32(0.55), np.float32(0.0)) * min(
            np.float32(0.12) / thin, np.float32(1.0)
        )
        bloom = (
            np.float32(0.16)
            / (np.float32(1.0) + off * off * np.float32(0.02))
            * min(np.float32(0.08) / thin, np.float32(1.0))
        )
        pulse = np.float32(light[1]) * np.exp(
            -(z - np.float32(light[2])) * (z - np.float32(light[2]))
        )
        mist = np.float32(1.0) / (np.float32(1.0) + np.float32(0.012) * z * z)
        level = (np.float32(light[0]) + pulse) * mist * np.float32(32768.0)
        gap = np.float32(0.40) * down  # pixels from line to line
        spare = min(gap * np.float32(0.08), np.float32(1.0))
        inverse = np.float32(1.0) / gap
        sharp = np.float32(0.60) - np.float32(0.12) * min(
            down / np.float32(camera), np.float32(2.0)
        )
        start, slant = np.float32(-cx) * inverse, np.float32(1.0) / down
        for x in range(width):
            u = start + (np.float32(x) + np.float32(0.5)) * inverse
            slope = (np.float32(x) + np.float32(0.5) - np.float32(cx)) * slant
            upright = np.float32(1.0) / np.sqrt(np.float32(1.0) + slope * slope)
            away = abs(u - np.floor(u + np.float32(0.5))) * gap * upright
            line = max(np.float32(1.0) - away * sharp, np.float32(0.0)) * spare
            soft = np.float32(0.13) / (np.float32(1.0) + away * away * np.float32(0.02)) * spare
            added[x] = level * (max(line, cross) + max(soft, bloom))
        for x in range(width):
            tone[y, x] = np.uint16(min(np.float32(tone[y, x]) + added[x], np.float32(65535.0)))
        if (y & 1) == 0 and (y >> 1) < tint.shape[0]:
            k = y >> 1
            for i in range(tint.shape[1]):
                share = min(
                    np.float32(1.5)
                    * added[2 * i]
                    / (np.float32(tone[y, 2 * i]) + np.float32(1.0)),
                    np.float32(1.0),
                )
                old = np.float32(tint[k, i])
                tint[k, i] = np.uint16(old + (np.float32(hue) - old) * share)


def _glints(
    canvas: Canvas, now: Moment, *, shot: Shot, sun: tuple[float, float, float], level: float
) -> None:
    """Draw sparks of sun on the water, flat and wide as wave crests, struck by the hats."""
    grid = canvas.grid
    luck = chances(shot.seed + 9, 4 * 300).reshape(4, 300)
    deep = 0.012 + (grid.half_height - level) * luck[0] ** 1.7
    clock = np.sin(now.time_s * (2.0 + 3.0 * luck[3]) + luck[2] * 6.28 + now.travel)
    shine = np.clip(clock - 0.25 + 0.5 * now.hat, 0.0, 1.0)
    x = (
        sun[0]
        + (luck[1] - 0.5) * (0.25 + 1.5 * deep)
        + 0.01 * np.sin(now.time_s + luck[2] * 9.0)
    )
    bright = shine * (0.35 + 0.5 * now.energy) * FULL
    spots = np.stack(
        [
            grid.pixel_x(0.0) + x * grid.short,
            grid.pixel_y(level) + deep * grid.short,
            grid.short / 1080 * (0.8 + 5.0 * deep),
            bright,
        ],
        axis=-1,
    )
    stars(canvas.tone, canvas.tint, spots.astype(np.float32), 60000.0)
