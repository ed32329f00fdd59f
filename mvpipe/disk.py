"""Files that are whole or not there, and files that nobody else may read.

The one place that writes under a final name: beside it first, synced, then renamed. Every call
to the system goes through `Files`, so that a test can have the disk fail at any of them.
"""

from __future__ import annotations

import errno
import hashlib
import os
import re
import secrets
import shutil
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from mvpipe.errors import OutputError, TokenRefused
from mvpipe.process import died, world

MOST_PRIVATE_BYTES = 65_536
_MB = 2**20
_WRITER = re.compile(r"-(\d{1,9})-([0-9a-f]{12})-[0-9a-f]{12}\.part\Z", re.ASCII)
"""Who writes a hidden file: a process, and the world in which its id means something."""

_PRIVATE, _SHARED = 0o600, 0o666

_ROOM = "free some space or write elsewhere"
_AGAIN = "check the disk, then run the same command again, or write elsewhere"
_REASONS = {
    errno.ENOSPC: ("the disk is full", _ROOM),
    errno.EDQUOT: ("the quota is used up", _ROOM),
    errno.EFBIG: ("the file system allows no file that large", "write elsewhere"),
    errno.EACCES: ("permission is denied", "choose a folder you may write to"),
    errno.EPERM: ("permission is denied", "choose a folder you may write to"),
    errno.EROFS: ("the disk is read-only", "choose a folder you may write to"),
    errno.EIO: ("the disk fails", _AGAIN),
    errno.ESTALE: ("the network folder went away", _AGAIN),
    errno.EBUSY: ("it is in use", "close what uses it, then run the same command again"),
    errno.ENOENT: ("its folder does not exist", "create the folder first"),
    errno.ENOTDIR: ("its folder is a file", "choose another path"),
    errno.EISDIR: ("it is a folder", "choose another path"),
    errno.ENAMETOOLONG: ("its name is too long", "choose a shorter name"),
}


class Files(Protocol):
    """What is asked of the system; each call may raise OSError."""

    def create(self, path: Path, *, private: bool) -> None:
        """Make an empty file where there is none, readable by its owner alone if `private`."""
        ...

    def append(self, path: Path, content: bytes) -> None:
        """Put `content` at the end of a file that is there."""
        ...

    def copy(self, source: Path, to: Path) -> None:
        """Put the bytes of `source` in the place of those of `to`."""
        ...

    def link(self, source: Path, to: Path) -> None:
        """Give a file a second name where there is none."""
        ...

    def sync(self, path: Path) -> None:
        """Return when the file's bytes would outlive a power cut."""
        ...

    def replace(self, source: Path, to: Path) -> None:
        """Rename a file at once, in the place of any other."""
        ...

    def sync_folder(self, folder: Path) -> None:
        """Return when the folder's names would outlive a power cut."""
        ...

    def unlink(self, path: Path) -> None:
        """Remove a file; one that is not there counts as removed."""
        ...

    def make_folder(self, folder: Path, *, private: bool) -> None:
        """Make one folder; one that is there is left as it is."""
        ...

    def free_bytes(self, folder: Path) -> int:
        """Return how many bytes may still be written in `folder`."""
        ...


@dataclass(frozen=True, slots=True)
class RealFiles:
    """The system itself."""

    def create(self, path: Path, *, private: bool) -> None:
        mode = _PRIVATE if private else _SHARED
        os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode))

    def append(self, path: Path, content: bytes) -> None:
        with path.open("r+b") as file:  # smbnetfs 0.6 breaks down when a file is opened "ab"
            file.seek(0, os.SEEK_END)
            file.write(content)

    def copy(self, source: Path, to: Path) -> None:
        shutil.copyfile(source, to)

    def link(self, source: Path, to: Path) -> None:
        to.hardlink_to(source)

    def sync(self, path: Path) -> None:
        with path.open("r+b") as file:
            os.fsync(file.fileno())

    def replace(self, source: Path, to: Path) -> None:
        source.replace(to)

    def sync_folder(self, folder: Path) -> None:
        if os.name == "nt":  # which has no such thing as opening a folder
            return
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)

    def unlink(self, path: Path) -> None:
        path.unlink(missing_ok=True)

    def make_folder(self, folder: Path, *, private: bool) -> None:
        with suppress(FileExistsError):  # another process was faster
            folder.mkdir(mode=0o700 if private else 0o777)

    def free_bytes(self, folder: Path) -> int:
        return shutil.disk_usage(folder).free


REAL: Files = RealFiles()


@contextmanager
def output_errors(path: Path) -> Iterator[None]:
    """Turn what the system says about writing `path` into an OutputError."""
    try:
        yield
    except OSError as cause:
        told = cause.strerror or str(cause) or "it fails"
        reason, hint = _REASONS.get(cause.errno or 0, (told, _AGAIN))
        raise OutputError(f"'{path}' cannot be written: {reason}", hint=hint) from cause


@contextmanager
def whole_file(
    to: Path,
    *,
    beside: Path | None = None,
    durable: bool = True,
    private: bool = False,
    files: Files = REAL,
) -> Iterator[Path]:
    """Yield a new, empty, hidden file beside `to` that becomes `to` if the block ends well.

    Whatever goes wrong, nothing stays beside `to`, and `to` is what it was. What processes left
    that were killed is removed. What the system says in the block is an OutputError too. A
    caller who must clean up by itself chooses the path with `hidden`. A `durable` file outlives
    a power cut, which takes the disk its time. The folder must be there. Safe to repeat.
    """
    sweep_beside(to, files=files)
    beside = beside or hidden(to)
    try:
        with output_errors(to):
            files.create(beside, private=private)
            yield beside
            if durable:
                files.sync(beside)
            files.replace(beside, to)
    except BaseException:
        with suppress(OSError):  # as on a read-only disk, where it never came to be
            files.unlink(beside)
        raise
    if durable:
        with output_errors(to):
            files.sync_folder(to.parent)


def hidden(to: Path) -> Path:
    """Return a new name beside `to` that hot folders and people pass over."""
    return to.with_name(f"{_beside(to)}{os.getpid()}-{world()}-{secrets.token_hex(6)}.part")


def sweep_beside(to: Path, *, alone: bool = False, files: Files = REAL) -> None:
    """Remove what processes of this machine that died left beside `to`.

    All that anybody left, for who is `alone`: who knows that nobody else is writing `to`. Never
    fails; safe to repeat.
    """
    with suppress(OSError):
        for path in to.parent.glob(f"{_beside(to)}*.part"):
            if alone or _abandoned(path):
                files.unlink(path)


def _abandoned(path: Path) -> bool:
    writer = _WRITER.search(path.name)
    return writer is not None and writer[2] == world() and died(int(writer[1]))


def _beside(to: Path) -> str:
    return f".mvpipe-{hashlib.sha256(os.fsencode(to.name)).hexdigest()[:8]}-"


def write_whole(to: Path, content: bytes, *, files: Files = REAL) -> None:
    """Put `content` at `to`, whole or not at all. Raises OutputError. Safe to repeat."""
    with whole_file(to, files=files) as beside:
        files.append(beside, content)


def write_new(to: Path, content: bytes, *, files: Files = REAL) -> bool:
    """Put `content` at `to`, whole, unless something is there; return whether it was put.

    Raises OutputError. Safe to repeat.
    """
    beside = hidden(to)
    try:
        with output_errors(to):
            files.create(beside, private=False)
            files.append(beside, content)
            files.sync(beside)
            return _named(beside, to, files=files)
    finally:
        with suppress(OSError):
            files.unlink(beside)


def _named(beside: Path, to: Path, *, files: Files) -> bool:
    """Give a file its final name too, if that is free."""
    try:
        files.link(beside, to)
    except FileExistsError:
        return False
    except OSError:  # a disk without hard links, where the look and the rename are two steps
        if to.exists():
            return False
        files.replace(beside, to)
    files.sync_folder(to.parent)
    return True


def put_copy(source: Path, to: Path, *, files: Files = REAL) -> None:
    """Have a finished file under the name `to` too: the same bytes on one disk, else a copy.

    Whole or not at all. Raises OutputError. Safe to repeat.
    """
    with whole_file(to, files=files) as beside:
        files.unlink(beside)
        try:
            files.link(source, beside)
        except OSError:  # another disk, or one that has no hard links
            files.copy(source, beside)


def make_folder(folder: Path, *, private: bool = False, files: Files = REAL) -> None:
    """Make what is missing of `folder`, each level for its owner alone if `private`.

    The new names outlive a power cut. Raises OutputError. Safe to repeat.
    """
    with output_errors(folder):
        _make_levels(folder, private=private, files=files)


def _make_levels(folder: Path, *, private: bool, files: Files) -> None:
    if folder.is_dir():
        return
    _make_levels(folder.parent, private=private, files=files)
    files.make_folder(folder, private=private)
    files.sync_folder(folder.parent)


def require_room(folder: Path, *, size_bytes: int, files: Files = REAL) -> None:
    """Raise an OutputError unless `folder` has room for `size_bytes`. Safe to repeat."""
    with output_errors(folder):
        left = files.free_bytes(folder)
    if left < size_bytes:
        needed = f"about {_sized(size_bytes)} are needed"
        raise OutputError(f"'{folder}' has {_sized(left)} left and {needed}", hint=_ROOM)


def _sized(size_bytes: int) -> str:
    if size_bytes < _MB:
        return f"{size_bytes // 2**10} KB"
    return f"{size_bytes // _MB} MB"


def write_private(path: Path, text: str, *, files: Files = REAL) -> None:
    """Put `text` at `path`, whole, for nobody else to read. Safe to repeat.

    Folders that are made on the way are private too. Raises OutputError.
    """
    make_folder(path.parent, private=True, files=files)
    with whole_file(path, private=True, files=files) as beside:
        files.append(beside, text.encode())


def read_private(path: Path) -> str | None:
    """Return a private file's text, `None` where there is no file.

    Raises TokenRefused where others can read it, or it is no small regular text file.
    """
    try:
        with path.open("rb") as file:
            mode = os.fstat(file.fileno()).st_mode
            content = file.read(MOST_PRIVATE_BYTES + 1)
    except FileNotFoundError:
        return None
    except OSError as cause:
        reason = cause.strerror or "it fails"
        raise TokenRefused(f"'{path}' cannot be read: {reason}") from cause
    if os.name != "nt" and mode & (stat.S_IRWXG | stat.S_IRWXO):
        raise TokenRefused(
            f"'{path}' can be read by others than you", hint=f"chmod 600 '{path}'"
        )
    if len(content) > MOST_PRIVATE_BYTES:
        raise TokenRefused(f"'{path}' is no file of ours: it is too long", hint="remove it")
    return content.decode(errors="replace")
