"""Drops of water on glass: where they sit, how they run, how each bends what lies behind."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from mvpipe.engine.kernel import kernel
from mvpipe.engine.scenes.canvas import FULL, Axes, Field, Grid, Tone
from mvpipe.engine.scenes.noise import along, chances, line_noise
from mvpipe.engine.scenes.scene import Moment

Numbers = NDArray[np.float64]
Cells = NDArray[np.uint32]
Line = NDArray[np.uint16]

_SMALL, _BIG, _RUNNERS, _LEFT = 1900, 130, 13, 20


def beads(grid: Grid, time_s: float, *, seed: int, size: float) -> Numbers:
    """Return the drops that stay, (n, 4): x, y, radius in pixels, height over width.

    Each grows and dries in its own half minute and comes back elsewhere.
    """
    luck = _luck(seed)
    life = luck[3] + time_s / (24.0 + 22.0 * luck[4])
    age = life - np.floor(life)
    x = (luck[0] + np.floor(life) * 0.618034) % 1.0 * grid.size.width
    y = (luck[1] + np.floor(life) * 0.754878) % 1.0 * grid.size.height
    grown = np.minimum(1.0, np.minimum(age * 9.0, (1.0 - age) * 6.0)) ** 0.5
    small = 0.0012 + 0.0046 * luck[2] ** 4
    big = 0.0060 + 0.0135 * luck[2] ** 2.5
    radius = np.where(np.arange(len(age)) < _SMALL, small, big) * size * grown * grid.short
    area = grid.half_width * grid.half_height * 4.0 / 1.78
    shown = luck[5] < area**0.5 / size  # as dense in every shape
    still: Numbers = np.stack([x, y, radius, 1.0 + 0.25 * luck[4]], axis=-1)[shown]
    return still


@lru_cache(maxsize=8)
def _luck(seed: int) -> Numbers:
    return chances(seed + 33, 6 * (_SMALL + _BIG)).reshape(6, -1)


def runners(
    grid: Grid, now: Moment, *, seed: int, slant: float, size: float
) -> tuple[Numbers, Field]:
    """Return the running drops with what they leave behind, as `beads`, and their wet tracks.

    Tracks are bands for `ribbons`. A drop stops and slips on its way; when it has left the
    frame it comes again somewhere else.
    """
    clock = 0.030 * now.time_s + 0.050 * now.travel
    luck = _pace(seed)
    turns = luck[:, 0] + clock * (0.6 + 0.9 * luck[:, 1])
    runs = [
        _run(grid, float(turn), seed=seed + n, slant=slant, size=size)
        for n, turn in enumerate(turns)
    ]
    return _behind(grid, runs)[::-1], _tracks(grid, now, runs)


@lru_cache(maxsize=8)
def _pace(seed: int) -> Numbers:
    """Return where in its run each running drop begins, and how fast it is."""
    return chances(seed + 55, 3 * _RUNNERS).reshape(_RUNNERS, 3)


@dataclass(frozen=True, slots=True)
class Run:
    """One drop's run: its head's row, its radius, the column it started from, its path.

    Lengths are in the grid's unit; `turn` counts its runs so far.
    """

    head: float
    radius: float
    start: float
    slant: float
    seed: int
    turn: int


def _run(grid: Grid, turn: float, *, seed: int, slant: float, size: float) -> Run:
    own = _own(seed * 1009 + int(turn) * 131)
    way = turn % 1.0
    way += 0.026 * math.sin(2.0 * math.pi * 5.0 * way + 6.28 * own[1])
    return Run(
        head=-grid.half_height - 0.05 + way * (2.0 * grid.half_height + 0.75),
        radius=(0.0095 + 0.0085 * own[2]) * size,
        start=(own[0] - 0.5) * (2.0 * grid.half_width + slant),
        slant=slant,
        seed=seed,
        turn=int(turn),
    )


@lru_cache(maxsize=64)
def _own(seed: int) -> tuple[float, float, float]:
    first, second, third = chances(seed, 3)
    return float(first), float(second), float(third)


def _behind(grid: Grid, runs: list[Run]) -> Numbers:
    """Return the running drops and what each left on its path, which dries."""
    heads = np.array([[run.head] for run in runs])
    radii = np.array([[run.radius] for run in runs])
    gap, steps = 2.3 * radii, np.arange(_LEFT)
    rows = np.floor(heads / gap) * gap - gap * steps
    places = (rows / gap + [[31 * run.turn] for run in runs]).astype(np.int64) % 257
    left = np.stack([_left(run.seed)[own] for run, own in zip(runs, places, strict=True)])
    freed = np.clip((heads - rows) / radii - 1.0, 0.0, 1.0)
    dried = 1.0 - steps / _LEFT
    wet = np.empty((len(runs), _LEFT + 1, 4))
    y = np.concatenate([heads, rows], axis=1)
    wet[:, :, 0] = grid.pixel_x(0.0) + _paths(y, runs) * grid.short
    wet[:, :, 1] = grid.pixel_y(0.0) + y * grid.short
    wet[:, :1, 2] = radii * grid.short
    wet[:, 1:, 2] = radii * (0.14 + 0.34 * left**2) * dried * freed * grid.short
    wet[:, :, 3] = np.where(np.arange(_LEFT + 1) == 0, 1.55, 1.2)
    return wet.reshape(-1, 4)


@lru_cache(maxsize=32)
def _left(seed: int) -> Numbers:
    """Return how much water a running drop leaves at each of 257 places."""
    return chances(seed + 700, 257)


@lru_cache(maxsize=16)
def _astray(seed: int) -> Field:
    """Return the line that a drop's path follows; one cache would not hold all of them."""
    return line_noise(seed, slope=1.5, coarsest=3, finest=60)


def _paths(y: Numbers, runs: list[Run]) -> Numbers:
    """Return the column of each drop's path at its rows (runs, n): down, a little astray."""
    astray = np.empty(y.shape)
    turns = (y * 0.17 + [[run.seed * 0.37] for run in runs]).astype(np.float32)
    for own, turn, run in zip(astray, turns, runs, strict=True):
        own[:] = along(_astray(run.seed % 11 + 60), turn)
    starts = np.array([[run.start] for run in runs])
    slants = np.array([[run.slant] for run in runs])
    return starts + 0.10 * (astray - 0.5) - slants * y


def _tracks(grid: Grid, now: Moment, runs: list[Run]) -> Field:
    """Return the wet tracks above the drops as bands, brighter on the hats."""
    fade = np.linspace(0.0, 1.0, 17)
    y = np.array([[run.head] for run in runs]) - 0.55 * (1.0 - fade)
    radii = np.array([[run.radius] for run in runs])
    bands = np.empty((*y.shape, 4), np.float32)
    bands[:, :, 0] = grid.pixel_x(0.0) + _paths(y, runs) * grid.short
    bands[:, :, 1] = grid.pixel_y(0.0) + y * grid.short
    bands[:, :, 2] = radii * (0.25 + 0.55 * fade) * grid.short + 1.0
    bands[:, :, 3] = (0.035 + 0.05 * now.treble + 0.13 * now.hat) * FULL * fade
    return bands


@kernel
def specks(
    tone: Tone, tint: Tone, places: Field, behind: Axes, shine: tuple[float, float, int]
) -> None:
    """Cover drops too small to show a picture: their lower half takes the light above them.

    Arguments are those of `drops`. 3 ns a pixel.
    """
    height, width = tone.shape
    field, hues = behind
    gloss, sight, cell = shine
    one, none = np.float32(1.0), np.float32(0.0)
    for n in range(places.shape[0]):
        cx, cy, radius, tall = places[n, 0], places[n, 1], places[n, 2], places[n, 3]
        if radius < 0.4:
            continue
        i = min(max(int(cx / cell) + 1, 0), field.shape[1] - 1)
        near = min(max(int(cy / cell) + 1, 0), field.shape[0] - 1)
        above = min(max(int((cy - sight * 0.3) / cell) + 1, 0), field.shape[0] - 1)
        under = min(max(int((cy + sight * 0.3) / cell) + 1, 0), field.shape[0] - 1)
        low = np.float32(1.5) * field[above, i] + np.float32(0.7) * field[near, i]
        high = np.float32(0.8) * field[under, i] + np.float32(0.2) * field[near, i]
        bright = (low + np.float32(0.03 + 0.25 * gloss)) * np.float32(32768.0)
        dark = high * np.float32(0.55 * 32768.0)
        long = radius * tall
        hue = np.float32(min(max(hues[near, i], none), one)) * np.float32(65535.0)
        for y in range(max(0, int(cy - long)), min(height, int(cy + long) + 2)):
            v = (np.float32(y) + np.float32(0.5) - cy) / long
            level = min(
                dark + (bright - dark) * max(np.float32(0.35) + v, none), np.float32(65000.0)
            )
            for x in range(max(0, int(cx - radius)), min(width, int(cx + radius) + 2)):
                u = (np.float32(x) + np.float32(0.5) - cx) / radius
                cover = (one - u * u - v * v) * radius * np.float32(0.5) + np.float32(0.5)
                if cover > none:
                    was = np.float32(tone[y, x])
                    cover = min(cover, one)
                    tone[y, x] = np.uint16(was + (level - was) * cover)
                    if (
                        (x | y) & 1 == 0
                        and (y >> 1) < tint.shape[0]
                        and (x >> 1) < tint.shape[1]
                    ):
                        old = np.float32(tint[y >> 1, x >> 1])
                        tint[y >> 1, x >> 1] = np.uint16(old + (hue - old) * cover)


@kernel
def drops(
    tone: Tone, tint: Tone, places: Field, behind: Axes, shine: tuple[float, float, int]
) -> None:
    """Cover drops, float32 (n, 4): x, y, radius, height over width. 5 ns a pixel.

    Each shows what lies behind it upside down, from the grid's tone and tint, darker towards
    its upper rim. `shine` is the light on its edge, how far around it sees, in pixels, and the
    grid's cell.
    """
    height, width = tone.shape
    gloss, sight, cell = np.float32(shine[0]), np.float32(shine[1]), np.float32(1.0 / shine[2])
    glint = np.float32(0.10) + gloss * np.float32(0.6)
    one, none = np.float32(1.0), np.float32(0.0)
    seen, at = np.empty((3, width), np.float32), np.empty(width, np.uint32)
    for n in range(places.shape[0]):
        cx, cy, radius, tall = places[n, 0], places[n, 1], places[n, 2], places[n, 3]
        long, firm = radius * tall, radius * np.float32(0.5)
        view = np.float32(0.45) + np.float32(0.55) * min(radius * np.float32(0.06), one)
        view *= sight * cell
        for y in range(max(0, int(cy - long - 1)), min(height, int(cy + long) + 2)):
            v = (np.float32(y) + np.float32(0.5) - cy) / long
            slim = (one + np.float32(0.5) * (tall - one) * max(-v, none)) / radius
            chord = np.sqrt(max(one + one / firm - v * v, none)) / slim
            first, last = max(0, int(cx - chord)), min(width, int(cx + chord) + 1)
            if first >= last:
                continue
            left = np.float32(first) + np.float32(0.5) - cx
            refract(
                seen, at[: last - first], behind[0], (cx * cell, cy * cell, view, left, slim, v)
            )
            shade(tone[y, first:last], seen[0], (left, slim, v, firm, glint))
            if y & 1 == 0 and y >> 1 < tint.shape[0]:
                dye(tint[y >> 1], at, behind[1], (first, last), (cx, slim, v, firm))


@kernel
def refract(
    seen: Field,
    at: Cells,
    field: Field,
    drop: tuple[np.float32, np.float32, np.float32, np.float32, np.float32, np.float32],
) -> None:
    """Fill `seen` (3, width) with what one row of a drop shows, and `at` with where it lies.

    `drop` is its middle in cells, how far it sees, how far right of the middle the row
    begins, one over its width, and the row's height. The last two rows of `seen` are room.
    """
    cx, cy, view, left, slim, v = drop
    across, down, zero, one = seen[1], seen[2], np.float32(0.0), np.float32(1.0)
    columns, flat = np.int32(field.shape[1]), field.ravel()
    right, bottom = np.float32(field.shape[1] - 2), np.float32(field.shape[0] - 2)
    for x in range(at.shape[0]):
        u = (np.float32(x) + left) * slim
        reach = view * (np.float32(0.35) + np.float32(0.65) * (u * u + v * v))
        gx = min(max(cx - u * reach + one, zero), right)
        gy = min(max(cy - v * reach + one, zero), bottom)
        i, j = np.int32(gx), np.int32(gy)
        across[x], down[x] = gx - np.float32(i), gy - np.float32(j)
        at[x] = np.uint32(np.int32(j * columns + i))
    under, next_ = np.uint32(columns), np.uint32(1)
    for x in range(at.shape[0]):
        k = at[x]
        m = np.uint32(k + under)
        a = flat[k] + (flat[np.uint32(k + next_)] - flat[k]) * across[x]
        b = flat[m] + (flat[np.uint32(m + next_)] - flat[m]) * across[x]
        seen[0, x] = a + (b - a) * down[x]


@kernel
def shade(
    row: Line,
    seen: Field,
    drop: tuple[np.float32, np.float32, np.float32, np.float32, np.float32],
) -> None:
    """Cover one row of a drop with what it shows, its shade and its glints."""
    left, slim, v, firm, glint = drop
    one, none = np.float32(1.0), np.float32(0.0)
    lv = v + np.float32(0.42)
    dark, glow = np.float32(0.62) - np.float32(0.50) * v, max(v, none) * np.float32(0.35)
    for x in range(row.shape[0]):
        u = (np.float32(x) + left) * slim
        square = u * u + v * v
        cover = min(max((one - square) * firm + np.float32(0.5), none), one)
        rim, lu = square * square, u + np.float32(0.32)
        spot = max(one - (lu * lu + lv * lv) * np.float32(14.0), none)
        light = (seen[x] * np.float32(1.9) + np.float32(0.012)) * (one - rim * dark)
        light += (spot * spot + rim * glow) * glint
        level = min(max(light, none) * np.float32(32768.0), np.float32(65000.0))
        was = np.float32(row[x])
        row[x] = np.uint16(np.int32(was + (level - was) * cover))


@kernel
def dye(
    row: Line,
    at: Cells,
    hues: Field,
    span: tuple[int, int],
    drop: tuple[np.float32, np.float32, np.float32, np.float32],
) -> None:
    """Tint one row of a drop, from one column to another, with the hues that it shows."""
    first, last = span
    cx, slim, v, firm = drop
    flat, one, none = hues.ravel(), np.float32(1.0), np.float32(0.0)
    for i in range((first + 1) >> 1, min((last + 1) >> 1, row.shape[0])):
        u = (np.float32(2 * i) + np.float32(0.5) - cx) * slim
        cover = (one - u * u - v * v) * firm + np.float32(0.5)
        hue = min(max(flat[at[2 * i - first]], none), one) * np.float32(65535.0)
        was = np.float32(row[i])
        row[i] = np.uint16(was + (hue - was) * min(max(cover, none), one))
