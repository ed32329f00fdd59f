"""Breaking text into balanced lines: where a line may end, and which ends look best."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

_NEVER_FIRST = (
    "、。，．：；！？）」』】〉》〕…—～·ーぁぃぅぇぉっゃゅょァィゥェォッャュョ%％,.;:!?)]}"
)
_NEVER_LAST = "（「『【〈《〔([{"

Width = Callable[[int, int], float]
"""How wide the characters from one index to another run."""
Span = tuple[int, int]


def balanced(text: str, *, width: Width, limit: float, cut: bool = False) -> tuple[str, ...]:
    """Return one paragraph as as few lines as fit into `limit`, as equal in width as can be.

    A piece that cannot be broken stays whole even where it is wider than the limit, or with
    `cut` is broken between any two letters.
    """
    pieces = _spans(text, width=width, limit=limit, cut=cut)
    fewest = len(_filled(text, pieces, width=width, limit=limit))
    narrowest = _narrowest(text, pieces, width=width, limit=limit, count=fewest)
    filled = _filled(text, pieces, width=width, limit=narrowest)
    return tuple(text[start:end].rstrip() for start, end in filled)


def breakable(text: str) -> tuple[str, ...]:
    """Cut text where a line may end: after a space or hyphen, and between Han or kana.

    Joined, the pieces are the text; spaces stay at the end of a piece.
    """
    cuts = [i + 1 for i, (a, b) in enumerate(pairwise(text)) if _may_part(a, b)]
    return tuple(text[start:end] for start, end in pairwise([0, *cuts, len(text)]))


def _may_part(before: str, after: str) -> bool:
    if after.isspace() or after in _NEVER_FIRST or before in _NEVER_LAST:
        return False
    return before.isspace() or before == "-" or _wide(before) or _wide(after)


def _wide(char: str) -> bool:
    return "\u3000" <= char <= "\u9fff" or "\uff00" <= char <= "\uff60"


def _spans(text: str, *, width: Width, limit: float, cut: bool) -> tuple[Span, ...]:
    """Return where each piece starts and ends; with `cut`, too wide ones letter by letter."""
    spans: list[Span] = []
    start = 0
    for piece in breakable(text):
        end = start + len(piece)
        if cut and width(start, end) > limit:
            spans.extend((at, at + 1) for at in range(start, end))
        else:
            spans.append((start, end))
        start = end
    return tuple(spans)


def _filled(
    text: str, pieces: tuple[Span, ...], *, width: Width, limit: float
) -> tuple[Span, ...]:
    lines: list[Span] = []
    for start, end in pieces:
        last = end - 1 if text[start:end].endswith(" ") else end
        if lines and width(lines[-1][0], last) <= limit:
            lines[-1] = (lines[-1][0], end)
        else:
            lines.append((start, end))
    return tuple(lines)


def _narrowest(
    text: str, pieces: tuple[Span, ...], *, width: Width, limit: float, count: int
) -> float:
    """Halve the range of limits that still give `count` lines; 10 steps are about a pixel."""
    low, high = limit / (count + 1), limit
    for _ in range(10):
        middle = (low + high) / 2
        lines = _filled(text, pieces, width=width, limit=middle)
        if len(lines) <= count and all(width(*line) <= limit for line in lines):
            high = middle
        else:
            low = middle
    return high
