"""Files that are whole or not there, and files that nobody else may read. Knows no engine."""

from __future__ import annotations

import errno
import os
import secrets
import shutil
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from mvpipe.errors import OutputError, TokenRefused

_REASONS = {
    errno.ENOSPC: ("the disk is full", "free some space or write elsewhere"),
    errno.EDQUOT: ("the quota is used up", "free some space or write elsewhere"),
    errno.EACCES: ("permission is denied", "choose a folder you may write to"),
    errno.EROFS: ("the disk is read-only", "choose a folder you may write to"),
    errno.EISDIR: ("it is a folder", "choose another path"),
    errno.ENOTDIR: ("its folder is a file", "choose another path"),
}
MOST_PRIVATE_BYTES = 65_536


@contextmanager
def output_errors(path: Path) -> Iterator[None]:
    """Turn what the system says about writing `path` into an OutputError."""
    try:
        yield
    except OSError as cause:
        reason, hint = _REASONS.get(cause.errno or 0, (cause.strerror or "it fails", ""))
        raise OutputError(f"'{path}' cannot be written: {reason}", hint=hint) from cause


@contextmanager
def whole_file(to: Path) -> Iterator[Path]:
    """Yield a new, empty, hidden file beside `to` that becomes `to` if the block ends well.

    Whatever goes wrong, nothing stays beside `to`, and `to` is what it was. Makes the folder.
    Raises OutputError. Safe to repeat.
    """
    beside = to.with_name(f".mvpipe-{secrets.token_hex(6)}.part")
    try:
        with output_errors(to):
            to.parent.mkdir(parents=True, exist_ok=True)
            beside.touch(exist_ok=False)
        yield beside
        with output_errors(to):
            _sync(beside)
            beside.replace(to)
    finally:
        with suppress(OSError):  # as on a read-only disk, where it never came to be
            beside.unlink(missing_ok=True)


def _sync(path: Path) -> None:
    with path.open("r+b") as file:
        os.fsync(file.fileno())


def require_room(folder: Path, *, size_bytes: int) -> None:
    """Raise OutputError unless `folder` has room for `size_bytes`. Safe to repeat."""
    with output_errors(folder):
        left = shutil.disk_usage(folder).free
    if left < size_bytes:
        raise OutputError(
            f"'{folder}' has {left // 2**20} MB left and {size_bytes // 2**20} MB are needed",
            hint="free some space or write elsewhere",
        )


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


def write_private(path: Path, text: str) -> None:
    """Put `text` at `path`, whole, for nobody else to read. Safe to repeat.

    Folders that are made on the way are private too. Raises OutputError.
    """
    beside = path.with_name(f".{path.name}-{secrets.token_hex(6)}")
    try:
        with output_errors(path):
            _private_folder(path.parent)
            _write_new(beside, text)
            beside.replace(path)
    finally:
        with suppress(OSError):
            beside.unlink(missing_ok=True)


def _private_folder(folder: Path) -> None:
    """Make what is missing of `folder`, each level with mode 0700 whatever the umask."""
    if folder.is_dir():
        return
    _private_folder(folder.parent)
    with suppress(FileExistsError):  # another process was faster
        folder.mkdir(mode=0o700)


def _write_new(path: Path, text: str) -> None:
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(text.encode())
        file.flush()
        os.fsync(file.fileno())
