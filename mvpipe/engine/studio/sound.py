"""The timeline's sound, block by block, as the audio encoder takes it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import pairwise
from pathlib import Path

import numpy as np

from mvpipe.engine.audio.decode import decode
from mvpipe.engine.encode.audio import RATE_HZ, Block
from mvpipe.model.timeline import Sound, Timeline

_PER_MS = RATE_HZ // 1000


def sound_of(timeline: Timeline, songs: Mapping[str, Path]) -> Iterator[Block]:
    """Yield the timeline's stretches of sound in order, with silence between them.

    A stretch plays its file from the file's start at the stretch's level, and ends where the
    next begins. Raises what decoding the file raises. Safe to repeat.
    """
    at = 0
    sounds = sorted(timeline.sounds, key=lambda sound: sound.start_ms)
    ends = [following.start_ms for _, following in pairwise(sounds)]
    for sound, end_ms in zip(sounds, [*ends, timeline.duration_ms], strict=True):
        yield from _silence(sound.start_ms * _PER_MS - at)
        end = max(sound.start_ms, min(sound.end_ms, end_ms)) * _PER_MS
        at = sound.start_ms * _PER_MS
        for block in _stretch(sound, songs[sound.media], samples=end - at):
            at += len(block)
            yield block


def _stretch(sound: Sound, path: Path, *, samples: int) -> Iterator[Block]:
    left = samples
    for block in decode(path, rate_hz=RATE_HZ, channels=2):
        if not left:
            return
        kept = block[:left] * np.float32(sound.level)
        left -= len(kept)
        yield kept


def _silence(samples: int) -> Iterator[Block]:
    for start in range(0, samples, RATE_HZ):
        yield np.zeros((min(RATE_HZ, samples - start), 2), np.float32)
