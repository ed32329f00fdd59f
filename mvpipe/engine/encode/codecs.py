"""Which encoders the installed FFmpeg really has, and which very ones they are."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from fractions import Fraction

import av
from av.codec.codec import UnknownCodecError
from av.video.codeccontext import VideoCodecContext

from mvpipe.engine.encode.settings import SETTINGS, VideoFormat, x264_options
from mvpipe.model.canonical import Digest

NEEDED = ("libx264", "aac")


def libavcodec() -> tuple[int, ...]:
    """Return the version of the decoder library, such as (62, 28, 102)."""
    return tuple(av.library_versions["libavcodec"])


def encoders() -> Mapping[str, bool]:
    """Return for each encoder that mvpipe needs whether it is there."""
    return {name: _there(name) for name in NEEDED}


def _there(name: str) -> bool:
    try:
        av.Codec(name, "w")
    except UnknownCodecError:
        return False
    return True


def encoder_of(video: VideoFormat) -> dict[str, object]:
    """Return, as JSON data, all of this encoder that can change the bytes of a video.

    The mark is the digest of a little grey picture as x264 packs it: into every stream it
    writes its own version and each of its settings.
    """
    options = x264_options(SETTINGS[video.quality], fps=video.fps)
    versions = {name: list(found) for name, found in av.library_versions.items()}
    return {"options": options, "versions": versions, "mark": _mark(options)}


def _mark(options: Mapping[str, str]) -> Digest:
    context = av.CodecContext.create("libx264", "w")
    assert isinstance(context, VideoCodecContext)  # noqa: S101 - it is a video encoder
    context.width = context.height = 64
    context.pix_fmt, context.time_base = "yuv420p", Fraction(1, 30)
    context.thread_count = 1
    context.options = dict(options)
    grey = av.VideoFrame(64, 64, "yuv420p")
    for plane in grey.planes:
        plane.update(bytes([128]) * plane.buffer_size)
    grey.pts = 0
    packets = [*context.encode(grey), *context.encode(None)]
    return Digest(hashlib.sha256(b"".join(map(bytes, packets))).hexdigest())
