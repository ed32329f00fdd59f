"""How fast the whole engine is next to its encoder alone, and whether it dances.

`python -m tests.bench.render [--seconds N] [--song PATH] [--pairs N]`: tests/bench/README.md
says how to read it.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import sys
import tempfile
import wave
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from mvpipe.engine.audio.decode import decode
from mvpipe.engine.audio.hear import hear
from mvpipe.engine.encode.chunks import plan_chunks
from mvpipe.engine.encode.settings import VideoFormat
from mvpipe.engine.scenes.painter import Painter
from mvpipe.model.hints import MusicHints
from mvpipe.model.media import FULL_HD, Aspect, Quality
from mvpipe.model.music import Music
from mvpipe.model.timecode import frame_at
from mvpipe.model.timeline import Timeline
from tests.bench.limit import RawVideo, encode_alone, paint_all
from tests.bench.material import FPS, SONG, directed
from tests.bench.memory import Run, run_watched
from tests.bench.motion import (
    FILTERS,
    changes_of,
    correlate,
    drawn_by_ffmpeg,
    onsets_by_frame,
)

CORES = os.cpu_count() or 1
VIDEO = VideoFormat(FULL_HD[Aspect.WIDE], FPS, Quality.STANDARD)
LEAST_RATIO, LEAST_REALTIME, MOST_MB = 0.75, 1.5, 800


@dataclass(frozen=True, slots=True)
class Pair:
    """One render and one encoding of the same frames, right after each other."""

    whole: Run
    alone_s: float


def main() -> None:
    """Render and encode in turn, then print every figure beside its limit."""
    chosen = _arguments()
    with tempfile.TemporaryDirectory(dir=_ram()) as folder:
        song = cut_song(chosen.song, Path(folder) / "song.wav", seconds=chosen.seconds)
        music = hear(song, hints=MusicHints())
        timeline = directed(music)
        painter = Painter(timeline=timeline, music=music, size=VIDEO.size, fps=FPS, pictures={})
        raw = RawVideo(Path(folder) / "frames.yuv", VIDEO, painter.frames)
        paint_ms = paint_all(painter, raw)
        video = Path(folder) / "video.mp4"
        pairs = [_pair(song, raw, timeline, to=video) for _ in range(chosen.pairs)]
        _say_speed(pairs, raw.frames, paint_ms, video)
        raw.path.unlink()
        _say_motion(song, music, video)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=int, default=60, help="of the song's start")
    parser.add_argument("--song", type=Path, default=SONG)
    parser.add_argument("--pairs", type=int, default=3)
    return parser.parse_args()


def _ram() -> Path | None:
    """Return a RAM disk's folder if there is one: a minute of frames takes 5.6 GB."""
    disk = Path("/dev/shm")  # noqa: S108 - only to make a private folder in
    return disk if disk.is_dir() else None


def cut_song(song: Path, to: Path, *, seconds: int) -> Path:
    """Write the first seconds of a song as a 16-bit WAV at `to`, and return `to`."""
    left = seconds * 48_000
    with wave.open(str(to), "wb") as file:
        file.setnchannels(2)
        file.setsampwidth(2)
        file.setframerate(48_000)
        for block in decode(song, rate_hz=48_000, channels=2):
            kept = np.clip(block[:left], -1, 1) * 32767
            file.writeframes(kept.astype("<i2").tobytes())
            left -= len(kept)
            if not left:
                break
    return to


def _pair(song: Path, raw: RawVideo, timeline: Timeline, *, to: Path) -> Pair:
    whole = run_watched([sys.executable, "-m", "tests.bench.once", str(song), str(to)])
    cuts = [frame_at(shot.start_ms, fps=FPS) for shot in timeline.shots]
    chunks = plan_chunks(cuts, frames=raw.frames, fps=FPS)
    return Pair(whole, encode_alone(raw, chunks, processes=CORES))


def _say_speed(pairs: list[Pair], frames: int, paint_ms: float, video: Path) -> None:
    whole = [frames / pair.whole.wall_s for pair in pairs]
    alone = [frames / pair.alone_s for pair in pairs]
    ratios = [one / other for one, other in zip(whole, alone, strict=True)]
    said = [json.loads(pair.whole.printed) for pair in pairs]
    mbit = video.stat().st_size * 8 * FPS / frames / 1e6
    print(f"{frames} frames at {VIDEO.size}, {FPS} fps, {CORES} cores, {len(pairs)} pairs")
    print(f"end to end, start-up included   {_each(whole)} fps")
    print(f"encoding the same frames alone  {_each(alone)} fps")
    print(f"ratio                           {_each(ratios, 2)}  (at least {LEAST_RATIO})")
    realtime = [fps / FPS for fps in whole]
    print(f"times realtime                  {_each(realtime, 2)}  (at least {LEAST_REALTIME})")
    peaks = [pair.whole.peak_mb for pair in pairs]
    print(f"peak memory, whole tree (PSS)   {_each(peaks, 0)} MB  (under {MOST_MB})")
    print(f"song heard after                {_each([s['heard'] for s in said])} s")
    print(f"first frame encoded after       {_each([s['first frame'] for s in said])} s")
    print(f"painting alone                  {paint_ms:.1f} ms of CPU a frame")
    print(f"size                            {mbit:.1f} Mbit/s with sound  (about 6)")


def _each(values: list[float], digits: int = 1) -> str:
    shown = ", ".join(f"{value:.{digits}f}" for value in values)
    return f"{statistics.median(values):.{digits}f} ({shown})"


def _say_motion(song: Path, music: Music, video: Path) -> None:
    changes = changes_of(video)
    onsets = onsets_by_frame(music.curves.onset, frames=len(changes), fps=FPS)
    print("luma change against onset strength, r:")
    print(f"  mvpipe            {correlate(changes, onsets)}")
    for name in FILTERS:
        drawn = video.with_name("drawn.mp4")
        there = drawn_by_ffmpeg(song, name, drawn)
        found = correlate(changes_of(drawn), onsets) if there else "ffmpeg is not installed"
        print(f"  {name:17} {found}")


if __name__ == "__main__":
    main()
