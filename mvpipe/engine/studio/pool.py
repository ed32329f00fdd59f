"""The worker processes: started once, given one order at a time, never left behind.

Knows nothing of videos: what an order means is the worker's business.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from multiprocessing.context import SpawnProcess

from mvpipe.engine.studio.work import Order, Report
from mvpipe.engine.studio.worker import new_board, work
from mvpipe.errors import RenderFailed

PATIENCE_S = 1.5
"""How long workers get to stop by themselves before they are ended."""

ENGINE = ("mvpipe.engine.scenes.painter",)
"""What a worker of the engine imports while it waits for its first order."""

_ONE_THREAD: Mapping[str, str] = dict.fromkeys(
    ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS"), "1"
)
_WARNINGS, _NO_LEAKS = "PYTHONWARNINGS", "ignore:resource_tracker:UserWarning"
"""Python's process that tidies up after a killed one would tell the user of semaphores."""

_PRIVATE = ("TOKEN", "SECRET", "PASSWORD", "CREDENTIAL", "KEY")
"""Who only draws has no use for variables with these in their names."""


@dataclass(slots=True)
class _Hand:
    """One worker process, our end of its pipe, and whether it owes us a report."""

    process: SpawnProcess
    pipe: Connection
    busy: bool = False


class Pool:
    """Processes that live as long as the pool; as many as there are cores unless told."""

    def __init__(self, workers: int | None = None, *, preload: Sequence[str] = ENGINE) -> None:
        self.workers = workers or os.cpu_count() or 1
        self._preload = tuple(preload)
        self._context = multiprocessing.get_context("spawn")
        with _environment():  # a board starts a process that looks after it
            self._board = new_board(self._context, self.workers)
        self._hands: list[_Hand] = []

    @property
    def idle(self) -> bool:
        """Whether every order given has been reported on."""
        return not any(hand.busy for hand in self._hands)

    @property
    def frames(self) -> int:
        """How many frames of the latest order are there."""
        return sum(self._board.frames)

    @property
    def kept(self) -> int:
        """How many of those were there already when it began."""
        return sum(self._board.kept)

    def warm(self) -> None:
        """Start the processes, which import what they need while the caller goes on.

        Safe to repeat.
        """
        with _for_workers():
            while len(self._hands) < self.workers:
                self._hands.append(self._spawn(len(self._hands)))

    def begin(self, order: Order, *, hands: int) -> None:
        """Give an order to at most so many workers; the pool must be idle.

        Raises RenderFailed if a worker is not there to take it.
        """
        self.warm()
        self._board.stop.value = 0
        self._board.next_task.value = 0
        for hand in self._hands[:hands]:
            hand.busy = True
            try:
                hand.pipe.send(order)
            except OSError as cause:
                problem = _lost(hand.process)
                self.end()
                raise problem from cause

    def reset_frames(self) -> None:
        """Count frames from 0 again."""
        for slot in range(self.workers):
            self._board.frames[slot] = self._board.kept[slot] = 0

    def reports(self) -> tuple[Report, ...]:
        """Return what has come in since the last call, without waiting.

        If a worker has died, the others are ended too, since it may have held what they wait
        for, and the last report says so. The next order starts new ones.
        """
        found = []
        for hand in [hand for hand in self._hands if hand.busy]:
            alive = hand.process.is_alive()
            report = _received(hand.pipe)
            if report is not None:
                hand.busy = False
                found.append(report)
            elif not alive:
                found.append(Report(problem=_lost(hand.process)))
                self.end()
                break
        return tuple(found)

    def wait(self, timeout_s: float) -> bool:
        """Wait until there is something to report, for so long; return whether there is."""
        pipes = [hand.pipe for hand in self._hands if hand.busy]
        return bool(pipes and wait(pipes, timeout=timeout_s))

    def ask_to_stop(self) -> None:
        """Tell the workers to drop their order at the next frame; each still reports."""
        self._board.stop.value = 1

    def stop(self) -> None:
        """Have no worker busy within two seconds: those that do not stop are ended."""
        self.ask_to_stop()
        while not self.idle:
            if not self.wait(PATIENCE_S):
                self.end()
            self.reports()

    def end(self) -> None:
        """End every process, whatever it is doing. Safe to repeat."""
        for hand in self._hands:
            hand.process.terminate()
        for hand in self._hands:
            _bury(hand)
        self._hands = []
        self._board = new_board(self._context, self.workers)

    def close(self) -> None:
        """Let idle workers leave by themselves and end the busy ones. Safe to repeat."""
        self.stop()
        for hand in self._hands:
            hand.pipe.close()
        for hand in self._hands:
            hand.process.join(PATIENCE_S)
        self.end()

    def _spawn(self, slot: int) -> _Hand:
        ours, theirs = self._context.Pipe()
        process = self._context.Process(
            target=work,
            args=(theirs, self._board, slot, self._preload),
            name=f"mvpipe-worker-{slot + 1}",
            daemon=True,
        )
        process.start()
        theirs.close()
        return _Hand(process=process, pipe=ours)


def _received(pipe: Connection) -> Report | None:
    try:
        if not pipe.poll():
            return None
        report: Report = pipe.recv()
    except (EOFError, OSError):
        return None
    return report


def _lost(process: SpawnProcess) -> RenderFailed:
    process.join(PATIENCE_S)
    code = process.exitcode
    if code is not None and code < 0:
        name = signal.Signals(-code).name
        return RenderFailed(
            f"a worker process was ended from outside ({name})",
            hint="this happens when memory runs out; try a smaller size or fewer workers",
        )
    return RenderFailed(f"a worker process ended by itself (exit code {code})")


def _bury(hand: _Hand) -> None:
    hand.process.join(PATIENCE_S)
    if hand.process.is_alive():
        hand.process.kill()
        hand.process.join()
    hand.process.close()
    hand.pipe.close()


@contextmanager
def _for_workers() -> Iterator[None]:
    """Have processes start with one thread a library and deaf to Ctrl-C, then undo both.

    A blocked signal stays blocked in a child; it would otherwise see a Ctrl-C before it can
    ignore it. What arrives meanwhile reaches this process afterwards: had it ended the start
    halfway, the child would complain of that to the user.
    """
    with _environment(), _endings_held_back():
        yield


@contextmanager
def _environment() -> Iterator[None]:
    """Have what is started know of one thread a library and of no credentials."""
    before = dict(os.environ)
    for name in filter(_private, before):
        del os.environ[name]
    os.environ.update(_ONE_THREAD)
    os.environ[_WARNINGS] = ",".join(filter(None, (before.get(_WARNINGS), _NO_LEAKS)))
    try:
        yield
    finally:
        for name in {*_ONE_THREAD, _WARNINGS} - before.keys():
            os.environ.pop(name, None)
        os.environ.update(before)


def _private(name: str) -> bool:
    return any(part in name.upper() for part in _PRIVATE)


@contextmanager
def _endings_held_back() -> Iterator[None]:
    if not hasattr(signal, "pthread_sigmask"):  # Windows
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT, signal.SIGTERM})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
