"""Moving a picture by parts of a pixel: scaled and shifted planes, bilinear."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mvpipe.engine.kernel import kernel
from mvpipe.engine.planes import BLACK_Y, NEUTRAL, Plane, Planes
from mvpipe.model.media import Size

Floats = NDArray[np.float64]
Single = NDArray[np.float32]
Index = NDArray[np.uint32]
Pair = tuple[Single, Single]


@dataclass(frozen=True, slots=True)
class View:
    """Which part of a source is seen where: source = frame * `scale` + `left` or `top`.

    In luma pixels, edges (not centres) at whole numbers.
    """

    scale: float
    left: float
    top: float


@dataclass(frozen=True, slots=True)
class Light:
    """How bright each column and row is, 1 as it was, over the luma pixels of the frame."""

    across: Floats
    down: Floats


@dataclass(frozen=True, slots=True)
class Cover:
    """How much of each column and row a source covers, 0 to 1, over the frame's luma pixels."""

    across: Floats
    down: Floats


def even_light(size: Size, gain: float = 1.0) -> Light:
    """Return the same light everywhere."""
    return Light(across=np.full(size.width, gain), down=np.ones(size.height))


def full_cover(size: Size) -> Cover:
    """Return a source that covers the whole frame."""
    return Cover(across=np.ones(size.width), down=np.ones(size.height))


def warp(planes: Planes, source: Planes, *, view: View, light: Light, cover: Cover) -> None:
    """Draw the view of `source` over the frame. Some 5 ms at 1080p where it covers all.

    Chroma stands over the left of two luma columns and between two rows, as in 4:2:0 video.
    """
    _warp_plane(planes.y, source.y, _Sites(0.5, 0.5, 1), view, light, cover)
    for plane, seen in ((planes.u, source.u), (planes.v, source.v)):
        _warp_plane(plane, seen, _Sites(0.5, 1.0, 2), view, light, cover)


@dataclass(frozen=True, slots=True)
class _Sites:
    """Where a plane's samples lie in luma pixels: the first across and down, and the step."""

    across: float
    down: float
    step: int


def _warp_plane(
    plane: Plane, source: Plane, sites: _Sites, view: View, light: Light, cover: Cover
) -> None:
    rows, columns = source.shape
    step = sites.step
    across = _places(view, view.left, first=sites.across, step=step, count=plane.shape[1])
    down = _places(view, view.top, first=sites.down, step=step, count=plane.shape[0])
    _resample(
        plane,
        source,
        (*_between(across, columns), *_between(down, rows)),
        (_single(light.across[::step]), _single(light.down[::step])),
        (_single(cover.across[::step]), _single(cover.down[::step])),
        BLACK_Y if step == 1 else NEUTRAL,
    )


def _places(view: View, shift: float, *, first: float, step: int, count: int) -> Floats:
    seen = (first + step * np.arange(count)) * view.scale + shift
    return (seen - first) / step


def _between(places: Floats, count: int) -> tuple[Index, Single]:
    """Return each place's lower neighbour and its part beyond it; edges repeat."""
    held = np.clip(places, 0.0, count - 1.0)
    low = np.minimum(held.astype(np.uint32), np.uint32(count - 2))
    return low, (held - low).astype(np.float32)


def _single(levels: Floats) -> Single:
    return levels.astype(np.float32)


@kernel
def _resample(
    plane: Plane,
    source: Plane,
    places: tuple[Index, Single, Index, Single],
    lights: Pair,
    covers: Pair,
    around: int,
) -> None:
    """Fill what is covered; places (x, x part, y, y part), lights and covers of (w,) and (h,).

    Rows are blended first into a buffer, which vectorises; then columns are picked from it.
    Light scales a level's distance from `around`.
    """
    at_x, part_x, at_y, part_y = places
    light_x, light_y = lights
    cover_x, cover_y = covers
    buffer = np.empty(source.shape[1], np.float32)
    start, end = 0, plane.shape[1]
    while start < end and cover_x[start] == np.float32(0):
        start += 1
    while start < end and cover_x[end - 1] == np.float32(0):
        end -= 1
    if start == end:
        return
    base, half = np.float32(around), np.float32(0.5)
    low, high = np.float32(16), np.float32(235 if around == 16 else 240)
    for y in range(plane.shape[0]):
        if cover_y[y] == np.float32(0):
            continue
        part, gain = part_y[y], light_y[y]
        upper, lower = source[at_y[y]], source[at_y[y] + np.uint32(1)]
        for x in range(at_x[start], at_x[end - 1] + np.uint32(2)):
            first = np.float32(upper[x])
            buffer[x] = first + (np.float32(lower[x]) - first) * part - base
        row = plane[y]
        for x in range(start, end):
            left = buffer[at_x[x]]
            level = left + (buffer[at_x[x] + np.uint32(1)] - left) * part_x[x]
            level = min(max(base + level * (gain * light_x[x]), low), high)
            share = cover_x[x] * cover_y[y]
            was = np.float32(row[x])
            row[x] = np.uint8(was + (level - was) * share + half)
