"""Locks that the system itself lets go of when their holder dies, however it dies.

A library for this would be filelock; it empties the file that it locks and waits by polling.
"""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

if sys.platform == "win32":
    import msvcrt
else:
    import fcntl

_TAKEN = frozenset({errno.EACCES, errno.EAGAIN, errno.EDEADLK})
_FAR = 2**30
"""Where Windows, whose locks forbid reading, locks a byte that nobody reads."""


@contextmanager
def alone(path: Path) -> Iterator[BinaryIO]:
    """Yield the file, made if need be, to one process and thread at a time; others wait.

    Not for more than a moment. Raises OSError.
    """
    with _open(path) as file:
        _lock(file, wait=True)
        yield file


def seize(path: Path) -> BinaryIO | None:
    """Return the file locked, made if need be, or `None` while somebody else has it.

    It is let go of when it is closed or the process ends. Only who has it may remove the file.
    Raises OSError.
    """
    while True:
        file = _open(path)
        try:
            _lock(file, wait=False)
            if _is(file, path):
                return file
        except OSError as problem:
            file.close()
            if problem.errno in _TAKEN:
                return None
            raise
        file.close()  # it was removed meanwhile, and perhaps made anew by another


def _is(file: BinaryIO, path: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(file.fileno()), path.stat())
    except FileNotFoundError:
        return False


def _open(path: Path) -> BinaryIO:
    """Open without a buffer, and never through a link that somebody planted."""
    flags = os.O_RDWR | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)
    return os.fdopen(os.open(path, flags, 0o600), "r+b", buffering=0)


def _lock(file: BinaryIO, *, wait: bool) -> None:
    if sys.platform == "win32":
        file.seek(_FAR)
        msvcrt.locking(file.fileno(), msvcrt.LK_LOCK if wait else msvcrt.LK_NBLCK, 1)
    else:
        fcntl.flock(file, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))


def sync(file: BinaryIO) -> None:
    """Return when the file's bytes would outlive a power cut. Raises OSError."""
    if sys.platform == "darwin":  # where fsync leaves them in the drive's memory
        fcntl.fcntl(file, fcntl.F_FULLFSYNC)
    else:
        os.fsync(file.fileno())
