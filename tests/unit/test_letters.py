from __future__ import annotations

import unicodedata

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageDraw

from mvpipe.engine.scenes.letters import (
    Face,
    Style,
    clean,
    draw,
    drawable,
    measure,
    missing_glyphs,
)

STYLE = Style(Face.DISPLAY, 60)


def _ink(text: str, style: Style = STYLE) -> np.ndarray:
    image = Image.new("L", (900, 120))
    draw(ImageDraw.Draw(image), at=(20, 80), text=text, style=style, fill=255)
    return np.asarray(image)


def test_control_escape_and_bidi_characters_are_dropped() -> None:
    assert clean("a\x1b[31mb\x00\u202ec\u2066d\u200be\ufeff") == "a[31mbcde"


def test_spaces_are_one_and_empty_lines_none() -> None:
    assert clean("  one \t two\r\n\n\n three\u2028four ") == "one two\nthree\nfour"


@given(st.text())
def test_cleaning_is_settled_after_once_and_leaves_nothing_invisible(text: str) -> None:
    once = clean(text)
    assert clean(once) == once
    kinds = {unicodedata.category(char) for char in once if char != "\n"}
    assert not any(kind.startswith("C") for kind in kinds)


def test_the_shipped_fonts_have_latin_greek_cyrillic_and_chinese() -> None:
    assert missing_glyphs("Żółć Ωμέγα Привет 午夜飞行，你好！ 「ひらがな」 — “quotes” …") == ""


def test_characters_that_no_font_has_are_named_once_in_order_and_not_drawn() -> None:
    assert missing_glyphs("한 a 😀 한 ش") == "한😀ش"
    assert drawable("한a 😀 b") == "a b"
    assert (_ink("a😀") == _ink("a")).all()


@pytest.mark.parametrize("char", "':;,[]%{}\\|<>\"`$&#@~^_=+*/!?()")
def test_signs_that_mean_something_to_filters_are_only_pixels(char: str) -> None:
    assert _ink(char).any()
    assert measure(f"a{char}b", STYLE) > measure("ab", STYLE)


def test_letters_are_kerned() -> None:
    assert measure("AV", STYLE) < measure("A", STYLE) + measure("V", STYLE) - 1


def test_tracking_widens_a_line() -> None:
    assert measure("abc", Style(Face.TEXT, 20, tracking=0.1)) > measure(
        "abc", Style(Face.TEXT, 20)
    )


def test_width_grows_in_step_with_size() -> None:
    small, large = (
        measure("Midnight", Style(Face.BOLD, 10)),
        measure("Midnight", Style(Face.BOLD, 80)),
    )
    assert large == pytest.approx(8 * small)


@pytest.mark.parametrize("size_px", [12, 60])
def test_drawn_letters_stay_inside_their_measure(size_px: int) -> None:
    style = Style(Face.DISPLAY, size_px)
    columns = np.flatnonzero(_ink("Midnight", style).any(axis=0))
    assert columns[0] >= 19
    assert columns[-1] <= 21 + measure("Midnight", style)


def test_the_same_text_is_the_same_pixels_and_nothing_is_nothing() -> None:
    assert (_ink("Same 同") == _ink("Same 同")).all()
    assert measure("", STYLE) == 0
    assert not _ink("").any()
