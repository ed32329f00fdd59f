"""What the journal holds: one record for each attempt at each task. Data, and nothing else."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from os.path import normpath
from pathlib import Path
from typing import NewType

from mvpipe.model.canonical import Digest
from mvpipe.model.plan import TaskKind

FRESH_S = 2.0
"""A file that changed so recently could change again within the same tick of its clock."""

JobId = NewType("JobId", str)
"""A job's file, absolute, and the job's name: `/music/album.mvpipe.yaml#calm`."""


def job_id(source: str, name: str, *, folder: Path) -> JobId:
    """Return the id of a job whose file `source` is named relative to `folder`."""
    return JobId(f"{normpath(folder / source)}#{name}")


class Stage(StrEnum):
    """How far an attempt is known to have come."""

    INTENDED = "intended"
    """Written before anything is sent: it may or may not have been."""
    ACCEPTED = "accepted"
    """The backend has said that it took it."""
    DONE = "done"
    FAILED = "failed"
    """It ended, surely, and without effect."""
    UNKNOWN = "unknown"
    """It was sent, and nobody can tell what became of it."""


@dataclass(frozen=True, slots=True)
class Intent:
    """What is about to be tried; `attempt` counts from 1 for one job, task and key.

    `session` is where it happens, `None` while it is being opened. `render` is the id that a
    render is ordered under, `before` the timeline's digest ahead of a prompt, `parts` the
    canonical JSON whose digest the key is.
    """

    job: JobId
    task: str
    kind: TaskKind
    key: Digest
    attempt: int
    parts: str
    session: str | None = None
    render: str | None = None
    before: Digest | None = None


@dataclass(frozen=True, slots=True)
class Output:
    """A file that a render left."""

    path: Path
    digest: Digest
    size_bytes: int


@dataclass(frozen=True, slots=True)
class Outcome:
    """How an attempt ended; `after` is the timeline's digest, `length_ms` an upload's length.

    `session` is the one that was opened. `credits` is what it cost, `None` where nobody knows.
    """

    stage: Stage
    detail: str = ""
    session: str | None = None
    after: Digest | None = None
    length_ms: int | None = None
    output: Output | None = None
    credits: int | None = None


@dataclass(frozen=True, slots=True)
class Record:
    """An attempt as the journal knows it; times are seconds since the epoch."""

    intent: Intent
    outcome: Outcome
    intended_s: float
    ended_s: float | None = None

    @property
    def stage(self) -> Stage:
        """How far it is known to have come."""
        return self.outcome.stage

    @property
    def session(self) -> str | None:
        """The session it happened in, or that it opened."""
        return self.outcome.session or self.intent.session


RunId = NewType("RunId", int)


@dataclass(frozen=True, slots=True)
class RunRecord:
    """One execution of a command; `ended_s` and `exit` are `None` until it ends, if it does."""

    id: RunId
    jobs: tuple[JobId, ...]
    version: str
    began_s: float
    ended_s: float | None = None
    exit: int | None = None


@dataclass(frozen=True, slots=True)
class FileFacts:
    """What was found out about a file while it looked as `size_bytes`, `mtime_ns`, `inode` say.

    `duration_ms` is a song's length, `None` where it is unknown or the file is no song.
    """

    path: Path
    size_bytes: int
    mtime_ns: int
    inode: int
    digest: Digest
    duration_ms: int | None = None
