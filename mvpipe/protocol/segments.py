"""Our own segments, written and read back exactly; the keys are listed in `draft`."""

from __future__ import annotations

import re
from typing import assert_never

from mvpipe.errors import BadAnswer
from mvpipe.model.canonical import Plain, plain
from mvpipe.model.timeline import (
    Grade,
    Palette,
    Segment,
    Shot,
    Sound,
    Title,
    TitlePosition,
    TrackKind,
    Transition,
    TransitionKind,
)
from mvpipe.protocol.parse import (
    Object,
    a_list,
    a_number,
    a_text,
    an_integer,
    an_object,
    one_of,
)
from mvpipe.protocol.wire import LONGEST_MS

OURS = "mvpipe"
VERSION = 1

MOST_COLOURS = 32
MOST_TEXT = 2000
MOST_SEED = 2**64
COLOUR = re.compile(r"#[0-9a-fA-F]{6}\Z", re.ASCII)


def segment_data(segment: Segment) -> dict[str, Plain]:
    """Return a segment as the wire has it."""
    times: dict[str, Plain] = {"start": segment.start_ms, "end": segment.end_ms}
    match segment:
        case Shot():
            return {**times, "name": segment.scene, OURS: _shot_data(segment)}
        case Sound():
            shown: dict[str, Plain] = {"name": segment.media, "volume": segment.level}
            return {**times, **shown, OURS: {"step": segment.step}}
        case Title():
            return {**times, "text": segment.text, OURS: _title_data(segment)}
        case _:
            assert_never(segment)


def _shot_data(shot: Shot) -> dict[str, Plain]:
    media: dict[str, Plain] = {} if shot.media is None else {"media": shot.media}
    return {
        "palette": plain(shot.palette),
        "seed": shot.seed,
        "variant": shot.variant,
        "motion": shot.motion,
        "reaction": shot.reaction,
        "grade": plain(shot.grade),
        "transition": plain(shot.transition),
        **media,
        "section": shot.section,
        "step": shot.step,
    }


def _title_data(title: Title) -> dict[str, Plain]:
    return {
        "position": title.position.value,
        "scale": title.scale,
        "colour": title.colour,
        "fade": title.fade_ms,
        "step": title.step,
    }


def read_segment(data: Object, *, kind: TrackKind, where: str) -> Segment:
    """Return the segment that `segment_data` wrote; raises BadAnswer for anything else.

    Every value is held within its bounds, as drafts come back from clients.
    """
    inner = an_object(data.get(OURS), where=f"{where}.{OURS}")
    match kind:
        case TrackKind.VIDEO:
            return _shot(data, inner, where)
        case TrackKind.AUDIO:
            return _sound(data, inner, where)
        case TrackKind.TITLE:
            return _title(data, inner, where)
        case _:
            assert_never(kind)


def _times(data: Object, where: str) -> tuple[int, int]:
    start = an_integer(data.get("start"), where=f"{where}.start", low=0, high=LONGEST_MS)
    end = an_integer(data.get("end"), where=f"{where}.end", low=0, high=LONGEST_MS)
    if end < start:
        raise BadAnswer(f"{where} ends before it starts")
    return start, end


def _shot(data: Object, inner: Object, where: str) -> Shot:
    start, end = _times(data, where)
    media = inner.get("media")
    return Shot(
        start_ms=start,
        end_ms=end,
        scene=_short(data.get("name"), where=f"{where}.name"),
        palette=_palette(inner.get("palette"), where=f"{where}.palette"),
        seed=an_integer(
            inner.get("seed"), where=f"{where}.seed", low=-MOST_SEED, high=MOST_SEED
        ),
        variant=an_integer(inner.get("variant"), where=f"{where}.variant", low=0, high=9999),
        motion=a_number(inner.get("motion"), where=f"{where}.motion", low=0, high=2),
        reaction=a_number(inner.get("reaction"), where=f"{where}.reaction", low=0, high=2),
        grade=_grade(inner.get("grade"), where=f"{where}.grade"),
        transition=_transition(inner.get("transition"), where=f"{where}.transition"),
        media=None if media is None else _short(media, where=f"{where}.media"),
        section=_text(inner.get("section"), where=f"{where}.section"),
        step=_text(inner.get("step"), where=f"{where}.step"),
    )


def _palette(value: Plain, *, where: str) -> Palette:
    data = an_object(value, where=where)
    colours = a_list(data.get("colours"), where=where)
    if not 2 <= len(colours) <= MOST_COLOURS:
        raise BadAnswer(f"{where} has {len(colours)} colours")
    return Palette(
        name=_text(data.get("name"), where=where),
        colours=tuple(_colour(colour, where=where) for colour in colours),
    )


def _colour(value: Plain, *, where: str) -> str:
    found = a_text(value, where=where)
    if not COLOUR.match(found):
        raise BadAnswer(f"{where}: {found[:20]!r} is no colour")
    return found


def _grade(value: Plain, *, where: str) -> Grade:
    data = an_object(value, where=where)

    def side(name: str, low: float) -> float:
        return a_number(data.get(name), where=f"{where}.{name}", low=low, high=1)

    return Grade(
        brightness=side("brightness", -1),
        contrast=side("contrast", -1),
        saturation=side("saturation", -1),
        grain=side("grain", 0),
        vignette=side("vignette", 0),
    )


def _transition(value: Plain, *, where: str) -> Transition:
    data = an_object(value, where=where)
    return Transition(
        kind=one_of(TransitionKind, data.get("kind"), where=where),
        length_ms=an_integer(data.get("length_ms"), where=where, low=0, high=LONGEST_MS),
    )


def _sound(data: Object, inner: Object, where: str) -> Sound:
    start, end = _times(data, where)
    return Sound(
        start_ms=start,
        end_ms=end,
        media=_short(data.get("name"), where=f"{where}.name"),
        level=a_number(data.get("volume"), where=f"{where}.volume", low=0, high=1),
        step=_text(inner.get("step"), where=f"{where}.step"),
    )


def _title(data: Object, inner: Object, where: str) -> Title:
    start, end = _times(data, where)
    return Title(
        start_ms=start,
        end_ms=end,
        text=_text(data.get("text"), where=f"{where}.text"),
        position=one_of(TitlePosition, inner.get("position"), where=f"{where}.position"),
        scale=a_number(inner.get("scale"), where=f"{where}.scale", low=0, high=20),
        colour=_colour(inner.get("colour"), where=f"{where}.colour"),
        fade_ms=an_integer(inner.get("fade"), where=f"{where}.fade", low=0, high=LONGEST_MS),
        step=_text(inner.get("step"), where=f"{where}.step"),
    )


def _short(value: Plain, *, where: str) -> str:
    if not (found := _text(value, where=where)):
        raise BadAnswer(f"{where} is empty")
    return found


def _text(value: Plain, *, where: str) -> str:
    if not isinstance(value, str) or len(value) > MOST_TEXT:
        raise BadAnswer(f"{where} is no text of up to {MOST_TEXT} characters")
    return value
