"""Where the picture cuts: on beats, as often as each part of the song asks for.

Lengths follow from the section and its energy, in *units* of about two seconds: a bar, or two
bars of fast music, or half a bar of slow music.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from mvpipe.engine.direct.spans import Span, beat_ms, beat_times
from mvpipe.engine.direct.wishes import CutEvery
from mvpipe.model.music import Music, SectionKind

_SHORTEST_MS = 400
_SHORT_SONG_MS = 2000
_FREE_MS = 6000
"""How long a shot lasts where no beat was heard, before pace shortens or lengthens it."""

_EVERY = {
    CutEvery.HALF_BAR: 0.5,
    CutEvery.BAR: 1.0,
    CutEvery.TWO_BARS: 2.0,
    CutEvery.FOUR_BARS: 4.0,
}
_UNITS: dict[SectionKind, tuple[float, float]] = {
    SectionKind.INTRO: (4.0, 2.0),
    SectionKind.VERSE: (2.0, 1.0),
    SectionKind.BUILD: (2.0, 1.0),
    SectionKind.DROP: (1.0, 0.5),
    SectionKind.BREAK: (4.0, 2.0),
    SectionKind.BRIDGE: (2.0, 2.0),
    SectionKind.OUTRO: (4.0, 2.0),
}
"""How many units a shot lasts, in a quiet and in a loud section of each kind."""


_BREATH = (2.0, 1.0, 1.0, 1.0, 1.0, 2.0, 2.0, 1.0, 1.0, 2.0)
"""How long the shots of a drop last beside its shortest: runs of quick ones, then a breath."""


@dataclass(frozen=True, slots=True)
class Pace:
    """How often to cut: `every` where a person said so, else `faster` in steps of doubling."""

    faster: float = 0.0
    every: CutEvery | None = None


def cuts_in(span: Span, *, music: Music, pace: Pace) -> tuple[int, ...]:
    """Return where shots begin in a span, its own start first."""
    if music.duration_ms < _SHORT_SONG_MS:
        return (span.start_ms,)
    times = beat_times(music)
    if not times:
        return _free_cuts(span, pace=pace)
    return _beat_cuts(span, music=music, pace=pace)


def shortest_ms(music: Music, pace: Pace) -> int:
    """Return the least a shot may last: two beats, or one where every beat was asked for."""
    beats = 1 if pace.every is CutEvery.BEAT else 2
    return max(_SHORTEST_MS, math.floor(beats * beat_ms(music) * 0.9))


def _free_cuts(span: Span, *, pace: Pace) -> tuple[int, ...]:
    """Return even cuts 4 to 8 seconds apart."""
    wanted = _FREE_MS * (1.25 - 0.5 * span.energy) * 2 ** (-pace.faster / 2)
    length = span.end_ms - span.start_ms
    count = max(1, round(length / min(max(wanted, 4000), 8000)))
    return tuple(span.start_ms + length * i // count for i in range(count))


def _beat_cuts(span: Span, *, music: Music, pace: Pace) -> tuple[int, ...]:
    beats = _beats_in(span, music)
    shortest = shortest_ms(music, pace)
    bar, unit = music.meter.beats, _unit_beats(music)
    cuts = [span.start_ms]
    at, size = _anchor(beats), len(beats)
    while at < size:
        progress = (beats[at][0] - span.start_ms) / (span.end_ms - span.start_ms)
        units = _units(span, progress=progress, shot=len(cuts) - 1)
        step = _beats_per_shot(units, bar=bar, unit=unit, pace=pace)
        at = _on_downbeat(at + step, beats) if step >= max(3, bar) else at + step
        if at >= size or span.end_ms - beats[at][0] < shortest:
            break
        if beats[at][0] - cuts[-1] >= shortest:
            cuts.append(beats[at][0])
    return tuple(cuts)


def _beats_in(span: Span, music: Music) -> tuple[tuple[int, int], ...]:
    inside = {
        beat.at_ms: beat.in_bar
        for beat in music.beats
        if span.start_ms <= beat.at_ms < span.end_ms
    }
    return tuple(sorted(inside.items()))


def _anchor(beats: tuple[tuple[int, int], ...]) -> int:
    """Return the first downbeat, from which shots are counted."""
    return next((i for i, (_, in_bar) in enumerate(beats) if in_bar == 1), 0)


def _on_downbeat(at: int, beats: tuple[tuple[int, int], ...]) -> int:
    """Move by one beat to a downbeat where there is one: a tracker may lose a beat."""
    near = (i for i in (at, at - 1, at + 1) if i < len(beats) and beats[i][1] == 1)
    return next(near, at)


def _beats_per_shot(units: float, *, bar: int, unit: int, pace: Pace) -> int:
    if pace.every is CutEvery.BEAT:
        return 1
    if pace.every is not None:
        return max(1, round(_EVERY[pace.every] * bar))
    wanted = units * 2.0 ** (-pace.faster)
    allowed = (0.5, 1.0, 2.0, 4.0, 8.0)
    nearest = min(allowed, key=lambda each: abs(math.log2(each / wanted)))
    return max(2, round(nearest * unit))


def _units(span: Span, *, progress: float, shot: int) -> float:
    quiet, loud = _UNITS[span.kind]
    units = loud if span.energy >= 0.6 else quiet
    if span.kind is SectionKind.BUILD:
        return units / (1 if progress < 0.45 else 2 if progress < 0.75 else 4)
    if span.kind is SectionKind.DROP:
        return units * _BREATH[shot % len(_BREATH)]
    return units


def _unit_beats(music: Music) -> int:
    """Return how many beats make a unit, which should last some two seconds."""
    bar = music.meter.beats
    bar_ms = bar * beat_ms(music)
    if bar_ms < 1300:
        return bar * 2
    if bar_ms > 3200 and bar % 2 == 0:
        return bar // 2
    return bar
