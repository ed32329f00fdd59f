from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mvpipe.spec.times import milliseconds


@pytest.mark.parametrize(
    ("written", "ms"),
    [
        ("1:30", 90_000), ("1:30.5", 90_500), ("90s", 90_000), ("15m", 900_000), (90, 90_000),
        ("0.35s", 350), (0.35, 350), ("1:02:03", 3_723_000), ("250ms", 250), ("2 h", 7_200_000),
        ("0:00.0005", 0), ("24h", 86_400_000), ("90:00", 5_400_000), (0, 0), (0.0001, 0),
    ],
)  # fmt: skip
def test_a_time_is_read_as_people_write_it(written: str | float, ms: int) -> None:
    assert milliseconds(written) == ms


@pytest.mark.parametrize(
    "written",
    ["", "soon", "1:75", "1:3", "-5", "1,5s", "5 minutes", "٣s", "1:2:3:4", "s", "1e3x"],
)
def test_what_is_no_time_is_refused(written: str) -> None:
    with pytest.raises(ValueError, match="is not a time"):
        milliseconds(written)


def test_a_time_of_more_than_a_day_is_refused() -> None:
    with pytest.raises(ValueError, match="longer than a day"):
        milliseconds("25h")


@given(st.integers(0, 86_399_999))
def test_written_as_a_clock_it_is_read_back(ms: int) -> None:
    minutes, rest = divmod(ms, 60_000)
    assert milliseconds(f"{minutes}:{rest // 1000:02d}.{rest % 1000:03d}") == ms
