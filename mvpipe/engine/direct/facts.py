"""What was done, or could not be, as data that a reply puts into words."""

from __future__ import annotations

from dataclasses import dataclass

from mvpipe.engine.direct.wishes import CutEvery, Quality, Share, Target
from mvpipe.model.media import Aspect
from mvpipe.model.timeline import Timeline, Title


@dataclass(frozen=True, slots=True)
class Made:
    """A whole new edit, with the tempo its cuts follow, `None` without beats."""

    shots: int
    scenes: tuple[str, ...]
    palettes: tuple[str, ...]
    bpm: int | None
    left_out: int = 0


@dataclass(frozen=True, slots=True)
class Turned:
    """A quality went up or down in a stretch."""

    quality: Quality
    up: bool
    target: Target


@dataclass(frozen=True, slots=True)
class CutsSet:
    """The cuts of a stretch follow a density."""

    every: CutEvery
    target: Target


@dataclass(frozen=True, slots=True)
class Shown:
    """Scenes show in a stretch, or no longer."""

    scenes: tuple[str, ...]
    share: Share
    target: Target


@dataclass(frozen=True, slots=True)
class Coloured:
    """A stretch has a palette."""

    palette: str
    target: Target


@dataclass(frozen=True, slots=True)
class Felt:
    """A stretch has the feel of a mood."""

    mood: str
    target: Target


@dataclass(frozen=True, slots=True)
class TitleSet:
    """A title is there, new or changed."""

    title: Title
    new: bool


@dataclass(frozen=True, slots=True)
class TitlesGone:
    """So many titles were taken away."""

    count: int


@dataclass(frozen=True, slots=True)
class Reshaped:
    """The edit has another shape of frame."""

    aspect: Aspect


@dataclass(frozen=True, slots=True)
class Levelled:
    """The song plays at a level, in percent."""

    percent: int


@dataclass(frozen=True, slots=True)
class NoPart:
    """The song has no such part; `there` are the parts it has."""

    target: Target
    there: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class NoTitle:
    """There is no title to change or to take away."""


@dataclass(frozen=True, slots=True)
class NoPictures:
    """Pictures were asked for and none were given."""


Placed = Turned | CutsSet | Shown | Coloured | Felt
Done = Placed | TitleSet | TitlesGone | Reshaped | Levelled


@dataclass(frozen=True, slots=True)
class Already:
    """A wish changed nothing, because all is as asked or as far as it goes."""

    what: Done


Fact = Made | Done | NoPart | NoTitle | NoPictures | Already


@dataclass(frozen=True, slots=True)
class Edited:
    """A timeline after one wish, and what there is to say about it."""

    timeline: Timeline
    facts: tuple[Fact, ...]
