from __future__ import annotations

from io import StringIO

import pytest
from rich.console import Console

from mvpipe.model.event import JobFinished, Noted, Progress, TaskFinished, TaskStarted
from mvpipe.model.plan import TaskKind
from mvpipe.report.live import LiveReport, live_report, wrapped
from tests.events import RUN
from tests.fakes import FakeClock

BEGIN = TaskStarted("song", "render", TaskKind.RENDER, "a [bold] name.mp4", 1, 1)
HALF = Progress("song", "render", done=50, total=100, unit="frames")


def console(screen: StringIO) -> Console:
    return Console(file=screen, force_terminal=True, width=100, color_system=None)


def test_what_stays_on_the_screen_is_what_the_plain_report_says() -> None:
    screen, clock = StringIO(), FakeClock()
    with live_report(Console(file=screen, width=200), clock) as report:
        for at, event in RUN:
            clock.now = at
            report(event)
    assert "  [4/4] render out/night.mp4\n" in screen.getvalue()
    assert "failed: broken: " in screen.getvalue()
    assert "\x1b" not in screen.getvalue()


def test_a_bar_shows_the_task_under_way_with_its_speed() -> None:
    screen, clock = StringIO(), FakeClock()
    with live_report(console(screen), clock) as report:
        report(BEGIN)
        clock.now = 10.0
        report(HALF)
        (bar,) = report.bars.tasks
        assert (bar.description, bar.percentage) == ("a [bold] name.mp4", 50)
        assert bar.fields["speed"] == "  5.0 fps"


def test_percents_have_no_frames_a_second() -> None:
    clock = FakeClock()
    with live_report(console(StringIO()), clock) as report:
        report(BEGIN)
        clock.now = 10.0
        report(Progress("song", "render", done=50, total=100, unit="percent"))
        assert report.bars.tasks[0].fields["speed"] == ""


@pytest.mark.parametrize(
    "end",
    [
        TaskFinished("song", "render", seconds=1.0, detail="100 frames"),
        JobFinished("song", ok=False, seconds=1.0, problem="no room"),
    ],
)
def test_a_bar_goes_with_its_task_even_where_that_fails(
    end: TaskFinished | JobFinished,
) -> None:
    with live_report(console(StringIO()), FakeClock()) as report:
        report(BEGIN)
        report(end)
        assert not report.bars.tasks


def test_progress_of_a_task_that_nobody_announced_is_no_error() -> None:
    with live_report(console(StringIO()), FakeClock()) as report:
        report(HALF)
        assert not report.bars.tasks


def test_markup_in_outside_text_is_text() -> None:
    screen = StringIO()
    with live_report(console(screen), FakeClock()) as report:
        report(Noted("song", "x", "[bold]/a/[abc].yaml :smile:[/bold]"))
    assert "note: [bold]/a/[abc].yaml :smile:[/bold]" in screen.getvalue()


@pytest.mark.parametrize(("width", "shown"), [(40, False), (100, True)])
def test_a_narrow_terminal_gets_the_percents_and_no_more(
    width: int,
    shown: bool,  # noqa: FBT001 - a case of the table
) -> None:
    screen, clock = StringIO(), FakeClock()
    with live_report(Console(file=screen, force_terminal=True, width=width), clock) as report:
        report(BEGIN)
        clock.now = 10.0
        report(HALF)
        report.bars.refresh()
    assert " 50%" in screen.getvalue()
    assert ("5.0 fps" in screen.getvalue()) is shown


def test_long_lines_are_broken_between_words_and_stay_indented() -> None:
    assert wrapped("    note: one two", 12) == "    note:\n      one\n      two"
    assert wrapped("a/very/long-path.mp4", 8) == "a/very/long-path.mp4"
    assert wrapped("", 40) == ""


def test_the_bars_go_whatever_happens() -> None:
    screen = StringIO()

    def interrupted() -> LiveReport:
        with live_report(console(screen), FakeClock()) as report:
            report(BEGIN)
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert screen.getvalue().rstrip().endswith("\x1b[2K")
