"""What is special to sparks, kaleidoscope and halo; test_painter has what all scenes share."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from mvpipe.engine.planes import Planes, blank
from mvpipe.engine.scenes.feel import Feel
from mvpipe.engine.scenes.kaleidoscope import unfold
from mvpipe.engine.scenes.palettes import PALETTES
from mvpipe.engine.scenes.registry import SCENES
from mvpipe.engine.scenes.scene import Moment
from mvpipe.model.media import Size
from mvpipe.model.timeline import Grade, Shot
from tests.scores import score

SIZE = Size(256, 144)
FEEL = Feel(score(), 30)
BEAT = 285  # a frame in the drop on which a beat falls


def shot(scene: str, variant: int = 0) -> Shot:
    grade = Grade(vignette=0.0, grain=0.0)
    return Shot(0, 20000, scene, PALETTES[0].palette, 5, variant=variant, grade=grade)


def drawn(of: Shot, moment: Moment, size: Size = SIZE) -> Planes:
    planes = blank(size)
    SCENES[of.scene].draw(planes, moment, of, {})
    return planes


@pytest.mark.parametrize("variant", [0, 1, 2])
@pytest.mark.parametrize("size", [SIZE, Size(130, 74), Size(74, 130)])
def test_a_kaleidoscope_is_its_own_mirror_image(variant: int, size: Size) -> None:
    of = shot("kaleidoscope", variant)
    luma = drawn(of, FEEL.moment(BEAT, of), size).y.astype(int)
    for image in (luma[::-1], luma[:, ::-1]):
        assert np.abs(luma - image).max() <= 1  # the dither is not mirrored


@pytest.mark.parametrize(("height", "width"), [(8, 12), (7, 9), (6, 5)])
def test_a_quarter_unfolds_into_a_symmetric_whole(height: int, width: int) -> None:
    part = np.arange(4 * 7, dtype=np.uint16).reshape(4, 7)[: height - height // 2]
    part = np.ascontiguousarray(part[:, : width - width // 2])
    whole = np.empty((height, width), np.uint16)
    unfold(part, out=whole)
    assert np.array_equal(whole, whole[::-1])
    assert np.array_equal(whole, whole[:, ::-1])
    assert np.array_equal(whole[height // 2 :, width // 2 :], part)


@pytest.mark.parametrize("variant", [0, 1, 2])
def test_a_halo_leaves_its_middle_calm_for_a_title(variant: int) -> None:
    of = shot("halo", variant)
    luma = drawn(of, FEEL.moment(BEAT, of)).y
    middle = luma[50:94, 106:150]
    assert middle.max() < 50
    assert middle.std() < 4.0
    assert luma.max() > 140


def test_a_halo_rises_where_the_spectrum_is_loud() -> None:
    of = shot("halo", 0)
    now = FEEL.moment(BEAT, of)
    quiet = np.full(32, 0.1, np.float32)
    loud = quiet.copy()
    loud[26:] = 0.9
    treble = drawn(of, replace(now, spectrum=loud)).y.astype(int)
    change = treble - drawn(of, replace(now, spectrum=quiet)).y
    assert change[:30].mean() > 3 * abs(change[-30:].mean())


def test_a_firework_opens_on_its_beat() -> None:
    of = shot("sparks", 0)
    sky = [drawn(of, FEEL.moment(BEAT + k, of)).y[:100].astype(int) for k in (-1, 0, 1)]
    assert (sky[2] - sky[0]).max() > 60


def test_bursts_fall_and_die_when_the_beats_end() -> None:
    of = shot("sparks", 2)
    now = FEEL.moment(BEAT, of)
    quiet = replace(now, energy=0.0)
    assert drawn(of, now).y.mean() > drawn(of, quiet).y.mean()


def test_a_song_without_beats_still_has_sparks() -> None:
    of = shot("sparks", 0)
    still = Feel(score(beats=False), 30).moment(100, of)
    assert drawn(of, still).y.std() > 2.0


def test_embers_glow_from_below() -> None:
    of = shot("sparks", 1)
    luma = drawn(of, FEEL.moment(BEAT, of)).y.astype(int)
    assert luma[-40:].mean() > luma[:40].mean() + 5


@pytest.mark.parametrize("scene", ["sparks", "kaleidoscope", "halo"])
def test_motion_off_the_beat_is_gentle(scene: str) -> None:
    of = shot(scene)
    one = drawn(of, FEEL.moment(BEAT + 10, of)).y.astype(int)
    other = drawn(of, FEEL.moment(BEAT + 11, of)).y.astype(int)
    assert 0.0 < np.abs(one - other).mean() < 8.0
