"""The shipped fonts: which letters there are, how wide they run, and drawing them with Pillow.

Layout is our own and unhinted, from the fonts' metrics beside them, so that the same text comes
out the same on every machine, whether or not Pillow was built with a shaping library. Text is
only ever drawn, never interpreted.
"""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from functools import cache, lru_cache
from math import ceil, floor
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

_FONTS = Path(__file__).parent / "fonts"
_REFERENCE_PX = 1000
_FINE_BELOW_PX = 48
_VARIATION_SELECTORS = range(0xFE00, 0xFE10)


class Face(StrEnum):
    """A shipped font by its file name."""

    DISPLAY = "archivo-extrabold.ttf"
    BOLD = "inter-bold.otf"
    TEXT = "inter-medium.otf"
    HAN = "noto-sans-sc-bold.otf"


_FALLBACKS: dict[Face, tuple[Face, ...]] = {
    Face.DISPLAY: (Face.DISPLAY, Face.BOLD, Face.HAN),
    Face.BOLD: (Face.BOLD, Face.HAN),
    Face.TEXT: (Face.TEXT, Face.HAN),
    Face.HAN: (Face.HAN, Face.BOLD),
}


@dataclass(frozen=True, slots=True)
class Style:
    """How a line is set; `tracking` is extra space after each letter, in ems."""

    face: Face
    size_px: float
    tracking: float = 0.0


@dataclass(frozen=True, slots=True)
class Letter:
    """One letter in place: the face that has it and its left edge in pixels."""

    char: str
    face: Face
    x: float


def clean(text: str) -> str:
    """Return the text as it can be shown: composed, one space between words, no empty lines.

    Control, bidirectional and other invisible characters are dropped; line ends stay.
    """
    composed = unicodedata.normalize("NFC", text).replace("\r\n", "\n")
    shown = "".join(_shown(char) for char in composed)
    lines = (" ".join(line.split()) for line in shown.split("\n"))
    return "\n".join(line for line in lines if line)


def _shown(char: str) -> str:
    if char in "\n\r\v\f\x85\u2028\u2029":
        return "\n"
    if char.isspace():
        return " "
    if unicodedata.category(char).startswith("C") or ord(char) in _VARIATION_SELECTORS:
        return ""
    return char


def missing_glyphs(text: str) -> str:
    """Return each character of the cleaned text that no shipped font has, once, in order."""
    wanted = (char for char in clean(text) if not char.isspace())
    return "".join(dict.fromkeys(c for c in wanted if _face_for(c, Face.DISPLAY) is None))


def drawable(text: str) -> str:
    """Return the cleaned text without the characters that no shipped font has."""
    missing = missing_glyphs(text)
    return clean("".join(char for char in clean(text) if char not in missing))


def measure(text: str, style: Style) -> float:
    """Return how wide one line runs, in pixels."""
    letters = tuple(_letters(text, style))
    if not letters:
        return 0.0
    return letters[-1].x + _advance(letters[-1].char, letters[-1].face) * style.size_px


@lru_cache(maxsize=64)
def edges(text: str, face: Face, tracking: float) -> tuple[tuple[float, float], ...]:
    """Return each drawable character's left and right edge in one line, in ems."""
    letters = _letters(text, Style(face, 1.0, tracking))
    return tuple((at.x, at.x + _advance(at.char, at.face)) for at in letters)


def draw(
    onto: ImageDraw.ImageDraw,
    *,
    at: tuple[float, float],
    text: str,
    style: Style,
    fill: int | tuple[int, int, int],
) -> None:
    """Draw one line with its left end on the baseline at `at`. Safe to repeat.

    Characters that no font has are left out. Small type is drawn larger and reduced, because
    Pillow sets letters on whole pixels, which shows in small type as uneven gaps.
    """
    finer = 1 if style.size_px >= _FINE_BELOW_PX else 4
    left, base = floor(at[0]) - 1, floor(at[1])
    above, below = ceil(style.size_px * 1.1) + 1, ceil(style.size_px * 0.4) + 1
    width = ceil(measure(text, style) + style.size_px * 0.3) + 3
    mask = Image.new("L", (width * finer, (above + below) * finer))
    start = ((at[0] - left) * finer, (at[1] - base + above) * finer)
    _draw_letters(ImageDraw.Draw(mask), text, style=style, start=start, finer=finer)
    onto.bitmap((left, base - above), mask.reduce(finer), fill=fill)


def _draw_letters(
    pen: ImageDraw.ImageDraw,
    text: str,
    *,
    style: Style,
    start: tuple[float, float],
    finer: int,
) -> None:
    large = Style(style.face, style.size_px * finer, style.tracking)
    for letter in _letters(text, large):
        at = (start[0] + letter.x, start[1])
        pen.text(at, letter.char, font=font(letter.face, large.size_px), fill=255, anchor="ls")


def _letters(text: str, style: Style) -> Iterator[Letter]:
    x, before = 0.0, None
    for char in text:
        face = _face_for(char, style.face)
        if face is None:
            continue
        if before is not None and before.face is face:
            x += _kerning(face, before.char + char) * style.size_px
        before = Letter(char=char, face=face, x=x)
        yield before
        x += (_advance(char, face) + style.tracking) * style.size_px


def _face_for(char: str, wanted: Face) -> Face | None:
    return next((face for face in _FALLBACKS[wanted] if char in _metrics(face).covers), None)


@dataclass(frozen=True, slots=True)
class _Metrics:
    covers: frozenset[str]
    kern: dict[str, int]


@cache
def _metrics(face: Face) -> _Metrics:
    stored = json.loads((_FONTS / "metrics.json").read_text(encoding="utf-8"))[face.value]
    return _Metrics(covers=frozenset(stored["covers"]), kern=stored["kern"])


def _kerning(face: Face, pair: str) -> float:
    return _metrics(face).kern.get(pair, 0) / 1000


@lru_cache(maxsize=4096)
def _advance(char: str, face: Face) -> float:
    return float(font(face, _REFERENCE_PX).getlength(char)) / _REFERENCE_PX


@lru_cache(maxsize=64)
def font(face: Face, size_px: float) -> ImageFont.FreeTypeFont:
    """Return the opened font; Pillow's own plain layout, the same on every machine."""
    return ImageFont.truetype(
        str(_FONTS / face.value), size_px, layout_engine=ImageFont.Layout.BASIC
    )
