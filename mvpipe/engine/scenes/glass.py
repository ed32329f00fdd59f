"""Panes of cut glass at full size: kites whose two sides, edges and ridge catch the light.

Light adds to what is there, as in `shapes`. Places are pixels and may lie outside the frame.
"""

from __future__ import annotations

import numpy as np

from mvpipe.engine.kernel import kernel
from mvpipe.engine.scenes.canvas import Field, Tone


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
    """Fill `added` with the light of a pane from one column to another, in one row.

    `row` is its y and a line's width. 0.5 ns a pixel.
    """
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
    first = np.float32(ends[0]) + half
    corner, light = kite[0], kite[8]
    for x in range(ends[1] - ends[0]):
        px = np.float32(x) + first
        near = min(a * px + ra, b * px + rb, c * px + rc, d * px + rd)
        across = ro - ry * (px - corner)
        t = (rx * (px - corner) + rt) * along
        cover = min(max(near + half, zero), one)
        side = min(max(across + half, zero), one)
        rim = max(one - abs(near - one) * thin, zero)
        soft = one / (one + near * near * np.float32(0.012))
        ridge = max(one - abs(across) * thin, zero)
        body = (np.float32(0.26) + np.float32(0.42) * side) * (
            np.float32(0.35) + np.float32(0.9) * t
        )
        shine = body + np.float32(1.5) * rim + np.float32(0.45) * soft + half * ridge
        added[x] = max(light * cover * shine, zero)


@kernel
def lay(tone: Tone, tint: Tone, added: Field, place: tuple[int, int, int], hue: float) -> None:
    """Add one row's light, from the row's first column on; `place` is row, first, end."""
    y, start, end = place
    full, one = np.float32(65535.0), np.float32(1.0)
    row = tone[y, start:end]
    for x in range(row.shape[0]):
        row[x] = np.uint16(np.int32(min(np.float32(row[x]) + added[x], full)))
    k, odd = y >> 1, start & 1
    if y & 1 == 0 and k < tint.shape[0]:
        hues = tint[k, (start + 1) >> 1 : min((end + 1) >> 1, tint.shape[1])]
        colour = np.float32(hue)
        for i in range(hues.shape[0]):
            share = added[2 * i + odd] / (np.float32(row[2 * i + odd]) + one)
            was = np.float32(hues[i])
            hues[i] = np.uint16(np.int32(was + (colour - was) * min(share, one)))
