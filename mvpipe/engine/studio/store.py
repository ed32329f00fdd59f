"""A folder of finished parts of videos, each under the hash of all that decided its bytes.

Any number of processes may use one store at once, and each may be killed at any moment: a file
comes under its name at once, and whoever takes it reads it through and compares. Nothing is
synced, since what a power cut damages is found out then, dropped and made again. A store that
cannot be written to only keeps nothing: no call here fails a render.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import struct
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from mvpipe.disk import REAL, Files, make_folder, whole_file
from mvpipe.errors import OutputError
from mvpipe.model.canonical import Digest

MOST_BYTES = 10_000_000_000
MOST_PART = 0.1
"""A store grows to the lesser of so many bytes and this part of its disk."""

ABANDONED_S = 3600.0
"""A half-made file that is so much older than the newest one is left of a killed process."""

SUFFIX = ".mp4"
_BLOCK = 1 << 20
_SEAL = struct.Struct(">I4s8s32s")
_MARK = b"mvpipe/1"


@dataclass(frozen=True, slots=True)
class Freed:
    """What a clean-up removed, or would, and what it left."""

    files: int = 0
    size_bytes: int = 0
    kept_files: int = 0
    kept_bytes: int = 0


@dataclass(frozen=True, slots=True)
class Store:
    """The store in `folder`, which need not exist; for its owner alone."""

    folder: Path
    files: Files = REAL

    def has(self, key: Digest) -> bool:
        """Say whether there seems to be something under `key`. Safe to repeat."""
        with suppress(OSError):  # such as a folder that is somebody else's
            return self._path(key).is_file()
        return False

    def take(self, key: Digest, to: Path) -> bool:
        """Put what is stored under `key` at `to`, where nothing is; return whether it is there.

        What is damaged is dropped and counts as not there. Safe to repeat where it returns
        False.
        """
        stored = self._path(key)
        with suppress(OSError):  # it is not there, or its disk has a fault
            self._copy(stored, to)
            if _sealed(to, key):
                _touch(stored)
                return True
            self.files.unlink(stored)
        with suppress(OSError):
            self.files.unlink(to)
        return False

    def put(self, key: Digest, made: Path) -> None:
        """Keep the finished MP4 `made` under `key`, if that can be done. Safe to repeat."""
        if self.has(key):  # another process was faster
            return
        stored = self._path(key)
        try:
            make_folder(self.folder, private=True, files=self.files)
            self.files.make_folder(stored.parent, private=True)
            self._seal(made, key)
            with whole_file(stored, durable=False, private=True, files=self.files) as beside:
                self.files.unlink(beside)
                self._copy(made, beside)
        except (OSError, OutputError):  # such as a full disk: then there is just no store
            return

    def clean(self, *, limit_bytes: int, dry_run: bool = False) -> Freed:
        """Remove the least recently used until the store is no larger than `limit_bytes`.

        What killed processes left is removed too. Never fails; safe to repeat.
        """
        found = sorted(self._entries())
        kept, left = len(found), sum(entry.size_bytes for entry in found)
        for entry in found:
            if left <= limit_bytes and entry.whole:
                break
            if dry_run or self._gone(entry.path):
                kept, left = kept - 1, left - entry.size_bytes
        total = sum(entry.size_bytes for entry in found)
        return Freed(len(found) - kept, total - left, kept_files=kept, kept_bytes=left)

    def make_room(self, size_bytes: int) -> None:
        """Give up what was not used for longest where the disk has no such room left.

        Never fails; safe to repeat.
        """
        with suppress(OSError):
            missing = size_bytes - self.files.free_bytes(self.folder)
            if missing > 0:
                held = sum(entry.size_bytes for entry in self._entries())
                self.clean(limit_bytes=max(0, held - missing))

    def natural_limit(self) -> int:
        """Return how large this store may grow where nobody says so. Never fails."""
        for folder in (self.folder, *self.folder.parents):
            with suppress(OSError):  # it is not there yet
                return min(MOST_BYTES, int(shutil.disk_usage(folder).total * MOST_PART))
        return MOST_BYTES

    def _path(self, key: Digest) -> Path:
        return self.folder / key[:2] / f"{key[2:]}{SUFFIX}"

    def _copy(self, source: Path, to: Path) -> None:
        """Have the file under a second name; on a disk without hard links, a second file."""
        try:
            self.files.link(source, to)
        except FileNotFoundError:
            raise
        except OSError:
            self.files.copy(source, to)

    def _seal(self, made: Path, key: Digest) -> None:
        """Write behind the MP4 what tells later whether it is whole: a box players pass over.

        Where that fails the file is as it was.
        """
        before = made.stat().st_size
        digest = _digest(made, key, before)
        try:
            self.files.append(made, _SEAL.pack(_SEAL.size, b"free", _MARK, digest))
        except OSError:
            os.truncate(made, before)
            raise

    def _gone(self, path: Path) -> bool:
        try:
            self.files.unlink(path)
        except OSError:
            return False
        return True

    def _entries(self) -> tuple[_Entry, ...]:
        """Return what is in the store, without what somebody may just be putting there."""
        found = []
        for path in self._listed():
            with suppress(OSError):  # another process cleans up too
                seen = path.lstat()
                whole = path.suffix == SUFFIX
                found.append(_Entry(whole, seen.st_mtime, path, seen.st_size))
        newest = max((entry.used_s for entry in found), default=0.0)
        return tuple(e for e in found if e.whole or newest - e.used_s > ABANDONED_S)

    def _listed(self) -> list[Path]:
        """Return every path in the store, none where it cannot be read."""
        with suppress(OSError):
            return list(self.folder.glob("[0-9a-f][0-9a-f]/*"))
        return []


@dataclass(frozen=True, slots=True, order=True)
class _Entry:
    """One file of a store; the first in order are the first to go. `whole` ones can be used."""

    whole: bool
    used_s: float
    path: Path
    size_bytes: int


def _touch(path: Path) -> None:
    """Have a file count as used now; that cannot be done where it is not ours to write."""
    with suppress(OSError):
        os.utime(path)


def _sealed(path: Path, key: Digest) -> bool:
    """Say whether the file is whole and belongs under `key`."""
    try:
        size = path.stat().st_size - _SEAL.size
        if size < 0:
            return False
        with path.open("rb") as file:
            file.seek(size)
            seal = file.read()
        return seal == _SEAL.pack(_SEAL.size, b"free", _MARK, _digest(path, key, size))
    except OSError:
        return False


def _digest(path: Path, key: Digest, size: int) -> bytes:
    """Return the SHA-256 of the key and of the file's first `size` bytes."""
    found = hashlib.sha256(key.encode())
    left = size
    with path.open("rb") as file:
        while left and (block := file.read(min(_BLOCK, left))):
            found.update(block)
            left -= len(block)
    return found.digest()
