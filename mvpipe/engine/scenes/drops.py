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
    luck = chances(seed + 55, 3 * _RUNNERS).reshape(_RUNNERS, 3)
    places, bands = [], []
    for n in range(_RUNNERS):
        turn = float(luck[n, 0] + clock * (0.6 + 0.9 * luck[n, 1]))
        run = _run(grid, turn, seed=seed + n, slant=slant, size=size)
        places.append(_behind(grid, run))
        bands.append(_track(grid, now, run))
    return np.concatenate(places)[::-1], np.stack(bands)


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


def _behind(grid: Grid, run: Run) -> Numbers:
    """Return a running drop and what it left on its path, which dries."""
    gap = 2.3 * run.radius
    rows = math.floor(run.head / gap) * gap - gap * np.arange(_LEFT)
    left = _left(run.seed)[(rows / gap + 31 * run.turn).astype(np.int64) % 257]
    freed = np.clip((run.head - rows) / run.radius - 1.0, 0.0, 1.0)
    dried = 1.0 - np.arange(_LEFT) / _LEFT
    radius = np.append(run.radius, run.radius * (0.14 + 0.34 * left**2) * dried * freed)
    y = np.append(run.head, rows)
    tall = np.where(np.arange(_LEFT + 1) == 0, 1.55, 1.2)
    px = grid.pixel_x(0.0) + _path(y, run) * grid.short
    py = grid.pixel_y(0.0) + y * grid.short
    return np.stack([px, py, radius * grid.short, tall], axis=-1)


@lru_cache(maxsize=32)
def _left(seed: int) -> Numbers:
    """Return how much water a running drop leaves at each of 257 places."""
    return chances(seed + 700, 257)


@lru_cache(maxsize=16)
def _astray(seed: int) -> Field:
    """Return the line that a drop's path follows; one cache would not hold all of them."""
    return line_noise(seed, slope=1.5, coarsest=3, finest=60)


def _path(y: Numbers, run: Run) -> Numbers:
    """Return the column of a drop's path at each row: down, a little astray."""
    line = _astray(run.seed % 11 + 60)
    astray = along(line, (y * 0.17 + run.seed * 0.37).astype(np.float32)) - 0.5
    return run.start + 0.10 * astray - run.slant * y


def _track(grid: Grid, now: Moment, run: Run) -> Field:
    """Return the wet track above a drop as a band, brighter on the hats."""
    fade = np.linspace(0.0, 1.0, 17)
    y = run.head - 0.55 * (1.0 - fade)
    x = _path(y, run)
    light = (0.035 + 0.05 * now.treble + 0.13 * now.hat) * FULL * fade
    wide = run.radius * (0.25 + 0.55 * fade) * grid.short + 1.0
    px, py = grid.pixel_x(0.0) + x * grid.short, grid.pixel_y(0.0) + y * grid.short
    return np.stack([px, py, wide, light], axis=-1).astype(np.float32)


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
    """Cover drops, float32 (n, 4): x, y, radius, height over width. 10 ns a pixel.

    Each shows what lies behind it upside down, from the grid's tone and tint, darker towards
    its upper rim. `shine` is the light on its edge, how far around it sees, in pixels, and the
    grid's cell.
    """
    height, width = tone.shape
    gloss, sight, cell = np.float32(shine[0]), np.float32(shine[1]), np.float32(1.0 / shine[2])
    glint = np.float32(0.10) + gloss * np.float32(0.6)
    one, none = np.float32(1.0), np.float32(0.0)
    for n in range(places.shape[0]):
        cx, cy, radius, tall = places[n, 0], places[n, 1], places[n, 2], places[n, 3]
        long = radius * tall
        view = sight * (
            np.float32(0.45) + np.float32(0.55) * min(radius * np.float32(0.06), one)
        )
        firm = radius * np.float32(0.5)
        for y in range(max(0, int(cy - long - 1)), min(height, int(cy + long) + 2)):
            v = (np.float32(y) + np.float32(0.5) - cy) / long
            slim = (one + np.float32(0.5) * (tall - one) * max(-v, none)) / radius
            chord = np.sqrt(max(one + one / firm - v * v, none)) / slim
            lv = v + np.float32(0.42)
            dark, glow = (
                np.float32(0.62) - np.float32(0.50) * v,
                max(v, none) * np.float32(0.35),
            )
            for x in range(max(0, int(cx - chord)), min(width, int(cx + chord) + 1)):
                u = (np.float32(x) + np.float32(0.5) - cx) * slim
                square = u * u + v * v
                cover = min(max((one - square) * firm + np.float32(0.5), none), one)
                bend = view * (np.float32(0.35) + np.float32(0.65) * square)
                seen, hue = looked(behind, (cx - u * bend) * cell, (cy - v * bend) * cell)
                rim = square * square
                lu = u + np.float32(0.32)
                spot = max(one - (lu * lu + lv * lv) * np.float32(14.0), none)
                light = (seen * np.float32(1.9) + np.float32(0.012)) * (one - rim * dark)
                light += (spot * spot + rim * glow) * glint
                was = np.float32(tone[y, x])
                level = min(max(light, none) * np.float32(32768.0), np.float32(65000.0))
                tone[y, x] = np.uint16(was + (level - was) * cover)
                if (x | y) & 1 == 0 and (y >> 1) < tint.shape[0] and (x >> 1) < tint.shape[1]:
                    old = np.float32(tint[y >> 1, x >> 1])
                    tint[y >> 1, x >> 1] = np.uint16(old + (hue - old) * cover)


@kernel
def looked(behind: Axes, across: np.float32, down: np.float32) -> tuple[np.float32, np.float32]:
    """Return the tone, bilinear, and the hue (to 65535) of the grid at a place in cells."""
    field, hues = behind
    top = np.float32(field.shape[1] - 2), np.float32(field.shape[0] - 2)
    gx = min(max(across + np.float32(1.0), np.float32(0.0)), top[0])
    gy = min(max(down + np.float32(1.0), np.float32(0.0)), top[1])
    i, j = np.uint32(np.int32(gx)), np.uint32(np.int32(gy))
    fx, fy = gx - np.float32(i), gy - np.float32(j)
    k, m = i + np.uint32(1), j + np.uint32(1)
    a = field[j, i] + (field[j, k] - field[j, i]) * fx
    b = field[m, i] + (field[m, k] - field[m, i]) * fx
    hue = min(max(hues[j, i], np.float32(0.0)), np.float32(1.0)) * np.float32(65535.0)
    return a + (b - a) * fy, hue
