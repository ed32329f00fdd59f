"""What the operator decides about this machine: flags over environment over defaults."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

import platformdirs

from mvpipe.errors import UsageError

MOST_WORKERS = 64
JOURNAL = "journal.db"
"""What the journal is called in the state folder."""

VARIABLES = {
    "workers": "MVPIPE_WORKERS",
    "state_dir": "MVPIPE_STATE_DIR",
    "cache_dir": "MVPIPE_CACHE_DIR",
    "progress": "MVPIPE_PROGRESS",
}
"""Which variable of the environment gives each setting."""


class ProgressStyle(StrEnum):
    """How a run is told; `auto` draws bars on a terminal and plain lines elsewhere."""

    AUTO = "auto"
    TTY = "tty"
    PLAIN = "plain"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Settings:
    """`workers` render side by side; `state_dir` is remembered, `cache_dir` can be lost."""

    workers: int
    state_dir: Path
    cache_dir: Path
    progress: ProgressStyle


def read_settings(environ: Mapping[str, str], *, cores: int) -> Settings:
    """Return the settings that the environment gives; raises UsageError naming the variable."""
    return Settings(
        workers=_workers(environ.get(VARIABLES["workers"]), cores=cores),
        state_dir=Path(
            environ.get(VARIABLES["state_dir"])
            or platformdirs.user_state_dir("mvpipe", appauthor=False)
        ),
        cache_dir=Path(
            environ.get(VARIABLES["cache_dir"])
            or platformdirs.user_cache_dir("mvpipe", appauthor=False)
        ),
        progress=_progress(environ.get(VARIABLES["progress"])),
    )


def _workers(given: str | None, *, cores: int) -> int:
    if not given:
        return min(cores, MOST_WORKERS)
    if given not in {str(count) for count in range(1, MOST_WORKERS + 1)}:
        raise UsageError(
            f"MVPIPE_WORKERS: {given!r} is not a number from 1 to {MOST_WORKERS}",
            hint="unset it to use every core",
        )
    return int(given)


def _progress(given: str | None) -> ProgressStyle:
    try:
        return ProgressStyle(given or "auto")
    except ValueError:
        known = ", ".join(ProgressStyle)
        raise UsageError(
            f"MVPIPE_PROGRESS: {given!r} is not one of {known}", hint="unset it for auto"
        ) from None
