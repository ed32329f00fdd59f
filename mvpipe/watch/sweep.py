"""Which files were replaced under the name they had: what names alone cannot tell.

Every file that may be a song is asked for its size, time and number once an hour, a few at a
time, so that nothing has to wait while a hundred thousand of them answer over a network.
"""

from __future__ import annotations

import os
import stat
from array import array
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from mvpipe.watch.scan import Clock, Listing, Tree

EVERY_S = 3600.0
"""How long after the beginning of one pass the next one begins."""

GONE = -1

Mark = Callable[[str], int]


def real_mark(path: str) -> int:
    """Return a number that changes when the file at `path` does; GONE where none is."""
    try:
        found = os.lstat(path)
    except OSError:
        return GONE
    kind = stat.S_IFMT(found.st_mode)
    return hash((found.st_size, found.st_mtime_ns, found.st_ino, kind)) >> 1


@dataclass(frozen=True, slots=True)
class _Marked:
    """The marks of one folder's files, in the order in which it lists them."""

    listing: Listing
    marks: array[int]


@dataclass(frozen=True, slots=True)
class _Pass:
    """A pass that goes on, and what it has marked so far."""

    steps: Iterator[str | None]
    marked: dict[str, _Marked]


class Sweep:
    """Goes over the files of one inbox once in a while, a few at a time."""

    def __init__(
        self,
        inbox: Path,
        *,
        clock: Clock,
        wanted: Callable[[str], bool],
        mark: Mark = real_mark,
        every_s: float = EVERY_S,
    ) -> None:
        self._inbox = str(inbox)
        self._clock = clock
        self._wanted = wanted
        self._mark = mark
        self._every_s = every_s
        self._known: dict[str, _Marked] = {}
        self._pass: _Pass | None = None
        self._due_s = float("-inf")

    def step(self, tree: Tree, *, budget_s: float) -> tuple[str, ...]:
        """Go on for up to `budget_s` and return which files are not what they were.

        The first time that a file is met tells nothing. Raises nothing; safe to repeat.
        """
        now = self._clock()
        if self._pass is None:
            if now < self._due_s:
                return ()
            self._begin(tree, now)
        return self._go_on(now + budget_s)

    def _begin(self, tree: Tree, now: float) -> None:
        self._due_s = now + self._every_s
        marked: dict[str, _Marked] = {}
        self._pass = _Pass(self._steps(dict(tree), marked), marked)

    def _go_on(self, until_s: float) -> tuple[str, ...]:
        if self._pass is None:
            return ()
        changed = []
        for name in self._pass.steps:
            if name is not None:
                changed.append(name)
            if self._clock() >= until_s:
                return tuple(changed)
        self._known, self._pass = self._pass.marked, None
        return tuple(changed)

    def _steps(self, tree: Tree, marked: dict[str, _Marked]) -> Iterator[str | None]:
        """Yield once a file: its name where it has changed, else `None`."""
        for folder, listing in tree.items():
            before = self._before(folder)
            marks = array("q")
            for name in listing.names:
                path = f"{folder}/{name}" if folder else name
                mark = self._marked(path) if name not in listing.folders else GONE
                marks.append(mark)
                old = before.get(name, GONE)
                yield path if GONE not in (mark, old) and mark != old else None
            marked[folder] = _Marked(listing, marks)

    def _marked(self, path: str) -> int:
        return self._mark(f"{self._inbox}/{path}") if self._wanted(path) else GONE

    def _before(self, folder: str) -> dict[str, int]:
        known = self._known.get(folder)
        return dict(zip(known.listing.names, known.marks, strict=True)) if known else {}
