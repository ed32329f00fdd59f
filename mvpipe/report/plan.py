"""A plan as a person reads it, and as a program does."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Sequence

from mvpipe.model.canonical import plain
from mvpipe.model.job import Check, Export, Input, Prompt
from mvpipe.model.media import Quality
from mvpipe.model.plan import Estimate, Plan, Task
from mvpipe.plan import likely_size
from mvpipe.report.clean import one_line
from mvpipe.report.pace import counted, spent

SCHEMA_VERSION = 1


def plan_text(plans: Sequence[Plan], *, measured: Collection[Quality]) -> str:
    """Return the plans as lines; `measured` are the qualities whose speed is known here."""
    return "\n".join(line for plan in plans for line in _plan_lines(plan, measured))


def _plan_lines(plan: Plan, measured: Collection[Quality]) -> Iterator[str]:
    yield f"{one_line(plan.job.name)}  ({one_line(plan.job.source)}, backend {_backend(plan)})"
    for index, task in enumerate(plan.tasks, start=1):
        yield f"  {index:2d}. {task.kind:<7} {_what(task)}".rstrip()
        if task.estimate is not None and isinstance(task.subject, Export):
            yield f"      {'':<7} {_estimate(task.estimate, task.subject, measured)}"
    yield f"  {counted(len(plan.renders), 'video')}, {counted(plan.credits, 'credit')}"


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


def plan_json(plans: Sequence[Plan]) -> str:
    """Return one JSON document; its form is stable within a `schema_version`."""
    whole = {"schema_version": SCHEMA_VERSION, "jobs": [_plan_object(plan) for plan in plans]}
    return json.dumps(whole, indent=2)


def _plan_object(plan: Plan) -> dict[str, object]:
    return {
        "name": plan.job.name,
        "source": plan.job.source,
        "backend": plan.backend,
        "credits": plan.credits,
        "tasks": [_task_object(task) for task in plan.tasks],
    }


def _task_object(task: Task) -> dict[str, object]:
    seen: dict[str, object] = {"id": task.id, "kind": task.kind.value, "key": task.key}
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
