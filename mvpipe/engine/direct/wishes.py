"""What a prompt can ask for, as frozen data: wishes, and the stretch of the song they mean."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from mvpipe.model.media import Aspect
from mvpipe.model.music import SectionKind
from mvpipe.model.timeline import Palette, TitlePosition


class Language(StrEnum):
    """The language a prompt is written in and a reply is given in."""

    ENGLISH = "en"
    CHINESE = "zh"


class Quality(StrEnum):
    """A side of the picture that can be turned up or down."""

    BRIGHTNESS = "brightness"
    CONTRAST = "contrast"
    SATURATION = "saturation"
    GRAIN = "grain"
    VIGNETTE = "vignette"
    MOTION = "motion"
    REACTION = "reaction"
    FLASHES = "flashes"
    CUTS = "cuts"
    SPEED = "speed"
    ENERGY = "energy"
    WARMTH = "warmth"


class Unit(StrEnum):
    """What a length is counted in."""

    MS = "ms"
    BEAT = "beat"
    BAR = "bar"


@dataclass(frozen=True, slots=True)
class Length:
    """So many milliseconds, beats or bars."""

    amount: int
    unit: Unit = Unit.MS


@dataclass(frozen=True, slots=True)
class Whole:
    """The whole song."""


@dataclass(frozen=True, slots=True)
class Part:
    """Sections of one kind, or of any where `kind` is `None`.

    `ordinal` counts from 1, from -1 backwards; `None` means all of them.
    """

    kind: SectionKind | None
    ordinal: int | None = None


@dataclass(frozen=True, slots=True)
class Range:
    """From one time to another; an end of `None` is the end of the song."""

    start_ms: int
    end_ms: int | None


@dataclass(frozen=True, slots=True)
class Head:
    """The first so many seconds, beats or bars."""

    length: Length


@dataclass(frozen=True, slots=True)
class Tail:
    """The last so many seconds, beats or bars."""

    length: Length


@dataclass(frozen=True, slots=True)
class Portion:
    """A stretch as percentages of the song: the first half is 0 to 50."""

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Edge:
    """The beginning or the end, as a person says it: the first or the last section."""

    last: bool


@dataclass(frozen=True, slots=True)
class Except:
    """The whole song but for a part of it."""

    part: Part | Range | Head | Tail | Portion | Edge


Target = Whole | Part | Range | Head | Tail | Portion | Edge | Except

WHOLE = Whole()


class CutEvery(StrEnum):
    """How often the picture cuts, where a person says so."""

    BEAT = "beat"
    HALF_BAR = "half bar"
    BAR = "bar"
    TWO_BARS = "2 bars"
    FOUR_BARS = "4 bars"


@dataclass(frozen=True, slots=True)
class Adjust:
    """Turn a quality up or down; 1 is a natural step, 4 or more as far as it goes."""

    quality: Quality
    amount: float
    target: Target = WHOLE


@dataclass(frozen=True, slots=True)
class SetCuts:
    """Cut at a stated density."""

    every: CutEvery
    target: Target = WHOLE


class Share(StrEnum):
    """How much of a target a scene takes."""

    ALL = "all"
    MORE = "more"
    LESS = "less"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class UseScenes:
    """Show these scenes in a target; with `Share.NONE`, show others instead.

    With `instead_of`, only shots of that scene change; `exclusive` allows nothing else.
    """

    scenes: tuple[str, ...]
    share: Share = Share.ALL
    target: Target = WHOLE
    instead_of: str | None = None
    exclusive: bool = False


@dataclass(frozen=True, slots=True)
class UsePalette:
    """Colour a target with a palette."""

    palette: Palette
    target: Target = WHOLE


@dataclass(frozen=True, slots=True)
class Feel:
    """Give a target the feel of a mood or a genre, named as in the table of moods."""

    mood: str
    target: Target = WHOLE


@dataclass(frozen=True, slots=True)
class When:
    """When a title shows: in a target, or at a time, for a length; `None` is not said."""

    target: Target | None = None
    at_ms: int | None = None
    length: Length | None = None


@dataclass(frozen=True, slots=True)
class Look:
    """How a title looks; `None` is not said, and `scale` multiplies."""

    position: TitlePosition | None = None
    colour: str | None = None
    scale: float | None = None


@dataclass(frozen=True, slots=True)
class AddTitle:
    """Show a text; `None` is the song's own name."""

    text: str | None
    when: When = When()
    look: Look = Look()


@dataclass(frozen=True, slots=True)
class ChangeTitle:
    """Change titles that are there: those saying `old`, or all; `None` keeps what is."""

    old: str | None
    text: str | None
    when: When = When()
    look: Look = Look()


@dataclass(frozen=True, slots=True)
class RemoveTitles:
    """Take titles away: those saying `text`, else those in the target."""

    text: str | None = None
    target: Target = WHOLE


@dataclass(frozen=True, slots=True)
class ChangeAspect:
    """Direct for another shape of frame."""

    aspect: Aspect


@dataclass(frozen=True, slots=True)
class SetLevel:
    """Make the song as loud as `level` from 0 to 1, or so much louder where `by` is given."""

    level: float | None
    by: float = 0.0


@dataclass(frozen=True, slots=True)
class Generate:
    """Make a whole new edit, with everything that was said about the whole of it.

    `scenes` and `avoided` name scenes; `exclusive` allows no others than `scenes`.
    """

    scenes: tuple[str, ...] = ()
    avoided: tuple[str, ...] = ()
    exclusive: bool = False
    palette: Palette | None = None
    moods: tuple[str, ...] = ()
    adjusts: tuple[Adjust, ...] = ()
    every: CutEvery | None = None


Wish = (
    Generate
    | Adjust
    | SetCuts
    | UseScenes
    | UsePalette
    | Feel
    | AddTitle
    | ChangeTitle
    | RemoveTitles
    | ChangeAspect
    | SetLevel
)


@dataclass(frozen=True, slots=True)
class Reading:
    """What a prompt was understood to ask for.

    `unmet` are the wishes that nothing here can fulfil, as (words, scene used instead or
    `None`), in the order they were said.
    """

    wishes: tuple[Wish, ...]
    unmet: tuple[tuple[str, str | None], ...]
    language: Language
