"""A style and a seed in, a score out: the truth of a piece and every note of it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

import numpy as np
from numpy.random import Generator

from mvpipe.engine.audio.mood import KEYS
from tests.corpus import banks
from tests.corpus.banks import Drums, Kit, Tone, dealt
from tests.corpus.styles import STYLES, Style
from tests.corpus.truth import HALVES, Array, Grid, Half, Part, Truth

T = TypeVar("T")

LENGTH_S = 50.0
PRACTICE_S = 28.0
_SCALES = {"major": (0, 2, 4, 5, 7, 9, 11), "minor": (0, 2, 3, 5, 7, 8, 10)}
_LOUD = {"X": 1.0, "o": 0.5}


@dataclass(frozen=True, slots=True)
class Note:
    """One stroke of a voice; `pitch` is a MIDI number, 0 for drums."""

    voice: str
    at_s: float
    seconds: float
    pitch: int
    level: float


@dataclass(frozen=True, slots=True)
class Band:
    """Who plays: the kit, or none, and the tones of bass, chords, pad and lead."""

    kit: Kit | None
    tones: dict[str, Tone]
    drum_level: float
    hall: float
    drive: float
    ducked: bool


@dataclass(frozen=True, slots=True, eq=False)
class Score:
    """A piece before it sounds."""

    name: str
    group: str
    half: Half
    truth: Truth
    band: Band
    notes: tuple[Note, ...]


@dataclass(frozen=True, slots=True)
class _Patterns:
    drums: Drums | None
    bass: str
    comp: str
    lead: tuple[tuple[float, float, int], ...]
    chords: tuple[int, ...]
    bars_a_chord: int


def compose(group: str, half: Half, take: int, *, practice: bool = False) -> Score:
    """Return one piece; the same arguments always give the same.

    A practice piece is shorter, and its players leave out and add strokes and whole drums.
    """
    style = STYLES[group]
    seed = [sorted(STYLES).index(group), HALVES.index(half), take]
    chance = np.random.default_rng(seed)
    mode = _one(chance, ("major", "minor"))
    tonic = int(chance.integers(12))
    bpm = float(chance.uniform(*style.bpm))
    pickup = int(chance.integers(style.pickup[0], style.pickup[1] + 1))
    parts = _form(style, bpm, length_s=PRACTICE_S if practice else LENGTH_S)
    grid = _grid(style, parts, bpm=bpm, pickup=pickup, chance=chance)
    truth = Truth(grid, parts, KEYS[tonic], mode, steady=style.pace == "steady")
    patterns = _patterns(style, half, mode=mode, bpm=bpm, chance=chance)
    if practice and patterns.drums:
        patterns = replace(patterns, drums=_varied(patterns.drums, chance))
    band = _band(style, half, chance)
    played = _Player(style, truth, patterns, _scale(tonic, mode), chance)
    return Score(
        name=f"{half[:4]}-{group.replace('/', '-').replace(' ', '-')}-{take}",
        group=group,
        half=half,
        truth=truth,
        band=band,
        notes=tuple(played.notes()),
    )


def _one(chance: Generator, of: Sequence[T]) -> T:
    return of[int(chance.integers(len(of)))]


def _scale(tonic: int, mode: str) -> tuple[int, ...]:
    """Return the seven pitches from the tonic up, near the middle of the keyboard."""
    return tuple(tonic + 48 + step for step in _SCALES[mode])


def _form(style: Style, bpm: float, *, length_s: float) -> tuple[Part, ...]:
    """Return the parts; units of two or four bars, so that the piece lasts about as long."""
    kinds = style.form.split()
    share = [2 if kind in {"verse", "drop"} else 1 for kind in kinds]
    bar_s = style.meter.beats * 60 / bpm
    unit = max(2, 2 * round(length_s / bar_s / sum(share) / 2))
    first, parts = 0, []
    for kind, units in zip(kinds, share, strict=True):
        bars = 2 if kind == "silence" else unit * units
        parts.append(Part(first, bars, kind))
        first += bars
    return tuple(parts)


def _grid(
    style: Style, parts: tuple[Part, ...], *, bpm: float, pickup: int, chance: Generator
) -> Grid:
    bars = parts[-1].first_bar + parts[-1].bars
    count = pickup + bars * style.meter.beats
    at = np.linspace(0, 1, count)
    pace = np.full(count, bpm)
    if style.pace == "ramp":
        pace = bpm + 4 * at
    elif style.pace == "jump":
        turn = pickup + parts[2].first_bar * style.meter.beats
        pace[turn:] *= _one(chance, (0.78, 1.19, 1.27))
    elif style.pace == "drift":
        sway = np.cumsum(chance.normal(0, 1, count))
        sway -= np.linspace(sway[0], sway[-1], count)
        pace = bpm * (1 + 0.02 * sway / max(1.0, float(np.abs(sway).max())))
    lead_in_s = float(chance.uniform(0.05, 0.9))
    beats_s = lead_in_s + np.concatenate([[0.0], np.cumsum(60 / pace[:-1])])
    return Grid(beats_s, pickup, style.meter)


def _patterns(
    style: Style, half: Half, *, mode: str, bpm: float, chance: Generator
) -> _Patterns:
    beats = style.meter.beats
    drums = dealt(banks.DRUMS[style.drums], half) if style.drums else (None,)
    harmony = dealt(banks.MAJOR if mode == "major" else banks.MINOR, half)
    return _Patterns(
        drums=_one(chance, drums),
        bass=_one(chance, dealt(banks.BASS[beats], half)),
        comp=_one(chance, dealt(banks.COMP[beats], half)),
        lead=_phrase(beats, chance),
        chords=_one(chance, harmony),
        bars_a_chord=2 if beats * 60 / bpm < 1.5 and chance.random() < 0.5 else 1,
    )


def _varied(drums: Drums, chance: Generator) -> Drums:
    """Return the drums with some strokes changed, and now and then without one of them."""
    rows = []
    for pattern in (drums.kick, drums.snare, drums.hat):
        shares = chance.random(len(pattern))
        signs = [
            _one(chance, "X..o..") if share < 0.12 else sign
            for sign, share in zip(pattern, shares, strict=True)
        ]
        rows.append("." * len(pattern) if chance.random() < 0.12 else "".join(signs))
    return Drums(*rows)


def _phrase(beats: int, chance: Generator) -> tuple[tuple[float, float, int], ...]:
    """Return two bars of a tune: place and length in beats, and step from the chord's root."""
    notes, place, step = [], 0.0, 0
    while place < 2 * beats:
        long = float(_one(chance, (0.5, 0.5, 1.0, 1.0, 1.5, 2.0)))
        step = int(np.clip(step + chance.integers(-2, 3), -2, 6))
        if chance.random() < 0.8:
            notes.append((place, long, step))
        place += long
    return tuple(notes)


def _band(style: Style, half: Half, chance: Generator) -> Band:
    return Band(
        kit=_one(chance, dealt(banks.KITS, half)) if style.drums else None,
        tones={
            "bass": _one(chance, dealt(banks.BASSES, half)),
            "comp": _one(chance, dealt(banks.PADS if style.pads else banks.COMPS, half)),
            "arp": _one(chance, dealt(banks.COMPS, half)),
            "pad": _one(chance, dealt(banks.PADS, half)),
            "lead": _one(chance, dealt(banks.LEADS, half)),
        },
        drum_level=float(chance.uniform(0.6, 1.3)),
        hall=float(chance.uniform(0.05, 0.3)) * (2 if style.pads else 1),
        drive=float(chance.uniform(0.8, 2.5)),
        ducked=style.ducked,
    )


@dataclass(frozen=True, slots=True, eq=False)
class _Player:
    style: Style
    truth: Truth
    patterns: _Patterns
    scale: tuple[int, ...]
    chance: Generator

    def notes(self) -> Iterator[Note]:
        yield from self._pickup()
        for part in self.truth.parts:
            for bar in range(part.first_bar, part.first_bar + part.bars):
                yield from self._bar(bar, part)

    def _pickup(self) -> Iterator[Note]:
        for beat in range(-self.truth.grid.pickup, 0):
            yield self._note("lead", beat, long=0.9, pitch=self._pitch(beat) + 12, level=0.8)
            yield self._note("snare", beat, level=0.5)

    def _bar(self, bar: int, part: Part) -> Iterator[Note]:
        if part.kind == "silence":
            return
        full = part.kind in {"verse", "drop"}
        last = bar == part.first_bar + part.bars - 1
        if self.patterns.drums:
            yield from self._drums(bar, part.kind, fill=last and full)
        if full or part.kind == "outro":
            yield from self._bass(bar)
        yield from self._comp(bar, soft=not full)
        if self.style.drums is None and full:
            yield from self._arpeggio(bar)
        if part.kind == "drop":
            yield from self._lift(bar, opening=bar == part.first_bar)
        if part.kind in {"drop", "break"} and bar % 2 == part.first_bar % 2:
            yield from self._lead(bar)

    def _drums(self, bar: int, kind: str, *, fill: bool) -> Iterator[Note]:
        drums = self.patterns.drums
        if drums is None or kind == "break":
            return
        steps: tuple[tuple[str, str], ...] = (("hat", drums.hat),)
        if kind != "intro":
            steps = (("kick", drums.kick), ("snare", drums.snare), ("hat", drums.hat))
        for voice, pattern in steps:
            for place, level in self._struck(pattern):
                yield self._note(voice, self._first(bar) + place, level=level)
        if fill:
            for step in range(4):
                yield self._note(
                    "snare", self._first(bar + 1) - 1 + step / 4, level=0.4 + 0.15 * step
                )

    def _bass(self, bar: int) -> Iterator[Note]:
        root = self._pitch(self._first(bar)) - 12
        if self.style.walking:
            for beat in range(self.truth.grid.meter.beats):
                pitch = root + (0, 4, 7, 9)[beat % 4]
                yield self._note("bass", self._first(bar) + beat, long=0.9, pitch=pitch)
            return
        for place, long, level in self._held(self.patterns.bass):
            yield self._note(
                "bass",
                self._first(bar) + place,
                long=min(long, 2) * 0.9,
                pitch=root,
                level=level,
            )

    def _comp(self, bar: int, *, soft: bool) -> Iterator[Note]:
        chord = self._chord(self._first(bar))
        voice, first = ("pad" if soft and self.style.drums else "comp"), self._first(bar)
        beats = self.truth.grid.meter.beats
        rows = [(0.0, float(beats), 0.8)] if voice == "pad" else self._held(self.patterns.comp)
        for place, long, level in rows:
            for pitch in chord:
                yield self._note(
                    voice, first + place, long=long * 0.95, pitch=pitch, level=level * 0.5
                )

    def _lift(self, bar: int, *, opening: bool) -> Iterator[Note]:
        """Play what makes a drop larger than a verse: a pad above, and a crash at its front."""
        first = self._first(bar)
        for pitch in self._chord(first):
            beats = self.truth.grid.meter.beats
            yield self._note("pad", first, long=float(beats), pitch=pitch + 12, level=0.6)
        if opening and self.style.drums:
            yield self._note("crash", first, level=0.8)

    def _arpeggio(self, bar: int) -> Iterator[Note]:
        chord = self._chord(self._first(bar))
        for step in range(2 * self.truth.grid.meter.beats):
            pitch = chord[step % len(chord)] + 12
            level = 0.7 if step % 2 == 0 else 0.45
            yield self._note(
                "arp", self._first(bar) + step / 2, long=0.9, pitch=pitch, level=level
            )

    def _lead(self, bar: int) -> Iterator[Note]:
        degree = self._degree(self._first(bar))
        for place, long, step in self.patterns.lead:
            pitch = self._step(degree + step) + 12
            yield self._note(
                "lead", self._first(bar) + place, long=long * 0.9, pitch=pitch, level=0.6
            )

    def _first(self, bar: int) -> int:
        return bar * self.truth.grid.meter.beats

    def _degree(self, beat: float) -> int:
        bar = int(beat // self.truth.grid.meter.beats)
        chords = self.patterns.chords
        return chords[(bar // self.patterns.bars_a_chord) % len(chords)]

    def _step(self, degree: int) -> int:
        return self.scale[degree % 7] + 12 * (degree // 7)

    def _pitch(self, beat: float) -> int:
        return self._step(self._degree(max(0, beat))) - 12

    def _chord(self, beat: float) -> tuple[int, ...]:
        """Return the triad folded into one octave, so that its voices move little."""
        degree = self._degree(beat)
        return tuple(sorted(53 + (self._step(degree + up) - 53) % 12 for up in (0, 2, 4)))

    def _struck(self, pattern: str) -> Iterator[tuple[float, float]]:
        """Yield place in beats and level of every stroke of a bar."""
        size = self.truth.grid.meter.beats / len(pattern)
        for step, sign in enumerate(pattern):
            if sign in _LOUD:
                late = self.style.swing if step % 2 else 0.0
                yield (step + late) * size, _LOUD[sign]

    def _held(self, pattern: str) -> list[tuple[float, float, float]]:
        """Return place, length until the next stroke, and level."""
        struck = list(self._struck(pattern))
        ends = [place for place, _ in struck[1:]] + [float(self.truth.grid.meter.beats)]
        return [(at, end - at, level) for (at, level), end in zip(struck, ends, strict=True)]

    def _note(
        self, voice: str, beat: float, *, long: float = 0.0, pitch: int = 0, level: float = 1.0
    ) -> Note:
        at_s, end_s = (float(t) for t in self.truth.grid.time_s(_places(beat, beat + long)))
        stray_s = float(self.chance.normal(0, self.style.jitter_s))
        loud = level * float(self.chance.uniform(0.85, 1.0))
        return Note(voice, max(0.0, at_s + stray_s), end_s - at_s, pitch, loud)


def _places(*beats: float) -> Array:
    return np.array(beats, dtype=np.float64)
