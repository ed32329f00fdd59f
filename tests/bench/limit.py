"""How fast the encoder alone is: the very frames of a video, ready in memory, on every core.

Nothing but encoding is timed: processes are started, and their modules imported, before.
"""

from __future__ import annotations

import multiprocessing
import statistics
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from multiprocessing.sharedctypes import Synchronized
from multiprocessing.synchronize import Barrier
from pathlib import Path

import numpy as np

from mvpipe.engine.encode.chunks import Chunk
from mvpipe.engine.encode.settings import VideoFormat
from mvpipe.engine.encode.video import encode_frames
from mvpipe.engine.planes import Plane, Planes, blank
from mvpipe.engine.scenes.painter import Painter


@dataclass(frozen=True, slots=True)
class RawVideo:
    """Frames of planar YUV one after the other in a file, best on a RAM disk."""

    path: Path
    video: VideoFormat
    frames: int

    def mapped(self, mode: str) -> Plane:
        """Return the file as (frames, bytes of one frame)."""
        shape = (self.frames, self.video.size.width * self.video.size.height * 3 // 2)
        return np.asarray(np.memmap(self.path, np.uint8, mode=mode, shape=shape))  # type: ignore[call-overload]  # the mode is one of numpy's


def paint_all(painter: Painter, raw: RawVideo) -> float:
    """Paint every frame into the file and return the CPU milliseconds that a frame took."""
    mapped = raw.mapped("w+")
    planes = blank(raw.video.size)
    spent = []
    for number in range(raw.frames):
        started = time.process_time()
        painter.paint(number, planes)
        spent.append(time.process_time() - started)
        _copy(planes, _planes(mapped[number], raw.video))
    return 1000 * statistics.fmean(spent)


def encode_alone(raw: RawVideo, chunks: Sequence[Chunk], *, processes: int) -> float:
    """Return the seconds that encoding took, from first frame to last, on all processes."""
    context = multiprocessing.get_context("spawn")
    ready = context.Barrier(processes + 1)
    taken = context.Value("l", 0)
    with tempfile.TemporaryDirectory(dir=raw.path.parent) as folder:
        args = (raw, chunks, Path(folder), ready, taken)
        workers = [context.Process(target=_encode, args=args) for _ in range(processes)]
        for worker in workers:
            worker.start()
        ready.wait()
        started = time.monotonic()
        for worker in workers:
            worker.join()
        spent = time.monotonic() - started
        if any(worker.exitcode for worker in workers):
            raise AssertionError("an encoding process failed")
    return spent


def _encode(
    raw: RawVideo,
    chunks: Sequence[Chunk],
    folder: Path,
    ready: Barrier,
    taken: Synchronized[int],
) -> None:
    mapped = raw.mapped("r")
    ready.wait()
    longest_first = sorted(chunks, key=lambda chunk: (-chunk.frames, chunk.first))
    while True:
        with taken.get_lock():
            mine = taken.value
            taken.value += 1
        if mine >= len(chunks):
            return
        encode_frames(
            lambda number, planes: _copy(_planes(mapped[number], raw.video), planes),
            chunk=longest_first[mine],
            video=raw.video,
            to=folder / f"{mine}.mp4",
            on_frame=lambda: None,
        )


def _planes(frame: Plane, video: VideoFormat) -> Planes:
    width, height = video.size.width, video.size.height
    luma, chroma = width * height, width * height // 4
    return Planes(
        y=frame[:luma].reshape(height, width),
        u=frame[luma : luma + chroma].reshape(height // 2, width // 2),
        v=frame[luma + chroma :].reshape(height // 2, width // 2),
    )


def _copy(source: Planes, to: Planes) -> None:
    to.y[:], to.u[:], to.v[:] = source.y, source.u, source.v
