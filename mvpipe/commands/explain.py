"""`mvpipe explain`: which parts of a task's key changed since it was last done."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import assert_never

from mvpipe.commands import parts
from mvpipe.commands.journals import looking
from mvpipe.commands.named import jobs_named
from mvpipe.commands.options import Choice
from mvpipe.errors import Exit, NothingMatched
from mvpipe.journal.records import Output, Record, Stage, job_id
from mvpipe.model.canonical import Digest
from mvpipe.model.chain import Difference, Link, chain_to, differences
from mvpipe.model.job import Export
from mvpipe.model.plan import Plan, Task
from mvpipe.report.explain import (
    Explained,
    ExplainedJob,
    Standing,
    explain_json,
    explain_text,
)
from mvpipe.report.streams import Streams
from mvpipe.spec.nearest import nearest

Good = Callable[[Output], bool]
"""Says whether a file is still there, as it was left."""


@dataclass(frozen=True, slots=True)
class Question:
    """What `explain` is asked: about a job, about one of its tasks, or about all of them."""

    job: str | None = None
    task: str | None = None
    as_json: bool = False
    state: Path | None = None


def explain(wish: Question, choice: Choice, streams: Streams, *, folder: Path) -> Exit:
    """Say what changed since each task was last done. Reads only, opens no socket.

    Raises NothingMatched for a task that no job has. Safe to repeat.
    """
    settings = parts.settings()
    settings = settings if wish.state is None else replace(settings, state_dir=wish.state)
    jobs = jobs_named((wish.job,) if wish.job else (), choice, folder=folder)
    plans = parts.plans_of(jobs, settings)
    ids = [job_id(job.source, job.name, folder=folder) for job in jobs]
    with looking(settings) as journal:
        known = journal.records(ids)
    found = tuple(
        ExplainedJob(plan.job.name, plan.job.source, explained(plan, known[one], good=as_left))
        for plan, one in zip(plans, ids, strict=True)
    )
    told = found if wish.task is None else _only(found, wish.task)
    whole = wish.task is not None
    streams.result(explain_json(told) if wish.as_json else explain_text(told, whole=whole))
    return Exit.DONE


def _only(jobs: Sequence[ExplainedJob], wanted: str) -> tuple[ExplainedJob, ...]:
    """Return the jobs that have such a task, with that one alone."""
    kept = (
        replace(job, tasks=tuple(task for task in job.tasks if task.task == wanted))
        for job in jobs
    )
    found = tuple(job for job in kept if job.tasks)
    if not found:
        names = sorted({task.task for job in jobs for task in job.tasks})
        close = nearest(wanted, names)
        hint = f"did you mean '{close}'?" if close else f"there are: {', '.join(names)}"
        raise NothingMatched(f"no job has a task '{wanted}'", hint=hint)
    return found


def as_left(output: Output) -> bool:
    """Say whether a file is still there as a run left it. Reads it; safe to repeat."""
    try:
        if output.path.stat().st_size != output.size_bytes:
            return False
        with output.path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest() == output.digest
    except OSError:
        return False


def explained(plan: Plan, records: Sequence[Record], *, good: Good) -> tuple[Explained, ...]:
    """Return how each task stands; `records` are the job's, oldest first.

    Pure but for `good`.
    """
    now = {task.key: Link(task.id, task.parts) for task in plan.tasks}
    then = {one.intent.key: Link(one.intent.task, one.intent.parts) for one in records}
    found = []
    for task in plan.tasks:
        mine = [one for one in records if one.intent.task == task.id]
        done = [one for one in mine if one.stage is Stage.DONE]
        same = [one for one in done if one.intent.key == task.key]
        if same:
            found.append(_left(task, same[-1], good))
        elif done:
            was = done[-1].intent.key
            parted = differences(chain_to(was, then), chain_to(task.key, now))
            found.append(_standing(task, Standing.CHANGED, was=was, differences=parted))
        else:
            found.append(_standing(task, Standing.NEVER, told=_never(mine)))
    return tuple(found)


def _standing(
    task: Task,
    standing: Standing,
    *,
    was: Digest | None = None,
    differences: tuple[Difference, ...] = (),
    told: str = "",
) -> Explained:
    return Explained(task.id, task.kind, standing, task.key, was, differences, told)


def _left(task: Task, record: Record, good: Good) -> Explained:
    """Return how a task stands that was done just as it is now."""
    output = record.outcome.output
    if not isinstance(task.subject, Export) or output is None:
        return _standing(task, Standing.SAME, was=task.key)
    told = ""
    if output.path != task.subject.to:
        told = f"it was written to {output.path.name}, and now goes to {task.subject.shown}"
    elif not good(output):
        told = f"{task.subject.shown} is not there any more as it was left"
    standing = Standing.GONE if told else Standing.SAME
    return _standing(task, standing, was=task.key, told=told)


def _never(tried: Sequence[Record]) -> str:
    """Return what to say of a task that was never done."""
    if not tried:
        return "never done"
    last = tried[-1]
    match last.stage:
        case Stage.FAILED:
            why = f": {last.outcome.detail}" if last.outcome.detail else ""
            return f"never done; failed when last tried{why}"
        case Stage.UNKNOWN:
            return "never known to be done; what became of the last try is unknown"
        case Stage.INTENDED | Stage.ACCEPTED:
            return "under way, or broken off"
        case Stage.DONE:
            return "done"
        case _:
            assert_never(last.stage)
