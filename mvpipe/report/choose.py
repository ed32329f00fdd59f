"""Which observer tells a run: bars on a terminal, plain lines elsewhere, or JSON lines."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from mvpipe.model.event import Event, Observer
from mvpipe.report.jsonl import JsonLines
from mvpipe.report.plain import PlainReport
from mvpipe.report.streams import Streams


@contextmanager
def reporter(
    streams: Streams, *, style: str, events: bool, clock: Callable[[], float]
) -> Iterator[Observer]:
    """Give the observer for one run; `style` is auto, tty, plain or none.

    With `events` the run goes to standard output as JSON lines and nothing else is told.
    """
    if events:
        yield JsonLines(write=streams.result)
    elif style == "none" or streams.quiet:
        yield _failures_only(PlainReport(write=streams.error, clock=clock))
    elif style == "tty" or (style == "auto" and streams.err.isatty()):
        with _live(streams, clock) as observer:
            yield observer
    else:
        yield PlainReport(write=streams.talk, clock=clock, verbose=streams.verbose)


def _failures_only(report: PlainReport) -> Observer:
    def observe(event: Event) -> None:
        if getattr(event, "problem", ""):
            report(event)

    return observe


@contextmanager
def _live(streams: Streams, clock: Callable[[], float]) -> Iterator[Observer]:
    # rich costs 80 ms to import and is only of use on a terminal
    from rich.console import Console  # noqa: PLC0415

    from mvpipe.report.live import live_report  # noqa: PLC0415

    console = Console(file=streams.err, markup=False, highlight=False, emoji=False)
    with live_report(console, clock, verbose=streams.verbose) as observer:
        yield observer
