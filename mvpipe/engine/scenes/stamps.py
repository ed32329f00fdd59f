"""A title's masks: text fitted into a frame's safe area and drawn once, letters and shade.

Knows nothing of time: the same text, position, scale and size always give the same masks.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFilter

from mvpipe.engine.scenes.letters import Face, Style, draw, drawable, edges, measure
from mvpipe.engine.scenes.lines import balanced
from mvpipe.model.media import Size
from mvpipe.model.timeline import TitlePosition

Mask = NDArray[np.uint8]

MOST_CHARACTERS = 400
_NATURAL = {
    TitlePosition.CENTRE: 0.096,
    TitlePosition.TOP: 0.052,
    TitlePosition.BOTTOM: 0.048,
    TitlePosition.LOWER_LEFT: 0.050,
}
_LINES = {
    TitlePosition.CENTRE: 3,
    TitlePosition.TOP: 2,
    TitlePosition.BOTTOM: 2,
    TitlePosition.LOWER_LEFT: 3,
}
_LEADING = 1.16
_INDENT = 0.42
_SMALLER = 0.93


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle in pixels; right and bottom lie outside."""

    left: float
    top: float
    right: float
    bottom: float

    @property
    def width(self) -> float:
        return self.right - self.left

    @property
    def height(self) -> float:
        return self.bottom - self.top


@dataclass(frozen=True, slots=True)
class Stamp:
    """Masks of one title, 0 to 255, all but the half ones (chroma) at full size.

    `ink` holds the letters, `shade` the soft darkness around them; `left` and `top` say where
    they stand in the frame, both even. `text` is the box of the letters, `size_px` the size of
    the first line.
    """

    ink: Mask
    shade: Mask
    half_ink: Mask
    half_shade: Mask
    left: int
    top: int
    text: Box
    size_px: float


@dataclass(frozen=True, slots=True)
class _Line:
    text: str
    style: Style
    width: float
    height: float


def safe_area(size: Size) -> Box:
    """Return where titles may stand: 8 % in from each side, more where apps lay buttons.

    Tall frames are shown under the controls of short-video apps: 12 % stay free above, 20 %
    below.
    """
    tall = size.height > 1.3 * size.width
    above, below = (0.12, 0.20) if tall else (0.08, 0.08)
    return Box(
        left=size.width * 0.08,
        top=size.height * above,
        right=size.width * 0.92,
        bottom=size.height * (1 - below),
    )


@lru_cache(maxsize=12)
def stamp(text: str, position: TitlePosition, scale: float, size: Size) -> Stamp | None:
    """Return the title's masks, or `None` where no font has any of its characters."""
    shown = drawable(text)
    if not shown:
        return None
    if len(shown) > MOST_CHARACTERS:
        shown = shown[: MOST_CHARACTERS - 1].rstrip() + "…"
    area = _room(position, size)
    lines = _fitted(shown, position=position, scale=scale, area=area, size=size)
    return _drawn(lines, box=_placed(lines, position=position, area=area), position=position)


def _room(position: TitlePosition, size: Size) -> Box:
    """Leave the right-hand column of buttons free where a tall frame's lower third stands."""
    area = safe_area(size)
    if position is not TitlePosition.LOWER_LEFT:
        return area
    right = area.left + area.width * (0.82 if size.height > size.width else 0.6)
    return Box(left=area.left, top=area.top, right=right, bottom=area.bottom)


def _fitted(
    text: str, *, position: TitlePosition, scale: float, area: Box, size: Size
) -> tuple[_Line, ...]:
    """Set the text as large as its room allows, smaller by 7 % at a time.

    Small type may take more lines, and breaks inside words that are still too long.
    """
    side = (size.width * size.height) ** 0.5
    size_px = _NATURAL[position] * scale * side
    small_px = min(size_px, 0.022 * side)
    most = max(_LINES[position], text.count("\n") + 1)
    while True:
        small = size_px <= small_px
        lines = _set(text, position=position, size_px=size_px, area=area, cut=small)
        holds = _holds(lines, position=position, area=area)
        if holds and (small or len(lines) <= most):
            return lines
        size_px *= _SMALLER


def _holds(lines: tuple[_Line, ...], *, position: TitlePosition, area: Box) -> bool:
    share = 0.9 if position is TitlePosition.CENTRE else 0.5
    wide = max(line.width for line in lines) + _indent(lines, position)
    return wide <= area.width and sum(line.height for line in lines) <= area.height * share


def _set(
    text: str, *, position: TitlePosition, size_px: float, area: Box, cut: bool
) -> tuple[_Line, ...]:
    limit = area.width - (size_px * _INDENT if position is TitlePosition.LOWER_LEFT else 0.0)
    return tuple(
        line
        for number, paragraph in enumerate(text.split("\n"))
        for line in _broken(paragraph, _style(position, number, size_px), limit=limit, cut=cut)
    )


def _broken(paragraph: str, style: Style, *, limit: float, cut: bool) -> tuple[_Line, ...]:
    places = edges(paragraph, style.face, style.tracking)

    def width(start: int, end: int) -> float:
        return (places[end - 1][1] - places[start][0]) * style.size_px

    parts = balanced(paragraph, width=width, limit=limit, cut=cut)
    height = style.size_px * _LEADING
    return tuple(_Line(part, style, measure(part, style), height) for part in parts)


def _style(position: TitlePosition, number: int, size_px: float) -> Style:
    """Set headlines in the display face, later lines of a lower third quieter."""
    if position is TitlePosition.BOTTOM:
        return Style(Face.BOLD, size_px, tracking=-0.005)
    if position is TitlePosition.LOWER_LEFT and number > 0:
        return Style(Face.TEXT, size_px * 0.62, tracking=0.01)
    return Style(Face.DISPLAY, size_px, tracking=-0.008)


def _indent(lines: tuple[_Line, ...], position: TitlePosition) -> float:
    return lines[0].style.size_px * _INDENT if position is TitlePosition.LOWER_LEFT else 0.0


def _placed(lines: tuple[_Line, ...], *, position: TitlePosition, area: Box) -> Box:
    width = max(line.width for line in lines) + _indent(lines, position)
    height = sum(line.height for line in lines)
    left = area.left + (area.width - width) / 2
    top = area.top + (area.height - height) / 2
    if position is TitlePosition.LOWER_LEFT:
        left = area.left
    if position is TitlePosition.TOP:
        top = area.top
    if position in {TitlePosition.BOTTOM, TitlePosition.LOWER_LEFT}:
        top = area.bottom - height
    return Box(left=left, top=top, right=left + width, bottom=top + height)


def _drawn(lines: tuple[_Line, ...], *, box: Box, position: TitlePosition) -> Stamp:
    size_px = lines[0].style.size_px
    margin = size_px * 0.75
    left, top = _even(box.left - margin), _even(box.top - margin)
    room = (_even(box.right + margin) - left + 2, _even(box.bottom + margin) - top + 2)
    ink = Image.new("L", room, 0)
    _draw_lines(ImageDraw.Draw(ink), lines, box=box, origin=(left, top), position=position)
    shade = _shade(ink, size_px)
    return Stamp(
        ink=np.asarray(ink),
        shade=np.asarray(shade),
        half_ink=np.asarray(ink.reduce(2)),
        half_shade=np.asarray(shade.reduce(2)),
        left=left,
        top=top,
        text=box,
        size_px=size_px,
    )


def _even(value: float) -> int:
    return int(value // 2) * 2


def _draw_lines(
    pen: ImageDraw.ImageDraw,
    lines: tuple[_Line, ...],
    *,
    box: Box,
    origin: tuple[int, int],
    position: TitlePosition,
) -> None:
    left, y = box.left - origin[0], box.top - origin[1]
    indent = _indent(lines, position)
    if indent:
        pen.rectangle(_rule(lines, left=left, top=y), fill=255)
    for line in lines:
        slack = 0.0 if indent else (box.width - line.width) / 2
        baseline = y + line.height * 0.5 + line.style.size_px * 0.35
        draw(
            pen,
            at=(left + indent + slack, baseline),
            text=line.text,
            style=line.style,
            fill=255,
        )
        y += line.height


def _rule(lines: tuple[_Line, ...], *, left: float, top: float) -> list[int]:
    """Return the upright bar beside a lower third, as tall as the capitals it stands by."""
    first, last = lines[0].style.size_px * 0.22, lines[-1].style.size_px * 0.22
    bottom = top + sum(line.height for line in lines)
    thick = max(2, round(lines[0].style.size_px * 0.09))
    return [round(left), round(top + first), round(left) + thick - 1, round(bottom - last)]


def _shade(ink: Image.Image, size_px: float) -> Image.Image:
    """Return a wide soft shadow with a tight one inside, to stand off any picture."""
    wide = np.asarray(ink.filter(ImageFilter.GaussianBlur(size_px * 0.22)), np.float32)
    tight = np.asarray(ink.filter(ImageFilter.GaussianBlur(size_px * 0.05)), np.float32)
    both = 255 - (255 - 0.62 * np.minimum(255, wide * 1.15)) * (255 - 0.5 * tight) / 255
    return Image.fromarray(np.rint(both).astype(np.uint8))
