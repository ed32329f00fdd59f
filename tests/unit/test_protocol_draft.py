from __future__ import annotations

import json
from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mvpipe.errors import BadAnswer
from mvpipe.model.media import Aspect
from mvpipe.model.timeline import (
    Grade,
    Palette,
    Segment,
    Shot,
    Sound,
    Timeline,
    Title,
    TitlePosition,
    Track,
    TrackKind,
    Transition,
    TransitionKind,
)
from mvpipe.protocol.draft import (
    NO_DRAFT,
    Draft,
    decode,
    digest,
    draft_at,
    draft_of,
    encode,
    exportable,
    ours,
    track_counts,
)

WHOLE = st.characters(exclude_categories=["Cs"])
WORDS = st.text(WHOLE, max_size=12)
NAMES = st.text(WHOLE, min_size=1, max_size=12)
COLOURS = st.from_regex(r"\A#[0-9a-f]{6}\Z")
AMOUNTS = st.floats(0, 2)


def signed(low: float = -1) -> st.SearchStrategy[float]:
    return st.floats(low, 1)


PALETTES = st.builds(
    Palette, name=WORDS, colours=st.lists(COLOURS, min_size=2, max_size=6).map(tuple)
)
GRADES = st.builds(Grade, signed(), signed(), signed(), signed(0), signed(0))
TRANSITIONS = st.builds(Transition, st.sampled_from(TransitionKind), st.integers(0, 5000))


SHOTS = st.builds(
    Shot,
    start_ms=st.just(0),
    end_ms=st.just(0),
    scene=NAMES,
    palette=PALETTES,
    seed=st.integers(-(2**63), 2**63),
    variant=st.integers(0, 9),
    motion=AMOUNTS,
    reaction=AMOUNTS,
    grade=GRADES,
    transition=TRANSITIONS,
    media=st.none() | NAMES,
    section=WORDS,
    step=WORDS,
)


@st.composite
def shots(draw: st.DrawFn) -> tuple[Segment, ...]:
    cuts = draw(st.lists(st.integers(0, 600_000), min_size=2, max_size=5, unique=True))
    kinds = draw(st.lists(SHOTS, min_size=1, max_size=2))
    return tuple(
        replace(kinds[number % len(kinds)], start_ms=start, end_ms=end)
        for number, (start, end) in enumerate(pairwise(sorted(cuts)))
    )


SOUNDS = st.builds(
    Sound, st.just(0), st.integers(0, 600_000), NAMES, st.floats(0, 1), WORDS
).map(lambda sound: (sound,))
TITLES = st.builds(
    Title,
    st.just(0),
    st.integers(0, 9000),
    WORDS,
    st.sampled_from(TitlePosition),
    st.floats(0, 5),
    COLOURS,
    st.integers(0, 2000),
    WORDS,
).map(lambda title: (title,))
TRACKS = st.one_of(
    st.builds(Track, st.just(TrackKind.VIDEO), shots(), WORDS),
    st.builds(Track, st.just(TrackKind.AUDIO), SOUNDS, WORDS),
    st.builds(Track, st.just(TrackKind.TITLE), TITLES, WORDS),
)
TIMELINES = st.builds(
    Timeline,
    st.integers(0, 600_000),
    st.lists(TRACKS, min_size=1, max_size=4).map(tuple),
    st.sampled_from(Aspect),
)


@given(TIMELINES)
def test_what_is_encoded_is_decoded_exactly(edit: Timeline) -> None:
    draft = encode(edit, title="a title")
    assert decode(draft) == edit
    assert ours(draft)


@given(TIMELINES)
def test_a_draft_taken_from_an_answer_is_the_same_text(edit: Timeline) -> None:
    draft = encode(edit)
    answer = f'{{"code":0, "data" : {{"x":[1,{{"draft":2}}],"state":{{"draft":{draft.raw}}}}}}}'
    assert draft_at(answer, ("data", "state", "draft")) == draft


FOREIGN = '{ "t": [ {"tt":0, "sg":[{"zz":1.50,"a":1e2}], "q":"\\u00e9\\ud83d"} ],"d":10000.0 }'


def test_a_foreign_draft_keeps_every_byte() -> None:
    whole = f'\ufeff{{"a":"}}","data":{{"state":{{"draft":{FOREIGN} , "y":0}}}}}}'
    found = draft_at(whole, ("data", "state", "draft"))
    assert found == Draft(FOREIGN)


@pytest.mark.parametrize("nothing", ["null", "[]", '""', "false"])
def test_an_empty_draft_of_any_kind_is_none(nothing: str) -> None:
    assert draft_at(f'{{"draft":{nothing}}}', ("draft",)) is None


@pytest.mark.parametrize("text", ['{"x":1}', '{"data":[]}', '{"data":{"b":{}}}', "{}"])
def test_where_there_is_no_draft_there_is_none(text: str) -> None:
    assert draft_at(text, ("data", "draft")) is None


def test_of_a_key_given_twice_the_last_counts() -> None:
    assert draft_at('{"draft":{"d":1},"draft":{"d":2}}', ("draft",)) == Draft('{"d":2}')


def test_a_draft_must_be_an_object() -> None:
    with pytest.raises(BadAnswer, match="draft is text, not an object"):
        draft_at('{"draft":"{}"}', ("draft",))


@pytest.mark.parametrize(
    ("text", "is_exportable"),
    [
        ("{}", False),
        ('{"t":[]}', False),
        ('{"t":[{"tt":0,"sg":[]}]}', False),
        ('{"t":[{"tt":0},{"tt":1,"sg":[{}]}]}', True),
        ('{"t":[{"tt":99,"sg":[1]}]}', True),
        ('{"t":{"sg":[1]}}', False),
        ('{"t":[7]}', False),
    ],
)
def test_a_draft_is_exportable_with_one_segment(text: str, *, is_exportable: bool) -> None:
    assert exportable(draft_of(text)) is is_exportable


def test_no_draft_is_nothing_to_export() -> None:
    assert not exportable(NO_DRAFT)


@pytest.mark.parametrize(
    "same",
    [
        '{"d":1, "a":{"x":1,"y":"https://c/a.mp4?sig=2"}}',
        '{"a":{"y":"https://c/a.mp4?sig=3","x":1},"d":1.0}',
        '{"a":{"y":"https://c/a.mp4","x":1e0},"d":1}',
    ],
)
def test_the_form_of_a_draft_does_not_change_its_digest(same: str) -> None:
    assert digest(Draft(same)) == digest(Draft('{"a":{"x":1,"y":"https://c/a.mp4"},"d":1}'))


@pytest.mark.parametrize("other", ['{"d":2}', '{"d":1.5}', '{"d":"1"}', '{"d":1,"e":null}'])
def test_every_other_difference_changes_the_digest(other: str) -> None:
    assert digest(Draft(other)) != digest(Draft('{"d":1}'))


def edited(**changes: object) -> Draft:
    """Return a draft of ours with values replaced by path, as `t.0.sg.0.end`."""
    data = json.loads(encode(SMALL).raw)
    for path, value in changes.items():
        *way, last = path.split("__")
        place = data
        for key in way:
            place = place[int(key)] if key.isdigit() else place[key]
        place[last] = value
    return Draft(json.dumps(data))


SMALL = Timeline(
    duration_ms=9000,
    tracks=(
        Track(
            TrackKind.VIDEO,
            (
                Shot(0, 4000, "aurora", Palette("dark", ("#000000", "#ffffff")), 1),
                Shot(4000, 9000, "tunnel", Palette("dark", ("#000000", "#ffffff")), 2),
            ),
        ),
        Track(TrackKind.AUDIO, (Sound(0, 9000, "song", 0.5),), "BGM"),
        Track(TrackKind.TITLE, (Title(0, 3000, "Hi"), Title(0, 2000, "Ho"))),
    ),
)


def test_our_keys_are_few_and_plain_to_see() -> None:
    data = json.loads(encode(SMALL, title="First Light").raw)
    assert data["m"] == {
        "title": "First Light",
        "width": 1920,
        "height": 1080,
        "aspect": "16:9",
        "mvpipe": 1,
    }
    video, music, title = (track["sg"][0] for track in data["t"])
    assert [track["tt"] for track in data["t"]] == [0, 1, 7]
    assert list(video) == ["start", "end", "name", "mvpipe"]
    assert list(music) == ["start", "end", "name", "volume", "mvpipe"]
    assert list(title) == ["start", "end", "text", "mvpipe"]
    assert track_counts(encode(SMALL)) == ((0, 2), (1, 1), (7, 2))


@pytest.mark.parametrize(
    ("path", "value", "complaint"),
    [
        ("d", "9000", "draft.d is text"),
        ("d", 10**12, "draft.d is not between"),
        ("t__0__tt", 3, r"draft.t\[0\].tt is no kind of track"),
        ("t__0__sg__0__end", 4001, "two shots overlap at 4000 ms"),
        ("t__0__sg__0__start", 5000, "ends before it starts"),
        ("t__2__sg__0__start", 10, "not in order of time"),
        ("t__0__sg__0__name", "", r"sg\[0\].name is empty"),
        ("t__0__sg__0__name", "x" * 3000, "no text of up to"),
        ("t__0__sg__0__mvpipe__motion", 1e9, "motion is not between"),
        ("t__0__sg__0__mvpipe__palette", {"name": "x", "colours": ["#fff"]}, "has 1 colours"),
        ("t__0__sg__0__mvpipe__palette", {"name": "x", "colours": ["#fff"] * 2}, "no colour"),
        ("t__0__sg__0__mvpipe__grade", None, "grade is missing"),
        ("t__0__sg__0__mvpipe__transition", {"kind": "wipe"}, "none of cut, dissolve"),
        ("t__1__sg__0__volume", 2, "volume is not between 0 and 1"),
        ("t__2__sg__0__mvpipe__position", "left", "position is none of"),
        ("m__aspect", "2:1", "draft.m.aspect is none of 16:9"),
    ],
)
def test_a_damaged_draft_of_ours_is_refused_by_place(
    path: str, value: object, complaint: str
) -> None:
    with pytest.raises(BadAnswer, match=complaint):
        decode(edited(**{path: value}))


@pytest.mark.parametrize("path", ["m__mvpipe", "t__0__sg__0__mvpipe", "m"])
def test_a_draft_that_is_not_wholly_ours_is_read_as_foreign(path: str) -> None:
    draft = edited(**{path: 2})
    assert not ours(draft)
    assert [len(track.segments) for track in decode(draft).tracks] == [2, 1, 2]
    assert decode(draft).sounds[0].level == 0.5


@pytest.mark.parametrize(
    "text",
    [
        json.dumps({"t": [{"tt": 0, "sg": []}] * 65}),
        json.dumps({"t": [{"tt": 0, "sg": [0] * 20_001}]}),
    ],
)
def test_a_draft_beyond_all_measure_is_refused(text: str) -> None:
    with pytest.raises(BadAnswer, match="more than"):
        decode(draft_of(text))


Guess = tuple[int, int, str]


def guessed(segment: object, *, kind: int = 0, length: object = 10_000) -> Guess:
    """Return start, end, and name or text of one foreign segment."""
    found = decode(Draft(json.dumps({"t": [{"tt": kind, "sg": [segment]}], "d": length})))
    only = found.tracks[0].segments[0]
    match only:
        case Shot():
            return only.start_ms, only.end_ms, only.scene
        case Sound():
            return only.start_ms, only.end_ms, only.media
        case Title():
            return only.start_ms, only.end_ms, only.text


@pytest.mark.parametrize(
    ("segment", "kind", "guess"),
    [
        ({}, 0, (0, 10_000, "video")),
        ({}, 1, (0, 10_000, "audio")),
        ({}, 7, (0, 10_000, "text")),
        (7, 0, (0, 10_000, "video")),
        ({"start": 100, "end": 4000, "name": "city"}, 0, (100, 4000, "city")),
        ({"start_time": 100, "duration": 900, "title": "x"}, 0, (100, 1000, "x")),
        ({"duration": 4000}, 0, (0, 4000, "video")),
        ({"start": 9000, "end": 1000}, 0, (9000, 9000, "video")),
        ({"start": True, "end": "9", "name": 7}, 0, (0, 10_000, "video")),
        ({"s": 0, "d": 5, "cdn_url": "https://c/a/rain.mp4?x=/y"}, 0, (0, 5000, "rain")),
        ({"target_timerange": {"start": 0, "duration": 5e6}}, 0, (0, 5000, "video")),
        ({"material": {"path": "C:\\v\\fog"}, "end": 9000}, 0, (0, 9000, "fog")),
        ({"content": {"text": "Urban Dreams"}, "end": 3000}, 7, (0, 3000, "Urban Dreams")),
        ({"text": "  ", "caption": "Hi", "end": 3000}, 7, (0, 3000, "Hi")),
        ({"url": "https://c/", "end": 3000}, 1, (0, 3000, "audio")),
    ],
)
def test_a_foreign_segment_is_guessed_by_likely_keys(
    segment: object, kind: int, guess: Guess
) -> None:
    assert guessed(segment, kind=kind) == guess


@pytest.mark.parametrize(
    ("given_level", "level"), [(0.35, 0.35), (35, 0.35), (250, 1.0), (1.5, 1.0), ("x", 1.0)]
)
def test_a_foreign_level_is_a_share_or_percent(given_level: object, level: float) -> None:
    draft = Draft(json.dumps({"t": [{"tt": 1, "sg": [{"volume": given_level}]}]}))
    assert decode(draft).sounds[0].level == level


def test_foreign_segments_without_a_start_follow_each_other() -> None:
    parts = [{"duration": 1000}, {"duration": 2000}, {"start": 500, "end": 700}]
    draft = Draft(json.dumps({"t": [{"tt": 0, "sg": parts, "name": "V"}, {"tt": 9}, 7]}))
    found = decode(draft)
    assert [(shot.start_ms, shot.end_ms) for shot in found.shots] == [
        (0, 1000),
        (500, 700),
        (1000, 3000),
    ]
    assert (len(found.tracks), found.tracks[0].name, found.duration_ms) == (1, "V", 3000)


@pytest.mark.parametrize(
    ("meta", "aspect"),
    [
        (None, Aspect.WIDE),
        ({"width": 1080, "height": 1920}, Aspect.TALL),
        ({"width": 1000, "height": 1080}, Aspect.SQUARE),
        ({"width": 1920, "height": 1080}, Aspect.WIDE),
        ({"width": "x", "height": True}, Aspect.WIDE),
    ],
)
def test_a_foreign_draft_has_the_shape_of_its_sides(meta: object, aspect: Aspect) -> None:
    assert decode(Draft(json.dumps({"m": meta}))).aspect is aspect
