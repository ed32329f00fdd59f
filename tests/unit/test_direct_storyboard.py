"""What every generated video keeps to, over songs of every shape."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mvpipe.errors import DirectionError
from mvpipe.model.catalogue import Catalogue
from mvpipe.model.music import Music
from mvpipe.model.timeline import Shot, Timeline, TransitionKind
from tests.direct_fixtures import CATALOGUE, IMAGE, PARTS, Parts, say, song, unheard, video

KINDS = ("intro", "verse", "build", "drop", "break", "bridge", "outro")
PROMPTS = (
    "generate a music video",
    "a dreamy video, slow cuts",
    "furious, cuts on every beat",
    "aurora and rain, faster cuts",
    "neon, cuts every half bar",
    "one long take",
    "生成快节奏的视频",
)
PART = st.tuples(
    st.sampled_from(KINDS), st.integers(1, 9), st.sampled_from("ABC"), st.floats(0, 1)
)
SONGS = st.builds(
    song,
    st.lists(PART, min_size=1, max_size=7).map(tuple),
    bpm=st.floats(60, 190),
    first_ms=st.integers(0, 3000),
    beats_in_bar=st.sampled_from([3, 4]),
)


def _lengths(shots: tuple[Shot, ...]) -> list[int]:
    return [shot.end_ms - shot.start_ms for shot in shots]


@given(SONGS, st.sampled_from(PROMPTS), st.integers(0, 99))
def test_shots_cover_the_song_and_every_cut_falls_on_a_beat(
    music: Music, prompt: str, seed: int
) -> None:
    shots = say(prompt, music=music, seed=seed).timeline.shots
    beats = {beat.at_ms for beat in music.beats}

    assert (shots[0].start_ms, shots[-1].end_ms) == (0, music.duration_ms)
    assert all(one.end_ms == two.start_ms for one, two in pairwise(shots))
    assert {shot.start_ms for shot in shots[1:]} <= beats
    assert min(_lengths(shots)) >= 400


@given(SONGS, st.sampled_from(PROMPTS))
def test_the_same_prompt_gives_the_same_video(music: Music, prompt: str) -> None:
    assert say(prompt, music=music) == say(prompt, music=music)


@given(SONGS)
def test_every_section_begins_with_a_cut(music: Music) -> None:
    shots = say("generate a video", music=music).timeline.shots

    starts = {shot.start_ms for shot in shots}

    assert {section.start_ms for section in music.sections[1:]} <= starts


@given(SONGS, st.lists(st.sampled_from("abcdefgh"), min_size=2, max_size=8, unique=True))
def test_no_picture_follows_itself(music: Music, pictures: list[str]) -> None:
    shots = say("generate a video", music=music, pictures=tuple(pictures)).timeline.shots

    assert not any(a.media == b.media for a, b in pairwise(shots) if a.media is not None)


def test_every_picture_is_used_and_most_shots_show_one() -> None:
    pictures = tuple(f"p{i}" for i in range(20))

    shots = say("generate a video", pictures=pictures).timeline.shots

    shown = [shot.media for shot in shots if shot.media]
    assert set(shown) == set(pictures)
    assert len(shown) > len(shots) / 2


def test_pictures_too_many_for_the_song_are_counted_in_the_reply() -> None:
    pictures = tuple(f"p{i}" for i in range(500))

    assert "pictures did not fit" in say("generate a video", pictures=pictures).reply


def test_one_picture_alternates_with_scenes() -> None:
    shots = say("generate a video", pictures=("cover",)).timeline.shots

    assert [shot.media for shot in shots[:4]] == ["cover", None, "cover", None]


def test_only_pictures_means_only_pictures() -> None:
    shots = say("generate a video, only my photos", pictures=("a", "b")).timeline.shots

    assert {shot.scene for shot in shots} == {"image"}


def test_without_photos_none_are_shown() -> None:
    shots = say("generate a video without photos", pictures=("a", "b")).timeline.shots

    assert "image" not in {shot.scene for shot in shots}


def test_drops_cut_faster_than_breaks_and_flash_in() -> None:
    shots = video().shots
    drop = [s for s in shots if s.section == "drop 1"]
    calm = [s for s in shots if s.section == "break 1"]

    assert max(_lengths(tuple(drop))) < min(_lengths(tuple(calm)))
    assert drop[0].transition.kind is TransitionKind.FLASH
    assert 0 < drop[0].transition.length_ms < 250
    assert calm[0].transition.kind is TransitionKind.DISSOLVE


def test_builds_accelerate() -> None:
    lengths = _lengths(tuple(s for s in video().shots if s.section == "build 1"))

    assert lengths == sorted(lengths, reverse=True)
    assert lengths[0] > lengths[-1]


def test_the_video_begins_with_a_picture_and_dips_into_the_outro() -> None:
    shots = video().shots

    assert shots[0].transition.kind is TransitionKind.CUT
    assert (
        next(s for s in shots if s.section == "outro 1").transition.kind is TransitionKind.DIP
    )


def test_sections_that_repeat_share_scenes_and_palette() -> None:
    timeline = video()

    one, two = (_look(timeline, name) for name in ("drop 1", "drop 2"))

    assert one == two
    assert one != _look(timeline, "break 1")


def _look(timeline: Timeline, section: str) -> set[tuple[str, str]]:
    return {(s.scene, s.palette.name) for s in timeline.shots if s.section == section}


def test_fierce_scenes_go_to_drops_and_calm_ones_to_breaks() -> None:
    shots = video().shots
    cards = {card.name: card for card in CATALOGUE.scenes}

    drop = {cards[s.scene].fierce for s in shots if s.section == "drop 1"}
    calm = {cards[s.scene].calm for s in shots if s.section == "break 1"}

    assert max(drop) >= 0.9
    assert max(calm) >= 0.75


def test_no_shot_repeats_the_composition_before_it() -> None:
    shots = video("generate a video with tunnel in the drops").shots

    assert not any((a.scene, a.variant) == (b.scene, b.variant) for a, b in pairwise(shots))


@pytest.mark.parametrize("seed", range(8))
def test_another_seed_gives_another_video(seed: int) -> None:
    assert video() != say("generate a music video", seed=seed + 100).timeline


def test_a_song_shorter_than_two_seconds_is_one_shot() -> None:
    assert len(say("generate a video", music=unheard(1500)).timeline.shots) == 1


def test_without_beats_shots_last_four_to_eight_seconds() -> None:
    timeline = say("generate a video", music=unheard(60_000)).timeline

    assert all(3900 <= length <= 8100 for length in _lengths(timeline.shots))
    assert "BPM" not in say("generate a video", music=unheard(60_000)).reply


@pytest.mark.parametrize(("bpm", "shortest"), [(60.0, 2000), (185.0, 640)])
def test_shots_last_as_long_in_slow_songs_as_in_fast_ones(bpm: float, shortest: int) -> None:
    lengths = _lengths(say("generate a video", music=song(bpm=bpm)).timeline.shots)

    assert shortest <= min(lengths) <= 2100
    assert max(lengths[1:-1]) <= 16_100


def test_calm_wishes_make_fewer_shots_than_wild_ones() -> None:
    assert len(video("a calm slow video").shots) < len(video("a furious video").shots)


def test_a_lost_beat_does_not_move_later_cuts_off_the_downbeat() -> None:
    parts: Parts = (("verse", 16, "A", 0.9),)
    heard = song(parts)
    music = Music(
        heard.duration_ms,
        heard.tempo,
        heard.meter,
        (*heard.beats[:9], *heard.beats[10:]),
        heard.sections,
        heard.curves,
        heard.mood,
    )
    downbeats = {beat.at_ms for beat in music.beats if beat.in_bar == 1}

    assert {s.start_ms for s in say("a video", music=music).timeline.shots[1:]} <= downbeats


def test_there_must_be_a_scene_to_choose() -> None:
    with pytest.raises(DirectionError, match="no scene"):
        say("generate a video", catalogue=Catalogue((IMAGE,), ()))


def test_a_catalogue_without_palettes_still_makes_a_video() -> None:
    timeline = say("generate a video", catalogue=Catalogue(CATALOGUE.scenes, ())).timeline

    assert {shot.palette.name for shot in timeline.shots} == {"plain"}


def test_the_moods_of_a_prompt_move_the_light() -> None:
    dark, bright = video("a dark video"), video("a bright video")

    assert max(s.grade.brightness for s in dark.shots) < min(
        s.grade.brightness for s in bright.shots
    )


def test_the_known_song_is_eight_parts() -> None:
    assert len({shot.section for shot in video().shots}) == len(PARTS)
