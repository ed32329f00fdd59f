"""A raw byte stream made into whole, clean events, for an SSE library to read after it.

Real streams come with byte order marks, three kinds of line ends, broken UTF-8, half events and
lines without end; sseclient-py 1.9 loses or merges events on the first four and eats memory on
the last. Behind `clean_events` it sees one whole event at a time: UTF-8, LF, a blank line.

What carries no data (comments, names alone) leaves as an empty `data:`, since the library would
swallow it, and whoever waits wants to know of every sign of life. Half an event at the end is
dropped: a cut must never pass for an answer.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from mvpipe.errors import BadAnswer
from mvpipe.protocol.wire import MOST_EVENT_BYTES, MOST_EVENT_LINES

BOM = b"\xef\xbb\xbf"
KEEP_ALIVE = b"data:\n\n"
_FIELDS = {b"data", b"event", b"id", b"retry"}
_LINE_END = re.compile(rb"\r\n|\n|\r")


@dataclass(slots=True)
class StreamState:
    """What is known of a stream so far.

    `bytes_seen` counts what arrived, `events` what was passed on, signs of life included.
    `clean` says whether the stream, if this was its end, ended between two events.
    """

    bytes_seen: int = 0
    events: int = 0
    clean: bool = True


def clean_events(
    source: Iterable[bytes], state: StreamState, *, limit: int = MOST_EVENT_BYTES
) -> Iterator[bytes]:
    """Yield each event of `source` clean, as soon as it is whole, keeping `state` up to date.

    Raises BadAnswer for an event over `limit` bytes or 1000 lines, and what `source` raises.
    """
    splitter, block = _Splitter(), _Block(limit=limit)
    for chunk in source:
        state.bytes_seen += len(chunk)
        for line in splitter.feed(chunk):
            if event := block.take(line):
                state.events += 1
                state.clean = True
                yield event
        block.check(len(splitter.tail))
        state.clean = not block.lines and bytes(splitter.tail[:1]) in {b"", b":"}


@dataclass(slots=True)
class _Splitter:
    """Splits chunks into lines; `tail` is the line that has not ended."""

    tail: bytearray = field(default_factory=bytearray)
    after_cr: bool = False
    first: bool = True

    def feed(self, chunk: bytes) -> list[bytes]:
        """Return the lines that ended, without their ends; a CR ends one at once."""
        rest = chunk[1:] if self.after_cr and chunk[:1] == b"\n" else chunk
        if chunk:
            self.after_cr = rest[-1:] == b"\r"
        *ended, last = _LINE_END.split(rest)
        if not ended:
            self.tail += last
            return []
        lines = [bytes(self.tail) + ended[0], *ended[1:]]
        self.tail = bytearray(last)
        if self.first:
            self.first = False
            lines[0] = lines[0].removeprefix(BOM)
        return lines


@dataclass(slots=True)
class _Block:
    """Gathers the fields of one event."""

    limit: int
    lines: list[bytes] = field(default_factory=list)
    size: int = 0

    def take(self, line: bytes) -> bytes:
        """Return the event that this line ends, or nothing; unknown fields are dropped."""
        if line.startswith(b":"):
            return b"" if self.lines else KEEP_ALIVE
        if not line:
            return self._finish()
        if line.split(b":", 1)[0] in _FIELDS:
            self.lines.append(line.decode(errors="replace").encode())
            self.size += len(line)
            self.check(0)
        return b""

    def check(self, more: int) -> None:
        """Raise BadAnswer where the event, with `more` bytes to come, passes its limits."""
        if self.size + more > self.limit or len(self.lines) > MOST_EVENT_LINES:
            raise BadAnswer("the stream holds an event without end")

    def _finish(self) -> bytes:
        lines, self.lines, self.size = self.lines, [], 0
        if not lines:
            return b""
        if not any(line.split(b":", 1)[0] == b"data" for line in lines):
            return KEEP_ALIVE
        return b"\n".join(lines) + b"\n\n"
