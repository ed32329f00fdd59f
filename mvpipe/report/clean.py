"""Makes text from outside safe to print: no escape codes, no bidi tricks, no CI commands."""

from __future__ import annotations

import re

UNSAFE = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff]"
)
"""C0 and C1 controls, invisible and bidirectional marks; newline and tab are kept."""


def clean(text: str) -> str:
    """Return `text` with unsafe characters shown as U+FFFD and `::` split at a line's start.

    GitHub takes a line that begins with `::` for a command to itself.
    """
    shown = UNSAFE.sub("\N{REPLACEMENT CHARACTER}", text.replace("\r\n", "\n"))
    return re.sub(r"(?m)^(\s*):(?=:)", r"\1: ", shown)


def one_line(text: str, *, width: int = 96) -> str:
    """Return `text` cleaned, folded to one line and cut to `width` characters."""
    folded = " ".join(clean(text).split())
    return folded if len(folded) <= width else folded[: width - 1].rstrip() + "…"
