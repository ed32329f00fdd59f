"""The tables of the journal, and the few statements that read and change them.

Each change keeps the tallies: rows that vanish are missed by their job, jobs by the whole.
"""

from __future__ import annotations

import json
import sqlite3
from collections import defaultdict
from collections.abc import Container, Iterable, Mapping
from dataclasses import replace

from mvpipe.journal.records import Intent, JobId, Record, RunId, RunRecord
from mvpipe.journal.rows import (
    Damage,
    JobRow,
    Row,
    Tally,
    Whole,
    attempt_row,
    job_of,
    record_of,
    sealed,
    tally,
    unsealed,
    whole_of,
)

APPLICATION = 0x6D76706A
"""Says in the file's head that this is a journal of mvpipe: `mvpj`."""

# Columns have no type, so that SQLite keeps each value as it was sealed.
MIGRATIONS: tuple[str, ...] = (
    """
    CREATE TABLE whole (one INTEGER PRIMARY KEY, changes, jobs, jobs_mix, spendings,
        spendings_mix, seal);
    CREATE TABLE jobs (id INTEGER PRIMARY KEY, job UNIQUE, attempts, mix, seal);
    CREATE TABLE attempts (id INTEGER PRIMARY KEY, job_id, task, key, attempt, kind, parts,
        session, render, before, stage, detail, opened, after, length_ms, path, digest,
        size_bytes, credits, intended_s, ended_s, seal, UNIQUE (job_id, key, task, attempt));
    CREATE TABLE spendings (id INTEGER PRIMARY KEY, job_id, task, key, attempt, credits,
        spent_s, seal, UNIQUE (job_id, key, task, attempt));
    CREATE TABLE runs (id INTEGER PRIMARY KEY, job_ids, version, began_s, ended_s, exit, seal)
    """,
)
"""What leads from each version of the tables to the next; the version is their count."""


_PUT_ATTEMPT = "INSERT INTO attempts VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)"


class Foreign(Exception):
    """The database is not a journal, or of a version that is not known yet."""


def prepare(db: sqlite3.Connection, *, empty_is_fine: bool) -> None:
    """Make the tables, or bring those of an older version up to date, in the open transaction.

    Raises Foreign, and Damage where an empty database is not what it should be.
    """
    version = _version(db)
    if version == len(MIGRATIONS):
        return
    if version == 0 and not empty_is_fine:
        raise Damage("it is empty, and was not")
    for script in MIGRATIONS[version:]:
        for statement in script.split(";"):
            db.execute(statement)
    if version == 0:
        db.execute("INSERT INTO whole VALUES (?,?,?,?,?,?,?)", Whole(0, Tally(), Tally()).row())
    db.execute(f"PRAGMA application_id = {APPLICATION}")
    db.execute(f"PRAGMA user_version = {len(MIGRATIONS)}")


def require_journal(db: sqlite3.Connection) -> None:
    """Raise Foreign unless the database is empty, or a journal that can be read."""
    _version(db)


def _version(db: sqlite3.Connection) -> int:
    """Return the tables' version, 0 where there are none."""
    (application,), (version,), (tables,) = (
        db.execute(question).fetchone()
        for question in (
            "PRAGMA application_id",
            "PRAGMA user_version",
            "SELECT count(*) FROM sqlite_schema",
        )
    )
    if (application, version, tables) == (0, 0, 0):
        return 0
    if application != APPLICATION or version < 1:
        raise Foreign("is not a journal of mvpipe")
    if version > len(MIGRATIONS):
        raise Foreign(f"was written by a newer mvpipe (its tables have version {version})")
    return int(version)


def read_whole(db: sqlite3.Connection) -> Whole:
    """Return what vouches for all the rest. Raises Damage."""
    rows = db.execute("SELECT * FROM whole").fetchall()
    if len(rows) != 1:
        raise Damage("its head is missing")
    return whole_of(rows[0])


def read_jobs(db: sqlite3.Connection, whole: Whole) -> dict[JobId, JobRow]:
    """Return every job there is. Raises Damage where one is missing."""
    rows = db.execute("SELECT * FROM jobs ORDER BY id").fetchall()
    if tally(rows) != whole.jobs:
        raise Damage("jobs are missing")
    return {found.job: found for found in map(job_of, rows)}


def read_records(
    db: sqlite3.Connection, jobs: Iterable[JobRow]
) -> dict[JobId, tuple[tuple[Row, Record], ...]]:
    """Return the rows of each job and what they say, in order of intention. Raises Damage."""
    wanted = {job.id: job for job in jobs}
    rows: defaultdict[int, list[Row]] = defaultdict(list)
    numbers = json.dumps(list(wanted))
    for row in db.execute(
        "SELECT * FROM attempts WHERE job_id IN (SELECT value FROM json_each(?))", (numbers,)
    ):
        rows[row[1]].append(row)
    for number, job in wanted.items():
        if tally(rows[number]) != job.attempts:
            raise Damage(f"records of '{job.job}' are missing")
    return {
        job.job: tuple((row, record_of(row, job.job)) for row in sorted(rows[number]))
        for number, job in wanted.items()
    }


class Change:
    """One transaction under way: it holds what the tallies come to."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db
        self._known: set[JobId] | None = None
        self.whole = read_whole(db)

    def finish(self) -> Whole:
        """Write down what it all comes to, and return it."""
        self.whole = replace(self.whole, changes=self.whole.changes + 1)
        self._db.execute("DELETE FROM whole")
        self._db.execute("INSERT INTO whole VALUES (?,?,?,?,?,?,?)", self.whole.row())
        return self.whole

    def job(self, job: JobId) -> JobRow:
        """Return the job, made if it is new. Raises Damage."""
        encoded = JobRow(0, job, Tally()).row()[1]
        row = self._db.execute("SELECT * FROM jobs WHERE job = ?", (encoded,)).fetchone()
        if row is not None:
            return job_of(row)
        if self._known is None:
            self._known = set(read_jobs(self._db, self.whole))
        if job in self._known:
            raise Damage("an index misses a job")
        self._known.add(job)
        made = JobRow(self._next("SELECT max(id) FROM jobs"), job, Tally())
        self._set_job(None, made)
        return made

    def attempt(self, job: JobRow, intent: Intent) -> tuple[Row, Record] | None:
        """Return the row of an attempt and what it says. Raises Damage."""
        row = self._db.execute(
            "SELECT * FROM attempts WHERE (job_id, key, task, attempt) = (?,?,?,?)",
            (job.id, intent.key, intent.task, intent.attempt),
        ).fetchone()
        return None if row is None else (row, record_of(row, job.job))

    def put(self, job: JobRow, old: Row | None, record: Record | None) -> None:
        """Have a record in the place of an old row, or of none; `None` removes the old one."""
        number = self._next("SELECT max(id) FROM attempts") if old is None else old[0]
        new = None if record is None else attempt_row(number, job.id, record)
        if old is not None:
            self._db.execute("DELETE FROM attempts WHERE id = ?", (number,))
        if new is not None:
            self._db.execute(_PUT_ATTEMPT, new)
        self._set_job(job, replace(job, attempts=job.attempts.changed(old=old, new=new)))

    def spend(self, job: JobRow, intent: Intent, *, cost: int, spent_s: float) -> None:
        """Have the ledger say what an attempt cost, in the place of what it said before."""
        name = (job.id, intent.key, intent.task, intent.attempt)
        old = self._db.execute(
            "SELECT * FROM spendings WHERE (job_id, key, task, attempt) = (?,?,?,?)", name
        ).fetchone()
        number = self._next("SELECT max(id) FROM spendings")
        if old is not None:
            number = unsealed(old)[0]
        what = (intent.task, intent.key, intent.attempt, cost)
        new = sealed((number, job.id, *what, spent_s))
        self._db.execute("DELETE FROM spendings WHERE id = ?", (number,))
        self._db.execute("INSERT INTO spendings VALUES (?,?,?,?,?,?,?,?)", new)
        spendings = self.whole.spendings.changed(old=old, new=new)
        self.whole = replace(self.whole, spendings=spendings)

    def begin_run(self, jobs: Iterable[JobId], *, version: str, began_s: float) -> RunId:
        """Note that a run begins."""
        numbers = json.dumps([self.job(job).id for job in jobs])
        run = self._next("SELECT max(id) FROM runs")
        self._set_run((run, numbers, version, began_s, None, None))
        return RunId(run)

    def end_run(self, run: RunId, *, exit: int, ended_s: float) -> None:  # noqa: A002  # as above
        """Note how a run ended; one that was forgotten meanwhile stays so. Raises Damage."""
        row = self._db.execute("SELECT * FROM runs WHERE id = ?", (run,)).fetchone()
        if row is not None:
            self._set_run((*unsealed(row)[:4], ended_s, int(exit)))  # an Exit seals otherwise

    def forget_runs(self, *, before_s: float) -> None:
        """Drop the runs that began before then."""
        self._db.execute("DELETE FROM runs WHERE began_s < ?", (before_s,))

    def _set_run(self, content: Row) -> None:
        self._db.execute("REPLACE INTO runs VALUES (?,?,?,?,?,?,?)", sealed(content))

    def _set_job(self, old: JobRow | None, new: JobRow) -> None:
        gone = None if old is None else old.row()
        self._db.execute("DELETE FROM jobs WHERE id = ?", (new.id,))
        self._db.execute("INSERT INTO jobs VALUES (?,?,?,?,?)", new.row())
        self.whole = replace(self.whole, jobs=self.whole.jobs.changed(old=gone, new=new.row()))

    def _next(self, question: str) -> int:
        (highest,) = self._db.execute(question).fetchone()
        return 1 + (highest or 0)


def read_spent(
    db: sqlite3.Connection, whole: Whole, *, since_s: float, job_ids: Container[int]
) -> int:
    """Return the credits that some jobs have spent since then. Raises Damage."""
    rows = db.execute("SELECT * FROM spendings").fetchall()
    if tally(rows) != whole.spendings:
        raise Damage("spendings are missing")
    return sum(
        spent
        for _, job_id, _, _, _, spent, spent_s in map(unsealed, rows)
        if spent_s >= since_s and job_id in job_ids
    )


def read_runs(db: sqlite3.Connection, whole: Whole, *, last: int) -> tuple[RunRecord, ...]:
    """Return the newest runs, in order of time. Raises Damage."""
    names = {row.id: job for job, row in read_jobs(db, whole).items()}
    rows = db.execute("SELECT * FROM runs ORDER BY id DESC LIMIT ?", (last,)).fetchall()
    return tuple(_run_of(unsealed(row), names) for row in reversed(rows))


def _run_of(content: Row, names: Mapping[int, JobId]) -> RunRecord:
    run, numbers, version, began_s, ended_s, code = content
    jobs = tuple(names[number] for number in json.loads(numbers))
    return RunRecord(RunId(run), jobs, version, began_s, ended_s, code)
