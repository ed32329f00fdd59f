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
def lines(tone: Tone, tint: Tone, strokes: Field, hue: float) -> None:  # noqa: PLR0915 (one hot loop)
    """Add straight strokes; `strokes` is float32 (n, 8), from one end to the other.

    x0, y0, x1, y1, then half widths and levels at both ends. A stroke is brightest along its
    middle and falls to 0 at its half width (take 1.2 pixels or more). 3 ns a covered pixel.
    """
    height, width = tone.shape
    for n in range(strokes.shape[0]):
        x0, y0, x1, y1 = strokes[n, 0], strokes[n, 1], strokes[n, 2], strokes[n, 3]
        w0, w1, l0, l1 = strokes[n, 4], strokes[n, 5], strokes[n, 6], strokes[n, 7]
        dx, dy = x1 - x0, y1 - y0
        length = np.sqrt(dx * dx + dy * dy)
        if length < 1e-3 or (l0 <= 0.0 and l1 <= 0.0):
            continue
        ux, uy = dx / length, dy / length
        steep = abs(uy) > abs(ux)
        widest = max(w0, w1)
        a0, a1 = (y0, y1) if steep else (x0, x1)
        limit = height if steep else width
        for a in range(
            max(0, int(min(a0, a1) - widest)), min(limit, int(max(a0, a1) + widest) + 2)
        ):
            if steep:
                middle = x0 + (a + 0.5 - y0) * ux / uy
                reach = widest / abs(uy)
            else:
                middle = y0 + (a + 0.5 - x0) * uy / ux
                reach = widest / abs(ux)
            other = width if steep else height
            if middle + reach < 0 or middle - reach > other:
                continue
            for b in range(max(0, int(middle - reach)), min(other, int(middle + reach) + 2)):
                px, py = (b, a) if steep else (a, b)
                rx, ry = px + 0.5 - x0, py + 0.5 - y0
                t = (rx * ux + ry * uy) / length
                beyond = max(-t, t - 1.0, 0.0) * length
                t = min(max(t, 0.0), 1.0)
                half = w0 + (w1 - w0) * t
                off = rx * uy - ry * ux
                near = 1.0 - (off * off + beyond * beyond) / (half * half)
                if near > 0.0:
                    shine(tone, tint, px, py, (l0 + (l1 - l0) * t) * near * near, hue)


@kernel
def ring(
    tone: Tone, tint: Tone, circle: tuple[float, float, float, float], level: float, hue: float
) -> None:
    """Add a circle of light; `circle` is x, y, radius, half width. 3 ns a covered pixel."""
    height, width = tone.shape
    cx, cy, radius, half = circle
    outer, inner = radius + half, max(radius - half, 0.0)
    for y in range(max(0, int(cy - outer)), min(height, int(cy + outer) + 2)):
        dy = y + 0.5 - cy
        left = outer * outer - dy * dy
        if left <= 0.0:
            continue
        far = np.sqrt(left)
        near = np.sqrt(max(inner * inner - dy * dy, 0.0))
        for side in range(2):
            if side == 0:
                first, last = int(cx - far), int(cx - near) + 1
            else:
                first, last = int(cx + near), int(cx + far) + 1
                if near <= 1.0:
                    first = int(cx - near) + 1
            for x in range(max(0, first), min(width, last)):
                dx = x + 0.5 - cx
                off = np.sqrt(dx * dx + dy * dy) - radius
                weight = 1.0 - off * off / (half * half)
                if weight > 0.0:
                    shine(tone, tint, x, y, level * weight * weight, hue)


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
    """Cover everything under a curve: hills, water, a city. 0.5 ns a covered pixel.

    `edge` is float32 (w,): the row in each column where it begins. `shade` is the tone at the
    edge, the tone further down, and the pixels from the one to the other.
    """
    height, width = tone.shape
    top, bottom, depth = np.float32(shade[0]), np.float32(shade[1]), np.float32(shade[2])
    first = height
    for x in range(width):
        first = min(first, max(0, int(edge[x])))
    inverse = np.float32(1.0) / max(depth, np.float32(1.0))
    for y in range(first, height):
        for x in range(width):
            deep = np.float32(y + 1) - edge[x]
            if deep > 0.0:
                cover = min(deep, np.float32(1.0))
                level = top + (bottom - top) * min(deep * inverse, np.float32(1.0))
                was = np.float32(tone[y, x])
                tone[y, x] = np.uint16(was + (level - was) * cover)
    flat = np.uint16(hue)
    for k in range(first >> 1, tint.shape[0]):
        for i in range(tint.shape[1]):
            if np.float32(2 * k + 1) > edge[2 * i]:
                tint[k, i] = flat


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
