from __future__ import annotations

import io
import struct
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageCms

from mvpipe.engine.pictures import from_rgb, load_picture, save_image, save_png, to_rgb
from mvpipe.errors import DamagedMedia, MissingMedia, OutputError, UnsupportedMedia
from mvpipe.model.media import Size


def _saved(tmp_path: Path, image: Image.Image, name: str, **options: Any) -> Path:
    path = tmp_path / name
    image.save(path, **options)
    return path


def _photo(width: int = 64, height: int = 48) -> Image.Image:
    rows, columns = np.mgrid[0:height, 0:width]
    red, green = columns * 255 // width, rows * 255 // height
    return Image.fromarray(np.dstack([red, green, 200 - red // 2]).astype(np.uint8))


def _png_header(width: int, height: int) -> bytes:
    def chunk(kind: bytes, data: bytes) -> bytes:
        return (
            struct.pack(">I", len(data))
            + kind
            + data
            + struct.pack(">I", zlib.crc32(kind + data))
        )

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    body = chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"\0" * 100))
    return b"\x89PNG\r\n\x1a\n" + body + chunk(b"IEND", b"")


@pytest.mark.parametrize("name", ["a.png", "a.jpg", "a.webp"])
def test_every_accepted_format_comes_out_as_it_went_in(tmp_path: Path, name: str) -> None:
    path = _saved(tmp_path, _photo(), name, quality=95)
    difference = to_rgb(load_picture(path)).astype(int) - np.asarray(_photo())
    assert abs(difference).mean() < 3


def test_the_content_decides_and_not_the_name(tmp_path: Path) -> None:
    data = io.BytesIO()
    _photo().save(data, "PNG")
    path = tmp_path / "really-a-png.jpg"
    path.write_bytes(data.getvalue())
    assert load_picture(path).size == Size(64, 48)


@pytest.mark.parametrize("side", [7_000, 10_000, 20_000, 30_000])
def test_a_bomb_is_refused_by_its_header(tmp_path: Path, side: int) -> None:
    path = tmp_path / "bomb.png"
    path.write_bytes(_png_header(side, side))
    with pytest.raises(UnsupportedMedia, match=r"'bomb\.png' has more than 40 million pixels"):
        load_picture(path)


@pytest.mark.parametrize(
    "content",
    [
        b"just some words",
        b"",
        b"<svg xmlns='http://www.w3.org/2000/svg'/>",
        b"GIF89a" + b"\0" * 60,
    ],
)
def test_what_is_no_picture_is_refused_whatever_its_name(
    tmp_path: Path, content: bytes
) -> None:
    path = tmp_path / "words.jpg"
    path.write_bytes(content)
    with pytest.raises(UnsupportedMedia, match=r"'words\.jpg' is not a JPEG, PNG or WebP"):
        load_picture(path)


@pytest.mark.parametrize(("name", "keep"), [("a.png", 0.5), ("a.jpg", 0.5), ("a.webp", 0.5)])
def test_a_truncated_picture_is_called_damaged(tmp_path: Path, name: str, keep: float) -> None:
    path = _saved(tmp_path, _photo(640, 480), name)
    data = path.read_bytes()
    path.write_bytes(data[: int(len(data) * keep)])
    with pytest.raises(DamagedMedia, match="is a damaged picture"):
        load_picture(path)


def test_a_picture_that_is_not_there_or_a_folder_is_missing(tmp_path: Path) -> None:
    for path in (tmp_path / "none.png", tmp_path):
        with pytest.raises(MissingMedia, match="cannot be read"):
            load_picture(path)


def test_a_damaged_header_is_a_sentence_and_no_traceback(tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + b"\0\0\0\rIHDRxxxx")
    with pytest.raises((DamagedMedia, UnsupportedMedia)):
        load_picture(path)


def test_sixteen_bit_greys_keep_their_middle(tmp_path: Path) -> None:
    levels = np.linspace(0, 65535, 64 * 16).reshape(16, 64).astype(np.uint16)
    path = _saved(tmp_path, Image.fromarray(levels), "deep.png")
    assert np.allclose(to_rgb(load_picture(path))[..., 0], levels / 257, atol=2)


def test_a_palette_picture_keeps_its_colours(tmp_path: Path) -> None:
    path = _saved(tmp_path, _photo().quantize(16), "few.png")
    wanted = np.asarray(_photo().quantize(16).convert("RGB"))
    assert abs(to_rgb(load_picture(path)).astype(int) - wanted).mean() < 6


@pytest.mark.parametrize("mode", ["RGBA", "LA", "P"])
def test_see_through_parts_lie_over_black(tmp_path: Path, mode: str) -> None:
    clear = Image.new("RGBA", (16, 16), (255, 255, 255, 0))
    image = clear.convert(mode) if mode != "P" else Image.new("P", (16, 16), 3)
    path = _saved(tmp_path, image, "clear.png", **({"transparency": 3} if mode == "P" else {}))
    assert to_rgb(load_picture(path)).max() == 0


@pytest.mark.parametrize("mode", ["1", "L"])
def test_pictures_without_colour_stay_so(tmp_path: Path, mode: str) -> None:
    planes = load_picture(_saved(tmp_path, _photo().convert(mode), "grey.png"))
    assert (planes.u == 128).all()
    assert (planes.v == 128).all()


def test_a_cmyk_jpeg_becomes_rgb(tmp_path: Path) -> None:
    path = _saved(tmp_path, Image.new("CMYK", (32, 32), (0, 255, 255, 0)), "print.jpg")
    red, green, blue = to_rgb(load_picture(path))[16, 16]
    assert red > 180
    assert green < 80
    assert blue < 80


def test_an_embedded_profile_is_honoured_and_a_broken_one_ignored(tmp_path: Path) -> None:
    srgb = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    good = _saved(tmp_path, _photo(), "good.png", icc_profile=srgb)
    broken = _saved(tmp_path, _photo(), "broken.png", icc_profile=b"not a profile" * 20)
    first, second = load_picture(good), load_picture(broken)
    assert abs(first.y.astype(int) - second.y).max() <= 2


def test_a_profile_of_another_kind_of_picture_is_ignored(tmp_path: Path) -> None:
    lab = ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB")).tobytes()
    path = _saved(tmp_path, _photo(), "lab.png", icc_profile=lab)
    assert load_picture(path).size == Size(64, 48)


def test_exif_turns_the_picture(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    image = Image.new("RGB", (64, 32), "black")
    image.paste("white", (0, 0, 32, 32))
    planes = load_picture(_saved(tmp_path, image, "turned.jpg", exif=exif))
    assert planes.size == Size(32, 64)
    assert planes.y[:24].min() > 200
    assert planes.y[40:].max() < 40


@pytest.mark.parametrize(
    ("size", "wanted"),
    [((5120, 2000), Size(2560, 1000)), ((33, 17), Size(32, 16)), ((1, 1), Size(2, 2))],
)
def test_sizes_are_bounded_and_even(
    tmp_path: Path, size: tuple[int, int], wanted: Size
) -> None:
    planes = load_picture(_saved(tmp_path, Image.new("RGB", size, "navy"), "a.png"))
    assert planes.size == wanted
    assert planes.u.shape == (wanted.height // 2, wanted.width // 2)


def test_black_and_white_are_limited_range() -> None:
    planes = from_rgb(
        np.stack([np.zeros((2, 2, 3)), np.full((2, 2, 3), 255)])
        .reshape(4, 2, 3)
        .astype(np.uint8)
    )
    assert set(planes.y.ravel()) == {16, 235}
    assert set(planes.u.ravel()) | set(planes.v.ravel()) == {128}


@given(st.tuples(*[st.integers(0, 255)] * 3))
def test_a_flat_colour_survives_both_ways(colour: tuple[int, int, int]) -> None:
    flat = np.full((4, 6, 3), colour, np.uint8)
    assert abs(to_rgb(from_rgb(flat)).astype(int) - flat).max() <= 3


def test_a_png_is_written_whole_or_not_at_all(tmp_path: Path) -> None:
    rgb = np.asarray(_photo())
    save_png(rgb, tmp_path / "a.png")
    assert (np.asarray(Image.open(tmp_path / "a.png")) == rgb).all()
    with pytest.raises(OutputError, match=r"b\.png' cannot be written"):
        save_image(_photo(), tmp_path / "nowhere" / "b.png")
    assert [path.name for path in tmp_path.iterdir()] == ["a.png"]
