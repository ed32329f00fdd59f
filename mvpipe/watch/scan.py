"""Which files are in the inbox: by their names alone, which is what makes looking often cheap.

A folder that lists as it did costs one call to the system and one comparison, however many
files it holds: no file is opened or asked for its size, and what a name was is remembered.
The names are the truth; events of the system only say when to look.
"""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from mvpipe.watch.model import Scan
from mvpipe.watch.names import never

FLOOR_S = 2.0
"""The shortest rest between two scans that nobody asked for."""

PART = 20
"""A scan takes at most this part of the time."""

ANEW_EVERY = 50
"""Every so many scans, what is a folder is asked again of names that were there before."""

_FEW = 64
"""Up to so many new names in a folder are asked one by one what they are."""

_NO_FOLDER = frozenset({errno.ENOTDIR, errno.ELOOP})

Clock = Callable[[], float]
Enter = Callable[[str], bool]


class Folders(Protocol):
    """What is asked of the system; each call may raise OSError, and none follows a link.

    Paths are text: making a `Path` of each took longer than asking the system.
    """

    def entries(self, folder: str) -> tuple[list[str], frozenset[str]]:
        """Return the names in a folder, and which of them are folders."""
        ...

    def names(self, folder: str) -> list[str]:
        """Return the names in a folder."""
        ...

    def is_folder(self, path: str) -> bool:
        """Say whether a folder itself is at `path`."""
        ...


@dataclass(frozen=True, slots=True)
class RealFolders:
    """The system itself."""

    def entries(self, folder: str) -> tuple[list[str], frozenset[str]]:
        with _opened(folder) as handle, os.scandir(handle) as found:
            pairs = [(entry.name, entry.is_dir(follow_symlinks=False)) for entry in found]
        return [name for name, _ in pairs], frozenset(name for name, folder in pairs if folder)

    def names(self, folder: str) -> list[str]:
        with _opened(folder) as handle:
            return os.listdir(handle)  # noqa: PTH208  # a Path for each name is ten times the work

    def is_folder(self, path: str) -> bool:
        try:
            return stat.S_ISDIR(os.lstat(path).st_mode)
        except FileNotFoundError:  # removed a moment ago
            return False


REAL: Folders = RealFolders()


@dataclass(slots=True)
class _opened:  # noqa: N801  # read as the verb it is
    """A folder, opened so that a link put in its place since is not followed."""

    folder: str
    handle: int | None = None

    def __enter__(self) -> int | str:
        if os.scandir not in os.supports_fd:  # as on Windows
            if Path(self.folder).is_symlink():
                raise NotADirectoryError(errno.ENOTDIR, "a link", self.folder)
            return self.folder
        self.handle = os.open(self.folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
        return self.handle

    def __exit__(self, *_: object) -> None:
        if self.handle is not None:
            os.close(self.handle)


def enters(name: str) -> bool:
    """Say whether a folder of that name may hold songs."""
    return never(name) is None


@dataclass(frozen=True, slots=True)
class Reach:
    """How far a scan goes: levels of folders below the inbox, and files in all."""

    depth: int = 8
    files: int = 1_000_000
    enter: Enter = enters


@dataclass(frozen=True, slots=True)
class Listing:
    """The names in one folder in the system's order, which are folders, and which to enter."""

    names: list[str]
    folders: frozenset[str]
    entered: tuple[str, ...]


Tree = Mapping[str, Listing]
"""Every folder below the inbox by its name relative to it, the inbox itself as ''."""


class Scanner:
    """Looks through one inbox again and again, and remembers what was there."""

    def __init__(
        self, inbox: Path, *, clock: Clock, reach: Reach | None = None, system: Folders = REAL
    ) -> None:
        self._inbox = str(inbox.resolve())  # the inbox itself may be a link, nothing in it
        self._clock = clock
        self._reach = reach or Reach()
        self._system = system
        self._scans = 0
        self.tree: Tree = {}

    def scan(self) -> Scan:
        """Return what is there now and what has changed. Safe to repeat; raises nothing."""
        began = self._clock()
        anew = self._scans % ANEW_EVERY == 0
        self._scans += 1
        walk = _Walk(self._inbox, self.tree, self._reach, self._system, anew=anew)
        walk.all()
        self.tree = walk.tree
        return Scan(
            fresh=tuple(sorted(walk.fresh)),
            gone=tuple(sorted(walk.gone)),
            files=walk.files,
            seconds=self._clock() - began,
            complete=walk.complete,
            problems=tuple(walk.problems),
        )


@dataclass(slots=True)
class _Walk:
    """One pass: what it was told, and what it has found so far."""

    inbox: str
    before: Tree
    reach: Reach
    system: Folders
    anew: bool
    tree: dict[str, Listing] = field(default_factory=dict)
    fresh: list[str] = field(default_factory=list)
    gone: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    files: int = 0
    complete: bool = True

    def all(self) -> None:
        waiting = [("", 0)]
        while waiting:
            folder, depth = waiting.pop()
            if self.files > self.reach.files:
                self._too_many()
                break
            listing = self._read(folder)
            if listing is None:
                continue
            self._note(folder, listing)
            if depth < self.reach.depth:
                waiting += [(_joined(folder, name), depth + 1) for name in listing.entered]
        self._note_gone()

    def _read(self, folder: str) -> Listing | None:
        """Return what is in a folder; `None` where it is not there, or was kept as it was."""
        try:
            return self._listing(folder)
        except OSError as problem:
            self._missed(folder, problem)
            return None

    def _listing(self, folder: str) -> Listing:
        path, old = _joined(self.inbox, folder), self.before.get(folder)
        if old is None:
            return self._made(*self.system.entries(path))
        if self.anew:
            new = self._made(*self.system.entries(path))
            return old if new == old else new  # so that the same names are kept but once
        names = self.system.names(path)
        return old if names == old.names else self._typed(path, names, old)

    def _made(self, names: list[str], folders: frozenset[str]) -> Listing:
        return Listing(names, folders, tuple(sorted(filter(self.reach.enter, folders))))

    def _typed(self, path: str, names: list[str], old: Listing) -> Listing:
        """Return a folder's listing, having asked only new names what they are."""
        new = set(names).difference(old.names)
        if len(new) > _FEW:
            return self._made(*self.system.entries(path))
        folders = {name for name in new if self.system.is_folder(_joined(path, name))}
        return self._made(names, frozenset(folders | old.folders.intersection(names)))

    def _note(self, folder: str, listing: Listing) -> None:
        """Add a folder and what is new in it."""
        self.tree[folder] = listing
        self.files += len(listing.names) - len(listing.folders)
        old = self.before.get(folder)
        if old is listing:
            return
        now, then = _files(listing), set() if old is None else _files(old)
        self.fresh += [_joined(folder, name) for name in now - then]
        self.gone += [_joined(folder, name) for name in then - now]

    def _missed(self, folder: str, problem: OSError) -> None:
        """Take note of a folder that could not be read."""
        if folder and problem.errno == errno.ENOENT:  # removed a moment ago
            return
        if folder and problem.errno in _NO_FOLDER:
            self._is_file(folder)
            return
        told = problem.strerror or str(problem)
        self.problems.append(f"'{_joined(self.inbox, folder)}' cannot be read: {told}")
        if not (folder and problem.errno == errno.EACCES):  # which waiting would not mend
            self.complete = False
        self._keep(folder)

    def _is_file(self, path: str) -> None:
        """Put right that a name that was a folder is none any more."""
        folder, _, name = path.rpartition("/")
        held = self.tree[folder]
        self.tree[folder] = self._made(held.names, held.folders - {name})
        self.files += 1
        self.fresh.append(path)

    def _keep(self, folder: str) -> None:
        """Have a folder that cannot be read now, and all below it, be as they were."""
        for name, listing in self.before.items():
            if name == folder or name.startswith(f"{folder}/" if folder else ""):
                self.tree[name] = listing
                self.files += len(listing.names) - len(listing.folders)

    def _note_gone(self) -> None:
        """Add the files of folders that are not there any more."""
        for folder in self.before.keys() - self.tree.keys():
            self.gone += [_joined(folder, name) for name in _files(self.before[folder])]

    def _too_many(self) -> None:
        most = f"more than {self.reach.files} files"
        self.problems.append(f"'{self.inbox}' holds {most}: the rest was left out")
        self.complete = False
        for folder in self.before.keys() - self.tree.keys():
            self.tree[folder] = self.before[folder]


def _files(listing: Listing) -> set[str]:
    return set(listing.names).difference(listing.folders)


def _joined(folder: str, name: str) -> str:
    return f"{folder}/{name}" if folder and name else folder or name


def files_of(tree: Tree) -> Iterator[str]:
    """Yield every file's name, relative to the inbox, in order."""
    for folder in sorted(tree):
        for name in sorted(_files(tree[folder])):
            yield _joined(folder, name)


def rest_s(scan_s: float, *, jitter: float = 0.0, floor_s: float = FLOOR_S) -> float:
    """Return how long to rest after a scan that took so long, unless something wakes us.

    `jitter` is a number from 0 to 1 that keeps several watchers from looking all at once.
    """
    return max(floor_s, PART * scan_s) * (1 + jitter / 10)
