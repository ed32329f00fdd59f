"""The steps of one job: prompts, uploads, exports and checks, in order."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from mvpipe.model.job import (
    Amount,
    Check,
    Comparison,
    Expectation,
    ExportStep,
    Prompt,
    Step,
    Upload,
)
from mvpipe.spec.exports import Exports
from mvpipe.spec.findings import Findings, Pointer
from mvpipe.spec.inputs import Inputs
from mvpipe.spec.naming import distinct
from mvpipe.spec.nearest import did_you_mean
from mvpipe.spec.times import compared, count, milliseconds
from mvpipe.spec.wording import quoted

DEFAULT_TIMEOUT = "15m"
INPUT_PREFIX = "inputs."


@dataclass(slots=True)
class Steps:
    """Reads the steps of one job, which may name its inputs and write exports."""

    findings: Findings
    inputs: Inputs
    exports: Exports
    ids: set[str] = field(default_factory=set)

    def read_all(self, items: Any) -> tuple[Step, ...]:
        """Return the steps, less those in which something is wrong, which is noted."""
        rows = items if isinstance(items, list) else []
        for n, item in enumerate(rows):
            self._reserve(item, ("steps", n))
        made = (self._read(item, ("steps", n)) for n, item in enumerate(rows))
        return tuple(step for step in made if step is not None)

    def _reserve(self, item: Any, pointer: Pointer) -> None:
        """Keep an id that is written for the step that wrote it, and note the second of two."""
        name = item.get("id") if isinstance(item, dict) else None
        if not isinstance(name, str):
            return
        if name in self.ids:
            problem = f"{quoted(name)} is already the id of another step"
            self.findings.value((*pointer, "id"), problem, "give each its own")
        self.ids.add(name)

    def _read(self, item: Any, pointer: Pointer) -> Step | None:
        given = {"prompt": item} if isinstance(item, str) else item
        if isinstance(given, dict) and "export" in given:
            return self._export(given, pointer)
        if not self.findings.sound(*pointer):
            return None
        step: Step
        if "prompt" in given:
            step = self._prompt(given, pointer)
        elif "upload" in given:
            step = self._upload(given, pointer)
        else:
            expect = self._expectation(given["check"], (*pointer, "check"))
            step = Check(self._id(given, pointer), expect, self.findings.place(pointer))
        return step if self.findings.sound(*pointer) else None

    def _export(self, given: dict[str, Any], pointer: Pointer) -> ExportStep | None:
        export = self.exports.read(given["export"], (*pointer, "export"))
        if export is None or not self.findings.sound(*pointer):
            return None
        return ExportStep(self._id(given, pointer), export, self.findings.place(pointer))

    def _prompt(self, given: dict[str, Any], pointer: Pointer) -> Prompt:
        expect = None
        if "expect" in given:
            expect = self._expectation(given["expect"], (*pointer, "expect"))
        timeout = given.get("timeout", DEFAULT_TIMEOUT)
        ms = read_time(timeout, (*pointer, "timeout"), self.findings)
        if ms is not None and ms < 1000:
            self.findings.value((*pointer, "timeout"), f"{quoted(timeout)} is too short",
                                "allow at least 1s")  # fmt: skip
        return Prompt(
            id=self._id(given, pointer), text=str(given["prompt"]).strip(), expect=expect,
            timeout_s=(ms or 0) // 1000, place=self.findings.place(pointer),
        )  # fmt: skip

    def _upload(self, given: dict[str, Any], pointer: Pointer) -> Upload:
        wanted = given["upload"]
        names = [wanted] if isinstance(wanted, str) else wanted
        spots = [(*pointer, "upload", *([n] if isinstance(wanted, list) else []))
                 for n in range(len(names))]  # fmt: skip
        ids = [
            i for name, spot in zip(names, spots, strict=True) for i in self._ids(name, spot)
        ]
        return Upload(self._id(given, pointer), tuple(ids), self.findings.place(pointer))

    def _ids(self, name: str, pointer: Pointer) -> tuple[str, ...]:
        """Return the inputs that a name stands for; notes one that stands for none."""
        wanted = name.removeprefix(INPUT_PREFIX)
        if wanted in self.inputs.groups:
            return self.inputs.groups[wanted]
        # Where an input is faulty its id may be unknown too: one finding is enough then.
        if self.inputs.complete:
            remedy = did_you_mean(wanted, self.inputs.groups, none="there are no inputs")
            self.findings.value(pointer, f"there is no input {quoted(wanted)}", remedy)
        return ()

    def _expectation(self, given: dict[str, Any], pointer: Pointer) -> Expectation:
        video, audio, title = (
            count(given[key]) if key in given else None for key in ("video", "audio", "title")
        )
        amount, of = None, None
        if "duration" in given:
            amount, of = self._duration(given["duration"], (*pointer, "duration"))
        return Expectation(video, audio, title, duration=amount, duration_of=of)

    def _duration(
        self, written: str | float, pointer: Pointer
    ) -> tuple[Amount | None, str | None]:
        comparison, rest = compared(str(written), default=Comparison.ABOUT)
        if not rest.startswith(INPUT_PREFIX):
            ms = read_time(
                rest, pointer, self.findings, form="30s, 1:00, >= 1:00 or ~ inputs.ID"
            )
            return Amount(comparison, ms or 0), None
        if comparison is not Comparison.ABOUT:
            problem = f"an input's length cannot be held against with '{comparison.value}'"
            self.findings.value(pointer, problem, f"write '~ {rest[:60]}'")
        ids = self._ids(rest, pointer)
        if len(ids) > 1:
            problem = f"{quoted(rest)} stands for {len(ids)} files"
            self.findings.value(pointer, problem, "name one of them")
        return None, next(iter(ids), None)

    def _id(self, given: dict[str, Any], pointer: Pointer) -> str:
        position = int(pointer[-1]) + 1
        name = given.get("id") or distinct(f"step-{position}", self.ids)
        self.ids.add(name)
        return str(name)


def read_time(
    written: str | float,
    pointer: Pointer,
    findings: Findings,
    *,
    form: str = "1:30, 1:30.5, 90s or 15m",
) -> int | None:
    """Return a time in milliseconds, or None after noting that it is none."""
    try:
        return milliseconds(written)
    except ValueError as error:
        findings.value(pointer, str(error), f"write it like {form}")
        return None
