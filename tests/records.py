"""What the journal would hold of a plan that was carried out, without a journal."""

from __future__ import annotations

import hashlib
from pathlib import Path

from mvpipe.journal.records import Intent, Outcome, Output, Record, Stage, job_id
from mvpipe.model.canonical import Digest
from mvpipe.model.job import Export
from mvpipe.model.plan import Plan, Task, TaskKind

FOLDER = Path("/p")
AFTER = Digest("after")


def done(
    plan: Plan, *, folder: Path = FOLDER, at_s: float = 0.0, credits_each: int | None = None
) -> tuple[Record, ...]:
    """Return one record for each task, all done; outputs are as they lie on the disk."""
    return tuple(
        Record(
            intent_of(plan, task, folder=folder),
            Outcome(
                Stage.DONE,
                session="session" if task.kind is TaskKind.OPEN else None,
                after=AFTER if task.kind is TaskKind.SAY else None,
                output=output_of(task.subject.to) if isinstance(task.subject, Export) else None,
                credits=credits_each,
            ),
            intended_s=at_s,
            ended_s=at_s + 1,
        )
        for task in plan.tasks
    )


def intent_of(plan: Plan, task: Task, *, folder: Path = FOLDER, attempt: int = 1) -> Intent:
    """Return what was intended before the task was begun."""
    job = job_id(plan.job.source, plan.job.name, folder=folder)
    return Intent(job, task.id, task.kind, task.key, attempt, task.parts, session="session")


def output_of(path: Path) -> Output:
    """Return a file as it is now, an empty one where there is none."""
    content = path.read_bytes() if path.exists() else b""
    return Output(path, Digest(hashlib.sha256(content).hexdigest()), len(content))
