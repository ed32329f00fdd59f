"""Upright boxes at full size: walls that cover what stands behind them, and panes of light.

Edges lie anywhere between pixels and are covered by exact area, so that a row of towers can
drift by less than a pixel a frame and nothing crawls. Columns and rows are pixels, levels tones
(32768 is full light), hues tints from 0 to 65535. What lies outside the frame is skipped.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from mvpipe.engine.kernel import kernel
from mvpipe.engine.scenes.canvas import Field, Tone

Line = NDArray[np.uint16]


@kernel
def overlap(at: float, low: float, high: float) -> np.float32:
    """Return how much of the pixel at `at` lies between two edges, 0 to 1."""
    inside = min(at + 1.0, high) - max(at, low)
    return np.float32(min(max(inside, 0.0), 1.0))


@kernel
def walls(tone: Tone, tint: Tone, boxes: Field, rows: Field, shift: float) -> None:
    """Cover boxes, float32 (n, 5): left, right, top, bottom, factor. 0.3 ns a pixel.

    `rows` is float32 (2, height): the tone and the hue of a wall in each row; a box's factor
    brightens its tone. `shift` moves all boxes to the right.
    """
    height, width = tone.shape
    for n in range(boxes.shape[0]):
        left, right = boxes[n, 0] + shift, boxes[n, 1] + shift
        top, bottom, factor = boxes[n, 2], boxes[n, 3], boxes[n, 4]
        first, last = max(0, int(np.floor(left))), min(width, int(np.ceil(right)))
        low, high = max(0, int(np.floor(top))), min(height, int(np.ceil(bottom)))
        if first >= last or low >= high:
            continue
        for y in range(low, high):
            level = np.float32(min(rows[0, y] * factor, 65535.0))
            tall = overlap(y, top, bottom)
            cover(tone[y, first + 1 : max(first + 1, last - 1)], level, tall)
            for x in (first, last - 1):
                was = np.float32(tone[y, x])
                tone[y, x] = np.uint16(was + (level - was) * tall * overlap(x, left, right))
        start, end = first >> 1, min(tint.shape[1], (last + 1) >> 1)
        for k in range(low >> 1, min(tint.shape[0], (high + 1) >> 1)):
            hue = np.float32(rows[1, 2 * k])
            tall = overlap(k, top * 0.5, bottom * 0.5)
            cover(tint[k, start + 1 : max(start + 1, end - 1)], hue, tall)
            for i in range(start, end, max(1, end - 1 - start)):
                old, wide = np.float32(tint[k, i]), overlap(i, left * 0.5, right * 0.5)
                tint[k, i] = np.uint16(old + (hue - old) * tall * wide)


@kernel
def cover(row: Line, level: np.float32, share: np.float32) -> None:
    """Turn a part of one row into a level by a share of 0 to 1."""
    flat = np.uint16(level)
    if share == np.float32(1.0):
        for x in range(row.shape[0]):
            row[x] = flat
        return
    for x in range(row.shape[0]):
        was = np.float32(row[x])
        row[x] = np.uint16(np.int32(was + (level - was) * share))


@kernel
def panes(tone: Tone, tint: Tone, boxes: Field, levels: Field, shift: float) -> None:
    """Add light in boxes, float32 (n, 5): left, right, top, bottom, hue. 2 ns a pixel.

    `levels` is float32 (n,), what each adds; those of 16 and less are skipped. `shift` moves
    all boxes to the right.
    """
    height, width = tone.shape
    for n in range(boxes.shape[0]):
        level = np.float32(levels[n])
        left, right = boxes[n, 0] + shift, boxes[n, 1] + shift
        if level <= 16.0 or right <= 0.0 or left >= width:
            continue
        top, bottom, hue = boxes[n, 2], boxes[n, 3], np.float32(boxes[n, 4])
        for y in range(max(0, int(top)), min(height, int(np.ceil(bottom)))):
            tall = overlap(y, top, bottom) * level
            for x in range(max(0, int(np.floor(left))), min(width, int(np.ceil(right)))):
                after = np.float32(tone[y, x]) + tall * overlap(x, left, right)
                tone[y, x] = np.uint16(min(after, np.float32(65535.0)))
        low, high = max(0, int(top) >> 1), min(tint.shape[0], int(np.ceil(bottom * 0.5)))
        start = max(0, int(np.floor(left * 0.5)))
        for k in range(low, high):
            for i in range(start, min(tint.shape[1], int(np.ceil(right * 0.5)))):
                cover = overlap(k, top * 0.5, bottom * 0.5) * overlap(
                    i, left * 0.5, right * 0.5
                )
                share = cover * min(
                    level * np.float32(2.5) / np.float32(16384.0), np.float32(1)
                )
                old = np.float32(tint[k, i])
                tint[k, i] = np.uint16(old + (hue - old) * share)
