"""Tells a run in plain lines, for logs and pipes: at least one every 10 % or 30 seconds."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from mvpipe.model.event import (
    Event,
    JobFinished,
    JobStarted,
    Noted,
    Progress,
    RunFinished,
    RunStarted,
    Said,
    TaskFinished,
    TaskKept,
    TaskStarted,
    TimelineChanged,
)
from mvpipe.report.clean import clean, one_line
from mvpipe.report.pace import Pace, counted, spent

STEP_PERCENT = 10
STEP_S = 30.0
SHORT_S = 3.0
"""What is counted in percent is told only where it takes longer."""

INDENT = " " * 6


@dataclass(slots=True)
class PlainReport:
    """An observer; `write` takes one line without its end, `clock` gives seconds."""

    write: Callable[[str], None]
    clock: Callable[[], float]
    verbose: bool = False
    pace: Pace | None = field(default=None, init=False)
    told: tuple[int, float] = field(default=(0, 0.0), init=False)

    def __call__(self, event: Event) -> None:
        for line in self._lines(event):
            self.write(line)

    def _lines(self, event: Event) -> tuple[str, ...]:
        match event:
            case TaskStarted():
                self.pace, self.told = Pace(began=self.clock()), (0, self.clock())
                return (f"  [{event.index}/{event.tasks}] {_task(event)}",)
            case Progress():
                return self._progress(event)
            case TaskFinished():
                return _finished(event, verbose=self.verbose)
            case TaskKept():
                return (f"  [{event.index}/{event.tasks}] {_task(event)}: done before",)
            case Said() | Noted() | TimelineChanged():
                return _talk(event)
            case _:
                return _milestone(event)

    def _progress(self, event: Progress) -> tuple[str, ...]:
        percent = 100 * event.done // max(1, event.total)
        last_percent, last_s = self.told
        moved = percent // STEP_PERCENT > last_percent // STEP_PERCENT
        if percent >= 100 or not (moved or self.clock() - last_s >= STEP_S):
            return ()
        pace = self.pace or Pace(began=self.clock())
        if event.unit == "percent" and self.clock() - pace.began <= SHORT_S:
            return ()
        self.told = (percent, self.clock())
        return (f"{INDENT}{pace.line(event, now=self.clock())}",)


def _milestone(
    event: RunStarted | JobStarted | JobFinished | RunFinished,
) -> tuple[str, ...]:
    match event:
        case JobStarted():
            return (f"{one_line(event.job)}  ({one_line(event.source)})",)
        case JobFinished():
            return _job_finished(event)
        case RunFinished():
            return (_run_finished(event),)
        case RunStarted():
            return ()


def _task(event: TaskStarted | TaskKept) -> str:
    said = "" if event.label == event.kind else f" {one_line(event.label, width=80)}"
    return f"{event.kind}{said}"


def _talk(event: Said | Noted | TimelineChanged) -> tuple[str, ...]:
    match event:
        case Said():
            return tuple(f"{INDENT}> {line}" for line in clean(event.text).splitlines())
        case Noted():
            return (f"{INDENT}note: {one_line(event.text, width=200)}",)
        case TimelineChanged():
            return (f"{INDENT}{one_line(event.summary, width=300)}",)


def _finished(event: TaskFinished, *, verbose: bool) -> tuple[str, ...]:
    if not event.detail and not verbose:
        return ()
    return (f"{INDENT}{one_line(event.detail or 'done')} in {spent(event.seconds)}",)


def _job_finished(event: JobFinished) -> tuple[str, ...]:
    if event.unchanged:
        return (f"{one_line(event.job)}: nothing to do",)
    if event.ok:
        return ()
    lines = (f"failed: {one_line(event.job)}: {clean(event.problem)}",)
    return (*lines, f"  hint: {clean(event.hint)}") if event.hint else lines


def _run_finished(event: RunFinished) -> str:
    done = f"{counted(event.done, 'job')} done"
    if event.unchanged:
        done += f", {event.unchanged} of them unchanged"
    failed = f", {event.failed} failed" if event.failed else ""
    return f"{done}{failed} in {spent(event.seconds)}"
