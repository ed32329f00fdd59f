"""Opening databases, and putting into one sentence what goes wrong with them."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from mvpipe.errors import JournalError
from mvpipe.journal.rows import Damage
from mvpipe.journal.tables import Foreign

SIDE_FILES = ("-wal", "-shm", "-journal")
LOG_PAGES = 250
"""How long the log grows before it is taken in; a look has to read all of it."""

BUSY_S = 30.0
"""How long to wait for another process that writes."""

_BACKUP = (
    "put it back from a backup together with the files beside it; or move all of them away, "
    "after which nothing is known any more of what was paid for"
)
_FOREIGN = "update mvpipe, or keep the journal elsewhere with --state"
_REASONS = {
    sqlite3.SQLITE_FULL: (
        "the disk is full",
        "free some space, then run the same command again",
    ),
    sqlite3.SQLITE_BUSY: ("another process keeps it busy", "try again once that has ended"),
    sqlite3.SQLITE_LOCKED: ("another process keeps it busy", "try again once that has ended"),
    sqlite3.SQLITE_READONLY: ("it may not be written", "check who owns it and its folder"),
    sqlite3.SQLITE_PERM: ("permission is denied", "check who owns it and its folder"),
    sqlite3.SQLITE_CANTOPEN: ("it cannot be opened", "check who owns it and its folder"),
    sqlite3.SQLITE_IOERR: ("the disk fails", "check the disk, then run the same command again"),
}


def connect(path: Path) -> sqlite3.Connection:
    """Open the database for writing, made for its owner alone if it is not there.

    Transactions are the caller's. Raises sqlite3.Error and OSError.
    """
    os.close(os.open(path, os.O_RDWR | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0), 0o600))
    return sqlite3.connect(path, timeout=BUSY_S, isolation_level=None)


def journal_mode(db: sqlite3.Connection, *, local: bool) -> None:
    """Have changes go through a log on a disk of this machine, else through the file itself.

    The log needs memory that all writers share, which no network file system has.
    """
    if local:
        db.execute("PRAGMA journal_mode = WAL")
        db.execute(f"PRAGMA wal_autocheckpoint = {LOG_PAGES}")
    else:
        db.execute("PRAGMA journal_mode = TRUNCATE")


def in_memory(content: bytes) -> sqlite3.Connection:
    """Open a database that exists nowhere but here. Raises sqlite3.Error."""
    db = sqlite3.connect(":memory:", isolation_level=None)
    with closed_on_failure(db):
        if content:
            db.deserialize(content)
    return db


@contextmanager
def closed_on_failure(db: sqlite3.Connection) -> Iterator[None]:
    """Close the database if the block fails."""
    try:
        yield
    except BaseException:
        db.close()
        raise


@contextmanager
def journal_errors(path: Path) -> Iterator[None]:
    """Turn what SQLite, the system and our own checks say of `path` into a JournalError."""
    try:
        yield
    except Damage as cause:
        raise damaged(path, str(cause)) from cause
    except UnicodeDecodeError as cause:
        raise damaged(path, "a text in it is none") from cause
    except Foreign as cause:
        raise JournalError(f"'{path}' {cause}", hint=_FOREIGN) from cause
    except (sqlite3.ProgrammingError, sqlite3.InterfaceError):  # a mistake of ours
        raise
    except sqlite3.Error as cause:
        raise _translated(path, cause) from cause
    except OSError as cause:
        told = cause.strerror or str(cause)
        hint = "check the disk and who owns the folder, then run the same command again"
        raise JournalError(f"the journal '{path}' cannot be used: {told}", hint=hint) from cause


def _translated(path: Path, cause: sqlite3.Error) -> JournalError:
    code: int = getattr(cause, "sqlite_errorcode", 0) & 0xFF  # the rest says where exactly
    if code in _REASONS:
        reason, hint = _REASONS[code]
        return JournalError(f"the journal '{path}' cannot be used: {reason}", hint=hint)
    return damaged(path, str(cause))


def damaged(path: Path, what: str) -> JournalError:
    """Return the error of a journal that is not what was written."""
    return JournalError(f"the journal '{path}' is damaged: {what}", hint=_BACKUP)
