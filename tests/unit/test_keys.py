from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mvpipe.engine.encode.chunks import Chunk, plan_chunks
from mvpipe.engine.encode.settings import VideoFormat
from mvpipe.engine.encode.video import encode_chunk
from mvpipe.engine.planes import Planes
from mvpipe.engine.scenes.painter import Painter
from mvpipe.engine.scenes.palettes import PALETTES
from mvpipe.engine.scenes.registry import CATALOGUE
from mvpipe.engine.studio.keys import (
    Maker,
    chunk_keys,
    code_digest,
    maker_of,
    picture_digest,
    song_digest,
    sound_key,
)
from mvpipe.engine.studio.work import paint_scenes
from mvpipe.model.canonical import Digest, digest_of
from mvpipe.model.media import Quality, Size
from mvpipe.model.music import Curve, Music, SectionKind
from mvpipe.model.timecode import frame_at, frames_in
from mvpipe.model.timeline import (
    Grade,
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
from tests.bench.material import photo
from tests.painters import make_black, make_sweep
from tests.scores import score

LENGTH_MS = 32_000
FPS = 12
VIDEO = VideoFormat(Size(128, 72), FPS, Quality.DRAFT)
MUSIC = score(duration_ms=LENGTH_MS)
MAKER = Maker(engine="e", encoder="x", painter="p")
PICTURES = {"one": photo(160, 90), "two": photo(96, 96)}
CUTS = (0, 3_000, 6_500, 12_000, 13_000, 18_000, 24_000, 29_000, LENGTH_MS)
SCENES = tuple(card.name for card in CATALOGUE.scenes if not card.needs_media)


@dataclass(frozen=True, slots=True, repr=False)
class Edit:
    """All that a video is drawn from."""

    timeline: Timeline
    music: Music
    pictures: Mapping[str, Planes]

    def __repr__(self) -> str:
        heard = "as first" if self.music == MUSIC else "changed"
        return f"Edit(music {heard}, {self.timeline.shots}, {self.timeline.titles})"


def edit_of(shots: tuple[Shot, ...], titles: tuple[Title, ...], edit: Edit) -> Edit:
    tracks = (Track(TrackKind.VIDEO, shots), Track(TrackKind.TITLE, titles))
    return replace(edit, timeline=replace(edit.timeline, tracks=tracks))


def first_cut() -> Edit:
    kinds = (TransitionKind.DISSOLVE, TransitionKind.CUT, TransitionKind.FLASH)
    shots = tuple(
        Shot(
            start,
            end,
            SCENES[k % len(SCENES)],
            PALETTES[k % len(PALETTES)].palette,
            seed=k,
            transition=Transition(kinds[k % 3], 400),
            step="cut",
        )
        for k, (start, end) in enumerate(pairwise(CUTS))
    )
    titles = (Title(500, 3_500, "Dawn", step="t"), Title(25_000, 28_000, "End"))
    return edit_of(shots, titles, Edit(Timeline(LENGTH_MS, ()), MUSIC, PICTURES))


FIRST = first_cut()


def chunks_of(edit: Edit, video: VideoFormat = VIDEO) -> tuple[Chunk, ...]:
    cuts = (frame_at(shot.start_ms, fps=video.fps) for shot in edit.timeline.shots)
    frames = frames_in(edit.timeline.duration_ms, fps=video.fps)
    return plan_chunks(cuts, frames=frames, fps=video.fps)


def keys_of(
    edit: Edit, *, video: VideoFormat = VIDEO, maker: Maker = MAKER
) -> dict[Chunk, Digest]:
    chunks = chunks_of(edit, video)
    pictures = {name: picture_digest(planes) for name, planes in edit.pictures.items()}
    keys = chunk_keys(
        edit.timeline, edit.music, video=video, chunks=chunks, pictures=pictures, maker=maker
    )
    return dict(zip(chunks, keys, strict=True))


def changed(edit: Edit, before: Edit = FIRST) -> list[bool]:
    """Say for each chunk of `before` whether it is another one now."""
    old, new = keys_of(before), keys_of(edit)
    return [new.get(chunk) != key for chunk, key in old.items()]


def with_shot(number: int, edit: Edit = FIRST, **changes: Any) -> Edit:
    shots = list(edit.timeline.shots)
    shots[number] = replace(shots[number], **changes)
    return edit_of(tuple(shots), edit.timeline.titles, edit)


def with_titles(*titles: Title, edit: Edit = FIRST) -> Edit:
    return edit_of(edit.timeline.shots, titles, edit)


def seconds(edit: Edit = FIRST) -> list[tuple[float, float]]:
    return [(chunk.first / FPS, chunk.end / FPS) for chunk in chunks_of(edit)]


def test_the_edit_that_these_tests_change_has_five_chunks() -> None:
    assert seconds() == [(0.0, 6.5), (6.5, 12.0), (12.0, 18.0), (18.0, 24.0), (24.0, 32.0)]


def test_no_two_chunks_share_a_key() -> None:
    assert len(set(keys_of(FIRST).values())) == 5


def test_a_changed_title_touches_the_chunks_it_shows_in() -> None:
    start, end = FIRST.timeline.titles
    other = with_titles(replace(start, text="Dusk"), end)
    assert changed(other) == [True, False, False, False, False]
    across = with_titles(start, end, Title(11_000, 13_000, "Both"))
    assert changed(across) == [False, True, True, False, False]
    assert changed(with_titles(start)) == [False, False, False, False, True]
    assert changed(with_titles(end, start)) == [False] * 5


def test_a_title_that_ends_where_a_chunk_begins_does_not_touch_it() -> None:
    titles = (*FIRST.timeline.titles, Title(7_000, 12_000, "Edge"))
    assert changed(with_titles(*titles)) == [False, True, False, False, False]


def test_the_order_of_titles_over_each_other_counts() -> None:
    low, high = Title(14_000, 15_000, "low"), Title(14_000, 15_000, "high")
    flags = changed(with_titles(high, low), with_titles(low, high))
    assert flags == [False, False, True, False, False]


@pytest.mark.parametrize(
    "change",
    [
        {"seed": 99},
        {"variant": 1},
        {"motion": 0.5},
        {"reaction": 0.5},
        {"grade": Grade(contrast=0.3)},
        {"scene": "kaleidoscope"},
        {"palette": PALETTES[9].palette},
    ],
)
def test_a_changed_shot_touches_its_chunk_and_the_one_it_dissolves_into(
    change: dict[str, Any],
) -> None:
    assert changed(with_shot(7, **change)) == [False, False, False, False, True]
    # shot 2 ends where shot 3, which dissolves, begins
    assert FIRST.timeline.shots[3].transition.kind is TransitionKind.DISSOLVE
    assert changed(with_shot(2, **change)) == [False, True, True, False, False]


def test_what_a_shot_is_called_is_not_seen() -> None:
    palette = replace(FIRST.timeline.shots[0].palette, name="other")
    named = with_shot(0, step="x", section="drop 9", palette=palette)
    assert changed(named) == [False] * 5


def test_a_transition_touches_the_chunks_it_lasts_in() -> None:
    longer = with_shot(5, transition=Transition(TransitionKind.DIP, 900))
    assert changed(longer) == [False, False, False, True, False]


def test_a_picture_counts_by_its_pixels_whatever_its_name() -> None:
    one = with_shot(2, scene="picture", media="one")
    renamed = replace(with_shot(2, scene="picture", media="a"), pictures={"a": PICTURES["one"]})
    assert changed(renamed, one) == [False] * 5
    repainted = replace(one, pictures={"one": PICTURES["two"]})
    assert changed(repainted, one) == [False, True, True, False, False]


def test_a_changed_ending_touches_no_earlier_chunk() -> None:
    sections = list(MUSIC.sections)
    sections[-1] = replace(sections[-1], kind=SectionKind.BUILD)
    other = replace(FIRST, music=replace(MUSIC, sections=tuple(sections)))
    assert changed(other) == [False, False, False, False, True]


def test_a_louder_moment_touches_what_comes_after_it_too() -> None:
    kick = MUSIC.curves.kick
    levels = bytearray(kick.levels)
    at = 2 * (15_000 * kick.rate_hz // 1000 - 10)
    levels[at : at + 40] = b"\xff" * 40
    struck = replace(MUSIC.curves, kick=replace(kick, levels=bytes(levels)))
    other = replace(FIRST, music=replace(MUSIC, curves=struck))
    assert changed(other) == [False, False, True, True, True]


def test_what_is_louder_at_the_end_makes_the_start_quieter() -> None:
    loud = MUSIC.curves.loudness
    half = len(loud.levels) // 4 * 2
    levels = loud.levels[:half] + b"\xff" * half
    curves = replace(MUSIC.curves, loudness=Curve(loud.rate_hz, levels))
    quiet = replace(FIRST, music=replace(MUSIC, curves=curves))
    assert changed(quiet)[0]


@pytest.mark.parametrize(
    "video",
    [
        replace(VIDEO, size=Size(128, 74)),
        replace(VIDEO, quality=Quality.HIGH),
        replace(VIDEO, fps=24),
    ],
)
def test_size_rate_and_quality_count(video: VideoFormat) -> None:
    assert not set(keys_of(FIRST).values()) & set(keys_of(FIRST, video=video).values())


def test_a_longer_song_leaves_what_was_there_before() -> None:
    longer = replace(FIRST, timeline=replace(FIRST.timeline, duration_ms=LENGTH_MS + 9_000))
    assert changed(longer)[:3] == [False] * 3


def test_music_that_ends_before_the_picture_has_a_key_too() -> None:
    short = replace(FIRST, music=score(duration_ms=10_000))
    assert len(set(keys_of(short).values())) == 5


def test_who_makes_the_bytes_counts() -> None:
    draft, high = maker_of(VIDEO, paint_scenes), maker_of(VIDEO, make_sweep)
    assert draft == maker_of(VIDEO, paint_scenes)
    assert draft != high
    assert draft.painter == "mvpipe.engine.studio.work.paint_scenes"
    assert make_black.__qualname__ in maker_of(VIDEO, make_black).painter
    other = maker_of(replace(VIDEO, quality=Quality.HIGH), paint_scenes)
    assert other.encoder != draft.encoder
    assert other.engine == draft.engine
    assert code_digest() in str(draft.engine)


SONG = Sound(0, LENGTH_MS, media="song", step="cut")


def sound_key_of(
    *sounds: Sound, song: str = "a", samples: int = 48 * LENGTH_MS, maker: Maker = MAKER
) -> Digest:
    timeline = Timeline(LENGTH_MS, (Track(TrackKind.AUDIO, sounds),))
    songs = {sound.media: digest_of(song) for sound in sounds}
    return sound_key(
        timeline, songs=songs, samples=samples, quality=Quality.STANDARD, maker=maker
    )


def test_sound_depends_on_the_song_its_place_and_its_level_alone() -> None:
    once = sound_key_of(SONG)
    assert once == sound_key_of(replace(SONG, step="x", media="renamed"))
    assert once == sound_key_of(SONG, maker=replace(MAKER, encoder="y", painter="q"))
    others = [
        sound_key_of(SONG, song="b"),
        sound_key_of(replace(SONG, level=0.5)),
        sound_key_of(replace(SONG, start_ms=100)),
        sound_key_of(replace(SONG, end_ms=100)),
        sound_key_of(SONG, samples=9),
        sound_key_of(SONG, SONG),
        sound_key_of(SONG, maker=replace(MAKER, engine="f")),
    ]
    assert len({once, *others}) == 8


def test_a_song_is_read_block_by_block(tmp_path: Path) -> None:
    (tmp_path / "song").write_bytes(bytes(2**20 + 1))
    blocks: list[None] = []
    found = song_digest(tmp_path / "song", on_block=lambda: blocks.append(None))
    assert found == hashlib.sha256(bytes(2**20 + 1)).hexdigest()
    assert len(blocks) == 2


def times(draw: st.DrawFn, longest: int = 4_000) -> tuple[int, int]:
    start = draw(st.integers(0, LENGTH_MS - 200))
    return start, min(LENGTH_MS, start + draw(st.integers(150, longest)))


def retitled(draw: st.DrawFn, edit: Edit) -> Edit:
    start, end = times(draw)
    text = draw(st.sampled_from(["Dawn", "夜", "Two\nlines"]))
    title = Title(start, end, text, draw(st.sampled_from(TitlePosition)))
    return with_titles(*edit.timeline.titles, title, edit=edit)


def untitled(draw: st.DrawFn, edit: Edit) -> Edit:
    return with_titles(*edit.timeline.titles[1:], edit=edit)


def recast(draw: st.DrawFn, edit: Edit) -> Edit:
    number = draw(st.integers(0, len(edit.timeline.shots) - 1))
    change: dict[str, Any] = draw(
        st.sampled_from(
            [
                {"scene": "picture", "media": "one"},
                {"scene": "picture", "media": "two"},
                {"scene": "horizon", "variant": 1},
                {"palette": PALETTES[3].palette},
                {"seed": 77},
                {"reaction": 1.8, "motion": 1.7},
                {"grade": Grade(brightness=-0.2, saturation=0.5)},
                {"section": "x", "step": "y"},
            ]
        )
    )
    return with_shot(number, edit, **change)


def rejoined(draw: st.DrawFn, edit: Edit) -> Edit:
    number = draw(st.integers(0, len(edit.timeline.shots) - 1))
    kind, length = draw(st.sampled_from(TransitionKind)), draw(st.sampled_from([0, 90, 1500]))
    return with_shot(number, edit, transition=Transition(kind, length))


def recut(draw: st.DrawFn, edit: Edit) -> Edit:
    """Move the border between two shots, or leave a gap there."""
    number = draw(st.integers(0, len(edit.timeline.shots) - 2))
    one, two = edit.timeline.shots[number : number + 2]
    low = one.start_ms + 40
    at = draw(st.integers(low, max(low, two.end_ms - 40)))
    gap = draw(st.sampled_from([0, 0, 500]))
    earlier = with_shot(number, edit, end_ms=max(one.start_ms + 1, at - gap))
    return with_shot(number + 1, earlier, start_ms=at)


def reheard(draw: st.DrawFn, edit: Edit) -> Edit:
    """Change a stretch of one curve, or what a section is."""
    if draw(st.booleans()):
        sections = list(edit.music.sections)
        number = draw(st.integers(0, len(sections) - 1))
        kind = draw(st.sampled_from(SectionKind))
        sections[number] = replace(sections[number], kind=kind)
        return replace(edit, music=replace(edit.music, sections=tuple(sections)))
    name = draw(st.sampled_from(["kick", "hat", "bass", "loudness", "spectrum"]))
    curve: Curve = getattr(edit.music.curves, name)
    start, end = times(draw)
    levels = bytearray(curve.levels)
    row = 2 * curve.width
    first, last = (row * (at * curve.rate_hz // 1000) for at in (start, end))
    levels[first:last] = bytes([draw(st.integers(0, 255))]) * (last - first)
    heard = replace(curve, levels=bytes(levels[: len(curve.levels)]))
    curves = replace(edit.music.curves, **{name: heard})
    return replace(edit, music=replace(edit.music, curves=curves))


EDITS: tuple[Callable[[st.DrawFn, Edit], Edit], ...] = (
    retitled, untitled, recast, rejoined, recut, reheard,
)  # fmt: skip


@st.composite
def edits(draw: st.DrawFn) -> Edit:
    """Give the first cut after one to three changes."""
    edit = FIRST
    for change in draw(st.lists(st.sampled_from(EDITS), min_size=1, max_size=3)):
        edit = change(draw, edit)
    return edit


def rendered(edit: Edit, chunk: Chunk, to: Path) -> str:
    painter = Painter(
        timeline=edit.timeline,
        music=edit.music,
        size=VIDEO.size,
        fps=FPS,
        pictures=edit.pictures,
    )
    encode_chunk(painter.paint, chunk=chunk, video=VIDEO, to=to, on_frame=lambda: None)
    return hashlib.sha256(to.read_bytes()).hexdigest()


class Renders:
    """Every chunk that was rendered, by its key; and how often a key came up again."""

    def __init__(self, folder: Path) -> None:
        self.to = folder / "chunk.mp4"
        self.known: dict[Digest, str] = {}
        self.again = 0
        self.check(FIRST)

    def check(self, edit: Edit) -> None:
        for chunk, key in keys_of(edit).items():
            self.again += key in self.known
            found = rendered(edit, chunk, self.to)
            assert self.known.setdefault(key, found) == found


@pytest.fixture(scope="module")
def renders(tmp_path_factory: pytest.TempPathFactory) -> Renders:
    return Renders(tmp_path_factory.mktemp("renders"))


@pytest.mark.slow
@settings(max_examples=30, deadline=None)
@given(edit=edits())
def test_chunks_of_one_key_have_the_same_bytes_whatever_else_was_changed(
    renders: Renders, edit: Edit
) -> None:
    renders.check(edit)


@pytest.mark.slow
def test_most_chunks_of_an_edit_with_one_change_need_no_rendering(renders: Renders) -> None:
    again = renders.again
    renders.check(with_titles(Title(0, 1_000, "One"), edit=FIRST))
    assert renders.again - again == 3
