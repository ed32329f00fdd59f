from __future__ import annotations

import numpy as np
import pytest

from mvpipe.engine.planes import Planes, blank
from mvpipe.engine.scenes.colour import yuv_of
from mvpipe.engine.scenes.stamps import MOST_CHARACTERS, Box, safe_area, stamp
from mvpipe.engine.scenes.type import draw_titles, entrance, opacities
from mvpipe.model.media import Size
from mvpipe.model.timeline import Title, TitlePosition

SIZES = (Size(640, 360), Size(360, 640), Size(480, 480))
TEXTS = (
    "A",
    "Midnight Drive",
    "and every light along the river knows the words we never said " * 4,
    "Donaudampfschifffahrtsgesellschaftskapitänsmützenabzeichen",
    "午夜飞行，城市的光在雨里慢慢醒来，" * 6,
    "one\ntwo\nthree\nfour\nfive\nsix",
    "x" * 900,
)
HELD = 1500


def _title(text: str = "Midnight Drive", **options: object) -> Title:
    return Title(0, 3000, text, **options)  # type: ignore[arg-type]  # a test's shorthand


def _drawn(
    title: Title, *, size: Size = SIZES[0], at_ms: int = HELD, luma: int = 120
) -> Planes:
    planes = blank(size)
    planes.y[:] = luma
    draw_titles(planes, (title,), at_ms=at_ms)
    return planes


def _ink_box(title: Title, size: Size) -> Box:
    """Return where white letters brightened a grey frame at the very end, fully grown."""
    planes = _drawn(title, size=size, at_ms=2999)
    rows, columns = np.nonzero(planes.y > 140)
    return Box(float(columns.min()), float(rows.min()), float(columns.max()), float(rows.max()))


@pytest.mark.parametrize("size", SIZES, ids=str)
@pytest.mark.parametrize("position", list(TitlePosition))
@pytest.mark.parametrize("text", TEXTS, ids=lambda text: text[:12])
def test_letters_stand_inside_the_safe_area(
    text: str, position: TitlePosition, size: Size
) -> None:
    area = safe_area(size)
    box = _ink_box(_title(text, position=position, fade_ms=0), size)
    assert area.left - 2 <= box.left
    assert box.right <= area.right + 2
    assert area.top - 2 <= box.top
    assert box.bottom <= area.bottom + 2


@pytest.mark.parametrize("size", SIZES, ids=str)
def test_a_large_scale_is_held_by_the_safe_area_too(size: Size) -> None:
    box = _ink_box(_title(scale=5.0, fade_ms=0), size)
    assert box.right - box.left <= safe_area(size).width + 2


def test_titles_stand_where_they_are_asked_to() -> None:
    size = SIZES[0]
    boxes = {p: _ink_box(_title(position=p, fade_ms=0), size) for p in TitlePosition}
    middle = (boxes[TitlePosition.CENTRE].top + boxes[TitlePosition.CENTRE].bottom) / 2
    assert abs(middle - size.height / 2) < 12
    assert boxes[TitlePosition.TOP].bottom < size.height * 0.3
    assert boxes[TitlePosition.BOTTOM].top > size.height * 0.7
    assert boxes[TitlePosition.LOWER_LEFT].left < size.width * 0.1
    assert boxes[TitlePosition.LOWER_LEFT].top > size.height * 0.6


@pytest.mark.parametrize("at_ms", [-1, 3000, 9000])
def test_nothing_is_drawn_outside_its_time(at_ms: int) -> None:
    assert (_drawn(_title(), at_ms=at_ms).y == 120).all()


@pytest.mark.parametrize("text", ["", " \n ", "\x1b\u202e", "😀"])
def test_text_without_drawable_characters_draws_nothing(text: str) -> None:
    assert (_drawn(_title(text)).y == 120).all()


def test_hostile_text_is_drawn_as_it_stands() -> None:
    plain = _drawn(_title("drawtext=text='%{pts}':x=0;[in]{\\p1}"))
    escaped = _drawn(_title("drawtext=\x1b\u202etext='%{pts}':x=0;[in]{\\p1}\x07"))
    assert (plain.y > 200).any()
    assert (plain.y == escaped.y).all()


def test_a_title_brightens_as_it_comes_and_dims_as_it_goes() -> None:
    light = [int((_drawn(_title(), at_ms=t).y > 180).sum()) for t in (0, 100, 250, 500)]
    assert light[0] == 0
    assert light == sorted(light)
    gone = [int((_drawn(_title(), at_ms=t).y > 180).sum()) for t in (2500, 2750, 2950)]
    assert gone[0] > gone[1] > gone[2]


def test_the_sweep_begins_at_the_left() -> None:
    columns = opacities(entrance(_title(), at_ms=160), columns=100)
    assert columns[0] > 0.8
    assert columns[-1] < 0.1
    assert (np.diff(columns) <= 0).all()


def test_without_a_fade_a_title_is_there_at_once() -> None:
    step = entrance(_title(fade_ms=0), at_ms=0)
    assert (opacities(step, columns=10) == 1).all()
    assert step.sunk == 0


def test_fades_longer_than_the_title_share_its_time() -> None:
    step = entrance(Title(0, 400, "a", fade_ms=5000), at_ms=200)
    assert step.shown == 1
    assert step.left == 1


def test_a_shadow_darkens_around_light_letters_and_lightens_around_dark_ones() -> None:
    assert _drawn(_title(fade_ms=0)).y.min() < 100
    assert _drawn(_title(colour="#101010", fade_ms=0)).y.max() > 140


def test_colour_goes_into_all_three_planes() -> None:
    planes = _drawn(_title(colour="#ff0000", fade_ms=0), luma=16)
    wanted = yuv_of("#ff0000")
    assert planes.y.max() == wanted.y
    assert planes.u.min() <= wanted.u + 2
    assert planes.v.max() >= wanted.v - 2


@pytest.mark.parametrize(
    ("colour", "luma"), [("#000000", 16), ("#ffffff", 235), ("#00ff00", 173)]
)
def test_written_colours_become_bt709_levels(colour: str, luma: int) -> None:
    assert yuv_of(colour).y == luma


def test_masks_are_the_same_whenever_they_are_drawn() -> None:
    first = stamp("Same 同", TitlePosition.CENTRE, 1.0, SIZES[0])
    stamp.cache_clear()
    second = stamp("Same 同", TitlePosition.CENTRE, 1.0, SIZES[0])
    assert first is not None
    assert second is not None
    assert first is not second
    assert first.ink.tobytes() == second.ink.tobytes()
    assert first.shade.tobytes() == second.shade.tobytes()


def test_a_frame_with_a_title_is_the_same_every_time() -> None:
    one, other = _drawn(_title(), at_ms=333), _drawn(_title(), at_ms=333)
    assert all(
        (a == b).all() for a, b in ((one.y, other.y), (one.u, other.u), (one.v, other.v))
    )


def test_endless_text_ends_in_an_ellipsis() -> None:
    longest = "ab " * (MOST_CHARACTERS // 3)
    one = stamp(longest + "ab" * 50, TitlePosition.CENTRE, 1.0, SIZES[0])
    other = stamp(longest + "ab" * 90, TitlePosition.CENTRE, 1.0, SIZES[0])
    assert one is not None
    assert other is not None
    assert (one.ink == other.ink).all()
