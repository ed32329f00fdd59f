"""The score of "Night Bus": form, harmony, tune and drum patterns, as data.

Everything is counted in beats from the first downbeat; this module makes no sound. Pitches are
MIDI numbers (69 is A4, 440 Hz), levels run from 0 to 1.
"""

from __future__ import annotations

from collections.abc import Iterator

from notation import Chord, Hit, Note, Passage, Points, Song, Tune, start_beat, sung

from mvpipe.model.music import SectionKind

SWING = (
    0.045  # how late, in beats, every second sixteenth comes; beats and eighths are straight
)

INTRO = Passage(0, 4, SectionKind.INTRO, "A")
VERSE = Passage(4, 4, SectionKind.VERSE, "B")
LIFT = Passage(8, 4, SectionKind.DROP, "C")  # as much of a chorus as a night bus needs
OUTRO = Passage(12, 2, SectionKind.OUTRO, "D")
SONG = Song(
    title="Night Bus",
    bpm=85,
    lead_in_s=0.35,  # the needle comes down
    key="F",
    mode="major",
    form=(INTRO, VERSE, LIFT, OUTRO),
    last_chord_bar=13,
)
GROOVE = (*VERSE, *LIFT)

# The root is left to the bass; above it lie thirds, sevenths, ninths and thirteenths, which
# move by step or stay.
F_MAJOR9 = Chord(29, (57, 60, 64, 67))
E_HALF_DIMINISHED = Chord(28, (58, 62, 64, 67))
A7_FLAT9 = Chord(33, (55, 58, 61, 65))  # with a flat thirteenth, too
D_MINOR9 = Chord(38, (53, 57, 60, 64))
C_MINOR9 = Chord(36, (51, 55, 58, 62))
F13 = Chord(29, (51, 55, 57, 62))
B_FLAT_MAJOR9 = Chord(34, (57, 60, 62, 65))
E_FLAT13 = Chord(39, (55, 60, 61, 65))
A_MINOR11 = Chord(33, (55, 60, 62, 64))
D7_FLAT9 = Chord(38, (54, 57, 60, 63))
G_MINOR9 = Chord(31, (53, 57, 58, 62))
C13 = Chord(36, (52, 57, 58, 62))
D_FLAT_MAJOR9 = Chord(37, (53, 56, 60, 63))
F_SIX_NINE = Chord(29, (50, 55, 57, 60, 67))

STROLL = ((F_MAJOR9,), (E_HALF_DIMINISHED, A7_FLAT9), (D_MINOR9,), (C_MINOR9, F13))
CLIMB = ((B_FLAT_MAJOR9,), (E_FLAT13,), (A_MINOR11, D7_FLAT9), (G_MINOR9, C13))
CHORDS = (
    STROLL + STROLL + CLIMB + ((F_MAJOR9, D_FLAT_MAJOR9), (F_SIX_NINE,))
)  # one or two a bar

TUNE: Tune = (
    *((None, 1.0), (69, 0.5), (72, 0.5), (76, 1.5), (74, 0.5)),
    *((74, 1.0), (70, 1.0), (73, 1.5), (None, 0.5)),
    *((None, 1.0), (69, 0.5), (72, 0.5), (77, 1.0), (76, 1.0)),
    *((74, 1.5), (72, 0.5), (67, 1.0), (69, 0.5), (72, 0.5)),
)
LIFT_TUNE: Tune = (
    *((77, 1.5), (79, 0.5), (81, 2.0)),
    *((79, 1.5), (77, 0.5), (72, 2.0)),
    *((76, 1.0), (79, 1.0), (78, 1.0), (75, 1.0)),
    *((74, 1.5), (70, 0.5), (69, 1.0), (67, 1.0)),
    *((72, 4.0),),
)
SHADOW: Tune = (  # a long low voice under the lift
    *((62, 4.0), (61, 4.0), (60, 2.0), (60, 2.0), (58, 2.0), (58, 2.0), (57, 2.0), (56, 2.0)),
    *((57, 3.5),),
)

KEYS_CUTOFF_HZ: Points = (
    *((0, 900), (3.5, 2000), (4, 3600), (8, 4000), (8.3, 5600), (12, 4600), (13, 2600)),
    (14, 800),
)


def chord_notes() -> Iterator[tuple[Chord, float, float, float]]:
    """Yield every chord with its first beat, its length in beats and its level.

    A bar of one chord gets an answer before its third beat and a light touch at its end.
    """
    for bar, chords in enumerate(CHORDS[: SONG.last_chord_bar]):
        first, share = start_beat(bar), 4 / len(chords)
        for turn, chord in enumerate(chords):
            long = min(share, 2.4) - 0.08
            yield chord, first + turn * share, long, 1.0 - 0.1 * turn
        if len(chords) == 1:
            yield chords[0], first + 2.5, 0.9, 0.62
            yield chords[0], first + 3.75 + SWING, 0.17, 0.35
    yield F_SIX_NINE, start_beat(SONG.last_chord_bar), 4, 0.9


def bass_notes() -> Iterator[Note]:
    """Yield root notes that lean into each other from the verse on, and a last long one."""
    for bar in (*GROOVE, OUTRO.bar):
        first, chords = start_beat(bar), CHORDS[bar]
        low = _low(chords[0])
        if len(chords) == 2:
            yield Note(first, 1.6, low)
            yield Note(first + 1.75 + SWING, 0.2, low, 0.55)
            yield Note(first + 2, 1.45, _low(chords[1]), 0.95)
            yield Note(first + 3.5, 0.42, _low(CHORDS[bar + 1][0]) - 1, 0.6)
            continue
        yield Note(first, 1.65, low)
        yield Note(first + 1.75 + SWING, 0.18, low, 0.55)
        yield Note(first + 2, 1.4, low + 7, 0.85)
        yield Note(first + 3.5, 0.42, low + 12, 0.55)
    yield Note(start_beat(SONG.last_chord_bar), 3.6, 41, 0.8)


def _low(chord: Chord) -> int:
    """Return the bass of `chord` where small speakers still have something of it."""
    return chord.bass + 12 * (chord.bass < 33)


def tune_notes() -> Iterator[Note]:
    """Yield the tune: a hint in the intro, the verse, the lift, and the last light."""
    yield from sung(((None, 1.0), (69, 0.5), (72, 0.5), (76, 2.0)), bar=2, level=0.55)
    yield from sung(TUNE, bar=VERSE.bar, level=0.85)
    yield from sung(LIFT_TUNE, bar=LIFT.bar)
    for turn, pitch in enumerate((72, 76, 79)):
        yield Note(start_beat(SONG.last_chord_bar) + 0.5 + turn / 2, 2.2, pitch, 0.5)


def shadow_notes() -> Iterator[Note]:
    """Yield the long notes that thicken the lift."""
    yield from sung(SHADOW, bar=LIFT.bar)


def kicks() -> Iterator[Hit]:
    """Yield the kick: soft in the second half of the intro, a lazy walk from the verse on."""
    for bar in (2, 3):
        yield from _bar(bar, ((0, 0.55), (2, 0.4)))
    for bar in VERSE:
        yield from _bar(bar, ((0, 1.0), (2, 0.8), (2.75 + SWING, 0.4)))
    for bar in LIFT:
        yield from _bar(bar, ((0, 1.0), (0.75 + SWING, 0.4), (2, 0.85), (2.5, 0.6)))
    yield from _bar(OUTRO.bar, ((0, 0.9), (2, 0.6)))
    yield Hit(start_beat(SONG.last_chord_bar), 0.6)


def rims() -> Iterator[Hit]:
    """Yield the rim on beats 2 and 4, with a ghost now and then."""
    yield from _bar(3, ((1, 0.5), (3, 0.6), (3.75 + SWING, 0.3)))
    for bar in (*GROOVE, OUTRO.bar):
        yield from _bar(bar, ((1, 1.0), (3, 1.0)))
        ghost = 3.75 if bar % 2 else 2.25
        yield Hit(start_beat(bar) + ghost + SWING, 0.22)


def snares() -> Iterator[Hit]:
    """Yield the brushed snare of the lift, with a small fill into it and out of it."""
    yield from _bar(VERSE.end_bar - 1, ((3.5, 0.4), (3.75 + SWING, 0.55)))
    for bar in LIFT:
        yield from _bar(bar, ((1, 1.0), (3, 1.0)))
    yield from _bar(LIFT.end_bar - 1, ((2.75 + SWING, 0.3), (3.5, 0.45), (3.75 + SWING, 0.6)))


def hats() -> Iterator[Hit]:
    """Yield quarters, and eighths with swung ghosts between them in the groove."""
    for bar in (2, 3):
        yield from _bar(bar, tuple((beat, 0.4) for beat in range(4)))
    for bar in GROOVE:
        yield from _bar(
            bar, tuple((eighth / 2, (0.8, 0.45)[eighth % 2]) for eighth in range(8))
        )
        yield from _bar(bar, tuple((beat + 0.75 + SWING, 0.28) for beat in (0, 2)))
    yield from _bar(OUTRO.bar, tuple((beat, 0.45) for beat in range(4)))


def shakers() -> Iterator[Hit]:
    """Yield the shaken sixteenths of the lift, swung."""
    for bar in LIFT:
        for sixteenth in range(16):
            late = SWING if sixteenth % 2 else 0.0
            level = (1.0, 0.25, 0.6, 0.35)[sixteenth % 4]
            yield Hit(start_beat(bar) + sixteenth / 4 + late, level)


def _bar(bar: int, strokes: tuple[tuple[float, float], ...]) -> Iterator[Hit]:
    """Yield strokes given as beat in the bar and level."""
    yield from (Hit(start_beat(bar) + beat, level) for beat, level in strokes)
