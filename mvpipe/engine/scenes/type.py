"""Titles over a picture: they sweep in, drift closer by a hair and fade, in sub-pixels.

The masks are drawn once (`stamps`); here they are only moved and blended onto Y, U and V.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mvpipe.engine.kernel import kernel
from mvpipe.engine.planes import BLACK_Y, NEUTRAL, Plane, Planes
from mvpipe.engine.scenes.colour import yuv_of
from mvpipe.engine.scenes.stamps import Mask, Stamp, stamp
from mvpipe.model.timeline import Title

Numbers = NDArray[np.float32]
Places = NDArray[np.uint32]

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


def opacities(step: Entrance, *, columns: int) -> Numbers:
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
    _blend(
        (planes.y,),
        (drawn.ink, drawn.shade),
        opacities(step, columns=drawn.ink.shape[1]),
        _frame(drawn, step, part=1),
        np.array([[colour.y, backdrop]], np.float32),
    )
    _blend(
        (planes.u, planes.v),
        (drawn.half_ink, drawn.half_shade),
        opacities(step, columns=drawn.half_ink.shape[1]),
        _frame(drawn, step, part=2),
        np.array([[colour.u, NEUTRAL], [colour.v, NEUTRAL]], np.float32),
    )


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
    planes: tuple[Plane, ...],
    masks: tuple[Mask, Mask],
    columns: Numbers,
    place: NDArray[np.float64],
    inks: Numbers,
) -> None:
    """Blend letters and their shade onto planes of one size; bilinear, clipped to them.

    planes (h, w) uint8; masks (a, b) uint8: letters, shade; columns (b,) float32 opacities;
    place (6,) float64: left, top, centre x, centre y, growth, fall; inks (planes, 2) float32:
    letters, shade. 0.7 ms for a headline at 1080p.
    """
    mask, shade = masks
    rows, width = mask.shape
    left, top, grown = int(place[0]), int(place[1]), place[4]
    start, end = max(0, -left), min(width, planes[0].shape[1] - left)
    at, line = np.zeros(width, np.uint32), np.empty((5, width), np.float32)
    for column in range(start, end):
        from_x = (column + 0.5 - place[2]) / grown + place[2] - 0.5
        held = min(max(from_x, 0.0), width - 2.0)
        at[column] = np.uint32(held)
        line[0, column] = np.float32(held - np.uint32(held))
        line[1, column] = columns[at[column]] * np.float32(1.0 / 255.0)
    ends = np.full(width, end, np.uint32)
    for column in range(end - 2, start - 1, -1):
        follows = at[column + 1] - at[column] == 1
        ends[column] = ends[column + 1] if follows else column + 1
    for row in range(max(0, -top), min(rows, planes[0].shape[0] - top)):
        from_y = (row + 0.5 - place[3] - place[5]) / grown + place[3] - 0.5
        if from_y < 0.0 or from_y >= rows - 1:
            continue
        y = int(from_y)
        first, last = _shaded(shade[y], at, (start, end))
        if first < last:
            _weigh((mask[y], mask[y + 1], shade[y]), at, ends, line, (first, last, from_y - y))
            for n in range(len(planes)):
                _ink(planes[n][top + row, left:], line, (first, last), inks[n])


@kernel
def _shaded(shade: Mask, at: Places, span: tuple[int, int]) -> tuple[int, int]:
    """Return the part of a span of columns outside which a row has no shade."""
    first, last = span
    while first < last and shade[at[first]] == 0:
        first += 1
    while last > first and shade[at[last - 1]] == 0:
        last -= 1
    return first, last


@kernel
def _weigh(
    masks: tuple[Mask, Mask, Mask],
    at: Places,
    ends: Places,
    line: Numbers,
    span: tuple[int, int, float],
) -> None:
    """Fill rows 3 and 4 of `line` with the letters' and the shade's weights, from 0 to 1.

    `masks` are rows of letters above and below and of shade, `at` the place in them of each
    column, rows 0 and 1 of `line` how far it lies beyond and its opacity, row 2 is room.
    Columns go by runs whose places follow one another, so that each compiles to vector code:
    `ends` is where each column's run ends.
    """
    upper, lower, shade = masks
    first, last, down = span[0], span[1], np.float32(span[2])
    for x in range(int(at[first]), int(at[last - 1]) + 2):
        above = np.float32(upper[x])
        line[2, x] = above + (np.float32(lower[x]) - above) * down
    start = first
    while start < last:
        end = min(int(ends[start]), last)
        _run((line[2][at[start] :], shade[at[start] :]), line, (start, end))
        start = end


@kernel
def _run(masks: tuple[Numbers, Mask], line: Numbers, span: tuple[int, int]) -> None:
    """Weigh one run of columns: a row of letters and one of shade, from its first column."""
    letters, shade = masks
    part, opacity = line[0][span[0] : span[1]], line[1][span[0] : span[1]]
    ink, veil = line[3][span[0] : span[1]], line[4][span[0] : span[1]]
    for column in range(span[1] - span[0]):
        near = letters[column]
        near += (letters[column + 1] - near) * part[column]
        ink[column] = near * opacity[column]
        veil[column] = np.float32(shade[column]) * opacity[column]


@kernel
def _ink(onto: Plane, line: Numbers, span: tuple[int, int], inks: Numbers) -> None:
    """Blend one row of one plane towards the shade's and then the letters' level."""
    letters, backdrop, half = inks[0], inks[1], np.float32(0.5)
    for column in range(span[0], span[1]):
        value = np.float32(onto[column])
        value += (backdrop - value) * line[4, column]
        value += (letters - value) * line[3, column]
        onto[column] = np.uint8(np.int32(value + half))
