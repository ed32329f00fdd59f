"""Expanded documents in; Jobs out, with whatever only the whole of a job can show noted."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from mvpipe.model.backend import BackendName
from mvpipe.model.hints import Meter, MusicHints
from mvpipe.model.job import Job
from mvpipe.model.media import MediaKind
from mvpipe.model.place import Place
from mvpipe.spec.expand import Document
from mvpipe.spec.exports import Exports
from mvpipe.spec.findings import Findings, Pointer
from mvpipe.spec.folders import Folders
from mvpipe.spec.inputs import KINDS, Inputs, read_inputs
from mvpipe.spec.naming import distinct
from mvpipe.spec.steps import Steps, read_time


def build(
    documents: Iterable[Document], *, where: Folders, findings: Findings
) -> tuple[Job, ...]:
    """Return the jobs; parts in which something is wrong are noted and left out."""
    written: dict[str, Pointer] = {}
    names: set[str] = set()
    return tuple(
        _job(document, where=where, findings=findings, written=written, names=names)
        for document in documents
    )


def _job(
    document: Document, *, where: Folders, findings: Findings, written: dict[str, Pointer],
    names: set[str],
) -> Job:  # fmt: skip
    data = document.data
    inputs = read_inputs(data.get("inputs"), where, findings)
    _check_inputs(inputs, data, findings)
    exports = Exports(where, findings, inputs.files, written, frozenset(written))
    steps = Steps(findings, inputs, exports).read_all(data.get("steps"))
    made = [exports.read(item, ("exports", n)) for n, item in enumerate(_rows(data, "exports"))]
    _check_whole(data, exports, findings)
    name = distinct(document.name + document.suffix, names)
    names.add(name)
    return Job(
        name=name, source=findings.page.file, root=where.root,
        backend=BackendName(_sound(data, "backend", findings, BackendName.LOCAL)),
        language=_sound(data, "language", findings, "en"),
        seed=_sound(data, "seed", findings, 0),
        inputs=tuple(inputs.files), hints=_hints(data.get("music"), findings), steps=steps,
        exports=tuple(export for export in made if export is not None),
        budget_credits=(_sound(data, "budget", findings, None) or {}).get("credits"),
        place=Place(findings.page.file, 1, 1),
    )  # fmt: skip


def _rows(data: dict[str, Any], key: str) -> list[Any]:
    rows = data.get(key)
    return rows if isinstance(rows, list) else []


def _sound(data: dict[str, Any], key: str, findings: Findings, default: Any) -> Any:
    return data[key] if key in data and findings.sound(key) else default


def _check_inputs(inputs: Inputs, data: dict[str, Any], findings: Findings) -> None:
    if not inputs.complete or not findings.sound("inputs") or "inputs" not in data:
        return
    if not any(item.kind is MediaKind.AUDIO for item in inputs.files):
        kinds = " ".join(KINDS[MediaKind.AUDIO])
        problem = "there is no song among the inputs"
        findings.value(("inputs",), problem, f"add one of these kinds: {kinds}")


def _check_whole(data: dict[str, Any], exports: Exports, findings: Findings) -> None:
    if not findings.sound("steps") or not findings.sound("exports"):
        return
    # An unknown key may well be the exports, misspelt: its own finding says so.
    if not exports.count and all(findings.sound(key) for key in data):
        remedy = "add for example 'exports: [out/song.mp4]'"
        findings.value((), "nothing says which video to write", remedy)
    asked = (isinstance(step, str) or "prompt" in step for step in _rows(data, "steps"))
    if "steps" in data and not any(asked):
        problem = "no step has a prompt, so there would be nothing to render"
        findings.value(("steps",), problem, "add one, such as 'generate a music video'")


def _hints(music: Any, findings: Findings) -> MusicHints:
    def hint(key: str) -> Any:
        known = isinstance(music, dict) and findings.sound("music", key)
        return music.get(key) if known else None

    downbeat, meter = hint("first_downbeat"), hint("meter")
    return MusicHints(
        bpm=hint("bpm"),
        first_downbeat_ms=None if downbeat is None
        else read_time(downbeat, ("music", "first_downbeat"), findings),
        meter=Meter(*map(int, meter.split("/"))) if meter else None,
    )  # fmt: skip
