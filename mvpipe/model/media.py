"""Sizes, aspects and kinds of media."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class MediaKind(StrEnum):
    """What an input file is for."""

    AUDIO = "audio"
    PICTURE = "picture"


class Aspect(StrEnum):
    """The shape of a frame, width to height."""

    WIDE = "16:9"
    TALL = "9:16"
    SQUARE = "1:1"


@dataclass(frozen=True, slots=True)
class Size:
    """A frame's width and height in pixels; both are even, as 4:2:0 chroma needs."""

    width: int
    height: int

    def __str__(self) -> str:
        return f"{self.width}x{self.height}"


FULL_HD = {
    Aspect.WIDE: Size(1920, 1080),
    Aspect.TALL: Size(1080, 1920),
    Aspect.SQUARE: Size(1080, 1080),
}
"""The size of a finished video of each aspect where nothing else is asked for."""


class Quality(StrEnum):
    """How much time the encoder takes for how good a picture."""

    DRAFT = "draft"
    STANDARD = "standard"
    HIGH = "high"
    MASTER = "master"


DRAFT_PART = 3
"""A draft without a size of its own has a third of the lines."""


def natural_size(aspect: Aspect, quality: Quality) -> Size:
    """Return the size of a video for which nobody asked a size."""
    full = FULL_HD[aspect]
    if quality is not Quality.DRAFT:
        return full
    return Size(full.width // DRAFT_PART, full.height // DRAFT_PART)
