from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mvpipe.engine.direct.colours import kinship
from mvpipe.model.timeline import Palette

COLOURS = st.from_regex(r"#[0-9a-f]{6}", fullmatch=True)
PALETTES = st.lists(COLOURS, min_size=2, max_size=5).map(lambda c: Palette("any", tuple(c)))
GREY = Palette("grey", ("#000000", "#808080", "#ffffff"))


def one(colour: str) -> Palette:
    return Palette("one", ("#000000", colour))


@given(PALETTES, PALETTES)
def test_kinship_is_mutual_and_bounded(a: Palette, b: Palette) -> None:
    assert kinship(a, b) == pytest.approx(kinship(b, a))
    assert abs(kinship(a, b)) <= 1.0 + 1e-9


@given(PALETTES)
def test_grey_is_like_nothing(palette: Palette) -> None:
    assert kinship(palette, GREY) == 0.0


def test_orange_is_kin_to_red_and_a_stranger_to_blue() -> None:
    assert kinship(one("#ff8000"), one("#ff0000")) > 0.7
    assert kinship(one("#ff8000"), one("#0000ff")) < 0.0


def test_purple_is_a_stranger_to_green() -> None:
    assert kinship(one("#8000ff"), one("#40ff00")) < 0.0
