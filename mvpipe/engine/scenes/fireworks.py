"""A night of fireworks over a lake, as `sparks` shows it: bursts, smoke, water, shore.

A burst is a closed form of the seed, the beat it is born on and its age, so any frame can be
drawn alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from mvpipe.engine.kernel import kernel
from mvpipe.engine.scenes.canvas import FULL, Axes, Canvas, Field, Grid, spread
from mvpipe.engine.scenes.noise import Texture, along, chances, cloud, line_noise, sample_row
from mvpipe.engine.scenes.scene import Moment
from mvpipe.engine.scenes.shapes import below, stars
from mvpipe.engine.scenes.threads import blooms, threads
from mvpipe.model.media import Size
from mvpipe.model.timeline import Shot

Numbers = NDArray[np.float64]
Ways = NDArray[np.float32]

_LIVING = 5  # beats after which a burst has died away
_SPARKS, _POINTS = 92, 5
_ALONG = np.linspace(0.0, 1.0, _POINTS)
_TAIL, _TAPER = (1.0 - _ALONG) ** 1.5, 0.5 + 0.5 * (1.0 - 0.7 * _ALONG)
_SECONDS = 0.5  # of a burst's life for each beat, so that it ages with the music
_FALL = 0.42
_RANKS = (0.0, 0.86, 0.42, 0.72)  # energy at which each beat of a bar has its burst


@dataclass(frozen=True, slots=True)
class Burst:
    """One burst at one moment, in the grid's unit.

    `age` is in seconds, below 0 while its rocket climbs; `hue` runs from 0 to 1; `kind` is 0 a
    peony, 1 a willow, 2 a ring within a peony; `seed` decides its sparks.
    """

    x: float
    y: float
    age: float
    size: float
    light: float
    hue: float
    kind: int
    seed: int


def draw_fireworks(canvas: Canvas, now: Moment, shot: Shot, *, golden: bool) -> None:
    """Fill the canvas with the night, its bursts and the lake; `golden` has only willows."""
    grid = canvas.grid
    shore = grid.half_height * 0.62
    bursts = _bursts(now, shot, grid=grid, golden=golden)
    opened = [burst for burst in bursts if burst.age >= 0.0]
    ways = [_ways(burst, crackle=now.hat, time_s=now.time_s) for burst in opened]
    tone, tint = grid.empty(), grid.empty()
    lit = _lit(grid, opened, ways)
    clock = now.time_s * 0.004 + now.travel * 0.006
    sky((tone, tint), (grid.x, grid.y), lit, cloud(shot.seed % 5), (shore, clock))
    bends = _bends(grid, now.time_s)
    lake((tone, tint), grid.y, bends, (shore, now.time_s))
    spread(canvas, tone=tone, tint=tint)
    _night(canvas, now, shot=shot, shore=shore)
    for burst, way in zip(opened, ways, strict=True):
        _draw_burst(canvas, burst, way, shore=shore, time_s=now.time_s)
    _climb(canvas, bursts, shore=shore)
    _land(canvas, shot=shot, shore=shore)
    _town(canvas, now, shot=shot, shore=shore)


def _bursts(now: Moment, shot: Shot, *, grid: Grid, golden: bool) -> list[Burst]:
    """Return the bursts alive now and the rockets of the next beats, oldest first.

    A bar's first beat always bursts, the others as energy allows: their rank fades a burst
    instead of switching it, for energy changes while it lives.
    """
    count = max(1, round(now.beat / now.bar)) if now.bar > 0.5 else 4
    newest = int(np.floor(now.beat + 1e-6))
    alive = []
    for born in range(newest - _LIVING, newest + 3):
        rank = _RANKS[(born % count) % 4]
        light = min(1.0, max(0.0, (now.energy + 0.1 - rank) * 5.0))
        twins = 2 if born % (2 * count) == 0 else 1
        for twin in range(twins if light > 0.0 else 0):
            luck = chances(shot.seed * 1009 + born * 13 + twin * 5 + 4096, 8)
            kind = 1 if golden else int(luck[4] * 2.99)
            size = (0.24 + 0.14 * luck[2]) * (1.2 if rank == 0.0 else 0.85)
            alive.append(
                Burst(
                    x=_spot(born, twin, luck[0]) * grid.half_width * 0.74,
                    y=grid.half_height * (-0.66 + 0.56 * luck[1]),
                    age=(now.beat - born) * _SECONDS,
                    size=float(size * (1.0 - 0.3 * twin)),
                    light=light,
                    hue=float(0.5 + 0.5 * luck[3]),
                    kind=kind,
                    seed=int(luck[5] * 1e9),
                )
            )
    return alive


def _spot(born: int, twin: int, luck: float) -> float:
    """Return where a burst opens across the frame, -1 to 1: neighbours in time stand apart."""
    place = (born * 0.618034 + 0.5 * twin) % 1.0
    return (2.0 * place - 1.0) * 0.9 + 0.2 * (luck - 0.5)


@lru_cache(maxsize=64)
def _aims(seed: int, kind: int) -> Numbers:
    """Return each spark's velocity (2, sparks), its depth, its own light and its phase."""
    luck = chances(seed, 5 * _SPARKS).reshape(5, _SPARKS)
    turn, high = luck[0] * 2.0 * np.pi, 2.0 * luck[1] - 1.0
    flat = np.sqrt(1.0 - high * high)
    speed = 0.90 + 0.16 * luck[2]
    if kind == 1:
        speed = 0.55 + 0.5 * luck[2]
    x, y, z = flat * np.cos(turn) * speed, high * speed, flat * np.sin(turn)
    if kind == 2:
        ring = np.arange(_SPARKS) % 3 == 0
        even = np.arange(_SPARKS) / _SPARKS * 2.0 * np.pi
        tilt = 0.4 + 0.5 * luck[4, 0]
        c, s = np.cos(6.28 * luck[4, 1]), np.sin(6.28 * luck[4, 1])
        across, down = 1.1 * np.cos(even), 1.1 * np.sin(even) * tilt
        x = np.where(ring, across * c - down * s, 0.6 * x)
        y = np.where(ring, across * s + down * c, 0.6 * y)
    own = (0.55 + 0.45 * luck[3]) * (0.75 + 0.25 * z)
    return np.stack([x, y, z, own, luck[4]])


def _ways(burst: Burst, *, crackle: float, time_s: float) -> Numbers:
    """Return (sparks, points, 4) from each spark back along its trail: x, y, width, light.

    Drag slows a spark as e^-kt while it sinks at a settling speed: the closed form of motion
    under linear drag.
    """
    aims = _aims(burst.seed, burst.kind)
    drag = 2.7 if burst.kind == 1 else 4.6
    trail = (0.85 if burst.kind == 1 else 0.42) * _ALONG**1.2
    t = np.maximum(burst.age - trail * min(1.0, 0.4 + burst.age), 0.0)
    flown = (1.0 - np.exp(-drag * t)) * burst.size
    sunk = _FALL * burst.size * (t - (1.0 - np.exp(-drag * t)) / drag)
    ways = np.empty((_SPARKS, _POINTS, 4))
    ways[:, :, 0] = burst.x + aims[0][:, None] * flown
    ways[:, :, 1] = burst.y + aims[1][:, None] * flown + sunk
    last = (2.9 if burst.kind == 1 else 2.1) * (0.72 + 0.28 * aims[4])
    left = np.clip(1.0 - burst.age / last, 0.0, 1.0)
    flicker = np.sin(time_s * (31.0 + 17.0 * aims[4]) + 40.0 * aims[4])
    dying = np.clip((0.55 - left) * 3.0, 0.0, 1.0)
    life = (
        1.25
        * left**0.5
        * (1.0 - dying * (0.45 - 0.4 * flicker - 0.5 * crackle * (aims[4] > 0.6)))
    )
    ways[:, :, 2] = _TAPER
    ways[:, :, 3] = (burst.light * aims[3] * np.maximum(life, 0.0))[:, None] * _TAIL
    return ways


def _lit(grid: Grid, bursts: list[Burst], ways: list[Numbers]) -> Axes:
    """Return the light in the air, and light times hue, on the grid."""
    light, hued = (np.zeros((len(grid.y), len(grid.x)), np.float32) for _ in range(2))
    axes = (grid.x, grid.y)
    for burst, way in zip(bursts, ways, strict=True):
        flash = 0.65 * np.exp(-7.0 * burst.age) + 0.50 * np.exp(-1.3 * burst.age)
        wide = burst.size * 2.6
        spot = [[burst.x, burst.y, wide, 0.55 * flash * burst.light, burst.hue]]
        blooms((light, hued), axes, np.array(spot, np.float32))
        some = way[::2, 0]
        glow = np.empty((len(some), 5), np.float32)
        glow[:, :2] = some[:, :2]
        glow[:, 2] = 0.032
        glow[:, 3] = 0.42 * some[:, 3]
        glow[:, 4] = burst.hue
        blooms((light, hued), axes, glow)
    return light, hued


@kernel
def sky(
    fields: Axes, axes: Axes, lit: Axes, rough: Texture, night: tuple[float, float]
) -> None:
    """Fill tone and tint, float32 (rows, columns), down to the shore with lit smoke. 1 ms.

    `lit` is light, and light times hue; `night` the shore's place and the smoke's clock.
    """
    tone, tint = fields
    xs, ys = axes
    shore, clock, count = np.float32(night[0]), np.float32(night[1]), len(axes[0])
    room, at = np.empty((4, count), np.float32), np.empty(count, np.uint32)
    us, vs, n, m = room[0], room[1], room[2], room[3]
    one, half = np.float32(1.0), np.float32(0.5)
    for j in range(tone.shape[0]):
        if ys[j] >= shore:
            break
        deep = (ys[j] + shore + np.float32(0.35)) / (np.float32(2.0) * shore + np.float32(0.35))
        deep = min(max(deep, np.float32(0.0)), one)
        dark = np.float32(0.020) + np.float32(0.15) * deep * deep * deep
        down = ys[j] * np.float32(0.42) + np.float32(0.3) * clock
        own = np.float32(0.16) + np.float32(0.22) * deep
        for i in range(count):
            us[i], vs[i] = xs[i] * np.float32(0.34) + clock, down
        sample_row(rough, us, vs, n, at)
        down = ys[j] * np.float32(0.9) - clock
        for i in range(count):
            us[i], vs[i] = xs[i] * np.float32(0.8) - clock + np.float32(0.3) * n[i], down
        sample_row(rough, us, vs, m, at)
        for i in range(count):
            smoke = n[i] * np.float32(0.7) + m[i] * half - np.float32(0.30)
            smoke = max(smoke, np.float32(0.0))
            glow = lit[0][j, i]
            hazy = dark * (half + np.float32(1.1) * smoke)
            shine = glow * (np.float32(0.34) + np.float32(1.5) * smoke * smoke)
            tone[j, i] = hazy + shine / (one + half * shine)
            hue = lit[1][j, i] / (glow + np.float32(1e-5))
            tint[j, i] = own + (hue - own) * shine / (shine + hazy)


def _bends(grid: Grid, time_s: float) -> Field:
    line = line_noise(8, slope=1.4)
    return along(line, grid.x * np.float32(0.23) + np.float32(0.004 * time_s))


@kernel
def lake(fields: Axes, ys: Field, bends: Field, water: tuple[float, float]) -> None:
    """Fill the rows below the shore with those above, through ripples. 0.3 ms.

    `water` is the shore's place and the time in seconds.
    """
    tone, tint = fields
    shore, time_s = water
    first = tone.shape[0]
    for j in range(tone.shape[0] - 1, -1, -1):
        if ys[j] >= shore:
            first = j
    step, count, last = ys[1] - ys[0], tone.shape[1], np.float32(first - 1)
    table = waves()
    for j in range(first, tone.shape[0]):
        deep = ys[j] - np.float32(shore)
        z = np.log(deep * 9.0 + 0.12) * 11.0
        slow, fast = np.float32(z * 1.9 - 2.1 * time_s), np.float32(z * 3.7 + 2.9 * time_s)
        swell = np.float32(0.008) + deep * np.float32(0.22)
        start = np.float32(shore) - deep * np.float32(3.8) - ys[0]
        fall = np.float32(1.0) / (np.float32(1.0) + np.float32(1.6) * deep)
        for i in range(count):
            bend = bends[i] * np.float32(7.0)
            ripple = np.float32(0.05) * np.float32(i) - bend * np.float32(1.7)
            wave = table[turned(slow + bend)] + np.float32(0.7) * table[turned(fast + ripple)]
            up = (start - wave * swell) / step
            k = min(max(up, np.float32(0.0)), last)
            low = np.uint32(np.int32(k))
            high = min(low + np.uint32(1), np.uint32(first - 1))
            part = k - np.float32(low)
            dim = (np.float32(0.72) + np.float32(0.16) * wave) * fall
            level = tone[low, i] + (tone[high, i] - tone[low, i]) * part
            tone[j, i] = max(level * dim, np.float32(0.0)) + np.float32(0.006)
            tint[j, i] = tint[low, i] + (tint[high, i] - tint[low, i]) * part


@kernel
def waves() -> Field:
    """Return one wave of a sine in 4096 steps."""
    wave: Field = np.sin(np.arange(4096) * (2.0 * np.pi / 4096.0)).astype(np.float32)
    return wave


@kernel
def turned(angle: np.float32) -> np.uint32:
    """Return the step of `waves` for an angle in radians."""
    step = np.floor(angle * np.float32(4096.0 / (2.0 * np.pi)))
    return np.uint32(np.int32(step)) & np.uint32(4095)


def _draw_burst(
    canvas: Canvas, burst: Burst, way: Numbers, *, shore: float, time_s: float
) -> None:
    """Draw a burst's sparks and trails, and their broken image in the water."""
    grid = canvas.grid
    unit = grid.short / 1080
    drawn = way.astype(np.float32)
    over = np.clip((shore - way[:, :, 1]) * 40.0, 0.0, 1.0)
    drawn[:, :, 0] = grid.pixel_x(0.0) + way[:, :, 0] * grid.short
    drawn[:, :, 1] = grid.pixel_y(0.0) + way[:, :, 1] * grid.short
    drawn[:, :, 2] = np.maximum(way[:, :, 2] * 2.3 * unit, 1.15)
    young = 1.0 + 1.1 * np.exp(-5.0 * burst.age)
    drawn[:, :, 3] = way[:, :, 3] * over * 1.25 * young * FULL
    hues = np.full(_SPARKS, 65535.0 * burst.hue, np.float32)
    threads(canvas.tone, canvas.tint, drawn, hues)
    heads = drawn[:, 0].copy()
    heads[:, 2] = np.maximum(1.9 * unit, 1.0)
    heads[:, 3] *= 1.5
    stars(canvas.tone, canvas.tint, heads, 65535.0 * min(1.0, burst.hue + 0.15))
    _mirrored(canvas, drawn[::3, ::2], hues[::3], shore=shore, time_s=time_s)


def _mirrored(canvas: Canvas, drawn: Ways, hues: Field, *, shore: float, time_s: float) -> None:
    """Draw the image of every third spark in the water, swaying, wider and dimmer."""
    grid = canvas.grid
    image = drawn.copy()
    level = grid.pixel_y(shore)
    image[:, :, 1] = level + (level - drawn[:, :, 1]) * 0.26
    deep = (image[:, :, 1] - level) / grid.short
    sway = np.sin(deep * 90.0 - 2.3 * time_s) * (1.5 + 30.0 * deep)
    image[:, :, 0] += sway * grid.short / 1080
    image[:, :, 2] *= 1.5
    image[:, :, 3] *= 0.34 * (1.0 + 0.5 * np.sin(deep * 160.0 + 3.1 * time_s))
    threads(canvas.tone, canvas.tint, image, hues)


def _climb(canvas: Canvas, bursts: list[Burst], *, shore: float) -> None:
    """Draw the rockets on their way up: each slows down and arrives on its beat."""
    grid = canvas.grid
    rising = [burst for burst in bursts if -0.9 < burst.age < 0.0]
    if not rising:
        return
    ways = np.empty((len(rising), 9, 4), np.float32)
    for n, burst in enumerate(rising):
        t = np.clip((burst.age + 0.9) / 0.9 - np.linspace(0.0, 0.22, 9), 0.0, 1.0)
        done = 1.0 - (1.0 - t) ** 1.8
        x = burst.x * (0.86 + 0.14 * done) + 0.004 * np.sin(t * 24.0 + burst.seed % 7)
        y = shore + (burst.y - shore) * done
        ways[n, :, 0] = grid.pixel_x(0.0) + x * grid.short
        ways[n, :, 1] = grid.pixel_y(0.0) + y * grid.short
        ways[n, :, 2] = np.maximum(np.linspace(2.2, 1.0, 9) * grid.short / 1080, 1.15)
        ways[n, :, 3] = np.linspace(1.3, 0.0, 9) * burst.light * FULL * np.clip(t[0] * 6, 0, 1)
    hues = np.array([65535.0 * burst.hue for burst in rising], np.float32)
    threads(canvas.tone, canvas.tint, ways, hues)


def _night(canvas: Canvas, now: Moment, *, shot: Shot, shore: float) -> None:
    """Draw faint stars above the shore; some glitter on the hats."""
    grid = canvas.grid
    luck = chances(shot.seed + 3, 4 * 220).reshape(4, 220)
    y = luck[1] ** 1.3 * grid.pixel_y(shore) * 0.92
    twinkle = 0.7 + 0.3 * np.sin(now.time_s * (0.7 + 2.0 * luck[3]) + 6.28 * luck[2])
    bright = (0.06 + 0.5 * luck[2] ** 6) * (twinkle + now.hat * (luck[3] > 0.8))
    radius = grid.short / 1080 * (0.9 + 0.9 * luck[2] ** 8)
    spots = np.stack([luck[0] * grid.size.width, y, radius, bright * FULL], axis=-1)
    stars(canvas.tone, canvas.tint, spots.astype(np.float32), 52000.0)


def _land(canvas: Canvas, *, shot: Shot, shore: float) -> None:
    """Cover the far shore with hills that hide where sky and water meet."""
    grid = canvas.grid
    foot = grid.pixel_y(shore)
    end = int(foot) // 2 * 2
    for depth, (tall, top) in enumerate(((0.13, 0.034), (0.05, 0.006))):
        edge = (foot - _ridge(grid.size, shot.seed, depth) * tall * grid.short).astype(
            np.float32
        )
        shade = (top * FULL, (top * 1.6) * FULL, 0.06 * grid.short)
        below(canvas.tone[:end], canvas.tint[: end // 2], edge, shade, 13000.0)


@lru_cache(maxsize=8)
def _ridge(size: Size, seed: int, depth: int) -> Numbers:
    x = np.arange(size.width) / min(size.width, size.height)
    line = line_noise(seed + 60 + depth, slope=1.7 - 0.4 * depth, coarsest=4, finest=400)
    rough = along(line, (x * (0.16 + 0.1 * depth) + 0.3).astype(np.float32)).astype(np.float64)
    return np.clip(rough * 1.3 - 0.15, 0.06, None)


def _town(canvas: Canvas, now: Moment, *, shot: Shot, shore: float) -> None:
    """Draw the lights of a town along the shore, and their pillars in the water."""
    grid = canvas.grid
    unit = grid.short / 1080
    count = 70
    luck = chances(shot.seed + 12, 4 * count).reshape(4, count)
    heart = 0.5 + 0.6 * (luck[3, 0] - 0.5)
    across = heart + (luck[0] - 0.5) * (0.12 + 0.9 * luck[1] ** 2)
    high = grid.pixel_y(shore) - (1.5 + 9.0 * luck[2] ** 3) * unit
    bright = (0.12 + 0.6 * luck[1] ** 3) * (0.8 + 0.3 * now.pulse * (luck[3] > 0.5))
    spots = np.stack(
        [across * grid.size.width, high, (1.0 + 0.8 * luck[1]) * unit, bright * FULL], axis=-1
    )
    stars(canvas.tone, canvas.tint, spots.astype(np.float32), 50000.0)
    ways = np.zeros((count, 6, 4), np.float32)
    deep = np.linspace(0.0, 1.0, 6) * (0.03 + 0.05 * luck[2][:, None]) * grid.short
    waver = np.sin(deep / unit * 0.25 - 2.0 * now.time_s + 6.28 * luck[3][:, None])
    ways[:, :, 0] = spots[:, :1] + waver * 1.6 * unit
    ways[:, :, 1] = grid.pixel_y(shore) + 2.0 * unit + deep
    ways[:, :, 2] = 1.7 * unit + 0.6
    ways[:, :, 3] = 0.34 * spots[:, 3:] * np.linspace(1.0, 0.0, 6)
    threads(canvas.tone, canvas.tint, ways, np.full(count, 50000.0, np.float32))
