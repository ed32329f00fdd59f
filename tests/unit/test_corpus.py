from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from mvpipe.model.music import SectionKind
from tests.bench.measures import any_level, correct_level, f_measure, late, tempo_ratio
from tests.corpus import banks
from tests.corpus.banks import dealt
from tests.corpus.pieces import clicked, pieces
from tests.corpus.score import Score, compose
from tests.corpus.sound import play
from tests.corpus.styles import STYLES
from tests.corpus.truth import HALVES, Array

EVEN: Array = np.arange(60, dtype=np.float64) * 0.5


@pytest.fixture(scope="module")
def everything() -> tuple[Score, ...]:
    return pieces("development") + pieces("held-out")


def test_there_are_more_than_sixty_pieces_half_of_them_held_out(
    everything: tuple[Score, ...],
) -> None:
    assert len(everything) > 60
    assert len({score.name for score in everything}) == len(everything)
    assert sum(score.half == "held-out" for score in everything) * 2 == len(everything)


def test_the_halves_share_no_pattern_harmony_or_instrument() -> None:
    everywhere = (
        *banks.DRUMS.values(),
        *banks.BASS.values(),
        *banks.COMP.values(),
        *(banks.MAJOR, banks.MINOR, banks.BASSES, banks.COMPS, banks.PADS, banks.LEADS),
        banks.KITS,
    )
    for bank in everywhere:
        one, other = (dealt(bank, half) for half in HALVES)
        assert len(one) == len(other)
        assert not set(one) & set(other)


def test_the_halves_share_no_tempo(everything: tuple[Score, ...]) -> None:
    tempi = [score.truth.bpm for score in everything if score.group != "ramp"]
    assert len({round(bpm, 6) for bpm in tempi}) == len(tempi)
    assert min(tempi) < 66
    assert max(tempi) > 180


def test_the_same_piece_sounds_the_same_twice() -> None:
    one, other = (play(compose("slow", "development", 0)) for _ in range(2))
    assert np.array_equal(one, other)
    assert 0.85 < float(np.abs(one).max()) <= 0.9 + 1e-6


def test_the_truth_is_in_order_and_within_the_sound(everything: tuple[Score, ...]) -> None:
    for score in everything:
        grid = score.truth.grid
        assert (np.diff(grid.beats_s) > 0.25).all()
        assert grid.beats_s[-1] < grid.end_s < 75
        assert {part.kind for part in score.truth.parts} <= {*SectionKind, "silence"}
        assert set(score.truth.edges_s) <= set(grid.downbeats_s)


def test_every_note_starts_near_a_place_in_the_grid(everything: tuple[Score, ...]) -> None:
    for score in everything:
        at_s = np.array([note.at_s for note in score.notes])
        assert at_s.min() >= 0
        assert at_s.max() < score.truth.grid.end_s + 0.1


def test_steady_means_one_tempo(everything: tuple[Score, ...]) -> None:
    for score in everything:
        gaps = np.diff(score.truth.grid.beats_s)
        assert score.truth.steady == (float(np.ptp(gaps)) < 1e-9)


def test_a_kick_is_heard_where_the_truth_has_a_downbeat() -> None:
    score = compose("house", "development", 0)
    only = dataclasses.replace(
        score, notes=tuple(note for note in score.notes if note.voice == "kick")
    )
    sound = np.abs(play(only))
    at = int(score.truth.grid.downbeats_s[score.truth.parts[1].first_bar] * 32_000)
    assert sound[at - 3200 : at - 400].max() < 0.05
    assert sound[at : at + 1600].max() > 0.5


def test_clicks_are_heard_over_the_piece() -> None:
    score = compose("slow", "held-out", 1)
    silent = np.zeros(round(score.truth.grid.end_s * 32_000), np.float32)
    sound = clicked(silent, score.truth)
    first = round(float(score.truth.grid.beats_s[0]) * 32_000)
    assert np.flatnonzero(np.abs(sound) > 0.05)[0] == pytest.approx(first, abs=20)


def test_every_group_has_a_tempo_range_and_a_form() -> None:
    for style in STYLES.values():
        assert 60 <= style.bpm[0] <= style.bpm[1] <= 200
        assert len(style.form.split()) >= 3


def test_a_perfect_answer_scores_one() -> None:
    assert f_measure(EVEN, EVEN) == correct_level(EVEN, EVEN) == any_level(EVEN, EVEN) == 1


def test_half_the_beats_score_two_thirds_and_are_right_at_another_level() -> None:
    assert f_measure(EVEN, EVEN[::2]) == pytest.approx(2 / 3)
    assert correct_level(EVEN, EVEN[::2]) == 0
    assert any_level(EVEN, EVEN[::2]) == 1


def test_the_off_beats_score_nothing_but_at_any_level() -> None:
    assert f_measure(EVEN, EVEN + 0.25) == 0
    assert any_level(EVEN, EVEN + 0.25) > 0.95


def test_a_beat_is_matched_once() -> None:
    assert f_measure(np.array([1.0]), np.array([0.99, 1.0, 1.01])) == pytest.approx(0.5)


def test_nothing_heard_scores_nothing_unless_there_was_nothing() -> None:
    none: Array = np.zeros(0)
    assert f_measure(EVEN, none) == 0
    assert f_measure(none, none) == 1
    assert correct_level(EVEN, none) == 0


def test_the_first_five_seconds_do_not_count() -> None:
    assert late(np.array([1.0, 4.9, 5.0, 6.0])).tolist() == [5.0, 6.0]


def test_tempi_are_compared_up_to_their_level() -> None:
    ratios = [tempo_ratio(120, bpm) for bpm in (121, 240, 60, 80, 100)]
    assert ratios == ["right", "double", "half", "2:3", "other"]
