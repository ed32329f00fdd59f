from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from mvpipe.engine.scenes.lines import balanced, breakable


def _wide(start: int, end: int) -> float:
    return end - start


def test_words_are_spread_over_lines_of_like_length() -> None:
    lines = balanced("one two three four five six", width=_wide, limit=20)
    assert lines == ("one two three", "four five six")


def test_what_fits_stays_on_one_line() -> None:
    assert balanced("short", width=_wide, limit=20) == ("short",)


def test_a_word_wider_than_the_limit_stays_whole() -> None:
    assert balanced("a Donaudampfschiff b", width=_wide, limit=8) == (
        "a",
        "Donaudampfschiff",
        "b",
    )


def test_a_word_wider_than_the_limit_is_cut_where_that_is_allowed() -> None:
    lines = balanced("a Donaudampfschiff b", width=_wide, limit=8, cut=True)
    assert max(map(len, lines)) <= 8
    assert "".join(lines).replace(" ", "") == "aDonaudampfschiffb"


def test_chinese_breaks_anywhere_but_before_a_mark_or_after_a_bracket() -> None:
    assert breakable("夜，光「城市」") == ("夜，", "光", "「城", "市」")


def test_a_hyphen_may_end_a_line() -> None:
    assert balanced("well-tempered", width=_wide, limit=9) == ("well-", "tempered")


@given(st.text(alphabet="ab -，夜「」", min_size=1), st.integers(1, 30))
def test_no_letter_is_lost_or_added(text: str, limit: int) -> None:
    lines = balanced(text, width=_wide, limit=limit)
    assert "".join(lines).replace(" ", "") == text.replace(" ", "")
    assert "".join(breakable(text)) == text
