"""Sharp things drawn at full size over a canvas: stars, lines, rings, silhouettes; and halos.

Places are pixels, subpixel places allowed, and every edge is soft over about a pixel, so that
nothing shimmers as it moves. Light adds to what is there and pulls the tint towards its own as
far as it outshines it. Levels are tones (32768 is full light), hues tints from 0 to 65535.
Every kernel skips what lies outside the frame.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from mvpipe.engine.kernel import kernel
from mvpipe.engine.scenes.canvas import Field, Tone


@kernel
def shine(tone: Tone, tint: Tone, x: int, y: int, light: float, hue: float) -> None:
    """Add `light` at one pixel. For use inside kernels; (x, y) must lie inside the frame."""
    after = min(np.float32(tone[y, x]) + np.float32(light), np.float32(65535.0))
    tone[y, x] = np.uint16(after)
    k, i = y >> 1, x >> 1
    if k < tint.shape[0] and i < tint.shape[1]:
        share = np.float32(light) / (after + np.float32(1.0))
        was = np.float32(tint[k, i])
        tint[k, i] = np.uint16(was + (np.float32(hue) - was) * min(share, np.float32(1.0)))


@kernel
def stars(tone: Tone, tint: Tone, spots: Field, hue: float) -> None:
    """Add soft round spots; `spots` is float32 (n, 4): x, y, radius, level."""
    height, width = tone.shape
    for n in range(spots.shape[0]):
        x, y, radius, level = spots[n, 0], spots[n, 1], spots[n, 2], spots[n, 3]
        reach = max(radius, np.float32(0.7)) * np.float32(1.6)
        inverse = np.float32(1.0) / (reach * reach)
        for j in range(max(0, int(y - reach)), min(height, int(y + reach) + 2)):
            dy = np.float32(j + 0.5) - y
            for i in range(max(0, int(x - reach)), min(width, int(x + reach) + 2)):
                dx = np.float32(i + 0.5) - x
                near = np.float32(1.0) - (dx * dx + dy * dy) * inverse
                if near > 0.0:
                    shine(tone, tint, i, j, level * near * near, hue)


@kernel
def spill(tone: Tone, tint: Tone, added: Field, span: tuple[int, int], hue: float) -> None:
    """Add a row of light to one row of tone and tint, from one even column to another.

    `added` is float32 (w,). An empty `tint` row is left alone.
    """
    first, last = span
    full, one, tinted = np.float32(65535.0), np.float32(1.0), np.float32(hue)
    if not tint.shape[0]:
        for x in range(first, last):
            tone[x] = np.uint16(np.int32(min(np.float32(tone[x]) + added[x], full)))
        return
    for i in range(first >> 1, last >> 1):
        a, b = added[2 * i], added[2 * i + 1]
        p = min(np.float32(tone[2 * i]) + a, full)
        q = min(np.float32(tone[2 * i + 1]) + b, full)
        tone[2 * i], tone[2 * i + 1] = np.uint16(np.int32(p)), np.uint16(np.int32(q))
        share = min((a + b) / (p + q + one), one)
        was = np.float32(tint[i])
        share *= np.float32(2.0) - share  # each of the two pixels pulls at the tint
        tint[i] = np.uint16(np.int32(was + (tinted - was) * share))


@kernel
def lines(tone: Tone, tint: Tone, strokes: Field, hue: float) -> None:
    """Add straight strokes; `strokes` is float32 (n, 8), from one end to the other.

    x0, y0, x1, y1, then half widths and levels at both ends. A stroke is brightest along its
    middle and falls to 0 at its half width (take 1.2 pixels or more). 1 ns a covered pixel.
    """
    height, width = tone.shape
    added = np.empty(width, np.float32)
    for n in range(strokes.shape[0]):
        stroke = strokes[n]
        widest = max(stroke[4], stroke[5])
        dx, dy = stroke[2] - stroke[0], stroke[3] - stroke[1]
        length = np.sqrt(dx * dx + dy * dy)
        if length < 1e-3 or (stroke[6] <= 0.0 and stroke[7] <= 0.0):
            continue
        line = (dx / length, dy / length, length)
        top, bottom = min(stroke[1], stroke[3]) - widest, max(stroke[1], stroke[3]) + widest
        top, bottom = max(top, np.float32(0.0)), min(bottom, np.float32(height))
        for y in range(int(top), min(int(bottom) + 1, height)):
            down = np.float32(y) + np.float32(0.5) - stroke[1]
            first, last = reach(stroke, line, down, width)
            if first < last:
                across(added, stroke, line, down, (first, last))
                k = min(y >> 1, tint.shape[0] - 1)
                row = tint[k] if k == y >> 1 else tint[k, :0]
                spill(tone[y], row, added, (first, last), hue)


@kernel
def reach(
    stroke: Field, line: tuple[float, float, float], down: float, width: int
) -> tuple[int, int]:
    """Return the first and last even column that a stroke touches, `down` below its start."""
    ux, uy, length = line
    widest = max(stroke[4], stroke[5])
    low, high = np.float32(-1e6), np.float32(1e6)
    if abs(uy) > 1e-4:
        middle, half = down * ux / uy, widest / abs(uy)
        low, high = middle - half, middle + half
    if abs(ux) > 1e-4:
        a, b = (-widest - down * uy) / ux, (length + widest - down * uy) / ux
        low, high = max(low, min(a, b)), min(high, max(a, b))
    low += stroke[0] - np.float32(0.5)
    high += stroke[0] - np.float32(0.5)
    if high < 0.0 or low > width or high < low:
        return 0, 0
    first = int(max(low, np.float32(0.0))) & ~1
    return first, min((int(min(high, np.float32(width))) + 2) & ~1, width & ~1)


@kernel
def across(
    added: Field,
    stroke: Field,
    line: tuple[float, float, float],
    down: float,
    span: tuple[int, int],
) -> None:
    """Fill a span of `added` with a stroke's light in the row `down` below its start."""
    ux, uy, length = line
    zero, one = np.float32(0.0), np.float32(1.0)
    inverse = one / length
    left, w0, l0 = np.float32(0.5) - stroke[0], stroke[4], stroke[6]
    wider, brighter = stroke[5] - w0, stroke[7] - l0
    for x in range(span[0], span[1]):
        right = np.float32(x) + left
        along = right * ux + down * uy
        beyond = max(-along, along - length, zero)
        t = min(max(along * inverse, zero), one)
        half = w0 + wider * t
        off = right * uy - down * ux
        near = max(one - (off * off + beyond * beyond) / (half * half), zero)
        added[x] = (l0 + brighter * t) * near * near


@kernel
def ring(
    tone: Tone, tint: Tone, circle: tuple[float, float, float, float], level: float, hue: float
) -> None:
    """Add a circle of light; `circle` is x, y, radius, half width. 1 ns a covered pixel."""
    height, width = tone.shape
    cx, cy, radius, half = circle
    outer, inner = radius + half, max(radius - half, 0.0)
    added = np.empty(width, np.float32)
    numbers = (np.float32(cx - 0.5), np.float32(radius), np.float32(1.0 / (half * half)))
    for y in range(max(0, int(cy - outer)), min(height, int(cy + outer) + 2)):
        dy = y + 0.5 - cy
        left = outer * outer - dy * dy
        if left <= 0.0:
            continue
        far, near = np.sqrt(left), np.sqrt(max(inner * inner - dy * dy, 0.0))
        k = min(y >> 1, tint.shape[0] - 1)
        row = tint[k] if k == y >> 1 else tint[k, :0]
        for side in range(2):
            low, high = (cx - far, cx - near) if side == 0 else (cx + near, cx + far)
            if near <= 2.0:  # both sides at once, for no pair of columns may be lit twice
                low, high = cx - far, cx + far
            first, last = int(max(low - 0.5, 0.0)) & ~1, int(min(max(high, 0.0), width))
            last = min((last + 2) & ~1, width & ~1)
            if first < last:
                curved(added, np.float32(dy), numbers, np.float32(level), (first, last))
                spill(tone[y], row, added, (first, last), hue)
            if near <= 2.0:
                break


@kernel
def curved(
    added: Field,
    down: np.float32,
    numbers: tuple[np.float32, np.float32, np.float32],
    level: np.float32,
    span: tuple[int, int],
) -> None:
    """Fill a span of `added` with a circle's light in the row `down` below its middle."""
    middle, radius, inverse = numbers
    square = down * down
    for x in range(span[0], span[1]):
        right = np.float32(x) - middle
        off = np.sqrt(right * right + square) - radius
        near = max(np.float32(1.0) - off * off * inverse, np.float32(0.0))
        added[x] = level * near * near


@kernel
def graph(tone: Tone, tint: Tone, edge: Field, half: float, level: float, hue: float) -> None:
    """Add a curve of light; `edge` is float32 (w,): its row in each column. 0.1 ms.

    The half width is measured across the curve, so steep parts are as thin as flat ones.
    """
    height, width = tone.shape
    for x in range(width):
        before, after = edge[max(x - 1, 0)], edge[min(x + 1, width - 1)]
        slope = (after - before) * 0.5
        stretch = np.sqrt(1.0 + slope * slope)
        reach = half * stretch
        for y in range(max(0, int(edge[x] - reach)), min(height, int(edge[x] + reach) + 2)):
            off = (y + 0.5 - edge[x]) / reach
            weight = 1.0 - off * off
            if weight > 0.0:
                shine(tone, tint, x, y, level * weight * weight, hue)


@kernel
def below(
    tone: Tone, tint: Tone, edge: Field, shade: tuple[float, float, float], hue: float
) -> None:
    """Cover everything under a curve: hills, water, a city. 0.1 ns a covered pixel.

    `edge` is float32 (w,): the row in each column where it begins. `shade` is the tone at the
    edge, the tone further down, and the pixels from the one to the other.
    """
    height, width = tone.shape
    top, bottom, depth = np.float32(shade[0]), np.float32(shade[1]), np.float32(shade[2])
    zero, one = np.float32(0.0), np.float32(1.0)
    first = height
    for x in range(width):
        first = min(first, max(0, int(edge[x])))
    inverse = one / max(depth, one)
    for y in range(first, height):
        row = np.float32(y + 1)
        for x in range(width):
            deep = row - edge[x]
            cover = min(max(deep, zero), one)
            level = top + (bottom - top) * min(deep * inverse, one)
            was = np.float32(tone[y, x])
            tone[y, x] = np.uint16(np.int32(was + (level - was) * cover))
    flat = np.uint16(hue)
    for k in range(first >> 1, tint.shape[0]):
        row = np.float32(2 * k + 1)
        for i in range(tint.shape[1]):
            tint[k, i] = flat if row > edge[2 * i] else tint[k, i]


@kernel
def halo(
    field: Field, axes: tuple[Field, Field], spot: tuple[float, float, float, float]
) -> None:
    """Add a wide glow to a grid's field; `spot` is x, y, radius, level in the grid's unit.

    `axes` are the grid's x and y. Light falls as 1 / (1 + r²)², half its height near 0.64 of
    the radius. 0.15 ms at 1080p.
    """
    xs, ys = axes
    x, y, radius, level = spot
    inverse = np.float32(1.0 / (radius * radius))
    for j in range(field.shape[0]):
        dy = ys[j] - np.float32(y)
        for i in range(field.shape[1]):
            dx = xs[i] - np.float32(x)
            near = np.float32(1.0) / (np.float32(1.0) + (dx * dx + dy * dy) * inverse)
            field[j, i] += np.float32(level) * near * near


def ramp(points: list[tuple[float, float]]) -> Tone:
    """Return a curve for `spread` through (tone in, tone out) points; 1.0 is full light."""
    place = np.arange(4096) / 2048.0
    levels = np.interp(place, [p[0] for p in points], [p[1] for p in points])
    curve: NDArray[np.uint16] = np.clip(levels * 32768.0, 0, 65535).astype(np.uint16)
    return curve
