"""What was found out about files, kept for as long as they look unchanged. Only ever a cache.

It lies in a file of its own, beside the journal: when that is damaged, locked or gone, nothing
is remembered, and nothing else is lost.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path
from typing import Self

from mvpipe.errors import JournalError
from mvpipe.journal.records import FileFacts
from mvpipe.journal.rows import Damage, Row, sealed, unsealed
from mvpipe.journal.sql import SIDE_FILES, connect, in_memory, journal_mode
from mvpipe.journal.still import still

_TABLE = """
    CREATE TABLE IF NOT EXISTS files_1 (path PRIMARY KEY, size_bytes, mtime_ns, inode, digest,
        duration_ms, seal) WITHOUT ROWID
    """
_UNUSABLE = (sqlite3.Error, OSError, JournalError)


class Memo:
    """Facts about files by path; none of its verbs ever fails."""

    def __init__(self, db: sqlite3.Connection | None, *, writable: bool) -> None:
        self._db = db
        self._writable = writable and db is not None

    @classmethod
    def open(cls, path: Path, *, local: bool | None = None) -> Self:
        """Open what is at `path`, on a local disk or not; with `None` no file is changed."""
        if local is None:
            return cls(_looked_at(path), writable=False)
        db = _written(path, local=local)
        if db is None:  # perhaps damaged: begin anew, for it is worth no more than time
            for suffix in ("", *SIDE_FILES):
                with suppress(OSError):
                    path.with_name(path.name + suffix).unlink(missing_ok=True)
            db = _written(path, local=local)
        return cls(db, writable=True)

    def remember(self, facts: Iterable[FileFacts]) -> None:
        """Keep facts in the place of older ones about the same files."""
        rows = [(_row(fact),) for fact in facts]
        if self._db is None or not self._writable or not rows:
            return
        with suppress(sqlite3.Error):
            self._db.execute("BEGIN")
            self._db.executemany(
                "REPLACE INTO files_1 VALUES (?,?,?,?,?,?,?)", [row for (row,) in rows]
            )
            self._db.execute("COMMIT")

    def remembered(self, paths: Iterable[Path]) -> dict[Path, FileFacts]:
        """Return what is known of each path; whether the file still looks so is not checked."""
        found: dict[Path, FileFacts] = {}
        if self._db is None:
            return found
        with suppress(sqlite3.Error):
            for path in paths:
                row = self._db.execute(
                    "SELECT * FROM files_1 WHERE path = ?", (os.fsencode(path),)
                ).fetchone()
                if row is not None:
                    with suppress(Damage):
                        found[path] = _facts(path, unsealed(row))
        return found

    def forget(self, *, exists: Callable[[Path], bool]) -> int:
        """Drop what is known of files that are gone, and return of how many."""
        if self._db is None or not self._writable:
            return 0
        try:
            rows = self._db.execute("SELECT path FROM files_1").fetchall()
            gone = [row for row in rows if not exists(Path(os.fsdecode(row[0])))]
            self._db.execute("BEGIN")
            self._db.executemany("DELETE FROM files_1 WHERE path = ?", gone)
            self._db.execute("COMMIT")
        except sqlite3.Error:
            return 0
        return len(gone)

    def close(self) -> None:
        """Let go of the file. Safe to repeat."""
        if self._db is not None:
            self._db.close()


def _looked_at(path: Path) -> sqlite3.Connection | None:
    try:
        return in_memory(still(path, witness=path))
    except _UNUSABLE:
        return None


def _written(path: Path, *, local: bool) -> sqlite3.Connection | None:
    try:
        db = connect(path)
    except _UNUSABLE:
        return None
    try:
        db.execute("PRAGMA synchronous = NORMAL")
        journal_mode(db, local=local)
        db.execute(_TABLE)
    except sqlite3.Error:
        db.close()
        return None
    return db


def _row(fact: FileFacts) -> Row:
    looks = (fact.size_bytes, fact.mtime_ns, str(fact.inode))  # inodes may pass 63 bits
    return sealed((os.fsencode(fact.path), *looks, fact.digest, fact.duration_ms))


def _facts(path: Path, content: Row) -> FileFacts:
    _, size_bytes, mtime_ns, inode, digest, duration_ms = content
    return FileFacts(path, size_bytes, mtime_ns, int(inode), digest, duration_ms)
