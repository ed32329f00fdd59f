from __future__ import annotations

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
)

WORDS = st.text(max_size=30).filter(lambda text: text.isprintable())
NAMES = st.text(min_size=1, max_size=20).filter(lambda text: text.isprintable())
COLOURS = st.from_regex(r"\A#[0-9a-f]{6}\Z")
AMOUNTS = st.floats(0, 2)


def signed(low: float = -1) -> st.SearchStrategy[float]:
    return st.floats(low, 1)


PALETTES = st.builds(
    Palette, name=WORDS, colours=st.lists(COLOURS, min_size=2, max_size=6).map(tuple)
)
GRADES = st.builds(Grade, signed(), signed(), signed(), signed(0), signed(0))
TRANSITIONS = st.builds(Transition, st.sampled_from(TransitionKind), st.integers(0, 5000))


@st.composite
def shots(draw: st.DrawFn) -> tuple[Segment, ...]:
    cuts = sorted(draw(st.lists(st.integers(0, 600_000), max_size=6, unique=True)))
    made = st.builds(
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
    return tuple(
        Shot(start, end, shot.scene, shot.palette, shot.seed, shot.variant, shot.motion)
        if draw(st.booleans())
        else Shot(
            start,
            end,
            shot.scene,
            shot.palette,
            shot.seed,
            shot.variant,
            shot.motion,
            shot.reaction,
            shot.grade,
            shot.transition,
            shot.media,
            shot.section,
            shot.step,
        )
        for start, end in pairwise(cuts)
        for shot in [draw(made)]
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
    st.lists(TRACKS, max_size=4).map(tuple),
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
