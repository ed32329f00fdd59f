from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mvpipe.model.event import Progress
from mvpipe.report.pace import Pace, counted, spent


def progress(done: int, total: int = 960, *, unit: str = "frames") -> Progress:
    return Progress("song", "render out", done=done, total=total, unit=unit)


def test_a_line_says_how_far_how_fast_and_how_long_still() -> None:
    line = Pace(began=100.0).line(progress(480), now=130.0)
    assert line == " 50%  480/960 frames  16.0 fps  eta 30 s"


def test_a_speed_is_not_told_before_it_means_something() -> None:
    pace = Pace(began=0.0)
    assert pace.line(progress(30), now=1.0) == "  3%  30/960 frames"
    assert pace.line(progress(0), now=9.0) == "  0%  0/960 frames"


def test_percents_have_no_frames_a_second() -> None:
    line = Pace(began=0.0).line(progress(25, 100, unit="percent"), now=10.0)
    assert line == " 25%  eta 30 s"


def test_frames_that_were_there_already_make_nothing_look_fast() -> None:
    early = Progress("song", "render out", done=800, total=960, unit="frames", kept=800)
    later = Progress("song", "render out", done=840, total=960, unit="frames", kept=800)
    pace = Pace(began=0.0)
    assert pace.line(early, now=2.0) == " 83%  800/960 frames"
    assert pace.line(later, now=10.0) == " 87%  840/960 frames  4.0 fps  eta 30 s"


def test_nothing_to_do_is_no_division_by_zero() -> None:
    assert Pace(began=0.0).line(progress(0, 0), now=10.0) == "  0%  0/0 frames"


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [
        (0, "0.0 s"),
        (9.94, "9.9 s"),
        (9.95, "10 s"),
        (59.4, "59 s"),
        (59.5, "1 min 00 s"),
        (245, "4 min 05 s"),
        (3599.6, "1 h 00 min"),
        (3720, "1 h 02 min"),
        (90_000, "25 h 00 min"),
    ],
)
def test_time_is_told_as_people_tell_it(seconds: float, shown: str) -> None:
    assert spent(seconds) == shown


@given(st.floats(0, 1e6))
def test_no_time_is_told_with_sixty_seconds_or_minutes(seconds: float) -> None:
    assert "60" not in spent(seconds).split(" h ")[-1]


def test_one_thing_is_told_in_the_singular() -> None:
    assert [counted(n, "job") for n in (0, 1, 2)] == ["0 jobs", "1 job", "2 jobs"]
