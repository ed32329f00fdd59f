"""Sound files in the formats people have, written by the encoders that PyAV brings."""

from __future__ import annotations

from pathlib import Path

import av
import numpy as np
from numpy.typing import NDArray


def encoded(path: Path, pcm: NDArray[np.float32], *, codec: str, rate_hz: int) -> Path:
    """Write the mono sound with an encoder that PyAV brings."""
    with av.open(str(path), "w") as out:
        stream = out.add_stream(codec, rate=rate_hz)
        assert isinstance(stream, av.AudioStream)
        stream.layout = "mono"
        frame = av.AudioFrame.from_ndarray(
            np.ascontiguousarray(pcm[None, :]), format="fltp", layout="mono"
        )
        frame.sample_rate, frame.pts = rate_hz, 0
        for packet in [*stream.encode(frame), *stream.encode(None)]:
            out.mux(packet)
    return path
