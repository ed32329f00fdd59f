"""The one door for the user's pictures: files in, planes out; and planes out as PNG files.

A picture is what its content says, never what its name says. Only JPEG, PNG and WebP are
opened, none above 40 million pixels, and whatever is wrong becomes one clear sentence.
"""

from __future__ import annotations

import io
import struct
import warnings
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageCms, ImageOps, UnidentifiedImageError

from mvpipe.disk import REAL, Files, whole_file
from mvpipe.engine.planes import Planes
from mvpipe.errors import DamagedMedia, MissingMedia, UnsupportedMedia

FORMATS = ("JPEG", "PNG", "WEBP")
MOST_PIXELS = 40_000_000
LONGEST = 2560

_MOST_PROFILE_BYTES = 4_000_000
_FOREIGN = (OSError, SyntaxError, ValueError, EOFError, IndexError, KeyError, TypeError)

Floats = NDArray[np.float32]


def load_picture(path: Path) -> Planes:
    """Return the picture as it is meant to be seen, at most 2560 pixels on its longer side.

    Turned as its EXIF says, in sRGB, see-through parts over black, sizes even. Raises
    MissingMedia, UnsupportedMedia or DamagedMedia. Safe to repeat.
    """
    with _opened(path) as image:
        _refuse_too_large(image, path)
        return from_rgb(np.asarray(_evened(_decoded(image, path))))


def from_rgb(rgb: NDArray[np.uint8]) -> Planes:
    """Return (h, w, 3) sRGB, both sizes even, as planes (ITU-R BT.709-6, limited range).

    Chroma is filtered 1-2-1 across and averaged down, so it stands where decoders expect it:
    over the left one of two luma pixels, halfway between two rows.
    """
    red, green, blue = (rgb[..., k].astype(np.float32) / np.float32(255) for k in range(3))
    luma = 0.2126 * red + 0.7152 * green + 0.0722 * blue
    return Planes(
        y=_levels(16 + 219 * luma, high=235),
        u=_levels(128 + 224 * _halved((blue - luma) / np.float32(1.8556)), high=240),
        v=_levels(128 + 224 * _halved((red - luma) / np.float32(1.5748)), high=240),
    )


def to_rgb(planes: Planes) -> NDArray[np.uint8]:
    """Return the frame as (h, w, 3) sRGB."""
    luma = (planes.y.astype(np.float32) - 16) / np.float32(219)
    u, v = (
        _doubled((plane.astype(np.float32) - 128) / np.float32(224))
        for plane in (planes.u, planes.v)
    )
    red, blue = luma + np.float32(1.5748) * v, luma + np.float32(1.8556) * u
    green = (luma - np.float32(0.2126) * red - np.float32(0.0722) * blue) / np.float32(0.7152)
    rgb: NDArray[np.uint8] = np.rint(np.clip(np.dstack([red, green, blue]), 0, 1) * 255).astype(
        np.uint8
    )
    return rgb


def save_png(rgb: NDArray[np.uint8], path: Path) -> None:
    """Write (h, w, 3) sRGB as a PNG, whole or not at all. Safe to repeat."""
    save_image(Image.fromarray(rgb), path)


def save_image(image: Image.Image, path: Path, *, files: Files = REAL) -> None:
    """Write an image as PNG, whole or not at all. Safe to repeat; raises OutputError."""
    with whole_file(path, files=files) as beside:
        image.save(beside, format="PNG", optimize=False, compress_level=6)


def _opened(path: Path) -> Image.Image:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            return Image.open(path, formats=FORMATS)
    except (Image.DecompressionBombWarning, Image.DecompressionBombError) as error:
        raise _too_large(path) from error
    except UnidentifiedImageError as error:
        raise UnsupportedMedia(
            f"'{path.name}' is not a JPEG, PNG or WebP picture",
            hint="Save it as one of these; its name alone does not count.",
        ) from error
    except (FileNotFoundError, PermissionError, IsADirectoryError) as error:
        raise MissingMedia(
            f"'{path.name}' cannot be read: {(error.strerror or 'no access').lower()}",
            hint="Check the path and the file's permissions.",
        ) from error
    except (*_FOREIGN, struct.error) as error:
        raise _damaged(path) from error


def _refuse_too_large(image: Image.Image, path: Path) -> None:
    if image.width * image.height > MOST_PIXELS:
        raise _too_large(path)


def _decoded(image: Image.Image, path: Path) -> Image.Image:
    try:
        image.draft(None, (LONGEST, LONGEST))
        turned = ImageOps.exif_transpose(image)
        colours = _in_srgb(_eight_bits(turned))
        colours.thumbnail((LONGEST, LONGEST), Image.Resampling.LANCZOS, reducing_gap=3.0)
    except (*_FOREIGN, struct.error, Image.DecompressionBombError) as error:
        raise _damaged(path) from error
    return colours


def _eight_bits(image: Image.Image) -> Image.Image:
    """Scale 16-bit greys down; Pillow's own conversion would clip them to white."""
    if not image.mode.startswith("I"):
        return image
    levels = np.asarray(image).astype(np.uint32) >> 8
    return Image.fromarray(np.minimum(levels, 255).astype(np.uint8))


def _in_srgb(image: Image.Image) -> Image.Image:
    if image.has_transparency_data:
        seen = image.convert("RGBA")
        black = Image.new("RGBA", seen.size, (0, 0, 0, 255))
        flat = Image.alpha_composite(black, seen).convert("RGB")
        return _from_profile(flat, image.info.get("icc_profile"))
    if image.mode in {"P", "1"}:
        image = image.convert("RGB")
    return _from_profile(image, image.info.get("icc_profile"))


def _from_profile(image: Image.Image, profile: object) -> Image.Image:
    """Convert to sRGB by the embedded profile; one that is broken or foreign is ignored."""
    if not isinstance(profile, bytes) or not 0 < len(profile) <= _MOST_PROFILE_BYTES:
        return image.convert("RGB")
    try:
        converted = ImageCms.profileToProfile(
            image,
            ImageCms.ImageCmsProfile(io.BytesIO(profile)),
            ImageCms.createProfile("sRGB"),
            outputMode="RGB",
        )
    except (ImageCms.PyCMSError, OSError, ValueError):
        return image.convert("RGB")
    return converted or image.convert("RGB")


def _evened(image: Image.Image) -> Image.Image:
    """Cut off an odd last column or row; a side of one pixel is doubled."""
    width, height = image.width // 2 * 2, image.height // 2 * 2
    if width and height:
        return image.crop((0, 0, width, height))
    return image.resize((max(2, width), max(2, height)))


def _levels(values: Floats, *, high: int) -> NDArray[np.uint8]:
    rounded: NDArray[np.uint8] = np.rint(np.clip(values, 16, high)).astype(np.uint8)
    return rounded


def _halved(plane: Floats) -> Floats:
    rows = (plane[0::2] + plane[1::2]) * np.float32(0.5)
    here, right = rows[:, 0::2], rows[:, 1::2]
    left = np.concatenate([right[:, :1], right[:, :-1]], axis=1)
    filtered: Floats = here * np.float32(0.5) + (left + right) * np.float32(0.25)
    return filtered


def _doubled(plane: Floats) -> Floats:
    """Undo `_halved`: straight lines between samples, edges repeated."""
    right = np.concatenate([plane[:, 1:], plane[:, -1:]], axis=1)
    wide = np.stack([plane, (plane + right) * np.float32(0.5)], axis=2)
    wide = wide.reshape(plane.shape[0], -1)
    above = np.concatenate([wide[:1], wide[:-1]])
    below = np.concatenate([wide[1:], wide[-1:]])
    near, far = np.float32(0.75), np.float32(0.25)
    tall: Floats = np.stack([wide * near + above * far, wide * near + below * far], axis=1)
    return tall.reshape(-1, wide.shape[1])


def _too_large(path: Path) -> UnsupportedMedia:
    return UnsupportedMedia(
        f"'{path.name}' has more than {MOST_PIXELS // 1_000_000} million pixels",
        hint="Scale it down; more than 2560 pixels on a side are never used.",
    )


def _damaged(path: Path) -> DamagedMedia:
    return DamagedMedia(
        f"'{path.name}' is a damaged picture",
        hint="Open it in an image program and save it again.",
    )
