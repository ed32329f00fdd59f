"""What each preset means: where a video will be shown decides its size and quality."""

from __future__ import annotations

from dataclasses import dataclass

from mvpipe.model.media import Aspect, Quality, Size


@dataclass(frozen=True, slots=True)
class Preset:
    """What an export takes from its preset; `size` is None where the edit decides."""

    size: Size | None
    fps: int = 30
    quality: Quality = Quality.STANDARD


AUTO = "auto"
FULL_LINES = 1080
PRESETS: dict[str, Preset] = {
    AUTO: Preset(None),
    "youtube-1080p": Preset(Size(1920, 1080)),
    "youtube-720p": Preset(Size(1280, 720)),
    "shorts": Preset(Size(1080, 1920)),
    "reels": Preset(Size(1080, 1920)),
    "tiktok": Preset(Size(1080, 1920)),
    "square": Preset(Size(1080, 1080)),
    "draft": Preset(Size(640, 360), quality=Quality.DRAFT),
}


def sized(preset: Preset, *, aspect: Aspect | None, size: Size | None) -> Size | None:
    """Return the size to render: the given one, else the preset's lines in the aspect."""
    if size is not None or aspect is None:
        return size or preset.size
    lines = min(preset.size.width, preset.size.height) if preset.size else FULL_LINES
    long = lines * 16 // 9 // 2 * 2
    return {
        Aspect.WIDE: Size(long, lines), Aspect.TALL: Size(lines, long),
        Aspect.SQUARE: Size(lines, lines),
    }[aspect]  # fmt: skip


def aspect_of(size: Size) -> Aspect | None:
    """Return the named aspect of a size, or None where it has none of the three names."""
    for aspect in Aspect:
        width, height = map(int, aspect.value.split(":"))
        if size.width * height == size.height * width:
            return aspect
    return None
