from __future__ import annotations

import hashlib
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from mvpipe.engine.audio.hear import hear
from mvpipe.model.hints import Meter, MusicHints
from mvpipe.model.music import Curve, Music, SectionKind
from tests.recordings import encoded
from tests.songs import Song, Sound, clicks, little_song, noise, silence, tone, write_wav

FREE = MusicHints()


def heard(folder: Path, song: Song, *, hints: MusicHints = FREE) -> Music:
    return hear(write_wav(folder / "song.wav", song.pcm, song.rate_hz), hints=hints)


def nearest_ms(music: Music, truth_ms: tuple[int, ...]) -> list[int]:
    """Return how late the nearest heard beat is for every true one."""
    return [
        min((beat.at_ms - true for beat in music.beats), key=abs, default=10_000)
        for true in truth_ms
    ]


def moved(song: Song, by_ms: int) -> Song:
    hush = np.zeros((song.rate_hz * by_ms // 1000, 2), np.float32)
    pcm: Sound = np.concatenate([hush, song.pcm])
    return Song(pcm, song.rate_hz, song.bpm, song.meter)


@pytest.mark.parametrize("bpm", [72, 96.5, 128, 150])
def test_every_beat_of_a_click_track_is_heard_where_it_sounds(
    tmp_path: Path, bpm: float
) -> None:
    song = clicks(bpm, 20, first_ms=250)
    music = heard(tmp_path, song)
    assert music.tempo.bpm == pytest.approx(bpm, rel=0.002)
    assert max(abs(late) for late in nearest_ms(music, song.beats_ms)) <= 10


def test_a_song_with_drums_and_chords_is_counted_right(tmp_path: Path) -> None:
    song = little_song(118, 16, first_ms=300)
    music = heard(tmp_path, song)
    downbeats = [beat.at_ms for beat in music.beats if beat.in_bar == 1]
    late = [min(abs(true - at) for at in downbeats) for true in song.downbeats_ms]
    assert max(late) <= 12
    assert music.meter == Meter(4, 4)


def test_a_waltz_is_counted_in_three(tmp_path: Path) -> None:
    assert heard(tmp_path, little_song(132, 20, meter=3)).meter.beats == 3


def test_the_quiet_half_and_the_loud_half_are_two_sections(tmp_path: Path) -> None:
    song = little_song(124, 16)
    music = heard(tmp_path, song)
    starts = [section.start_ms for section in music.sections]
    assert min(abs(start - song.sections[1].start_ms) for start in starts) <= 30
    assert music.sections[0].kind is SectionKind.INTRO
    assert SectionKind.DROP in {section.kind for section in music.sections}


def test_sections_cover_the_song_without_gaps(tmp_path: Path) -> None:
    music = heard(tmp_path, little_song(124, 24))
    assert music.sections[0].start_ms == 0
    assert music.sections[-1].end_ms == music.duration_ms
    assert all(one.end_ms == two.start_ms for one, two in pairwise(music.sections))


def test_a_later_song_has_later_beats(tmp_path: Path) -> None:
    song = clicks(110, 15, first_ms=100)
    before = [b.at_ms for b in heard(tmp_path, song).beats]
    after = [b.at_ms for b in heard(tmp_path, moved(song, 330)).beats]
    assert all(min(abs(at + 330 - other) for other in after) <= 6 for at in before)


def test_gain_and_a_constant_offset_do_not_move_the_grid(tmp_path: Path) -> None:
    song = little_song(118, 12)
    soft = Song((song.pcm * 0.1 + 0.2).astype(np.float32), song.rate_hz)
    before, after = heard(tmp_path, song), heard(tmp_path, soft)
    assert len(before.beats) == len(after.beats)
    pairs = zip(before.beats, after.beats, strict=True)
    assert max(abs(one.at_ms - two.at_ms) for one, two in pairs) <= 6


def test_clipping_does_not_lose_the_beat(tmp_path: Path) -> None:
    song = clicks(128, 15)
    loud = Song(np.clip(song.pcm * 8, -1, 1), song.rate_hz)
    assert heard(tmp_path, loud).tempo.bpm == pytest.approx(128, rel=0.002)


@pytest.mark.parametrize("rate_hz", [8_000, 96_000])
def test_any_sample_rate_gives_the_same_grid(tmp_path: Path, rate_hz: int) -> None:
    song = clicks(120, 10, rate_hz=rate_hz)
    music = heard(tmp_path, song)
    assert max(abs(late) for late in nearest_ms(music, song.beats_ms)) <= 12


def test_silence_has_a_section_and_no_beat(tmp_path: Path) -> None:
    music = heard(tmp_path, silence(5))
    assert (music.beats, music.tempo.confidence) == ((), 0.0)
    assert [(s.start_ms, s.end_ms) for s in music.sections] == [(0, 5000)]
    assert music.warnings == (
        "no steady beat was heard; to cut on one, set `music: {bpm: ...}`",
    )
    assert not any(music.curves.loudness.levels)


def test_a_given_tempo_makes_a_grid_even_of_silence(tmp_path: Path) -> None:
    music = heard(tmp_path, silence(6), hints=MusicHints(bpm=120, first_downbeat_ms=500))
    gaps = {two.at_ms - one.at_ms for one, two in pairwise(music.beats)}
    assert gaps == {500}
    assert next(beat.at_ms for beat in music.beats if beat.in_bar == 1) == 500


@pytest.mark.parametrize("song", [noise(12), tone(12)], ids=["noise", "tone"])
def test_what_has_no_beat_is_not_sure_of_one(tmp_path: Path, song: Song) -> None:
    music = heard(tmp_path, song)
    assert music.tempo.confidence < 0.4
    assert "`music: {bpm: ...}`" in music.warnings[0]


@pytest.mark.parametrize("seconds", [0.002, 0.05, 0.4, 1.0, 2.5])
def test_a_very_short_song_is_heard_without_fuss(tmp_path: Path, seconds: float) -> None:
    music = heard(tmp_path, clicks(120, seconds))
    assert music.duration_ms == round(seconds * 1000)
    assert music.sections[-1].end_ms == music.duration_ms
    assert all(0 <= beat.at_ms <= music.duration_ms for beat in music.beats)


def test_half_a_minute_of_silence_first_does_not_matter(tmp_path: Path) -> None:
    song = clicks(128, 15)
    music = heard(tmp_path, moved(song, 30_000))
    late = nearest_ms(music, tuple(30_000 + at for at in song.beats_ms))
    assert max(abs(ms) for ms in late) <= 12


def test_a_given_tempo_wins_over_the_ear(tmp_path: Path) -> None:
    music = heard(tmp_path, clicks(128, 15), hints=MusicHints(bpm=64))
    assert music.tempo.bpm == pytest.approx(64, rel=0.01)


def test_a_given_first_downbeat_and_meter_are_kept(tmp_path: Path) -> None:
    hints = MusicHints(first_downbeat_ms=1000, meter=Meter(3, 4))
    music = heard(tmp_path, clicks(120, 10), hints=hints)
    assert music.meter == Meter(3, 4)
    places = {beat.at_ms: beat.in_bar for beat in music.beats}
    assert next(p for at, p in places.items() if abs(at - 1000) < 15) == 1


def test_a_given_first_downbeat_moves_the_whole_grid(tmp_path: Path) -> None:
    music = heard(tmp_path, clicks(120, 20), hints=MusicHints(first_downbeat_ms=250))
    late = nearest_ms(music, tuple(range(250, 19_000, 500)))
    assert sorted(abs(ms) for ms in late)[len(late) // 2] <= 10


def test_the_half_tempo_is_among_the_candidates(tmp_path: Path) -> None:
    tempo = heard(tmp_path, clicks(140, 15)).tempo
    assert any(abs(candidate.bpm - 70) < 1.5 for candidate in tempo.candidates)
    scores = [candidate.score for candidate in tempo.candidates]
    assert scores == sorted(scores, reverse=True)


def test_curves_are_as_long_as_the_song(tmp_path: Path) -> None:
    curves = heard(tmp_path, little_song(120, 4)).curves
    assert _rows(curves.kick) == curves.kick.rate_hz * 8
    assert _rows(curves.spectrum) == curves.spectrum.rate_hz * 8
    assert curves.spectrum.width == 32


def _rows(curve: Curve) -> int:
    return len(curve.levels) // (2 * curve.width)


def test_hearing_twice_gives_the_same(tmp_path: Path) -> None:
    song = little_song(120, 6)
    digests = {hashlib.sha256(repr(heard(tmp_path, song)).encode()).digest() for _ in range(2)}
    assert len(digests) == 1


def test_progress_goes_up_to_one(tmp_path: Path) -> None:
    told: list[float] = []
    path = write_wav(tmp_path / "song.wav", clicks(120, 5).pcm)
    hear(path, hints=FREE, progress=told.append)
    assert told == sorted(told)
    assert told[-1] == 1.0
    assert len(told) > 3


def test_a_file_shorter_than_its_header_says_is_used_with_a_warning(tmp_path: Path) -> None:
    pcm = clicks(120, 8).pcm[:, 0]
    path = encoded(tmp_path / "song.mp3", pcm, codec="mp3", rate_hz=44_100)
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    music = hear(path, hints=FREE)
    assert 3000 < music.duration_ms < 5000
    assert "ends early" in music.warnings[0]
