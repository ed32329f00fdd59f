"""From a written colour to the planes' levels."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Yuv:
    """One colour as bt709 limited-range Y, U and V."""

    y: int
    u: int
    v: int


def yuv_of(colour: str) -> Yuv:
    """Return `#rrggbb` as levels (ITU-R BT.709-6, items 3.3 to 3.5)."""
    red, green, blue = (int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5))
    luma = 0.2126 * red + 0.7152 * green + 0.0722 * blue
    return Yuv(
        y=round(16 + 219 * luma),
        u=round(128 + 224 * (blue - luma) / 1.8556),
        v=round(128 + 224 * (red - luma) / 1.5748),
    )
