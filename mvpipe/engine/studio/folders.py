"""Folders of renders: each its process's alone; what the dead left is swept away.

A folder's name says which process it belongs to, and in which world that process lives: process
ids mean nothing on another machine, in another container or before the last start.
"""

from __future__ import annotations

import os
import re
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path

from mvpipe.disk import output_errors
from mvpipe.process import died, world

NAME = re.compile(r"render-(\d{1,9})-([0-9a-f]{12})-")
OLD_S = 3 * 24 * 3600.0
"""Nobody renders for so long without adding a file: such a folder is nobody's any more."""


def private_folder(within: Path) -> Path:
    """Make a new folder in `within`, which need not exist. Raises OutputError.

    Not safe to repeat: each call makes another.
    """
    with output_errors(within):
        within.mkdir(parents=True, exist_ok=True)
        prefix = f"render-{os.getpid()}-{world()}-"
        return Path(tempfile.mkdtemp(prefix=prefix, dir=within))


def abandoned(within: Path, *, now: Callable[[], float]) -> tuple[Path, ...]:
    """Return the folders of processes that died, and none of a living one.

    `now` gives seconds since the epoch. Never fails; safe to repeat.
    """
    return tuple(path for path in within.glob("render-*") if _abandoned(path, now=now))


def _abandoned(path: Path, *, now: Callable[[], float]) -> bool:
    owner = NAME.match(path.name)
    if owner is None or path.is_symlink():
        return False
    old = now() - _changed_s(path, default=now()) > OLD_S
    return old or (owner[2] == world() and died(int(owner[1])))


def sweep(within: Path, *, now: Callable[[], float]) -> None:
    """Remove every abandoned folder. Never fails; safe to repeat."""
    for path in abandoned(within, now=now):
        shutil.rmtree(path, ignore_errors=True)


def _changed_s(path: Path, *, default: float) -> float:
    try:
        return path.stat().st_mtime
    except OSError:  # another process sweeps too
        return default
