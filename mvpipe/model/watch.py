"""What a watch file asks for, checked and resolved: all paths are absolute."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

MATCH = tuple(
    f"*.{ext}"
    for ext in "mp3 wav flac m4a aac ogg opus mp4 mov mkv webm".split()  # noqa: SIM905 - read at a glance
)


class Mode(StrEnum):
    """What happens to a song when it is done with."""

    MOVE = "move"
    IN_PLACE = "in-place"


class Sidecars(StrEnum):
    """Which job files in the inbox are followed."""

    NONE = "none"
    FOLDERS = "folders"
    SONGS = "songs"


@dataclass(frozen=True, slots=True)
class Limits:
    """What may be done at most; `None` is no limit. `time_s` and `size_bytes` are a song's."""

    per_hour: int | None = None
    per_day: int | None = None
    credits_per_day: int | None = None
    size_bytes: int = 2 * 10**9
    time_s: float = 4 * 3600.0


@dataclass(frozen=True, slots=True)
class WatchJob:
    """A folder to watch. `poll_s` is `None` where the system may tell of changes.

    `done` and `failed` mean nothing where songs stay in place. `health` is `None` for a file in
    the state folder, `workers` for a fair share of the cores, `listen` for no endpoint.
    """

    inbox: Path
    job: Path
    done: Path
    failed: Path
    match: tuple[str, ...] = MATCH
    settle_s: float = 5.0
    poll_s: float | None = None
    mode: Mode = Mode.MOVE
    parallel: int = 1
    workers: int | None = None
    limits: Limits = Limits()
    sidecars: Sidecars = Sidecars.NONE
    depth: int = 8
    min_free_bytes: int = 10**9
    draft: bool = False
    health: Path | None = None
    listen: int | None = None
