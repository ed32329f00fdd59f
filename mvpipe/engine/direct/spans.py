"""The song as a row of spans on the beat grid, and which stretch of it a target means."""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass

from mvpipe.engine.direct.wishes import (
    Edge,
    Except,
    Head,
    Length,
    Part,
    Portion,
    Range,
    Tail,
    Target,
    Unit,
    Whole,
)
from mvpipe.model.music import Music, SectionKind

Stretch = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Span:
    """A section with its ends on the beat grid; `name` is its kind and number (`drop 2`)."""

    start_ms: int
    end_ms: int
    kind: SectionKind
    label: str
    energy: float
    name: str


def spans_of(music: Music) -> tuple[Span, ...]:
    """Return spans that cover the whole song without a gap; one verse where none were heard."""
    starts = [0, *(_snapped(section.start_ms, music) for section in music.sections[1:])]
    ends = [*starts[1:], music.duration_ms]
    counts: dict[SectionKind, int] = {}
    spans = []
    for section, start, end in zip(music.sections, starts, ends, strict=False):
        if end <= start:
            continue
        counts[section.kind] = counts.get(section.kind, 0) + 1
        name = f"{section.kind} {counts[section.kind]}"
        spans.append(Span(start, end, section.kind, section.label, section.energy, name))
    return tuple(spans) or (_only_span(music),)


def _only_span(music: Music) -> Span:
    energy = music.mood.arousal
    return Span(0, music.duration_ms, SectionKind.VERSE, "A", energy, "verse 1")


def _snapped(at_ms: int, music: Music) -> int:
    return nearest_beat(at_ms, music)


def nearest_beat(at_ms: int, music: Music) -> int:
    """Return the time of the beat nearest to a time, or the time itself without beats."""
    times = beat_times(music)
    if not times:
        return min(at_ms, music.duration_ms)
    i = bisect_left(times, at_ms)
    return min(times[max(i - 1, 0) : i + 1], key=lambda time: (abs(time - at_ms), time))


def beat_times(music: Music) -> tuple[int, ...]:
    """Return when the beats are: inside the song, each after the one before."""
    times = sorted({beat.at_ms for beat in music.beats})
    return tuple(time for time in times if 0 <= time < music.duration_ms)


def resolve(target: Target, music: Music) -> tuple[Stretch, ...]:
    """Return the stretches a target means; none where the song has no such part."""
    end = music.duration_ms
    match target:
        case Whole():
            return ((0, end),)
        case Part(kind=kind, ordinal=ordinal):
            return _parts(kind, ordinal, spans_of(music))
        case Edge(last=last):
            span = spans_of(music)[-1 if last else 0]
            return ((span.start_ms, span.end_ms),)
        case Except(part=part):
            return _rest(resolve(part, music), end)
        case _:
            first, stop = _ends(target, music)
            first, stop = max(0, first), min(stop, end)
            return ((first, stop),) if first < stop else ()


def _rest(stretches: tuple[Stretch, ...], end: int) -> tuple[Stretch, ...]:
    """Return what the stretches leave of the song; nothing where there are none."""
    if not stretches:
        return ()
    starts = (0, *(stop for _, stop in stretches))
    stops = (*(start for start, _ in stretches), end)
    return tuple((a, b) for a, b in zip(starts, stops, strict=True) if a < b)


def _ends(target: Range | Head | Tail | Portion, music: Music) -> Stretch:
    end = music.duration_ms
    match target:
        case Range(start_ms=start, end_ms=stop):
            return start, end if stop is None else stop
        case Head(length=length):
            return 0, _head_end(length, music)
        case Tail(length=length):
            return end - length_ms(length, music), end
        case Portion(start=first, end=last):
            return end * first // 100, end * last // 100


def _parts(
    kind: SectionKind | None, ordinal: int | None, spans: tuple[Span, ...]
) -> tuple[Stretch, ...]:
    found = [span for span in spans if kind is None or span.kind is kind]
    if not found and kind is SectionKind.INTRO:
        found = [spans[0]]
    if not found and kind is SectionKind.OUTRO:
        found = [spans[-1]]
    if ordinal is not None:
        at = ordinal - 1 if ordinal > 0 else len(found) + ordinal
        found = found[at : at + 1] if at >= 0 else []
    return tuple((span.start_ms, span.end_ms) for span in found)


def _head_end(length: Length, music: Music) -> int:
    if length.unit is Unit.MS:
        return length.amount
    first = next((b.at_ms for b in music.beats if b.in_bar == 1), 0)
    return first + length_ms(length, music)


def length_ms(length: Length, music: Music) -> int:
    """Return a length in milliseconds at the song's own tempo."""
    if length.unit is Unit.MS:
        return length.amount
    beats = length.amount * (music.meter.beats if length.unit is Unit.BAR else 1)
    return round(beats * beat_ms(music))


def beat_ms(music: Music) -> float:
    """Return how long a beat lasts: by the grid, else by the tempo, else half a second."""
    times = beat_times(music)
    if len(times) > 1:
        return (times[-1] - times[0]) / (len(times) - 1)
    return 60_000 / music.tempo.bpm if music.tempo.bpm > 0 else 500.0
