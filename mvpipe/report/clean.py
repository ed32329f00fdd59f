"""Makes text from outside safe to print: no escape codes, no bidi tricks, no CI commands."""

from __future__ import annotations

import re

UNSAFE = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff"
    "\ud800-\udfff]"
)
"""C0 and C1 controls, invisible and bidirectional marks, halves of characters (as in file names
that are not UTF-8); newline and tab are kept."""

AT_LINE_START = re.compile(r"(?m)^([^\S\n]*):(?=:)")
ANYWHERE = re.compile(r"##(?=\w*\[)")


def clean(text: str) -> str:
    """Return `text` with unsafe characters as U+FFFD and what CI takes for commands split.

    GitHub obeys a line that begins with `::`, and `##[` anywhere in it; others `##vso[` and the
    like.
    """
    shown = UNSAFE.sub("\N{REPLACEMENT CHARACTER}", text.replace("\r\n", "\n"))
    return ANYWHERE.sub("# #", AT_LINE_START.sub(r"\1: ", shown))


def one_line(text: str, *, width: int = 96) -> str:
    """Return `text` cleaned, folded to one line and cut to `width` characters."""
    folded = " ".join(clean(text).split())
    return folded if len(folded) <= width else folded[: width - 1].rstrip() + "…"
