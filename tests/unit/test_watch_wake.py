from __future__ import annotations

import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from mvpipe.watch import wake
from mvpipe.watch.mount import OURS
from mvpipe.watch.wake import Events, Flag, Heard, Waker, watchdog_events


@dataclass(slots=True)
class FakeTime:
    """A flag, a clock and a sleep in one: time passes only where somebody waits.

    `moves` says at which seconds something moves.
    """

    now_s: float = 0.0
    up: bool = False
    moves: list[float] = field(default_factory=list)

    def clock(self) -> float:
        return self.now_s

    def sleep(self, seconds: float) -> None:
        self._pass(self.now_s + seconds)

    def set(self) -> None:
        self.up = True

    def clear(self) -> None:
        self.up = False

    def wait(self, timeout: float) -> bool:
        until = self.now_s + timeout
        if not self.up:
            self._pass(min([until, *self.moves]))
        return self.up

    def _pass(self, until: float) -> None:
        self.now_s = max(self.now_s, until)
        self.up = self.up or any(move <= self.now_s for move in self.moves)
        self.moves = [move for move in self.moves if move > self.now_s]


_flag: type[Flag] = FakeTime


@dataclass(slots=True)
class FakeEvents:
    """Events that come, or do not: `deaf` hears nothing, `refuses` cannot be started."""

    deaf: bool = False
    refuses: list[Exception] = field(default_factory=list)
    heard: list[Heard] = field(default_factory=list)
    lives: bool = True
    stops: int = 0

    def start(self, inbox: Path, heard: Heard) -> Events:
        if self.refuses:
            raise self.refuses.pop()
        self.lives = True
        self.heard.append(heard)
        return self

    def alive(self) -> bool:
        return self.lives

    def stop(self) -> None:
        self.stops += 1

    def deliver(self, folder: Path) -> None:
        for path in [] if self.deaf else folder.iterdir():
            self.heard[-1](str(path))


@dataclass(slots=True)
class Stage:
    inbox: Path
    time: FakeTime
    events: FakeEvents
    waker: Waker

    def prove(self) -> str | None:
        self.waker.tend()
        self.events.deliver(self.inbox / OURS)
        return self.waker.tend()

    def rest(self, most_s: float, *, scan_s: float = 0.0) -> bool:
        return self.waker.rest(scan_s=scan_s, most_s=most_s, stopping=lambda: False)


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    inbox = tmp_path / "in"
    inbox.mkdir()
    time, events = FakeTime(), FakeEvents()
    return Stage(inbox, time, events, waker(inbox, time, events))


def waker(
    inbox: Path, time: FakeTime, events: FakeEvents, *, polling: str | None = None
) -> Waker:
    return Waker(
        inbox,
        clock=time.clock,
        sleep=time.sleep,
        flag=time,
        polling=polling,
        start=events.start,
    )


def test_events_that_come_of_our_own_file_are_believed(stage: Stage) -> None:
    assert stage.waker.floor_s == wake.POLLING_FLOOR_S
    assert stage.prove() == "woken by the system's events"
    assert stage.waker.floor_s == wake.EVENTS_FLOOR_S
    assert list((stage.inbox / OURS).iterdir()) == []
    assert stage.waker.tend() is None


def test_an_event_ends_the_rest_and_nothing_more(stage: Stage) -> None:
    stage.prove()
    stage.time.moves = [3.0]
    assert stage.rest(10.0)
    assert stage.time.now_s == 3.0
    assert not stage.rest(10.0)
    assert stage.time.now_s == 13.0


def test_a_burst_is_gathered_for_a_moment_before_the_next_scan(stage: Stage) -> None:
    stage.time.set()
    assert stage.rest(10.0, scan_s=0.1)
    assert stage.time.now_s == 0.4
    stage.time.set()
    assert stage.rest(10.0, scan_s=60.0)
    assert stage.time.now_s == 0.4 + wake.GATHER_S


def test_a_rest_ends_soon_when_we_are_to_stop(stage: Stage) -> None:
    time = stage.time
    assert not stage.waker.rest(scan_s=0.0, most_s=3600.0, stopping=lambda: time.now_s >= 5.0)
    assert time.now_s <= 5.0 + wake.SLICE_S


def test_our_own_files_wake_nobody(stage: Stage) -> None:
    stage.waker.tend()
    hear = stage.events.heard[-1]
    hear(str(stage.inbox / OURS))
    hear(str(stage.inbox / OURS / "claims" / "x.json"))
    assert not stage.time.up
    hear(str(stage.inbox / ".mvpipe.mp3"))
    assert stage.time.up


def test_events_that_do_not_come_are_given_up_and_tried_again_later(stage: Stage) -> None:
    stage.events.deaf = True
    assert stage.prove() is None
    stage.time.now_s = wake.PROBE_S
    said = stage.waker.tend() or ""
    assert "no event came" in said
    assert (stage.events.stops, stage.waker.proven) == (1, False)
    assert stage.waker.tend() is None
    stage.events.deaf = False
    stage.time.now_s += wake.AGAIN_S
    assert stage.prove() == "woken by the system's events"


@pytest.mark.parametrize(
    "problem",
    [OSError(28, "inotify watch limit reached"), ImportError("no watchdog"), RuntimeError()],
)
def test_events_that_cannot_be_had_leave_polling_and_that_is_said_once(
    stage: Stage, problem: Exception
) -> None:
    stage.events.refuses = [problem, problem]
    said = stage.waker.tend() or ""
    assert said.startswith("looking every few seconds, for events fail: ")
    assert stage.waker.tend() is None
    stage.time.now_s = wake.AGAIN_S
    assert stage.waker.tend() is None
    stage.time.now_s += 2 * wake.AGAIN_S - 1.0
    assert stage.waker.tend() is None
    assert stage.events.heard == []
    stage.time.now_s += 1.0
    assert stage.prove() is not None


def test_threads_that_died_while_their_observer_says_it_lives_are_replaced(
    stage: Stage,
) -> None:
    stage.prove()
    stage.events.lives = False
    assert "died" in (stage.waker.tend() or "")
    assert not stage.waker.proven
    stage.time.now_s += wake.AGAIN_S
    assert stage.prove() == "woken by the system's events"


def test_events_that_fell_silent_are_found_out(stage: Stage) -> None:
    stage.prove()
    stage.events.deaf = True
    stage.time.now_s += wake.PROVE_EVERY_S
    assert stage.prove() is None
    stage.time.now_s += wake.PROBE_S
    assert "no event came" in (stage.waker.tend() or "")


def test_an_inbox_that_cannot_be_written_has_events_that_are_not_relied_on(
    stage: Stage,
) -> None:
    (stage.inbox / OURS).touch()
    assert stage.waker.tend() is None
    assert stage.waker.tend() is None
    stage.time.now_s += wake.PROVE_EVERY_S
    assert stage.waker.tend() is None
    assert (stage.waker.proven, stage.waker.floor_s) == (False, wake.POLLING_FLOOR_S)
    stage.events.heard[-1](str(stage.inbox / "song.mp3"))
    assert stage.rest(10.0)


def test_a_network_disk_is_polled_and_that_is_said_once(tmp_path: Path) -> None:
    events = FakeEvents()
    polling = waker(tmp_path, FakeTime(), events, polling="'in' is on a network disk")
    assert polling.tend() == "looking every few seconds: 'in' is on a network disk"
    assert polling.tend() is None
    polling.close()
    assert events.heard == []


def test_an_inbox_that_came_back_is_listened_to_anew(stage: Stage) -> None:
    stage.waker.tend()
    stage.waker.again()
    assert (stage.events.stops, list((stage.inbox / OURS).iterdir())) == (1, [])
    assert stage.prove() == "woken by the system's events"
    stage.waker.close()
    stage.waker.close()
    assert stage.events.stops == 2


# From here on it is the installed watchdog itself.

WAIT_S = 20.0
"""How long an event may take before something is wrong; it takes milliseconds."""


@contextmanager
def listening(inbox: Path) -> Iterator[tuple[Waker, threading.Event]]:
    up = threading.Event()
    inbox.mkdir(exist_ok=True)
    real = Waker(inbox, clock=lambda: 0.0, sleep=lambda _: None, flag=up)
    try:
        yield real, up
    finally:
        real.close()


def test_watchdogs_own_events_prove_themselves_and_wake(tmp_path: Path) -> None:
    with listening(tmp_path / "in") as (real, up):
        heard = threading.Event()
        proven = wait_for_proof(real, heard)
        assert (proven, up.is_set()) == ("woken by the system's events", False)
        (tmp_path / "in" / "song.mp3").touch()
        assert up.wait(WAIT_S)


def wait_for_proof(real: Waker, turn: threading.Event) -> str | None:
    for _ in range(int(WAIT_S / 0.05)):
        if said := real.tend():
            return said
        turn.wait(0.05)
    return None


def test_a_file_deep_in_new_folders_wakes(tmp_path: Path) -> None:
    with listening(tmp_path / "in") as (real, up):
        real.tend()
        (tmp_path / "in" / "a" / "b").mkdir(parents=True)
        assert up.wait(WAIT_S)


def test_reading_a_song_wakes_nobody(tmp_path: Path) -> None:
    inbox, up = tmp_path / "in", threading.Event()
    inbox.mkdir()
    (inbox / "song.mp3").write_bytes(b"ID3")
    paths: list[str] = []

    def heard(path: str) -> None:
        paths.append(path)
        up.set()

    events = watchdog_events(inbox, heard)
    (inbox / "song.mp3").read_bytes()
    (inbox / "last.mp3").touch()
    assert up.wait(WAIT_S)
    events.stop()
    assert {Path(path).name for path in paths} <= {"last.mp3", "in"}


def test_a_watched_folder_that_was_removed_can_be_watched_again(tmp_path: Path) -> None:
    inbox = tmp_path / "in"
    with listening(inbox) as (real, up):
        real.tend()
        shutil.rmtree(inbox)
        inbox.mkdir()
        real.again()
        real.tend()
        up.clear()
        (inbox / "song.mp3").touch()
        assert up.wait(WAIT_S)


def test_events_that_were_stopped_are_dead(tmp_path: Path) -> None:
    events = watchdog_events(tmp_path, lambda _: None)
    assert events.alive()
    events.stop()
    assert not events.alive()
