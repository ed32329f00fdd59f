"""Which x264 settings pay: time, size and likeness of each on the engine's own pictures.

`python -m tests.bench.encoder` prints a Markdown table; tests/bench/encoder.md keeps the last.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from itertools import chain
from pathlib import Path

import av
import numpy as np
from av.filter import Graph
from av.filter.context import FilterContext

from mvpipe.engine.audio.hear import hear
from mvpipe.engine.encode.chunks import Chunk
from mvpipe.engine.encode.settings import SETTINGS, Settings, VideoFormat
from mvpipe.engine.encode.video import encode_frames, planes_of
from mvpipe.engine.planes import Planes, blank
from mvpipe.engine.scenes.painter import Painter
from mvpipe.model.hints import MusicHints
from mvpipe.model.media import Quality, Size
from mvpipe.model.music import Music
from mvpipe.model.timeline import Timeline
from tests.bench.material import FPS, PHOTO, SONG, directed, photo, scene_names, timeline_of

SIZE = Size(1920, 1080)
_STANDARD = SETTINGS[Quality.STANDARD].tuned
_Q = {  # the first trial's winner, kept to compare with
    **{name: value for name, value in _STANDARD.items() if name != "partitions"},
    "aq-mode": "1",
}
_TREE = {"mbtree": "1", "rc-lookahead": "10"}

CANDIDATES: Mapping[str, Settings] = {
    "ultrafast crf20": Settings("ultrafast", 20, {}),
    "ultrafast crf22 cabac": Settings("ultrafast", 22, {"cabac": "1"}),
    "set Q, crf22": Settings("ultrafast", 22, _Q),
    "set Q, crf22, subme=1": Settings("ultrafast", 22, {**_Q, "subme": "1"}),
    "set Q, crf22, i8x8": Settings("ultrafast", 22, {**_Q, "partitions": "i4x4,i8x8"}),
    "set Q, crf22, i8x8, aq2": Settings("ultrafast", 22, _STANDARD),
    "set Q, crf23, i8x8, aq2": Settings("ultrafast", 23, _STANDARD),
    "superfast crf22": Settings("superfast", 22, {}),
    "superfast crf22 mbtree": Settings("superfast", 22, _TREE),
    "veryfast crf23": Settings("veryfast", 23, {}),
    "veryfast crf20 subme=1": Settings("veryfast", 20, {"subme": "1"}),
    **{f"chosen: {quality.value}": settings for quality, settings in SETTINGS.items()},
}


@dataclass(frozen=True, slots=True)
class Trial:
    """What one setting did to one clip; times are CPU milliseconds a frame."""

    cpu_ms: float
    mbit_s: float
    ssim: float
    psnr: float


def main() -> None:
    """Run every candidate on every clip and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--frames", type=int, default=60)
    parser.add_argument("--repeats", type=int, default=2)
    parser.add_argument("--only", default="", help="candidates whose name holds this")
    chosen = parser.parse_args()
    candidates = {n: s for n, s in CANDIDATES.items() if chosen.only in n}
    clips = dict(_clips(chosen.frames))
    print("| settings | " + " | ".join(clips) + " |")
    print("|---" * (len(clips) + 1) + "|")
    for name, settings in candidates.items():
        trials = [_best(clip, settings, chosen.repeats) for clip in clips.values()]
        print("| " + " | ".join([name, *map(_cell, trials)]) + " |", flush=True)


def _cell(trial: Trial) -> str:
    return f"{trial.cpu_ms:.1f} / {trial.mbit_s:.1f} / {trial.ssim:.4f} / {trial.psnr:.1f}"


def _clips(frames: int) -> Iterator[tuple[str, list[Planes]]]:
    """Yield each scene in the loudest part of the song, then five windows of a directed video.

    `frames` is two seconds by default, so a window begins where a keyframe would be anyway.
    """
    music = hear(SONG, hints=MusicHints())
    middle = max(0, _loudest_ms(music) * FPS // 1000 - frames // 2)
    for name in scene_names(procedural=False):
        timeline = timeline_of(music, duration_ms=music.duration_ms, scenes=(name,))
        yield name, _painted(timeline, music, range(middle, middle + frames))
    whole = directed(music)
    last = music.duration_ms * FPS // 1000 - frames
    starts = [round(last * part / 5) for part in range(5)]
    windows = (range(start, start + frames) for start in starts)
    yield "whole song", _painted(whole, music, chain.from_iterable(windows))


def _painted(timeline: Timeline, music: Music, numbers: Iterable[int]) -> list[Planes]:
    painter = Painter(
        timeline=timeline, music=music, size=SIZE, fps=FPS, pictures={PHOTO: photo()}
    )
    clip = []
    for number in numbers:
        clip.append(blank(SIZE))
        painter.paint(number, clip[-1])
    return clip


def _loudest_ms(music: Music) -> int:
    section = max(music.sections, key=lambda section: section.energy)
    return (section.start_ms + section.end_ms) // 2


def _best(clip: list[Planes], settings: Settings, repeats: int) -> Trial:
    return min((_trial(clip, settings) for _ in range(repeats)), key=lambda trial: trial.cpu_ms)


def _trial(clip: list[Planes], settings: Settings) -> Trial:
    with tempfile.TemporaryDirectory() as folder:
        to = Path(folder) / "clip.mp4"
        started = time.process_time()
        encode_frames(
            lambda number, planes: _copy(clip[number], planes),
            chunk=Chunk(0, len(clip), (0,)),
            video=VideoFormat(SIZE, FPS, Quality.STANDARD),
            to=to,
            on_frame=lambda: None,
            settings=settings,
        )
        spent = time.process_time() - started
        ssim, psnr = likeness(clip, to)
        mbit = to.stat().st_size * 8 / 1e6
        return Trial(1000 * spent / len(clip), mbit * FPS / len(clip), ssim, psnr)


def _copy(source: Planes, to: Planes) -> None:
    to.y[:], to.u[:], to.v[:] = source.y, source.u, source.v


def likeness(clip: list[Planes], video: Path) -> tuple[float, float]:
    """Return mean SSIM and PSNR (dB), luma and chroma weighed as FFmpeg's filters do."""
    ssims, psnrs = [], []
    graph, raw, coded = _comparison(clip[0].size)
    with av.open(str(video)) as container:
        for number, decoded in enumerate(container.decode(video=0)):
            frame = av.VideoFrame(decoded.width, decoded.height, "yuv420p")
            _copy(clip[number], planes_of(frame))
            for each in (frame, decoded):
                each.pts, each.time_base = number, Fraction(1, FPS)
            raw.push(frame)
            coded.push(decoded)
            said = graph.vpull().metadata
            ssims.append(float(said["lavfi.ssim.All"]))
            psnrs.append(min(100.0, float(said["lavfi.psnr.psnr_avg"])))
    if len(ssims) != len(clip):
        raise AssertionError(f"{len(ssims)} frames came back, not {len(clip)}")
    return float(np.mean(ssims)), float(np.mean(psnrs))


def _comparison(size: Size) -> tuple[Graph, FilterContext, FilterContext]:
    """Return a graph of both filters, its input of raw and its input of decoded frames."""
    graph = Graph()
    inputs = [
        graph.add_buffer(
            width=size.width,
            height=size.height,
            format=av.VideoFormat("yuv420p", size.width, size.height),
            time_base=Fraction(1, FPS),
        )
        for _ in range(2)
    ]
    raw, coded = inputs
    both, ssim, psnr = graph.add("split"), graph.add("ssim"), graph.add("psnr")
    coded.link_to(both)
    raw.link_to(ssim, 0, 0)
    both.link_to(ssim, 0, 1)
    ssim.link_to(psnr, 0, 0)  # its first input goes through, and what it measured with it
    both.link_to(psnr, 1, 1)
    psnr.link_to(graph.add("buffersink"))
    graph.configure()
    return graph, raw, coded


if __name__ == "__main__":
    main()
