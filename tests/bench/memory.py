"""How much memory a process and all its children take, sampled while they run (Linux)."""

from __future__ import annotations

import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

_EVERY_S = 0.3


@dataclass(frozen=True, slots=True)
class Run:
    """What one command did: seconds, the most MB its tree took at once, and what it printed."""

    wall_s: float
    peak_mb: float
    printed: str


def run_watched(command: list[str]) -> Run:
    """Run a command to its end. Raises CalledProcessError if it fails."""
    started = time.monotonic()
    peak = 0
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        while process.poll() is None:
            peak = max(peak, sum(_pss_kb(pid) for pid in _tree(process.pid)))
            time.sleep(_EVERY_S)
        wall = time.monotonic() - started
        printed = process.stdout.read() if process.stdout else ""
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, command)
    return Run(wall, peak / 1024, printed)


def _tree(root: int) -> list[int]:
    """Return the process and all it started that still runs."""
    found = [root]
    for pid in found:
        for task in Path(f"/proc/{pid}/task").glob("*/children"):
            found.extend(int(child) for child in _read(task).split())
    return found


def _pss_kb(pid: int) -> int:
    for line in _read(Path(f"/proc/{pid}/smaps_rollup")).splitlines():
        if line.startswith("Pss:"):
            return int(line.split()[1])
    return 0


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="ascii")
    except OSError:
        return ""
