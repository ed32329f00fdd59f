"""A plan as a person reads it, and as a program does."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from mvpipe.model.canonical import plain
from mvpipe.model.job import Check, Export, Input, Prompt
from mvpipe.model.media import Quality
from mvpipe.model.plan import Estimate, Plan, Task, TaskKind
from mvpipe.plan import likely_size
from mvpipe.report.clean import one_line
from mvpipe.report.pace import counted, spent

SCHEMA_VERSION = 1
DONE = ": done before"


@dataclass(frozen=True, slots=True)
class Planned:
    """A plan, and the ids of those of its tasks that earlier runs did."""

    plan: Plan
    done: frozenset[str] = frozenset()

    @property
    def left(self) -> tuple[Task, ...]:
        """The tasks that a run would do."""
        return tuple(task for task in self.plan.tasks if task.id not in self.done)

    @property
    def credits(self) -> int:
        """What a run would cost, about."""
        return sum(task.price for task in self.left)


def plan_text(jobs: Sequence[Planned], *, measured: Collection[Quality]) -> str:
    """Return the plans as lines; `measured` are the qualities whose speed is known here."""
    return "\n".join(line for job in jobs for line in _plan_lines(job, measured))


def _plan_lines(job: Planned, measured: Collection[Quality]) -> Iterator[str]:
    plan = job.plan
    yield f"{one_line(plan.job.name)}  ({one_line(plan.job.source)}, backend {_backend(plan)})"
    for index, task in enumerate(plan.tasks, start=1):
        done = task.id in job.done
        yield f"  {index:2d}. {task.kind:<7} {_what(task)}".rstrip() + (DONE if done else "")
        if task.estimate is not None and isinstance(task.subject, Export) and not done:
            yield f"      {'':<7} {_estimate(task.estimate, task.subject, measured)}"
        elif task.price and not done:
            yield f"      {'':<7} about {counted(task.price, 'credit')}"
    yield f"  {_sum(job)}"


def _sum(job: Planned) -> str:
    if not job.left:
        return "nothing to do"
    videos = sum(task.kind is TaskKind.RENDER for task in job.left)
    about = "about " if job.credits else ""
    return f"{counted(videos, 'video')}, {about}{counted(job.credits, 'credit')}"


def _backend(plan: Plan) -> str:
    return plan.backend.split("/", maxsplit=1)[0]


def _what(task: Task) -> str:
    match task.subject:
        case Input():
            return f"{task.subject.id}: {one_line(task.subject.shown)}"
        case Prompt():
            return f"{task.subject.id}: {one_line(task.subject.text)}"
        case Check():
            return one_line(f"{task.subject.id}: {task.subject.expect}")
        case Export():
            return f"{task.subject.id}: {one_line(task.subject.shown)}"
        case None:
            return ""


def _estimate(estimate: Estimate, export: Export, measured: Collection[Quality]) -> str:
    size = str(estimate.size or f"size as the prompts say (else {likely_size(export)})")
    frames = (
        "length known when heard"
        if estimate.frames is None
        else counted(estimate.frames, "frame")
    )
    source = "measured" if export.quality in measured else "a guess, not yet measured here"
    time = "" if estimate.seconds is None else f", about {spent(estimate.seconds)} ({source})"
    look = f"{size}, {estimate.fps} fps, {frames}, {export.quality}"
    return f"{look}{time}, {counted(estimate.credits, 'credit')}"


def plan_json(jobs: Sequence[Planned]) -> str:
    """Return one JSON document; its form is stable within a `schema_version`."""
    whole = {"schema_version": SCHEMA_VERSION, "jobs": [_plan_object(job) for job in jobs]}
    return json.dumps(whole, indent=2)


def _plan_object(job: Planned) -> dict[str, object]:
    plan = job.plan
    return {
        "name": plan.job.name,
        "source": plan.job.source,
        "backend": plan.backend,
        "credits": job.credits,
        "tasks": [_task_object(task, done=task.id in job.done) for task in plan.tasks],
    }


def _task_object(task: Task, *, done: bool) -> dict[str, object]:
    seen: dict[str, object] = {
        "id": task.id,
        "kind": task.kind.value,
        "key": task.key,
        "done": done,
        "credits": task.price,
    }
    match task.subject:
        case Input():
            seen |= {"what": task.subject.shown, "digest": task.digest}
        case Prompt():
            seen["what"] = task.subject.text
        case Check():
            seen["what"] = str(task.subject.expect)
        case Export():
            seen |= _export_object(task.subject)
        case None:
            return seen
    if task.estimate is not None:
        seen["estimate"] = {
            **_object(plain(task.estimate)),
            "size": None if task.estimate.size is None else str(task.estimate.size),
        }
    return seen


def _export_object(export: Export) -> dict[str, object]:
    return {
        "what": export.shown,
        "to": export.to.as_posix(),
        "preset": export.preset,
        "quality": export.quality.value,
    }


def _object(value: object) -> dict[str, object]:
    if not isinstance(value, dict):
        raise TypeError("an estimate is an object")
    return value
