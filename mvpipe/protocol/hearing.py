"""A turn's events folded into what the user reads now, and what the agent said in all."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import assert_never

from mvpipe.protocol.stream import (
    Heartbeat,
    StreamError,
    StreamEvent,
    Text,
    ToolCall,
    ToolResult,
    Unknown,
)

BREAK = "\n\n"
MOST_NOISE = 400
"""How much of a reply's end is searched for an excuse."""
_NOISE = "i encountered a temporary issue"
_NOISE_TAIL = re.compile(
    r"(?<=[.!?。！？\n])\s*i encountered a temporary issue.{0,300}\Z", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Heard:
    """What a turn said so far.

    `text` is all that is complete, paragraph by paragraph; `new` what the last event adds for
    the user to read, often nothing. `tools` are the names of the tools set to work, in order.
    `problem` is a failure inside the run. `partial` is a text that comes in chunks, of which
    the first `passed` characters went out as `new` already.
    """

    text: str = ""
    new: str = ""
    tools: tuple[str, ...] = ()
    problem: str | None = None
    partial: str = ""
    passed: int = 0


SILENCE = Heard()


def hear(so_far: Heard, event: StreamEvent) -> Heard:
    """Return what is known after one more event.

    Chunks are passed on as they come, and the whole text that repeats them is not. An excuse
    about a temporary issue, after a normal reply, is noise: it is neither passed on nor kept.
    """
    quiet = replace(so_far, new="")
    match event:
        case Text() if event.partial:
            return _chunk(quiet, event.text)
        case Text():
            return _whole(quiet, event.text)
        case ToolCall():
            return replace(closed(quiet), tools=(*quiet.tools, event.name))
        case StreamError():
            return replace(closed(quiet), problem=event.message)
        case ToolResult() | Heartbeat() | Unknown():
            return quiet
        case _:
            assert_never(event)


def closed(heard: Heard) -> Heard:
    """Return what is known once the stream has ended: chunks that nobody repeated count too."""
    held = heard.partial if heard.passed or not _noise(heard, heard.partial) else ""
    missing = held[heard.passed :]
    new = missing if heard.passed else _apart(heard.text, missing)
    return replace(heard, text=_joined(heard.text, held), new=new, partial="", passed=0)


def _chunk(heard: Heard, chunk: str) -> Heard:
    whole = heard.partial + chunk
    if heard.passed == 0 and _may_become_noise(heard, whole):
        return replace(heard, partial=whole)
    more = whole[heard.passed :]
    new = more if heard.passed else _apart(heard.text, more)
    return replace(heard, partial=whole, passed=len(whole), new=new)


def _whole(heard: Heard, text: str) -> Heard:
    if not _repeats(heard, text):
        heard = closed(heard)
        before, heard = heard.new, replace(heard, new="")
        done = _whole_text(heard, text)
        return replace(done, new=before + done.new)
    return _whole_text(heard, text)


def _repeats(heard: Heard, text: str) -> bool:
    return not heard.partial or text.strip().startswith(heard.partial.strip())


def _whole_text(heard: Heard, text: str) -> Heard:
    if heard.passed == 0 and _noise(heard, text):
        return replace(heard, partial="", passed=0)
    kept = without_noise(text)
    more = kept[heard.passed :]
    new = more if heard.passed else _apart(heard.text, more)
    return replace(heard, text=_joined(heard.text, kept), new=new, partial="", passed=0)


def without_noise(text: str) -> str:
    """Return a reply without the excuse at its end; an excuse that is all there is stays."""
    cut = max(0, len(text) - MOST_NOISE)
    return text[:cut] + _NOISE_TAIL.sub("", text[cut:])


def _noise(heard: Heard, text: str) -> bool:
    return bool(heard.text) and text.strip().lower().startswith(_NOISE)


def _may_become_noise(heard: Heard, text: str) -> bool:
    start = text.strip().lower()
    return bool(heard.text) and (start.startswith(_NOISE) or _NOISE.startswith(start))


def _joined(text: str, more: str) -> str:
    return text + _apart(text, more)


def _apart(text: str, more: str) -> str:
    return BREAK + more if text and more else more
