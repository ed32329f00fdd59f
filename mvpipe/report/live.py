"""Tells a run on a terminal: finished steps as lines, the one under way as a bar."""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from rich.console import Console
from rich.progress import (
    BarColumn,
    ProgressColumn,
    SpinnerColumn,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from rich.progress import (
    Progress as Bars,
)

from mvpipe.model.event import Event, JobFinished, Progress, TaskFinished, TaskStarted
from mvpipe.report.clean import one_line
from mvpipe.report.plain import PlainReport

BAR_WIDTH = 24
NARROW = 72
"""Columns of a terminal below which a bar loses its less important parts."""

LABEL_WIDTH = 28


@dataclass(slots=True)
class LiveReport:
    """An observer; what stays on the screen is what the plain report says."""

    bars: Bars
    plain: PlainReport
    task: TaskID | None = field(default=None, init=False)

    def __call__(self, event: Event) -> None:
        match event:
            case TaskStarted():
                self.plain(event)
                label = one_line(event.label, width=LABEL_WIDTH)
                self.task = self.bars.add_task(label, total=None, speed="")
            case Progress():
                self._advance(event)
            case TaskFinished() | JobFinished():  # a job that fails leaves its task unfinished
                self._drop()
                self.plain(event)
            case _:
                self.plain(event)

    def _advance(self, event: Progress) -> None:
        if self.task is None:
            return
        pace, now = self.plain.pace, self.plain.clock()
        known = pace is not None and event.unit == "frames"
        speed = pace.rate(event, now=now) if pace is not None and known else ""
        self.bars.update(self.task, completed=event.done, total=event.total, speed=speed)

    def _drop(self) -> None:
        if self.task is not None:
            self.bars.remove_task(self.task)
            self.task = None


def _columns(*, narrow: bool) -> tuple[ProgressColumn, ...]:
    """Return what a bar shows; on a narrow terminal only what matters most."""
    label = TextColumn("{task.description}", markup=False)
    if narrow:
        percent = TextColumn("{task.percentage:>3.0f}%", markup=False)
        return (SpinnerColumn(), label, percent, TimeRemainingColumn())
    return (
        SpinnerColumn(),
        label,
        BarColumn(bar_width=BAR_WIDTH),
        TextColumn("{task.percentage:>3.0f}%{task.fields[speed]}", markup=False),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
    )


def wrapped(line: str, width: int) -> str:
    """Return the line broken between words, indented as it begins; long words stay whole."""
    indent = line[: len(line) - len(line.lstrip())]
    return textwrap.fill(
        line,
        width=max(width, 2 * len(indent) + 1),
        subsequent_indent=f"{indent}  ",
        break_long_words=False,
        break_on_hyphens=False,
        drop_whitespace=True,
    )


@contextmanager
def live_report(
    console: Console, clock: Callable[[], float], *, verbose: bool = False
) -> Iterator[LiveReport]:
    """Give an observer whose bars are cleared from the screen at the end, whatever happens."""
    bars = Bars(*_columns(narrow=console.width < NARROW), console=console, transient=True)

    def write(line: str) -> None:
        console.print(
            wrapped(line, console.width),
            markup=False,
            highlight=False,
            emoji=False,
            soft_wrap=True,
        )

    with bars:
        plain = PlainReport(write=write, clock=clock, verbose=verbose)
        yield LiveReport(bars=bars, plain=plain)
