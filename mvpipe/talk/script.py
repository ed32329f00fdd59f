"""What a conversation amounts to: a job that grows line by line. Sends and writes nothing.

Every new part is what the reader of job files makes of it: so the job that is saved cannot mean
anything else than what was done.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Set
from dataclasses import dataclass, replace
from itertools import count
from pathlib import Path

from mvpipe.errors import SpecError, UsageError
from mvpipe.model.backend import BackendName
from mvpipe.model.job import Export, Input, Job, Prompt
from mvpipe.spec.load import Options, load_text
from mvpipe.spec.naming import clean, distinct, slug, tidy
from mvpipe.spec.write import JobText, mapping, quoted, untemplated, write_job

FILE = "the conversation"
DEFAULT_LANGUAGE = "en"
MOST_NAME = 100
UNSAID = "generate a music video"


@dataclass(frozen=True, slots=True)
class Song:
    """A file that was handed over; `path` is absolute."""

    id: str
    path: Path


@dataclass(frozen=True, slots=True)
class Given:
    """Files were handed over, by id."""

    songs: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Said:
    """A prompt was said under a step's id."""

    id: str
    text: str


@dataclass(frozen=True, slots=True)
class Shown:
    """The video was rendered to `to`, an absolute path."""

    to: Path
    preset: str


Line = Given | Said | Shown


@dataclass(frozen=True, slots=True)
class Script:
    """A job so far; `unmade` is the video it promises while none was made.

    Paths in `folder` are told as from there.
    """

    folder: Path
    name: str
    backend: BackendName
    language: str
    unmade: Shown
    songs: tuple[Song, ...] = ()
    lines: tuple[Line, ...] = ()

    @property
    def prompts(self) -> int:
        """How many prompts were said."""
        return sum(isinstance(line, Said) for line in self.lines)

    def next_step(self, used: Set[str]) -> str:
        """Return a step's id that was never used: where it can be, what a job would call it."""
        at_start = bool(self.lines) and isinstance(self.lines[0], Given)
        numbers = count(len(self.lines) - at_start + 1)
        return next(step for number in numbers if (step := f"step-{number}") not in used)

    def given(self, *paths: Path) -> Script:
        """Return the script with files handed over; those it has already are not again."""
        songs, known = list(self.songs), {song.path for song in self.songs}
        for path in dict.fromkeys(paths):
            if path not in known:
                wanted = slug(path.stem, default="input")
                songs.append(Song(distinct(wanted, {song.id for song in songs}), path))
        new = tuple(song.id for song in songs[len(self.songs) :])
        lines = (*self.lines, Given(new)) if new else self.lines
        return replace(self, songs=tuple(songs), lines=lines)

    def said(self, step: str, text: str) -> Script:
        """Return the script with one more prompt."""
        return replace(self, lines=(*self.lines, Said(step, untemplated(text))))

    def shown(self, to: Path, *, preset: str) -> Script:
        """Return the script with a video made; an earlier one at the same place is gone."""
        new = Shown(to, preset)
        kept = [
            line for line in self.lines if not (isinstance(line, Shown) and line.to == new.to)
        ]
        return replace(self, lines=(*kept, new))

    def inputs(self) -> tuple[Input, ...]:
        """Return the files as a job has them. Raises UsageError for one that is no input."""
        return self._job().inputs

    def prompt(self) -> Prompt:
        """Return the last line, a prompt, as a job has it. Raises UsageError for no prompt."""
        found = self._job().steps[-1]
        if not isinstance(found, Prompt):
            raise TypeError("the last line is no prompt")
        return found

    def export(self) -> Export:
        """Return the last video as a job has it. Raises UsageError for no place for one."""
        return self._job().exports[-1]

    def _job(self) -> Job:
        """Return the job so far; raises UsageError with the first thing wrong with it."""
        options, here = Options(root=self.folder, allow_outside=True), self.folder
        try:
            return load_text(self.text(here), file=FILE, folder=here, options=options)[0]
        except SpecError as error:
            finding = error.findings[0]  # the user wrote a line, not a file: no place in it
            raise UsageError(finding.problem, hint=finding.remedy) from None

    def text(self, folder: Path) -> str:
        """Return the job file that repeats the conversation from `folder`.

        Before the first prompt it has one that is never said, since no job is without.
        """
        first, *rest = self.lines or (Given(()),)
        at_start = first.songs if isinstance(first, Given) else ()
        exports = [line for line in self.lines if isinstance(line, Shown)]
        trailing = _trailing(rest)
        return write_job(
            JobText(
                name=self.name,
                backend=self.backend,
                language=None if self.language == DEFAULT_LANGUAGE else self.language,
                inputs=[_input(song, at_start, folder) for song in self.songs],
                steps=[
                    *_steps(rest[: len(rest) - len(trailing)], folder),
                    *([] if self.prompts else [quoted(UNSAID)]),
                ],
                exports=[
                    _export(line, folder) for line in (trailing if exports else [self.unmade])
                ],
            )
        )

    def sound_in(self, folder: Path) -> bool:
        """Say whether the job is sound there without leave to go outside the project."""
        try:
            load_text(self.text(folder), file=FILE, folder=folder)
        except SpecError:
            return False
        return True


def safe_name(text: str) -> str:
    """Return a job's name out of any text."""
    return tidy(clean(text))[:MOST_NAME]


def _trailing(lines: list[Line]) -> list[Shown]:
    """Return the videos after the last prompt: they stand under `exports`."""
    found: list[Shown] = []
    for line in reversed(lines):
        if not isinstance(line, Shown):
            break
        found.insert(0, line)
    return found


def _input(song: Song, at_start: tuple[str, ...], folder: Path) -> str:
    path = quoted(_seen(song.path, folder))
    return path if song.id in at_start else mapping({"path": path, "id": song.id})


def _steps(lines: list[Line], folder: Path) -> Iterator[str]:
    for number, line in enumerate(lines, start=1):
        match line:
            case Said(id=step, text=text):
                usual = step == f"step-{number}"
                yield quoted(text) if usual else mapping({"id": step, "prompt": quoted(text)})
            case Given(songs=songs):
                yield mapping({"upload": f"[{', '.join(songs)}]"})
            case Shown():
                yield mapping({"export": _export(line, folder)})


def _export(line: Shown, folder: Path) -> str:
    return mapping({"preset": quoted(line.preset), "to": quoted(_seen(line.to, folder))})


def _seen(path: Path, folder: Path) -> str:
    """Return a path as a file in `folder` would write it."""
    try:
        return Path(os.path.relpath(path, folder)).as_posix()
    except ValueError:  # another drive
        return path.as_posix()
