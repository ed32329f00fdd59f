"""Tells the observer what happens to the tasks of one job. Decides nothing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import assert_never

from mvpipe.model.event import (
    Noted,
    Observer,
    Progress,
    Said,
    TaskFinished,
    TaskKept,
    TaskStarted,
    TimelineChanged,
)
from mvpipe.model.job import Check, Export, Input, Prompt
from mvpipe.model.plan import Plan, Task, TaskKind
from mvpipe.model.summary import summarize
from mvpipe.model.timeline import Timeline


@dataclass(frozen=True, slots=True)
class Done:
    """What to say of a task that is done: a few words, the file it left.

    `kept` says that a part of a video was there from an earlier render.
    """

    detail: str = ""
    output: Path | None = None
    kept: bool = False


@dataclass(frozen=True, slots=True)
class Teller:
    """One job's events; `clock` gives seconds that never run backwards."""

    plan: Plan
    observe: Observer
    clock: Callable[[], float]

    @property
    def job(self) -> str:
        """The job's name."""
        return self.plan.job.name

    def started(self, task: Task) -> None:
        """Tell that a task begins."""
        self.observe(
            TaskStarted(
                job=self.job,
                task=task.id,
                kind=task.kind,
                label=label(task),
                index=self.plan.tasks.index(task) + 1,
                tasks=len(self.plan.tasks),
            )
        )

    def kept(self, task: Task) -> None:
        """Tell that a task was done by an earlier run."""
        self.observe(
            TaskKept(
                job=self.job,
                task=task.id,
                kind=task.kind,
                label=label(task),
                index=self.plan.tasks.index(task) + 1,
                tasks=len(self.plan.tasks),
                output=task.subject.to if isinstance(task.subject, Export) else None,
            )
        )

    def finished(self, task: Task, done: Done, *, began: float) -> None:
        """Tell that a task is done, which began when the clock said `began`."""
        self.observe(
            TaskFinished(
                job=self.job,
                task=task.id,
                seconds=self.clock() - began,
                detail=done.detail,
                output=done.output,
                kept=done.kept,
            )
        )

    def progress(self, task: Task, *, done: int, total: int, unit: str, kept: int = 0) -> None:
        """Tell how far a task is."""
        self.observe(Progress(self.job, task.id, done=done, total=total, unit=unit, kept=kept))

    def note(self, task: Task, text: str) -> None:
        """Tell what the user should know."""
        self.observe(Noted(job=self.job, task=task.id, text=text))

    def said(self, task: Task, text: str) -> None:
        """Tell what the backend answered, if it did."""
        if text:
            self.observe(Said(job=self.job, task=task.id, text=text))

    def changed(self, task: Task, timeline: Timeline) -> None:
        """Tell what the timeline has become."""
        summary = summarize(timeline)
        self.observe(TimelineChanged(job=self.job, task=task.id, summary=summary))


def label(task: Task) -> str:
    """Return what a person calls the task: the prompt's words, the file's name."""
    match task.subject:
        case Input():
            return task.subject.shown
        case Prompt():
            return task.subject.text
        case Export():
            return task.subject.shown
        case Check():
            wanted = str(task.subject.expect)
            return f"{task.subject.id}: {wanted}" if wanted else task.subject.id
        case None:
            return TaskKind.OPEN
        case _:
            assert_never(task.subject)
