from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from mvpipe.engine.audio.evidence import TEMPI, grid_bpm, viewed
from mvpipe.engine.audio.hear import hear
from mvpipe.engine.audio.onsets import find_onsets
from mvpipe.engine.audio.spectrum import analyse
from mvpipe.engine.audio.weights import WEIGHTS
from mvpipe.model.hints import Meter, MusicHints
from mvpipe.model.music import Music
from tests.bench.measures import f_measure, late
from tests.corpus.score import Score, compose
from tests.corpus.sound import RATE_HZ, play
from tests.corpus.truth import Array
from tests.songs import clicks, write_wav


def heard(folder: Path, score: Score, *, hints: MusicHints) -> Music:
    return hear(write_wav(folder / "piece.wav", play(score), RATE_HZ), hints=hints)


def beats_s(music: Music) -> Array:
    return np.array([beat.at_ms / 1000 for beat in music.beats])


@pytest.mark.parametrize(
    ("group", "meter"),
    [
        ("70 of 140", Meter(4, 4)),
        ("174 of 87", Meter(4, 4)),
        ("5/4", Meter(5, 4)),
        ("6/8", Meter(6, 8)),
    ],
)
def test_the_right_level_of_the_beat_is_counted(
    tmp_path: Path, group: str, meter: Meter
) -> None:
    score = compose(group, "development", 0)
    music = heard(tmp_path, score, hints=MusicHints())
    assert music.tempo.bpm == pytest.approx(score.truth.bpm, rel=0.01)
    assert music.meter == meter
    assert f_measure(late(score.truth.grid.beats_s), late(beats_s(music))) > 0.95


def test_loud_off_beats_are_not_taken_for_the_beat(tmp_path: Path) -> None:
    score = compose("latin", "development", 0)
    music = heard(tmp_path, score, hints=MusicHints())
    assert f_measure(late(score.truth.grid.beats_s), late(beats_s(music))) > 0.95


def test_a_told_downbeat_before_the_first_heard_beat_moves_the_grid(tmp_path: Path) -> None:
    score = compose("latin", "development", 0)
    first_s = float(score.truth.grid.downbeats_s[0])
    music = heard(tmp_path, score, hints=MusicHints(first_downbeat_ms=round(1000 * first_s)))
    downbeats = [beat.at_ms / 1000 for beat in music.beats if beat.in_bar == 1]
    assert min(abs(at - first_s) for at in downbeats) < 0.03


def test_every_view_of_a_tempo_has_a_weight() -> None:
    pcm = clicks(120, 6, rate_hz=24_000).pcm[:, :1]
    (views,) = viewed(find_onsets(analyse([pcm])))
    assert len(views) == len(WEIGHTS)
    assert {view.shape for view in views} == {(6, TEMPI)}


def test_the_comb_peaks_at_the_tempo() -> None:
    pcm = clicks(120, 12, rate_hz=24_000).pcm[:, :1]
    (views,) = viewed(find_onsets(analyse([pcm])))
    at_one_beat = views[4][6]
    near = np.abs(np.log2(grid_bpm() / 120)) < 0.4
    assert grid_bpm()[near][at_one_beat[near].argmax()] == pytest.approx(120, rel=0.01)
