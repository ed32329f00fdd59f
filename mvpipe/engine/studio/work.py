"""What the pool's workers are asked to do, and what they answer: data that can be pickled."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from mvpipe.engine.encode.chunks import Chunk
from mvpipe.engine.encode.join import Parts
from mvpipe.engine.encode.settings import VideoFormat
from mvpipe.engine.encode.verify import Promise
from mvpipe.engine.encode.video import Paint
from mvpipe.engine.planes import Planes
from mvpipe.engine.studio.keys import Maker
from mvpipe.engine.studio.store import Store
from mvpipe.errors import MvpipeError
from mvpipe.model.canonical import Digest
from mvpipe.model.media import Size
from mvpipe.model.music import Music
from mvpipe.model.timeline import Timeline

AUDIO_NAME = "sound.mp4"


@dataclass(frozen=True, slots=True)
class StoredPicture:
    """A file of raw planes, Y then U then V, and the picture's size."""

    path: Path
    size: Size


@dataclass(frozen=True, slots=True)
class Stage:
    """All that decides the frames of a video, and where its songs are.

    `pictures` leads to files that `store_pictures` wrote, so that every worker reads the same
    memory and none has a copy.
    """

    timeline: Timeline
    music: Music
    video: VideoFormat
    pictures: Mapping[str, StoredPicture]
    songs: Mapping[str, Path]


MakePaint = Callable[[Stage], Paint]
"""Builds a painter in a worker; a function of some module, since only its name is pickled."""


def paint_scenes(stage: Stage) -> Paint:
    """Return the engine's own painter for the stage."""
    # numba comes with it, which the parent process must not pay for
    from mvpipe.engine.scenes.painter import Painter  # noqa: PLC0415

    painter = Painter(
        timeline=stage.timeline,
        music=stage.music,
        size=stage.video.size,
        fps=stage.video.fps,
        pictures={name: load_picture(stored) for name, stored in stage.pictures.items()},
    )
    return painter.paint


@dataclass(frozen=True, slots=True)
class Shelf:
    """Where finished parts are kept, each chunk's key there, and who makes them."""

    store: Store
    keys: Mapping[Chunk, Digest]
    maker: Maker


@dataclass(frozen=True, slots=True)
class PaintOrder:
    """Encode the sound and every chunk into `folder`, in this order, shared among workers.

    What is on the `shelf`, if there is one, is taken from there, and what is made is put there
    as soon as it is.
    """

    stage: Stage
    make_paint: MakePaint
    chunks: Sequence[Chunk]
    samples: int
    folder: Path
    shelf: Shelf | None = None

    @property
    def tasks(self) -> int:
        """How many there are to share: the sound, then each chunk."""
        return 1 + len(self.chunks)


@dataclass(frozen=True, slots=True)
class JoinOrder:
    """Join the parts into `to`, written as `beside` first, and see that it is as promised."""

    parts: Parts
    promise: Promise
    to: Path
    beside: Path


Order = PaintOrder | JoinOrder


@dataclass(frozen=True, slots=True)
class Report:
    """How one worker's part in an order ended; `notes` are sentences for the user.

    `kept` counts the chunks that were there already. `trace` says where a bug was met, for who
    mends it.
    """

    problem: MvpipeError | None = None
    stopped: bool = False
    notes: tuple[str, ...] = ()
    kept: int = 0
    trace: str = ""


def chunk_path(folder: Path, chunk: Chunk) -> Path:
    """Return where a chunk's file lies."""
    return folder / f"chunk-{chunk.first:07d}-{chunk.end:07d}.mp4"


def store_pictures(pictures: Mapping[str, Planes], folder: Path) -> dict[str, StoredPicture]:
    """Write each picture's planes into a file of `folder`. Safe to repeat. Raises OSError."""
    stored = {}
    for number, (name, planes) in enumerate(sorted(pictures.items())):
        path = folder / f"picture-{number:03d}.yuv"
        path.write_bytes(b"".join(plane.tobytes() for plane in (planes.y, planes.u, planes.v)))
        stored[name] = StoredPicture(path=path, size=planes.size)
    return stored


def load_picture(stored: StoredPicture) -> Planes:
    """Map a stored picture into memory; copy-on-write, as kernels want writable arrays."""
    width, height = stored.size.width, stored.size.height
    luma, chroma = width * height, (width // 2) * (height // 2)
    mapped = np.asarray(np.memmap(stored.path, np.uint8, mode="c"))
    u_ends = luma + chroma
    return Planes(
        y=mapped[:luma].reshape(height, width),
        u=mapped[luma:u_ends].reshape(height // 2, width // 2),
        v=mapped[u_ends:].reshape(height // 2, width // 2),
    )
