"""Fine light at full size: threads through many points, discs out of focus, blooms on a grid.

Light adds to what is there, as in `shapes`. Places are pixels (for blooms the grid's unit) and
may lie outside the frame.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from mvpipe.engine.kernel import kernel
from mvpipe.engine.scenes.canvas import Axes, Field, Tone
from mvpipe.engine.scenes.shapes import shine

Ways = NDArray[np.float32]
Pair = tuple[np.float32, np.float32]
Point = tuple[np.float32, np.float32, np.float32, np.float32]


@kernel
def threads(tone: Tone, tint: Tone, ways: Ways, hues: Field) -> None:
    """Add threads of light; `ways` is float32 (threads, points, 4): x, y, half width, level.

    `hues` has one tint for each thread. A thread's stretches meet on the line that halves
    their corner, so no bead of light marks a point. 5 ns a covered pixel.
    """
    last = ways.shape[1] - 1
    for n in range(ways.shape[0]):
        way, hue = ways[n], np.float32(hues[n])
        after = corner(way, (0, 0, 1))
        for s in range(last):
            before, after = after, corner(way, (s, s + 1, min(s + 2, last)))
            if way[s, 3] > 0.0 or way[s + 1, 3] > 0.0:
                stretch(tone, tint, (way[s], way[s + 1]), (before, after), hue)


@kernel
def corner(way: Field, at: tuple[int, int, int]) -> tuple[np.float32, np.float32]:
    """Return the direction halfway between a thread's two stretches that meet at a point."""
    a, b, c = at
    dx, dy = way[b, 0] - way[a, 0], way[b, 1] - way[a, 1]
    ex, ey = way[c, 0] - way[b, 0], way[c, 1] - way[b, 1]
    d, e = np.sqrt(dx * dx + dy * dy), np.sqrt(ex * ex + ey * ey)
    if d < np.float32(1e-3):
        return ex, ey
    if e < np.float32(1e-3):
        return dx, dy
    return dx * e + ex * d, dy * e + ey * d


@kernel
def stretch(
    tone: Tone,
    tint: Tone,
    ends: tuple[Field, Field],
    sides: tuple[Pair, Pair],
    hue: np.float32,
) -> None:
    """Add one stretch of a thread between two of its points, each x, y, half width, level.

    `sides` are the directions at both ends, across which its neighbours begin.
    """
    (x0, y0, w0, l0), (x1, y1, w1, l1) = point(ends[0]), point(ends[1])
    (tx, ty), (vx, vy) = sides
    if abs(y1 - y0) > abs(x1 - x0):
        lay(tone, tint, ((x0, y0, w0, l0), (x1, y1, w1, l1)), sides, hue)
    else:  # the same picture, turned over: the longer way of a stretch runs by rows
        over = (y0, x0, w0, l0), (y1, x1, w1, l1)
        lay(tone.T, tint.T, over, ((ty, tx), (vy, vx)), hue)


@kernel
def point(numbers: Field) -> Point:
    """Return a thread's point as four numbers."""
    return numbers[0], numbers[1], numbers[2], numbers[3]


@kernel
def lay(  # noqa: PLR0915 (one hot loop)
    tone: Tone, tint: Tone, ends: tuple[Point, Point], sides: tuple[Pair, Pair], hue: np.float32
) -> None:
    """Add a stretch that runs rather down than across, row by row."""
    height, width = tone.shape
    (x0, y0, w0, l0), (x1, y1, w1, l1) = ends
    (tx, ty), (vx, vy) = sides
    zero, one, half = np.float32(0.0), np.float32(1.0), np.float32(0.5)
    full, two = np.float32(65535.0), np.float32(2.0)
    ux, uy = x1 - x0, y1 - y0
    length = np.sqrt(ux * ux + uy * uy)
    if length < np.float32(1e-3):
        return
    inverse = one / length
    ux, uy = ux * inverse, uy * inverse
    slope, reach = ux / uy, max(w0, w1) / abs(uy)
    if max(x0, x1) + reach < zero or min(x0, x1) - reach > np.float32(width):
        return
    before = overhang(tx, tx * ux + ty * uy, max(w0, w1))
    after = overhang(vx, vx * ux + vy * uy, max(w0, w1))
    top, bottom = min(y0 - before, y1 - after), max(y0 + before, y1 + after)
    slim, slimmer = one / w0, one / w1 - one / w0
    for y in range(max(0, int(top - half)), min(height, int(bottom) + 1)):
        ry = np.float32(y) + half - y0
        middle = x0 + ry * slope - half
        first = max(0, int(np.ceil(middle - reach)))
        row, hues = tone[y], tint[min(y >> 1, tint.shape[0] - 1)]
        coloured = tint.shape[1] if y >> 1 < tint.shape[0] else 0
        for x in range(first, min(width, int(np.floor(middle + reach)) + 1)):
            rx = np.float32(x) + half - x0
            if rx * tx + ry * ty < zero or (rx + x0 - x1) * vx + (ry + y0 - y1) * vy >= zero:
                continue
            t = min(max((rx * ux + ry * uy) * inverse, zero), one)
            off = (rx * uy - ry * ux) * (slim + slimmer * t)
            near = one - off * off
            if near <= zero:
                continue
            light = (l0 + (l1 - l0) * t) * near * near
            at, i = np.uint32(x), np.uint32(x) >> np.uint32(1)
            level = min(np.float32(row[at]) + light, full)
            row[at] = np.uint16(np.int32(level))
            if (x ^ y) & 1 == 0 and i < coloured:
                was, share = np.float32(hues[i]), min(light / (level + one), one)
                share *= two - share  # of a cell's four pixels only two pull at its tint
                hues[i] = np.uint16(np.int32(was + (hue - was) * share))


@kernel
def overhang(across: np.float32, ahead: np.float32, widest: np.float32) -> np.float32:
    """Return how far a stretch's slanted end may reach past its point, at most its width."""
    return min(widest, widest * abs(across) / max(ahead, np.float32(1e-6)))


@kernel
def lenses(tone: Tone, tint: Tone, spots: Field, hues: Field) -> None:
    """Add lights out of focus; `spots` is float32 (n, 4): x, y, radius, level.

    Each is a disc, a little brighter towards its soft rim, as a lens shows it. 3 ns a covered
    pixel.
    """
    height, width = tone.shape
    for n in range(spots.shape[0]):
        x, y, radius, level = spots[n, 0], spots[n, 1], spots[n, 2], spots[n, 3]
        if level <= 0.0:
            continue
        soft = np.float32(1.0) + radius * np.float32(0.12)
        outer = radius + soft
        inverse, rim = np.float32(0.5) / soft, np.float32(1.0) / outer
        for j in range(max(0, int(y - outer)), min(height, int(y + outer) + 2)):
            dy = np.float32(j + 0.5) - y
            left = outer * outer - dy * dy
            if left <= 0.0:
                continue
            across = np.sqrt(left)
            for i in range(max(0, int(x - across)), min(width, int(x + across) + 1)):
                dx = np.float32(i + 0.5) - x
                away = np.sqrt(dx * dx + dy * dy)
                cover = min(max((outer - away) * inverse, np.float32(0.0)), np.float32(1.0))
                part = away * rim
                body = np.float32(0.62) + np.float32(0.5) * part * part
                smooth = cover * cover * (np.float32(3.0) - np.float32(2.0) * cover)
                shine(tone, tint, i, j, level * smooth * body, hues[n])


@kernel
def blooms(fields: Axes, axes: Axes, spots: Field) -> None:
    """Add soft light to a grid; `spots` is float32 (n, 5): x, y, radius, level, hue.

    A hue runs from 0 to 1. `fields` are light, and light times hue: divided, they give the
    tint. 1 ns a covered sample.
    """
    light, hued = fields
    xs, ys = axes
    step = xs[1] - xs[0]
    for n in range(spots.shape[0]):
        x, y, radius, level, hue = spots[n]
        if level <= 0.0:
            continue
        inverse, one = np.float32(1.0) / (radius * radius), np.float32(1.0)
        left, top = (x - xs[0]) / step, (y - ys[0]) / step
        reach = radius / step
        for j in range(max(0, int(top - reach)), min(len(ys), int(top + reach) + 2)):
            dy = ys[j] - y
            across = np.sqrt(max(reach * reach - dy * dy / (step * step), np.float32(0.0)))
            first, last = max(0, int(left - across)), min(len(xs), int(left + across) + 2)
            if first >= last:
                continue
            lights, hues, places = light[j, first:last], hued[j, first:last], xs[first:last]
            for i in range(lights.shape[0]):
                dx = places[i] - x
                near = max(one - (dx * dx + dy * dy) * inverse, np.float32(0.0))
                amount = level * near * near * near
                lights[i] += amount
                hues[i] += amount * hue
