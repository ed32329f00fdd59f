"""The score of "First Light": form, harmony, tunes and drum patterns, as data.

Everything is counted in beats from the first downbeat; this module makes no sound. Pitches are
MIDI numbers (69 is A4, 440 Hz), levels run from 0 to 1.
"""

from __future__ import annotations

from collections.abc import Iterator

from notation import (
    BEATS_IN_BAR,
    Chord,
    Hit,
    Note,
    Passage,
    Points,
    Song,
    Tune,
    start_beat,
    sung,
)

from mvpipe.model.music import SectionKind

SWING = 0.04  # how late, in beats, every second sixteenth of the hats comes

INTRO = Passage(0, 8, SectionKind.INTRO, "A")
BUILD = Passage(8, 4, SectionKind.BUILD, "B")
DROP = Passage(12, 8, SectionKind.DROP, "C")
BREAK = Passage(20, 8, SectionKind.BREAK, "D")
LAST_DROP = Passage(28, 8, SectionKind.DROP, "C")
OUTRO = Passage(36, 6, SectionKind.OUTRO, "E")
LAST_CHORD_BAR = 40  # struck once and left to ring
SONG = Song(
    title="First Light",
    bpm=124,
    lead_in_s=0.4,  # the swell before the first downbeat
    key="B",
    mode="minor",
    form=(INTRO, BUILD, DROP, BREAK, LAST_DROP, OUTRO),
    last_chord_bar=LAST_CHORD_BAR,
)

# The voices move by step or stay, so that each chord grows out of the one before.
B_MINOR = Chord(35, (62, 66, 69, 73))
G_MAJOR = Chord(31, (62, 66, 69, 71))
D_OVER_F_SHARP = Chord(30, (62, 66, 69, 74))
A_ADD9 = Chord(33, (61, 64, 71, 73))
E_MINOR = Chord(28, (62, 66, 67, 71))
A_SUS = Chord(33, (62, 64, 69, 71))
A_OVER_G = Chord(31, (61, 64, 69, 71))
F_SHARP_MINOR = Chord(30, (61, 64, 66, 69))
D_MAJOR = Chord(26, (57, 62, 66, 69, 76))

VERSE = (B_MINOR, G_MAJOR, D_OVER_F_SHARP, A_ADD9, B_MINOR, G_MAJOR, E_MINOR, A_SUS)
CLIMB = (E_MINOR, F_SHARP_MINOR, G_MAJOR, A_SUS)
DAWN = (G_MAJOR, A_OVER_G, F_SHARP_MINOR, B_MINOR, E_MINOR, F_SHARP_MINOR, G_MAJOR, A_SUS)
HOME = (G_MAJOR, A_ADD9, B_MINOR, A_SUS)
CHORDS = VERSE + CLIMB + VERSE + DAWN + VERSE + HOME  # one a bar, up to the last chord

HINT: Tune = (
    *((78, 1.5), (81, 0.5), (83, 2.0), (None, 4.0)),
    *((78, 1.5), (76, 0.5), (74, 2.0), (None, 4.0)),
)
HOOK: Tune = (
    *((78, 1.5), (81, 0.5), (83, 1.5), (81, 0.5)),
    *((78, 1.5), (76, 0.5), (74, 2.0)),
    *((78, 1.5), (81, 0.5), (86, 1.5), (85, 0.5)),
    *((83, 1.0), (81, 1.0), (76, 2.0)),
    *((78, 1.5), (81, 0.5), (83, 1.5), (85, 0.5)),
    *((86, 1.5), (83, 0.5), (81, 1.0), (78, 1.0)),
    *((79, 1.5), (78, 0.5), (76, 1.0), (74, 1.0)),
    *((76, 1.5), (78, 0.5), (76, 2.0)),
)
HARMONY: Tune = (  # below the hook in the last drop
    *((74, 2.0), (78, 2.0), (74, 2.0), (71, 2.0)),
    *((74, 2.0), (81, 2.0), (76, 2.0), (73, 2.0)),
    *((74, 2.0), (78, 2.0), (79, 2.0), (74, 2.0)),
    *((71, 2.0), (71, 2.0), (71, 2.0), (69, 2.0)),
)
DAWN_TUNE: Tune = (
    *((74, 1.0), (78, 1.0), (81, 2.0), (83, 1.0), (81, 1.0), (76, 2.0)),
    *((73, 1.0), (76, 1.0), (81, 2.0), (78, 3.0), (76, 1.0)),
    *((74, 1.0), (76, 1.0), (79, 2.0), (78, 1.0), (81, 1.0), (85, 2.0)),
    *((86, 3.0), (85, 1.0), (83, 2.0), (81, 1.0), (76, 1.0)),
)
FAREWELL: Tune = ((78, 1.5), (81, 0.5), (83, 2.0), (81, 1.5), (78, 0.5), (76, 2.0))

# How loud and how bright things are: what swells, opens and closes over the song.
PAD_LEVEL: Points = ((0, 0.5), (8, 0.7), (11.9, 0.75), (12, 0.8), (40, 0.7))
PAD_CUTOFF_HZ: Points = (
    *((0, 350), (8, 900), (12, 3200), (12.01, 2400), (19.9, 2800), (20, 700)),
    *((26, 1100), (28, 3600), (28.01, 2800), (36, 2400), (40, 700), (42, 300)),
)
ARP_LEVEL: Points = (
    *((0, 0.4), (8, 0.65), (12, 0.8), (19.9, 0.8), (20, 0.3)),
    *((26, 0.45), (28, 0.9), (36, 0.7), (40, 0.3)),
)
ARP_CUTOFF_HZ: Points = (
    *((0, 700), (8, 2200), (12, 6500), (19.9, 5000), (20, 1200)),
    *((26, 2500), (28, 7000), (36, 4000), (40, 900)),
)


def chord_notes() -> Iterator[tuple[Chord, float, float]]:
    """Yield every chord with its first beat and its length in beats."""
    for bar, chord in enumerate(CHORDS):
        yield chord, start_beat(bar), BEATS_IN_BAR
    yield D_MAJOR, start_beat(LAST_CHORD_BAR), 1.5 * BEATS_IN_BAR


def bass_notes() -> Iterator[Note]:
    """Yield a long note a bar where it is calm, and rolling eighths with octaves elsewhere."""
    rolling = {*BUILD, *DROP, *LAST_DROP}
    for bar, chord in enumerate(CHORDS):
        first = start_beat(bar)
        beats = 3 if bar + 1 in {DROP.bar, LAST_DROP.bar} else 4  # a breath before a drop
        if bar not in rolling:
            yield Note(first, beats - 0.1, chord.bass + 12 * (chord.bass < 30), 0.45)
            continue
        for eighth, lift in enumerate((0, 0, 12, 0, 0, 12, 0, 12)[: 2 * beats]):
            yield Note(first + eighth / 2, 0.42, chord.bass + lift, 0.8 if lift else 1.0)
    yield Note(start_beat(LAST_CHORD_BAR), 6, D_MAJOR.bass + 12, 0.55)


def arp_notes() -> Iterator[Note]:
    """Yield sixteenths that climb and fall through the chord and the octave above it."""
    path = (0, 2, 4, 1, 3, 5, 2, 6, 4, 7, 5, 3, 6, 4, 2, 1)
    for bar, chord in enumerate(CHORDS):
        ladder = (*chord.voices, *(pitch + 12 for pitch in chord.voices))
        for sixteenth, rung in enumerate(path):
            accent = (1.0, 0.55, 0.75, 0.6)[sixteenth % 4]
            yield Note(start_beat(bar) + sixteenth / 4, 0.24, ladder[rung], accent)


def bell_notes() -> Iterator[Note]:
    """Yield what the bells play: the hook foretold, the tune of the break, a farewell."""
    yield from sung(HINT, bar=4, level=0.5)
    yield from sung(DAWN_TUNE, bar=BREAK.bar)
    yield from sung(FAREWELL, bar=OUTRO.bar, level=0.6)
    for turn, pitch in enumerate((62, 69, 74, 78, 81, 86)):
        yield Note(start_beat(LAST_CHORD_BAR) + turn / 4 * (turn > 0), 6, pitch, 0.55)


def lead_notes() -> Iterator[Note]:
    """Yield the hook, with a pick-up before each drop."""
    for drop in (DROP, LAST_DROP):
        yield Note(start_beat(drop.bar) - 1, 0.45, 74, 0.7)
        yield Note(start_beat(drop.bar) - 0.5, 0.45, 76, 0.8, 74)
        yield from sung(HOOK, bar=drop.bar)


def harmony_notes() -> Iterator[Note]:
    """Yield the second voice of the last drop."""
    yield from sung(HARMONY, bar=LAST_DROP.bar, level=0.6)


def kicks() -> Iterator[Hit]:
    """Yield every full kick: all beats of build and drops, save two before the first drop."""
    for bar in (*BUILD, *DROP, *LAST_DROP):
        beats = 2 if bar == BUILD.end_bar - 1 else BEATS_IN_BAR
        level = 0.75 if bar < BUILD.end_bar else 1.0
        yield from (Hit(start_beat(bar) + beat, level) for beat in range(beats))
    yield Hit(start_beat(OUTRO.bar))


def heartbeats() -> Iterator[Hit]:
    """Yield the muffled kicks of intro, break and outro, which grow as a drop comes nearer."""
    for bar in range(4):
        yield from (Hit(start_beat(bar) + beat, 0.45) for beat in (0, 2))
    for bar in range(4, INTRO.end_bar):
        yield from (Hit(start_beat(bar) + beat, 0.7) for beat in range(4))
    for bar in range(BREAK.bar, BREAK.end_bar - 2):
        yield Hit(start_beat(bar), 0.5)
    for bar in range(OUTRO.bar, LAST_CHORD_BAR):
        strokes = range(bar == OUTRO.bar, BEATS_IN_BAR)  # a full kick opens the outro
        yield from (
            Hit(start_beat(bar) + beat, 0.7 - 0.1 * (bar - OUTRO.bar)) for beat in strokes
        )
    yield Hit(start_beat(LAST_CHORD_BAR), 0.6)


def claps() -> Iterator[Hit]:
    """Yield the backbeat, beats 2 and 4, of the drops and the first half of the build."""
    for bar in (*DROP, *LAST_DROP):
        yield from (Hit(start_beat(bar) + beat) for beat in (1, 3))
    for bar in (BUILD.bar, BUILD.bar + 1):
        yield from (Hit(start_beat(bar) + beat, 0.6) for beat in (1, 3))


def snares() -> Iterator[Hit]:
    """Yield the rolls into both drops and the fills in the middle and at the end of each."""
    yield from _roll(BUILD.end_bar - 2, eighths=True)
    yield from _roll(BUILD.end_bar - 1, eighths=False)
    yield from _roll(BREAK.end_bar - 2, eighths=True)
    yield from _roll(BREAK.end_bar - 1, eighths=False)
    for bar in (DROP.bar + 3, LAST_DROP.bar + 3):
        yield from (
            Hit(start_beat(bar) + beat, level) for beat, level in ((3.5, 0.5), (3.75, 0.7))
        )
    for bar in (DROP.end_bar - 1, LAST_DROP.end_bar - 1):
        fill = ((2.5, 0.5), (2.75, 0.4), (3.25, 0.7), (3.5, 0.8), (3.75, 0.9))
        yield from (Hit(start_beat(bar) + beat, level) for beat, level in fill)


def _roll(bar: int, *, eighths: bool) -> Iterator[Hit]:
    """Yield one bar of rising strokes; sixteenths stop a beat early, to breathe in."""
    strokes, low, high = (8, 0.2, 0.45) if eighths else (12, 0.45, 0.9)
    step = 0.5 if eighths else 0.25
    for stroke in range(strokes):
        level = low + (high - low) * stroke / strokes
        yield Hit(start_beat(bar) + stroke * step, level)


def hats() -> Iterator[Hit]:
    """Yield the closed hats: eighths where it is calm, swung sixteenths in the drops."""
    for bar in (*range(2, INTRO.end_bar), *tuple(OUTRO)[:3]):
        yield from (Hit(start_beat(bar) + eighth / 2, 0.3) for eighth in range(8))
    for bar in (*tuple(BUILD)[:-1], *DROP, *LAST_DROP):
        yield from _sixteenths(bar)
    for bar in range(BREAK.bar + 4, BREAK.end_bar - 1):
        yield from (Hit(start_beat(bar) + beat + 0.5, 0.3) for beat in range(4))


def _sixteenths(bar: int) -> Iterator[Hit]:
    for sixteenth in range(16):
        late = SWING if sixteenth % 2 else 0.0
        level = (0.45, 0.25, 0.7, 0.35)[sixteenth % 4]
        yield Hit(start_beat(bar) + sixteenth / 4 + late, level)


def open_hats() -> Iterator[Hit]:
    """Yield the long hats between the beats, louder in the last drop."""
    for drop, level in ((DROP, 0.6), (LAST_DROP, 0.85)):
        for bar in drop:
            yield from (Hit(start_beat(bar) + beat + 0.5, level) for beat in range(4))


def crashes() -> Iterator[Hit]:
    """Yield the cymbals that open each section and the second half of each drop."""
    bars = ((BUILD.bar, 0.4), (DROP.bar, 1.0), (DROP.bar + 4, 0.5), (BREAK.bar, 0.8))
    ends = (
        (LAST_DROP.bar, 1.0),
        (LAST_DROP.bar + 4, 0.6),
        (OUTRO.bar, 0.8),
        (LAST_CHORD_BAR, 0.4),
    )
    yield from (Hit(start_beat(bar), level) for bar, level in (*bars, *ends))


def risers() -> Iterator[Note]:
    """Yield the winds that rise into a section, from their first beat to the bar line."""
    for bar, bars, level in (
        (BUILD.end_bar, 4, 1.0),
        (BREAK.end_bar, 3, 1.0),
        (OUTRO.bar, 1, 0.4),
    ):
        yield Note(start_beat(bar - bars), start_beat(bars), 60, level)
