"""Whether a finished MP4 is what was promised, found out by opening it again."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
from av.audio.stream import AudioStream
from av.container import InputContainer
from av.video.stream import VideoStream

from mvpipe.engine.encode.audio import RATE_HZ
from mvpipe.engine.encode.settings import VideoFormat
from mvpipe.engine.encode.video import BT709, LIMITED, planes_of
from mvpipe.errors import RenderFailed

_LIT = 32
"""A frame with no luma above this is called black; black itself is 16."""


@dataclass(frozen=True, slots=True)
class Promise:
    """What the MP4 must hold: a video format, so many frames, so many samples of sound."""

    video: VideoFormat
    frames: int
    samples: int


def verify(path: Path, promise: Promise) -> tuple[str, ...]:
    """Return what a person should know of the video: nothing, or that it starts in the dark.

    Raises RenderFailed, with everything that differs, for a video that is not what was
    promised. Safe to repeat.
    """
    try:
        wrong = tuple(_differences(path, promise))
        dark = not wrong and _starts_black(path)
    except (OSError, av.FFmpegError) as cause:
        raise RenderFailed(f"the finished video cannot be read again: {cause}") from cause
    if wrong:
        raise RenderFailed(f"the finished video is not as promised: {'; '.join(wrong)}")
    return ("the first frame is black, and so will be the thumbnail",) if dark else ()


def boxes(path: Path) -> tuple[str, ...]:
    """Return the names of the MP4's outermost boxes, in order. Raises OSError."""
    names = []
    with path.open("rb") as file:
        at, size = 0, path.stat().st_size
        while at + 8 <= size:
            file.seek(at)
            length, name = struct.unpack(">I4s", file.read(8))
            names.append(name.decode("latin-1"))
            at += max(8, struct.unpack(">Q", file.read(8))[0] if length == 1 else length)
    return tuple(names)


def _differences(path: Path, promise: Promise) -> Iterator[str]:
    if boxes(path)[:2] != ("ftyp", "moov"):
        yield "its index is not at the front"
    with _read(path) as container:
        kinds = [stream.type for stream in container.streams]
        if kinds != ["video", "audio"]:
            yield f"it holds {kinds}"
            return
        video, audio = container.streams.video[0], container.streams.audio[0]
        yield from _unlike(_facts(video, audio), _wanted(promise))
        lengths = [_seconds(video), _seconds(audio)]
    if max(lengths) - min(lengths) >= Fraction(1, promise.video.fps):
        yield f"picture and sound last {' and '.join(f'{float(s):.3f} s' for s in lengths)}"


def _unlike(found: dict[str, str], wanted: dict[str, str]) -> Iterator[str]:
    for what, value in wanted.items():
        if found[what] != value:
            yield f"{what} {found[what]}, not {value}"


def _facts(video: VideoStream, audio: AudioStream) -> dict[str, str]:
    picture, sound = video.codec_context, audio.codec_context
    colours = picture.color_primaries, picture.color_trc, picture.colorspace
    return {
        "picture": f"{picture.name} {picture.profile} {picture.pix_fmt}",
        "size": f"{picture.width}x{picture.height}",
        "colours": f"{colours} range {picture.color_range}",
        "frame rate": str(video.average_rate),
        "frames": str(video.frames),
        "sound": f"{sound.name} {sound.profile} {sound.sample_rate} Hz {sound.layout.name}",
        "samples": str(audio.duration),
    }


def _wanted(promise: Promise) -> dict[str, str]:
    return {
        "picture": "h264 High yuv420p",
        "size": str(promise.video.size),
        "colours": f"{(BT709, BT709, BT709)} range {LIMITED}",
        "frame rate": str(promise.video.fps),
        "frames": str(promise.frames),
        "sound": f"aac LC {RATE_HZ} Hz stereo",
        "samples": str(promise.samples),
    }


def _seconds(stream: VideoStream | AudioStream) -> Fraction:
    return (stream.duration or 0) * (stream.time_base or Fraction(0))


def _starts_black(path: Path) -> bool:
    with _read(path) as container:
        first = next(container.decode(video=0))
        return bool(planes_of(first).y.max() < _LIT)


def _read(path: Path) -> InputContainer:
    return av.open(f"file:{path}", format="mp4", options={"protocol_whitelist": "file"})
