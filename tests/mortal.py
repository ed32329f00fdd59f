"""One run of a job as `mvpipe run` composes it, from real parts with points to die at between.

What differs: time does not pass in waiting, and the engine works in this process, so that one
run costs a tenth of a second.
"""

from __future__ import annotations

import ctypes
import os
import pickle
import signal
import traceback
from collections.abc import Iterator
from contextlib import AbstractContextManager, chdir, contextmanager, nullcontext
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, TextIO, cast

from mvpipe.backends.base import Backend
from mvpipe.backends.local import LocalBackend
from mvpipe.backends.nemo.api import Api
from mvpipe.backends.nemo.backend import NemoBackend
from mvpipe.backends.nemo.connect import attribution, client_id_file, token_file
from mvpipe.backends.nemo.identity import Identity
from mvpipe.backends.retry import RetryingBackend
from mvpipe.commands import locking, parts
from mvpipe.commands.facts import KnownFiles
from mvpipe.commands.jobs import chosen
from mvpipe.commands.memory import LOCKS
from mvpipe.commands.options import Choice
from mvpipe.engine.studio.folders import sweep
from mvpipe.engine.studio.session import Studio
from mvpipe.engine.studio.store import Store
from mvpipe.engine.studio.work import Order, Report
from mvpipe.engine.studio.worker import Board, work
from mvpipe.errors import Exit, MvpipeError, Terminated
from mvpipe.journal.locks import take
from mvpipe.journal.memo import Memo
from mvpipe.journal.records import JobId
from mvpipe.journal.sql import connect
from mvpipe.journal.store import Journal
from mvpipe.model.event import Event, Progress
from mvpipe.model.plan import Plan
from mvpipe.model.secret import Secret
from mvpipe.runner.memory import Memory
from mvpipe.runner.run import Outcome, Runner
from mvpipe.settings import ProgressStyle, Settings
from tests.dying import DyingBackend, DyingBook, DyingDb, DyingFiles, DyingSession, Fate, meet
from tests.fakes import FakeClock
from tests.serving import TOKEN

VERSION = "crash"


@dataclass(frozen=True, slots=True)
class Place:
    """A project and its user's folders; `url` is the service's, empty for the embedded engine.

    `own` is what the processes that run here write down of what they send and finish.
    """

    folder: Path
    url: str = ""

    @property
    def project(self) -> Path:
        return self.folder / "project"

    @property
    def settings(self) -> Settings:
        state, cache = self.folder / "state", self.folder / "cache"
        return Settings(1, state, cache, progress=ProgressStyle.NONE)

    @property
    def own(self) -> Path:
        return self.folder / "own"

    def note(self, line: str) -> None:
        """Write a line down at once."""
        add_line(self.own, line)


def add_line(path: Path, line: str) -> None:
    """Add a line that is whole whoever else adds one."""
    handle = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    os.write(handle, f"{line}\n".encode())
    os.close(handle)


def lived(place: Place, fate: Fate, *, said: TextIO) -> int:
    """Carry the place's job out and return the exit code, as the command line does."""
    try:
        with chdir(place.project):
            outcome = _carried_out(place, meet(fate))
    except Terminated:
        return Exit.TERMINATED
    except MvpipeError as error:
        said.write(f"{error}; {error.hint}\n")
        return error.exit
    except Exception:  # noqa: BLE001 - as in `cli`: it is a finding of the matrix
        said.write(traceback.format_exc())
        return Exit.BUG
    failed = [result for result in outcome.results if not result.ok]
    said.writelines(f"{result.problem}; {result.hint}\n" for result in failed)
    place.note(f"unchanged {sum(result.unchanged for result in outcome.results)}")
    return outcome.exit


def _carried_out(place: Place, fate: Fate) -> Outcome:
    choice, folder = Choice(), place.project
    jobs = chosen(choice, folder=folder)
    with parts.terminable(), _remembering(place, fate) as known:
        plans = parts.plans_of(jobs, place.settings, files=known.files)
        locking.check(plans, choice, folder=folder, locked=False)
        with _noted(known, plans, fate), _opened(place, known) as backend:
            outcome = known.runner(backend).run(plans)
        fate.task = "end"
        records = known.journal.records([known.memory.id_of(plan.job) for plan in plans])
        with fate.around("the lock file"):
            locking.keep(plans, records, choice, folder=folder, locked=False)
    return outcome


@dataclass(frozen=True, slots=True)
class _Known:
    journal: Journal
    files: KnownFiles
    memory: Memory
    fate: Fate
    clock: FakeClock = field(default_factory=FakeClock)

    def runner(self, backend: Backend) -> Runner:
        def observe(event: Event) -> None:
            timed = isinstance(event, Progress) and event.unit == "frames"
            self.fate.at(f"telling {type(event).__name__}", most=1 if timed else 2)

        return Runner(lambda _: backend, observe, self.clock, self.sleep, memory=self.memory)

    def sleep(self, seconds: float) -> None:
        self.fate.at("sleep", most=1)
        self.clock.sleep(seconds)


@contextmanager
def _remembering(place: Place, fate: Fate) -> Iterator[_Known]:
    with _journal(place, fate) as journal:
        files = KnownFiles(known=journal.remembered([place.project / "song.wav"]))
        book = DyingBook(journal, fate, done=lambda task: place.note(f"done {task}"))
        memory = Memory(
            book=book,
            measure=files.measure,
            hold=lambda job: _held(job, place, fate),
            now=parts.wall_clock,
            folder=place.project,
        )
        try:
            yield _Known(journal, files, memory, fate)
        finally:
            with fate.around("remembering files"):
                journal.remember(files.worth_keeping(now_s=parts.wall_clock()))


@contextmanager
def _journal(place: Place, fate: Fate) -> Iterator[Journal]:
    """Give the journal with points around its commits."""
    path = place.settings.state_dir / "journal.db"
    with fate.around("opening the journal"):
        Journal.open(path, now=parts.wall_clock).close()
    db = connect(path)
    db.execute("PRAGMA synchronous = FULL")
    dying = cast("Any", DyingDb(db, fate))  # all that a journal asks of its database
    memo = Memo.open(path.with_name(f"{path.name}.memo"), local=True)
    with Journal(path, dying, now=parts.wall_clock, memo=memo, look=None) as journal:
        yield journal


@contextmanager
def _held(job: JobId, place: Place, fate: Fate) -> Iterator[None]:
    with fate.around("taking the lock"):
        lock = take(place.settings.state_dir / LOCKS, job, now=parts.wall_clock)
    try:
        yield
    finally:
        with fate.around("releasing the lock"):
            lock.release()


@contextmanager
def _noted(known: _Known, plans: tuple[Plan, ...], fate: Fate) -> Iterator[None]:
    ids = [known.memory.id_of(plan.job) for plan in plans]
    with fate.around("noting the run"):
        run = known.journal.begin_run(jobs=ids, version=VERSION)
    code = Exit.FAILED
    try:
        yield
        code = Exit.DONE
    except KeyboardInterrupt:
        code = Exit.TERMINATED
        raise
    finally:
        with fate.around("noting the run's end"):
            known.journal.end_run(run, code)


@contextmanager
def _opened(place: Place, known: _Known) -> Iterator[Backend]:
    fate = known.fate
    inner = _cloud(place, fate, known.clock) if place.url else _engine(place, fate)
    with parts.closing(DyingBackend(inner, fate, ordered=place.note)) as backend:
        yield backend


def _engine(place: Place, fate: Fate) -> Backend:
    files, folder = DyingFiles(fate), place.settings.cache_dir / parts.WORK
    with fate.around("sweeping"):
        sweep(folder, now=parts.wall_clock)
    store = Store(place.settings.cache_dir / parts.CHUNKS, files=files)
    pool = cast("Any", AtOnce())  # all that a studio asks of a pool
    return LocalBackend(Studio(folder=folder, workers=1, store=store, files=files, pool=pool))


def _cloud(place: Place, fate: Fate, clock: FakeClock) -> Backend:
    state = place.settings.state_dir
    new_session = cast("Any", lambda: DyingSession(fate))  # all that `Api` asks of a session
    api = Api(place.url, attribution=attribution({}), clock=clock, new_session=new_session)
    identity = Identity(
        api=api,
        given=Secret(TOKEN),
        tokens=token_file(state),
        client_id_file=client_id_file({"XDG_CONFIG_HOME": str(state)}),
        sleep=clock.sleep,
    )
    nemo = NemoBackend(api=api, identify=identity, clock=clock, sleep=clock.sleep)
    downloader = replace(nemo.renders.downloader, files=DyingFiles(fate))
    nemo.renders = replace(nemo.renders, downloader=downloader)
    return RetryingBackend(nemo, sleep=clock.sleep, clock=clock, observe=lambda _: None)


@dataclass(slots=True)
class _OneOrder:
    """Our end and the worker's of a pipe that one order goes through."""

    order: bytes
    report: Report | None = None

    def recv_bytes(self) -> bytes:
        if self.report is not None:
            raise EOFError
        return self.order

    def send(self, report: Report) -> None:
        self.report = report


@dataclass(slots=True)
class _Count:
    """A number that nobody else touches."""

    value: int = 0

    def get_lock(self) -> AbstractContextManager[None]:
        return nullcontext()


class AtOnce:
    """A pool whose only worker is this process: an order is carried out when it is given."""

    workers = 1

    def __init__(self) -> None:
        one = ctypes.c_long * 1
        count = cast("Any", _Count())  # all that a worker asks of it
        self._board = Board(count, ctypes.c_int(0), frames=one(), kept=one())
        self._reports: list[Report] = []

    @property
    def idle(self) -> bool:
        return not self._reports

    @property
    def frames(self) -> int:
        return sum(self._board.frames)

    @property
    def kept(self) -> int:
        return sum(self._board.kept)

    def warm(self) -> None:
        """Be warm."""

    def begin(self, order: Order, *, hands: int) -> None:
        self._board.stop.value, self._board.next_task.value = 0, 0
        pipe = _OneOrder(pickle.dumps(order))
        before = signal.getsignal(signal.SIGINT)
        work(cast("Any", pipe), self._board, 0, ())
        signal.signal(signal.SIGINT, before)  # which a worker is deaf to
        if pipe.report is not None:
            self._reports.append(pipe.report)

    def reset_frames(self) -> None:
        self._board.frames[0] = self._board.kept[0] = 0

    def reports(self) -> tuple[Report, ...]:
        found, self._reports = tuple(self._reports), []
        return found

    def ask_to_stop(self) -> None:
        """Have nothing to stop."""

    def stop(self) -> None:
        self._reports = []

    def close(self) -> None:
        """Have nothing to close."""
