"""When to look before the rest is over: the one door to watchdog.

An event only ends a rest; what has changed is the scan's to find. So a lost event costs a rest
at most, and no event at all costs nothing but time. Whether events come is not taken on trust:
a hidden file is written and its event awaited, at the start and once in a while.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from mvpipe.disk import make_folder
from mvpipe.errors import OutputError
from mvpipe.watch.mount import OURS

PROBE_S = 10.0
"""How long the event of our own file may take to come."""

PROVE_EVERY_S = 600.0
"""How often it is tried whether events still come."""

AGAIN_S, MOST_AGAIN_S = 60.0, 3600.0
"""How long after a failure events are tried again: at first, and at most."""

GATHER_S = 1.0
"""How long a burst of events may gather before the next scan."""

SLICE_S = 1.0
"""How long a signal to stop may go unseen."""

EVENTS_FLOOR_S, POLLING_FLOOR_S = 10.0, 2.0
"""The shortest rest where events have been seen to come, and where not."""

_PROBE = "probe-"

Clock = Callable[[], float]
Heard = Callable[[str], None]


class Flag(Protocol):
    """What `threading.Event` does."""

    def set(self) -> None:
        """Raise the flag, in any thread."""
        ...

    def clear(self) -> None:
        """Take it down."""
        ...

    def wait(self, timeout: float) -> bool:
        """Return whether it is up, or comes up in so many seconds."""
        ...


class Events(Protocol):
    """Something that tells of what moves in a folder."""

    def alive(self) -> bool:
        """Say whether it may still tell anything."""
        ...

    def stop(self) -> None:
        """Tell no more. Safe to repeat."""
        ...


Start = Callable[[Path, Heard], Events]


def watchdog_events(inbox: Path, heard: Heard) -> Events:
    """Have `heard` told each path below the inbox at which something moves, in a thread.

    Raises OSError where the system has no more watches to give, and ImportError.
    """
    # Here, because a watchdog that cannot be imported must not keep us from polling.
    from watchdog import events  # noqa: PLC0415  # for that, and for start-up time
    from watchdog.observers import Observer  # noqa: PLC0415  # for that

    class Handler(events.FileSystemEventHandler):
        def on_any_event(self, event: events.FileSystemEvent) -> None:
            for path in (event.src_path, event.dest_path):
                if path:
                    heard(path if isinstance(path, str) else path.decode(errors="replace"))

    # Watchdog 6 and 7 agree on these; our own reading of files and a writer's every write are
    # left out, for the gate looks again by itself.
    told = [
        events.DirCreatedEvent,
        events.DirMovedEvent,
        events.FileClosedEvent,
        events.FileCreatedEvent,
        events.FileMovedEvent,
    ]
    observer = Observer()
    observer.daemon = True
    observer.schedule(Handler(), str(inbox), recursive=True, event_filter=told)
    observer.start()
    return _Watchdog(observer)


class _Thread(Protocol):
    def is_alive(self) -> bool: ...


class _Observer(_Thread, Protocol):
    @property
    def emitters(self) -> Iterable[_Thread]: ...
    def stop(self) -> None: ...
    def join(self, timeout: float | None = None) -> None: ...


@dataclass(frozen=True, slots=True)
class _Watchdog:
    observer: _Observer

    def alive(self) -> bool:
        # Watchdog 6's observer says that it lives when the threads that hear are dead.
        emitters = self.observer.emitters
        return self.observer.is_alive() and all(each.is_alive() for each in emitters)

    def stop(self) -> None:
        self.observer.stop()
        self.observer.join(5.0)


class Waker:
    """Rests between scans, and ends a rest when something moves in the inbox.

    `flag` is what events raise; `polling` says why none are wanted.
    """

    def __init__(
        self,
        inbox: Path,
        *,
        clock: Clock,
        sleep: Callable[[float], None],
        flag: Flag,
        polling: str | None = None,
        start: Start = watchdog_events,
    ) -> None:
        self._inbox = inbox.resolve()
        self._ours = f"{self._inbox / OURS}{os.sep}"
        self._clock = clock
        self._sleep = sleep
        self._flag = flag
        self._polling = polling
        self._start = start
        self._events: Events | None = None
        self._probe: tuple[Path, float] | None = None
        self._heard_probe = ""
        self._due_s = float("-inf")
        self._again_s = AGAIN_S
        self._said = ""
        self.proven = False

    @property
    def floor_s(self) -> float:
        """The shortest rest: longer where events are known to end it."""
        return EVENTS_FLOOR_S if self.proven else POLLING_FLOOR_S

    def tend(self) -> str | None:
        """Start, try and mend what brings the events; return a sentence where that changed.

        To be called before every scan. Safe to repeat; raises nothing.
        """
        if self._polling is not None:
            return self._say(f"looking every few seconds: {self._polling}")
        if self._events is None:
            return self._begin() if self._clock() >= self._due_s else None
        if not self._events.alive():
            return self._fail("what brings the system's events died")
        if self._probe is None:
            return self._prove() if self._clock() >= self._due_s else None
        return self._judge(*self._probe)

    def _begin(self) -> str | None:
        try:
            self._events = self._start(self._inbox, self._hear)
        except (OSError, ImportError, RuntimeError) as problem:
            return self._fail(str(problem) or type(problem).__name__)
        return self._prove()

    def _prove(self) -> str | None:
        """Write a hidden file whose event must come; a folder that is read-only proves none."""
        probe = self._inbox / OURS / f"{_PROBE}{secrets.token_hex(6)}"
        try:
            make_folder(probe.parent)
            probe.touch(exist_ok=False)
        except (OutputError, OSError):
            self._due_s = self._clock() + PROVE_EVERY_S
            return None
        self._probe = (probe, self._clock() + PROBE_S)
        return None

    def _judge(self, probe: Path, until_s: float) -> str | None:
        heard = self._heard_probe == probe.name
        if not heard and self._clock() < until_s:
            return None
        self._probe = None
        with suppress(OSError):
            probe.unlink()
        if not heard:
            return self._fail("no event came of a file that was written there")
        self.proven, self._again_s = True, AGAIN_S
        self._due_s = self._clock() + PROVE_EVERY_S
        return self._say("woken by the system's events")

    def _fail(self, why: str) -> str | None:
        """Go on by looking alone, and try events again later."""
        self._drop()
        self._due_s = self._clock() + self._again_s
        self._again_s = min(2 * self._again_s, MOST_AGAIN_S)
        return self._say(f"looking every few seconds, for events fail: {why}")

    def _drop(self) -> None:
        """Let go of the events and the file that tries them."""
        if self._probe is not None:
            with suppress(OSError):
                self._probe[0].unlink()
        events, self._events, self._probe, self.proven = self._events, None, None, False
        if events is not None:
            events.stop()

    def _say(self, sentence: str) -> str | None:
        """Return a sentence unless it was the last one said."""
        said, self._said = self._said, sentence
        return None if said == sentence else sentence

    def _hear(self, path: str) -> None:
        """Take note of one event, in watchdog's thread."""
        if path.startswith(self._ours):
            self._heard_ours(path.removeprefix(self._ours))
        elif path != self._ours.rstrip(os.sep):
            self._flag.set()

    def _heard_ours(self, name: str) -> None:
        """Take note of an event in our own folder, which is nobody's song."""
        if name.startswith(_PROBE):
            self._heard_probe = name

    def again(self) -> None:
        """Start anew at the next `tend`: the inbox was away. Safe to repeat."""
        self._drop()
        self._due_s = float("-inf")

    def rest(self, *, scan_s: float, most_s: float, stopping: Callable[[], bool]) -> bool:
        """Wait until something moves, we are stopping, or `most_s` is over; say if it moved.

        However much moves, a scan that took `scan_s` is not repeated at once.
        """
        until = self._clock() + most_s
        self._sleep(min(GATHER_S, 4 * scan_s, most_s))
        while (left := until - self._clock()) > 0 and not stopping():
            if self._flag.wait(min(SLICE_S, left)):
                break
        return self._lowered()

    def _lowered(self) -> bool:
        up = self._flag.wait(0)
        self._flag.clear()
        return up

    def close(self) -> None:
        """Stop all of it. Safe to repeat."""
        self._drop()
