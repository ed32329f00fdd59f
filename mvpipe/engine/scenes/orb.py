"""A moon at full size: a round face with its seas, its craters and its darker rim."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from mvpipe.engine.kernel import kernel
from mvpipe.engine.scenes.canvas import Tone
from mvpipe.engine.scenes.noise import TEXTURE, Texture, chances, cloud, sample

_CRATERS = 70


@lru_cache(maxsize=8)
def face_of(seed: int) -> Texture:
    """Return a moon's face, (512, 512), its disc touching the edges: light, 0 to 1. 80 ms."""
    place = (np.arange(TEXTURE) + 0.5) / TEXTURE * 2.0 - 1.0
    u, v = np.meshgrid(place, place)
    square = np.minimum(u * u + v * v, 1.0)
    broad, fine = cloud(seed % 5, slope=1.7), cloud(seed % 5 + 30, slope=1.1, coarsest=4)
    seas = np.clip((_grown(broad, 3) - 0.44) * 3.0, 0.0, 1.0)
    light = 1.0 - 0.34 * seas * seas * (3.0 - 2.0 * seas) + 0.12 * (fine - 0.5)
    for x, y, r, depth in _craters(seed):
        away = np.hypot(u - x, v - y) / r
        bowl = np.clip(1.0 - away * away, 0.0, 1.0)  # lit from the left: dark near, bright far
        light += depth * bowl * (1.6 * (u - x) / r - 0.25)
    face: Texture = np.clip(light * (1.0 - 0.34 * square**2), 0.0, 1.2).astype(np.float32)
    return face


def _grown(texture: Texture, times: int) -> Texture:
    """Return a corner of a texture enlarged `times`, smoothly enough for a distant face."""
    at = np.arange(TEXTURE) / times
    low = at.astype(np.int64)
    part = (at - low).astype(np.float32)
    rows: Texture = texture[low] * (1 - part)[:, None] + texture[low + 1] * part[:, None]
    grown: Texture = rows[:, low] * (1 - part) + rows[:, low + 1] * part
    return grown


def _craters(seed: int) -> list[tuple[float, float, float, float]]:
    luck = chances(seed + 700, 4 * _CRATERS).reshape(_CRATERS, 4)
    return [
        (float(2 * a - 1), float(2 * b - 1), float(0.014 + 0.07 * c**3), float(0.07 + 0.08 * d))
        for a, b, c, d in luck
    ]


@kernel
def moon(
    tone: Tone, tint: Tone, disc: tuple[float, float, float], light: float, face: Texture
) -> None:
    """Cover a disc (x, y, radius in pixels) with a face; `light` is its tone. 8 ns a pixel."""
    height, width = tone.shape
    cx, cy, radius = disc
    step = 0.4985 / radius
    hue = np.float32(60000.0)
    for y in range(max(0, int(cy - radius - 1)), min(height, int(cy + radius + 2))):
        dy = np.float32(y + 0.5 - cy)
        reach = np.sqrt(max((radius + 1.0) ** 2 - (y + 0.5 - cy) ** 2, 0.0))
        v = 0.5 + (y + 0.5 - cy) * step
        for x in range(max(0, int(cx - reach)), min(width, int(cx + reach) + 1)):
            dx = np.float32(x + 0.5 - cx)
            away = np.sqrt(dx * dx + dy * dy)
            cover = min(
                max(np.float32(radius) - away + np.float32(0.5), np.float32(0)), np.float32(1)
            )
            was = np.float32(tone[y, x])
            shade = sample(face, 0.5 + (x + 0.5 - cx) * step, v)
            level = max(np.float32(light) * shade, was)
            tone[y, x] = np.uint16(min(was + (level - was) * cover, np.float32(65535.0)))
            if (x | y) & 1 == 0 and (y >> 1) < tint.shape[0] and (x >> 1) < tint.shape[1]:
                old = np.float32(tint[y >> 1, x >> 1])
                tint[y >> 1, x >> 1] = np.uint16(old + (hue - old) * cover)
