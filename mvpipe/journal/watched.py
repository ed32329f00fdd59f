"""The ledger of a hot folder: which song was rendered by which job, and how that went.

A song is its bytes and a job is what would be made of them, so that neither a new name nor a
restart renders anything twice, and a changed template renders again. Every change is on the
disk when its verb returns. Several watchers may share one ledger.
"""

from __future__ import annotations

import json
import os
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path
from typing import Any, Self

from mvpipe.disk import make_folder
from mvpipe.journal.network import remote
from mvpipe.journal.sql import (
    closed_on_failure,
    connect,
    in_memory,
    journal_errors,
    journal_mode,
)
from mvpipe.journal.still import still
from mvpipe.model.canonical import Digest

Clock = Callable[[], float]

_TABLES = (
    """
    CREATE TABLE IF NOT EXISTS songs_1 (content, job, name, stage, attempts, outputs, credits,
        why, code, repeats, began_s, ended_s, retry_s, moved, PRIMARY KEY (content, job))
        WITHOUT ROWID
    """,
    "CREATE TABLE IF NOT EXISTS starts_1 (at_s, content, job, credits)",
    """
    CREATE TABLE IF NOT EXISTS owners_1 (output PRIMARY KEY, name) WITHOUT ROWID
    """,
    """
    CREATE TABLE IF NOT EXISTS looks_1 (name PRIMARY KEY, looks, content) WITHOUT ROWID
    """,
)
KEPT_S = 32 * 24 * 3600.0
"""For how long starts are kept, which only limits ask for."""


class Stage(StrEnum):
    """How far a song has come; `BEGUN` in an old entry means that its watcher died."""

    BEGUN = "begun"
    DONE = "done"
    FAILED = "failed"
    RETRY = "retry"


@dataclass(frozen=True, slots=True)
class Song:
    """The bytes of a song and the job that is to be run for it."""

    content: Digest
    job: Digest


@dataclass(frozen=True, slots=True)
class Entry:
    """What is known of a song; times are seconds since the epoch, `name` is in the inbox.

    `code` is how the last attempt ended, `repeats` how often in a row it ended so. `moved` says
    that the file has left the inbox too.
    """

    song: Song
    name: str
    stage: Stage
    attempts: int
    outputs: tuple[Path, ...] = ()
    credits: int = 0
    why: str = ""
    code: int | None = None
    repeats: int = 0
    began_s: float = 0.0
    ended_s: float | None = None
    retry_s: float | None = None
    moved: bool = False


@dataclass(frozen=True, slots=True)
class Spent:
    """How many songs were begun in a while, and what they cost."""

    songs: int
    credits: int


class Ledger:
    """A ledger that is open; `now` gives seconds since the epoch.

    Every verb raises JournalError where the disk fails.
    """

    def __init__(self, path: Path, db: sqlite3.Connection, *, now: Clock) -> None:
        self._path = path
        self._db = db
        self._now = now
        self._version: int | None = None

    @classmethod
    def open(cls, path: Path, *, now: Clock, writable: bool = True) -> Self:
        """Open the ledger at `path`, made with its folders if it is to be written.

        For reading alone nothing is made or changed, and where there is none it is empty.
        """
        if writable:
            make_folder(path.parent, private=True)
        with journal_errors(path):
            db = _written(path) if writable else in_memory(still(path, witness=path))
            with closed_on_failure(db):
                for table in _TABLES:
                    db.execute(table)
        return cls(path, db, now=now)

    @classmethod
    def in_memory(cls, *, now: Clock) -> Self:
        """Return a ledger that nobody else sees and that is gone with it."""
        db = sqlite3.connect(":memory:", isolation_level=None)
        for table in _TABLES:
            db.execute(table)
        return cls(Path(":memory:"), db, now=now)

    def close(self) -> None:
        """Let go of the file. Safe to repeat."""
        self._db.close()

    def known(self, song: Song) -> Entry | None:
        """Return what is known of a song with a job."""
        rows = self._ask("SELECT * FROM songs_1 WHERE (content, job) = (?,?)", *_key(song))
        return _entry(rows[0]) if rows else None

    def named(self, name: str) -> tuple[Entry, ...]:
        """Return the entries of every song that had this name, the newest first."""
        question = "SELECT * FROM songs_1 WHERE name = ? ORDER BY began_s DESC"
        return tuple(map(_entry, self._ask(question, os.fsencode(name))))

    def entries(self, *, last: int = 1000) -> tuple[Entry, ...]:
        """Return the newest entries, the newest first."""
        question = "SELECT * FROM songs_1 ORDER BY began_s DESC, name LIMIT ?"
        return tuple(map(_entry, self._ask(question, last)))

    def begin(self, song: Song, *, name: str) -> Entry:
        """Note that a song is about to be rendered, once more. Not safe to repeat."""
        known, now_s = self.known(song), float(self._now())
        entry = Entry(song, name, Stage.BEGUN, attempts=1, began_s=now_s)
        if known is not None:
            attempts = known.attempts + 1
            entry = replace(entry, attempts=attempts, code=known.code, repeats=known.repeats)
            entry = replace(entry, credits=known.credits)  # it goes on, and is paid once
        with self._changing():
            self._put(entry)
            self._db.execute("DELETE FROM starts_1 WHERE at_s < ?", (now_s - KEPT_S,))
            self._db.execute("INSERT INTO starts_1 VALUES (?,?,?,0)", (now_s, *_key(song)))
        return entry

    def end(self, entry: Entry) -> None:
        """Note how a song ended, in the place of what was noted before. Safe to repeat."""
        with self._changing():
            self._put(entry)
            self._db.execute(
                "UPDATE starts_1 SET credits = ? WHERE rowid = (SELECT max(rowid) FROM starts_1"
                " WHERE (content, job) = (?,?))",
                (entry.credits, *_key(entry.song)),
            )

    def forget(self, song: Song) -> None:
        """Have a song count as never seen; what it cost is still remembered. Safe to repeat."""
        self._ask("DELETE FROM songs_1 WHERE (content, job) = (?,?)", *_key(song))

    def changed(self) -> bool:
        """Say whether another process has changed anything since this was asked last."""
        (version,) = self._ask("PRAGMA data_version")[0]  # which our own changes do not move
        before, self._version = self._version, int(version)
        return before is not None and before != self._version

    def spent(self, *, since_s: float) -> Spent:
        """Return what was begun and spent since then; a song that went on counts once."""
        question = (
            "SELECT count(*), coalesce(sum(most), 0) FROM (SELECT max(credits) AS most"
            " FROM starts_1 WHERE at_s >= ? GROUP BY content, job)"
        )
        songs, credit = self._ask(question, since_s)[0]
        return Spent(songs, credit)

    def owner(self, output: Path, *, name: str) -> str:
        """Return the name of the song that a video belongs to: `name`, if it was nobody's."""
        with self._changing():
            self._db.execute(
                "INSERT OR IGNORE INTO owners_1 VALUES (?,?)",
                (os.fsencode(output), os.fsencode(name)),
            )
        question = "SELECT name FROM owners_1 WHERE output = ?"
        return os.fsdecode(self._ask(question, os.fsencode(output))[0][0])

    def remember(self, name: str, looks: tuple[int, ...], content: Digest) -> None:
        """Note the digest of a file that looks so. Safe to repeat."""
        told = (os.fsencode(name), str(looks), content)
        self._ask("REPLACE INTO looks_1 VALUES (?,?,?)", *told)

    def remembered(self, name: str, looks: tuple[int, ...]) -> Digest | None:
        """Return the digest of a file that looked so the last time, `None` if it did not."""
        question = "SELECT content FROM looks_1 WHERE name = ? AND looks = ?"
        rows = self._ask(question, os.fsencode(name), str(looks))
        return Digest(rows[0][0]) if rows else None

    def _put(self, entry: Entry) -> None:
        outputs = json.dumps([os.fsencode(path).hex() for path in entry.outputs])
        told = (entry.stage.value, entry.attempts, outputs, entry.credits, _writable(entry.why))
        ended = (entry.code, entry.repeats)
        times = (entry.began_s, entry.ended_s, entry.retry_s, int(entry.moved))
        row = (*_key(entry.song), os.fsencode(entry.name), *told, *ended, *times)
        self._db.execute("REPLACE INTO songs_1 VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?)", row)

    def _ask(self, question: str, *values: object) -> list[tuple[Any, ...]]:
        with journal_errors(self._path):
            rows: list[tuple[Any, ...]] = self._db.execute(question, values).fetchall()
        return rows

    @contextmanager
    def _changing(self) -> Iterator[None]:
        with journal_errors(self._path):
            self._db.execute("BEGIN IMMEDIATE")
            try:
                yield
            except BaseException:
                self._db.execute("ROLLBACK")
                raise
            self._db.execute("COMMIT")


def _written(path: Path) -> sqlite3.Connection:
    db = connect(path)
    with closed_on_failure(db):
        db.execute("PRAGMA synchronous = FULL")
        journal_mode(db, local=remote(path.parent) is None)
    return db


def _key(song: Song) -> tuple[str, str]:
    return song.content, song.job


def _entry(row: tuple[Any, ...]) -> Entry:
    content, job, name, stage, attempts, outputs, credit, why, *times = row
    code, repeats, began_s, ended_s, retry_s, moved = times
    return Entry(
        Song(Digest(content), Digest(job)),
        os.fsdecode(name),
        Stage(stage),
        attempts,
        tuple(Path(os.fsdecode(bytes.fromhex(path))) for path in json.loads(outputs)),
        credit,
        why,
        code,
        repeats,
        began_s,
        ended_s,
        retry_s,
        bool(moved),
    )


def _writable(text: str) -> str:
    return text.encode(errors="replace").decode()
