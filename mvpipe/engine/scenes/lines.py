"""Breaking text into balanced lines: where a line may end, and which ends look best."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

_NEVER_FIRST = (
    "、。，．：；！？）」』】〉》〕…—～·ーぁぃぅぇぉっゃゅょァィゥェォッャュョ%％,.;:!?)]}"
)
_NEVER_LAST = "（「『【〈《〔([{"

Width = Callable[[str], float]


def balanced(text: str, *, width: Width, limit: float) -> tuple[str, ...]:
    """Return one paragraph as as few lines as fit into `limit`, as equal in width as can be.

    A piece that cannot be broken stays whole even where it is wider than the limit.
    """
    pieces = breakable(text)
    fewest = len(_filled(pieces, width=width, limit=limit))
    narrowest = _narrowest(pieces, width=width, limit=limit, count=fewest)
    return _filled(pieces, width=width, limit=narrowest)


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


def _filled(pieces: tuple[str, ...], *, width: Width, limit: float) -> tuple[str, ...]:
    lines: list[str] = []
    for piece in pieces:
        if lines and width((lines[-1] + piece).rstrip()) <= limit:
            lines[-1] += piece
        else:
            lines.append(piece)
    return tuple(line.rstrip() for line in lines)


def _narrowest(pieces: tuple[str, ...], *, width: Width, limit: float, count: int) -> float:
    """Halve the range of limits that still give `count` lines; 12 steps are below a pixel."""
    low, high = limit / (count + 1), limit
    for _ in range(12):
        middle = (low + high) / 2
        lines = _filled(pieces, width=width, limit=middle)
        if len(lines) <= count and max(map(width, lines)) <= limit:
            high = middle
        else:
            low = middle
    return high
