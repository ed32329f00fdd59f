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
from mvpipe.engine.scenes.noise import Texture, chances, cloud, sample, turn_of
from mvpipe.engine.scenes.scene import Moment, Pictures
from mvpipe.engine.scenes.shapes import stars
from mvpipe.engine.scenes.threads import threads
from mvpipe.model.catalogue import SceneCard
from mvpipe.model.media import Size
from mvpipe.model.music import SectionKind
from mvpipe.model.timeline import Shot

Numbers = NDArray[np.float64]
Glass = tuple[float, float, float, float, float]

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
        depths(
            (tone, tint), (part.grid.x, part.grid.y), cloud(shot.seed % 5), _heart(now, mirrors)
        )
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


def _heart(now: Moment, mirrors: int) -> Glass:
    """Return the smoke's numbers: mirrors, its light, the heart's, both clocks."""
    return (
        float(mirrors),
        0.30 + 0.30 * now.energy + 0.10 * now.pulse,
        0.14 + 0.22 * now.bass + 0.36 * now.kick,
        now.travel * 0.024 + now.time_s * 0.006,
        now.travel * 0.05,
    )


@kernel
def depths(fields: Axes, axes: Axes, rough: Texture, glass: Glass) -> None:
    """Fill tone and tint, float32 (rows, columns), with mirrored smoke lit by a heart. 1 ms."""
    tone, tint = fields
    xs, ys = axes
    mirrors, light, heart, clock, spin = glass
    for j in range(tone.shape[0]):
        for i in range(tone.shape[1]):
            r = np.sqrt(xs[i] * xs[i] + ys[j] * ys[j]) + 0.0001
            part = turn_of(ys[j], xs[i]) * mirrors
            off = abs(part - np.floor(part + 0.5)) * (2.0 * np.pi / mirrors)
            square = off * off
            u = r * (1.0 - square * (0.5 - square / 24.0))
            v = r * off * (1.0 - square / 6.0)
            n = sample(rough, u * 0.42 - clock, v * 0.42 + 0.2 * clock)
            m = sample(rough, u * 0.9 + 0.4 * n + clock, v * 0.9 - spin * 0.3)
            core = 1.0 / (1.0 + 26.0 * r * r)
            fall = 1.0 / (1.0 + 2.2 * r * r)
            fold = max(1.0 - abs(2.0 * m - 1.0) * 1.7, 0.0)
            haze = light * fall * (0.5 * n * n + 0.35 * fold * fold * n)
            tone[j, i] = 0.022 + 0.55 * haze + heart * core * core * (0.75 + 0.5 * m)
            tint[j, i] = min(0.14 + 0.42 * fall * n + 0.30 * m * fall + 0.45 * core, 0.95)


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


@kernel
def panes(tone: Tone, tint: Tone, kites: Field, unit: float) -> None:
    """Add panes of cut glass; `kites` is float32 (n, 10): four corners, light, hue.

    The ridge runs from the first corner to the third; its two sides catch light differently,
    edges and ridge shine. `unit` is the width of a fine line. 2 ns a covered pixel.
    """
    height, width = tone.shape
    added = np.empty(width, np.float32)
    edge = np.empty((4, 3), np.float32)
    for n in range(kites.shape[0]):
        kite = kites[n]
        top, bottom = kite[1:8:2].min(), kite[1:8:2].max()
        left, right = kite[0:8:2].min(), kite[0:8:2].max()
        if bottom < 0 or top > height or right < 0 or left > width:
            continue
        bound(kite, edge)
        for y in range(max(0, int(top - 1)), min(height, int(bottom) + 2)):
            start, end = span(edge, y + 0.5, (left - 1, right + 1))
            start, end = max(start, 0), min(end, width)
            if start < end:
                glaze(added, (start, end), kite, edge, (y + 0.5, unit))
                lay(tone, tint, added, (y, start, end), kite[9])


@kernel
def bound(kite: Field, edge: Field) -> None:
    """Fill `edge`, float32 (4, 3), so that a x + b y + c is the distance inside each side."""
    across = (kite[4] - kite[0]) * (kite[3] - kite[7]) - (kite[5] - kite[1]) * (
        kite[2] - kite[6]
    )
    sign = np.float32(1.0) if across < 0.0 else np.float32(-1.0)
    for k in range(4):
        m = (2 * k + 2) % 8
        dx, dy = kite[m] - kite[2 * k], kite[m + 1] - kite[2 * k + 1]
        scale = sign / max(np.sqrt(dx * dx + dy * dy), np.float32(1e-3))
        edge[k, 0], edge[k, 1] = -dy * scale, dx * scale
        edge[k, 2] = (kite[2 * k] * dy - kite[2 * k + 1] * dx) * scale


@kernel
def span(edge: Field, y: float, ends: tuple[float, float]) -> tuple[int, int]:
    """Return the columns of one row, from and to, that lie inside all four sides."""
    first, last = ends
    for k in range(4):
        slope, rest = edge[k, 0], edge[k, 1] * np.float32(y) + edge[k, 2]
        if slope > 1e-4:
            first = max(first, (np.float32(-0.5) - rest) / slope - np.float32(0.5))
        elif slope < -1e-4:
            last = min(last, (np.float32(-0.5) - rest) / slope - np.float32(0.5))
    return int(np.ceil(first)), int(np.floor(last)) + 1


@kernel
def glaze(
    added: Field,
    ends: tuple[int, int],
    kite: Field,
    edge: Field,
    row: tuple[float, float],
) -> None:
    """Fill `added` with the light of one row of a pane; `row` is its y and a line's width."""
    y, unit = np.float32(row[0]), row[1]
    thin = np.float32(1.0 / (1.1 * unit))
    a, b, c, d = edge[0, 0], edge[1, 0], edge[2, 0], edge[3, 0]
    ra, rb = edge[0, 1] * y + edge[0, 2], edge[1, 1] * y + edge[1, 2]
    rc, rd = edge[2, 1] * y + edge[2, 2], edge[3, 1] * y + edge[3, 2]
    rx, ry = kite[4] - kite[0], kite[5] - kite[1]
    along = np.float32(1.0) / max(np.sqrt(rx * rx + ry * ry), np.float32(1e-3))
    rx, ry = rx * along, ry * along
    ro, rt = rx * (y - kite[1]), ry * (y - kite[1])
    one, zero, half = np.float32(1.0), np.float32(0.0), np.float32(0.5)
    for x in range(ends[0], ends[1]):
        px = np.float32(x) + half
        near = min(a * px + ra, b * px + rb, c * px + rc, d * px + rd)
        across = ro - ry * (px - kite[0])
        t = (rx * (px - kite[0]) + rt) * along
        cover = min(max(near + half, zero), one)
        side = min(max(across + half, zero), one)
        rim = max(one - abs(near - one) * thin, zero)
        soft = one / (one + near * near * np.float32(0.012))
        ridge = max(one - abs(across) * thin, zero)
        body = (np.float32(0.26) + np.float32(0.42) * side) * (
            np.float32(0.35) + np.float32(0.9) * t
        )
        shine = body + np.float32(1.5) * rim + np.float32(0.45) * soft + half * ridge
        added[x] = max(kite[8] * cover * shine, zero)


@kernel
def lay(tone: Tone, tint: Tone, added: Field, place: tuple[int, int, int], hue: float) -> None:
    """Add one row's light; `place` is the row and the columns from and to."""
    y, start, end = place
    for x in range(start, end):
        level = np.float32(tone[y, x]) + added[x]
        tone[y, x] = np.uint16(min(level, np.float32(65535.0)))
    k = y >> 1
    if (y & 1) == 0 and k < tint.shape[0]:
        for i in range((start + 1) >> 1, min((end + 1) >> 1, tint.shape[1])):
            after = np.float32(tone[y, 2 * i]) + np.float32(1.0)
            share = min(added[2 * i] / after, np.float32(1.0))
            was = np.float32(tint[k, i])
            tint[k, i] = np.uint16(was + (hue - was) * share)


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
