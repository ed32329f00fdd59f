"""What one run made from what, as `schemas/manifest.schema.json` describes it. Pure.

Built from what the run told, its plans and the journal's records, in the order of the plans:
the same run gives the same text.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from mvpipe.journal.records import Output, Record, RunId
from mvpipe.lockfile.compare import relative
from mvpipe.lockfile.entry import engine_of
from mvpipe.model.content import Content
from mvpipe.model.event import (
    Event,
    JobFinished,
    Noted,
    Observer,
    Progress,
    RunFinished,
    RunStarted,
    TaskFinished,
    TaskKept,
    TaskStarted,
)
from mvpipe.model.job import Export, Input
from mvpipe.model.plan import Plan, Task

SCHEMA_VERSION = 1
DONE, KEPT, FAILED, NOT_REACHED = "done", "kept", "failed", "not-reached"

Inside = Callable[[Output], Content | None]
"""Says what is inside a finished video, `None` where nobody can tell."""


@dataclass(slots=True)
class Story:
    """What a run told, in order; grows while it is under way."""

    events: list[Event] = field(default_factory=list)

    def before(self, observe: Observer) -> Observer:
        """Return an observer that keeps what it hears, then lets `observe` hear it."""

        def keep(event: Event) -> None:
            if not isinstance(event, Progress):
                self.events.append(event)
            observe(event)

        return keep


@dataclass(frozen=True, slots=True)
class Made:
    """One job of a run: its plan, what the journal knows of it, and its file's folder."""

    plan: Plan
    records: Sequence[Record]
    place: Path


@dataclass(frozen=True, slots=True)
class RunFacts:
    """What is known of a run as a whole; `version` is mvpipe's, `exit` the command's."""

    id: RunId
    version: str
    exit: int


def manifest(
    run: RunFacts, story: Story, jobs: Sequence[Made], *, inside: Inside
) -> dict[str, object]:
    """Return the manifest of a run that took up these jobs in this order, as JSON data."""
    told = [*_by_job(story.events)]
    told += [()] * (len(jobs) - len(told))
    parts = [_JobPart(job, events, inside) for job, events in zip(jobs, told, strict=False)]
    ended = next((e for e in story.events if isinstance(e, RunFinished)), None)
    return {
        "schema_version": SCHEMA_VERSION,
        "run": run.id,
        "version": run.version,
        "exit": run.exit,
        "seconds": _seconds(ended),
        "credits": sum(part.credits for part in parts),
        "jobs": [part.told() for part in parts],
    }


def manifest_text(content: dict[str, object]) -> str:
    """Return the text of a manifest, equal for equal ones."""
    return json.dumps(content, indent=2) + "\n"


def _by_job(events: Sequence[Event]) -> Iterator[Sequence[Event]]:
    """Yield what was told of each job: they come one after the other, and names may repeat."""
    told: list[Event] = []
    for event in events:
        if isinstance(event, RunStarted | RunFinished):
            continue
        told.append(event)
        if isinstance(event, JobFinished):
            yield told
            told = []
    if told:
        yield told


@dataclass(frozen=True, slots=True)
class _JobPart:
    """One job of a manifest in the making."""

    job: Made
    events: Sequence[Event]
    inside: Inside

    def told(self) -> dict[str, object]:
        plan, ended = self.job.plan, self._ended()
        return {
            "name": plan.job.name,
            "file": Path(plan.job.source).name,
            "backend": plan.job.backend.value,
            "engine": engine_of(plan.backend),
            "state": self._state(),
            "problem": ended.problem if ended else "",
            "seconds": _seconds(ended),
            "credits": self.credits,
            "inputs": [*self._inputs()],
            "tasks": [self._task(task) for task in plan.tasks],
            "outputs": [*self._outputs()],
            "warnings": [event.text for event in self.events if isinstance(event, Noted)],
        }

    @property
    def credits(self) -> int:
        """What the tasks of this run cost, those that were kept left out."""
        return sum(
            (record.outcome.credits or 0)
            for task in self.job.plan.tasks
            if self._task_state(task) in {DONE, FAILED} and (record := self._record(task))
        )

    def _ended(self) -> JobFinished | None:
        return next((e for e in self.events if isinstance(e, JobFinished)), None)

    def _state(self) -> str:
        ended = self._ended()
        if ended is None:
            return NOT_REACHED
        if ended.unchanged:
            return KEPT
        return DONE if ended.ok else FAILED

    def _inputs(self) -> Iterator[dict[str, object]]:
        for task in self.job.plan.tasks:
            if isinstance(task.subject, Input):
                item = task.subject
                yield {"id": item.id, "path": item.shown, "digest": task.digest}

    def _task(self, task: Task) -> dict[str, object]:
        finished, record = self._finished(task), self._record(task)
        return {
            "id": task.id,
            "kind": task.kind.value,
            "key": task.key,
            "parts": json.loads(task.parts),
            "state": self._task_state(task),
            "seconds": _seconds(finished),
            "credits": record.outcome.credits if record else None,
        }

    def _task_state(self, task: Task) -> str:
        if self._finished(task):
            return DONE
        if self._state() == KEPT:
            return KEPT
        told = [e for e in self.events if isinstance(e, TaskStarted | TaskKept)]
        mine = [e for e in told if e.task == task.id]
        if not mine:
            return NOT_REACHED
        return KEPT if isinstance(mine[-1], TaskKept) else FAILED

    def _finished(self, task: Task) -> TaskFinished | None:
        """Return how a task ended last: one may be done again in a new session."""
        mine = [e for e in self.events if isinstance(e, TaskFinished) and e.task == task.id]
        return mine[-1] if mine else None

    def _record(self, task: Task) -> Record | None:
        """Return the last try at a task under its key."""
        wanted = (task.id, task.key)
        mine = [r for r in self.job.records if (r.intent.task, r.intent.key) == wanted]
        return mine[-1] if mine else None

    def _outputs(self) -> Iterator[dict[str, object]]:
        for task in self.job.plan.renders:
            record = self._record(task)
            output = record.outcome.output if record else None
            there = self._task_state(task) in {DONE, KEPT}
            if there and output is not None and isinstance(task.subject, Export):
                yield {
                    "export": task.subject.id,
                    "path": relative(output.path, self.job.place),
                    "digest": output.digest,
                    "size_bytes": output.size_bytes,
                    **_length(self.inside(output)),
                }


def _seconds(ended: RunFinished | JobFinished | TaskFinished | None) -> float | None:
    return None if ended is None else round(ended.seconds, 3)


def _length(content: Content | None) -> dict[str, object]:
    rate = content.rate_a_second if content else None
    if content is None or rate is None:
        return {"frames": None, "length_ms": None, "encoder": None}
    return {
        "frames": content.frames,
        "length_ms": round(content.frames * 1000 / rate),
        "encoder": content.encoder,
    }
