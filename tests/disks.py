"""A disk that fails when it is told to."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path

from mvpipe.disk import REAL, Files

NEVER = 1_000_000_000


@dataclass(slots=True)
class FaultyFiles:
    """The real disk, but its call number `fails_at` raises the error `number`.

    With `stays`, every call after it fails too. A call that writes bytes has written half of
    them by then, as a full disk lets it. `free` overrules what room there is.
    """

    number: int = 0
    fails_at: int = NEVER
    stays: bool = False
    free: int | None = None
    calls: list[str] = field(default_factory=list)

    @property
    def failed(self) -> bool:
        """Whether any call has failed."""
        return len(self.calls) >= self.fails_at

    @property
    def failing(self) -> str | None:
        """The first call that failed."""
        return self.calls[self.fails_at - 1] if self.failed else None

    def _due(self, call: str) -> bool:
        self.calls.append(call)
        count = len(self.calls)
        return count == self.fails_at or (self.stays and count > self.fails_at)

    def _fault(self, path: Path) -> OSError:
        return OSError(self.number, os.strerror(self.number), str(path))

    def _check(self, call: str, path: Path) -> None:
        if self._due(call):
            raise self._fault(path)

    def create(self, path: Path, *, private: bool) -> None:
        self._check("create", path)
        REAL.create(path, private=private)

    def append(self, path: Path, content: bytes) -> None:
        if self._due("append"):
            REAL.append(path, content[: len(content) // 2])
            raise self._fault(path)
        REAL.append(path, content)

    def copy(self, source: Path, to: Path) -> None:
        if self._due("copy"):
            content = source.read_bytes()
            to.write_bytes(content[: len(content) // 2])
            raise self._fault(to)
        REAL.copy(source, to)

    def link(self, source: Path, to: Path) -> None:
        self._check("link", to)
        REAL.link(source, to)

    def sync(self, path: Path) -> None:
        self._check("sync", path)
        path.stat()  # a test needs no power cut, and a disk takes its time

    def replace(self, source: Path, to: Path) -> None:
        self._check("replace", to)
        REAL.replace(source, to)

    def sync_folder(self, folder: Path) -> None:
        self._check("sync_folder", folder)
        folder.stat()

    def unlink(self, path: Path) -> None:
        self._check("unlink", path)
        REAL.unlink(path)

    def make_folder(self, folder: Path, *, private: bool) -> None:
        self._check("make_folder", folder)
        REAL.make_folder(folder, private=private)

    def free_bytes(self, folder: Path) -> int:
        self._check("free_bytes", folder)
        return REAL.free_bytes(folder) if self.free is None else self.free


_conforms: type[Files] = FaultyFiles
