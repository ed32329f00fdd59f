"""What hearing a song found: grid, sections, curves and mood, each with its confidence.

Media time is whole milliseconds. Confidences and levels run from 0 to 1.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from mvpipe.model.hints import Meter


@dataclass(frozen=True, slots=True)
class Beat:
    """One beat; `in_bar` counts from 1, and 1 is the downbeat."""

    at_ms: int
    in_bar: int
    confidence: float


@dataclass(frozen=True, slots=True)
class TempoCandidate:
    """Another reading of the tempo, such as half or double, with its score from 0 to 1."""

    bpm: float
    score: float


@dataclass(frozen=True, slots=True)
class Tempo:
    """The song's main tempo in beats a minute; `candidates` are sorted best first."""

    bpm: float
    confidence: float
    candidates: tuple[TempoCandidate, ...] = ()


class SectionKind(StrEnum):
    """A part of a song; `DROP` is also the chorus of a song that has one."""

    INTRO = "intro"
    VERSE = "verse"
    BUILD = "build"
    DROP = "drop"
    BREAK = "break"
    BRIDGE = "bridge"
    OUTRO = "outro"


@dataclass(frozen=True, slots=True)
class Section:
    """A stretch of the song on bar lines; sections that repeat share a `label` (`A`, `B`)."""

    start_ms: int
    end_ms: int
    kind: SectionKind
    label: str
    energy: float
    confidence: float


@dataclass(frozen=True, slots=True)
class Curve:
    """A value over time, packed so that two hours stay small.

    `levels` holds rows of `width` little-endian unsigned 16-bit numbers, 0 to 65535 for 0.0 to
    1.0, `rate_hz` rows a second, the first row at time 0.
    """

    rate_hz: int
    levels: bytes
    width: int = 1


@dataclass(frozen=True, slots=True)
class Curves:
    """The song over time, every curve scaled to its own song's range.

    loudness   how loud it is, slowly (about half a second): the energy
    onset      how much is beginning right now, all bands
    kick, snare, hat   onsets in the low, middle and high band
    bass, mid, treble  levels of those bands, fast (about 30 ms)
    spectrum   32 logarithmic bands from 40 Hz to 12 kHz, `width` 32
    """

    loudness: Curve
    onset: Curve
    kick: Curve
    snare: Curve
    hat: Curve
    bass: Curve
    mid: Curve
    treble: Curve
    spectrum: Curve


@dataclass(frozen=True, slots=True)
class Mood:
    """How the song feels; `key` is a pitch class such as `A` or `F#`, `mode` major or minor."""

    arousal: float
    valence: float
    brightness: float
    density: float
    key: str
    mode: str
    confidence: float


@dataclass(frozen=True, slots=True)
class Music:
    """Everything heard in one song; beats and sections are in order of time, or empty."""

    duration_ms: int
    tempo: Tempo
    meter: Meter
    beats: tuple[Beat, ...]
    sections: tuple[Section, ...]
    curves: Curves
    mood: Mood
    warnings: tuple[str, ...] = ()
