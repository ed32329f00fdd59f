"""The draft: the timeline as the wire has it, kept as the text it came in.

A draft goes back as it came, byte for byte: unknown keys, their order and the forms of numbers
survive because nothing here ever writes a draft that it has read.

Public material names `t tt sg d m` and nothing inside a segment, so these keys are our own::

    {"start": 0, "end": 4000, "name": "aurora", "mvpipe": {...}}        a shot
    {"start": 0, "end": 9000, "name": "song", "volume": 0.35, "mvpipe": {...}}
    {"start": 0, "end": 3000, "text": "First Light", "mvpipe": {...}}   a title

Times are in milliseconds. `mvpipe` holds what only our engine knows (see `segments`); a track
may have a `name`, and `m` has `width`, `height`, `aspect` and `mvpipe`, the version.
"""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass
from itertools import pairwise

from mvpipe.errors import BadAnswer
from mvpipe.model.canonical import Digest, Plain
from mvpipe.model.media import FULL_HD, Aspect
from mvpipe.model.timeline import Segment, Shot, Timeline, Track, TrackKind
from mvpipe.protocol.foreign import foreign_tracks, likely_count
from mvpipe.protocol.parse import (
    Object,
    a_list,
    an_integer,
    an_object,
    one_of,
    parse,
    span_of,
    whole_characters,
)
from mvpipe.protocol.segments import OURS, VERSION, read_segment, segment_data
from mvpipe.protocol.wire import LONGEST_MS

MOST_TRACKS = 64
MOST_SEGMENTS = 20_000
_NOTHING = {"null", "[]", '""', "false"}
_SIGNED = re.compile(r"(https?://[^?#]*)[?#].*\Z", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Draft:
    """A draft's exact text, an object of JSON; `digest` tells whether two mean the same."""

    raw: str


NO_DRAFT = Draft("{}")


def draft_of(text: str) -> Draft:
    """Return the draft that `text` is; raises BadAnswer unless it is a JSON object."""
    an_object(parse(text), where="draft")
    return Draft(text.strip().removeprefix("\ufeff"))


def draft_at(text: str, path: tuple[str, ...]) -> Draft | None:
    """Return the draft inside a greater answer, cut out as it stands.

    `None` where there is nothing, null, or something empty of another kind. Raises BadAnswer
    where it is no object.
    """
    found = span_of(text, path)
    return None if found is None or found in _NOTHING else draft_of(found)


def exportable(draft: Draft) -> bool:
    """Return whether there is anything to render: a track with a segment."""
    return any(_segments(track) for track in _tracks(_data(draft)))


def ours(draft: Draft) -> bool:
    """Return whether our engine wrote the draft, so that `decode` gives back all of it."""
    data = _data(draft)
    meta = data.get("m")
    if not isinstance(meta, dict) or meta.get(OURS) != VERSION:
        return False
    segments = [s for track in _tracks(data) for s in _segments(track)]
    return all(isinstance(s, dict) and isinstance(s.get(OURS), dict) for s in segments)


def track_counts(draft: Draft) -> tuple[tuple[int, int], ...]:
    """Return `(tt, number of segments)` of every track, those of unknown kinds too."""
    return tuple((_kind(t), len(_segments(t))) for t in _tracks(_data(draft)))


def _data(draft: Draft) -> Object:
    return an_object(parse(draft.raw), where="draft")


def _tracks(data: Object) -> list[Object]:
    tracks = data.get("t")
    found = tracks if isinstance(tracks, list) else []
    return [track for track in found if isinstance(track, dict)]


def _segments(track: Object) -> list[Plain]:
    segments = track.get("sg")
    return segments if isinstance(segments, list) else []


def _kind(track: Object) -> int:
    kind = track.get("tt")
    return kind if isinstance(kind, int) and not isinstance(kind, bool) else -1


def digest(draft: Draft) -> Digest:
    """Return a hash that differs where the edit does.

    Key order, blanks, `1` against `1.0`, and signatures in addresses make no difference.
    """
    return digest_of_data(parse(draft.raw))


def digest_of_data(data: Plain) -> Digest:
    """Return the hash of JSON data by the same rules as `digest`."""
    text = json.dumps(_settled(data), sort_keys=True, separators=(",", ":"), allow_nan=False)
    return Digest(hashlib.sha256(text.encode()).hexdigest())


def _settled(data: Plain) -> Plain:
    if isinstance(data, float) and data.is_integer():
        return int(data)
    if isinstance(data, str):
        return _SIGNED.sub(r"\1", data)
    if isinstance(data, list):
        return [_settled(item) for item in data]
    if isinstance(data, dict):
        return {key: _settled(item) for key, item in data.items()}
    return data


def encode(timeline: Timeline, *, title: str = "") -> Draft:
    """Return the timeline as a draft; `decode` is its exact inverse."""
    size = FULL_HD[timeline.aspect]
    meta: dict[str, Plain] = {
        **({"title": title} if title else {}),
        "width": size.width,
        "height": size.height,
        "aspect": timeline.aspect.value,
        OURS: VERSION,
    }
    tracks: list[Plain] = [_track_data(track) for track in timeline.tracks]
    data: dict[str, Plain] = {"t": tracks, "d": timeline.duration_ms, "m": meta}
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    return Draft(whole_characters(text))


def _track_data(track: Track) -> dict[str, Plain]:
    segments: list[Plain] = [segment_data(segment) for segment in track.segments]
    name: dict[str, Plain] = {"name": track.name} if track.name else {}
    return {"tt": track.kind.value, **name, "sg": segments}


def decode(draft: Draft) -> Timeline:
    """Return the timeline: exactly for a draft of ours, else by the likeliest keys.

    Of a foreign draft it is good for counting and for telling, never for rendering: names fall
    back to `video`, `audio` and `text`, tracks of unknown kinds are left out. Raises BadAnswer
    for a draft of ours that was damaged, and for one beyond all measure.
    """
    data = _data(draft)
    if len(_tracks(data)) > MOST_TRACKS:
        raise BadAnswer(f"the draft has more than {MOST_TRACKS} tracks")
    if sum(len(_segments(track)) for track in _tracks(data)) > MOST_SEGMENTS:
        raise BadAnswer(f"the draft has more than {MOST_SEGMENTS} segments")
    return _exactly(data) if ours(draft) else _likely(data)


def _exactly(data: Object) -> Timeline:
    meta = an_object(data.get("m"), where="draft.m")
    written = [an_object(t, where="draft.t") for t in a_list(data.get("t"), where="draft.t")]
    return Timeline(
        duration_ms=an_integer(data.get("d"), where="draft.d", low=0, high=LONGEST_MS),
        tracks=tuple(_track(t, where=f"draft.t[{n}]") for n, t in enumerate(written)),
        aspect=one_of(Aspect, meta.get("aspect"), where="draft.m.aspect"),
    )


def _track(data: Object, *, where: str) -> Track:
    if _kind(data) not in set(TrackKind):
        raise BadAnswer(f"{where}.tt is no kind of track")
    kind, name = TrackKind(_kind(data)), data.get("name")
    segments = tuple(
        read_segment(an_object(s, where=where), kind=kind, where=f"{where}.sg[{n}]")
        for n, s in enumerate(_segments(data))
    )
    _check_order(segments, where=where)
    return Track(kind=kind, segments=segments, name=name if isinstance(name, str) else "")


def _check_order(segments: tuple[Segment, ...], *, where: str) -> None:
    for before, after in pairwise(segments):
        if after.start_ms < before.start_ms:
            raise BadAnswer(f"{where}: the segments are not in order of time")
        if isinstance(before, Shot) and after.start_ms < before.end_ms:
            raise BadAnswer(f"{where}: two shots overlap at {after.start_ms} ms")


def _likely(data: Object) -> Timeline:
    tracks = foreign_tracks(
        [(_kind(t), t.get("name"), _segments(t)) for t in _tracks(data)],
        duration_ms=likely_count(data.get("d"), most=LONGEST_MS),
    )
    ends = [s.end_ms for track in tracks for s in track.segments]
    whole = likely_count(data.get("d"), most=LONGEST_MS) or max(ends, default=0)
    return Timeline(duration_ms=whole, tracks=tracks, aspect=_likely_aspect(data.get("m")))


def _likely_aspect(meta: Plain) -> Aspect:
    """Return the shape nearest to the sides in `m`; wide where there are none."""
    sides = meta if isinstance(meta, dict) else {}
    width = likely_count(sides.get("width"), most=100_000)
    height = likely_count(sides.get("height"), most=100_000)
    if not width or not height or width > 1.2 * height:
        return Aspect.WIDE
    return Aspect.TALL if height > 1.2 * width else Aspect.SQUARE
