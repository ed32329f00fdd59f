"""The inputs of one job: paths and patterns in; files with ids and kinds out."""

from __future__ import annotations

import os.path
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from mvpipe.model.job import Input
from mvpipe.model.media import MediaKind
from mvpipe.spec.findings import Findings, Pointer
from mvpipe.spec.folders import FOUND_LIMIT, Folders, matching, written_fault
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
        files = _files(shown, (*pointer, "path"), where, findings)
        inputs.complete &= bool(files)
        _take(files, shown=shown, given=item.get("id"), pointer=pointer, inputs=inputs,
              findings=findings)  # fmt: skip
    return inputs


def _sound(items: Any, findings: Findings) -> Iterator[tuple[Pointer, Mapping[str, Any]]]:
    for n, item in enumerate(items if isinstance(items, list) else ()):
        if findings.sound("inputs", n):
            yield ("inputs", n), {"path": item} if isinstance(item, str) else item


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


def _files(shown: str, pointer: Pointer, where: Folders, findings: Findings) -> list[Path]:
    """Return the files that a path or pattern means; notes why there are none."""
    fault = written_fault(shown, where) or _fault(shown, where)
    if fault:
        findings.value(pointer, *fault)
        return []
    exact = where.here / shown
    return [exact] if exact.is_file() else matching(shown, where)[:FOUND_LIMIT]


def _fault(shown: str, where: Folders) -> tuple[str, str] | None:
    exact = where.here / shown
    if exact.is_dir():
        return f"{quoted(shown)} is a folder", "name a file in it, or write a pattern"
    found = [exact]
    if not exact.exists():
        pattern = bool(set("*?[") & set(shown))
        if pattern and shown.count("*") > 6:
            return f"{quoted(shown)} has too many stars", "write a simpler pattern"
        found = matching(shown, where) if pattern else []
        if not found:
            return _missing(shown, where, pattern=pattern)
    return next((f for f in (_file_fault(path, shown, where) for path in found) if f), None)


def _missing(shown: str, where: Folders, *, pattern: bool) -> tuple[str, str]:
    if pattern:
        return f"no file fits {quoted(shown)}", "add one, or correct the pattern"
    folder = (where.here / shown).parent
    if not folder.is_dir():
        return f"{quoted(shown)} is not there", f"there is no folder {quoted(_outer(shown))}"
    near = nearest(Path(shown).name, [path.name for path in folder.iterdir()])
    if near:
        return f"{quoted(shown)} is not there", f"did you mean '{Path(shown).with_name(near)}'?"
    return f"{quoted(shown)} is not there", "paths begin at the folder of the job file"


def _outer(shown: str) -> str:
    return Path(shown).parent.as_posix()


def _file_fault(path: Path, shown: str, where: Folders) -> tuple[str, str] | None:
    named = quoted(shown if path.name == Path(shown).name else path.name)
    if path.suffix.lower() not in KIND_BY_SUFFIX:
        return f"{named} is of a kind that is not accepted", f"accepted are {ACCEPTED}"
    if not where.allow_outside and not path.resolve().is_relative_to(where.root):
        return f"{named} lies outside the project", "move it in, or run with --allow-outside"
    return None


def _take(
    files: list[Path], *, shown: str, given: str | None, pointer: Pointer, inputs: Inputs,
    findings: Findings,
) -> None:  # fmt: skip
    """Add files under their ids: the given one, numbered where a pattern found several."""
    many = len(files) > 1 or bool(files and files[0].name != Path(shown).name)
    members: list[str] = []
    for n, path in enumerate(files, start=1):
        wanted = given or slug(path.stem, default="input")
        name = (
            given
            if given and not many
            else distinct(f"{given}-{n}" if given else wanted, inputs.ids)
        )
        inputs.ids.add(name)
        members.append(name)
        kind = KIND_BY_SUFFIX[path.suffix.lower()]
        known = Path(os.path.normpath(path))
        spelled = (Path(shown).parent / path.name).as_posix() if many else shown
        inputs.files.append(Input(name, known, spelled, kind, findings.place(pointer)))
        inputs.groups[name] = (name,)
    if given:
        inputs.groups[given] = tuple(members)
