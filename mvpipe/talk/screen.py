"""What to do about words that were meant for somebody before a screen. Pure.

The backend's words are not obeyed: a fixed table says what they may cause, and each of it at
most once for a line that the user typed, so that no two ends can keep each other going.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from mvpipe.protocol.gui import GuiAction, Meant

FOLLOW_UPS = 1
"""So many turns may come of one line besides its own."""

MOST_ASKED = 600
_IF = re.compile(
    r"\b(?:if|once|when(?:ever)?|after|as soon as|unless)\b|"
    r"如果|要是|若|等|一旦|之后|以后|想要",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Todo:
    """What to do, in this order; `ask` is a prompt to say, empty for none.

    `offered` says that an export was only suggested, for later.
    """

    ask: str = ""
    state: bool = False
    credits: bool = False
    export: bool = False
    offered: bool = False


def todo(meant: Iterable[Meant], *, left: int, exporting: bool) -> Todo:
    """Return what comes of a reply's words about a screen.

    `left` is how many more turns the user's line may cause; `exporting` says that the user has
    asked for the video already.
    """
    told = tuple(meant)
    actions = {thing.action for thing in told}
    edits = [
        thing.said
        for thing in told
        if thing.action in {GuiAction.SEND_EDIT, GuiAction.CARRY_OUT}
    ]
    exports = [thing.said for thing in told if thing.action is GuiAction.EXPORT]
    now = any(not _IF.search(said) for said in exports)
    return Todo(
        ask=_asked(edits) if left > 0 else "",
        state=bool(actions & {GuiAction.SHOW_TRACKS, GuiAction.READ_STATE}),
        credits=GuiAction.CREDITS in actions,
        export=now and not exporting,
        offered=bool(exports) and not now and not exporting,
    )


def _asked(edits: list[str]) -> str:
    """Return the prompt that has the backend do what it wanted done by hand."""
    if not edits:
        return ""
    wanted = " ".join(dict.fromkeys(edits))[:MOST_ASKED]
    if re.search("[\u4e00-\u9fff]", wanted):
        return f"我没有屏幕，请你直接完成：{wanted}"
    return f"There is no screen here; please do this yourself: {wanted}"
