"""How mvpipe's sheets look: their colours, their type, and writing one line of it."""

from __future__ import annotations

from enum import Enum

from PIL import ImageColor, ImageDraw

from mvpipe.engine.scenes.letters import Face, Style, draw, drawable, edges, measure
from mvpipe.model.music import SectionKind

Rgb = tuple[int, int, int]

GROUND: Rgb = (12, 13, 17)
PANEL: Rgb = (20, 22, 28)
LINE: Rgb = (38, 41, 51)
INK: Rgb = (243, 244, 247)
QUIET: Rgb = (158, 163, 176)
FAINT: Rgb = (116, 122, 137)
DOUBT: Rgb = (255, 178, 89)

_SECTIONS: dict[SectionKind, str] = {
    SectionKind.INTRO: "#5a8cff",
    SectionKind.VERSE: "#2fc4a7",
    SectionKind.BUILD: "#f6b93f",
    SectionKind.DROP: "#ff4f78",
    SectionKind.BREAK: "#9a7bff",
    SectionKind.BRIDGE: "#3cc3ef",
    SectionKind.OUTRO: "#8792a8",
}


class Edge(Enum):
    """Which part of a line stands at the given place."""

    LEFT = 0.0
    MIDDLE = 0.5
    RIGHT = 1.0


def section_colour(name: str) -> Rgb:
    """Return the colour of a section by its kind or a name that begins with it (`drop 1`)."""
    kind = name.split(" ", 1)[0].lower()
    return _rgb(_SECTIONS[SectionKind(kind)]) if kind in set(SectionKind) else FAINT


def mixed(one: Rgb, other: Rgb, share: float) -> Rgb:
    """Return `one` with `share` of `other` in it, 0 to 1."""
    red, green, blue = (round(a + (b - a) * share) for a, b in zip(one, other, strict=True))
    return red, green, blue


def write(
    pen: ImageDraw.ImageDraw,
    text: str,
    *,
    at: tuple[float, float],
    style: Style,
    fill: Rgb,
    edge: Edge = Edge.LEFT,
) -> float:
    """Write one line with its baseline at `at`; return its width. Line ends become spaces."""
    line = one_line(text)
    width = measure(line, style)
    draw(pen, at=(at[0] - width * edge.value, at[1]), text=line, style=style, fill=fill)
    return width


def fitted(text: str, *, style: Style, width: float) -> str:
    """Return the line, cut with an ellipsis where it is wider than `width`."""
    line = one_line(text)
    if measure(line, style) <= width:
        return line
    room = (width - measure("…", style)) / style.size_px
    kept = sum(right <= room for _, right in edges(line, style.face, style.tracking))
    return line[:kept].rstrip() + "…"


def one_line(text: str) -> str:
    """Return outside text as one drawable line."""
    return drawable(text).replace("\n", " ")


def _rgb(colour: str) -> Rgb:
    red, green, blue = ImageColor.getrgb(colour)[:3]
    return red, green, blue


def dot(
    pen: ImageDraw.ImageDraw, middle: tuple[float, float], *, size_px: float, fill: Rgb
) -> None:
    """Set a round dot; a letter of the text face, because its edge is smooth."""
    at = (middle[0], middle[1] + size_px * 0.36)
    write(pen, "●", at=at, style=Style(Face.BOLD, size_px), fill=fill, edge=Edge.MIDDLE)
