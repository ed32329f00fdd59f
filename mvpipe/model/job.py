"""A job: what one YAML document asks for, checked and resolved.

Everything here has passed validation: ids are unique, references lead somewhere, every path is
relative to the job's folder and stays inside the project.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from mvpipe.model.backend import BackendName
from mvpipe.model.hints import MusicHints
from mvpipe.model.media import Aspect, MediaKind, Quality, Size
from mvpipe.model.place import Place
from mvpipe.model.timecode import timecode


@dataclass(frozen=True, slots=True)
class Input:
    """One file the job uses; `path` is absolute, `shown` is how the job file spells it."""

    id: str
    path: Path
    shown: str
    kind: MediaKind
    place: Place


@dataclass(frozen=True, slots=True)
class Export:
    """A wanted MP4. `to` is absolute, `shown` as written.

    `size` is `None` where neither preset, size nor aspect was given: the timeline's own aspect
    then decides, at 1080 lines.
    """

    id: str
    to: Path
    shown: str
    preset: str
    aspect: Aspect | None
    size: Size | None
    fps: int
    quality: Quality
    place: Place


class Comparison(StrEnum):
    """How a measured number is held against a wanted one."""

    EQUAL = "="
    AT_LEAST = ">="
    AT_MOST = "<="
    ABOUT = "~"


@dataclass(frozen=True, slots=True)
class Amount:
    """A wanted number: so many segments, or so many milliseconds."""

    comparison: Comparison
    value: int


@dataclass(frozen=True, slots=True)
class Expectation:
    """What the timeline must hold after a step; `None` asks nothing.

    `video`, `audio` and `title` count segments. `duration` is in milliseconds;
    `duration_of` names the input whose length is meant, to be held against within one second.
    """

    video: Amount | None = None
    audio: Amount | None = None
    title: Amount | None = None
    duration: Amount | None = None
    duration_of: str | None = None

    def __str__(self) -> str:
        """Return `video >=5, duration ~inputs.song`."""
        counts = {"video": self.video, "audio": self.audio, "title": self.title}
        parts = [f"{k} {v.comparison}{v.value}" for k, v in counts.items() if v is not None]
        if self.duration is not None:
            wanted = timecode(self.duration.value)
            parts.append(f"duration {self.duration.comparison}{wanted}")
        if self.duration_of is not None:
            parts.append(f"duration {Comparison.ABOUT}inputs.{self.duration_of}")
        return ", ".join(parts)


@dataclass(frozen=True, slots=True)
class Prompt:
    """A step that tells the backend what to make or change."""

    id: str
    text: str
    expect: Expectation | None
    timeout_s: int
    place: Place


@dataclass(frozen=True, slots=True)
class Upload:
    """A step that hands inputs to the session, by id, in order."""

    id: str
    inputs: tuple[str, ...]
    place: Place


@dataclass(frozen=True, slots=True)
class ExportStep:
    """A step that renders the timeline as it stands now."""

    id: str
    export: Export
    place: Place


@dataclass(frozen=True, slots=True)
class Check:
    """A step that stops the job unless the timeline is as expected."""

    id: str
    expect: Expectation
    place: Place


Step = Prompt | Upload | ExportStep | Check


@dataclass(frozen=True, slots=True)
class Job:
    """One job after variables, matrix and defaults.

    `name` is unique within its file; `root` is the folder that no output may leave.
    Inputs that no upload step names are uploaded before the first step; `exports` are
    rendered after the last.
    """

    name: str
    source: str
    root: Path
    backend: BackendName
    language: str
    seed: int
    inputs: tuple[Input, ...]
    hints: MusicHints
    steps: tuple[Step, ...]
    exports: tuple[Export, ...]
    budget_credits: int | None
    place: Place

    def input(self, wanted: str) -> Input:
        """Return the input with that id; validation has made sure that there is one."""
        return next(item for item in self.inputs if item.id == wanted)
