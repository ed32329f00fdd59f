"""Kaleidoscope: crystals of glass that turn between mirrors, a jewel that folds and blooms.

Energy turns the crystals, so that they meet and part from their images; each listens to its own
part of the spectrum. A kick opens the whole flower, bass lights its heart, a snare runs through
the crystals from the middle outwards, hats sparkle on their tips. A drop has more mirrors.

Only a quarter is drawn: the mirrors' number is even, so the rest is its image.
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
    grid_of,
    spread,
)
from mvpipe.engine.scenes.feel import scaled
from mvpipe.engine.scenes.glass import panes
from mvpipe.engine.scenes.noise import Texture, chances, cloud, sample_row
from mvpipe.engine.scenes.scene import Moment, Pictures
from mvpipe.engine.scenes.shapes import stars
from mvpipe.engine.scenes.threads import threads
from mvpipe.model.catalogue import SceneCard
from mvpipe.model.media import Size
from mvpipe.model.music import SectionKind
from mvpipe.model.timeline import Shot

Numbers = NDArray[np.float64]
Glass = tuple[float, float, float, float]

_CRYSTALS = 9
_MIRRORS = (6, 8, 4)


class Kaleidoscope:
    """Variant 0 is a star of long crystals, 1 a rose window of petals, 2 a lattice of both."""

    card = SceneCard(
        name="kaleidoscope",
        title="Kaleidoscope",
        words=(
            "kaleidoscope", "mandala", "crystal", "crystals", "jewel", "diamond", "gem",
            "symmetry", "symmetric", "rose window", "snowflake", "geometry", "prism", "facets",
            "sacred geometry", "万花筒", "曼陀罗", "水晶", "宝石", "钻石", "对称", "雪花",
            "棱镜", "玫瑰窗",
        ),
        calm=0.55,
        fierce=0.7,
        variants=3,
    )  # fmt: skip

    def draw(self, planes: Planes, moment: Moment, shot: Shot, pictures: Pictures) -> None:
        """Draw a quarter: smoke on its grid, glass and lines at full size; then mirror it."""
        del pictures
        now = scaled(moment, shot)
        canvas = canvas_of(planes.size)
        part = _quarter(planes.size)
        mirrors = _MIRRORS[shot.variant % 3] + (2 if now.section is SectionKind.DROP else 0)
        tone, tint = part.grid.empty(), part.grid.empty()
        folded = _folded(planes.size, mirrors)
        depths((tone, tint), folded, cloud(shot.seed % 5), _heart(now))
        spread(part, tone=tone, tint=tint)
        crystals = _crystals(now, shot, mirrors=mirrors)
        _draw_glass(part, crystals, mirrors=mirrors)
        _draw_lines(part, crystals, now, mirrors=mirrors)
        _draw_tips(part, crystals, now, mirrors=mirrors)
        unfold(part.tone, out=canvas.tone)
        unfold(part.tint, out=canvas.tint)
        finish(canvas, planes, shot=shot, frame_s=now.time_s)


def _quarter(size: Size) -> Canvas:
    """Return a canvas for the lower right quarter; its grid's places are the whole frame's."""
    grid = _quarter_grid(size)
    return Canvas(
        grid=grid,
        tone=np.empty((grid.size.height, grid.size.width), np.uint16),
        tint=np.empty((grid.size.height // 2, grid.size.width // 2), np.uint16),
    )


@lru_cache(maxsize=8)
def _quarter_grid(size: Size) -> Grid:
    whole = grid_of(size)
    left, top = size.width // 4 * 2, size.height // 4 * 2
    part = Size(size.width - left, size.height - top)
    columns = np.arange(-(-part.width // whole.cell) + 3) - 1
    rows = np.arange(-(-part.height // whole.cell) + 3) - 1
    return Grid(
        size=part,
        cell=whole.cell,
        x=((columns * whole.cell + left - size.width / 2) / whole.short).astype(np.float32),
        y=((rows * whole.cell + top - size.height / 2) / whole.short).astype(np.float32),
        half_width=whole.half_width,
        half_height=whole.half_height,
        short=whole.short,
    )


def _column(grid: Grid, x: Numbers) -> Numbers:
    """Return pixel columns of a quarter for places in the whole frame's unit."""
    return (x - float(grid.x[1])) * grid.short


def _row(grid: Grid, y: Numbers) -> Numbers:
    return (y - float(grid.y[1])) * grid.short


def unfold(part: Tone, *, out: Tone) -> None:
    """Fill `out` from its lower right quarter, mirrored across both axes."""
    top, left = out.shape[0] - part.shape[0], out.shape[1] - part.shape[1]
    out[top:, left:] = part
    middle = out.shape[1] // 2
    out[top:, :middle] = out[top:, ::-1][:, :middle]
    out[: out.shape[0] // 2] = out[::-1][: out.shape[0] // 2]


def _heart(now: Moment) -> Glass:
    """Return the smoke's numbers: its light, the heart's, both clocks."""
    return (
        0.30 + 0.30 * now.energy + 0.10 * now.pulse,
        0.14 + 0.22 * now.bass + 0.36 * now.kick,
        now.travel * 0.024 + now.time_s * 0.006,
        now.travel * 0.05,
    )


@lru_cache(maxsize=8)
def _folded(size: Size, mirrors: int) -> tuple[Field, Field, Field]:
    """Return each sample's squared distance from the heart, and its place in a wedge."""
    grid = _quarter_grid(size)
    x, y = np.meshgrid(grid.x.astype(np.float64), grid.y.astype(np.float64))
    r = np.hypot(x, y) + 0.0001
    part = np.arctan2(y, x) / (2.0 * np.pi) * mirrors
    off = np.abs(part - np.round(part)) * (2.0 * np.pi / mirrors)
    away, u, v = ((r * r), r * np.cos(off), r * np.sin(off))
    return away.astype(np.float32), u.astype(np.float32), v.astype(np.float32)


@kernel
def depths(
    fields: Axes, folded: tuple[Field, Field, Field], rough: Texture, glass: Glass
) -> None:
    """Fill tone and tint, float32 (rows, columns), with mirrored smoke lit by a heart. 0.3 ms.

    `folded` is each sample's squared distance and its place between the mirrors; `glass` the
    smoke's light, the heart's, and both clocks.
    """
    tone, tint = fields
    away, u, v = folded
    light, heart, clock, spin = (
        np.float32(glass[0]),
        np.float32(glass[1]),
        np.float32(glass[2]),
        np.float32(glass[3]),
    )
    count, one = tone.shape[1], np.float32(1.0)
    room, at = np.empty((4, count), np.float32), np.empty(count, np.uint32)
    us, vs, n, m = room[0], room[1], room[2], room[3]
    for j in range(tone.shape[0]):
        for i in range(count):
            us[i] = u[j, i] * np.float32(0.42) - clock
            vs[i] = v[j, i] * np.float32(0.42) + np.float32(0.2) * clock
        sample_row(rough, us, vs, n, at)
        for i in range(count):
            us[i] = u[j, i] * np.float32(0.9) + np.float32(0.4) * n[i] + clock
            vs[i] = v[j, i] * np.float32(0.9) - spin * np.float32(0.3)
        sample_row(rough, us, vs, m, at)
        for i in range(count):
            square = away[j, i]
            core = one / (one + np.float32(26.0) * square)
            fall = one / (one + np.float32(2.2) * square)
            fold = one - abs(np.float32(2.0) * m[i] - one) * np.float32(1.7)
            fold = max(fold, np.float32(0.0))
            wisp = np.float32(0.5) * n[i] + np.float32(0.35) * fold * fold
            bright = heart * core * core * (np.float32(0.75) + np.float32(0.5) * m[i])
            haze = light * fall * wisp * n[i]
            tone[j, i] = np.float32(0.022) + np.float32(0.55) * haze + bright
            hue = fall * (np.float32(0.42) * n[i] + np.float32(0.30) * m[i])
            hue += np.float32(0.14) + np.float32(0.45) * core
            tint[j, i] = min(hue, np.float32(0.95))


@dataclass(frozen=True, slots=True)
class Crystals:
    """Each crystal's middle (distance and angle), lean, half length and width, light, hue.

    Distances are in the grid's unit, angles in radians; `lean` turns a crystal against the
    ray it stands on; a light of 1 is full, hues run from 0 to 65535.
    """

    far: Numbers
    angle: Numbers
    lean: Numbers
    length: Numbers
    width: Numbers
    light: Numbers
    hue: Numbers


def _crystals(now: Moment, shot: Shot, *, mirrors: int) -> Crystals:
    """Return the crystals of a moment, from the heart outwards."""
    variant = shot.variant % 3
    k = np.arange(_CRYSTALS)
    luck = chances(shot.seed + 61, 6 * _CRYSTALS).reshape(6, _CRYSTALS)
    side = np.where(k % 2 == 0, 1.0, -1.0)
    step = now.travel * 0.16 + now.time_s * 0.025
    angle = 6.28 * luck[0] + side * step * (0.55 + 0.6 * luck[1])
    open_ = 1.0 + 0.05 * now.kick + 0.06 * now.bass + 0.05 * now.rise
    far = (0.06 + 0.105 * k * (0.92 + 0.16 * luck[2])) * open_
    far = far + 0.020 * np.sin(now.time_s * 0.23 + 6.28 * luck[3])
    petals = (k % 3 == 1) if variant == 0 else (k % 2 == 0) if variant == 2 else (k % 3 != 2)
    swing = side * (0.20 + step * 0.35 * luck[4])
    lean = np.where(petals, np.pi / 2 + 0.3 * np.sin(swing), 0.55 * np.sin(swing))
    length = (0.13 + 0.032 * k + 0.06 * luck[5]) * open_
    heard = now.spectrum[np.minimum(31, k * 3 + 1)]
    wave = now.snare * np.exp(-(((far - (1.0 - now.snare) * 0.9) / 0.2) ** 2))
    light = 0.07 + 0.05 * now.energy + 0.24 * heard**1.5 + 0.02 * now.kick + 0.16 * wave
    return Crystals(
        far=far,
        angle=angle,
        lean=lean,
        length=length * np.where(petals, 0.8, 1.05),
        width=length * np.where(petals, 0.42, 0.20) * (1.0 + 0.25 * heard),
        light=light
        * (7.5 / (1.5 + mirrors))
        * np.minimum(0.30 + 1.3 * far, 0.75)
        / (1.0 + 0.45 * far),
        hue=65535.0 * (0.30 + 0.65 * luck[3]),
    )


def _images(crystals: Crystals, mirrors: int, points: Numbers) -> Numbers:
    """Return (crystals, images, points, 2): where points of each crystal lie in every mirror.

    `points` (crystals, points, 2) are along and across each crystal. Images run around the
    heart in order, crystal and reflection in turn.
    """
    c, s = np.cos(crystals.lean)[:, None], np.sin(crystals.lean)[:, None]
    x = crystals.far[:, None] + points[:, :, 0] * c - points[:, :, 1] * s
    y = points[:, :, 0] * s + points[:, :, 1] * c
    wedge = 2.0 * np.pi / mirrors
    half = crystals.angle % wedge
    turns = np.arange(mirrors) * wedge
    both = np.stack([turns + half[:, None], turns + wedge - half[:, None]], axis=-1)
    turn = both.reshape(len(half), -1)[:, :, None]
    flip = np.tile([1.0, -1.0], mirrors)[None, :, None]
    x, y = x[:, None, :], y[:, None, :] * flip
    return np.stack(
        [x * np.cos(turn) - y * np.sin(turn), x * np.sin(turn) + y * np.cos(turn)], axis=-1
    )


def _draw_glass(part: Canvas, crystals: Crystals, *, mirrors: int) -> None:
    """Draw every crystal in every mirror as a pane of cut glass."""
    zero = np.zeros(_CRYSTALS)
    corners = np.stack(
        [
            np.stack([crystals.length, zero], axis=-1),
            np.stack([0.12 * crystals.length, crystals.width], axis=-1),
            np.stack([-0.8 * crystals.length, zero], axis=-1),
            np.stack([0.12 * crystals.length, -crystals.width], axis=-1),
        ],
        axis=1,
    )
    places = _images(crystals, mirrors, corners)
    kites = np.empty((_CRYSTALS, 2 * mirrors, 10), np.float32)
    kites[:, :, 0:8:2] = _column(part.grid, places[..., 0])
    kites[:, :, 1:8:2] = _row(part.grid, places[..., 1])
    kites[:, :, 8] = crystals.light[:, None] * FULL
    kites[:, :, 9] = crystals.hue[:, None]
    panes(part.tone, part.tint, kites.reshape(-1, 10), max(1.0, part.grid.short / 1080))


def _draw_lines(part: Canvas, crystals: Crystals, now: Moment, *, mirrors: int) -> None:
    """Draw the fine stars that join each crystal's tip to its images around the heart."""
    tips = np.stack([crystals.length, np.zeros(_CRYSTALS)], axis=-1)[:, None, :]
    places = _images(crystals, mirrors, tips)[:, :, 0]
    closed = np.concatenate([places, places[:, :1]], axis=1)
    ways = np.empty((_CRYSTALS, 2 * mirrors + 1, 4), np.float32)
    ways[:, :, 0] = _column(part.grid, closed[..., 0])
    ways[:, :, 1] = _row(part.grid, closed[..., 1])
    ways[:, :, 2] = max(1.15, 1.5 * part.grid.short / 1080)
    light = 0.08 + 0.08 * now.energy + 0.06 * now.kick + 0.9 * crystals.light
    ways[:, :, 3] = (light / (1.0 + 1.2 * crystals.far))[:, None] * FULL
    threads(part.tone, part.tint, ways, crystals.hue.astype(np.float32))


def _draw_tips(part: Canvas, crystals: Crystals, now: Moment, *, mirrors: int) -> None:
    """Draw a spark on every tip; hats strike them."""
    tips = np.stack([crystals.length, np.zeros(_CRYSTALS)], axis=-1)[:, None, :]
    places = _images(crystals, mirrors, tips)[:, :, 0].reshape(-1, 2)
    light = np.repeat(0.35 + 1.5 * crystals.light + 0.8 * now.hat, 2 * mirrors)
    unit = part.grid.short / 1080
    spots = np.stack(
        [
            _column(part.grid, places[:, 0]),
            _row(part.grid, places[:, 1]),
            np.full(len(places), (1.6 + 0.9 * now.hat) * unit),
            light * FULL,
        ],
        axis=-1,
    )
    stars(part.tone, part.tint, spots.astype(np.float32), 62000.0)
