from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest

from mvpipe.engine.planes import Planes, blank
from mvpipe.engine.scenes.painter import Painter
from mvpipe.engine.scenes.palettes import PALETTES
from mvpipe.engine.scenes.registry import CATALOGUE, SCENES
from mvpipe.model.media import Size
from mvpipe.model.timeline import (
    Grade,
    Shot,
    Timeline,
    Title,
    Track,
    TrackKind,
    Transition,
    TransitionKind,
)
from tests.scores import score

SMALL = Size(256, 144)
MUSIC = score()
DRAWN = [
    (name, variant)
    for name, scene in SCENES.items()
    for variant in range(scene.card.variants)
    if not scene.card.needs_media
]
each_scene = pytest.mark.parametrize(("scene", "variant"), DRAWN)


def shot(scene: str = "aurora", variant: int = 0) -> Shot:
    return Shot(0, 20000, scene, PALETTES[0].palette, 5, variant=variant)


def painter(*shots: Shot, size: Size = SMALL, titles: tuple[Title, ...] = ()) -> Painter:
    tracks = (Track(TrackKind.VIDEO, shots), Track(TrackKind.TITLE, titles))
    timeline = Timeline(20000, tracks)
    return Painter(timeline=timeline, music=MUSIC, size=size, fps=30, pictures={})


def painted(by: Painter, frame: int, size: Size = SMALL) -> Planes:
    planes = blank(size)
    by.paint(frame, planes)
    return planes


def same(one: Planes, other: Planes) -> bool:
    pairs = ((one.y, other.y), (one.u, other.u), (one.v, other.v))
    return all(np.array_equal(a, b) for a, b in pairs)


@each_scene
def test_a_frame_is_the_same_first_or_last(scene: str, variant: int) -> None:
    alone = painted(painter(shot(scene, variant)), 300)
    busy = painter(shot(scene, variant))
    for frame in (0, 301, 7):
        painted(busy, frame)
    assert same(painted(busy, 300), alone)


@each_scene
@pytest.mark.parametrize("size", [Size(128, 72), Size(72, 128), Size(96, 96), Size(130, 74)])
def test_every_pixel_of_every_plane_is_filled(scene: str, variant: int, size: Size) -> None:
    by = painter(shot(scene, variant), size=size)
    frames = []
    for junk in (0, 255):
        planes = blank(size)
        for plane in (planes.y, planes.u, planes.v):
            plane[:] = junk
        by.paint(290, planes)
        frames.append(planes)
    assert same(frames[0], frames[1])
    assert frames[0].y.min() >= 16
    assert frames[0].y.max() <= 235
    assert min(frames[0].u.min(), frames[0].v.min()) >= 16
    assert max(frames[0].u.max(), frames[0].v.max()) <= 240
    assert len(np.unique(frames[0].y)) > 40


@each_scene
def test_the_picture_moves_most_on_the_kick(scene: str, variant: int) -> None:
    by = painter(shot(scene, variant))
    frames = [painted(by, frame).y.astype(int) for frame in range(284, 300)]
    change = [float(np.abs(b - a).mean()) for a, b in pairwise(frames)]
    assert change[0] == max(change)  # frame 285 is a beat
    assert change[0] > 1.5 * sorted(change)[len(change) // 2]
    assert min(change) > 0.0


@each_scene
def test_the_whole_frame_never_jumps_by_a_tenth(scene: str, variant: int) -> None:
    by = painter(shot(scene, variant))
    means = [painted(by, frame).y.mean() for frame in range(236, 290)]
    assert np.abs(np.diff(means)).max() < 21.9


@each_scene
def test_a_scene_is_composed_otherwise_by_another_seed(scene: str, variant: int) -> None:
    one = painter(shot(scene, variant))
    other = painter(replace(shot(scene, variant), seed=6))
    assert not same(painted(one, 100), painted(other, 100))


@each_scene
@pytest.mark.slow
@pytest.mark.parametrize("size", [Size(1920, 1080), Size(1080, 1920), Size(1080, 1080)])
def test_full_sizes_are_filled(scene: str, variant: int, size: Size) -> None:
    planes = painted(painter(shot(scene, variant), size=size), 290, size)
    assert planes.y.min() >= 16
    assert planes.y.std() > 4.0


def test_cuts_change_the_scene_on_their_own_frame() -> None:
    first = replace(shot(), end_ms=1000)
    second = replace(shot("horizon"), start_ms=1000)
    both = painter(first, second)
    assert same(painted(both, 29), painted(painter(shot()), 29))
    assert same(painted(both, 30), painted(painter(replace(shot("horizon"))), 30))


def test_where_there_is_no_shot_the_frame_is_black() -> None:
    hole = painter(replace(shot(), start_ms=1000, end_ms=2000))
    assert same(painted(hole, 3), blank(SMALL))
    assert same(painted(hole, 70), blank(SMALL))


def test_the_last_frame_of_an_odd_length_is_not_black() -> None:
    timeline = Timeline(1010, (Track(TrackKind.VIDEO, (replace(shot(), end_ms=1010),)),))
    by = Painter(timeline=timeline, music=MUSIC, size=SMALL, fps=30, pictures={})
    assert by.frames == 31
    assert not same(painted(by, 30), blank(SMALL))


def _begun(kind: TransitionKind) -> Painter:
    begin = replace(shot("horizon"), start_ms=1000, transition=Transition(kind, 1000))
    return painter(replace(shot(), end_ms=1000), begin)


def test_a_cut_takes_no_time_whatever_its_length_says() -> None:
    assert same(painted(_begun(TransitionKind.CUT), 31), painted(painter(shot("horizon")), 31))


def test_a_dissolve_goes_from_the_one_to_the_other() -> None:
    by = _begun(TransitionKind.DISSOLVE)
    assert same(painted(by, 30), painted(painter(shot()), 30))
    new = painted(painter(shot("horizon")), 45).y.astype(int)
    old = painted(painter(shot()), 45).y.astype(int)
    assert np.abs(painted(by, 45).y - (new + old) / 2).max() <= 2
    assert same(painted(by, 60), painted(painter(shot("horizon")), 60))


def test_a_flash_is_brightest_on_the_cut_and_never_white() -> None:
    by, plain = _begun(TransitionKind.FLASH), painter(shot("horizon"))
    extra = [painted(by, f).y.mean() - painted(plain, f).y.mean() for f in (30, 40, 59)]
    assert extra[0] > extra[1] > extra[2] >= 0.0
    assert painted(by, 30).y.mean() < 160


def test_a_dip_is_black_in_its_middle_and_shows_both_sides() -> None:
    by = _begun(TransitionKind.DIP)
    assert same(painted(by, 45), blank(SMALL))
    assert same(painted(by, 30), painted(painter(shot()), 30))
    assert painted(by, 55).y.std() > 1.0


def test_the_first_shot_may_dissolve_out_of_black() -> None:
    by = painter(replace(shot(), transition=Transition(TransitionKind.DISSOLVE, 1000)))
    assert same(painted(by, 0), blank(SMALL))
    assert painted(by, 20).y.std() > 1.0


def test_a_title_is_drawn_over_the_picture() -> None:
    title = Title(0, 5000, "HELLO")
    assert not same(painted(painter(shot(), titles=(title,)), 60), painted(painter(shot()), 60))


def test_grain_moves_and_a_vignette_darkens_the_corners() -> None:
    grainy = replace(shot(), grade=Grade(grain=0.5, vignette=0.0))
    clean = replace(shot(), grade=Grade(vignette=0.0))
    dark = replace(shot(), grade=Grade(vignette=1.0))
    plain = painted(painter(clean), 60).y.astype(int)
    assert not np.array_equal(painted(painter(grainy), 60).y, plain)
    lost = plain - painted(painter(dark), 60).y
    assert lost[:4, :4].mean() > lost[70:74, 126:130].mean()


def test_a_pictures_grade_is_put_on_by_the_painter() -> None:
    picture = blank(Size(320, 180))
    picture.y[:] = np.arange(320, dtype=np.uint8) // 2 + 40
    picture.u[:, 80:] = 90
    natural = replace(shot("picture"), media="art", grade=Grade(vignette=0.0))

    def shown(grade: Grade) -> Planes:
        timeline = Timeline(20000, (Track(TrackKind.VIDEO, (replace(natural, grade=grade),)),))
        by = Painter(
            timeline=timeline, music=MUSIC, size=SMALL, fps=30, pictures={"art": picture}
        )
        return painted(by, 40)

    plain = shown(natural.grade)
    assert shown(Grade(brightness=0.5, vignette=0.0)).y.mean() > plain.y.mean() + 5
    assert shown(Grade(contrast=-0.9, vignette=0.0)).y.std() < plain.y.std()
    assert np.all(shown(Grade(saturation=-1.0)).u == 128)
    assert shown(Grade(vignette=1.0)).y[0, 0] < plain.y[0, 0]


def test_the_catalogue_lists_every_scene_with_words_in_both_languages() -> None:
    assert {card.name for card in CATALOGUE.scenes} == set(SCENES)
    assert len(DRAWN) >= 10
    for card in CATALOGUE.scenes:
        assert any(word.isascii() for word in card.words)
        assert any(not word.isascii() for word in card.words)
