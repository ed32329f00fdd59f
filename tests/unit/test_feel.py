from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import pytest

from mvpipe.engine.scenes.feel import Feel, scaled
from mvpipe.model.music import Curve, Music, SectionKind
from mvpipe.model.timecode import frame_at
from mvpipe.model.timeline import Palette, Shot
from tests.scores import score

SHOT = Shot(2000, 6000, "aurora", Palette("p", ("#000000", "#ffffff")), 1)


@pytest.fixture(scope="module")
def music() -> Music:
    return score()


@pytest.fixture(scope="module")
def feel(music: Music) -> Feel:
    return Feel(music, 30)


def test_every_pulse_and_kick_strikes_on_the_beats_own_frame(feel: Feel, music: Music) -> None:
    for beat in music.beats[1:]:
        frame = frame_at(beat.at_ms, fps=30)
        now, before = feel.moment(frame, SHOT), feel.moment(frame - 1, SHOT)
        assert now.pulse == pytest.approx(1.0)
        assert now.kick == pytest.approx(1.0)
        assert before.pulse < 0.1
        assert before.kick < 0.1


def test_a_kick_heard_beside_a_beat_still_strikes_on_it() -> None:
    odd = Feel(score(bpm=97.0), 30)
    beats = score(bpm=97.0).beats[4:20]
    assert all(odd.moment(frame_at(b.at_ms, fps=30), SHOT).kick > 0.95 for b in beats)


def test_accents_are_on_downbeats_only(feel: Feel, music: Music) -> None:
    accents = [feel.moment(frame_at(b.at_ms, fps=30), SHOT).accent for b in music.beats]
    assert [a > 0.9 for a in accents] == [b.in_bar == 1 for b in music.beats]


def test_beats_and_bars_are_whole_on_their_frames(feel: Feel, music: Music) -> None:
    for number, beat in enumerate(music.beats):
        now = feel.moment(frame_at(beat.at_ms, fps=30), SHOT)
        assert now.beat == pytest.approx(number)
        assert now.bar == pytest.approx(number / 4)


def test_travel_never_stops_or_runs_backwards_and_is_faster_in_the_drop(feel: Feel) -> None:
    travel = [feel.moment(frame, SHOT).travel for frame in range(feel.frames)]
    steps = [b - a for a, b in pairwise(travel)]
    assert min(steps) > 0.0
    drop, rest = sum(steps[270:330]), sum(steps[390:450])
    assert drop > 2 * rest


def test_levels_stay_from_0_to_1_and_do_not_jitter(feel: Feel) -> None:
    energies = []
    for frame in range(feel.frames):
        now = feel.moment(frame, SHOT)
        levels = (now.bass, now.mid, now.treble, now.energy, now.kick, now.hat, now.rise)
        assert all(0.0 <= level <= 1.0 for level in levels)
        assert now.spectrum.shape == (32,)
        energies.append(now.energy)
    assert max(abs(b - a) for a, b in pairwise(energies)) < 0.12


def test_progress_counts_the_shots_own_frames(feel: Feel) -> None:
    assert feel.moment(60, SHOT).progress == 0.0
    assert feel.moment(120, SHOT).progress == pytest.approx(0.5)
    assert feel.moment(500, SHOT).progress == 1.0


def test_a_build_rises_and_sections_are_known(feel: Feel) -> None:
    assert feel.moment(0, SHOT).section is SectionKind.INTRO
    build = feel.moment(235, SHOT)
    assert build.section is SectionKind.BUILD
    assert build.rise > 0.9
    assert feel.moment(300, SHOT).rise == 0.0


def test_silence_has_no_pulse_yet_still_moves_on() -> None:
    quiet = Feel(score(duration_ms=3000, beats=False), 30)
    now, later = quiet.moment(15, SHOT), quiet.moment(45, SHOT)
    assert (now.pulse, now.kick, now.accent, now.energy) == (0.0, 0.0, 0.0, 0.0)
    assert later.travel > now.travel
    assert later.beat > now.beat


def test_strokes_count_without_a_beat_and_an_empty_curve_is_silence() -> None:
    heard = score(duration_ms=4000)
    curves = replace(heard.curves, hat=Curve(100, b""))
    loose = Feel(replace(heard, beats=(), curves=curves), 30)
    assert loose.moment(30, SHOT).kick == pytest.approx(1.0)
    assert loose.moment(30, SHOT).pulse == 0.0
    assert all(loose.moment(frame, SHOT).hat == 0.0 for frame in range(120))


def test_one_second_is_enough_and_beyond_the_end_lies_the_last_frame() -> None:
    short = Feel(score(duration_ms=1000), 24)
    assert short.frames == 24
    assert short.moment(99, SHOT).kick == short.moment(23, SHOT).kick


def test_a_shots_motion_and_reaction_scale_what_a_scene_feels(feel: Feel) -> None:
    calm = Shot(0, 1000, "aurora", SHOT.palette, 1, motion=0.5, reaction=0.25)
    now = feel.moment(300, calm)
    felt = scaled(now, calm)
    assert felt.travel == pytest.approx(now.travel / 2)
    assert felt.kick == pytest.approx(now.kick / 4)
    assert felt.energy == now.energy
