"""Guesses at segments that others wrote: names, times, texts and levels under likely keys.

Nothing public shows a segment's inside, so every key here is a guess. What comes out is for
telling a user what is there, never for rendering.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import assert_never

from mvpipe.model.canonical import Plain
from mvpipe.model.timeline import Palette, Segment, Shot, Sound, Title, Track, TrackKind
from mvpipe.protocol.parse import Object
from mvpipe.protocol.wire import LONGEST_MS

STARTS = ("start_ms", "start", "startTime", "start_time", "begin", "from", "st", "offset", "s")
ENDS = ("end_ms", "end", "endTime", "end_time", "to", "et", "e")
LENGTHS = ("duration_ms", "duration", "length", "dur", "d")
RANGES = ("target_timerange", "target_range", "timerange", "range", "time")
NAMES = ("name", "title", "label", "material_name", "filename", "file_name", "scene", "desc")
ADDRESSES = ("cdn_url", "url", "src", "path", "file", "uri", "media", "source")
TEXTS = ("text", "content", "txt", "caption", "title", "name")
LEVELS = ("volume", "vol", "gain", "level")

FALLBACKS = {TrackKind.VIDEO: "video", TrackKind.AUDIO: "audio", TrackKind.TITLE: "text"}
UNSEEN = Palette(name="unknown", colours=("#000000", "#ffffff"))
MOST_NAME = 80
_OFF = 20
"""How far off times must be from the whole length before another unit is tried."""

Written = tuple[int, Plain, list[Plain]]
"""A track as it came: its `tt`, its name, its segments."""


def likely_count(value: Plain, *, most: int) -> int | None:
    """Return a whole number from 0 to `most`, `None` for anything else."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return round(value) if 0 <= value <= most else None


@dataclass(frozen=True, slots=True)
class _Stretch:
    start: float | None
    end: float | None
    length: float | None


def foreign_tracks(tracks: Sequence[Written], *, duration_ms: int | None) -> tuple[Track, ...]:
    """Return the tracks of known kinds, each with as many segments as it came with."""
    scale = _milliseconds_a_unit(tracks, duration_ms)
    return tuple(
        _track(written, scale, duration_ms) for written in tracks if written[0] in FALLBACKS
    )


def _milliseconds_a_unit(tracks: Sequence[Written], duration_ms: int | None) -> float:
    """Return what one unit is: a millisecond, unless seconds or microseconds fit better."""
    ends = [_last(_stretch(_flat(s))) for _, _, segments in tracks for s in segments]
    last = max((end for end in ends if end is not None), default=0.0)
    if not last or not duration_ms or 1 / _OFF < last / duration_ms < _OFF:
        return 1.0
    return min((1.0, 1000.0, 0.001), key=lambda s: abs(math.log(last * s / duration_ms)))


def _last(stretch: _Stretch) -> float | None:
    if stretch.end is not None:
        return stretch.end
    return None if stretch.length is None else (stretch.start or 0.0) + stretch.length


def _track(written: Written, scale: float, duration_ms: int | None) -> Track:
    number, name, segments = written
    kind, made, cursor = TrackKind(number), [], 0
    for entry in segments:
        flat = _flat(entry)
        start, end = _placed(_stretch(flat), scale, cursor, duration_ms)
        made.append(_segment(kind, flat, start, end))
        cursor = end
    made.sort(key=lambda segment: (segment.start_ms, segment.end_ms))
    return Track(kind=kind, segments=tuple(made), name=name if isinstance(name, str) else "")


def _flat(entry: Plain) -> Object:
    """Return an entry's keys with those of the objects inside it, its own first."""
    if not isinstance(entry, dict):
        return {}
    inner = [value for value in entry.values() if isinstance(value, dict)]
    merged: dict[str, Plain] = {}
    for level in (entry, *inner):
        for key, value in level.items():
            merged.setdefault(key, value)
    return merged


def _stretch(flat: Object) -> _Stretch:
    ranges = [found for key in RANGES if isinstance(found := flat.get(key), dict)]
    places = (*ranges, flat)
    return _Stretch(
        start=_number(places, STARTS),
        end=_number(places, ENDS),
        length=_number(places, LENGTHS),
    )


def _number(places: Sequence[Object], keys: Sequence[str]) -> float | None:
    found = (place.get(key) for place in places for key in keys)
    numbers = (v for v in found if isinstance(v, int | float) and not isinstance(v, bool))
    return next((float(v) for v in numbers if 0 <= v < 1e15), None)


def _placed(
    stretch: _Stretch, scale: float, cursor: int, duration_ms: int | None
) -> tuple[int, int]:
    """Return start and end in milliseconds; without a start it follows the one before."""
    start = cursor if stretch.start is None else _ms(stretch.start * scale)
    last = _last(_Stretch(start / scale, stretch.end, stretch.length))
    end = (duration_ms or start) if last is None else _ms(last * scale)
    return start, max(start, end)


def _ms(value: float) -> int:
    return min(LONGEST_MS, round(value))


def _segment(kind: TrackKind, flat: Object, start: int, end: int) -> Segment:
    match kind:
        case TrackKind.VIDEO:
            return Shot(start, end, scene=_name(flat, kind), palette=UNSEEN, seed=0)
        case TrackKind.AUDIO:
            return Sound(start, end, media=_name(flat, kind), level=_level(flat))
        case TrackKind.TITLE:
            return Title(start, end, text=next(_texts(flat, TEXTS), FALLBACKS[kind]))
        case _:
            assert_never(kind)


def _name(flat: Object, kind: TrackKind) -> str:
    addresses = (_file_stem(address) for address in _texts(flat, ADDRESSES))
    named = (*_texts(flat, NAMES), *(name for name in addresses if name))
    return next(iter(named), FALLBACKS[kind])


def _texts(flat: Object, keys: Sequence[str]) -> Iterator[str]:
    for key in keys:
        value = flat.get(key)
        if isinstance(value, str) and value.strip():
            yield value.strip()[:MOST_NAME]


def _file_stem(address: str) -> str:
    last = re.split(r"[/\\]", re.split(r"[?#]", address, maxsplit=1)[0])[-1]
    return last.rpartition(".")[0] or last


def _level(flat: Object) -> float:
    """Return a level from 0 to 1; a number above 2 is taken for percent."""
    level = _number((flat,), LEVELS)
    if level is None:
        return 1.0
    return min(1.0, level / 100 if level > 2 else level)
