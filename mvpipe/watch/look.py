"""Looks at one file, safely: what it is, who writes it, and whether its inside is complete.

The only effects are opening and reading. A file that is no regular file is never opened for
long and never followed: links, pipes, devices and sockets are turned away.
"""

from __future__ import annotations

import errno
import hashlib
import os
import signal
import stat
import sys
from dataclasses import replace
from pathlib import Path

from mvpipe.watch.containers import check
from mvpipe.watch.model import Contents, Look, Unseen

if sys.platform == "linux":
    import fcntl

MOST_BYTES = 8 * 2**30
"""A larger file is no song."""

_FLAGS = (
    os.O_RDONLY
    | getattr(os, "O_NOFOLLOW", 0)  # a link may lead anywhere
    | getattr(os, "O_NONBLOCK", 0)  # opening a pipe would wait for its writer
    | getattr(os, "O_CLOEXEC", 0)
    | getattr(os, "O_NOCTTY", 0)
    | getattr(os, "O_BINARY", 0)
)
_KINDS = (
    (stat.S_ISLNK, "a link"),
    (stat.S_ISDIR, "a folder"),
    (stat.S_ISFIFO, "a pipe"),
    (stat.S_ISSOCK, "a socket"),
)


def look(
    path: Path, *, last: Look | None, local: bool, most_bytes: int = MOST_BYTES
) -> Look | Unseen | None:
    """Return what one look at `path` tells; `None` where there is no such file.

    The inside is read only where the file has not changed since the look `last`. Whether
    somebody has it open for writing is asked only on a `local` disk: elsewhere the kernel
    answers for itself alone, or wrongly. Changes nothing; safe to repeat.
    """
    try:
        found = path.lstat()
        if fault := _fault(found, most_bytes):
            return Unseen(fault, for_good=True)
        handle = os.open(path, _FLAGS)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as cause:
        return _unseen(cause)
    try:
        return _opened(handle, last=last, local=local, most_bytes=most_bytes)
    except OSError as cause:
        return _unseen(cause)
    finally:
        os.close(handle)


def _unseen(cause: OSError) -> Unseen:
    if cause.errno == errno.ELOOP:  # it became a link between two calls
        return Unseen("it is a link, not a file", for_good=True)
    return Unseen(f"it cannot be read: {(cause.strerror or 'it fails').lower()}")


def _fault(found: os.stat_result, most_bytes: int) -> str | None:
    if not stat.S_ISREG(found.st_mode):
        kind = next((name for is_it, name in _KINDS if is_it(found.st_mode)), "a device")
        return f"it is {kind}, not a file"
    if found.st_size > most_bytes:
        return f"it has {found.st_size} bytes, and {most_bytes} is the most"
    return None


def _opened(handle: int, *, last: Look | None, local: bool, most_bytes: int) -> Look | Unseen:
    """Look at an open file. Opening it made a network disk ask its server again."""
    found = os.fstat(handle)
    if fault := _fault(found, most_bytes):
        return Unseen(fault, for_good=True)
    plain = _plain(found, written=_written(handle) if local else None)
    if last is None or last.same_file != plain.same_file or plain.written:
        return plain
    contents, seen = _contents(handle, found.st_size)
    if _plain(os.fstat(handle), written=None).same_file != plain.same_file:
        return plain  # it changed while it was read
    return replace(plain, contents=contents, seen=seen)


def _plain(found: os.stat_result, *, written: bool | None) -> Look:
    return Look(
        found.st_size,
        found.st_mtime_ns,
        found.st_ino,
        found.st_dev,
        changed_ns=0 if os.name == "nt" else found.st_ctime_ns,  # there: when it was made
        links=found.st_nlink,
        written=written,
    )


def _written(handle: int) -> bool | None:
    """Return whether somebody on this machine has the file open for writing.

    Linux gives nobody a read lease then: fcntl(2). `None` where it does not say, as for files
    of other people, and on other systems.
    """
    if sys.platform != "linux":
        return None
    try:
        # Whoever opens the file before the lease is given back has us sent a signal: not the
        # usual SIGIO, which would end this process, but one that does nothing.
        fcntl.fcntl(handle, fcntl.F_SETSIG, signal.SIGURG)
        fcntl.fcntl(handle, fcntl.F_SETLEASE, fcntl.F_RDLCK)
    except BlockingIOError:
        return True
    except OSError:
        return None
    fcntl.fcntl(handle, fcntl.F_SETLEASE, fcntl.F_UNLCK)
    return False


def _contents(handle: int, size: int) -> tuple[Contents, str]:
    """Return what a file's bytes say, and the digest of those that were read."""
    digest = hashlib.blake2b(digest_size=16)
    with open(handle, "rb", closefd=False) as file:

        def read_at(at: int, count: int) -> bytes:
            file.seek(at)
            data = file.read(count)
            digest.update(b"%d %d " % (at, len(data)) + data)
            return data

        contents = check(read_at, size)
    return contents, digest.hexdigest()
