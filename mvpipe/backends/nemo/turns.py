"""One turn heard to its end: bytes from a thread, events from sseclient, limits of `protocol`.

A turn never fails once the prompt went out: whatever happens to the stream is an ending, since
only the timeline can tell what became of the prompt.
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Protocol

import requests
from sseclient import SSEClient

from mvpipe.backends.base import Notice, Turn
from mvpipe.backends.nemo.api import chunks_of
from mvpipe.errors import BadAnswer, MvpipeError
from mvpipe.model.secret import Secret
from mvpipe.protocol.gui import translate
from mvpipe.protocol.hearing import SILENCE, Heard, closed, hear
from mvpipe.protocol.hiding import without
from mvpipe.protocol.judge import Ending
from mvpipe.protocol.parse import discreet
from mvpipe.protocol.progress import (
    USUAL_LIMITS,
    Sign,
    TurnLimits,
    Verdict,
    Watch,
    begin,
    patience_s,
    sign_of,
    watch_turn,
)
from mvpipe.protocol.sse import StreamState, clean_events
from mvpipe.protocol.stream import read_event
from mvpipe.protocol.wire import MOST_STREAM_BYTES

Told = Callable[[str], None]
"""Is told a reply's words as they come."""

NO_SECRET = Secret("")
CHUNKS_AHEAD = 16
LET_GO_S = 0.2

GIVEN_UP = {
    Verdict.IDLE: "the connection has gone quiet",
    Verdict.HEARTBEATS_ONLY: "nothing but signs of life has come for too long",
    Verdict.OUT_OF_TIME: "the turn has taken all the time it had",
}


@dataclass(frozen=True, slots=True)
class Over:
    """The end of the bytes; `cut` says that there should have been more."""

    cut: bool


class Source(Protocol):
    """The bytes of one response, as they come."""

    def next(self, wait_s: float) -> bytes | Over | None:
        """Return what came next, `None` where nothing did within `wait_s`."""
        ...

    def stop(self) -> None:
        """Let go of the response. Safe to repeat."""
        ...


def listen(
    source: Source,
    *,
    notice: Notice,
    told: Told,
    clock: Callable[[], float],
    limits: TurnLimits = USUAL_LIMITS,
    token: Secret = NO_SECRET,
) -> Turn:
    """Return what a turn's stream said and how it ended; stops it. Raises nothing of its own.

    `notice` hears every two minutes that work goes on, and why a turn is given up. `token` is
    kept out of all that is told, should the service repeat it.
    """
    listener = _Listener(
        source=source,
        notice=notice,
        told=told,
        clock=clock,
        limits=limits,
        watch=begin(clock()),
        token=token,
    )
    try:
        listener.run()
    finally:
        source.stop()
    return listener.turn()


class Pump:
    """Reads a response in a thread of its own, which `stop` ends: waiting can end at any time.

    A read that timed out could not be taken up again, hence no short time-outs here.
    """

    def __init__(self, response: requests.Response) -> None:
        self._response = response
        self._chunks: queue.Queue[bytes | Over] = queue.Queue(CHUNKS_AHEAD)
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()

    def next(self, wait_s: float) -> bytes | Over | None:
        try:
            return self._chunks.get(timeout=max(wait_s, 0.001))
        except queue.Empty:
            return None

    def stop(self) -> None:
        self._stopped.set()
        with suppress(ValueError, RuntimeError, OSError):  # as when all of it was read
            self._response.raw.shutdown()
        self._thread.join(timeout=2)
        self._response.close()

    def _read(self) -> None:
        cut = False
        try:
            for chunk in chunks_of(self._response, host="the service"):
                self._put(chunk)
        except MvpipeError:
            cut = True
        except (ValueError, AttributeError):  # closed under our hands, by `stop`
            cut = True
        self._put(Over(cut))

    def _put(self, item: bytes | Over) -> None:
        while not self._stopped.is_set():
            with suppress(queue.Full):
                self._chunks.put(item, timeout=LET_GO_S)
                return


_conforms: type[Source] = Pump
OpenSource = Callable[[requests.Response], Source]


@dataclass(slots=True)
class _Listener:
    """A turn under way."""

    source: Source
    notice: Notice
    told: Told
    clock: Callable[[], float]
    limits: TurnLimits
    watch: Watch
    token: Secret
    state: StreamState = field(default_factory=StreamState)
    heard: Heard = SILENCE
    ending: Ending | None = None

    def run(self) -> None:
        try:
            for event in SSEClient(clean_events(self._chunks(), self.state)).events():
                self._take(event.data, event.event)
        except BadAnswer:  # an event without end: nothing more can be read
            self.ending = Ending.CUT
        self._hear(closed(self.heard))

    def turn(self) -> Turn:
        told = translate(discreet(without(self.heard.text, self.token)))
        return Turn(
            text=told.text,
            ending=self._ended(),
            meant=told.meant,
            problem=self.heard.problem or "",
        )

    def _ended(self) -> Ending:
        if self.heard.problem is not None:
            return Ending.FAILED
        if self.ending is not None:
            return self.ending
        return Ending.CLOSED if self.state.clean else Ending.CUT

    def _take(self, data: str, name: str) -> None:
        for event in read_event(without(data, self.token), event=name):
            self._hear(hear(self.heard, event))
            self._sign(sign_of(event))

    def _hear(self, heard: Heard) -> None:
        self.heard = heard
        if heard.new:
            self.told(heard.new)

    def _chunks(self) -> Iterator[bytes]:
        """Yield bytes until the stream ends or the turn is given up."""
        while self.ending is None and self.heard.problem is None:
            now = self.clock()
            item = self.source.next(patience_s(self.watch, now_s=now, limits=self.limits))
            if isinstance(item, Over):
                self.ending = Ending.CUT if item.cut else None
                return
            self._sign(Sign.BYTES if item else Sign.NOTHING)
            if item:
                yield item
            if self.state.bytes_seen > MOST_STREAM_BYTES:
                self.ending = Ending.CUT

    def _sign(self, sign: Sign) -> None:
        self.watch, verdict = watch_turn(
            self.watch, sign, now_s=self.clock(), limits=self.limits
        )
        if verdict is Verdict.NOTICE:
            self.notice(f"still working ({self._waited()})")
        if verdict.final and self.ending is None:
            self.notice(f"{GIVEN_UP[verdict]}; looking at the timeline instead")
            self.ending = Ending.TIMED_OUT

    def _waited(self) -> str:
        seconds = round(self.clock() - self.watch.began_s)
        return f"{seconds // 60} min" if seconds >= 60 else f"{seconds} s"
