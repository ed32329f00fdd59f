"""Frames in, one chunk file out: H.264 by one x264 thread, from the painter's own planes."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from av.video.codeccontext import VideoCodecContext
from av.video.frame import PictureType
from av.video.plane import VideoPlane
from av.video.stream import VideoStream

from mvpipe.disk import whole_file
from mvpipe.engine.encode.chunks import Chunk
from mvpipe.engine.encode.foreign import ffmpeg_errors
from mvpipe.engine.encode.settings import SETTINGS, Settings, VideoFormat, x264_options
from mvpipe.engine.planes import Plane, Planes

Paint = Callable[[int, Planes], None]
"""Fills every pixel of the planes with the frame of that number."""

BT709, LIMITED = 1, 1
"""FFmpeg's numbers for bt709 (primaries, transfer and matrix alike) and for TV range."""


def encode_chunk(
    paint: Paint,
    *,
    chunk: Chunk,
    video: VideoFormat,
    to: Path,
    on_frame: Callable[[], None],
) -> None:
    """Paint and encode the chunk's frames into `to`, an MP4 that holds nothing else.

    Frames are numbered from the start of the video for `paint`, from 0 in the file; `on_frame`
    is called after each and may raise to stop. The file is whole or not there, and the same
    chunk gives the same bytes. Safe to repeat. Raises OutputError.
    """
    with whole_file(to, durable=False) as beside, ffmpeg_errors(to):
        encode_frames(paint, chunk=chunk, video=video, to=beside, on_frame=on_frame)


def encode_frames(
    paint: Paint,
    *,
    chunk: Chunk,
    video: VideoFormat,
    to: Path,
    on_frame: Callable[[], None],
    settings: Settings | None = None,
) -> None:
    """Do the same in place, with other x264 settings if wanted. Raises OSError, FFmpegError."""
    chosen = settings or SETTINGS[video.quality]
    frame = av.VideoFrame(video.size.width, video.size.height, "yuv420p")
    frame.time_base = Fraction(1, video.fps)
    planes = planes_of(frame)
    keyframes = frozenset(chunk.keyframes)
    with av.open(f"file:{to}", "w", format="mp4", options={"fflags": "+bitexact"}) as container:
        stream = container.add_stream(
            "libx264", rate=video.fps, options=x264_options(chosen, fps=video.fps)
        )
        _describe(stream, video=video)
        for number in range(chunk.first, chunk.end):
            paint(number, planes)
            frame.pts = number - chunk.first
            frame.pict_type = PictureType.I if number in keyframes else PictureType.NONE
            # x264 copies the picture before `encode` returns, so one frame serves for all.
            container.mux(stream.encode(frame))
            on_frame()
        container.mux(stream.encode(None))


def planes_of(frame: av.VideoFrame) -> Planes:
    """Return the frame's own memory as planes: what is written there is what is encoded."""
    y, u, v = (_plane(plane) for plane in frame.planes)
    return Planes(y=y, u=u, v=v)


def _plane(plane: VideoPlane) -> Plane:
    rows = np.frombuffer(memoryview(plane), np.uint8).reshape(-1, plane.line_size)
    return rows[: plane.height, : plane.width]


def _describe(stream: VideoStream, *, video: VideoFormat) -> None:
    context: VideoCodecContext = stream.codec_context
    context.width, context.height = video.size.width, video.size.height
    context.pix_fmt = "yuv420p"
    context.time_base = Fraction(1, video.fps)
    context.thread_count = 1
    context.color_primaries = context.color_trc = context.colorspace = BT709
    context.color_range = LIMITED
