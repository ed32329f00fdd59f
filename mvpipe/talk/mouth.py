"""What a terminal shows of a conversation: words as they come, lines, and one that moves.

Cleans all of it, and keeps back what was meant for somebody before a screen. Decides nothing.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum

from mvpipe.protocol.gui import MOST_SENTENCE, translate
from mvpipe.report.clean import clean, one_line

MOST_LINE = 300
ERASE = "\r\x1b[K"
_WHOLE = re.compile(r".*(?:[.!?]+[\"'”’)]*(?=\s)|[。！？\n])", re.DOTALL)


class Open(Enum):
    """What the line under the cursor holds, which has not ended yet."""

    NOTHING = "nothing"
    WORDS = "words"
    MOVING = "moving"


@dataclass(slots=True)
class Mouth:
    """Says things through `write`, which takes text; `moving` says that a line may move.

    `spoke` says whether words of the turn under way were shown.
    """

    write: Callable[[str], None]
    moving: bool = False
    spoke: bool = False
    held: str = ""
    open: Open = field(default=Open.NOTHING, init=False)
    broke: bool = field(default=False, init=False)

    def line(self, text: str) -> None:
        """Show one line of our own, whatever is on the screen."""
        self.settle()
        self.write(f"{one_line(text, width=MOST_LINE)}\n")

    def detail(self, text: str) -> None:
        """Show one line that belongs to what was shown before."""
        self.settle()
        self.write(f"  {one_line(text, width=MOST_LINE)}\n")

    def paragraph(self, text: str) -> None:
        """Show text of several lines."""
        self.settle()
        self.write(f"{clean(text).strip()}\n")

    def begin(self) -> None:
        """Make ready for a turn."""
        self.spoke, self.held = False, ""

    def words(self, more: str) -> None:
        """Show words of a reply, sentence by sentence, without those about a screen."""
        self.held += more
        found = _WHOLE.match(self.held)
        end = found.end() if found else 0
        if end == 0 and len(self.held) > MOST_SENTENCE:
            end = len(self.held)
        if end:
            ready, self.held = self.held[:end], self.held[end:]
            self._say(ready)

    def end(self) -> None:
        """Show what is left of a reply and end its line."""
        ready, self.held = self.held, ""
        self._say(ready)
        self.settle()

    def _say(self, ready: str) -> None:
        told = translate(ready)
        kept = told.text if not told.meant else _spaced(told.text, like=ready)
        shown = clean(kept if self.open is Open.WORDS else kept.lstrip())
        if not shown.strip():
            return
        if self.open is Open.MOVING:
            self.settle()
        self.write(shown)
        self.spoke = True
        self.open = Open.NOTHING if shown.endswith("\n") else Open.WORDS

    def move(self, text: str) -> None:
        """Show how far something is: one line that moves, where the terminal has that."""
        if not self.moving:
            return
        if self.open is Open.WORDS:
            self.settle()
        self.write(f"{ERASE}{one_line(text)}")
        self.open = Open.MOVING

    def broken_off(self) -> None:
        """Have the next word begin a line after Ctrl-C, which leaves the cursor anywhere.

        Safe to repeat.
        """
        if not self.broke:
            self.write("\n")
        self.broke, self.open, self.held = True, Open.NOTHING, ""

    def settle(self) -> None:
        """Have the next word begin a line. Safe to repeat."""
        if self.open is Open.MOVING:
            self.write(ERASE)
        if self.open is Open.WORDS:
            self.write("\n")
        self.open = Open.NOTHING


def _spaced(text: str, *, like: str) -> str:
    """Return what is left of a piece with the blanks that were around it."""
    if not text:
        return ""
    ahead = like[: len(like) - len(like.lstrip())]
    return f"{ahead}{text}"
