"""What a job says that the wire has no place for, in the one header `X-Mvpipe`.

The cloud ignores the header. `mvpipe serve` obeys it, and so gives the bytes that the same job
gives locally.
"""

from __future__ import annotations

from dataclasses import dataclass

from mvpipe.errors import BadAnswer
from mvpipe.model.canonical import Plain, plain
from mvpipe.model.hints import Meter, MusicHints
from mvpipe.model.media import Aspect, Quality, Size
from mvpipe.protocol.parse import (
    Object,
    a_number,
    a_text,
    an_integer,
    an_object,
    line_of,
    one_of,
    parse,
)
from mvpipe.protocol.wire import LONGEST_MS

MOST_HEADER = 4000
MOST_SEED = 2**64
MOST_SIDE = 16_384


NO_HINTS = MusicHints()


@dataclass(frozen=True, slots=True)
class OpenExtras:
    """With a new session: the seed, and what a person overrules of the music."""

    seed: int
    hints: MusicHints = NO_HINTS


@dataclass(frozen=True, slots=True)
class UploadExtras:
    """With a file: the input's id, by which the timeline names it."""

    id: str


@dataclass(frozen=True, slots=True)
class SayExtras:
    """With a prompt: the step of the job."""

    step: str


@dataclass(frozen=True, slots=True)
class RenderExtras:
    """With a render: the video's exact form; `None` leaves the choice to the timeline."""

    fps: int
    quality: Quality
    aspect: Aspect | None = None
    size: Size | None = None
    preset: str = "auto"


Extras = OpenExtras | UploadExtras | SayExtras | RenderExtras


def write_extras(extras: Extras) -> str:
    """Return the header's value, plain ASCII on one line."""
    return line_of(plain(extras))


def read_open_extras(header: str | None) -> OpenExtras | None:
    """Return what came with a new session, `None` without the header; raises BadAnswer."""
    if (data := _data(header)) is None:
        return None
    hints = data.get("hints")
    return OpenExtras(
        seed=_integer(data, "seed", low=-MOST_SEED, high=MOST_SEED),
        hints=NO_HINTS if hints is None else _hints(an_object(hints, where="hints")),
    )


def _hints(data: Object) -> MusicHints:
    bpm, first = data.get("bpm"), data.get("first_downbeat_ms")
    meter = data.get("meter")
    return MusicHints(
        bpm=None if bpm is None else a_number(bpm, where="bpm", low=1, high=1000),
        first_downbeat_ms=None
        if first is None
        else an_integer(first, where="first_downbeat_ms", low=-LONGEST_MS, high=LONGEST_MS),
        meter=None if meter is None else _meter(an_object(meter, where="meter")),
    )


def _meter(data: Object) -> Meter:
    return Meter(
        beats=_integer(data, "beats", low=1, high=32),
        unit=_integer(data, "unit", low=1, high=64),
    )


def read_upload_extras(header: str | None) -> UploadExtras | None:
    """Return what came with a file, `None` without the header; raises BadAnswer."""
    data = _data(header)
    return None if data is None else UploadExtras(id=a_text(data.get("id"), where="id"))


def read_say_extras(header: str | None) -> SayExtras | None:
    """Return what came with a prompt, `None` without the header; raises BadAnswer."""
    data = _data(header)
    return None if data is None else SayExtras(step=a_text(data.get("step"), where="step"))


def read_render_extras(header: str | None) -> RenderExtras | None:
    """Return what came with a render, `None` without the header; raises BadAnswer."""
    if (data := _data(header)) is None:
        return None
    size, aspect = data.get("size"), data.get("aspect")
    return RenderExtras(
        fps=_integer(data, "fps", low=1, high=240),
        quality=one_of(Quality, data.get("quality"), where="X-Mvpipe: quality"),
        aspect=None if aspect is None else one_of(Aspect, aspect, where="X-Mvpipe: aspect"),
        size=None if size is None else _size(an_object(size, where="size")),
        preset=a_text(data.get("preset", "auto"), where="preset"),
    )


def _size(data: Object) -> Size:
    size = Size(
        width=_integer(data, "width", low=2, high=MOST_SIDE),
        height=_integer(data, "height", low=2, high=MOST_SIDE),
    )
    if size.width % 2 or size.height % 2:
        raise BadAnswer(f"X-Mvpipe: {size} has an odd side")
    return size


def _data(header: str | None) -> Object | None:
    if header is None:
        return None
    if len(header) > MOST_HEADER:
        raise BadAnswer(f"X-Mvpipe is longer than {MOST_HEADER} characters")
    return an_object(parse(header), where="X-Mvpipe")


def _integer(data: Object, key: str, *, low: int, high: int) -> int:
    value: Plain = data.get(key)
    return an_integer(value, where=f"X-Mvpipe: {key}", low=low, high=high)
