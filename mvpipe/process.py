"""Who a process is, so that another one can tell whether it is still alive."""

from __future__ import annotations

import hashlib
import os
import platform
from functools import cache
from pathlib import Path

PROC = Path("/proc")


@cache
def world() -> str:
    """Return what two processes share exactly when their ids can be compared."""
    seen = (platform.node(), boot(), _namespace())
    return hashlib.sha256("/".join(seen).encode()).hexdigest()[:12]


def boot() -> str:
    """Return an id of the machine's last start, empty where the system has none."""
    try:
        return (PROC / "sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
    except OSError:  # as everywhere but on Linux
        return ""


def _namespace() -> str:
    try:
        return str((PROC / "self/ns/pid").readlink())
    except OSError:
        return ""


def died(pid: int) -> bool:
    """Say whether a process of this world is surely gone.

    One that has ended and whose parent has not asked yet how is gone; one that has its number
    now counts as it: see `started`.
    """
    if os.name == "nt":  # where os.kill would end it
        return False
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    except (OSError, OverflowError):
        return False
    return _stat(pid)[:1] in (["Z"], ["X"])


def started(pid: int) -> int | None:
    """Return when a process of this world began, in ticks since the machine did.

    `None` where the system does not tell, or there is no such process. Two processes that had
    the same number began at different ticks.
    """
    fields = _stat(pid)
    return int(fields[19]) if len(fields) > 19 else None


def _stat(pid: int) -> list[str]:
    """Return what Linux tells of a process from its state on; nothing where it does not.

    See proc(5), `stat`: the name before, in brackets, may hold spaces and brackets of its own.
    """
    try:
        text = (PROC / str(pid) / "stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return []
    return text.rpartition(")")[2].split()
