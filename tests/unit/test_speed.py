from __future__ import annotations

from pathlib import Path

import pytest

from mvpipe.commands.speed import ENOUGH_S, FILE, GUESS, remember, remembered
from mvpipe.model.media import Quality


def test_without_a_memory_speeds_are_guessed(tmp_path: Path) -> None:
    speed = remembered(tmp_path)
    assert speed.pixels_per_s == GUESS
    assert speed.measured == frozenset()


def test_a_render_is_remembered_for_its_quality_alone(tmp_path: Path) -> None:
    state = tmp_path / "deep" / "state"
    remember(state, quality=Quality.HIGH, pixels=1_000_000, seconds=10)
    speed = remembered(state)
    assert speed.measured == {Quality.HIGH}
    assert speed.pixels_per_s == {**GUESS, Quality.HIGH: 1e5}


def test_a_new_render_moves_the_memory_half_the_way(tmp_path: Path) -> None:
    for seconds in (10, 5):
        remember(tmp_path, quality=Quality.HIGH, pixels=1_000_000, seconds=seconds)
    assert remembered(tmp_path).pixels_per_s[Quality.HIGH] == 1.5e5


def test_a_short_render_says_nothing_about_speed(tmp_path: Path) -> None:
    remember(tmp_path, quality=Quality.HIGH, pixels=1, seconds=ENOUGH_S - 0.1)
    assert not (tmp_path / FILE).exists()


@pytest.mark.parametrize(
    "broken",
    [
        "",
        "[1]",
        "7",
        '{"high": "fast"}',
        '{"high": null}',
        '{"warp": 9}',
        "\ufffd",
        '{"high": 1' + "0" * 400 + "}",
        '{"high": -1, "draft": 0, "master": NaN, "standard": Infinity}',
    ],
)
def test_a_broken_memory_counts_as_none_and_is_replaced(tmp_path: Path, broken: str) -> None:
    (tmp_path / FILE).write_text(broken, encoding="utf-8")
    assert remembered(tmp_path).pixels_per_s == GUESS
    remember(tmp_path, quality=Quality.DRAFT, pixels=100, seconds=10)
    assert remembered(tmp_path).pixels_per_s[Quality.DRAFT] == 10


def test_a_memory_that_is_not_text_counts_as_none(tmp_path: Path) -> None:
    (tmp_path / FILE).write_bytes(b"\xff\xfe")
    assert remembered(tmp_path).pixels_per_s == GUESS


def test_where_nothing_can_be_written_nothing_is_remembered(tmp_path: Path) -> None:
    (tmp_path / "state").write_text("a file", encoding="utf-8")
    remember(tmp_path / "state", quality=Quality.DRAFT, pixels=100, seconds=10)
    assert remembered(tmp_path / "state").measured == frozenset()


def test_nothing_but_the_memory_is_left(tmp_path: Path) -> None:
    remember(tmp_path, quality=Quality.DRAFT, pixels=100, seconds=10)
    assert [path.name for path in tmp_path.iterdir()] == [FILE]
