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


@kernel
def threads(tone: Tone, tint: Tone, ways: Ways, hues: Field) -> None:
    """Add threads of light; `ways` is float32 (threads, points, 4): x, y, half width, level.

    `hues` has one tint for each thread. A thread's stretches meet on the line that halves
    their corner, so no bead of light marks a point. 5 ns a covered pixel.
    """
    last = ways.shape[1] - 1
    for n in range(ways.shape[0]):
        for s in range(last):
            if ways[n, s, 3] > 0.0 or ways[n, s + 1, 3] > 0.0:
                before = corner(ways, n, (max(s - 1, 0), s, s + 1))
                after = corner(ways, n, (s, s + 1, min(s + 2, last)))
                stretch(tone, tint, ways, (n, s), (before, after), hues[n])


@kernel
def corner(ways: Ways, n: int, at: tuple[int, int, int]) -> tuple[float, float]:
    """Return the direction halfway between a thread's two stretches that meet at a point."""
    a, b, c = at
    dx, dy = ways[n, b, 0] - ways[n, a, 0], ways[n, b, 1] - ways[n, a, 1]
    ex, ey = ways[n, c, 0] - ways[n, b, 0], ways[n, c, 1] - ways[n, b, 1]
    d, e = np.sqrt(dx * dx + dy * dy), np.sqrt(ex * ex + ey * ey)
    if d < 1e-3:
        return ex, ey
    if e < 1e-3:
        return dx, dy
    return dx * e + ex * d, dy * e + ey * d


@kernel
def stretch(  # noqa: PLR0915 (one hot loop)
    tone: Tone,
    tint: Tone,
    ways: Ways,
    at: tuple[int, int],
    sides: tuple[tuple[float, float], tuple[float, float]],
    hue: float,
) -> None:
    """Add one stretch of a thread: `at` is the thread and its first point.

    `sides` are the directions at both ends, across which its neighbours begin.
    """
    height, width = tone.shape
    n, s = at
    x0, y0, w0, l0 = ways[n, s, 0], ways[n, s, 1], ways[n, s, 2], ways[n, s, 3]
    x1, y1, w1, l1 = (
        ways[n, s + 1, 0],
        ways[n, s + 1, 1],
        ways[n, s + 1, 2],
        ways[n, s + 1, 3],
    )
    (tx, ty), (vx, vy) = sides
    ux, uy = x1 - x0, y1 - y0
    length = np.sqrt(ux * ux + uy * uy)
    if length < 1e-3:
        return
    inverse, half = np.float32(1.0) / length, np.float32(0.5)
    ux, uy = ux * inverse, uy * inverse
    steep = abs(uy) > abs(ux)
    widest = max(w0, w1)
    first, last = (min(y0, y1), max(y0, y1)) if steep else (min(x0, x1), max(x0, x1))
    limit, other = (height, width) if steep else (width, height)
    slope = ux / uy if steep else uy / ux
    reach = widest / (abs(uy) if steep else abs(ux))
    for a in range(max(0, int(first - widest)), min(limit, int(last + widest) + 1)):
        pa = np.float32(a) + half
        middle = x0 + (pa - y0) * slope if steep else y0 + (pa - x0) * slope
        if middle + reach < 0 or middle - reach > other:
            continue
        start = max(0, int(np.ceil(middle - reach - half)))
        for b in range(start, min(other, int(middle + reach - half) + 1)):
            pb = np.float32(b) + half
            rx, ry = (pb - x0, pa - y0) if steep else (pa - x0, pb - y0)
            if rx * tx + ry * ty < 0.0 or (rx + x0 - x1) * vx + (ry + y0 - y1) * vy >= 0.0:
                continue
            t = min(max((rx * ux + ry * uy) * inverse, np.float32(0.0)), np.float32(1.0))
            wide = w0 + (w1 - w0) * t
            off = rx * uy - ry * ux
            near = np.float32(1.0) - (off * off) / (wide * wide)
            if near > 0.0:
                light = (l0 + (l1 - l0) * t) * near * near
                shine(tone, tint, b if steep else a, a if steep else b, light, hue)


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
        for j in range(max(0, int(y - outer)), min(height, int(y + outer) + 2)):
            dy = np.float32(j + 0.5) - y
            left = outer * outer - dy * dy
            if left <= 0.0:
                continue
            across = np.sqrt(left)
            for i in range(max(0, int(x - across)), min(width, int(x + across) + 1)):
                dx = np.float32(i + 0.5) - x
                away = np.sqrt(dx * dx + dy * dy)
                cover = min(max((outer - away) / (np.float32(2.0) * soft), 0.0), 1.0)
                part = away / outer
                body = np.float32(0.62) + np.float32(0.5) * part * part
                smooth = cover * cover * (3.0 - 2.0 * cover)
                shine(tone, tint, i, j, level * smooth * body, hues[n])


@kernel
def blooms(fields: Axes, axes: Axes, spots: Field) -> None:
    """Add soft light to a grid; `spots` is float32 (n, 5): x, y, radius, level, hue.

    A hue runs from 0 to 1. `fields` are light, and light times hue: divided, they give the
    tint. 2 ns a covered sample.
    """
    light, hued = fields
    xs, ys = axes
    step = xs[1] - xs[0]
    for n in range(spots.shape[0]):
        x, y, radius, level, hue = spots[n]
        if level <= 0.0:
            continue
        inverse = np.float32(1.0) / (radius * radius)
        left, top = (x - xs[0]) / step, (y - ys[0]) / step
        reach = radius / step
        for j in range(max(0, int(top - reach)), min(len(ys), int(top + reach) + 2)):
            dy = ys[j] - y
            for i in range(max(0, int(left - reach)), min(len(xs), int(left + reach) + 2)):
                dx = xs[i] - x
                near = np.float32(1.0) - (dx * dx + dy * dy) * inverse
                if near > 0.0:
                    amount = level * near * near * near
                    light[j, i] += amount
                    hued[j, i] += amount * hue
