"""Mountains: ridge behind ridge in mist, before a great sun or a moon.

Bass swells the sun and its glow, a kick lights the mist in the valleys, a snare gilds the
crests, hats make the stars glint, the melody lifts the far fog. Energy carries the camera along
the range, the nearer the ridge the faster, and drives the mist.
"""

from __future__ import annotations

from dataclasses import dataclass
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
    Grid,
    Tone,
    canvas_of,
    finish,
    spread,
)
from mvpipe.engine.scenes.feel import scaled
from mvpipe.engine.scenes.horizon import disc
from mvpipe.engine.scenes.noise import Texture, along, chances, cloud, line_noise, sample_row
from mvpipe.engine.scenes.orb import face_of, moon
from mvpipe.engine.scenes.scene import Moment, Pictures
from mvpipe.engine.scenes.shapes import stars
from mvpipe.model.catalogue import SceneCard
from mvpipe.model.timeline import Shot

Line = NDArray[np.uint16]
Air = tuple[float, float, float, float, float, float, float]

_STRIP = 128  # columns drawn at a time; an even number
_WOOD = 2.6  # how much of the shorter side the wood runs before it repeats


@dataclass(frozen=True, slots=True)
class Ridge:
    """One ridge: the row of its foot (0 is the frame's middle, 1 its bottom), its height.

    `turns` is how much of its line one unit shows, `pace` how fast it passes, `tone` and `hue`
    its own, `mist` how deep below the crest the mist stands (smaller is nearer the crest).
    """

    foot: float
    rise: float
    turns: float
    pace: float
    tone: float
    hue: float
    mist: float


_SOFT = (
    Ridge(0.16, 0.20, 0.12, 0.06, 0.235, 36000.0, 0.10),
    Ridge(0.28, 0.17, 0.15, 0.11, 0.160, 31000.0, 0.11),
    Ridge(0.42, 0.17, 0.15, 0.20, 0.100, 26000.0, 0.13),
    Ridge(0.58, 0.17, 0.16, 0.36, 0.054, 20000.0, 0.16),
    Ridge(0.78, 0.17, 0.16, 0.62, 0.024, 13000.0, 0.24),
    Ridge(1.02, 0.17, 0.18, 1.00, 0.007, 6000.0, 9.0),
)
_SHARP = (
    Ridge(0.30, 0.40, 0.075, 0.05, 0.150, 33000.0, 0.16),
    Ridge(0.42, 0.34, 0.090, 0.11, 0.092, 27000.0, 0.15),
    Ridge(0.60, 0.28, 0.110, 0.24, 0.050, 20000.0, 0.15),
    Ridge(0.82, 0.20, 0.120, 0.50, 0.022, 12000.0, 0.20),
    Ridge(1.00, 0.10, 0.120, 1.00, 0.006, 6000.0, 9.0),
)


class Mountains:
    """Variant 0 is soft ridges and a sun with birds, 1 sharp peaks under a moon and stars."""

    card = SceneCard(
        name="mountains",
        title="Mountains",
        words=(
            "mountains", "mountain", "misty mountains", "ridges", "hills", "mist", "fog",
            "landscape", "nature", "peaks", "valley", "forest", "sunrise over mountains",
            "群山", "山", "山脉", "高山", "雪峰", "山谷", "薄雾", "云雾", "风景", "自然",
            "森林",
        ),
        calm=0.95,
        fierce=0.25,
        variants=2,
    )  # fmt: skip

    def draw(self, planes: Planes, moment: Moment, shot: Shot, pictures: Pictures) -> None:
        """Draw sky and mist on the grid, then sun or moon, then ridges that rise out of it."""
        del pictures
        now = scaled(moment, shot)
        canvas = canvas_of(planes.size)
        grid = canvas.grid
        night = shot.variant % 2 == 1
        sun = _sun_at(grid, now, seed=shot.seed, night=night)
        tone, tint = grid.empty(), grid.empty()
        breath = 0.20 + 0.17 * now.energy + 0.08 * now.mid + 0.10 * now.kick + 0.03 * now.hat
        breath *= 1.25 if night else 1.0
        air = (sun[0], sun[1], sun[2], _glow(now, night=night), breath, now.travel, now.time_s)
        haze((tone, tint), (grid.x, grid.y), cloud(shot.seed % 5, slope=1.6), air)
        spread(canvas, tone=tone, tint=tint)
        _stars(canvas, now, seed=shot.seed, night=night)
        crests = _crests(grid, now, shot=shot, night=night)
        _rise(canvas, now, sun=sun, night=night, shot=shot, behind=np.min(crests, axis=0))
        _ridges(canvas, now, crests=crests, ridges=_SHARP if night else _SOFT)
        if not night:
            _birds(canvas, now, seed=shot.seed, sun=sun)
        finish(canvas, planes, shot=shot, frame_s=now.time_s)


def _sun_at(grid: Grid, now: Moment, *, seed: int, night: bool) -> tuple[float, float, float]:
    """Return the place and radius of the sun, or of the moon, which stands higher."""
    luck = chances(seed + 2, 2)
    aside = (0.12 + 0.16 * luck[1]) * (1.0 if luck[0] < 0.5 else -1.0)
    x = float(aside * (1.0 + 1.6 * (grid.half_width - 0.5)))
    swell = 0.93 + 0.09 * now.bass + 0.035 * now.kick + 0.04 * now.energy
    if night:
        return x, -0.52 * grid.half_height, 0.115 * swell
    return x, -0.10 * grid.half_height, 0.185 * swell


def _glow(now: Moment, *, night: bool) -> float:
    """Return how brightly the air around the sun glows."""
    light = 0.34 + 0.26 * now.energy + 0.10 * now.bass + 0.09 * now.kick + 0.10 * now.rise
    return light * (0.62 if night else 1.0)


@kernel
def haze(fields: Axes, axes: Axes, rough: Texture, air: Air) -> None:
    """Fill tone and tint, float32 (rows, columns), with the sky and, below, lit mist. 0.5 ms.

    `air` is the sun's column, row and radius, its glow, the mist's light, how far the view has
    travelled, and the seconds. Ridges are drawn over the lower part and let the mist through.
    """
    tone, tint = fields
    xs, ys = axes
    sx, sy, radius, glow, breath, travel, clock = air
    inverse = np.float32(0.22 / (radius * radius))
    tall, count = -ys[0], len(xs)
    room, at = np.empty((3, count), np.float32), np.empty(count, np.uint32)
    us, vs, drift = room[0], room[1], room[2]
    for j in range(tone.shape[0]):
        down = ys[j] / tall
        dy = ys[j] - np.float32(sy)
        band = np.float32(np.exp(-abs(down - 0.12) * 2.4))
        low = min(max((down + 0.10) * 3.0, 0.0), 1.0)
        flat = np.float32(0.45 + 0.9 * low)
        v = (0.55 + 0.9 * low) * ys[j] + 0.0016 * clock + 0.3
        u = np.float32(0.0035 * clock + 0.018 * travel * (0.4 + low))
        thick, misty = np.float32(0.20 + 0.62 * low), np.float32(breath * low)
        for i in range(count):
            us[i], vs[i] = xs[i] * flat * np.float32(0.22) + u, np.float32(v)
        sample_row(rough, us, vs, drift, at)
        for i in range(count):
            dx = xs[i] - np.float32(sx)
            square = (dx * dx + dy * dy) * inverse
            around = np.float32(1.0) / (np.float32(1.0) + square)
            body = np.float32(1.0) + thick * (drift[i] - np.float32(0.5)) * np.float32(2.6)
            light = np.float32(glow) * (np.float32(0.34) * band + np.float32(0.62) * around)
            fog = misty * body * (np.float32(0.40) + np.float32(0.9) * around)
            tone[j, i] = (
                np.float32(0.05) + light * (body if low == 0.0 else np.float32(1.0)) + fog
            )
            tint[j, i] = min(
                np.float32(0.20) + np.float32(0.28) * band + np.float32(0.42) * around,
                np.float32(0.92),
            )


def _stars(canvas: Canvas, now: Moment, *, seed: int, night: bool) -> None:
    """Draw stars that glint on the hats; at sunrise only the last ones, high up."""
    grid = canvas.grid
    count = 420 if night else 90
    luck = chances(seed + 3, 4 * count).reshape(4, count)
    y = luck[1] ** 1.3 * grid.size.height * (0.62 if night else 0.30)
    high = np.clip(1.0 - luck[1] ** 1.3, 0.0, 1.0) ** 0.7
    twinkle = 0.65 + 0.35 * np.sin(now.time_s * (0.6 + 2.0 * luck[3]) + 6.28 * luck[2])
    glint = now.hat * (luck[3] > 0.8) * 1.2
    bright = high * (0.12 + 0.9 * luck[2] ** 5) * (twinkle + glint) * (1.0 if night else 0.6)
    radius = grid.short / 1080 * (0.9 + 1.3 * luck[2] ** 8)
    spots = np.stack([luck[0] * grid.size.width, y, radius, bright * FULL], axis=-1)
    stars(canvas.tone, canvas.tint, spots.astype(np.float32), 58000.0)


def _rise(
    canvas: Canvas,
    now: Moment,
    *,
    sun: tuple[float, float, float],
    night: bool,
    shot: Shot,
    behind: Field,
) -> None:
    """Draw the disc itself, but not below the crests: the mist there must not glow with it."""
    grid = canvas.grid
    x, y, radius = grid.pixel_x(sun[0]), grid.pixel_y(sun[1]), sun[2] * grid.short
    rows = slice(max(0, int(y - radius) - 4) // 2 * 2, int(y + radius) // 2 * 2 + 4)
    columns = slice(max(0, int(x - radius) - 4) // 2 * 2, int(x + radius) // 2 * 2 + 4)
    half = slice(rows.start // 2, rows.stop // 2), slice(columns.start // 2, columns.stop // 2)
    tone, tint = canvas.tone[rows, columns].copy(), canvas.tint[half].copy()
    if night:
        moon(canvas.tone, canvas.tint, (x, y, radius), 1.05 * FULL, face_of(shot.seed % 5))
    else:
        light = 0.08 * now.kick
        levels = (1.12 + light) * FULL, (0.66 + light) * FULL
        round_ = (x, y, radius, float(grid.size.height))
        disc(canvas.tone, canvas.tint, round_, levels, (62000.0, 47000.0), (0.0, 0.0))
    down = np.arange(rows.start, rows.start + len(tone), dtype=np.float32)[:, None]
    hidden = down > behind[columns] + 1.0
    canvas.tone[rows, columns][hidden] = tone[hidden]
    hidden = hidden[::2, ::2][: len(tint), : tint.shape[1]]
    canvas.tint[half][: len(hidden)][hidden] = tint[: len(hidden)][hidden]


def _crests(grid: Grid, now: Moment, *, shot: Shot, night: bool) -> list[Field]:
    ridges = _SHARP if night else _SOFT
    crests = [
        _crest(grid, now, ridge, at=n, seed=shot.seed, night=night)
        for n, ridge in enumerate(ridges)
    ]
    if night:
        crests[-1] -= _pines(grid, now, seed=shot.seed)
    return crests


def _ridges(
    canvas: Canvas, now: Moment, *, crests: list[Field], ridges: tuple[Ridge, ...]
) -> None:
    """Draw the ridges from far to near, each only down to the crest of the next."""
    short = canvas.grid.short
    bottom = np.full(canvas.grid.size.width, canvas.grid.size.height, np.float32)
    ends = np.minimum.accumulate([bottom, *crests[:0:-1]], axis=0)[::-1]
    gilt = (0.03 + 0.50 * now.snare + 0.05 * now.energy) * FULL
    for n, (ridge, crest, end) in enumerate(zip(ridges, crests, ends, strict=True)):
        level = ridge.tone * (0.85 + 0.3 * now.energy) * FULL
        rim = gilt * max(0.0, 1.0 - 1.15 * n / (len(ridges) - 1))
        own = (level, ridge.hue, ridge.mist * short, rim, max(1.5, short / 400.0))
        misted(canvas.tone, canvas.tint, (crest, _smoothed(crest, short // 12), end), own)


def _smoothed(line: Field, reach: int) -> Field:
    """Return the mean of a line over `reach` pixels either side."""
    sums = np.cumsum(np.pad(line, (reach + 1, reach), mode="edge"), dtype=np.float64)
    wide = 2 * reach + 1
    mean: Field = ((sums[wide:] - sums[:-wide]) / wide).astype(np.float32)
    return mean


@lru_cache(maxsize=32)
def _line(seed: int, slope: float, coarsest: int, finest: int) -> Texture:
    """Return a line noise, kept: a frame needs more of them than `line_noise` keeps."""
    return line_noise(seed, slope=slope, coarsest=coarsest, finest=finest)


def _crest(grid: Grid, now: Moment, ridge: Ridge, *, at: int, seed: int, night: bool) -> Field:
    """Return the row of a ridge's crest in each column."""
    x = np.arange(grid.size.width) / grid.short - grid.half_width
    place = (x + 0.14 * (now.travel * 0.35 + now.time_s * 0.10) * ridge.pace) * ridge.turns
    place = (place + chances(seed + 20 + at, 1)[0]).astype(np.float32)
    broad = along(_line(seed * 11 + at, 1.7, 2, 60), place)
    rough = along(_line(seed * 11 + at + 70, 1.3, 24, 900), place)
    if night:
        peaks = 1.0 - np.abs(2.0 * broad - 1.0) * 1.5
        shape = peaks + 0.10 * (1.0 - np.abs(4.0 * rough - 2.0)) * (0.4 + 0.6 * peaks)
    else:
        shape = 1.25 * broad + 0.07 * rough
    foot = grid.pixel_y(ridge.foot * grid.half_height)
    rise = ridge.rise * (1.0 + 0.35 * (grid.half_height - 0.5)) * grid.short
    crest: Field = (foot - rise * shape).astype(np.float32)
    return crest


def _pines(grid: Grid, now: Moment, *, seed: int) -> Field:
    """Return how far the trees on the nearest ridge stand over it, in pixels."""
    table = _wood(seed % 7)
    x = np.arange(grid.size.width) / grid.short - grid.half_width
    turns = (x + 0.14 * (now.travel * 0.35 + now.time_s * 0.10)) / _WOOD
    at = (turns % 1.0) * len(table)
    heights = np.interp(at, np.arange(len(table) + 1), np.append(table, table[0]))
    pines: Field = (heights * grid.short).astype(np.float32)
    return pines


@lru_cache(maxsize=8)
def _wood(seed: int) -> NDArray[np.float64]:
    """Return the outline of a wood that tiles over `_WOOD`, in shares of the shorter side."""
    x = np.arange(4096) / 4096 * _WOOD
    outline = np.zeros(4096)
    luck = chances(seed + 400, 4 * 90).reshape(90, 4)
    stand = line_noise(seed + 30, slope=1.0, coarsest=1, finest=9)
    for place, slim, tall, shape in luck:
        off = np.abs((x - place * _WOOD + _WOOD / 2) % _WOOD - _WOOD / 2)
        thick = stand[int(place * 2047)]
        top = (0.020 + 0.085 * tall**1.6) * (0.35 + 1.3 * thick)
        half = top * (0.17 + 0.07 * slim)
        out = off / half
        tiers = 0.16 * (((1.0 - out) * (5.0 + 3.0 * shape)) % 1.0) * (1.0 - out)
        outline = np.maximum(outline, top * np.clip(1.0 - out - tiers * (out > 0.04), 0.0, 1.0))
    return outline


@kernel
def misted(
    tone: Tone,
    tint: Tone,
    edges: tuple[Field, Field, Field],
    own: tuple[float, float, float, float, float],
) -> None:
    """Cover from one curve to another; what was there shows through more and more. 1 ns a px.

    `edges` are float32 (width,): the rows where the ridge begins, where its mist begins, and
    where the next ridge hides it. `own` is the ridge's tone, its hue, the pixels of depth where
    half is mist, and the light and width of its rim.
    """
    height, width = tone.shape
    for left in range(0, width, _STRIP):  # strips, for a ridge covers few rows of each
        right = min(left + _STRIP, width)
        crest, top, end = edges[0][left:right], edges[1][left:right], edges[2][left:right]
        half = left >> 1, min((right + 1) >> 1, tint.shape[1])
        evens = crest[::2].copy(), top[::2].copy(), end[::2].copy()
        for y in range(max(0, int(crest.min())), min(height, int(end.max()) + 2)):
            lit = np.float32(own[0]), np.float32(own[3]), np.float32(1.0 / own[4])
            veil(tone[y, left:right], (crest, top, end), np.float32(y), lit, own[2])
            if y & 1 == 0 and (y >> 1) < tint.shape[0]:
                hue = np.float32(own[1]), np.float32(0.0), np.float32(1.0)
                veil(tint[y >> 1, half[0] : half[1]], evens, np.float32(y), hue, own[2])


@kernel
def veil(
    row: Line,
    edges: tuple[Field, Field, Field],
    at: np.float32,
    lit: tuple[np.float32, np.float32, np.float32],
    depth: float,
) -> None:
    """Cover one row between its edges; `lit` is level, rim's light, one over its width."""
    crest, top, end = edges
    level, rim, thin = lit
    one, none, fall = np.float32(1.0), np.float32(0.0), np.float32(1.0 / depth)
    for x in range(row.shape[0]):  # no branches, so that the compiler vectorises
        deep = at + one - crest[x]
        away = max(at - top[x], none) * fall
        cover = min(max(deep, none), one) / (one + away * away)
        cover = cover if at <= end[x] else none
        shade = level + rim * max(one - deep * thin, none)
        was = np.float32(row[x])
        row[x] = np.uint16(np.int32(was + (shade - was) * cover))


def _birds(canvas: Canvas, now: Moment, *, seed: int, sun: tuple[float, float, float]) -> None:
    """Draw a flock that crosses the sun, beating its wings in its own time."""
    grid = canvas.grid
    luck = chances(seed + 44, 5 * 11).reshape(5, 11)
    way = -1.0 if sun[0] > 0.0 else 1.0
    span = 2.0 * grid.half_width + 0.6
    flown = (0.3 + now.time_s * 0.018 + now.travel * 0.006) % 1.0 * span - span / 2
    rank = np.arange(11) // 2 + 0.6 * luck[0]
    x = way * (flown - rank * 0.042) + 0.01 * np.sin(now.time_s * 0.7 + 6.28 * luck[1])
    y = (
        sun[1]
        - 0.06
        + np.where(np.arange(11) % 2, 1, -1) * rank * 0.017
        + 0.02 * (luck[2] - 0.5)
    )
    beat = np.sin(now.time_s * (7.0 + 2.5 * luck[3]) + 6.28 * luck[1]) * (0.5 + 0.5 * luck[4])
    places = np.stack(
        [grid.pixel_x(0.0) + x * grid.short, grid.pixel_y(0.0) + y * grid.short, beat], axis=-1
    )
    size = grid.short * 0.0135
    birds(canvas.tone, places.astype(np.float32), (size, 0.012 * FULL))


@kernel
def birds(tone: Tone, places: Field, look: tuple[float, float]) -> None:
    """Cover small birds, float32 (n, 3): x, y and how far the wings are up, -1 to 1."""
    height, width = tone.shape
    span, level = look
    for n in range(places.shape[0]):
        cx, cy, up = places[n, 0], places[n, 1], places[n, 2]
        for x in range(max(0, int(cx - span)), min(width, int(cx + span) + 1)):
            out = abs(x + 0.5 - cx) / span
            if out >= 1.0:
                continue
            lift = (0.25 + 0.55 * up) * out * (2.0 - 1.1 * out)  # wings arch, then reach out
            wing = cy - span * (lift + 0.05 * (1.0 - out))
            half = 0.35 + span * (0.085 * (1.0 - out) + 0.05 * max(1.0 - 7.0 * out, 0.0))
            for y in range(max(0, int(wing - half)), min(height, int(wing + half) + 2)):
                cover = min(max(half - abs(y + 0.5 - wing) + 0.5, 0.0), 1.0)
                was = np.float32(tone[y, x])
                tone[y, x] = np.uint16(was + (np.float32(level) - was) * np.float32(cover))
