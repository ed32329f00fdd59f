from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from mvpipe.engine.pictures import from_rgb
from mvpipe.engine.planes import Planes, blank
from mvpipe.engine.scenes.framing import focus_of, framed
from mvpipe.engine.scenes.image import Picture, camera_at
from mvpipe.engine.scenes.scene import Moment, Scene
from mvpipe.engine.scenes.warp import Light, View, even_light, full_cover, warp
from mvpipe.errors import RenderFailed
from mvpipe.model.media import Size
from mvpipe.model.music import SectionKind
from mvpipe.model.timeline import Palette, Shot

WIDE, TALL, SQUARE = Size(320, 180), Size(180, 320), Size(180, 180)
PALETTE = Palette("dusk", ("#0a0420", "#b3157e", "#fff3c4"))
SHOT = Shot(0, 4000, "picture", PALETTE, 5, media="p")
CALM = Moment(
    time_s=1.0, shot_s=1.0, progress=0.25, travel=0.5, beat=2.0, bar=0.5, pulse=0.0, accent=0.0,
    kick=0.0, snare=0.0, hat=0.0, bass=0.0, mid=0.0, treble=0.0, energy=0.8, rise=0.0,
    section=SectionKind.DROP, spectrum=np.zeros(32, np.float32),
)  # fmt: skip
CENTRE = (0.5, 0.5)


def _picture(width: int, height: int) -> Planes:
    """Return a picture with soft waves and one rich, bright spot right of the middle."""
    rows, columns = np.mgrid[0:height, 0:width]
    waves = 110 + 60 * np.sin(columns / 9) * np.cos(rows / 7)
    spot = np.exp(-((columns - width * 0.7) ** 2 + (rows - height * 0.4) ** 2) / width)
    rgb = np.dstack([waves + 100 * spot, waves, 160 - 0.4 * waves])
    return from_rgb(rgb.clip(0, 255).astype(np.uint8))


def _drawn(size: Size, picture: Planes, moment: Moment = CALM, shot: Shot = SHOT) -> Planes:
    planes = blank(size)
    planes.y[:] = 255
    planes.u[:], planes.v[:] = 1, 1
    Picture().draw(planes, moment, shot, {"p": picture})
    return planes


PICTURES = {
    "wide": _picture(480, 320),
    "tall": _picture(320, 480),
    "square": _picture(300, 300),
}


def test_the_picture_is_a_scene() -> None:
    scene: Scene = Picture()
    assert scene.card.needs_media


@pytest.mark.parametrize("size", [WIDE, TALL, SQUARE], ids=str)
@pytest.mark.parametrize("name", PICTURES)
def test_every_pixel_is_filled_within_limits(name: str, size: Size) -> None:
    planes = _drawn(size, PICTURES[name])
    assert planes.y.min() >= 16
    assert planes.y.max() <= 235
    for plane in (planes.u, planes.v):
        assert plane.min() >= 16
        assert plane.max() <= 240


def test_the_same_moment_is_the_same_frame() -> None:
    one, other = _drawn(WIDE, PICTURES["wide"]), _drawn(WIDE, PICTURES["wide"])
    assert (one.y == other.y).all()
    assert (one.u == other.u).all()


def test_a_picture_of_like_shape_fills_the_frame_and_another_is_fitted() -> None:
    colours = PALETTE.colours
    assert framed(PICTURES["wide"], size=WIDE, colours=colours).back is None
    assert framed(PICTURES["square"], size=TALL, colours=colours).back is None
    fitted = framed(PICTURES["wide"], size=TALL, colours=colours)
    assert fitted.back is not None
    assert fitted.rest[0] == 0
    assert fitted.rest[1] > 40
    upright = framed(PICTURES["tall"], size=WIDE, colours=colours)
    assert upright.rest[1] == 0
    assert upright.rest[0] > 40


@pytest.mark.parametrize(("name", "size"), [("wide", TALL), ("tall", WIDE)])
def test_behind_a_fitted_picture_it_is_darker_and_softer(name: str, size: Size) -> None:
    planes = _drawn(size, PICTURES[name]).y.astype(int)
    middle = planes[size.height // 2 - 20 : size.height // 2 + 20, size.width // 2 - 20 :]
    middle, corner = middle[:, :40], planes[:40, :40]
    assert corner.mean() < middle.mean() - 20
    assert abs(np.diff(corner, axis=1)).mean() < abs(np.diff(middle, axis=1)).mean()


def test_the_focus_lies_where_the_detail_is() -> None:
    rng = np.random.default_rng(1)
    rgb = np.full((200, 300, 3), 90, np.uint8)
    rgb[40:100, 200:280] = rng.integers(0, 255, (60, 80, 3))
    x, y = focus_of(from_rgb(rgb))
    assert 0.6 < x < 0.9
    assert 0.2 < y < 0.5


def test_a_plain_picture_has_its_focus_in_the_middle() -> None:
    assert focus_of(blank(Size(64, 48))) == pytest.approx(CENTRE)


def test_the_camera_moves_slowly_and_without_jumps() -> None:
    steps = [
        camera_at(replace(CALM, progress=t), SHOT, focus=CENTRE) for t in np.linspace(0, 1, 121)
    ]
    for name in ("zoom", "x", "y"):
        moves = abs(np.diff([getattr(step, name) for step in steps]))
        assert moves.max() < 0.002


def test_neighbouring_variants_move_another_way() -> None:
    def move(variant: int) -> tuple[float, float]:
        shot = replace(SHOT, variant=variant)
        ends = [camera_at(replace(CALM, progress=t), shot, focus=CENTRE) for t in (0.0, 1.0)]
        return round(ends[1].zoom - ends[0].zoom, 3), round(ends[1].x - ends[0].x, 3)

    moves = {move(variant) for variant in range(4)}
    assert len(moves) == 4
    assert {zoom > 0 for zoom, _ in moves} == {True, False}
    assert {x > 0 for _, x in moves} == {True, False}


def test_a_beat_leans_in_by_a_few_percent_and_more_when_asked() -> None:
    struck = replace(CALM, pulse=1.0, kick=1.0)
    rest = camera_at(CALM, SHOT, focus=CENTRE).zoom
    lean = camera_at(struck, SHOT, focus=CENTRE).zoom / rest - 1
    assert 0.02 < lean < 0.045
    assert camera_at(replace(struck, energy=0.1), SHOT, focus=CENTRE).zoom / rest - 1 < lean


def test_only_loud_kicks_shake() -> None:
    loud = camera_at(replace(CALM, kick=1.0, energy=1.0), SHOT, focus=CENTRE)
    quiet = camera_at(replace(CALM, kick=1.0, energy=0.5), SHOT, focus=CENTRE)
    assert (loud.shake_x, loud.shake_y) != (0, 0)
    assert abs(loud.shake_x) < 0.006
    assert (quiet.shake_x, quiet.shake_y) == (0, 0)


def test_a_downbeat_lifts_the_light() -> None:
    lit = _drawn(WIDE, PICTURES["wide"], replace(CALM, accent=1.0))
    assert lit.y.mean() > _drawn(WIDE, PICTURES["wide"]).y.mean() + 3


def test_a_small_picture_and_a_long_fast_shot_work() -> None:
    shot = replace(SHOT, end_ms=120_000, motion=2.0)
    for progress in (0.0, 1.0):
        planes = _drawn(WIDE, _picture(8, 6), replace(CALM, progress=progress), shot)
        assert planes.y.min() >= 16


@pytest.mark.parametrize("media", [None, "other"])
def test_a_picture_that_was_never_uploaded_is_one_sentence(media: str | None) -> None:
    with pytest.raises(RenderFailed, match="not among the uploaded"):
        _drawn(WIDE, PICTURES["wide"], shot=replace(SHOT, media=media))


def test_a_palette_leans_the_hues_towards_itself() -> None:
    grey = Planes(
        *(
            np.full(s, v, np.uint8)
            for s, v in (((180, 320), 120), ((90, 160), 128), ((90, 160), 128))
        )
    )
    red = replace(SHOT, palette=Palette("red", ("#200000", "#ff2010")))
    assert 130 < _drawn(WIDE, grey, shot=red).v.mean() < 150


def test_a_view_of_everything_at_its_own_size_is_the_picture() -> None:
    source = _picture(64, 48)
    planes = blank(Size(64, 48))
    view = View(scale=1.0, left=0.0, top=0.0)
    warp(
        planes, source, view=view, light=even_light(planes.size), cover=full_cover(planes.size)
    )
    assert (planes.y == source.y).all()
    assert (planes.u == source.u).all()


def test_a_shift_by_half_a_pixel_lies_between_two_pixels() -> None:
    source = blank(Size(32, 16))
    source.y[:] = np.arange(32, dtype=np.uint8) * 4 + 40
    planes = blank(Size(32, 16))
    view = View(scale=1.0, left=0.5, top=0.0)
    warp(
        planes, source, view=view, light=even_light(planes.size), cover=full_cover(planes.size)
    )
    assert (planes.y[:, :-1].astype(int) == source.y[:, :-1].astype(int) + 2).all()


def test_light_is_held_within_limits() -> None:
    source = blank(Size(32, 16))
    source.y[:] = 200
    planes = blank(Size(32, 16))
    light = Light(across=np.full(32, 5.0), down=np.ones(16))
    view = View(scale=1.0, left=0.0, top=0.0)
    warp(planes, source, view=view, light=light, cover=full_cover(planes.size))
    assert (planes.y == 235).all()


def test_what_is_not_covered_stays() -> None:
    planes = blank(WIDE)
    none = full_cover(WIDE)
    none.across[:] = 0
    source = PICTURES["wide"]
    view = View(scale=1.0, left=0.0, top=0.0)
    warp(planes, source, view=view, light=even_light(WIDE), cover=none)
    assert (planes.y == 16).all()
