"""What each quality asks of x264, whatever the machine."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from mvpipe.engine.encode.processor import assembly
from mvpipe.model.media import Quality, Size

GOP_SECONDS = 2
"""A keyframe at least this often: players seek to one, and long shots are split at one."""

_ALWAYS = {"8x8dct": "1", "scenecut": "0", "open-gop": "0"}


@dataclass(frozen=True, slots=True)
class VideoFormat:
    """Everything about a video but its pictures."""

    size: Size
    fps: int
    quality: Quality


@dataclass(frozen=True, slots=True)
class Settings:
    """x264's own words: a preset, a constant quality (lower is better) and what differs.

    `bits_per_pixel` is what busy pictures take, rounded up: for planning space only.
    """

    preset: str
    crf: int
    tuned: Mapping[str, str]
    bits_per_pixel: float = 0.12


# Measured by `python -m tests.bench.encoder`; its table is tests/bench/encoder.md.
SETTINGS: Mapping[Quality, Settings] = MappingProxyType(
    {
        # 360p looks at the cut: the least time that still packs well.
        Quality.DRAFT: Settings("ultrafast", 24, {"cabac": "1", "partitions": "i4x4,i8x8"}),
        # The picture of `veryfast` in half its time: ultrafast's motion search, and of the rest
        # only what pays: CABAC, intra blocks of every size (free, and worth 0.6 dB), a light
        # deblocking, quantisers that follow the picture's variance, three fixed B-frames and a
        # ten-frame macroblock tree.
        Quality.STANDARD: Settings(
            "ultrafast",
            22,
            {
                "cabac": "1",
                "partitions": "i4x4,i8x8",
                "deblock": "0,0",
                "aq-mode": "2",
                "bframes": "3",
                "b-adapt": "0",
                "rc-lookahead": "10",
                "mbtree": "1",
            },
        ),
        # `subme=1` saves a third of veryfast's time and costs nothing that can be seen.
        Quality.HIGH: Settings("veryfast", 20, {"subme": "1"}, 0.15),
        Quality.MASTER: Settings("medium", 17, {}, 0.3),
    }
)


def x264_options(settings: Settings, *, fps: int) -> dict[str, str]:
    """Return libx264's options: keyframes where we force them, and every two seconds at most.

    Scene-cut detection is off because the timeline knows its cuts, and GOPs are closed so that
    chunks can be joined. 8x8 transforms make it High profile. Colours are not said here: they
    are fields of the codec context.
    """
    params = {**settings.tuned, **_ALWAYS, **assembly(), "keyint": str(GOP_SECONDS * fps)}
    return {
        "preset": settings.preset,
        "crf": str(settings.crf),
        "forced-idr": "1",
        "x264-params": ":".join(f"{key}={value}" for key, value in params.items()),
    }
