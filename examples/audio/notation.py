"""The words in which a song is written down: passages, chords, notes, strokes and curves.

Everything is counted in beats from the first downbeat; nothing here makes a sound. Pitches are
MIDI numbers (69 is A4, 440 Hz), levels run from 0 to 1.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from mvpipe.model.music import SectionKind

BEATS_IN_BAR = 4

Tune = tuple[tuple[int | None, float], ...]  # pitch, or None for a rest, and length in beats
Points = tuple[tuple[float, float], ...]  # bar and value; straight lines between


@dataclass(frozen=True, slots=True)
class Passage:
    """A section of the song: `bars` bars from `bar` on, counted from 0."""

    bar: int
    bars: int
    kind: SectionKind
    label: str

    @property
    def end_bar(self) -> int:
        return self.bar + self.bars

    def __iter__(self) -> Iterator[int]:
        return iter(range(self.bar, self.end_bar))


@dataclass(frozen=True, slots=True)
class Song:
    """What is known of a song before a note is played.

    Music leads in for `lead_in_s` before the first downbeat. Its last chord is struck at the
    start of `last_chord_bar` and left to ring.
    """

    title: str
    bpm: int
    lead_in_s: float
    key: str
    mode: str
    form: tuple[Passage, ...]
    last_chord_bar: int

    @property
    def beat_s(self) -> float:
        return 60 / self.bpm

    @property
    def seconds(self) -> float:
        return self.time_s(start_beat(self.form[-1].end_bar))

    @property
    def beats(self) -> tuple[int, ...]:
        """Every beat that is played, up to the last chord."""
        return tuple(range(self.last_chord_bar * BEATS_IN_BAR + 1))

    def time_s(self, beat: float) -> float:
        """Return when a beat is played, in seconds from the start of the file."""
        return self.lead_in_s + beat * self.beat_s


@dataclass(frozen=True, slots=True)
class Chord:
    """A bass note and the voices above it, low to high."""

    bass: int
    voices: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Note:
    """One note; `glide_from` is the pitch it slides up or down from."""

    beat: float
    beats: float
    pitch: int
    level: float = 1.0
    glide_from: int | None = None


@dataclass(frozen=True, slots=True)
class Hit:
    """One stroke on a drum."""

    beat: float
    level: float = 1.0


def start_beat(bar: float) -> float:
    """Return the beat on which `bar` begins."""
    return bar * BEATS_IN_BAR


def sung(tune: Tune, *, bar: int, level: float = 1.0) -> Iterator[Note]:
    """Yield the notes of `tune` from `bar` on, each sliding from the one before."""
    beat, before = start_beat(bar), None
    for pitch, beats in tune:
        if pitch is not None:
            yield Note(beat, beats * 0.95, pitch, level, before)
        before = pitch
        beat += beats
