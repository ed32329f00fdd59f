from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mvpipe.report.clean import clean, one_line

HOSTILE = st.lists(
    st.sampled_from(
        [
            "::",
            ":",
            " ",
            "\t",
            "\n",
            "\r",
            "\r\n",
            "##[",
            "##vso[",
            "#",
            "[",
            "\x1b[31m",
            "\x9b",
            "\u202e",
            "\u2028",
            "\u2066",
            "\x85",
            "\x0b",
            "\x1c",
            "\xa0",
            "\udc80",
            "error",
            "é",
            "夜",
        ]
    )
).map("".join)
TEXT = st.text() | HOSTILE


@given(TEXT)
def test_nothing_printed_can_steer_a_terminal_or_turn_its_text_around(text: str) -> None:
    left = {unicodedata.category(c) for c in clean(text) if c not in "\n\t"}
    assert "Cc" not in left
    assert "Cs" not in left
    turning = {"LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI"}
    assert turning.isdisjoint({unicodedata.bidirectional(c) for c in clean(text)})


@given(TEXT)
def test_no_line_is_a_command_to_ci(text: str) -> None:
    for line in clean(text).splitlines():
        assert not line.strip().startswith("::")
        assert "##[" not in line
        assert "##vso[" not in line


@given(TEXT)
def test_clean_text_stays_as_it_is(text: str) -> None:
    assert clean(clean(text)) == clean(text)


@given(TEXT, st.integers(2, 40))
def test_one_line_is_one_line_and_no_wider_than_asked(text: str, width: int) -> None:
    shown = one_line(text, width=width)
    assert len(shown) <= width
    assert len(shown.splitlines()) <= 1
    assert not shown.startswith("::")
    assert shown == shown.strip()


@pytest.mark.parametrize(
    "text", ["a: b", "a::b", "# a [b]", "##", "日本語 ❤️‍🔥", "a\n\tb", "x\r\ny"]
)
def test_ordinary_text_is_left_alone(text: str) -> None:
    assert clean(text) == text.replace("\r\n", "\n")


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("\x1b]0;title\x07", "\ufffd]0;title\ufffd"),
        ("done\r::error::no", "done\ufffd::error::no"),
        ("::error::no", ": :error::no"),
        (" \t::error::no", " \t: :error::no"),
        ("a ##[group]b", "a # #[group]b"),
        ("##vso[task.x]", "# #vso[task.x]"),
    ],
)
def test_a_trick_is_shown_and_does_nothing(text: str, shown: str) -> None:
    assert clean(text) == shown


def test_a_long_line_is_cut_with_a_sign() -> None:
    assert one_line("one two  three\nfour", width=12) == "one two thr…"
    assert one_line("one two", width=7) == "one two"


@pytest.mark.parametrize("text", ["\n" * 100_000, " " * 100_000, ":" * 100_000, "#" * 100_000])
def test_very_much_of_one_kind_is_no_more_work_than_other_text(text: str) -> None:
    """Takes minutes, and so the limit on tests, where a pattern looks back again and again."""
    assert len(clean(text)) <= len(text) + 1
