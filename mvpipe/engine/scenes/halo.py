"""Halo: a ring of light around a dark core; its rim is drawn by the spectrum.

Bass breathes in the core and the rim, the spectrum raises the rim's strands (mirrored, bass
below and treble above), a kick flares the ring and sends an echo outwards, accents throw rays,
hats strike the dust. Energy speeds the gas. The middle stays calm for a title.
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
    grid_of,
    spread,
)
from mvpipe.engine.scenes.feel import scaled
from mvpipe.engine.scenes.noise import (
    Texture,
    along,
    chances,
    cloud,
    line_noise,
    sample_row,
)
from mvpipe.engine.scenes.scene import Moment, Pictures
from mvpipe.engine.scenes.shapes import stars
from mvpipe.engine.scenes.threads import lenses, threads
from mvpipe.model.catalogue import SceneCard
from mvpipe.model.media import Size
from mvpipe.model.timeline import Shot

Numbers = NDArray[np.float64]
Line = NDArray[np.uint16]
Gas = tuple[float, float, float, float]

_DARK = np.float32(24000.0)  # the core's tint
_ROUND = 400  # points around the rim
_STRANDS = (7, 16, 10)


class Halo:
    """Variant 0 is an eclipse with its corona, 1 a ring of silk, 2 ripples of many rims."""

    card = SceneCard(
        name="halo",
        title="Halo",
        words=(
            "halo", "radial spectrum", "eclipse", "ring", "ring of light", "circle", "corona",
            "spectrum", "visualizer", "visualiser", "portal", "orbit", "black hole", "silk",
            "minimal", "光环", "日食", "光圈", "圆环", "频谱", "环形频谱", "可视化", "黑洞",
            "传送门", "丝绸", "极简",
        ),
        calm=0.6,
        fierce=0.75,
        variants=3,
    )  # fmt: skip

    def draw(self, planes: Planes, moment: Moment, shot: Shot, pictures: Pictures) -> None:
        """Draw gas and rays on the grid, then the core, the rim's strands and dust."""
        del pictures
        now = scaled(moment, shot)
        variant = shot.variant % 3
        canvas = canvas_of(planes.size)
        grid = canvas.grid
        radius = _radius(now)
        heard = _heard(now, shot.seed)
        tone, tint = grid.empty(), grid.empty()
        gas = (radius, *_gas(now, variant=variant))
        around = (_reach(heard, now, variant=variant), _rays(now, shot.seed))
        corona((tone, tint), _polar(planes.size), cloud(shot.seed % 5), around, gas)
        spread(canvas, tone=tone, tint=tint)
        _dust(canvas, now, shot=shot, radius=radius)
        _core(canvas, now, radius=radius)
        _rim(canvas, now, heard=heard, radius=radius, variant=variant)
        finish(canvas, planes, shot=shot, frame_s=now.time_s)


def _radius(now: Moment) -> float:
    """Return the core's radius in the grid's unit: it breathes with the bass."""
    return 0.262 * (1.0 + 0.045 * now.bass + 0.030 * now.kick + 0.02 * now.rise)


def _gas(now: Moment, *, variant: int) -> tuple[float, float, float]:
    """Return the gas's light, the clock it streams by, and the light inside the core."""
    light = (0.62, 0.34, 0.40)[variant] * (0.45 + 0.55 * now.energy + 0.40 * now.kick)
    return light, now.travel * 0.045 + now.time_s * 0.012, 0.05 + 0.10 * now.bass


@lru_cache(maxsize=2)
def _bells() -> Numbers:
    """Return how much each of 32 bands counts at each point around, (points, 32).

    A row adds up to 1. Point 0 lies to the right and points run clockwise. Bass lies at
    the bottom, treble on top, the same on the left and the right.
    """
    turn = np.arange(_ROUND) / _ROUND * 2.0 * np.pi
    band = np.abs((turn - np.pi / 2 + np.pi) % (2.0 * np.pi) - np.pi) / np.pi * 30.0
    bells = np.exp(-0.5 * ((band[:, None] - np.arange(32)[None, :]) / 0.85) ** 2)
    weights: Numbers = bells / bells.sum(axis=1, keepdims=True)
    return weights


def _heard(now: Moment, seed: int) -> Numbers:
    """Return how loud the music is in each direction, about 0 to 1, smooth and mirrored."""
    level = _bells() @ now.spectrum.astype(np.float64)
    high = np.sin(np.arange(_ROUND) / _ROUND * 2.0 * np.pi)  # 1 at the bottom
    lifted = level * (1.0 + 0.35 * (1.0 - high)) ** 1.2
    mean = lifted.mean()
    grain = along(line_noise(seed % 7, slope=0.9, coarsest=6, finest=80), _mirror(now))
    heard: Numbers = np.clip(mean + 1.6 * (lifted - mean), 0.0, 1.4) * (0.72 + 0.56 * grain)
    return heard


def _mirror(now: Moment) -> NDArray[np.float32]:
    turn = np.arange(_ROUND) / _ROUND * 2.0 * np.pi
    side = np.abs((turn - np.pi / 2 + np.pi) % (2.0 * np.pi) - np.pi) / (2.0 * np.pi)
    return (side + 0.012 * now.travel + 0.004 * now.time_s).astype(np.float32)


def _reach(heard: Numbers, now: Moment, *, variant: int) -> Field:
    """Return how far the corona reaches in each of the directions around."""
    wide = 0.07 + (0.30 if variant == 0 else 0.16) * heard + 0.05 * now.kick
    return np.append(wide, wide[0]).astype(np.float32)


def _rays(now: Moment, seed: int) -> Field:
    """Return how bright the ray is in each of 1024 directions."""
    turn = (np.arange(1024) / 1024).astype(np.float32)
    wide = along(line_noise(seed + 5, slope=0.6, coarsest=4, finest=40), turn)
    fine = along(line_noise(seed + 6, slope=0.3, coarsest=9, finest=110), turn)
    sharp = np.clip(wide - 0.40, 0.0, 1.0) * np.clip(fine - 0.35, 0.0, 1.0) * 5.0
    light = 0.10 + 0.16 * now.energy + 0.75 * now.accent + 0.25 * now.snare
    rays: Field = (sharp * light).astype(np.float32)
    return rays


@lru_cache(maxsize=4)
def _polar(size: Size) -> Axes:
    """Return each grid sample's distance from the middle and its angle, 0 to 1 clockwise."""
    grid = grid_of(size)
    x, y = np.meshgrid(grid.x, grid.y)
    turn = (np.arctan2(y, x) / (2.0 * np.pi)) % 1.0
    return np.hypot(x, y) + np.float32(1e-4), turn.astype(np.float32)


@kernel
def corona(  # noqa: PLR0915 (one hot loop)
    fields: Axes, polar: Axes, rough: Texture, around: tuple[Field, Field], gas: Gas
) -> None:
    """Fill tone and tint, float32 (rows, columns), with what streams away from a core. 1 ms.

    `polar` is each sample's distance and angle; `around` the corona's reach (points + 1) and
    the rays' light (1024);
    `gas` its radius, the gas's light, the clock it streams by, and the light in the core.
    """
    tone, tint = fields
    away, turns = polar
    reach, rays = around
    radius, light, clock, inner = (
        np.float32(gas[0]),
        np.float32(gas[1]),
        np.float32(gas[2]),
        np.float32(gas[3]),
    )
    count = tone.shape[1]
    room = np.empty((6, count), np.float32)
    us, vs, n, m, wide, beam = room[0], room[1], room[2], room[3], room[4], room[5]
    at, one = np.empty(count, np.uint32), np.float32(1.0)
    slow, fast = clock, np.float32(1.4) * clock
    for j in range(tone.shape[0]):
        for i in range(count):
            us[i] = turns[j, i] * np.float32(3.0)
            vs[i] = np.sqrt(away[j, i]) * np.float32(0.62) - slow
        sample_row(rough, us, vs, n, at)
        for i in range(count):
            us[i] = turns[j, i] * np.float32(11.0) + np.float32(0.15) * n[i]
            vs[i] = np.sqrt(away[j, i]) * np.float32(0.30) - fast
        sample_row(rough, us, vs, m, at)
        aimed(turns[j], (reach, rays), (wide, beam))
        for i in range(count):
            out = max(away[j, i] - radius, np.float32(0.0))
            near = wide[i] / (wide[i] + out)
            ray = beam[i] / (one + np.float32(5.0) * out)
            streak = n[i] * np.float32(0.5) + m[i] * m[i] * np.float32(1.3)
            body = light * near * (np.float32(0.30) + np.float32(1.5) * streak * streak)
            bright = near * (body + ray * (np.float32(0.22) + np.float32(0.5) * m[i]))
            level = bright + np.float32(0.030) * n[i] * n[i] + np.float32(0.010)
            hue = np.float32(0.09) + np.float32(0.62) * near + np.float32(0.22) * m[i]
            part = min(away[j, i] / radius, one)
            deep = part * part * part
            within = away[j, i] < radius
            core = np.float32(0.012) + inner * deep * deep
            tone[j, i] = core if within else level
            dark = np.float32(0.22) + np.float32(0.2) * deep
            tint[j, i] = dark if within else min(hue, np.float32(0.95))


@kernel
def aimed(turns: Field, around: tuple[Field, Field], found: tuple[Field, Field]) -> None:
    """Fill `found` with the corona's reach and the ray's light at each angle of a row."""
    reach, rays = around
    wide, beam = found
    points, last = np.float32(len(reach) - 1), len(reach) - 2
    for i in range(turns.shape[0]):
        place = turns[i] * points
        k = min(int(place), last)
        wide[i] = reach[k] + (reach[k + 1] - reach[k]) * (place - np.float32(k))
        beam[i] = rays[int(turns[i] * np.float32(1024.0)) & 1023]


def _core(canvas: Canvas, now: Moment, *, radius: float) -> None:
    """Cut the core out sharply, so that the glow stands behind it."""
    grid = canvas.grid
    place = (grid.pixel_x(0.0), grid.pixel_y(0.0), radius * grid.short)
    hollow(canvas.tone, canvas.tint, place, (0.010 * FULL, (0.10 + 0.16 * now.bass) * FULL))


@kernel
def hollow(
    tone: Tone, tint: Tone, place: tuple[float, float, float], levels: tuple[float, float]
) -> None:
    """Cover a disc at x, y, radius with a dark that brightens from its middle to its edge."""
    height, width = tone.shape
    cx, cy, radius = place
    for y in range(max(0, int(cy - radius - 1)), min(height, int(cy + radius + 2))):
        dy = y + 0.5 - cy
        across = np.sqrt(max((radius + 1.0) * (radius + 1.0) - dy * dy, 0.0))
        first, last = max(0, int(cx - across)), min(width, int(cx + across) + 1)
        numbers = (np.float32(cx - 0.5), np.float32(dy * dy), np.float32(radius))
        fill(tone[y], (first, last), numbers, (np.float32(levels[0]), np.float32(levels[1])))
        if y & 1 == 0 and y >> 1 < tint.shape[0]:
            tinted = min((last + 1) >> 1, tint.shape[1])
            inside = np.float32(cx / 2 - 0.25), np.float32(dy * dy / 4), np.float32(radius / 2)
            fill(tint[y >> 1], ((first + 1) >> 1, tinted), inside, (_DARK, np.float32(0.0)))


@kernel
def fill(
    row: Line,
    span: tuple[int, int],
    circle: tuple[np.float32, np.float32, np.float32],
    levels: tuple[np.float32, np.float32],
) -> None:
    """Cover a span of one row with a disc's levels. 0.3 ns a pixel.

    `circle` is the column of its middle, the square of how far above or below that the row
    lies, and its radius.
    """
    middle, down, radius = circle
    inverse = np.float32(1.0) / (radius * radius)
    one, zero = np.float32(1.0), np.float32(0.0)
    covered = row[span[0] : span[1]]  # from 0 on, which compiles to vector code
    middle -= np.float32(span[0])
    for x in range(covered.shape[0]):
        dx = np.float32(x) - middle
        square = dx * dx + down
        part = min(square * inverse, one)
        cube = part * part * part
        cover = min(max(radius - np.sqrt(square) + np.float32(0.5), zero), one)
        was = np.float32(covered[x])
        level = levels[0] + levels[1] * cube * cube
        covered[x] = np.uint16(np.int32(was + (level - was) * cover))


def _rim(canvas: Canvas, now: Moment, *, heard: Numbers, radius: float, variant: int) -> None:
    """Draw the bright limb, and around it the strands that the spectrum raises."""
    limb = np.full((1, _ROUND), radius * 1.004)
    flare = 0.50 + 0.30 * now.energy + 0.55 * now.kick
    lit = flare * (0.55 + 0.75 * heard)[None, :]
    _loops(canvas, limb, lit, widths=np.array([2.6]), hues=np.array([60000.0]))
    shapes = (_echoes, _silk, _ripples)[variant]
    radii, levels = shapes(now, heard, radius)
    count = len(radii)
    hues = np.linspace(58000.0, 30000.0, count)
    _loops(canvas, radii, levels, widths=np.full(count, 1.55), hues=hues)


def _echoes(now: Moment, heard: Numbers, radius: float) -> tuple[Numbers, Numbers]:
    """Return fine rims, each further out, larger and fainter than the one before."""
    k = np.arange(_STRANDS[0])[:, None]
    lag = 1.0 + 0.6 * k
    smooth = np.stack([_softened(heard, 1 + 3 * n) for n in range(_STRANDS[0])])
    radii = radius * (1.012 + 0.030 * k + (0.085 * lag) * smooth + 0.02 * now.kick * lag)
    levels = (0.62 + 0.4 * now.kick) * 0.80**k * (0.25 + 0.75 * smooth)
    return radii, levels


def _silk(now: Moment, heard: Numbers, radius: float) -> tuple[Numbers, Numbers]:
    """Return strands that twist around one another like a ring of silk."""
    turn = np.arange(_ROUND)[None, :] / _ROUND * 2.0 * np.pi
    k = np.arange(_STRANDS[1])[:, None] / _STRANDS[1]
    clock = now.travel * 0.55 + now.time_s * 0.12
    twist = k * 2.9
    a = np.sin(3.0 * turn + twist + clock)
    b = np.sin(5.0 * turn - 1.6 * twist - 0.8 * clock + 1.0)
    c = np.sin(2.0 * turn + 2.2 * twist + 0.5 * clock + 4.0)
    loud = _softened(heard, 9)[None, :]
    swell = 0.075 + 0.035 * now.bass + 0.03 * now.kick
    lift = 0.03 + swell * (2.0 + a + 0.5 * b + 0.6 * c)
    radii = radius * (1.0 + lift + (0.20 + 0.10 * k) * loud)
    facing = 0.5 + 0.5 * np.cos(3.0 * turn + twist + clock)
    levels = (0.50 + 0.30 * now.energy + 0.35 * now.kick) * (0.22 + facing**2) * (1.0 - 0.6 * k)
    return radii, levels


def _ripples(now: Moment, heard: Numbers, radius: float) -> tuple[Numbers, Numbers]:
    """Return rims that run outwards, a new one on each beat, each with the music's outline."""
    count = _STRANDS[2]
    phase = now.beat - np.floor(now.beat + 1e-9)
    age = (np.arange(count)[:, None] + phase) / count
    smooth = np.stack([_softened(heard, 2 + 2 * n) for n in range(count)])
    out = 1.0 + 1.9 * age**1.25
    radii = radius * (out + 0.22 * smooth * (0.4 + 1.4 * age))
    levels = (0.95 + 0.5 * now.kick) * (1.0 - age) ** 2.2 * np.clip(age * count * 3.0, 0, 1)
    return radii, levels * (0.18 + 0.9 * smooth)


def _softened(heard: Numbers, reach: int) -> Numbers:
    """Return levels around a ring, blurred over `reach` points either way."""
    bell = np.hanning(2 * reach + 3)[1:-1]
    padded = np.concatenate([heard[-reach:], heard, heard[:reach]])
    return np.convolve(padded, bell / bell.sum(), mode="valid")


def _loops(
    canvas: Canvas, radii: Numbers, levels: Numbers, *, widths: Numbers, hues: Numbers
) -> None:
    """Draw closed threads around the middle from their radius and light at each point."""
    grid = canvas.grid
    unit = grid.short / 1080
    turn = np.arange(_ROUND) / _ROUND * 2.0 * np.pi
    ways = np.empty((len(radii), _ROUND, 4), np.float32)
    ways[:, :, 0] = grid.pixel_x(0.0) + radii * np.cos(turn) * grid.short
    ways[:, :, 1] = grid.pixel_y(0.0) + radii * np.sin(turn) * grid.short
    ways[:, :, 2] = np.maximum(widths * unit, 1.1)[:, None]
    ways[:, :, 3] = levels * FULL
    closed = np.concatenate([ways, ways[:, :1]], axis=1)
    threads(canvas.tone, canvas.tint, closed, hues.astype(np.float32))


def _dust(canvas: Canvas, now: Moment, *, shot: Shot, radius: float) -> None:
    """Draw motes that the ring blows outwards, some close before the lens."""
    grid = canvas.grid
    count = 300
    luck = chances(shot.seed + 41, 5 * count).reshape(5, count)
    done = (luck[0] + now.travel * (0.020 + 0.03 * luck[1]) + now.time_s * 0.004) % 1.0
    far = radius * 0.98 + done**1.3 * 1.1 * max(grid.half_width, grid.half_height)
    turn = luck[2] * 2.0 * np.pi + 0.25 * done + now.travel * 0.01
    fade = np.clip(done * 8.0, 0.0, 1.0) * np.clip((1.0 - done) * 3.0, 0.0, 1.0)
    struck = 1.2 * now.hat * (luck[3] > 0.72) + 0.3 * now.kick
    bright = fade * (0.10 + 0.6 * luck[4] ** 4) * (0.7 + struck)
    unit = grid.short / 1080
    spots = np.stack(
        [
            grid.pixel_x(0.0) + far * np.cos(turn) * grid.short,
            grid.pixel_y(0.0) + far * np.sin(turn) * grid.short,
            unit * (0.9 + 1.1 * luck[4] ** 6 + 0.7 * done),
            bright * FULL,
        ],
        axis=-1,
    ).astype(np.float32)
    stars(canvas.tone, canvas.tint, spots[14:], 56000.0)
    near = spots[:14].copy()
    near[:, 2] = (5.0 + 20.0 * luck[1, :14] ** 2) * unit
    near[:, 3] = 0.06 * fade[:14] * (0.6 + now.energy + now.bass) * FULL
    lenses(canvas.tone, canvas.tint, near, np.full(14, 44000.0, np.float32))
