"""The text of one job file: where its lines are, and how a place in it is shown.

Lines end as YAML says they end. Nothing here knows what the text means.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from unicodedata import east_asian_width

from mvpipe.model.place import Finding, Place

LINE_END = re.compile("\r\n|[\n\r\x85\u2028\u2029]")
SHOWN_COLUMNS = 84
LEAD_COLUMNS = 40


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of text; lines and columns count from 1, `start` and `end` are offsets."""

    line: int
    column: int
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Page:
    """A file's name, text and lines."""

    file: str
    text: str
    lines: tuple[str, ...]

    def span(self, start: int, end: int) -> Span:
        """Return the span between two offsets into the text."""
        before = [m.end() for m in LINE_END.finditer(self.text, 0, start) if m.end() <= start]
        return Span(len(before) + 1, start - (before[-1] if before else 0) + 1, start, end)

    def finding(self, span: Span, *, where: str, problem: str, remedy: str = "") -> Finding:
        """Return a finding at the start of the span, with its snippet."""
        place = self._place(span)
        length = max(1, span.end - span.start)
        return Finding(place, where, problem, remedy, self.snippet(place, length=length))

    def _place(self, span: Span) -> Place:
        """Return where a span begins; libyaml puts the end of a text one line too far down."""
        if span.line > len(self.lines):
            return Place(self.file, len(self.lines), len(self.lines[-1]) + 1)
        return Place(self.file, span.line, span.column)

    def snippet(self, place: Place, *, length: int) -> str:
        """Return the line before, the line itself, and a caret under the place."""
        last = place.line
        gutter = len(str(last))
        cut = max(0, place.column - 1 - LEAD_COLUMNS) if place.column > SHOWN_COLUMNS else 0
        numbers = [last - 1, last] if last > 1 and self.lines[last - 2][cut:] else [last]
        shown = [f"{n:>{gutter}} | {_shown(self.lines[n - 1], cut)}".rstrip() for n in numbers]
        caret = _caret(self.lines[last - 1], cut=cut, column=place.column, length=length)
        return "\n".join([*shown, f"{'':>{gutter}} | {caret}"])


def page(text: str, *, file: str) -> Page:
    """Return the page for a text."""
    return Page(file, text, tuple(LINE_END.split(text)))


def _shown(line: str, cut: int) -> str:
    """Return the part of a line that fits, with nothing in it that a terminal would obey."""
    part = line[cut : cut + SHOWN_COLUMNS]
    ahead, behind = ("…" if cut else ""), ("…" if len(line) > cut + SHOWN_COLUMNS else "")
    return ahead + "".join(map(_harmless, part)) + behind


def _harmless(character: str) -> str:
    if character == "\t":
        return " "
    return character if character.isprintable() else "\N{REPLACEMENT CHARACTER}"


def _caret(line: str, *, cut: int, column: int, length: int) -> str:
    before = line[cut : column - 1]
    under = line[column - 1 : min(column - 1 + length, cut + SHOWN_COLUMNS)].rstrip()
    return " " * (_width(before) + bool(cut)) + "^" + "~" * (_width(under) - 1)


def _width(text: str) -> int:
    """Return how many terminal columns a text takes: Chinese characters take two."""
    return sum(2 if east_asian_width(c) in "WF" else 1 for c in text)
