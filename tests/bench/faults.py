"""What goes wrong with a watched folder: told by watchdog itself, and found by our scan.

`python -m tests.bench.faults [--only NAME]`: five faults, once for each major of watchdog. Each
is installed apart and put before ours on the path of a process of its own.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from mvpipe.watch.model import Identity, Mount
from mvpipe.watch.mount import sight
from mvpipe.watch.scan import Scanner, rest_s
from mvpipe.watch.wake import Waker
from tests.bench.peers import FOLDER

VERSIONS = ("6.0.0", "7.1.0")
QUIET_S, MOST_S = 3.0, 120.0
HANDLER_S = 0.0005
OLD, BURST, NESTED = 1000, 60_000, 1000


class Ours:
    """A watcher that only finds: what `mvpipe watch` does before it takes a song."""

    def __init__(self, inbox: Path) -> None:
        self._inbox = inbox
        self._flag = threading.Event()
        self._ends = threading.Event()
        self._thread = threading.Thread(target=self._run)
        self.found: list[str] = []
        self.gone: list[str] = []
        self.paused = 0
        self._thread.start()

    def stop(self) -> None:
        """End the rest and the thread."""
        self._ends.set()
        self._flag.set()
        self._thread.join()

    def _run(self) -> None:
        waker = Waker(self._inbox, clock=time.monotonic, sleep=time.sleep, flag=self._flag)
        look, identity, was_away = Scanner(self._inbox, clock=time.monotonic), None, False
        while not self._ends.is_set():
            identity, was_away = self._turn(waker, look, identity, was_away=was_away)
        waker.close()

    def _turn(
        self, waker: Waker, look: Scanner, expected: Identity | None, *, was_away: bool
    ) -> tuple[Identity | None, bool]:
        waker.tend()
        here = sight(self._inbox, expected)
        if here.mount is not Mount.SAME:
            self.paused += 1
            self._ends.wait(0.1)
            return expected, True
        if was_away:
            waker.again()
        seen = look.scan()
        self.found += seen.fresh
        self.gone += seen.gone
        pause_s = min(2.0, rest_s(seen.seconds))
        waker.rest(scan_s=seen.seconds, most_s=pause_s, stopping=self._ends.is_set)
        return here.identity, False


@dataclass(slots=True)
class Theirs:
    """Watchdog's own observer with a handler that takes half a millisecond."""

    seen: dict[str, int] = field(default_factory=dict)
    last_s: float = field(default_factory=time.monotonic)

    def take(self, kind: str, path: str) -> None:
        """Note one event."""
        time.sleep(HANDLER_S)
        self.last_s = time.monotonic()
        if path.endswith(".mp3"):
            self.seen[kind] = self.seen.get(kind, 0) + 1


@contextmanager
def observing(inbox: Path, *, polling: bool) -> Iterator[tuple[Theirs, Callable[[], str]]]:
    """Yield what watchdog's observer told so far, and a call that says how alive it is."""
    from watchdog.events import FileSystemEvent, FileSystemEventHandler  # noqa: PLC0415  # see
    from watchdog.observers import Observer  # noqa: PLC0415  # main: which one is on the path
    from watchdog.observers.polling import PollingObserver  # noqa: PLC0415  # likewise

    theirs = Theirs()

    class Handler(FileSystemEventHandler):
        def on_any_event(self, event: FileSystemEvent) -> None:
            theirs.take(event.event_type, str(event.dest_path or event.src_path))

    observer = PollingObserver(timeout=0.3) if polling else Observer()
    observer.schedule(Handler(), str(inbox), recursive=True)
    observer.start()

    def lives() -> str:
        emitters = "alive" if all(each.is_alive() for each in observer.emitters) else "dead"
        return f"observer {'alive' if observer.is_alive() else 'dead'}, emitter {emitters}"

    try:
        yield theirs, lives
    finally:
        observer.stop()
        observer.join()


def settle(theirs: Theirs) -> None:
    """Wait until watchdog has told nothing more for a while."""
    until = time.monotonic() + MOST_S
    theirs.last_s = time.monotonic()
    while time.monotonic() < min(until, theirs.last_s + QUIET_S):
        time.sleep(0.1)


def touch(inbox: Path, count: int, name: str = "{}.mp3") -> None:
    """Make so many files, with folders where the name has any."""
    for number in range(count):
        path = inbox / name.format(number)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()


BUSY: set[str] = set()
"""Folders whose `stat` fails at the moment."""


def make_breakable() -> None:
    """Have `os.stat` fail where it is told to; before watchdog takes it for its own."""
    real: Callable[..., os.stat_result] = os.stat

    def failing(path: object, *args: object, **kwargs: object) -> os.stat_result:
        if str(path) in BUSY:
            raise OSError(16, "Device or resource busy", str(path))
        return real(path, *args, **kwargs)

    os.stat = failing


def busy_root(inbox: Path) -> None:
    """The folder's own stat fails for a while, then ten songs come."""
    BUSY.add(str(inbox))
    time.sleep(0.8)
    BUSY.clear()
    time.sleep(0.5)
    touch(inbox, 10, "new {}.mp3")


def flap(inbox: Path) -> None:
    """The disk goes away, which leaves an empty folder, and comes back."""
    away = inbox.rename(inbox.with_name("away"))
    inbox.mkdir()
    time.sleep(1.5)
    inbox.rmdir()
    away.rename(inbox)


def burst(inbox: Path) -> None:
    """Many files at once."""
    touch(inbox, BURST)


def nested(inbox: Path) -> None:
    """Files in folders that were made a moment before."""
    touch(inbox, NESTED, "{0}/in/{0}.mp3")


def nothing(inbox: Path) -> None:
    """What was there before is all there is."""


@dataclass(frozen=True, slots=True)
class Fault:
    """What happens, what was there before, and what is to be found in all."""

    what: str
    before: int
    does: Callable[[Path], None]
    found: int
    polling: bool = False


FAULTS = {
    "busy": Fault("root stat fails with EBUSY, then 10 new", 0, busy_root, 10, polling=True),
    "flap": Fault("root empty for 1.5 s and back, 1,000 old", OLD, flap, OLD, polling=True),
    "burst": Fault("60,000 files at once", 0, burst, BURST),
    "nested": Fault("1,000 files in two new folders each", 0, nested, NESTED),
    "before": Fault("10 files from before the start", 10, nothing, 10),
}


def suffer(name: str) -> None:
    """Let one fault happen to both and print what they told."""
    fault = FAULTS[name]
    make_breakable()
    with tempfile.TemporaryDirectory(prefix="mvpipe-faults-") as made:
        inbox = Path(made).resolve() / "in"
        inbox.mkdir()
        touch(inbox, fault.before, "old {}.mp3")
        ours = Ours(inbox)
        with observing(inbox, polling=fault.polling) as (theirs, lives):
            time.sleep(1.5)
            fault.does(inbox)
            settle(theirs)
            until = time.monotonic() + MOST_S
            while len(set(ours.found)) < fault.found and time.monotonic() < until:
                time.sleep(0.1)
            alive = lives()
        ours.stop()
    told = {
        kind: count for kind, count in theirs.seen.items() if kind in ("created", "deleted")
    }
    found = [len(set(ours.found)), len(ours.found) - len(set(ours.found)), len(ours.gone)]
    print(json.dumps([told, alive, *found, ours.paused]))


def installed(version: str) -> Path:
    """Return a folder that holds this version of watchdog and nothing else."""
    home = FOLDER / f"watchdog-{version}"
    if not (home / "watchdog").is_dir():
        pip = [sys.executable, "-m", "pip", "install", "-q", "--no-deps", "--target", str(home)]
        subprocess.run([*pip, f"watchdog=={version}"], check=True)
    return home


def compare(names: Sequence[str]) -> None:
    """Print what either told of every fault, for every version."""
    for version in VERSIONS:
        environ = {**os.environ, "PYTHONPATH": str(installed(version))}
        for name in names:
            command = [sys.executable, "-m", "tests.bench.faults", "--child", name]
            done = subprocess.run(
                command, capture_output=True, text=True, env=environ, check=True
            )
            told, alive, found, twice, gone, paused = json.loads(done.stdout)
            print(f"watchdog {version}, {FAULTS[name].what}")
            print(f"  watchdog: {told or 'nothing'}; {alive}")
            print(f"  ours: {found} found, {twice} twice, {gone} gone, paused {paused} times")


def main() -> None:
    """Install, let it happen, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", choices=FAULTS)
    parser.add_argument("--child", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.child:
        suffer(given.child)
        return
    compare([given.only] if given.only else list(FAULTS))


if __name__ == "__main__":
    main()
