"""A user's picture made ready for one frame size: cropped, laid out and tinted, once.

A picture of about the frame's shape fills it. One of quite another shape (a landscape in a tall
frame) stands across it, over an enlarged, blurred and darkened copy of itself.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from mvpipe.engine.planes import Plane, Planes
from mvpipe.engine.scenes.colour import yuv_of
from mvpipe.engine.scenes.noise import chances
from mvpipe.model.media import Size

RESERVE = 1.08
"""Pixels of a prepared picture for each of the frame's, so that a zoom stays sharp."""

_LEAST_SEEN = 0.5  # of a picture's area; below it is fitted instead of cropped
_FITTED_SEEN = 0.76  # of a fitted picture's longer side
_SLACK = 0.14  # of the frame, kept beyond its edge to travel in
_TINT = 0.14
_BACK_LIGHT = 0.62
_FEW = 40  # samples across a blurred copy

Floats = NDArray[np.float64]
Corners = tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class Framed:
    """A picture ready to be filmed.

    `front` is the picture, `RESERVE` times the pixels of the part of the frame it fills and
    more where it can travel; `back` the blurred copy, or `None` where the front fills the
    frame. `rest` is the front's place in the frame: left, top, right, bottom in pixels.
    `focus` is where to look in `front`, 0 to 1 across and down.
    """

    front: Planes
    back: Planes | None
    rest: Corners
    focus: tuple[float, float]


class _Same:
    """A picture that is equal to itself only; keeps it alive while it is a key."""

    def __init__(self, picture: Planes) -> None:
        self.picture = picture

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Same) and other.picture is self.picture

    def __hash__(self) -> int:
        return id(self.picture)


def framed(picture: Planes, *, size: Size, colours: tuple[str, ...]) -> Framed:
    """Return the picture ready for a frame size and a palette; the last few are kept."""
    return _framed(_Same(picture), size, colours)


@lru_cache(maxsize=6)
def _framed(key: _Same, size: Size, colours: tuple[str, ...]) -> Framed:
    picture = key.picture
    rest = _rest(picture.size, size)
    look = focus_of(picture)
    window = _window(picture.size, shape=(rest[2] - rest[0], rest[3] - rest[1]), focus=look)
    whole = rest == (0.0, 0.0, float(size.width), float(size.height))
    return Framed(
        front=_tinted(_cropped(picture, window, within=rest), colours),
        back=None if whole else _blurred(picture, size=size, focus=look, colours=colours),
        rest=rest,
        focus=(
            (look[0] * picture.size.width - window[0]) / (window[2] - window[0]),
            (look[1] * picture.size.height - window[1]) / (window[3] - window[1]),
        ),
    )


def focus_of(picture: Planes) -> tuple[float, float]:
    """Return where the picture is richest in detail and colour, 0 to 1 across and down.

    The centre of mass of local contrast and saturation, weighed a little towards the middle.
    """
    luma = _reduced(picture.y, 96)
    colour = np.hypot(_reduced(picture.u, 96) - 128, _reduced(picture.v, 96) - 128)
    down, across = np.gradient(luma)
    y, x = (np.linspace(0.0, 1.0, count) for count in luma.shape)
    middle = np.exp(-2.5 * ((x[None, :] - 0.5) ** 2 + (y[:, None] - 0.5) ** 2))
    mass = (np.hypot(across, down) + 0.12 * colour + 0.02) ** 1.5 * middle
    total = float(mass.sum())
    return float((mass.sum(axis=0) * x).sum()) / total, float(
        (mass.sum(axis=1) * y).sum()
    ) / total


def _reduced(plane: Plane, side: int) -> Floats:
    small = Image.fromarray(plane).resize((side, side), Image.Resampling.BOX)
    return np.asarray(small, np.float64)


def _rest(picture: Size, frame: Size) -> Corners:
    """Return where the picture stands: everywhere, or a band across the middle."""
    shape, wanted = picture.width / picture.height, frame.width / frame.height
    if min(shape / wanted, wanted / shape) >= _LEAST_SEEN:
        return 0.0, 0.0, float(frame.width), float(frame.height)
    if shape > wanted:
        height = min(frame.height, frame.width / (shape * _FITTED_SEEN))
        top = (frame.height - height) * 0.47  # the optical middle lies a little high
        return 0.0, top, float(frame.width), top + height
    width = min(frame.width, frame.height * shape / _FITTED_SEEN)
    left = (frame.width - width) / 2
    return left, 0.0, left + width, float(frame.height)


def _window(
    picture: Size, *, shape: tuple[float, float], focus: tuple[float, float]
) -> Corners:
    """Return the part of the picture to keep: the frame's shape around the focus, and slack."""
    scale = min(picture.width / shape[0], picture.height / shape[1])
    width = min(picture.width, shape[0] * scale * (1 + _SLACK))
    height = min(picture.height, shape[1] * scale * (1 + _SLACK))
    left = min(max(focus[0] * picture.width - width / 2, 0.0), picture.width - width)
    top = min(max(focus[1] * picture.height - height / 2, 0.0), picture.height - height)
    return left, top, left + width, top + height


def _cropped(picture: Planes, window: Corners, *, within: Corners) -> Planes:
    """Cut and scale once, by Lanczos, to the size at which it will be filmed."""
    wide, high = window[2] - window[0], window[3] - window[1]
    scale = RESERVE * max((within[2] - within[0]) / wide, (within[3] - within[1]) / high)
    width, height = (max(4, round(side * scale / 2) * 2) for side in (wide, high))
    half = _halved(window)
    return Planes(
        y=_scaled(picture.y, window, width, height),
        u=_scaled(picture.u, half, width // 2, height // 2),
        v=_scaled(picture.v, half, width // 2, height // 2),
    )


def _halved(box: Corners) -> Corners:
    return box[0] / 2, box[1] / 2, box[2] / 2, box[3] / 2


def _scaled(plane: Plane, box: Corners, width: int, height: int) -> Plane:
    rows, columns = plane.shape
    inside = (
        max(0.0, box[0]),
        max(0.0, box[1]),
        min(float(columns), box[2]),
        min(float(rows), box[3]),
    )
    image = Image.fromarray(plane)
    return np.asarray(image.resize((width, height), Image.Resampling.LANCZOS, box=inside))


def _tinted(planes: Planes, colours: tuple[str, ...]) -> Planes:
    """Lean the picture's hues a little towards the palette's of the same brightness."""
    stops = sorted((yuv_of(colour) for colour in colours), key=lambda stop: stop.y)
    levels = np.arange(256)
    luma = [stop.y for stop in stops]
    half = (planes.y[0::2, 0::2].astype(np.uint16) + planes.y[1::2, 1::2]) >> 1
    tables = (
        np.interp(levels, luma, [stop.u for stop in stops]),
        np.interp(levels, luma, [stop.v for stop in stops]),
    )
    u, v = (
        np.rint(plane * (1 - _TINT) + table.astype(np.float32)[half] * _TINT).astype(np.uint8)
        for plane, table in zip((planes.u, planes.v), tables, strict=True)
    )
    return Planes(y=planes.y, u=u, v=v)


def _blurred(
    picture: Planes, *, size: Size, focus: tuple[float, float], colours: tuple[str, ...]
) -> Planes:
    """Return a soft, dark copy that fills the frame, at half its size, dithered."""
    window = _window(picture.size, shape=(size.width, size.height), focus=focus)
    half = _halved(window)
    width, height = max(4, size.width // 4 * 2), max(4, size.height // 4 * 2)
    soft = Planes(
        y=_softened(picture.y, window, (width, height), around=16),
        u=_softened(picture.u, half, (width // 2, height // 2), around=128),
        v=_softened(picture.v, half, (width // 2, height // 2), around=128),
    )
    return _tinted(soft, colours)


def _softened(plane: Plane, box: Corners, size: tuple[int, int], *, around: int) -> Plane:
    few = (max(4, _FEW * size[0] // max(size)), max(4, _FEW * size[1] // max(size)))
    image = Image.fromarray(plane.astype(np.float32))
    small = image.resize(few, Image.Resampling.HAMMING, box=box)
    smaller = small.resize((few[0] // 2, few[1] // 2), Image.Resampling.HAMMING)
    levels = np.asarray(smaller.resize(size, Image.Resampling.BICUBIC), np.float64)
    dither = chances(around, size[0] * size[1]).reshape(size[1], size[0])
    light = _BACK_LIGHT if around == 16 else 0.8
    return np.floor(around + (levels - around) * light + dither).clip(16, 240).astype(np.uint8)
