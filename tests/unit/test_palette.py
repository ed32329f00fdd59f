from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mvpipe.engine.scenes.palette import Look, look_of
from mvpipe.engine.scenes.palettes import PALETTES
from mvpipe.model.catalogue import PaletteCard
from mvpipe.model.timeline import Grade, Palette

LEVELS = st.floats(-1.0, 1.0)
COLOURS = st.lists(st.from_regex(r"#[0-9a-f]{6}", fullmatch=True), min_size=2, max_size=6)


def rgb(look: Look, *, tint: int, tone: int) -> tuple[float, float, float]:
    y = (look.luma[tone * 16] / 256.0 - 16) / 219
    u, v = (look.u[tint, tone] / 256.0 - 128) / 224, (look.v[tint, tone] / 256.0 - 128) / 224
    return y + 1.5748 * v, y - 0.1873 * u - 0.4681 * v, y + 1.8556 * u


@given(COLOURS, LEVELS, LEVELS, LEVELS)
def test_every_table_is_legal_under_every_grade(
    colours: list[str], brightness: float, contrast: float, saturation: float
) -> None:
    grade = Grade(brightness=brightness, contrast=contrast, saturation=saturation)
    look = look_of(Palette("any", tuple(colours)), grade)
    assert look.luma.min() >= 16 * 256
    assert look.luma.max() <= 235 * 256
    for table in (look.u, look.v):
        assert table.shape == (64, 256)
        assert table.min() >= 16 * 256
        assert table.max() <= 240 * 256


@pytest.mark.parametrize("card", PALETTES, ids=lambda card: card.palette.name)
def test_a_shipped_palette_runs_from_rich_dark_to_bright(card: PaletteCard) -> None:
    look = look_of(card.palette, Grade())
    assert np.all(np.diff(look.luma.astype(int)) >= 0)
    assert look.luma[0] < 34 * 256
    assert look.luma[-1] > 200 * 256


def test_the_first_and_last_colours_are_the_palettes_own() -> None:
    look = look_of(Palette("p", ("#102040", "#c05020", "#fff0d0")), Grade())
    dark, bright = rgb(look, tint=0, tone=0), rgb(look, tint=63, tone=255)
    assert np.allclose(dark, (0x10 / 255, 0x20 / 255, 0x40 / 255), atol=0.02)
    assert np.allclose(bright, (1.0, 0xF0 / 255, 0xD0 / 255), atol=0.04)


def test_no_saturation_is_grey_and_more_brightness_is_brighter() -> None:
    palette = PALETTES[0].palette
    grey = look_of(palette, Grade(saturation=-1.0))
    assert np.all(grey.u == 128 * 256)
    assert np.all(grey.v == 128 * 256)
    natural, lit = look_of(palette, Grade()), look_of(palette, Grade(brightness=0.3))
    assert lit.luma.astype(int).sum() > natural.luma.astype(int).sum()


def test_contrast_spreads_and_its_absence_gathers() -> None:
    def reach(contrast: float) -> int:
        luma = look_of(PALETTES[1].palette, Grade(contrast=contrast)).luma.astype(int)
        return int(luma[3000] - luma[300])

    assert reach(-0.8) < reach(0.0) < reach(0.8)


def test_the_catalogue_has_fourteen_palettes_each_found_in_english_and_chinese() -> None:
    assert len({card.palette.name for card in PALETTES}) >= 14
    for card in PALETTES:
        assert any(word.isascii() for word in card.words)
        assert any(not word.isascii() for word in card.words)
        assert 0.0 <= card.warmth <= 1.0
        assert 0.0 <= card.brightness <= 1.0
