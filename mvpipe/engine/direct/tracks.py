"""Tracks of a timeline replaced one at a time; a title track without titles goes."""

from __future__ import annotations

from dataclasses import replace

from mvpipe.model.timeline import Segment, Shot, Sound, Timeline, Title, Track, TrackKind


def with_shots(timeline: Timeline, shots: tuple[Shot, ...]) -> Timeline:
    """Return the timeline with other shots."""
    return _with(timeline, TrackKind.VIDEO, shots)


def with_sounds(timeline: Timeline, sounds: tuple[Sound, ...]) -> Timeline:
    """Return the timeline with other sounds."""
    return _with(timeline, TrackKind.AUDIO, sounds)


def with_titles(timeline: Timeline, titles: tuple[Title, ...]) -> Timeline:
    """Return the timeline with other titles, in order of time."""
    ordered = tuple(sorted(titles, key=lambda title: (title.start_ms, title.end_ms)))
    others = tuple(track for track in timeline.tracks if track.kind is not TrackKind.TITLE)
    if not ordered:
        return replace(timeline, tracks=others)
    return replace(timeline, tracks=(*others, Track(TrackKind.TITLE, ordered, "Title")))


def _with(timeline: Timeline, kind: TrackKind, segments: tuple[Segment, ...]) -> Timeline:
    tracks = tuple(
        replace(track, segments=segments) if track.kind is kind else track
        for track in timeline.tracks
    )
    return replace(timeline, tracks=tracks)
