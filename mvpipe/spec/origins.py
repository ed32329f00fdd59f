"""Every value of a resolved job, and where it comes from. Pure.

What comes out is a whole job again, without variables, matrix and templates: its values,
written down in their order, make a job file that means the same.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any, assert_never

from mvpipe.model.job import Check, Export, ExportStep, Input, Job, Prompt, Step, Upload
from mvpipe.model.place import Place
from mvpipe.spec.expand import Document
from mvpipe.spec.findings import Pointer
from mvpipe.spec.folders import is_pattern
from mvpipe.spec.load import Loaded
from mvpipe.spec.presets import AUTO
from mvpipe.spec.scalars import Scalar
from mvpipe.spec.source import Source
from mvpipe.spec.template import Slot, pieces


class From(StrEnum):
    """Who gave a value."""

    FILE = "file"
    SET = "--set"
    DEFAULT = "default"
    DERIVED = "derived"
    """It follows from another value, or from a file's name."""


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a value comes from: `place` for what the file says, `names` of templates in it.

    `told` says of a derived value what it follows from.
    """

    given: From
    place: Place | None = None
    names: tuple[str, ...] = ()
    told: str = ""


@dataclass(frozen=True, slots=True)
class Value:
    """One value of a resolved job at its place in the job: `exports`, 0, `to`."""

    pointer: Pointer
    value: Scalar
    origin: Origin


DEFAULT = Origin(From.DEFAULT)
POSITION = Origin(From.DERIVED, told="its position")
FILE_NAME = Origin(From.DERIVED, told="the file's name")


def values_of(loaded: Loaded) -> tuple[tuple[Value, ...], ...]:
    """Return the values of each job, in the order of a job file."""
    pairs = zip(loaded.documents, loaded.jobs, strict=True)
    return tuple(tuple(_Walk(loaded, document, job).values()) for document, job in pairs)


@dataclass(frozen=True, slots=True)
class _Walk:
    """One job beside what it was built from."""

    loaded: Loaded
    document: Document
    job: Job

    def values(self) -> Iterator[Value]:
        """Yield every value, in the order of a job file."""
        job, music = self.job, self.document.data.get("music") or {}
        yield self._value(("mvpipe",), 1)
        yield Value(("name",), job.name, self._name())
        yield self._value(("backend",), job.backend.value)
        yield self._value(("language",), job.language)
        yield self._value(("seed",), job.seed)
        yield from self._inputs()
        for key, value in music.items():
            yield self._value(("music", key), value)
        for n, step in enumerate(job.steps):
            yield from self._step(step, ("steps", n))
        for n, export in enumerate(job.exports):
            yield from self._export(export, ("exports", n))
        if job.budget_credits is not None:
            yield self._value(("budget", "credits"), job.budget_credits)

    def _value(
        self,
        pointer: Pointer,
        value: Scalar,
        otherwise: Origin = DEFAULT,
        *,
        written: Pointer | None = None,
    ) -> Value:
        """Return a value with its origin; `written` is where the file has it, if elsewhere."""
        return Value(pointer, value, self._origin(written or pointer) or otherwise)

    def _origin(self, pointer: Pointer) -> Origin | None:
        """Return who gave the value at a pointer, `None` where nobody did."""
        dotted = [str(part) for part in pointer]
        for name, _ in self.loaded.sets:
            path = name.split(".")
            if dotted[: len(path)] == path:
                return Origin(From.SET, told=name)
        source = self.loaded.source
        if pointer not in source.values:
            return None
        return Origin(From.FILE, source.place(pointer), tuple(_names(_at(source, pointer))))

    def _name(self) -> Origin:
        origin = self._origin(("name",)) or FILE_NAME
        suffix = ("its place in the matrix",) if self.document.suffix else ()
        return replace(origin, names=(*origin.names, *suffix))

    def _inputs(self) -> Iterator[Value]:
        rows, files = self.document.data["inputs"], self.job.inputs
        for n, (row, item) in enumerate(_paired(rows, files)):
            pointer, out = ("inputs", row), ("inputs", n)
            long = isinstance(rows[row], dict)
            path = (*pointer, "path") if long else pointer
            yield self._value((*out, "path"), item.shown, written=path)
            yield self._value((*out, "id"), item.id, FILE_NAME, written=(*pointer, "id"))

    def _step(self, step: Step, pointer: Pointer) -> Iterator[Value]:
        given = self._given(pointer)
        yield self._value((*pointer, "id"), step.id, POSITION)
        match step:
            case Prompt():
                short = pointer if isinstance(given, str) else (*pointer, "prompt")
                yield self._value((*pointer, "prompt"), step.text, written=short)
                yield from self._expected((*pointer, "expect"))
                yield self._value((*pointer, "timeout"), f"{step.timeout_s}s")
            case Upload():
                written = (*pointer, "upload")
                for n, name in enumerate(step.inputs):
                    yield self._value((*written, n), name, written=written)
            case ExportStep():
                yield from self._export(step.export, (*pointer, "export"))
            case Check():
                yield from self._expected((*pointer, "check"))
            case _:
                assert_never(step)

    def _expected(self, pointer: Pointer) -> Iterator[Value]:
        for key, value in (self._given(pointer) or {}).items():
            yield self._value((*pointer, key), value)

    def _export(self, export: Export, pointer: Pointer) -> Iterator[Value]:
        short = isinstance(self._given(pointer), str)
        preset = Origin(From.DERIVED, told=f"preset {export.preset}")
        usual = DEFAULT if export.preset == AUTO else preset
        yield self._value((*pointer, "id"), export.id, FILE_NAME)
        to = (*pointer, "to")
        yield self._value(to, export.shown, written=pointer if short else to)
        yield self._value((*pointer, "preset"), export.preset)
        if export.size is not None:
            yield self._size(export, pointer, preset)
        yield self._value((*pointer, "fps"), export.fps, usual)
        yield self._value((*pointer, "quality"), export.quality.value, usual)

    def _size(self, export: Export, pointer: Pointer, preset: Origin) -> Value:
        aspect = self._origin((*pointer, "aspect"))
        return self._value((*pointer, "size"), str(export.size), aspect or preset)

    def _given(self, pointer: Pointer) -> Any:
        """Return what a job's data has at a pointer, `None` where it has nothing."""
        found: Any = self.document.data
        for part in pointer:
            if isinstance(found, list):
                found = found[int(part)]
            else:
                found = found.get(part) if isinstance(found, dict) else None
        return found


def _paired(rows: Sequence[Any], files: Sequence[Input]) -> Iterator[tuple[int, Input]]:
    """Yield each input with the number of its row: one file a row, many for a pattern.

    Rows that stand at one place, as aliases do, are told apart by their number.
    """
    at = 0
    for n, row in enumerate(rows):
        first, rest = files[at], len(rows) - n - 1
        yield n, first
        at += 1
        if not is_pattern(row["path"] if isinstance(row, dict) else row):
            continue
        while len(files) - at > rest and files[at].place == first.place:
            yield n, files[at]
            at += 1


def _at(source: Source, pointer: Pointer) -> Any:
    """Return what the file itself says at a pointer that is in it."""
    found: Any = source.data
    for part in pointer:
        found = found[part]
    return found


def _names(written: Any) -> Iterator[str]:
    """Yield the names of the templates in a text, each once."""
    if isinstance(written, str):
        names = (piece.name for piece in pieces(written) if isinstance(piece, Slot))
        yield from dict.fromkeys(name for name in names if name)
