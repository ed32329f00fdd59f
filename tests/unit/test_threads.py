from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from mvpipe.engine.scenes.threads import blooms, lenses, threads

Tone = NDArray[np.uint16]
HUE = np.array([50000.0], np.float32)


def ground(height: int = 64, width: int = 96) -> tuple[Tone, Tone]:
    return np.zeros((height, width), np.uint16), np.zeros((height // 2, width // 2), np.uint16)


def way(points: list[tuple[float, float]], *, half: float = 3.0) -> NDArray[np.float32]:
    return np.array([[(x, y, half, 20000.0) for x, y in points]], np.float32)


def test_a_thread_in_two_stretches_is_the_thread_in_one() -> None:
    one, two = ground(), ground()
    threads(*one, way([(5.0, 20.0), (85.0, 41.0)]), HUE)
    threads(*two, way([(5.0, 20.0), (45.0, 30.5), (85.0, 41.0)]), HUE)
    assert np.abs(one[0].astype(int) - two[0]).max() <= 2


def test_no_bead_marks_a_corner() -> None:
    tone, tint = ground()
    threads(tone, tint, way([(5.0, 30.0), (45.0, 30.0), (80.0, 10.0)]), HUE)
    assert tone.max() <= 20000
    assert tone[30, 44] > 17000


def test_a_thread_turned_by_a_quarter_is_the_same_picture() -> None:
    lying, standing = ground(64, 64), ground(64, 64)
    points = [(6.0, 12.0), (30.0, 21.0), (57.0, 15.0)]
    threads(*lying, way(points), HUE)
    threads(*standing, way([(y, x) for x, y in points]), HUE)
    assert np.abs(lying[0].astype(int) - standing[0].T).max() <= 2


@pytest.mark.parametrize("shift", [(-200.0, 0.0), (200.0, 0.0), (0.0, -200.0), (0.0, 200.0)])
def test_what_lies_outside_the_frame_is_not_drawn(shift: tuple[float, float]) -> None:
    tone, tint = ground()
    spot = np.array([[40.0 + shift[0], 30.0 + shift[1], 12.0, 20000.0]], np.float32)
    threads(tone, tint, way([(10.0 + shift[0], 20.0 + shift[1]), (50.0 + shift[0], 25.0)]), HUE)
    tone[:] = 0
    lenses(tone, tint, spot, HUE)
    assert tone.max() == 0


def test_points_in_one_place_and_dark_threads_draw_nothing() -> None:
    tone, tint = ground()
    threads(tone, tint, way([(20.0, 20.0), (20.0, 20.0), (20.0, 20.0)]), HUE)
    dark = way([(5.0, 20.0), (85.0, 41.0)])
    dark[:, :, 3] = 0.0
    threads(tone, tint, dark, HUE)
    lenses(tone, tint, np.array([[20.0, 20.0, 9.0, 0.0]], np.float32), HUE)
    assert tone.max() == 0


def test_a_light_out_of_focus_is_a_disc_with_a_brighter_rim() -> None:
    tone, tint = ground()
    lenses(tone, tint, np.array([[48.0, 32.0, 20.0, 20000.0]], np.float32), HUE)
    assert tone[32, 65] > tone[32, 48] > 10000
    assert tone[32, 74] == 0
    assert tint[16, 24] > 25000


def test_a_light_moved_by_part_of_a_pixel_keeps_its_amount() -> None:
    sums = []
    for x in (48.0, 48.3, 48.7):
        tone, tint = ground()
        lenses(tone, tint, np.array([[x, 32.0, 6.0, 20000.0]], np.float32), HUE)
        sums.append(float(tone.astype(float).sum()))
    assert max(sums) / min(sums) < 1.01


def test_blooms_add_light_and_hue_around_their_place() -> None:
    x, y = (
        np.linspace(-1, 1, 41, dtype=np.float32),
        np.linspace(-0.5, 0.5, 21, dtype=np.float32),
    )
    light, hued = np.zeros((21, 41), np.float32), np.zeros((21, 41), np.float32)
    spots = np.array([[0.5, 0.0, 0.3, 0.8, 0.25], [5.0, 5.0, 0.3, 0.8, 1.0]], np.float32)
    blooms((light, hued), (x, y), spots)
    assert light.argmax() == np.ravel_multi_index((10, 30), light.shape)
    assert light[10, 30] == pytest.approx(0.8, abs=1e-3)
    assert hued[10, 30] / light[10, 30] == pytest.approx(0.25)
    assert light[10, 5] == 0.0
