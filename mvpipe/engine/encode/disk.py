"""Files that are whole or not there: room checked before, errors told in one sentence."""

from __future__ import annotations

import errno
import os
import secrets
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import av

from mvpipe.errors import OutputError

FreeSpace = Callable[[Path], int]

_REASONS = {
    errno.ENOSPC: ("the disk is full", "free some space or write elsewhere"),
    errno.EDQUOT: ("the quota is used up", "free some space or write elsewhere"),
    errno.EFBIG: ("the file system allows no file that large", "write elsewhere"),
    errno.EACCES: ("permission is denied", "choose a folder you may write to"),
    errno.EPERM: ("permission is denied", "choose a folder you may write to"),
    errno.EROFS: ("the disk is read-only", "choose a folder you may write to"),
    errno.ENOENT: ("its folder does not exist", "create the folder first"),
    errno.ENOTDIR: ("its folder is a file", "choose another path"),
    errno.EISDIR: ("it is a folder", "choose another path"),
    errno.ENAMETOOLONG: ("its name is too long", "choose a shorter name"),
}


def free_bytes(folder: Path) -> int:
    """Return how many bytes may still be written in `folder`."""
    return shutil.disk_usage(folder).free


def require_room(folder: Path, *, size_bytes: int, free: FreeSpace = free_bytes) -> None:
    """Raise an OutputError unless `folder` has room for `size_bytes`. Safe to repeat."""
    with output_errors(folder):
        left = free(folder)
    if left < size_bytes:
        needed = f"about {size_bytes // 2**20} MB are needed"
        raise OutputError(
            f"'{folder}' has {left // 2**20} MB left and {needed}",
            hint="free some space or write elsewhere",
        )


@contextmanager
def output_errors(path: Path) -> Iterator[None]:
    """Turn what the system or FFmpeg says about writing `path` into an OutputError."""
    try:
        yield
    except (OSError, av.FFmpegError) as cause:
        reason, hint = _REASONS.get(cause.errno or 0, (cause.strerror or str(cause), ""))
        raise OutputError(f"'{path}' cannot be written: {reason}", hint=hint) from cause


def hidden(to: Path) -> Path:
    """Return a new name beside `to` that hot folders and people pass over."""
    return to.with_name(f".mvpipe-{secrets.token_hex(6)}.part")


@contextmanager
def whole_file(to: Path, *, beside: Path | None = None, durable: bool = True) -> Iterator[Path]:
    """Yield a hidden path beside `to` that becomes `to` if the block ends well.

    Whatever goes wrong, nothing stays beside `to`, and `to` is what it was. A caller who must
    clean up after a killed process chooses the path with `hidden`. A `durable` file outlives a
    power cut, which takes the disk its time. Safe to repeat.
    """
    beside = beside or hidden(to)
    try:
        with output_errors(to):
            beside.touch(exist_ok=False)
            yield beside
            if durable:
                _sync(beside)
            beside.replace(to)
            if durable:
                _sync_folder(to.parent)
    finally:
        with suppress(OSError):  # as on a read-only disk, where it never came to be
            beside.unlink(missing_ok=True)


def _sync(path: Path) -> None:
    with path.open("r+b") as file:
        os.fsync(file.fileno())


def _sync_folder(folder: Path) -> None:
    """Make the rename itself durable; Windows has no such thing as opening a folder."""
    if os.name == "nt":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
