"""The inputs of one job: paths and patterns in; files with ids and kinds out."""

from __future__ import annotations

import os.path
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from mvpipe.model.job import Input
from mvpipe.model.media import MediaKind
from mvpipe.model.place import Place
from mvpipe.spec.findings import Findings, Pointer
from mvpipe.spec.folders import (
    FOUND_LIMIT,
    Fault,
    Folders,
    inside,
    is_pattern,
    matching,
    written_fault,
)
from mvpipe.spec.naming import distinct, slug
from mvpipe.spec.nearest import nearest
from mvpipe.spec.wording import quoted

KINDS: dict[MediaKind, tuple[str, ...]] = {
    MediaKind.AUDIO: (
        "mp3", "wav", "flac", "m4a", "aac", "ogg", "opus", "mp4", "mov", "mkv", "webm",
    ),
    MediaKind.PICTURE: ("jpg", "jpeg", "png", "webp"),
}  # fmt: skip
KIND_BY_SUFFIX = {f".{suffix}": kind for kind, names in KINDS.items() for suffix in names}
ACCEPTED = "; ".join(f"{kind.value}: {' '.join(names)}" for kind, names in KINDS.items())


@dataclass(slots=True)
class Inputs:
    """The files of a job, and `groups`: what each id that a step may name stands for."""

    files: list[Input] = field(default_factory=list)
    groups: dict[str, tuple[str, ...]] = field(default_factory=dict)
    ids: set[str] = field(default_factory=set)
    complete: bool = True


def read_inputs(items: Any, where: Folders, findings: Findings) -> Inputs:
    """Return the inputs that a list means; notes what is missing, twice or not accepted."""
    inputs = Inputs()
    rows = list(_sound(items, findings))
    inputs.complete = isinstance(items, list) and len(rows) == len(items)
    _reserve(rows, inputs, findings)
    for pointer, item in rows:
        shown = str(item["path"])
        spot = pointer if item.get("short") else (*pointer, "path")
        found = _found(shown, where)
        if isinstance(found, tuple):
            findings.value(spot, *found)
        files = [] if isinstance(found, tuple) else found
        _take(files, shown=shown, given=item.get("id"), place=findings.place(pointer),
              inputs=inputs)  # fmt: skip
    for path in where.beside:
        if _file_fault(path, path.name, replace(where, allow_outside=True)) is None:
            _take([path], shown=str(path), given=None, place=findings.place(("inputs",)),
                  inputs=inputs)  # fmt: skip
    return inputs


def _sound(items: Any, findings: Findings) -> Iterator[tuple[Pointer, Mapping[str, Any]]]:
    for n, item in enumerate(items if isinstance(items, list) else ()):
        if findings.sound("inputs", n):
            yield (
                ("inputs", n),
                {"path": item, "short": True} if isinstance(item, str) else item,
            )


def _reserve(
    rows: list[tuple[Pointer, Mapping[str, Any]]], inputs: Inputs, findings: Findings
) -> None:
    """Keep the ids that are written for those who wrote them, and note the second of two."""
    for pointer, item in rows:
        if (given := item.get("id")) is None:
            continue
        if given in inputs.ids:
            problem = f"{quoted(given)} is already the id of another input"
            findings.value((*pointer, "id"), problem, "give each its own")
        inputs.ids.add(given)


def _found(shown: str, where: Folders) -> list[Path] | Fault:
    """Return the files that a path or pattern means, or what is wrong and what to do."""
    if where.given is not None and shown == str(where.given):
        return _file_fault(
            where.given, where.given.name, replace(where, allow_outside=True)
        ) or [where.given]
    if fault := written_fault(shown, where):
        return fault
    exact = where.here / shown
    try:
        if is_pattern(shown) and not exact.exists():
            return _fitting(shown, where)
        return _file_fault(exact, shown, where) or [exact]
    except OSError:
        return f"{quoted(shown)} cannot be reached", "check the path"


def _fitting(shown: str, where: Folders) -> list[Path] | Fault:
    try:
        found = matching(shown, where)
    except (ValueError, NotImplementedError):
        return f"{quoted(shown)} is not a pattern", "write one such as art/*.jpg"
    if not found:
        return f"no file fits {quoted(shown)}", "add one, or correct the pattern"
    if len(found) > FOUND_LIMIT:
        return f"more than {FOUND_LIMIT} files fit {quoted(shown)}", "narrow the pattern"
    faults = (_file_fault(path, path.name, where) for path in found)
    return next((fault for fault in faults if fault), found)


def _file_fault(path: Path, shown: str, where: Folders) -> Fault | None:
    # What lies outside is not looked at, so that nobody can ask what is there.
    if not inside(path, where):
        return (
            f"{quoted(shown)} lies outside the project",
            "move it in, or allow it when running",
        )
    if path.is_dir():
        return f"{quoted(shown)} is a folder", "name a file in it, or write a pattern"
    if not path.is_file():
        return _missing(path, shown)
    if path.suffix.lower() not in KIND_BY_SUFFIX:
        return f"{quoted(shown)} is of a kind that is not accepted", f"accepted are {ACCEPTED}"
    return None


def _missing(path: Path, shown: str) -> Fault:
    problem = f"{quoted(shown)} is not there"
    if not path.parent.is_dir():
        return problem, f"there is no folder {quoted(Path(shown).parent.as_posix())}"
    near = nearest(path.name, sorted(other.name for other in path.parent.iterdir()))
    if near:
        return problem, f"did you mean {quoted(Path(shown).with_name(near).as_posix())}?"
    return problem, "paths begin at the folder of the job file"


def _take(
    files: list[Path], *, shown: str, given: str | None, place: Place, inputs: Inputs
) -> None:
    """Add files under their ids: the given one, numbered where a pattern found several."""
    many = is_pattern(shown) and not (files and files[0].name == Path(shown).name)
    members: list[str] = []
    for n, path in enumerate(files, start=1):
        name = given or distinct(slug(path.stem, default="input"), inputs.ids)
        if given and many:
            name = distinct(f"{given}-{n}", inputs.ids)
        inputs.ids.add(name)
        members.append(name)
        spelled = f"{shown.rpartition('/')[0]}/{path.name}".lstrip("/") if many else shown
        kind = KIND_BY_SUFFIX[path.suffix.lower()]
        file = Path(os.path.normpath(path))
        inputs.files.append(Input(name, file, spelled, kind, place))
        inputs.groups[name] = (name,)
    if given or not many:
        inputs.groups.setdefault(
            given or slug(Path(shown).stem, default="input"), tuple(members)
        )
