"""What was heard in a song, as a person reads it, and as a program does."""

from __future__ import annotations

import json
from collections.abc import Iterator

from mvpipe.model.canonical import plain
from mvpipe.model.music import Music, Section
from mvpipe.model.timecode import timecode
from mvpipe.report.clean import one_line

SCHEMA_VERSION = 1
BAR_WIDTH = 20


def music_text(music: Music, name: str) -> str:
    """Return the table that `inspect` prints."""
    return "\n".join(_lines(music, name))


def _lines(music: Music, name: str) -> Iterator[str]:
    tempo, mood = music.tempo, music.mood
    downbeats = [beat for beat in music.beats if beat.in_bar == 1]
    yield f"{one_line(name)}  {timecode(music.duration_ms)}"
    yield f"  tempo     {_tempo(music)}"
    others = ", ".join(f"{c.bpm:.1f} ({c.score:.2f})" for c in tempo.candidates[:4])
    if others:
        yield f"  could be  {others}"
    if downbeats:
        first = f"{downbeats[0].at_ms / 1000:.3f} s"
        count = f"{len(music.beats)} beats, {len(downbeats)} bars"
        yield f"  grid      {count}, first bar at {first}"
    yield f"  key       {mood.key} {mood.mode} (confidence {mood.confidence:.2f})"
    feel = {"arousal": mood.arousal, "valence": mood.valence, "brightness": mood.brightness}
    yield f"  mood      {', '.join(f'{word} {value:.2f}' for word, value in feel.items())}"
    yield "  sections"
    yield from (_section(section) for section in music.sections)
    yield from (f"  note: {one_line(text, width=200)}" for text in music.warnings)


def _tempo(music: Music) -> str:
    tempo = music.tempo
    if not tempo.confidence:
        return "no steady beat"
    return f"{tempo.bpm:.2f} bpm, {music.meter} (confidence {tempo.confidence:.2f})"


def _section(section: Section) -> str:
    times = f"{timecode(section.start_ms):>7} - {timecode(section.end_ms):>7}"
    energy = "#" * round(section.energy * BAR_WIDTH)
    return f"    {times}  {section.kind:<6} {section.label:<2} {energy:<{BAR_WIDTH}}".rstrip()


def music_json(music: Music) -> str:
    """Return one JSON document with everything but the curves; stable in its version."""
    found = {
        "schema_version": SCHEMA_VERSION,
        "duration_ms": music.duration_ms,
        "tempo": plain(music.tempo),
        "meter": str(music.meter),
        "beats": plain(music.beats),
        "sections": plain(music.sections),
        "mood": plain(music.mood),
        "warnings": plain(music.warnings),
    }
    return json.dumps(found, indent=2)
