from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mvpipe.model.timecode import frame_at, frames_in, timecode

TIMES_MS = st.integers(0, 24 * 3_600_000)
RATES = st.sampled_from([24, 25, 30, 50, 60])


@given(at_ms=TIMES_MS, fps=RATES)
def test_a_cut_falls_within_half_a_frame_of_its_time(at_ms: int, fps: int) -> None:
    off_ms = Fraction(1000 * frame_at(at_ms, fps=fps), fps) - at_ms
    assert abs(off_ms) <= Fraction(500, fps)


@given(at_ms=TIMES_MS, fps=RATES)
def test_later_times_never_fall_on_earlier_frames(at_ms: int, fps: int) -> None:
    assert frame_at(at_ms, fps=fps) <= frame_at(at_ms + 1, fps=fps)


@given(duration_ms=st.integers(1, 24 * 3_600_000), fps=RATES)
def test_frames_cover_a_duration_with_less_than_one_to_spare(
    duration_ms: int, fps: int
) -> None:
    covered_ms = Fraction(1000 * frames_in(duration_ms, fps=fps), fps)
    assert 0 <= covered_ms - duration_ms < Fraction(1000, fps)


def test_nothing_still_takes_one_frame() -> None:
    assert frames_in(0, fps=30) == 1


def test_half_a_frame_rounds_up() -> None:
    assert [frame_at(at, fps=50) for at in (9, 10, 29, 30)] == [0, 1, 1, 2]


@pytest.mark.parametrize(
    ("at_ms", "shown"),
    [
        (0, "0:00.0"),
        (99, "0:00.0"),
        (12_340, "0:12.3"),
        (59_999, "0:59.9"),
        (60_000, "1:00.0"),
        (3_600_000, "60:00.0"),
    ],
)
def test_a_time_code_has_minutes_seconds_and_tenths(at_ms: int, shown: str) -> None:
    assert timecode(at_ms) == shown
