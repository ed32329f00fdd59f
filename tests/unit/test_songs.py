from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from numpy.typing import NDArray

from mvpipe.model.music import SectionKind
from tests import songs

FOLDER = Path(__file__).parents[2] / "examples" / "audio"
EXAMPLES = ("first-light", "night-bus")


def test_clicks_sound_on_their_beats_and_not_before() -> None:
    song = songs.clicks(120, 6, first_ms=350)
    loud = np.abs(song.pcm[:, 0]) > 0.5
    struck = np.flatnonzero(loud & ~np.roll(loud, 1)) * 1000 / song.rate_hz
    assert song.beats_ms == (350, *range(850, 6000, 500))
    assert all(np.abs(struck - beat).min() < 1 for beat in song.beats_ms)
    assert not song.pcm[: song.rate_hz * 349 // 1000].any()


def test_every_meter_has_its_downbeats() -> None:
    song = songs.clicks(100, 10, meter=3)
    assert song.downbeats_ms == song.beats_ms[::3]
    assert song.beats_ms[:4] == (0, 600, 1200, 1800)


def test_a_downbeat_is_brighter_than_the_other_beats() -> None:
    song = songs.clicks(120, 8)
    rates = [_brightness(song, beat) for beat in song.beats_ms]
    assert min(rates[::4]) > 3 * max(rates[1::4] + rates[2::4] + rates[3::4])


def test_no_beat_is_promised_at_the_very_end() -> None:
    assert songs.clicks(120, 4).beats_ms[-1] == 3500
    assert songs.clicks(120, 1, first_ms=2000).beats_ms == ()


def test_the_loud_half_of_a_little_song_begins_on_a_downbeat() -> None:
    song = songs.little_song(124, 8, first_ms=200)
    quiet, loud = song.sections
    turn = quiet.end_ms * song.rate_hz // 1000
    assert quiet.end_ms == loud.start_ms == song.downbeats_ms[4]
    assert loud.end_ms == song.duration_ms
    assert (quiet.kind, loud.kind) == (SectionKind.INTRO, SectionKind.DROP)
    assert _level(song.pcm[turn:]) > 3 * _level(song.pcm[:turn])


def test_a_little_song_of_one_bar_is_all_drop() -> None:
    assert [part.kind for part in songs.little_song(90, 1).sections] == [SectionKind.DROP]


def test_the_same_arguments_make_the_same_song() -> None:
    first, again = songs.little_song(99, 3, meter=3), songs.little_song(99, 3, meter=3)
    assert np.array_equal(first.pcm, again.pcm)
    assert np.array_equal(songs.noise(0.1, seed=7).pcm, songs.noise(0.1, seed=7).pcm)
    assert not np.array_equal(songs.noise(0.1, seed=7).pcm, songs.noise(0.1, seed=8).pcm)


@pytest.mark.parametrize(
    "song",
    [
        songs.clicks(124, 3),
        songs.little_song(124, 2),
        songs.tone(0.5),
        songs.noise(0.5),
        songs.silence(0.5),
    ],
    ids=["clicks", "little song", "tone", "noise", "silence"],
)
def test_sound_is_stereo_floats_that_do_not_clip(song: songs.Song) -> None:
    assert song.pcm.dtype == np.float32
    assert song.pcm.shape[1:] == (2,)
    assert abs(len(song.pcm) * 1000 / song.rate_hz - song.duration_ms) <= 0.5
    assert np.abs(song.pcm).max() <= 1


def test_what_has_no_pulse_has_no_beats() -> None:
    assert songs.tone(1).beats_ms == songs.noise(1).beats_ms == songs.silence(1).beats_ms == ()


def test_a_wav_file_gives_back_what_was_written(tmp_path: Path) -> None:
    song = songs.little_song(124, 1, rate_hz=8000)
    pcm, rate_hz = songs.read_wav(songs.write_wav(tmp_path / "a.wav", song.pcm, 8000))
    assert rate_hz == 8000
    assert np.abs(pcm - song.pcm).max() < 1e-4


@pytest.mark.parametrize("sample_bytes", [1, 2, 3, 4])
def test_a_wav_file_of_any_sample_size_decodes_to_the_same_sound(
    tmp_path: Path, sample_bytes: int
) -> None:
    tone = songs.tone(0.2, rate_hz=8000).pcm[:, 0]
    path = songs.write_wav(tmp_path / "a.wav", tone, 8000, sample_bytes=sample_bytes)
    heard, rate_hz = _decoded(path)
    assert rate_hz == 8000
    assert np.abs(heard[:, 0] - tone).max() < 1.01 / 2 ** (8 * sample_bytes - 1) + 1e-6


@pytest.mark.parametrize(
    ("stem", "groove", "count"),
    [("first-light", {"drop"}, 64), ("night-bus", {"verse", "drop"}, 32)],
)
def test_an_example_song_strikes_its_drums_within_10_ms_of_the_known_beats(
    stem: str, groove: set[str], count: int
) -> None:
    truth, (pcm, rate_hz) = _truth(stem), _decoded(FOLDER / f"{stem}.mp3")
    beats = [
        beat
        for part in truth["sections"]
        for beat in truth["beats_ms"]
        if part["kind"] in groove and part["start_ms"] <= beat < part["end_ms"]
    ]
    late = [_onset_ms(pcm.mean(axis=1), near_ms=beat, rate_hz=rate_hz) - beat for beat in beats]
    assert len(beats) == count
    assert max(map(abs, late)) <= 10


@pytest.mark.parametrize("stem", EXAMPLES)
def test_an_example_song_is_as_long_as_its_truth_says_and_does_not_clip(stem: str) -> None:
    pcm, rate_hz = _decoded(FOLDER / f"{stem}.mp3")
    assert abs(len(pcm) * 1000 / rate_hz - _truth(stem)["duration_ms"]) <= 25
    assert np.abs(pcm).max() < 10 ** (-1 / 20)


@pytest.mark.parametrize("stem", EXAMPLES)
def test_an_example_song_loses_next_to_nothing_in_mono(stem: str) -> None:
    pcm, _ = _decoded(FOLDER / f"{stem}.mp3")
    assert _level(pcm.mean(axis=1)) > 0.94 * _level(pcm)


@pytest.mark.parametrize("stem", EXAMPLES)
def test_the_beats_of_an_example_song_are_even_and_its_sections_meet_on_downbeats(
    stem: str,
) -> None:
    truth = _truth(stem)
    beats, parts = truth["beats_ms"], truth["sections"]
    even = [beats[0] + turn * 60_000 / truth["bpm"] for turn in range(len(beats))]
    assert np.abs(np.subtract(beats, even)).max() <= 0.5
    assert truth["downbeats_ms"] == beats[::4]
    assert {part["start_ms"] for part in parts} <= set(truth["downbeats_ms"])
    assert [part["end_ms"] for part in parts[:-1]] == [part["start_ms"] for part in parts[1:]]


def test_first_light_goes_from_intro_to_outro_and_is_loudest_in_its_drops() -> None:
    levels = _levels("first-light")
    assert list(levels) == ["intro", "build", "drop", "break", "outro"]
    assert min(levels["drop"]) > 1.4 * max(levels["break"])


def test_night_bus_begins_quietly_and_lifts_only_a_little() -> None:
    levels = _levels("night-bus")
    (intro,), (verse,), (lift,), (outro,) = levels.values()
    assert list(levels) == ["intro", "verse", "drop", "outro"]
    assert max(intro, outro) < verse < lift < 1.3 * verse


def _levels(stem: str) -> dict[str, list[float]]:
    """Return how loud each section of an example song is, by kind, in order of appearance."""
    pcm, rate_hz = _decoded(FOLDER / f"{stem}.mp3")
    levels: dict[str, list[float]] = {}
    for part in _truth(stem)["sections"]:
        start, end = (part[name] * rate_hz // 1000 for name in ("start_ms", "end_ms"))
        levels.setdefault(SectionKind(part["kind"]).value, []).append(_level(pcm[start:end]))
    return levels


def _truth(stem: str) -> dict[str, Any]:
    text = (FOLDER / f"{stem}.beats.json").read_text(encoding="utf-8")
    truth: dict[str, Any] = json.loads(text)
    return truth


def _decoded(path: Path) -> tuple[NDArray[np.float32], int]:
    with av.open(str(path)) as container:
        rate_hz = container.streams.audio[0].rate
        layout = container.streams.audio[0].layout.name
        floats = av.AudioResampler("fltp", layout, rate_hz)
        frames = [*container.decode(audio=0), None]
        pieces = [ready.to_ndarray() for frame in frames for ready in floats.resample(frame)]
    return np.concatenate(pieces, axis=1).T.astype(np.float32), rate_hz


def _onset_ms(mono: NDArray[np.float32], *, near_ms: int, rate_hz: int) -> int:
    """Return the millisecond, within 50 of `near_ms`, where the energy rises most steeply."""
    step, first_ms = rate_hz // 1000, near_ms - 50
    rows = np.diff(mono[first_ms * step : (near_ms + 50) * step + 1]).reshape(-1, step)
    power = np.log10((rows.astype(np.float64) ** 2).mean(axis=1) + 1e-5)
    return first_ms + 1 + int(np.argmax(np.diff(power)))


def _brightness(song: songs.Song, at_ms: int) -> float:
    """Return how much the sound moves from sample to sample in the 20 ms after `at_ms`."""
    start = at_ms * song.rate_hz // 1000 + 20
    return float(np.abs(np.diff(song.pcm[start : start + song.rate_hz // 50, 0])).mean())


def _level(pcm: NDArray[np.float32]) -> float:
    return float(np.sqrt((pcm.astype(np.float64) ** 2).mean()))
