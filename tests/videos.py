"""Little videos whose GOPs are known, for tests of what looks into finished files."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

import numpy as np

from mvpipe.disk import whole_file
from mvpipe.engine.encode.audio import RATE_HZ, encode_audio
from mvpipe.engine.encode.chunks import Chunk
from mvpipe.engine.encode.join import Parts, join
from mvpipe.engine.encode.video import encode_chunk
from mvpipe.engine.planes import Planes
from mvpipe.model.media import Quality
from tests.painters import SMALL, sweep

FRAMES = 30
KEYFRAMES = (0, 10, 20)


def little_video(
    to: Path, *, odd: Collection[int] = (), quiet: bool = False, title: str = ""
) -> Path:
    """Write a second of video in chunks of ten frames; the `odd` frames are dark."""

    def paint(number: int, planes: Planes) -> None:
        sweep(number, planes)
        if number in odd:
            planes.y[:] = 40

    sound = to.with_suffix(".sound.mp4")
    noise = np.random.default_rng(1).normal(0, 0.1, (RATE_HZ, 2)).astype(np.float32)
    chunks = [to.with_suffix(f".{first}.mp4") for first in KEYFRAMES]
    for first, path in zip(KEYFRAMES, chunks, strict=True):
        chunk = Chunk(first, first + 10, (first,))
        encode_chunk(paint, chunk=chunk, video=SMALL, to=path, on_frame=_nothing)
    blocks = iter([noise * (0 if quiet else 1)])
    encode_audio(blocks, samples=RATE_HZ, quality=Quality.STANDARD, to=sound)
    with whole_file(to) as beside:
        join(Parts(chunks, sound, title), fps=30, to=beside, on_packet=_nothing)
    for path in (*chunks, sound):
        path.unlink()
    return to


def _nothing() -> None:
    pass
