from __future__ import annotations

import pytest

from mvpipe.model.job import Amount, Comparison, Expectation
from mvpipe.runner.expect import ABOUT_MS, unmet
from tests.jobs import timeline

THREE_SHOTS = timeline(shots=3, titles=1)


def said(expectation: Expectation, **durations: int | None) -> tuple[str, ...]:
    return unmet(expectation, THREE_SHOTS, durations=durations)


def test_who_expects_nothing_is_never_disappointed() -> None:
    assert said(Expectation()) == ()


def test_an_expectation_reads_as_it_is_written() -> None:
    whole = Expectation(
        video=Amount(Comparison.AT_LEAST, 5),
        title=Amount(Comparison.EQUAL, 1),
        duration=Amount(Comparison.AT_MOST, 61_500),
        duration_of="song",
    )
    said = "video >=5, title =1, duration <=1:01.5, duration ~inputs.song"
    assert (str(whole), str(Expectation())) == (said, "")


def test_without_a_timeline_nothing_can_be_expected() -> None:
    assert unmet(Expectation(), None, durations={}) == ("there is no timeline yet",)


@pytest.mark.parametrize(
    ("comparison", "holds"),
    [
        (Comparison.EQUAL, [3]),
        (Comparison.AT_LEAST, [2, 3]),
        (Comparison.AT_MOST, [3, 4]),
    ],
)
def test_shots_are_counted_as_the_comparison_says(
    comparison: Comparison, holds: list[int]
) -> None:
    met = [
        value for value in (2, 3, 4) if not said(Expectation(video=Amount(comparison, value)))
    ]
    assert met == holds


def test_every_disappointment_is_a_sentence_of_its_own() -> None:
    more = Amount(Comparison.AT_LEAST, 9)
    assert said(Expectation(video=more, audio=more, title=more)) == (
        "video segments: 3, expected >=9",
        "audio segments: 0, expected >=9",
        "title segments: 1, expected >=9",
    )


def test_about_allows_a_second_either_way_and_no_more() -> None:
    def met(wanted_ms: int) -> bool:
        return not said(Expectation(duration=Amount(Comparison.ABOUT, wanted_ms)))

    assert met(60_000 - ABOUT_MS)
    assert met(60_000 + ABOUT_MS)
    assert not met(60_000 + ABOUT_MS + 1)
    assert not met(60_000 - ABOUT_MS - 1)


def test_a_duration_is_shown_as_a_time_code() -> None:
    wanted = Amount(Comparison.AT_MOST, 30_000)
    assert said(Expectation(duration=wanted)) == ("duration: 1:00.0, expected <=0:30.0",)


def test_the_length_of_an_input_can_be_expected() -> None:
    expected = Expectation(duration_of="track")
    assert said(expected, track=60_900) == ()
    assert said(expected, track=62_000) == ("duration: 1:00.0, expected ~1:02.0",)


@pytest.mark.parametrize("durations", [{}, {"track": None}])
def test_an_input_of_unknown_length_meets_no_expectation(
    durations: dict[str, int | None],
) -> None:
    assert said(Expectation(duration_of="track"), **durations) == (
        "the length of input 'track' is not known",
    )
