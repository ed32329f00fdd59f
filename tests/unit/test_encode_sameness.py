"""The same frames give the same bytes at the sizes where x264's AVX-512 code did not."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from mvpipe.engine.encode.chunks import Chunk
from mvpipe.engine.encode.settings import VideoFormat
from mvpipe.engine.encode.video import encode_chunk
from mvpipe.engine.planes import Planes
from mvpipe.model.media import Quality, Size


def clouds(frame: int, planes: Planes) -> None:
    """Draw drifting detail: macroblocks that depend on each other from frame to frame."""
    rows, columns = np.mgrid[0 : planes.y.shape[0], 0 : planes.y.shape[1]]
    wave = np.sin(rows / 7 + frame / 5) + np.sin(columns / 11 - frame / 3)
    planes.y[:] = (120 + 45 * wave + (rows * columns + frame) % 13).astype(np.uint8)
    planes.u[:], planes.v[:] = 110, 140


@pytest.mark.slow
@pytest.mark.parametrize("size", [Size(320, 180), Size(1080, 608)])
def test_the_same_frames_give_the_same_bytes_at_any_width(tmp_path: Path, size: Size) -> None:
    video = VideoFormat(size, 30, Quality.STANDARD)
    made = set()
    for number in range(4):
        litter = np.random.default_rng(number).integers(0, 255, 400_000 * (number + 1))
        del litter  # memory that the encoder gets next is then no longer empty
        to = tmp_path / f"{number}.mp4"
        encode_chunk(
            clouds, chunk=Chunk(0, 40, (0,)), video=video, to=to, on_frame=lambda: None
        )
        made.add(to.read_bytes())
    assert len(made) == 1
