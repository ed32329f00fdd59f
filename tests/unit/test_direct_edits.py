"""Edits change what they name and nothing else; replies say what was done and what was not."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mvpipe.errors import DirectionError
from mvpipe.model.media import Aspect
from mvpipe.model.summary import changes, summarize
from mvpipe.model.timeline import Grade, Timeline, Track, TrackKind
from tests.direct_fixtures import say, titled, unheard, video

SECTIONS = {
    "the intro": "intro 1",
    "the verse": "verse 1",
    "the first build": "build 1",
    "the second build": "build 2",
    "the first drop": "drop 1",
    "the second drop": "drop 2",
    "the last chorus": "drop 2",
    "the break": "break 1",
    "the outro": "outro 1",
}
LIGHT = ("darker", "brighter", "more saturated", "less contrast", "grainier")
ANY = (
    *LIGHT,
    "calmer",
    "faster",
    "slower",
    "dreamy",
    "blue",
    "warmer",
    "wilder",
    "less flashing",
)


@given(st.sampled_from(sorted(SECTIONS)), st.sampled_from(ANY))
def test_an_edit_of_a_part_leaves_the_rest_as_it_was(part: str, word: str) -> None:
    before = titled()
    after = say(f"make {part} {word}", before).timeline

    assert _outside(before, SECTIONS[part]) == _outside(after, SECTIONS[part])


def _outside(timeline: Timeline, section: str) -> tuple[object, ...]:
    shots = tuple(shot for shot in timeline.shots if shot.section != section)
    return (*shots, *timeline.titles, *timeline.sounds, timeline.aspect)


@given(st.sampled_from(sorted(SECTIONS)), st.sampled_from(LIGHT))
def test_an_edit_of_light_changes_only_the_grade(part: str, word: str) -> None:
    before = video()
    after = say(f"make {part} {word}", before).timeline

    plain = [replace(shot, grade=Grade()) for shot in after.shots]

    assert plain == [replace(shot, grade=Grade()) for shot in before.shots]


@given(st.sampled_from(sorted(SECTIONS)), st.sampled_from(["aurora", "rain", "tunnel"]))
def test_another_scene_keeps_the_cuts_the_colours_and_the_light(part: str, scene: str) -> None:
    before = video()
    after = say(f"use {scene} in {part}", before).timeline

    assert [(s.start_ms, s.palette, s.grade, s.transition) for s in after.shots] == [
        (s.start_ms, s.palette, s.grade, s.transition) for s in before.shots
    ]


@given(st.lists(st.sampled_from(["faster cuts", "slower cuts", "cut on every bar", "calmer"])))
def test_recutting_keeps_the_song_covered(prompts: list[str]) -> None:
    timeline = video()
    for prompt in prompts:
        timeline = say(prompt, timeline).timeline

    ends = [0, *(shot.end_ms for shot in timeline.shots)]

    assert ends == [*(shot.start_ms for shot in timeline.shots), timeline.duration_ms]


def test_the_same_in_another_shape_changes_the_shape_alone() -> None:
    before = titled()

    after = say("same but 9:16", before).timeline

    assert after == replace(before, aspect=Aspect.TALL)


def test_generating_again_keeps_titles_and_shape_of_the_same_song() -> None:
    before = say("same but 9:16", titled()).timeline

    after = say("generate a new furious video", before).timeline

    assert after.titles == before.titles
    assert after.aspect is Aspect.TALL
    assert after.shots != before.shots


def test_another_song_starts_afresh() -> None:
    after = say("neon, dreamy", titled(), name="second-song").timeline

    assert after.titles == ()
    assert after.sounds[0].media == "second-song"


@pytest.mark.parametrize(
    "prompt",
    ["make it darker", 'add the title "X"', "remove the title", "9:16", "", "把副歌调暗"],
)
def test_an_edit_before_a_video_is_refused(prompt: str) -> None:
    with pytest.raises(DirectionError, match="no video yet"):
        say(prompt)


def test_a_time_range_is_cut_at_the_nearest_beats() -> None:
    shots = say("from 0:11 to 0:14 darker", video()).timeline.shots
    dark = [s for s in shots if s.grade.brightness < -0.15]

    assert (dark[0].start_ms, dark[-1].end_ms) == (10_800, 13_800)


def test_replacing_a_scene_touches_only_its_own_shots() -> None:
    before = video("a video with tunnel in the drops")
    after = say("replace tunnel with particles", before).timeline
    others = [shot for shot in before.shots if shot.scene != "tunnel"]

    assert [s for s in after.shots if s in before.shots] == others
    assert {s.scene for s in after.shots if s not in before.shots} == {"particles"}


def test_a_title_that_would_stand_on_another_moves() -> None:
    after = say('add the title "Two"', titled()).timeline

    assert len({title.position for title in after.titles}) == 2


def test_a_title_said_again_is_moved_not_doubled() -> None:
    after = say('add the title "Old" for the first 2 seconds', titled()).timeline

    assert [(title.text, title.end_ms) for title in after.titles] == [("Old", 2000)]


def test_a_title_on_each_drop_is_one_title_a_drop() -> None:
    after = say('show "DROP" in every drop for 2 seconds', video()).timeline

    assert [title.end_ms - title.start_ms for title in after.titles] == [2000, 2000]


@pytest.mark.parametrize(
    ("prompt", "said"),
    [
        ("remove the title", "There is no such title."),
        ("use my photos in the intro", "No pictures were given to show."),
        ("make the bridge darker", "This song has no bridge; it has intro 1"),
        ("make it 16:9", "Already so: aspect 16:9."),
        ("把桥段调暗", "这首歌没有桥段，只有：intro 1"),
        ("去掉标题", "没有这样的标题。"),
        ("前奏用我的照片", "没有提供图片。"),
        ("改成横屏", "已经如此，未再改动：画幅 16:9。"),
        ("hello", "Nothing changed."),
        ("你好", "没有任何改动。"),
    ],
)
def test_what_cannot_be_done_is_said(prompt: str, said: str) -> None:
    before = video()
    directed = say(prompt, before)

    assert said in directed.reply
    assert directed.timeline == before


@pytest.mark.parametrize(
    ("prompt", "reply"),
    [
        ("make the second drop darker", "Done: darker in the second drop."),
        ("use aurora in the intro", "Done: 'aurora' in the intro."),
        ("faster cuts", "Done: faster cuts."),
        ("same but 9:16", "Done: aspect 9:16."),
        ('add the title "Hi" at 0:30', 'Done: title "Hi" added (0:30-0:33).'),
        ("add a dancing cat", "Nothing changed. Note: no 'dancing cat' here."),
        ("cut on every bar in the drops", "Done: a cut every bar in every drop."),
        ("make the last 5 seconds warmer", "Done: warmer in the last 5 s."),
        ("把第二段副歌调暗一点", "已完成：第2段副歌更暗。"),
        ("前奏用极光", "已完成：前奏用极光。"),
        ("改成竖屏，剪辑更快", "已完成：画幅 9:16；剪辑更快。"),
        ("前10秒更亮", "已完成：前 10 秒更亮。"),
        ("more tunnel", "Done: more 'tunnel'."),
        ("from 0:10 to 0:20 brighter", "Done: brighter in 0:10 to 0:20."),
        ("mute the music", "Done: the song at 0%."),
        ("梦幻一点", "已完成：梦幻的氛围。"),
        ("make the first half colder", "Done: colder in 0-50 % of the song."),
        ("后半段更亮", "已完成：全曲 50-100% 处更亮。"),
        ("brighter at the end", "Done: brighter in the ending."),
    ],
)
def test_replies_are_short_and_exact(prompt: str, reply: str) -> None:
    assert say(prompt, video()).reply == reply


def test_more_than_five_changes_are_counted() -> None:
    prompt = "darker, more contrast, more grain, more motion, faster cuts, warmer, 9:16"

    assert say(prompt, video()).reply.endswith("; 2 more.")


def test_a_summary_names_every_track() -> None:
    timeline = titled()
    scenes = ", ".join(dict.fromkeys(shot.scene for shot in timeline.shots))

    assert summarize(timeline) == (
        f"Timeline (3 tracks): 1. Video: {scenes} (0-104.8s) "
        '2. BGM: first-light (0-104.8s, 100%) 3. Title: "Old" (0-3s)'
    )


def test_an_empty_track_is_summed_up_as_empty() -> None:
    timeline = Timeline(0, (Track(TrackKind.VIDEO, ()),))

    assert summarize(timeline) == "Timeline (1 track): 1. Video: empty"


def test_changes_tell_what_moved() -> None:
    before = titled()
    after = say("remove the title. make it 1:1. set the volume to 40%", before).timeline
    renamed = say('change the title to "New"', before).timeline

    assert changes(before, after) == (
        "aspect 16:9 -> 1:1",
        'title removed: "Old" (0-3s)',
        "level of first-light: 100% -> 40%",
    )
    assert changes(before, renamed) == ('title changed: "Old" (0-3s) -> "New" (0-3s)',)
    assert changes(before, before) == ()
    assert changes(None, before)[0].startswith("new video: ")


def test_a_long_take_joins_sections_whole() -> None:
    shots = say("one long take", video()).timeline.shots

    assert len(shots) < 12


def test_faster_cuts_work_without_beats() -> None:
    music = unheard(60_000)
    before = say("generate a video", music=music).timeline

    after = say("faster cuts", before, music=music).timeline

    assert len(after.shots) == 2 * len(before.shots)


def test_splitting_shots_of_pictures_never_repeats_one() -> None:
    pictures = ("a", "b", "c")
    before = say("generate a video, only my photos", pictures=pictures).timeline

    shots = say("faster cuts", before, pictures=pictures).timeline.shots

    assert all(a.media != b.media for a, b in pairwise(shots))
