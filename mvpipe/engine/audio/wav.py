"""Any sound the engine can decode, written as a WAV file: 16 bits, stereo."""

from __future__ import annotations

import wave
from collections.abc import Callable
from pathlib import Path

import numpy as np

from mvpipe.engine.audio.decode import decode, probe

CHANNELS = 2


def convert(path: Path, to: Path, *, progress: Callable[[int], None]) -> None:
    """Write the sound of `path` to `to` at its own rate, in flat memory, telling percent.

    Raises what decoding raises. Safe to repeat.
    """
    facts = probe(path)
    whole = max(1, (facts.duration_ms or 0) * facts.rate_hz // 1000)
    done = 0
    with wave.open(str(to), "wb") as file:
        file.setnchannels(CHANNELS)
        file.setsampwidth(2)
        file.setframerate(facts.rate_hz)
        for block in decode(path, rate_hz=facts.rate_hz, channels=CHANNELS):
            samples = np.rint(np.clip(block, -1, 1) * np.float32(32767)).astype("<i2")
            file.writeframesraw(samples.tobytes())
            done += len(block)
            progress(min(100, 100 * done // whole))
