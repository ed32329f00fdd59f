"""Titles over a picture: they sweep in, drift closer by a hair and fade, in sub-pixels.

The masks are drawn once (`stamps`); here they are only moved and blended onto Y, U and V.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mvpipe.engine.kernel import kernel
from mvpipe.engine.planes import BLACK_Y, NEUTRAL, Plane, Planes
from mvpipe.engine.scenes.colour import Yuv, yuv_of
from mvpipe.engine.scenes.stamps import Mask, Stamp, stamp
from mvpipe.model.timeline import Title

_WHITE_Y = 235
_LIGHT_Y = 55  # pure red still counts as light, pure blue does not
_SOFTNESS = 0.9
_DRIFT = 0.016
_RISE = 0.16


@dataclass(frozen=True, slots=True)
class Entrance:
    """Where a title is in its life: `shown` of its sweep and `left` of its farewell, 0 to 1.

    `grown` is its size, 1 at the end; `sunk` is how far below its place it stands, in ems.
    """

    shown: float
    left: float
    grown: float
    sunk: float


def draw_titles(planes: Planes, titles: tuple[Title, ...], *, at_ms: int) -> None:
    """Blend every title that is up at `at_ms` onto the frame, in order."""
    for title in titles:
        if title.start_ms <= at_ms < title.end_ms:
            _draw(planes, title, at_ms=at_ms)


def entrance(title: Title, *, at_ms: int) -> Entrance:
    """Return how far a title has come; fades are never longer than half its time."""
    length = title.end_ms - title.start_ms
    fade = min(title.fade_ms, length // 2)
    age, rest = at_ms - title.start_ms, title.end_ms - at_ms
    come = 1.0 if fade == 0 else min(1.0, age / fade)
    gone = 1.0 if fade == 0 else min(1.0, rest / fade)
    return Entrance(
        shown=come,
        left=_smooth(gone),
        grown=1.0 - _DRIFT * (1.0 - age / length),
        sunk=_RISE * (1.0 - come) ** 3,
    )


def opacities(step: Entrance, *, columns: int) -> NDArray[np.float32]:
    """Return each column's opacity: a soft edge sweeps from left to right, then all fade."""
    place = np.linspace(0.0, 1.0, columns, dtype=np.float64)
    edge = np.clip((step.shown * (1.0 + _SOFTNESS) - place) / _SOFTNESS, 0.0, 1.0)
    return (edge * edge * (3.0 - 2.0 * edge) * step.left).astype(np.float32)


def _draw(planes: Planes, title: Title, *, at_ms: int) -> None:
    size = planes.size
    drawn = stamp(title.text, title.position, title.scale, size)
    if drawn is None:
        return
    step = entrance(title, at_ms=at_ms)
    colour = yuv_of(title.colour)
    backdrop = BLACK_Y if colour.y >= _LIGHT_Y else _WHITE_Y
    _blend_half(planes, drawn, step=step, colour=colour)
    _blend(
        planes.y,
        drawn.ink,
        drawn.shade,
        opacities(step, columns=drawn.ink.shape[1]),
        _frame(drawn, step, part=1),
        _inks(colour.y, backdrop),
    )


def _blend_half(planes: Planes, drawn: Stamp, *, step: Entrance, colour: Yuv) -> None:
    columns = opacities(step, columns=drawn.half_ink.shape[1])
    place = _frame(drawn, step, part=2)
    for plane, value in ((planes.u, colour.u), (planes.v, colour.v)):
        inks = _inks(value, NEUTRAL)
        _blend(plane, drawn.half_ink, drawn.half_shade, columns, place, inks)


def _inks(colour: int, backdrop: int) -> NDArray[np.float32]:
    return np.array([colour, backdrop], np.float32)


def _frame(drawn: Stamp, step: Entrance, *, part: int) -> NDArray[np.float64]:
    """Return left, top, centre of growth x and y, growth and fall, in this plane's pixels."""
    centre_x = (drawn.text.left + drawn.text.right) / 2 - drawn.left
    centre_y = (drawn.text.top + drawn.text.bottom) / 2 - drawn.top
    fall = step.sunk * drawn.size_px
    numbers = (drawn.left, drawn.top, centre_x, centre_y, 0.0, fall)
    place = np.array(numbers, np.float64) / part
    place[4] = step.grown
    return place


def _smooth(x: float) -> float:
    return x * x * (3.0 - 2.0 * x)


@kernel
def _blend(
    plane: Plane,
    mask: Mask,
    shade: Mask,
    columns: NDArray[np.float32],
    place: NDArray[np.float64],
    inks: NDArray[np.float32],
) -> None:
    """Blend a mask and its shade onto a plane; bilinear, clipped to the plane.

    plane (h, w) uint8; mask, shade (a, b) uint8; columns (b,) float32 opacities; place (6,)
    float64: left, top, centre x, centre y, growth, fall; inks (2,) float32: letters, shade.
    """
    rows, width = mask.shape
    left, top, grown = int(place[0]), int(place[1]), place[4]
    start, end = max(0, -left), min(width, plane.shape[1] - left)
    at_x = np.empty(width, np.uint32)
    part_x = np.empty(width, np.float32)
    for column in range(start, end):
        from_x = (column + 0.5 - place[2]) / grown + place[2] - 0.5
        held = min(max(from_x, 0.0), width - 2.0)
        at_x[column] = np.uint32(held)
        part_x[column] = np.float32(held - np.uint32(held))
    one, half, scale = np.uint32(1), np.float32(0.5), np.float32(1.0 / 255.0)
    for row in range(max(0, -top), min(rows, plane.shape[0] - top)):
        from_y = (row + 0.5 - place[3] - place[5]) / grown + place[3] - 0.5
        if from_y < 0.0 or from_y >= rows - 1:
            continue
        y = int(from_y)
        down = np.float32(from_y - y)
        upper, lower, dark, onto = mask[y], mask[y + 1], shade[y], plane[top + row]
        for column in range(start, end):
            x = at_x[column]
            if dark[x] == 0:
                continue
            opacity = columns[x] * scale
            left_side = upper[x] + (np.float32(lower[x]) - upper[x]) * down
            right_side = upper[x + one] + (np.float32(lower[x + one]) - upper[x + one]) * down
            letter = (left_side + (right_side - left_side) * part_x[column]) * opacity
            value = np.float32(onto[left + column])
            value += (inks[1] - value) * (np.float32(dark[x]) * opacity)
            value += (inks[0] - value) * letter
            onto[left + column] = np.uint8(value + half)
