"""`python -m tests.bench.train [--takes N] [--folder F]`: the weights of tempo evidence.

Multinomial logistic regression over the tempi at every third second of development pieces
(takes of their own, which the benchmark does not measure), kept small by a penalty. Prints
what belongs into `mvpipe/engine/audio/weights.py`.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np

from mvpipe.engine.audio.decode import decode
from mvpipe.engine.audio.evidence import grid_bpm, viewed
from mvpipe.engine.audio.onsets import find_onsets
from mvpipe.engine.audio.spectrum import RATE_HZ as EAR_HZ
from mvpipe.engine.audio.spectrum import analyse
from tests.corpus.pieces import TAKES
from tests.corpus.score import Score, compose
from tests.corpus.sound import RATE_HZ, play
from tests.corpus.styles import STYLES
from tests.corpus.truth import Array
from tests.songs import Sound, clicks, little_song, write_wav

EVERY_S = 3
STEPS = 300
PENALTY = 1e-2
FASTER = 1.0
"""Added to the weight of an octave more: seconds one by one lean to half the tempo of the song,
of which development pieces told."""


@dataclass(frozen=True, slots=True)
class Lesson:
    """A piece to learn from; `sound` makes it, as samples and their rate."""

    name: str
    beats_s: Array
    sound: Callable[[], tuple[Sound, int]]


def lessons(takes: int) -> tuple[Lesson, ...]:
    """Return pieces of every group, half of them practice, and plain songs.

    A plain song has a kick on every beat, and chords or nothing else.
    """
    scores = [
        compose(group, "development", take, practice=take >= TAKES + takes // 2)
        for group in STYLES
        for take in range(TAKES, TAKES + takes)
    ]
    made = [Lesson(s.name, s.truth.grid.beats_s, partial(_played, s)) for s in scores]
    return (*made, *(plain(take) for take in range(2 * takes)))


def _played(score: Score) -> tuple[Sound, int]:
    return play(score), RATE_HZ


def plain(take: int) -> Lesson:
    """Return one of the songs that the tests of hearing are made of, at a random tempo."""
    chance = np.random.default_rng(take)
    bpm, meter = float(chance.uniform(68, 152)), 3 if take % 4 == 3 else 4
    bars = round(26 * bpm / 60 / meter)
    first_ms = int(chance.integers(0, 600))
    song = (
        little_song(bpm, bars, meter=meter, first_ms=first_ms)
        if take % 2
        else clicks(bpm, 26, meter=meter, first_ms=first_ms)
    )
    return Lesson(f"plain-{take}", np.array(song.beats_ms) / 1000, lambda: (song.pcm, 44_100))


def views(lesson: Lesson, folder: Path) -> tuple[Array, Array]:
    """Return a piece's views (seconds, tempi, views) and the wanted odds (seconds, tempi)."""
    path = folder / f"{lesson.name}.npz"
    if not path.exists():
        wav = write_wav(folder / "piece.wav", *lesson.sound())
        onsets = find_onsets(analyse(decode(wav, rate_hz=EAR_HZ, channels=1)))
        seen = np.concatenate([np.stack(run, axis=2) for run in viewed(onsets)])[::EVERY_S]
        np.savez(path, seen=seen.astype(np.float32))
    with np.load(path) as held:
        seen = held["seen"].astype(np.float32)
    at_s = np.arange(len(seen)) * EVERY_S
    gap_s = np.interp(at_s, lesson.beats_s[:-1], np.diff(lesson.beats_s))
    away = np.log(grid_bpm() * gap_s[:, None] / 60) / np.log(grid_bpm()[1] / grid_bpm()[0])
    wanted = np.exp(-0.5 * away**2)
    return seen, wanted / wanted.sum(axis=1, keepdims=True)


def fitted(seen: Array, wanted: Array) -> Array:
    """Return the weights that make the wanted tempi likeliest, by Adam from 0."""
    spread = seen.std(axis=(0, 1)) + 1e-6
    rows = (seen / spread).astype(np.float32)
    weights = np.zeros(rows.shape[2], np.float32)
    drift, size = np.zeros_like(weights), np.zeros_like(weights)
    for step in range(1, STEPS + 1):
        odds = rows @ weights
        odds -= odds.max(axis=1, keepdims=True)
        chance = np.exp(odds)
        chance /= chance.sum(axis=1, keepdims=True)
        slope = np.tensordot(chance - wanted, rows, axes=2) / len(rows) + PENALTY * weights
        drift = 0.9 * drift + 0.1 * slope
        size = 0.99 * size + 0.01 * slope**2
        weights -= 0.05 * drift / (1 - 0.9**step) / (np.sqrt(size / (1 - 0.99**step)) + 1e-8)
    return np.asarray(weights / spread, np.float64)


def main() -> None:
    """Print the weights."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--takes", type=int, default=8)
    parser.add_argument("--folder", type=Path, help="where views are kept")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as spare:
        folder = args.folder or Path(spare)
        folder.mkdir(parents=True, exist_ok=True)
        pairs = [views(lesson, folder) for lesson in lessons(args.takes)]
    seen, wanted = zip(*pairs, strict=True)
    weights = fitted(np.concatenate(seen), np.concatenate(wanted))
    weights[-3] += FASTER
    print("WEIGHTS = (", *(f"    {weight:.3f}," for weight in weights), ")", sep="\n")


if __name__ == "__main__":
    main()
