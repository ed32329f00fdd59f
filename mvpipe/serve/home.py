"""A server's folder: its alone while it lives; what dead servers left is swept away.

A lock beside each folder is held by the server that it belongs to, and the system lets go of it
when that server ends, however it ends. So no process id has to be trusted, which would mean
nothing in another container or after a restart.
"""

from __future__ import annotations

import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from mvpipe.errors import OutputError
from mvpipe.journal.alone import alone, seize

PREFIX = "serve-"
COMING_AND_GOING = ".lock"


@dataclass(frozen=True, slots=True)
class Home:
    """A folder that only this user can look into, and the lock that says it is lived in."""

    path: Path
    lock: BinaryIO

    def leave(self) -> None:
        """Remove the folder and all that is in it. Safe to repeat."""
        shutil.rmtree(self.path, ignore_errors=True)
        self.lock.close()
        _lock_of(self.path).unlink(missing_ok=True)


def move_in(parent: Path) -> Home:
    """Return a new folder in `parent`, made if need be; remove those whose servers died.

    Not safe to repeat: each call makes another. Raises OutputError.
    """
    try:
        parent.mkdir(parents=True, exist_ok=True)
        with alone(parent / COMING_AND_GOING):  # nobody takes a new folder for an old one
            _sweep(parent)
            return _made(parent)
    except OSError as problem:
        raise OutputError(
            f"'{parent}' cannot be written: {problem.strerror}", hint="choose another folder"
        ) from problem


def _made(parent: Path) -> Home:
    path = Path(tempfile.mkdtemp(prefix=PREFIX, dir=parent))
    lock = seize(_lock_of(path))
    if lock is None:
        raise AssertionError("nobody else knows of a new folder")
    return Home(path, lock)


def _sweep(parent: Path) -> None:
    for path in parent.glob(f"{PREFIX}*"):
        if path.is_dir() and not path.is_symlink():
            lock = seize(_lock_of(path))
            if lock is not None:
                Home(path, lock).leave()


def _lock_of(path: Path) -> Path:
    return path.with_name(f".{path.name}.lock")
