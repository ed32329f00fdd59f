"""A timeline in a line, and what changed between two, in plain words."""

from __future__ import annotations

from itertools import zip_longest

from mvpipe.model.timecode import timecode
from mvpipe.model.timeline import Shot, Sound, Timeline, Title, Track, TrackKind


def summarize(timeline: Timeline) -> str:
    """Return the tracks in one line.

    `Timeline (3 tracks): 1. Video: aurora, tunnel (0-82s) 2. BGM: first-light (0-82s, 100%)
    3. Title: "First Light" (0-3s)`
    """
    count = len(timeline.tracks)
    said = [f"{i}. {_track(track)}" for i, track in enumerate(timeline.tracks, 1)]
    return f"Timeline ({count} track{'' if count == 1 else 's'}): " + " ".join(said)


def _track(track: Track) -> str:
    if not track.segments:
        return f"{_kind(track.kind)}: empty"
    stretch = f"{_seconds(track.segments[0].start_ms)}-{_seconds(_end(track))}s"
    match track.kind:
        case TrackKind.VIDEO:
            scenes = dict.fromkeys(s.scene for s in track.segments if isinstance(s, Shot))
            return f"Video: {', '.join(scenes)} ({stretch})"
        case TrackKind.AUDIO:
            sounds = [s for s in track.segments if isinstance(s, Sound)]
            names = ", ".join(dict.fromkeys(sound.media for sound in sounds))
            return f"BGM: {names} ({stretch}, {round(sounds[0].level * 100)}%)"
        case TrackKind.TITLE:
            return "Title: " + ", ".join(
                _title(s) for s in track.segments if isinstance(s, Title)
            )


def _kind(kind: TrackKind) -> str:
    return {TrackKind.VIDEO: "Video", TrackKind.AUDIO: "BGM", TrackKind.TITLE: "Title"}[kind]


def _end(track: Track) -> int:
    return max(segment.end_ms for segment in track.segments)


def _title(title: Title) -> str:
    return f'"{title.text}" ({_seconds(title.start_ms)}-{_seconds(title.end_ms)}s)'


def _seconds(at_ms: int) -> str:
    """Return seconds, with a tenth only where there is one."""
    tenths = round(at_ms / 100)
    return str(tenths // 10) if tenths % 10 == 0 else f"{tenths // 10}.{tenths % 10}"


def changes(before: Timeline | None, after: Timeline) -> tuple[str, ...]:
    """Return what differs between two timelines, one plain sentence part each."""
    if before is None or (before.sounds[:1] != after.sounds[:1] and _moved(before, after)):
        return (f"new video: {len(after.shots)} shots over {timecode(after.duration_ms)}",)
    said: list[str] = []
    if before.aspect is not after.aspect:
        said.append(f"aspect {before.aspect} -> {after.aspect}")
    said += _shot_changes(before, after)
    said += _title_changes(before, after)
    said += _sound_changes(before, after)
    return tuple(said)


def _moved(before: Timeline, after: Timeline) -> bool:
    return {s.media for s in before.sounds} != {s.media for s in after.sounds}


_SIDES = (
    "scene",
    "variant",
    "palette",
    "seed",
    "motion",
    "reaction",
    "grade",
    "transition",
    "media",
)


def _shot_changes(before: Timeline, after: Timeline) -> list[str]:
    old = {(shot.start_ms, shot.end_ms): shot for shot in before.shots}
    kept = [
        (old[key], shot) for shot in after.shots if (key := (shot.start_ms, shot.end_ms)) in old
    ]
    said = []
    if len(kept) != len(after.shots) or len(old) != len(after.shots):
        said.append(f"cuts: {len(before.shots)} -> {len(after.shots)} shots")
    for side in _SIDES:
        moved = [new for was, new in kept if getattr(was, side) != getattr(new, side)]
        if moved:
            said.append(f"{side} of {_where(moved)}")
    return said


def _where(shots: list[Shot]) -> str:
    sections = ", ".join(dict.fromkeys(shot.section for shot in shots if shot.section))
    count = f"{len(shots)} shot{'' if len(shots) == 1 else 's'}"
    return f"{count} ({sections})" if sections else count


def _title_changes(before: Timeline, after: Timeline) -> list[str]:
    gone = [title for title in before.titles if title not in after.titles]
    new = [title for title in after.titles if title not in before.titles]
    said = []
    for old, now in zip_longest(gone, new):
        if old is None:
            said.append(f"title added: {_title(now)}")
        elif now is None:
            said.append(f"title removed: {_title(old)}")
        else:
            said.append(f"title changed: {_title(old)} -> {_title(now)}")
    return said


def _sound_changes(before: Timeline, after: Timeline) -> list[str]:
    pairs = zip(before.sounds, after.sounds, strict=False)
    return [
        f"level of {new.media}: {round(old.level * 100)}% -> {round(new.level * 100)}%"
        for old, new in pairs
        if old.level != new.level
    ]
