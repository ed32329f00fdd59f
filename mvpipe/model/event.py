"""What happens during a run, as told to its observers. Stable: `schemas/event.schema.json`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from mvpipe.model.plan import TaskKind


@dataclass(frozen=True, slots=True)
class RunStarted:
    """A run begins; `jobs` are the names in order."""

    jobs: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class JobStarted:
    """A job begins."""

    job: str
    source: str
    tasks: int


@dataclass(frozen=True, slots=True)
class TaskStarted:
    """A task begins; `index` counts from 1."""

    job: str
    task: str
    kind: TaskKind
    label: str
    index: int
    tasks: int


@dataclass(frozen=True, slots=True)
class Progress:
    """A task is under way: `done` of `total` in `unit` (`frames`, `percent`).

    `kept` of those done were there from an earlier render, and say nothing of the speed.
    """

    job: str
    task: str
    done: int
    total: int
    unit: str
    kept: int = 0


@dataclass(frozen=True, slots=True)
class Said:
    """The backend answered a prompt in words."""

    job: str
    task: str
    text: str


@dataclass(frozen=True, slots=True)
class Noted:
    """Something the user should know, though nothing failed."""

    job: str
    task: str
    text: str


@dataclass(frozen=True, slots=True)
class TimelineChanged:
    """A prompt moved the timeline; `summary` lists its tracks in one line."""

    job: str
    task: str
    summary: str


@dataclass(frozen=True, slots=True)
class TaskFinished:
    """A task is done; `output` is the file it left, `detail` says more in a few words.

    `kept` says that a part of a video was there from an earlier render.
    """

    job: str
    task: str
    seconds: float
    detail: str = ""
    output: Path | None = None
    kept: bool = False


@dataclass(frozen=True, slots=True)
class TaskKept:
    """A task was done by an earlier run and is still good; `index` counts from 1."""

    job: str
    task: str
    kind: TaskKind
    label: str
    index: int
    tasks: int
    output: Path | None = None


@dataclass(frozen=True, slots=True)
class JobFinished:
    """A job ended; `problem` and `hint` are empty when it went well.

    `unchanged` says that there was nothing to do; no JobStarted came before it then.
    """

    job: str
    ok: bool
    seconds: float
    outputs: tuple[Path, ...] = ()
    problem: str = ""
    hint: str = ""
    unchanged: bool = False


@dataclass(frozen=True, slots=True)
class RunFinished:
    """All jobs ended; `unchanged` are those of `done` that had nothing to do."""

    done: int
    failed: int
    seconds: float
    unchanged: int = 0


Event = (
    RunStarted
    | JobStarted
    | TaskStarted
    | Progress
    | Said
    | Noted
    | TimelineChanged
    | TaskFinished
    | TaskKept
    | JobFinished
    | RunFinished
)

Observer = Callable[[Event], None]
"""Takes each event as it happens; must not raise."""
