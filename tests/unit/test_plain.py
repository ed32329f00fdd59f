from __future__ import annotations

import pytest

from mvpipe.model.event import Event, JobFinished, Progress, TaskFinished, TaskStarted
from mvpipe.model.plan import TaskKind
from mvpipe.report.plain import PlainReport
from tests.events import RUN
from tests.fakes import FakeClock
from tests.goldens import golden


def told(*happened: tuple[float, Event]) -> list[str]:
    lines: list[str] = []
    clock = FakeClock()
    report = PlainReport(write=lines.append, clock=clock)
    for at, event in happened:
        clock.now = at
        report(event)
    return lines


def frames(*moments: tuple[float, int], total: int = 100) -> list[str]:
    begin = TaskStarted("song", "render", TaskKind.RENDER, "out.mp4", 1, 1)
    events = [(at, Progress("song", "render", done, total, "frames")) for at, done in moments]
    return told((0.0, begin), *events)[1:]


def test_a_whole_run_reads_like_a_story() -> None:
    lines = told(*RUN)
    assert "\n".join(lines) + "\n" == golden("run.txt", "\n".join(lines) + "\n")


def test_no_line_of_a_run_is_a_command_to_a_terminal_or_ci() -> None:
    lines = "\n".join(told(*RUN)).split("\n")
    assert not any(line.lstrip().startswith("::") for line in lines)
    assert not any("\x1b" in line or "\r" in line for line in lines)


def test_progress_is_told_every_ten_percent() -> None:
    every_percent = [(n / 10, n) for n in range(101)]
    shown = [int(line.split("%")[0]) for line in frames(*every_percent)]
    assert shown == [10, 20, 30, 40, 50, 60, 70, 80, 90]


def test_progress_is_told_every_thirty_seconds_however_slow() -> None:
    crawling = [(n * 1.0, n) for n in range(91)]
    assert [line.split("%")[0].strip() for line in frames(*crawling, total=10_000)] == ["0"] * 3


def test_each_task_begins_its_own_count() -> None:
    begin = TaskStarted("song", "b", TaskKind.RENDER, "b.mp4", 2, 2)
    half = Progress("song", "b", 50, 100, "frames")
    lines = told((0.0, begin), (0.5, half), (0.5, begin), (0.9, half))
    assert [line.strip() for line in lines[1::2]] == ["50%  50/100 frames"] * 2


def test_progress_of_a_task_that_nobody_announced_is_no_error() -> None:
    assert told((50.0, Progress("song", "x", 50, 100, "frames"))) == [
        "       50%  50/100 frames"
    ]


def test_a_task_that_leaves_nothing_to_say_ends_in_silence() -> None:
    assert told((0.0, TaskFinished("song", "open", seconds=0.0))) == []


def uploads(*moments: tuple[float, int]) -> list[str]:
    begin = TaskStarted("song", "up", TaskKind.UPLOAD, "song.mp3", 1, 1)
    events = [(at, Progress("song", "up", done, 100, "percent")) for at, done in moments]
    return told((0.0, begin), *events)[1:]


def test_percents_of_a_short_task_are_not_worth_a_line() -> None:
    assert uploads((0.5, 20), (1.0, 50), (3.0, 90)) == []
    assert [line.split()[0] for line in uploads((1.0, 20), (3.5, 30), (4.0, 50))] == [
        "30%",
        "50%",
    ]


def test_who_wants_to_know_more_hears_how_long_every_task_took() -> None:
    lines: list[str] = []
    report = PlainReport(write=lines.append, clock=FakeClock(), verbose=True)
    report(TaskFinished("song", "open", seconds=0.25))
    assert lines == ["      done in 0.2 s"]


def test_a_failure_says_what_went_wrong_and_what_to_do() -> None:
    failed = JobFinished("song", ok=False, seconds=1.0, problem="no room", hint="make some")
    assert told((0.0, failed)) == ["failed: song: no room", "  hint: make some"]


@pytest.mark.parametrize("hint", [""])
def test_a_failure_without_a_way_out_has_no_hint(hint: str) -> None:
    failed = JobFinished("song", ok=False, seconds=1.0, problem="no room", hint=hint)
    assert told((0.0, failed)) == ["failed: song: no room"]
