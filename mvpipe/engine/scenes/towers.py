"""A city's plan: towers, windows and masts of each range, laid out once for size and seed."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from mvpipe.engine.scenes.canvas import Field, Grid, grid_of
from mvpipe.engine.scenes.noise import chances
from mvpipe.model.media import Size

_LUCK = 12  # numbers that each tower draws


@dataclass(frozen=True, slots=True)
class Layer:
    """One range, in shares of the frame's shorter side unless said otherwise.

    `low` and `tall` are the heights at the edge of town and in its middle, `wide` the widest
    tower, `cell` a window's width and height with its wall, `parallax` how far it drifts with
    the camera (1 is the whole way), `top` its tone without haze and `haze` how much of the
    glow lies before it, `light` how bright its windows are.
    """

    low: float
    tall: float
    wide: float
    cell: tuple[float, float]
    parallax: float
    top: float
    haze: float
    light: float
    hue: float


LAYERS = (
    Layer(0.07, 0.30, 0.050, (0.0042, 0.0066), 0.18, 0.040, 0.46, 0.30, 27000.0),
    Layer(0.09, 0.47, 0.085, (0.0060, 0.0090), 0.40, 0.020, 0.22, 0.66, 20000.0),
    Layer(0.045, 0.13, 0.100, (0.0080, 0.0120), 0.80, 0.010, 0.080, 0.85, 12000.0),
)


@dataclass(frozen=True, slots=True)
class Town:
    """One range laid out in pixels.

    walls    (n, 5) left, right, top, bottom, factor      panes (n, 5) ... and hue
    traits   (5, panes) the band each window hears, how loud it wants it, its steady light, its
             luck, and its height in the tower, 0 to 1
    edges    (n, 5) neon edges as panes; `crowns` (n,) 1 for those across a roof
    beacons  (n, 4) x, y, radius, phase of the lights on the masts
    """

    walls: Field
    panes: Field
    traits: Field
    edges: Field
    crowns: Field
    beacons: Field


@dataclass(frozen=True, slots=True)
class Tower:
    """A tower's outline in pixels, and its own luck."""

    left: float
    right: float
    top: float
    foot: float
    luck: tuple[float, ...]


@lru_cache(maxsize=24)
def city(size: Size, seed: int, depth: int, middle: float, ground: float) -> Town:
    """Return one range, the tallest towers around `middle`, feet at `ground`. 10 ms."""
    grid, layer = grid_of(size), LAYERS[depth]
    towers = _towers(grid, layer, seed=seed * 7 + depth, place=(middle, ground))
    boxes, panes, traits, edges, beacons = [], [], [], [], []
    for tower in towers:
        boxes += _walls(tower)
        shown, heard = _windows(tower, layer, grid.short)
        panes.append(shown)
        traits.append(heard)
        edges += _edges(tower, grid.short)
        beacons += _mast(tower, grid.short, boxes)
    lit = np.array(edges, np.float32).reshape(-1, 6)
    return Town(
        walls=np.array(boxes, np.float32).reshape(-1, 5),
        panes=np.concatenate(panes).astype(np.float32),
        traits=np.concatenate(traits, axis=1).astype(np.float32),
        edges=np.ascontiguousarray(lit[:, :5]),
        crowns=lit[:, 5].copy(),
        beacons=np.array(beacons, np.float32).reshape(-1, 4),
    )


def _towers(grid: Grid, layer: Layer, *, seed: int, place: tuple[float, float]) -> list[Tower]:
    """Return towers from left to right with narrow gaps; nearer ones leave the middle free."""
    middle, ground = place
    rise = 1.0 + 0.75 * (grid.half_height - 0.5)
    at, count = -grid.half_width - 0.24, 0
    towers: list[Tower] = []
    luck = chances(seed, 400 * _LUCK).reshape(400, _LUCK)
    while at < grid.half_width + 0.24 and count < 400:
        own = luck[count]
        wide = layer.wide * (0.42 + 0.58 * own[0])
        centre = at + wide / 2
        town = np.exp(-(((centre - middle) / 0.40) ** 2))
        tall = layer.low * (0.5 + 0.9 * own[1]) + layer.tall * town * (
            0.30 + 0.70 * own[2] ** 1.5
        )
        if own[3] > 0.12 or town > 0.4:
            towers.append(
                Tower(
                    left=grid.pixel_x(at),
                    right=grid.pixel_x(at + wide),
                    top=grid.pixel_y(ground) - tall * rise * grid.short,
                    foot=grid.pixel_y(ground) + 1.0,
                    luck=tuple(float(number) for number in own),
                )
            )
        at += wide * (1.0 + 0.4 * max(0.0, own[4] - 0.6))
        count += 1
    return towers


def _walls(tower: Tower) -> list[tuple[float, ...]]:
    """Return a tower's boxes: two faces, and on some a narrower block or two on the roof."""
    luck, wide = tower.luck, tower.right - tower.left
    corner = tower.left + wide * (0.28 + 0.44 * luck[6])
    shade = 0.86 + 0.28 * luck[7]
    boxes: list[tuple[float, ...]] = [
        (tower.left, corner, tower.top, tower.foot, shade),
        (corner, tower.right, tower.top, tower.foot, shade * 1.30),
    ]
    tall = tower.foot - tower.top
    if luck[8] > 0.45:
        inset, up = wide * (0.12 + 0.16 * luck[9]), tall * (0.03 + 0.07 * luck[5])
        boxes.append(
            (tower.left + inset, tower.right - inset, tower.top - up, tower.top + 1.0, shade)
        )
        if luck[8] > 0.72:
            boxes.append(
                (
                    tower.left + 1.9 * inset,
                    tower.right - 1.9 * inset,
                    tower.top - 1.7 * up,
                    tower.top - up + 1.0,
                    shade,
                )
            )
    return boxes


def _mast(tower: Tower, short: int, boxes: list[tuple[float, ...]]) -> list[tuple[float, ...]]:
    """Add a mast to a fifth of the towers' boxes and return the light on its tip."""
    luck = tower.luck
    if luck[10] < 0.78:
        return []
    x = (tower.left + tower.right) / 2
    tall = (tower.foot - tower.top) * (0.14 + 0.14 * luck[9])
    half = max(0.7, short * 0.0011)
    boxes.append((x - half, x + half, tower.top - tall, tower.top, 1.0))
    return [(x, tower.top - tall, max(1.3, short * 0.0026), luck[11])]


def _windows(tower: Tower, layer: Layer, short: int) -> tuple[np.ndarray, np.ndarray]:
    """Return a tower's panes (n, 5) and traits (5, n)."""
    wide, high = layer.cell[0] * short, layer.cell[1] * short
    columns = int((tower.right - tower.left) / wide - 0.8)
    rows = int((tower.foot - tower.top) / high - 1.2)
    if columns < 1 or rows < 1:
        return np.empty((0, 5)), np.empty((5, 0))
    margin = (tower.right - tower.left - columns * wide) / 2
    row, column = (axis.ravel() for axis in np.mgrid[:rows, :columns])
    style = tower.luck[11]  # narrow panes, broad ones, or whole floors of glass
    fill = 0.42 if style < 0.45 else 0.66 if style < 0.8 else 0.90
    left = tower.left + margin + (column + 0.5 - fill / 2) * wide
    top = tower.top + (row + 0.62) * high
    own = chances(int(tower.luck[0] * 1e9) + 5, 4 * len(row)).reshape(4, -1)
    hue = 38000.0 + 22000.0 * tower.luck[7] + 9000.0 * (own[0] - 0.5)
    panes = np.stack([left, left + fill * wide, top, top + 0.55 * high, hue], axis=-1)
    height = 1.0 - row / rows
    floors = chances(int(tower.luck[1] * 1e9) + 6, rows)[row]  # neighbours work late together
    band = np.clip(tower.luck[4] * 31 + 3.0 * (own[1] - 0.5), 0, 31)
    want = 0.10 + 0.55 * height + 0.55 * own[2] + 0.2 * floors
    busy = 0.30 * tower.luck[10]  # some towers sleep
    awake = own[3] + 0.5 * floors + busy > 1.22
    steady = np.where(awake, 0.12 + 0.75 * own[0] ** 2, 0.0)
    return panes, np.stack([band, want, steady, own[3], height])


def _edges(tower: Tower, short: int) -> list[tuple[float, ...]]:
    """Return neon along a sixth of the towers: one upright edge and the roof's."""
    luck = tower.luck
    if luck[9] < 0.84:
        return []
    thin, hue = max(1.0, short * 0.0016), 36000.0 + 28000.0 * luck[6]
    side = tower.left if luck[6] < 0.5 else tower.right - thin
    return [
        (side, side + thin, tower.top, tower.foot, hue, 0.0),
        (tower.left, tower.right, tower.top, tower.top + thin, hue, 1.0),
    ]
