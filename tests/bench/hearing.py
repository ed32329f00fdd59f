"""How well mvpipe hears: `python -m tests.bench.hearing [--half NAME] [--hint] [--only GROUP]`.

Every piece of the corpus is written as a WAV file, heard, and held against its truth. With
`--hint` steady pieces are heard a second time with their tempo and a third time with their
first downbeat told.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np

from mvpipe.engine.audio.hear import hear
from mvpipe.model.hints import MusicHints
from mvpipe.model.music import Music
from tests.bench import measures
from tests.bench.measures import any_level, correct_level, f_measure, late, tempo_ratio
from tests.corpus.pieces import pieces
from tests.corpus.score import Score
from tests.corpus.sound import RATE_HZ, play
from tests.corpus.styles import STYLES
from tests.corpus.truth import HALVES, Array, Truth
from tests.songs import write_wav

Listen = Callable[[Score, MusicHints], Music]
BINS = (0.0, 0.2, 0.4, 0.6, 0.8, 1.01)
COLUMNS = ("F", "down F", "CMLt", "AMLt", "tempo", "meter", "edges .5", "edges 3", "key")


@dataclass(frozen=True, slots=True)
class Row:
    """One piece's results, in the order of `COLUMNS`, and what goes beside them."""

    name: str
    group: str
    values: tuple[float, ...]
    tempo: str
    meter: str
    confidence: float
    sure: Array
    hits: Array
    away_s: Array


def judged(score: Score, music: Music) -> Row:
    """Return how near the music heard comes to the truth."""
    truth = score.truth
    true_s, heard_s = late(truth.grid.beats_s), late(beats_s(music))
    down_s = late(np.array([beat.at_ms / 1000 for beat in music.beats if beat.in_bar == 1]))
    ratio = tempo_ratio(truth.bpm, music.tempo.bpm)
    edges_s = np.array([section.start_ms / 1000 for section in music.sections[1:]])
    away = np.abs(heard_s[:, None] - true_s).min(axis=1, initial=9.0)
    return Row(
        name=score.name,
        group=score.group,
        values=(
            f_measure(true_s, heard_s),
            f_measure(late(truth.grid.downbeats_s), down_s),
            correct_level(true_s, heard_s),
            any_level(true_s, heard_s),
            float(ratio == "right"),
            float(music.meter.beats == truth.grid.meter.beats),
            f_measure(truth.edges_s, edges_s, near_s=0.5),
            f_measure(truth.edges_s, edges_s, near_s=3.0),
            float((music.mood.key, music.mood.mode) == (truth.key, truth.mode)),
        ),
        tempo=ratio,
        meter=str(music.meter),
        confidence=music.tempo.confidence,
        sure=np.array(
            [b.confidence for b in music.beats if b.at_ms >= 1000 * measures.SKIPPED_S]
        ),
        hits=away <= measures.NEAR_S,
        away_s=away,
    )


def beats_s(music: Music) -> Array:
    """Return the beats' times in seconds."""
    return np.array([beat.at_ms / 1000 for beat in music.beats])


def from_file(folder: Path) -> Listen:
    """Return a listener that writes each piece once and hears the file."""

    def listen(score: Score, hints: MusicHints) -> Music:
        path = folder / f"{score.name}.wav"
        if not path.exists():
            write_wav(path, play(score), RATE_HZ)
        return hear(path, hints=hints)

    return listen


def table(rows: Iterable[Row]) -> str:
    """Return a line for each group and one for all."""
    rows = tuple(rows)
    lines = [f"{'':12}{''.join(f'{name:>9}' for name in COLUMNS)}  heard as"]
    groups = [(name, [r for r in rows if r.group == name]) for name in STYLES]
    for name, of in [*((name, of) for name, of in groups if of), ("all", list(rows))]:
        means = np.mean([row.values for row in of], axis=0)
        odd = [f"{row.tempo} {row.meter}" for row in of] if name != "all" else []
        lines.append(f"{name:12}{''.join(f'{mean:9.3f}' for mean in means)}  {', '.join(odd)}")
    return "\n".join(lines)


def precision(rows: Iterable[Row]) -> str:
    """Return how far from the truth the beats are that are right."""
    away_ms = 1000 * np.concatenate([row.away_s[row.hits] for row in rows])
    half = float(np.mean(away_ms <= 1000 / 60))
    return (
        f"right beats: median {np.median(away_ms):.1f} ms away, {half:.1%} within half a frame"
    )


def calibration(rows: Iterable[Row]) -> str:
    """Return, for each bin of confidence, the share of beats and the F of the pieces in it."""
    rows = tuple(rows)
    sure = np.concatenate([row.sure for row in rows])
    hits = np.concatenate([row.hits for row in rows])
    whole = np.array([row.confidence for row in rows])
    scores = np.array([row.values[0] for row in rows])
    lines = ["confidence   beats  said  right   pieces  said  mean F"]
    for low, high in pairwise(BINS):
        of, songs = (sure >= low) & (sure < high), (whole >= low) & (whole < high)
        lines.append(
            f"{low:.1f} to {min(high, 1):.1f}{of.sum():9}{_mean(sure[of])}{_mean(hits[of], 7)}"
            f"{songs.sum():9}{_mean(whole[songs])}{_mean(scores[songs], 8)}"
        )
    return "\n".join(lines)


def _mean(values: Array, width: int = 6) -> str:
    return f"{float(values.mean()):{width}.2f}" if len(values) else " " * (width - 1) + "-"


def hinted(scores: Iterable[Score], listen: Listen) -> str:
    """Return how many steady pieces reach F 0.98 with one hint."""
    steady = [score for score in scores if score.truth.steady]
    hints: dict[str, Callable[[Truth], MusicHints]] = {
        "bpm": lambda truth: MusicHints(bpm=round(truth.bpm, 1)),
        "first_downbeat": lambda truth: MusicHints(
            first_downbeat_ms=round(1000 * float(truth.grid.downbeats_s[0]))
        ),
    }
    lines = []
    for name, hint in hints.items():
        rows = [judged(score, listen(score, hint(score.truth))) for score in steady]
        low = [f"{row.name} {row.values[0]:.2f}" for row in rows if row.values[0] < 0.98]
        told = f"{len(rows) - len(low)} of {len(rows)} steady pieces reach F 0.98"
        lines.append(f"with {name}: {told}; below: {', '.join(low) or 'none'}")
    return "\n".join(lines)


def main() -> None:
    """Print the tables of each half asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--half", choices=HALVES, help="both unless told")
    parser.add_argument("--only", help="one group")
    parser.add_argument("--hint", action="store_true")
    parser.add_argument("--folder", type=Path, help="where the WAV files are kept")
    args = parser.parse_args()
    groups = (args.only,) if args.only else tuple(STYLES)
    with tempfile.TemporaryDirectory() as spare:
        folder = args.folder or Path(spare)
        folder.mkdir(parents=True, exist_ok=True)
        listen = from_file(folder)
        for half in (args.half,) if args.half else HALVES:
            scores, began = pieces(half, groups=groups), time.perf_counter()
            rows = [judged(score, listen(score, MusicHints())) for score in scores]
            print(f"\n{half}: {len(rows)} pieces in {time.perf_counter() - began:.0f} s")
            print(table(rows), precision(rows), calibration(rows), sep="\n\n")
            if args.hint:
                print("", hinted(scores, listen), sep="\n")


if __name__ == "__main__":
    main()
