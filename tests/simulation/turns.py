"""How a turn of the simulated service goes: when its edit takes effect, what is said."""

from __future__ import annotations

import math
import random
from dataclasses import dataclass, replace
from enum import StrEnum

from mvpipe.protocol.stream import (
    EventForm,
    Heartbeat,
    HeartbeatForm,
    Stamp,
    StreamError,
    StreamEvent,
    Text,
    ToolCall,
    ToolResult,
    write_event,
)

HEARTBEAT_S = 10.0
LAST_SIGN = b": over\n\n"


class Manner(StrEnum):
    """What becomes of an accepted prompt, and of its stream."""

    FULL = "full"
    """The edit is made and told."""
    SILENT = "silent"
    """The edit is made, and the stream ends without a word."""
    EARLY = "early"
    """The stream ends without a word, some seconds before the edit shows."""
    CUT = "cut"
    """The connection breaks in the middle; the edit is made as if it had not."""
    LATE = "late"
    """The same, and the edit takes far longer than usual."""
    LOST = "lost"
    """The connection breaks, and the edit is never made."""
    STALLED = "stalled"
    """Not one byte more, over an open connection; the edit is made in time."""
    DRAGGING = "dragging"
    """Heartbeats for more than ten minutes before the edit is made."""
    FAILS = "fails"
    """The run fails inside and says so; nothing is made."""


CUTS = frozenset({Manner.CUT, Manner.LATE, Manner.LOST})


@dataclass(frozen=True, slots=True)
class Piece:
    """Bytes of a body, and when they come; never where that is infinite."""

    at_s: float
    data: bytes


@dataclass(frozen=True, slots=True)
class Script:
    """A turn as it will go; `cut` says that the connection breaks after the last piece."""

    manner: Manner
    applied_s: float | None
    pieces: tuple[Piece, ...]
    cut: bool
    whole_s: float = 0.0


def script_of(
    manner: Manner, text: str, *, now_s: float, dice: random.Random, staged: bool
) -> Script:
    """Draw how long a turn takes and write its stream down.

    An edit that is `staged` is there before it is whole; the stream waits for that.
    """
    takes = {
        Manner.LATE: dice.uniform(40, 900),
        Manner.DRAGGING: dice.uniform(620, 1000),
    }.get(manner, dice.uniform(4, 120))
    done_s = now_s + takes
    pen = _Pen(dice.choice(tuple(EventForm)), dice.choice(tuple(HeartbeatForm)), now_s)
    told = [Piece(now_s + 0.5, pen.write(ToolCall("edit_multitrack")))]
    until = now_s + takes * dice.uniform(0.05, 0.9) if manner in CUTS else done_s
    beats = 0 if manner is Manner.EARLY else int((until - now_s) / HEARTBEAT_S)
    if manner is Manner.STALLED:
        beats = min(beats, 1)
    told += [Piece(now_s + HEARTBEAT_S * (n + 1), pen.write(Heartbeat())) for n in range(beats)]
    if manner is Manner.EARLY:
        until = max(now_s + 1, done_s - dice.uniform(0.5, 20))
    told += _ending(manner, text, done_s=done_s, until_s=until, pen=pen)
    in_one = not staged or manner is Manner.EARLY  # one surprise after the end is enough
    whole_s = 0.0 if in_one else min(dice.uniform(3, 25), takes / 2)
    applied = None if manner in {Manner.LOST, Manner.FAILS} else done_s - whole_s
    pieces = tuple(piece for piece in told if piece.data)
    return Script(manner, applied, pieces, cut=manner in CUTS, whole_s=whole_s)


def _ending(
    manner: Manner, text: str, *, done_s: float, until_s: float, pen: _Pen
) -> list[Piece]:
    said = Piece(done_s + 0.4, pen.write(Text(f"I did it: {text}.")))
    result = pen.write(ToolResult("edit_multitrack")) or LAST_SIGN
    made = Piece(done_s + 0.2, result)
    match manner:
        case Manner.FULL | Manner.DRAGGING:
            return [made, said]
        case Manner.SILENT:
            return [made]
        case Manner.EARLY:
            return [replace(made, at_s=until_s)]
        case Manner.FAILS:
            return [Piece(done_s, pen.write(StreamError("the model is overloaded")))]
        case Manner.STALLED:
            return [Piece(math.inf, said.data)]
        case Manner.CUT | Manner.LATE | Manner.LOST:
            half = pen.write(Text("I am about to"))
            return [Piece(until_s, half[: len(half) // 2])]


@dataclass(frozen=True, slots=True)
class _Pen:
    form: EventForm
    heartbeat: HeartbeatForm
    at_s: float

    def write(self, event: StreamEvent) -> bytes:
        stamp = Stamp(id="rAnWGSiV", invocation="e-1", at_s=self.at_s)
        return write_event(
            event, form=self.form, stamp=stamp, heartbeat=self.heartbeat
        ).encode()
