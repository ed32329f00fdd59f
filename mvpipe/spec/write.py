"""A job file's text out of its parts: what `load` reads back. Writes no file."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from mvpipe.spec.template import OPEN

SPLIT_OPEN = "$ {{"


@dataclass(frozen=True, slots=True)
class JobText:
    """What a job file says, from top to bottom.

    Inputs, steps and exports are YAML on one line each, made by `quoted` and `mapping`; `None`
    leaves a default unsaid. `remarks` are comments above it all.
    """

    name: str
    inputs: Sequence[str]
    steps: Sequence[str]
    exports: Sequence[str]
    backend: str | None = None
    language: str | None = None
    bpm: float | None = None
    remarks: Sequence[str] = ()


def write_job(job: JobText) -> str:
    """Return the text of a job file."""
    lines = [
        *(f"# {remark}" for remark in job.remarks),
        "mvpipe: 1",
        f"name: {quoted(job.name)}",
        *([] if job.backend is None else [f"backend: {job.backend}"]),
        *([] if job.language is None else [f"language: {job.language}"]),
        *_rows("inputs", job.inputs),
        *([] if job.bpm is None else [f"music: {{bpm: {job.bpm:.15g}}}"]),
        *_rows("steps", job.steps),
        *_rows("exports", job.exports),
    ]
    return "\n".join(lines) + "\n"


def _rows(key: str, rows: Sequence[str]) -> list[str]:
    return [f"{key}:", *(f"  - {row}" for row in rows)] if rows else []


def quoted(text: str) -> str:
    """Return `text` as a YAML scalar: a JSON string is one; templates in it stay text."""
    return json.dumps(untemplated(text), ensure_ascii=False)


def untemplated(text: str) -> str:
    """Return `text` with nothing in it that a job file would fill in."""
    return text.replace(OPEN, SPLIT_OPEN)


def mapping(values: Mapping[str, str]) -> str:
    """Return a mapping on one line; its values are YAML already."""
    return "{" + ", ".join(f"{key}: {value}" for key, value in values.items()) + "}"
