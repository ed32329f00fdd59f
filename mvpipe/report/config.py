"""Resolved jobs and settings with their origins, as YAML with comments, and as JSON."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import assert_never

from mvpipe.report.clean import UNSAFE, one_line
from mvpipe.spec.findings import Pointer, where
from mvpipe.spec.origins import From, Origin, Value
from mvpipe.spec.scalars import Scalar, scalar
from mvpipe.spec.write import untemplated

SCHEMA_VERSION = 1
WIDEST = 56
"""Comments stand in one column, but for values that reach past this one."""

PLAIN = re.compile(r"[\w./][\w./,-]*(?: [\w./,-]+)*\Z", re.ASCII)
"""Text that YAML takes for text without quotes."""


@dataclass(frozen=True, slots=True)
class ResolvedJob:
    """A job's name and file, and all its values in order."""

    name: str
    source: str
    values: tuple[Value, ...]


@dataclass(frozen=True, slots=True)
class Setting:
    """What the operator decides: its value, and the variable that gives it, or `default`."""

    name: str
    value: str | int
    origin: str


def config_text(jobs: Sequence[ResolvedJob], settings: Sequence[Setting]) -> str:
    """Return each job as YAML that says the same, a comment with its origin on every value."""
    documents = "\n---\n".join("\n".join(_job_lines(job)) for job in jobs)
    return "\n".join([*([documents] if jobs else []), *_settings_lines(settings)])


def _job_lines(job: ResolvedJob) -> Iterator[str]:
    yield f"# {one_line(job.name)}  ({one_line(job.source)})"
    rows = [*_rows(job.values)]
    widths = [len(text) for text, _ in rows if len(text) <= WIDEST]
    width = max(widths, default=0)
    for text, comment in rows:
        yield f"{text:<{width}}  # {one_line(comment, width=200)}" if comment else text


def _rows(values: Sequence[Value]) -> Iterator[tuple[str, str]]:
    """Yield a line of YAML and its comment for each value, and one for each key above them."""
    before: Pointer = ()
    for value in values:
        *above, last = value.pointer
        shared = _shared(before, tuple(above))
        dash = ""
        for depth, part in enumerate(above[shared:], start=shared):
            if isinstance(part, int):
                dash += "- "
                continue
            yield f"{_indent(above[:depth], dash)}{part}:", ""
            dash = ""
        key = "- " if isinstance(last, int) else f"{last}: "
        yield f"{_indent(above, dash)}{key}{yaml_scalar(value.value)}", _said(value.origin)
        before = tuple(above)


def _shared(one: Pointer, other: Pointer) -> int:
    pairs = zip(one, other, strict=False)
    return next((n for n, (a, b) in enumerate(pairs) if a != b), min(len(one), len(other)))


def _indent(above: Sequence[str | int], dash: str) -> str:
    """Return what stands before a key: two columns for each level, or a dash in their place."""
    return "  " * (len(above) - dash.count("-")) + dash


def yaml_scalar(value: Scalar) -> str:
    """Return a value as YAML on one line, text in quotes wherever that could matter."""
    if not isinstance(value, str):
        return json.dumps(value)
    text = untemplated(value)
    if PLAIN.match(text) and _is_text(text):
        return text
    quoted = json.dumps(text, ensure_ascii=False)
    return UNSAFE.sub(lambda found: f"\\u{ord(found[0]):04x}", quoted)


def _is_text(unquoted: str) -> bool:
    """Say whether YAML takes it for text without quotes, and not for a number."""
    try:
        return scalar(unquoted) == unquoted
    except ValueError:  # a number that is too long
        return False


def _said(origin: Origin) -> str:
    names = f", {', '.join(origin.names)}" if origin.names else ""
    match origin.given:
        case From.FILE:
            return f"{origin.place}{names}"
        case From.SET:
            return f"--set {origin.told}{names}"
        case From.DEFAULT:
            return f"default{names}"
        case From.DERIVED:
            return f"{origin.told}{names}"
        case _:
            assert_never(origin.given)


def _settings_lines(settings: Sequence[Setting]) -> Iterator[str]:
    if settings:
        yield "# settings of this machine"
    name_width = max((len(one.name) for one in settings), default=0)
    value_width = max((len(one_line(str(one.value))) for one in settings), default=0)
    for one in settings:
        value = one_line(str(one.value))
        yield f"#   {one.name:<{name_width}}  {value:<{value_width}}  {one.origin}"


def config_json(jobs: Sequence[ResolvedJob], settings: Sequence[Setting]) -> str:
    """Return one JSON document; its form is stable within a `schema_version`."""
    whole = {
        "schema_version": SCHEMA_VERSION,
        "jobs": [
            {
                "name": job.name,
                "source": job.source,
                "values": [_value_object(value) for value in job.values],
            }
            for job in jobs
        ],
        "settings": [
            {"name": one.name, "value": one.value, "origin": one.origin} for one in settings
        ],
    }
    return json.dumps(whole, indent=2)


def _value_object(value: Value) -> dict[str, object]:
    origin, place = value.origin, value.origin.place
    return {
        "where": where(value.pointer),
        "value": value.value,
        "origin": origin.given.value,
        "told": origin.told,
        "names": list(origin.names),
        "place": place and {"file": place.file, "line": place.line, "column": place.column},
    }
