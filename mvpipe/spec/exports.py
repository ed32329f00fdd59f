"""The exports of one job: what to write, where, and in which size."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from mvpipe.model.job import Export, Input
from mvpipe.model.media import Aspect, Quality, Size
from mvpipe.spec.findings import Findings, Pointer
from mvpipe.spec.folders import Folders, output, same_file
from mvpipe.spec.naming import distinct, slug
from mvpipe.spec.presets import AUTO, PRESETS, aspect_of, sized
from mvpipe.spec.wording import quoted

SIZE = re.compile(r"(\d+)x(\d+)\Z", re.ASCII)
SMALLEST, LARGEST = 128, 3840


@dataclass(slots=True)
class Exports:
    """Reads the exports of one job.

    `written` holds the files that this job's and earlier jobs' exports write, each with the
    pointer of the first export that does, and grows; `before` are those of earlier jobs.
    """

    where: Folders
    findings: Findings
    inputs: list[Input]
    written: dict[str, Pointer]
    before: frozenset[str]
    ids: set[str] = field(default_factory=set)
    count: int = 0

    def read(self, item: Any, pointer: Pointer) -> Export | None:
        """Return one export, or None after noting what is wrong."""
        self.count += 1
        if not self.findings.sound(*pointer):
            return None
        given = {"to": item} if isinstance(item, str) else item
        to = self._path(given["to"], pointer if isinstance(item, str) else (*pointer, "to"))
        size = self._size(given, pointer)
        name = self._id(given, pointer)
        if to is None or not self.findings.sound(*pointer):
            return None
        preset = PRESETS[given.get("preset", AUTO)]
        return Export(
            id=name, to=to, shown=given["to"], preset=given.get("preset", AUTO),
            aspect=(size and aspect_of(size)) or _aspect(given),
            size=size, fps=int(given.get("fps", preset.fps)),
            quality=Quality(given.get("quality", preset.quality)),
            place=self.findings.place(pointer),
        )  # fmt: skip

    def _path(self, shown: str, spot: Pointer) -> Path | None:
        found = output(shown, self.where)
        if isinstance(found, tuple):
            self.findings.value(spot, *found)
            return None
        same = same_file(found)
        first = self.written.setdefault(same, spot)
        if first == spot and same in self.before:
            problem = f"{quoted(shown)} is written by more than one job of the matrix"
            self.findings.value(spot, problem, "put a value of the matrix into the name")
        if first != spot:
            line = self.findings.place(first).line
            problem = f"{quoted(shown)} is already written by the export in line {line}"
            self.findings.value(spot, problem, "give each export a file of its own")
        if same in {same_file(item.path.resolve()) for item in self.inputs}:
            problem = f"{quoted(shown)} is an input of this job"
            self.findings.value(spot, problem, "an export cannot replace what it is made from")
        return found

    def _size(self, given: dict[str, Any], pointer: Pointer) -> Size | None:
        aspect, size = _aspect(given), None
        if found := SIZE.match(given.get("size", "")):
            size = Size(int(found[1]), int(found[2]))
            self._check_size(size, aspect, pointer)
        return sized(PRESETS[given.get("preset", AUTO)], aspect=aspect, size=size)

    def _check_size(self, size: Size, aspect: Aspect | None, pointer: Pointer) -> None:
        spot = (*pointer, "size")
        if size.width % 2 or size.height % 2:
            even = Size(size.width + size.width % 2, size.height + size.height % 2)
            problem = f"'{size}' has an odd side"
            self.findings.value(spot, problem, f"video needs even sides, such as '{even}'")
        if not all(SMALLEST <= side <= LARGEST for side in (size.width, size.height)):
            problem = f"'{size}' is out of range"
            self.findings.value(spot, problem, f"each side may be {SMALLEST} to {LARGEST}")
        if aspect is not None and aspect_of(size) is not aspect:
            problem = f"'{size}' does not have the aspect '{aspect}' of this export"
            self.findings.value(spot, problem, "leave one of the two out")

    def _id(self, given: dict[str, Any], pointer: Pointer) -> str:
        written = given.get("id")
        if written is None:
            name = distinct(slug(Path(given["to"]).stem, default="export"), self.ids)
        else:
            name = written
            if name in self.ids:
                problem = f"{quoted(name)} is already the id of another export"
                self.findings.value((*pointer, "id"), problem, "give each its own")
        self.ids.add(name)
        return name


def _aspect(given: dict[str, Any]) -> Aspect | None:
    return Aspect(given["aspect"]) if "aspect" in given else None
