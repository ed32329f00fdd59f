"""Folders of renders: each its process's alone; what the dead left is swept away.

A folder's name says which process it belongs to, and in which world that process lives: process
ids mean nothing on another machine, in another container or before the last start.
"""

from __future__ import annotations

import hashlib
import os
import platform
import re
import shutil
import tempfile
from collections.abc import Callable
from functools import cache
from pathlib import Path

from mvpipe.disk import output_errors

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
    return old or (owner[2] == world() and _died(int(owner[1])))


def sweep(within: Path, *, now: Callable[[], float]) -> None:
    """Remove every abandoned folder. Never fails; safe to repeat."""
    for path in abandoned(within, now=now):
        shutil.rmtree(path, ignore_errors=True)


@cache
def world() -> str:
    """Return what two processes share exactly when their ids can be compared."""
    seen = [platform.node()]
    for source in (_boot, _namespace):
        try:
            seen.append(source())
        except OSError:  # as everywhere but on Linux
            seen.append("")
    return hashlib.sha256("/".join(seen).encode()).hexdigest()[:12]


def _boot() -> str:
    return Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()


def _namespace() -> str:
    return str(Path("/proc/self/ns/pid").readlink())


def _changed_s(path: Path, *, default: float) -> float:
    try:
        return path.stat().st_mtime
    except OSError:  # another process sweeps too
        return default


def _died(pid: int) -> bool:
    """Say whether a process is surely gone; one that has its number now counts as it."""
    if os.name == "nt":  # where os.kill would end it
        return False
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    except (OSError, OverflowError):
        return False
    return False
