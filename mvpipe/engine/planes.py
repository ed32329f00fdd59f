"""One frame's memory: planar YUV 4:2:0, 8 bits, bt709, limited range.

Y runs from 16 to 235, U and V from 16 to 240.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mvpipe.model.media import Size

Plane = NDArray[np.uint8]

BLACK_Y, NEUTRAL = 16, 128


@dataclass(frozen=True, slots=True)
class Planes:
    """`y` is (height, width), `u` and `v` are half of each; rows may be padded (strided)."""

    y: Plane
    u: Plane
    v: Plane

    @property
    def size(self) -> Size:
        """Return the frame's size in luma pixels."""
        return Size(width=self.y.shape[1], height=self.y.shape[0])


def blank(size: Size) -> Planes:
    """Return a new black frame."""
    half = (size.height // 2, size.width // 2)
    return Planes(
        y=np.full((size.height, size.width), BLACK_Y, np.uint8),
        u=np.full(half, NEUTRAL, np.uint8),
        v=np.full(half, NEUTRAL, np.uint8),
    )
