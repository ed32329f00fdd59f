"""The journal on disk: what was intended, accepted and ended, durable and checked.

A change is on the disk, and the guard knows of it, before anybody is told. What is read is what
was written: where rows changed by themselves, vanished, or a whole end is cut off, it refuses.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from types import TracebackType
from typing import Self

from mvpipe.disk import make_folder
from mvpipe.errors import JournalError
from mvpipe.journal import guard, tables
from mvpipe.journal.alone import alone
from mvpipe.journal.guard import Mark
from mvpipe.journal.memo import Memo
from mvpipe.journal.network import remote
from mvpipe.journal.prune import RUN_DAYS, outdated
from mvpipe.journal.records import (
    FileFacts,
    Intent,
    JobId,
    Outcome,
    Record,
    RunId,
    RunRecord,
    Stage,
)
from mvpipe.journal.rows import Damage, JobRow, Row, Whole
from mvpipe.journal.sql import (
    closed_on_failure,
    connect,
    in_memory,
    journal_errors,
    journal_mode,
)
from mvpipe.journal.still import has_log, still
from mvpipe.journal.tables import Change

Clock = Callable[[], float]
Notice = Callable[[str], None]

_MAY_BE_ACCEPTED = frozenset({Stage.INTENDED, Stage.UNKNOWN})
_DAY_S = 24 * 3600.0


def _unheard(_: str) -> None:
    pass


@dataclass(frozen=True, slots=True)
class Look:
    """What a journal that is only read had promised when it was opened."""

    promised: Mark | None


class Journal:
    """A journal that is open. `now` gives seconds since the epoch.

    Every verb raises JournalError where the disk fails or the journal is not what was written.
    """

    def __init__(
        self, path: Path, db: sqlite3.Connection, *, now: Clock, memo: Memo, look: Look | None
    ) -> None:
        self._path = path
        self._db = db
        self._now = now
        self._memo = memo
        self._look = look

    @classmethod
    def open(
        cls, path: Path, *, now: Clock, writable: bool = True, notice: Notice = _unheard
    ) -> Self:
        """Open the journal at `path`, made with its folders if it is to be written.

        For reading alone no file is made, changed or locked, and where there is none the
        journal is empty; what is seen is the moment of opening. `notice` is told of a disk that
        makes it slow. Raises JournalError.
        """
        memo = path.with_name(f"{path.name}.memo")
        if not writable:
            with journal_errors(path):
                db, look = _looked_at(path)
            return cls(path, db, now=now, memo=Memo.open(memo), look=look)
        make_folder(path.parent, private=True)
        kind = remote(path.parent)
        if kind is not None:
            notice(
                f"'{path.parent}' is on a network disk ({kind}): the journal is slower there"
            )
        with journal_errors(path):
            db = _written(path, local=kind is None)
        return cls(path, db, now=now, memo=Memo.open(memo, local=kind is None), look=None)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        problem: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the files. Safe to repeat."""
        self._db.close()
        self._memo.close()

    def intend(self, intent: Intent) -> None:
        """Note what is about to be tried: durable when it returns.

        Raises JournalError where that attempt is known already. Not safe to repeat.
        """
        with self._changing() as change:
            job = change.job(intent.job)
            if change.attempt(job, intent) is not None:
                raise JournalError(
                    f"attempt {intent.attempt} at '{intent.task}' is in the journal already",
                    hint="another run may be at work on the same job; try again",
                )
            outcome = Outcome(Stage.INTENDED)
            change.put(job, None, Record(intent, outcome, intended_s=float(self._now())))

    def accept(self, intent: Intent) -> None:
        """Note that the backend took it; of one that ended, nothing more. Safe to repeat."""
        with self._changing() as change:
            job, row, record = _found(change, intent)
            if record.stage in _MAY_BE_ACCEPTED:
                outcome = replace(record.outcome, stage=Stage.ACCEPTED)
                change.put(job, row, replace(record, outcome=outcome, ended_s=None))

    def end(self, intent: Intent, outcome: Outcome) -> None:
        """Note how it ended, in the place of what was noted before, and in the ledger its cost.

        Safe to repeat.
        """
        with self._changing() as change:
            job, row, record = _found(change, intent)
            if record.outcome != outcome:
                now = float(self._now())
                change.put(job, row, replace(record, outcome=outcome, ended_s=now))
                if outcome.credits is not None:
                    change.spend(job, intent, cost=outcome.credits, spent_s=now)

    def records(self, jobs: Iterable[JobId]) -> dict[JobId, tuple[Record, ...]]:
        """Return what is known of each of `jobs`, in order of intention."""
        wanted = tuple(jobs)
        with self._reading() as whole:
            known = tables.read_jobs(self._db, whole)
            rows = tables.read_records(self._db, [known[job] for job in wanted if job in known])
        return {job: tuple(record for _, record in rows.get(job, ())) for job in wanted}

    def jobs(self) -> tuple[JobId, ...]:
        """Return every job that there are records of, the longest known first."""
        with self._reading() as whole:
            known = tables.read_jobs(self._db, whole)
        return tuple(job for job, row in known.items() if row.attempts.count)

    def begin_run(self, *, jobs: Iterable[JobId], version: str) -> RunId:
        """Note that a run of `jobs` begins. Not safe to repeat: each call notes another."""
        with self._changing() as change:
            return change.begin_run(jobs, version=version, began_s=float(self._now()))

    def end_run(self, run: RunId, exit: int) -> None:  # noqa: A002  # an exit code's name
        """Note how a run ended. Safe to repeat."""
        with self._changing() as change:
            change.end_run(run, exit=exit, ended_s=float(self._now()))

    def runs(self, last: int) -> tuple[RunRecord, ...]:
        """Return the `last` runs, in order of time."""
        with self._reading() as whole:
            return tables.read_runs(self._db, whole, last=last)

    def spend(self, intent: Intent, cost: int) -> None:
        """Have the ledger say that an attempt cost so many credits, in all. Safe to repeat."""
        with self._changing() as change:
            job = change.job(intent.job)
            change.spend(job, intent, cost=cost, spent_s=float(self._now()))

    def spent(self, *, since_s: float, job: JobId | None = None) -> int:
        """Return the credits spent since then, by one job or by all."""
        with self._reading() as whole:
            known = tables.read_jobs(self._db, whole)
            numbers = {row.id for name, row in known.items() if job in {None, name}}
            return tables.read_spent(self._db, whole, since_s=since_s, job_ids=numbers)

    def remember(self, facts: Iterable[FileFacts]) -> None:
        """Keep facts about files for as long as they look the same. A cache: it never fails."""
        self._memo.remember(facts)

    def remembered(self, paths: Iterable[Path]) -> dict[Path, FileFacts]:
        """Return what was kept about `paths`; that they still look so is for the caller."""
        return self._memo.remembered(paths)

    def forget(self, *, exists: Callable[[Path], bool] = Path.exists) -> int:
        """Drop what nobody will ask for again, and return how many records that was.

        See `prune.outdated` for records; runs go after 90 days, facts about files with the
        files. The ledger stays. Safe to repeat.
        """
        self._memo.forget(exists=exists)
        count = 0
        with self._changing() as change:
            known = tables.read_jobs(self._db, change.whole)
            for name, found in tables.read_records(self._db, known.values()).items():
                for position in outdated([record for _, record in found]):
                    change.put(change.job(name), found[position][0], None)
                    count += 1
            change.forget_runs(before_s=self._now() - RUN_DAYS * _DAY_S)
        return count

    @contextmanager
    def _reading(self) -> Iterator[Whole]:
        """Hold one moment of the database, checked against what was promised before it."""
        with journal_errors(self._path):
            promised = self._promised()
            self._db.execute("BEGIN")
            try:
                whole = tables.read_whole(self._db)
                _check(whole, promised)
                yield whole
            finally:
                with suppress(sqlite3.Error):
                    self._db.execute("ROLLBACK")

    @contextmanager
    def _changing(self) -> Iterator[Change]:
        """Carry out one change, and return when neither it nor its count can be lost."""
        if self._look is not None:
            raise RuntimeError("this journal was opened for reading alone")
        with journal_errors(self._path):
            self._db.execute("BEGIN IMMEDIATE")
            try:
                change = Change(self._db)
                _check(change.whole, self._promised())
                before = self._db.total_changes
                yield change
                whole = change.finish() if self._db.total_changes > before else None
                self._db.execute("COMMIT")
            except BaseException:
                with suppress(sqlite3.Error):
                    self._db.execute("ROLLBACK")
                raise
            if whole is not None:
                guard.raise_to(_guard(self._path), _mark(whole))

    def _promised(self) -> Mark | None:
        return guard.read(_guard(self._path)) if self._look is None else self._look.promised


def _found(change: Change, intent: Intent) -> tuple[JobRow, Row, Record]:
    """Return an attempt that was intended before. Raises Damage where it was not."""
    job = change.job(intent.job)
    found = change.attempt(job, intent)
    if found is None:
        raise Damage(f"attempt {intent.attempt} at '{intent.task}' is not in it")
    return (job, *found)


def _looked_at(path: Path) -> tuple[sqlite3.Connection, Look]:
    """Return the database as it is now, in memory. Changes no file."""
    promised = guard.read(_guard(path))
    content = still(path, witness=_guard(path))
    if promised is None and guard.read(_guard(path)) is not None:  # made between the two
        return _looked_at(path)
    db = in_memory(content)
    with closed_on_failure(db):
        try:
            _prepare(db, lambda: promised)
        except sqlite3.Error as cause:  # in memory, there is no other reason
            raise Damage(str(cause)) from cause
    return db, Look(promised)


def _written(path: Path, *, local: bool) -> sqlite3.Connection:
    """Return the database, made or brought up to date if need be."""
    promised = guard.read(_guard(path))
    if promised is not None and promised.changes and not path.exists():
        raise Damage("it is gone, though its guard is there")
    if has_log(path):  # SQLite throws away what it cannot read of it: look first
        _looked_at(path)[0].close()
    with alone(_guard(path)):  # else two that make it would find each other's half
        db = connect(path)
        with closed_on_failure(db):
            db.execute("PRAGMA synchronous = FULL")
            db.execute("PRAGMA fullfsync = ON")
            db.execute("PRAGMA checkpoint_fullfsync = ON")
            tables.require_journal(db)
            journal_mode(db, local=local)
            whole = _prepare(db, lambda: guard.read(_guard(path)))
    with closed_on_failure(db):
        guard.raise_to(_guard(path), _mark(whole))
    return db


def _prepare(db: sqlite3.Connection, promise: Callable[[], Mark | None]) -> Whole:
    """See to it that the tables are there, and all that was promised in them.

    The promise is asked for once nobody else can write: another may just have made it.
    """
    db.execute("BEGIN IMMEDIATE")
    promised = promise()
    tables.prepare(db, empty_is_fine=promised is None or promised.changes == 0)
    whole = tables.read_whole(db)
    _check(whole, promised)
    db.execute("COMMIT")
    return whole


def _check(whole: Whole, promised: Mark | None) -> None:
    """Raise Damage unless everything that anybody was told of is still there."""
    mark = _mark(whole)
    if promised is None:
        if whole.changes:
            raise Damage("its guard is gone")
    elif mark.changes < promised.changes:
        lost = promised.changes - mark.changes
        raise Damage(f"{lost} of its {promised.changes} changes are missing, the newest")
    elif mark.changes == promised.changes and mark.seal != promised.seal:
        raise Damage("it is not the one that its guard knows")


def _mark(whole: Whole) -> Mark:
    return Mark(changes=whole.changes, seal=whole.row()[-1].hex())


def _guard(path: Path) -> Path:
    return path.with_name(f"{path.name}.guard")
