"""What the journal knows of runs and tasks, as a person reads it, and as a program does."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import assert_never

from mvpipe.errors import Exit
from mvpipe.journal.records import JobId, Record, RunRecord, Stage
from mvpipe.model.plan import TaskKind
from mvpipe.report.clean import one_line
from mvpipe.report.pace import counted, spent

SCHEMA_VERSION = 1
MOST_JOBS = 20
"""So many jobs are told in text, those last worked on; JSON has them all."""

Day = Callable[[float], str]
"""Gives the date and time of so many seconds since the epoch."""


@dataclass(frozen=True, slots=True)
class TaskStatus:
    """The last try at a task under one key.

    `lasting` says whether what it asked for outlives the process that asked.
    """

    record: Record
    lasting: bool

    @property
    def ended(self) -> bool:
        """Whether it is known how it ended."""
        return self.record.stage in {Stage.DONE, Stage.FAILED}

    @property
    def open(self) -> bool:
        """Whether nobody knows yet how it ended, and it did not end with its process."""
        return self.lasting and not self.ended


@dataclass(frozen=True, slots=True)
class JobStatus:
    """A job, named as a person would here, and its tasks in order of their last try.

    `holder` is the process that is at work on it, `None` where none is. `credits` is what its
    remembered tasks have cost, as far as anybody knows.
    """

    id: JobId
    shown: str
    tasks: tuple[TaskStatus, ...]
    holder: str | None = None

    @property
    def credits(self) -> int:
        """What the remembered tasks cost."""
        return sum(task.record.outcome.credits or 0 for task in self.tasks)

    @property
    def last_s(self) -> float:
        """When the job was last worked on."""
        return max((task.record.intended_s for task in self.tasks), default=0.0)


@dataclass(frozen=True, slots=True)
class Status:
    """Everything `status` tells; `alive` are the jobs that a process is at work on."""

    runs: tuple[RunRecord, ...]
    jobs: tuple[JobStatus, ...]
    credits_spent: int
    whole: bool = False

    @property
    def alive(self) -> frozenset[JobId]:
        """The jobs that a process is at work on now."""
        return frozenset(job.id for job in self.jobs if job.holder is not None)


def status_text(status: Status, *, day: Day) -> str:
    """Return runs, what is under way, jobs and credits; with `whole` every task of a job."""
    return "\n".join(_lines(status, day))


def _lines(status: Status, day: Day) -> Iterator[str]:
    if not status.runs and not status.jobs:
        yield "nothing was ever run"
        return
    for run in status.runs:
        yield f"run {run.id}  {day(run.began_s)}  {_run(run, status)}"
    for job in status.jobs:
        yield from _under_way(job, day)
    latest = sorted(status.jobs, key=lambda job: -job.last_s)
    for job in latest if status.whole else latest[:MOST_JOBS]:
        yield from _job(job, day) if status.whole else (_brief(job),)
    if not status.whole and len(latest) > MOST_JOBS:
        yield f"and {counted(len(latest) - MOST_JOBS, 'job')} more"
    yield f"{counted(status.credits_spent, 'credit')} spent"


def _run(run: RunRecord, status: Status) -> str:
    jobs = counted(len(run.jobs), "job")
    if run.ended_s is None or run.exit is None:
        alive = not status.alive.isdisjoint(run.jobs)
        return f"{jobs}, {'under way' if alive else 'killed, or still starting'}"
    return f"{jobs}, {_ended(run.exit)} in {spent(run.ended_s - run.began_s)}"


def _ended(code: int) -> str:
    try:
        known = Exit(code)
    except ValueError:
        return f"ended with {code}"
    return {
        Exit.DONE: "done",
        Exit.FAILED: "failed",
        Exit.UNKNOWN: "outcome unknown",
        Exit.INTERRUPTED: "interrupted",
        Exit.TERMINATED: "terminated",
    }.get(known, f"failed ({known.name.lower()})")


def _under_way(job: JobStatus, day: Day) -> Iterator[str]:
    for task in job.tasks:
        if not task.ended and (task.lasting or job.holder):
            since = day(task.record.intended_s)
            name = one_line(f"{job.shown}: {task.record.intent.task}")
            yield f"under way  {name}: {_stage(task, held=bool(job.holder))} since {since}"


def _brief(job: JobStatus) -> str:
    counts = Counter(_word(task, held=bool(job.holder)) for task in job.tasks)
    told = ", ".join(f"{count} {word}" for word, count in sorted(counts.items()))
    return f"job  {one_line(job.shown)}: {told}{_cost(job.credits)}"


def _cost(spent_credits: int) -> str:
    return f", {counted(spent_credits, 'credit')}" if spent_credits else ""


def _job(job: JobStatus, day: Day) -> Iterator[str]:
    yield f"job  {one_line(job.shown)}{_cost(job.credits)}"
    if job.holder:
        yield f"  {job.holder} is at work on it"
    width = max((len(one_line(task.record.intent.task)) for task in job.tasks), default=0)
    for task in job.tasks:
        record = task.record
        name = one_line(record.intent.task)
        told = [_stage(task, held=bool(job.holder)), *_more(record)]
        yield f"  {name:<{width}}  {day(record.intended_s)}  {', '.join(told)}"


def _more(record: Record) -> Iterator[str]:
    if record.outcome.credits:
        yield counted(record.outcome.credits, "credit")
    if record.intent.attempt > 1:
        yield f"attempt {record.intent.attempt}"
    if record.outcome.detail:
        yield one_line(record.outcome.detail)


def _word(task: TaskStatus, *, held: bool) -> str:
    """Return a stage in one or two words, for counting."""
    if task.ended:
        return task.record.stage.value
    return "under way" if task.lasting or held else "broken off"


def _stage(task: TaskStatus, *, held: bool) -> str:
    """Return a stage as a sentence part."""
    record = task.record
    if not task.ended and not task.lasting:
        return "at work" if held else "broken off, will be done again"
    match record.stage:
        case Stage.DONE | Stage.FAILED:
            return record.stage.value
        case Stage.UNKNOWN:
            return "outcome unknown"
        case Stage.INTENDED:
            return "at work" if held else "begun, perhaps sent"
        case Stage.ACCEPTED if record.intent.kind is TaskKind.RENDER:
            return "accepted, not yet collected"
        case Stage.ACCEPTED:
            return "accepted, not yet checked"
        case _:
            assert_never(record.stage)


def status_json(status: Status) -> str:
    """Return one JSON document; times are seconds since the epoch."""
    whole = {
        "schema_version": SCHEMA_VERSION,
        "runs": [_run_object(run) for run in status.runs],
        "jobs": [_job_object(job) for job in status.jobs],
        "credits_spent": status.credits_spent,
    }
    return json.dumps(whole, indent=2)


def _run_object(run: RunRecord) -> dict[str, object]:
    return {
        "id": run.id,
        "jobs": list(run.jobs),
        "version": run.version,
        "began_s": run.began_s,
        "ended_s": run.ended_s,
        "exit": run.exit,
    }


def _job_object(job: JobStatus) -> dict[str, object]:
    return {
        "id": job.id,
        "holder": job.holder,
        "credits": job.credits,
        "tasks": [_task_object(task) for task in job.tasks],
    }


def _task_object(task: TaskStatus) -> dict[str, object]:
    intent, outcome = task.record.intent, task.record.outcome
    return {
        "id": intent.task,
        "kind": intent.kind.value,
        "state": outcome.stage.value,
        "under_way": task.open,
        "key": intent.key,
        "attempt": intent.attempt,
        "session": task.record.session,
        "render": intent.render,
        "detail": outcome.detail,
        "credits": outcome.credits,
        "intended_s": task.record.intended_s,
        "ended_s": task.record.ended_s,
    }
