"""Painters for tests of all that comes after painting: cheap pictures, plain to check."""

from __future__ import annotations

import os
import signal
import wave
from itertools import pairwise
from pathlib import Path

import numpy as np

from mvpipe.engine.encode.settings import VideoFormat
from mvpipe.engine.encode.video import Paint
from mvpipe.engine.planes import Planes
from mvpipe.engine.studio.work import Stage
from mvpipe.errors import RenderFailed
from mvpipe.model.hints import Meter
from mvpipe.model.media import Aspect, Quality, Size
from mvpipe.model.music import Curve, Curves, Mood, Music, Tempo
from mvpipe.model.timeline import Palette, Shot, Sound, Timeline, Track, TrackKind

SMALL = VideoFormat(Size(128, 128), 30, Quality.STANDARD)
NIGHT = Palette("night", ("#000010", "#ffffff"))


def sweep(number: int, planes: Planes) -> None:
    """Paint diagonal bands that wander; the brightest pixel is far from black."""
    height, width = planes.y.shape
    across, down = np.arange(width)[None, :], np.arange(height)[:, None]
    planes.y[:] = (across + 2 * down + 5 * number) % 180 + 40
    planes.u[:] = 90 + number % 70
    planes.v[:] = 128


def make_sweep(stage: Stage) -> Paint:
    """Return `sweep`, whatever the stage."""
    return sweep


def make_black(stage: Stage) -> Paint:
    """Return a painter of black."""

    def black(number: int, planes: Planes) -> None:
        planes.y[:], planes.u[:], planes.v[:] = 16, 128, 128

    return black


def make_doomed(stage: Stage) -> Paint:
    """Return a painter whose process is killed at frame 100, as when memory runs out."""

    def doomed(number: int, planes: Planes) -> None:
        if number == 100:
            os.kill(os.getpid(), signal.SIGKILL)
        sweep(number, planes)

    return doomed


def make_refusing(stage: Stage) -> Paint:
    """Return no painter but a sentence."""
    raise RenderFailed("this painter does not paint")


def make_broken(stage: Stage) -> Paint:
    """Return a painter with a bug at frame 5."""

    nothing: dict[str, int] = {}

    def broken(number: int, planes: Planes) -> None:
        if number == 5:
            planes.y[:] = nothing["no such\nkey"]
        sweep(number, planes)

    return broken


def make_stuck(stage: Stage) -> Paint:
    """Return a painter that never returns from frame 0, so that only ending it helps."""

    def stuck(number: int, planes: Planes) -> None:
        signal.pause()

    return stuck


def timeline_of(duration_ms: int, *cuts_ms: int) -> Timeline:
    """Return a timeline with a shot from each cut to the next, and one song, 'song'."""
    edges = [0, *cuts_ms, duration_ms]
    shots = tuple(
        Shot(start, end, scene="aurora", palette=NIGHT, seed=1)
        for start, end in pairwise(edges)
    )
    sound = Sound(0, duration_ms, media="song")
    tracks = (Track(TrackKind.VIDEO, shots), Track(TrackKind.AUDIO, (sound,)))
    return Timeline(duration_ms=duration_ms, tracks=tracks, aspect=Aspect.SQUARE)


def music_of(duration_ms: int) -> Music:
    """Return what one hears in silence."""
    flat = Curve(rate_hz=100, levels=bytes(duration_ms // 5))
    wide = Curve(rate_hz=100, levels=bytes(32 * (duration_ms // 5)), width=32)
    return Music(
        duration_ms=duration_ms,
        tempo=Tempo(bpm=120.0, confidence=0.0),
        meter=Meter(),
        beats=(),
        sections=(),
        curves=Curves(flat, flat, flat, flat, flat, flat, flat, flat, spectrum=wide),
        mood=Mood(0.5, 0.5, 0.5, 0.5, key="C", mode="major", confidence=0.0),
    )


def write_song(path: Path, duration_ms: int) -> Path:
    """Write a 440 Hz tone as a 16-bit stereo WAV."""
    times = np.arange(48 * duration_ms) / 48_000
    tone = (8_000 * np.sin(2 * np.pi * 440 * times)).astype("<i2")
    with wave.open(str(path), "wb") as file:
        file.setnchannels(2)
        file.setsampwidth(2)
        file.setframerate(48_000)
        file.writeframes(np.stack([tone, tone], axis=1).tobytes())
    return path
