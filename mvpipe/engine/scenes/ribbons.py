"""Ribbons of light that run down the frame without a knot: wet tracks, trails on a road."""

from __future__ import annotations

import numpy as np

from mvpipe.engine.kernel import kernel
from mvpipe.engine.scenes.canvas import Field, Tone
from mvpipe.engine.scenes.shapes import shine


@kernel
def ribbons(tone: Tone, tint: Tone, bands: Field, hue: float) -> None:
    """Add bands of light; `bands` is float32 (n, points, 4): x, y, half width, level.

    The rows y of a band never fall from point to point. Each row is lit once, so that bands
    have no joints; the half width is measured across the band. 3 ns a covered pixel.
    """
    height, width = tone.shape
    for n in range(bands.shape[0]):
        for m in range(bands.shape[1] - 1):
            x0, y0, w0, l0 = bands[n, m, 0], bands[n, m, 1], bands[n, m, 2], bands[n, m, 3]
            x1, y1, w1, l1 = (
                bands[n, m + 1, 0],
                bands[n, m + 1, 1],
                bands[n, m + 1, 2],
                bands[n, m + 1, 3],
            )
            tall = y1 - y0
            if tall < 1e-3 or (l0 <= 8.0 and l1 <= 8.0):
                continue
            slope = (x1 - x0) / tall
            lean = np.sqrt(np.float32(1.0) + slope * slope)
            first = max(0, int(np.ceil(y0 - np.float32(0.5))))
            for y in range(first, min(height, int(np.ceil(y1 - np.float32(0.5))))):
                part = (np.float32(y) + np.float32(0.5) - y0) / tall
                middle, reach = x0 + (x1 - x0) * part, (w0 + (w1 - w0) * part) * lean
                level = l0 + (l1 - l0) * part
                inverse = np.float32(1.0) / reach
                for x in range(
                    max(0, int(middle - reach)), min(width, int(middle + reach) + 1)
                ):
                    off = (np.float32(x) + np.float32(0.5) - middle) * inverse
                    near = np.float32(1.0) - off * off
                    if near > np.float32(0.0):
                        shine(tone, tint, x, y, level * near * near, hue)
