"""The edit: tracks of segments over one song.

A timeline knows no pixels and no frame rate, so one timeline renders to every size with the
same cuts. All times are whole milliseconds from the start of the song; a segment ends where the
next may start (half-open).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum, StrEnum

from mvpipe.model.media import Aspect


class TrackKind(IntEnum):
    """What a track holds; the numbers are the wire's `tt`."""

    VIDEO = 0
    AUDIO = 1
    TITLE = 7


class TransitionKind(StrEnum):
    """How a shot begins."""

    CUT = "cut"
    DISSOLVE = "dissolve"
    FLASH = "flash"
    DIP = "dip"


@dataclass(frozen=True, slots=True)
class Transition:
    """How a shot begins, and for how long; a cut takes no time."""

    kind: TransitionKind = TransitionKind.CUT
    length_ms: int = 0


@dataclass(frozen=True, slots=True)
class Palette:
    """Colours from the darkest to the brightest, each `#rrggbb`; at least two."""

    name: str
    colours: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Grade:
    """A shot's light; 0 leaves it as it is. All run from -1 to 1, grain and vignette from 0."""

    brightness: float = 0.0
    contrast: float = 0.0
    saturation: float = 0.0
    grain: float = 0.0
    vignette: float = 0.3


@dataclass(frozen=True, slots=True)
class Shot:
    """One stretch of picture: a scene with everything that decides how it looks.

    `motion` scales how fast it moves and `reaction` how strongly it answers the music, both 0
    to 2 with 1 as the natural amount. `media` is the id of the picture that the image scene
    shows. `variant` changes the composition within one scene. `section` and `step` say what
    part of the song it belongs to (`drop 1`) and which step of the job made it.
    """

    start_ms: int
    end_ms: int
    scene: str
    palette: Palette
    seed: int
    variant: int = 0
    motion: float = 1.0
    reaction: float = 1.0
    grade: Grade = Grade()
    transition: Transition = Transition()
    media: str | None = None
    section: str = ""
    step: str = ""


@dataclass(frozen=True, slots=True)
class Sound:
    """One stretch of audio: the input's id and its level from 0 to 1."""

    start_ms: int
    end_ms: int
    media: str
    level: float = 1.0
    step: str = ""


class TitlePosition(StrEnum):
    """Where a title stands in the frame."""

    CENTRE = "centre"
    TOP = "top"
    BOTTOM = "bottom"
    LOWER_LEFT = "lower-left"


@dataclass(frozen=True, slots=True)
class Title:
    """Text over the picture; `scale` 1 is a headline's natural size for the frame."""

    start_ms: int
    end_ms: int
    text: str
    position: TitlePosition = TitlePosition.CENTRE
    scale: float = 1.0
    colour: str = "#ffffff"
    fade_ms: int = 400
    step: str = ""


Segment = Shot | Sound | Title


@dataclass(frozen=True, slots=True)
class Track:
    """Segments of one kind in order of time; shots of one track never overlap."""

    kind: TrackKind
    segments: tuple[Segment, ...]
    name: str = ""


@dataclass(frozen=True, slots=True)
class Timeline:
    """A whole edit; `aspect` is the shape it was directed for, where an export names none."""

    duration_ms: int
    tracks: tuple[Track, ...]
    aspect: Aspect = Aspect.WIDE

    @property
    def shots(self) -> tuple[Shot, ...]:
        """Every shot, in order of time."""
        return tuple(s for t in self.tracks for s in t.segments if isinstance(s, Shot))

    @property
    def sounds(self) -> tuple[Sound, ...]:
        """Every stretch of audio, in order of time."""
        return tuple(s for t in self.tracks for s in t.segments if isinstance(s, Sound))

    @property
    def titles(self) -> tuple[Title, ...]:
        """Every title, in the order they are drawn."""
        return tuple(s for t in self.tracks for s in t.segments if isinstance(s, Title))
