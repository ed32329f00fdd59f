from __future__ import annotations

import json
from dataclasses import replace

from mvpipe.model.hints import Meter
from mvpipe.model.music import (
    Beat,
    Curve,
    Curves,
    Mood,
    Music,
    Section,
    SectionKind,
    Tempo,
    TempoCandidate,
)
from mvpipe.report.music import music_json, music_text
from tests.goldens import golden

FLAT = Curve(rate_hz=1, levels=b"")
MUSIC = Music(
    duration_ms=8_000,
    tempo=Tempo(120.0, 0.93, (TempoCandidate(60.0, 0.41), TempoCandidate(240.0, 0.2))),
    meter=Meter(),
    beats=tuple(Beat(350 + 500 * n, n % 4 + 1, 0.9) for n in range(8)),
    sections=(
        Section(0, 4_350, SectionKind.INTRO, "A", 0.25, 0.8),
        Section(4_350, 8_000, SectionKind.DROP, "B", 1.0, 0.7),
    ),
    curves=Curves(*(FLAT,) * 9),
    mood=Mood(0.8, 0.4, 0.5, 0.6, "F#", "minor", 0.7),
    warnings=("the end is cut off",),
)
SILENCE = replace(MUSIC, tempo=Tempo(0.0, 0.0), beats=(), sections=(), warnings=())


def test_where_there_is_no_beat_no_tempo_is_told() -> None:
    assert "  tempo     no steady beat\n" in music_text(SILENCE, "x.mp3") + "\n"
    assert "bpm" not in music_text(SILENCE, "x.mp3")


def test_what_was_heard_reads_as_a_table() -> None:
    shown = music_text(MUSIC, "midnight-drive.mp3") + "\n"
    assert shown == golden("music.txt", shown)


def test_a_song_without_a_beat_has_no_grid() -> None:
    lines = music_text(SILENCE, "silence.wav").splitlines()
    assert not any(line.split()[0] in {"grid", "could"} for line in lines)


def test_names_and_notes_cannot_steer_a_terminal() -> None:
    tricky = replace(MUSIC, warnings=("\x1b[2J\n::error::x",))
    shown = music_text(tricky, "\x1b]0;x\x07.mp3")
    assert "\x1b" not in shown
    assert not any(line.startswith("::") for line in shown.splitlines())


def test_what_was_heard_as_json_has_everything_but_the_curves() -> None:
    heard = json.loads(music_json(MUSIC))
    assert heard["schema_version"] == 1
    assert heard["tempo"]["candidates"][0] == {"bpm": 60.0, "score": 0.41}
    assert (heard["meter"], heard["mood"]["key"]) == ("4/4", "F#")
    assert len(heard["beats"]) == 8
    assert heard["sections"][1]["kind"] == "drop"
    assert heard["warnings"] == ["the end is cut off"]
    assert "curves" not in heard
