"""One document in; one document for each job out: overrides, matrix and templates done.

Every value keeps its pointer, so whatever is found later is still shown where it was written.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import PurePosixPath
from typing import Any

from mvpipe.spec.findings import Pointer
from mvpipe.spec.matrix import Combination, combinations
from mvpipe.spec.naming import clean, slug
from mvpipe.spec.page import Span
from mvpipe.spec.scalars import Scalar
from mvpipe.spec.source import Plain, Source
from mvpipe.spec.template import OPEN, SECRET, Names, faults, fill, fill_path, said

LITERAL = ("mvpipe", "vars", "matrix")
EXPANDED_LIMIT = 100_000
GLOB = frozenset("*?[")


@dataclass(frozen=True, slots=True)
class Document:
    """One job's data, with no template left; `suffix` tells it from the file's other jobs."""

    data: dict[str, Any]
    name: str
    suffix: str


def expand(
    source: Source, *, default_name: str, env: Mapping[str, str]
) -> tuple[Document, ...]:
    """Return a document for each combination of the matrix; faults go to the source's findings.

    `env` holds the environment variables that templates may use, and no others.
    """
    data = source.data
    if not isinstance(data, dict):
        return ()
    _refuse_late_templates(source, data)
    found: list[Combination] = [{}]
    if "matrix" in data and source.findings.sound("matrix"):
        found = combinations(data["matrix"], source.findings)
    if len(found) * len(source.values) > EXPANDED_LIMIT:
        problem = (
            f"{len(found)} jobs of {len(source.values):,} values are too much for one file"
        )
        source.findings.key(("matrix",), problem, "split the file")
        return ()
    return tuple(_document(source, data, c, default_name=default_name, env=env) for c in found)


def _refuse_late_templates(source: Source, data: dict[str, Any]) -> None:
    """Note templates where they would stay as they are: values are not expanded again."""
    for key in ("vars", "matrix"):
        for pointer, text in _texts(data.get(key), (key,)):
            if OPEN in text and pointer in source.values:
                problem = f"a template does nothing inside '{key}'"
                span = slot_span(source, pointer, number=0)
                remedy = "write it where the value is used"
                source.findings.span(pointer, span, problem=problem, remedy=remedy)


def _texts(data: Plain, pointer: Pointer) -> Iterator[tuple[Pointer, str]]:
    if isinstance(data, str):
        yield pointer, data
    items = data.items() if isinstance(data, dict) else ()
    rows = enumerate(data) if isinstance(data, list) else ()
    for key, value in (*items, *rows):
        yield from _texts(value, (*pointer, key))


def _document(
    source: Source, data: dict[str, Any], combination: Combination, *, default_name: str,
    env: Mapping[str, str],
) -> Document:  # fmt: skip
    names = _names(data, combination, env)
    name = said(_filled(source, data.get("name", default_name), ("name",), names))
    names |= {"job.name": name}
    inputs = _filled(source, data.get("inputs"), ("inputs",), names)
    names |= _input_names(inputs)
    made = {
        key: value if key in LITERAL else _filled(source, value, (key,), names)
        for key, value in data.items()
        if key not in {"name", "inputs"}
    }
    made |= {key: value for key, value in (("name", name), ("inputs", inputs)) if key in data}
    suffix = "".join(f"-{clean(said(value))}" for value in combination.values())
    return Document({key: made[key] for key in data}, name, suffix)


def _names(
    data: Mapping[str, Any], combination: Combination, env: Mapping[str, str]
) -> dict[str, Scalar]:
    variables = data.get("vars")
    given = variables if isinstance(variables, dict) else {}
    names: dict[str, Scalar] = {f"vars.{key}": value for key, value in given.items()}
    names |= {f"matrix.{key}": value for key, value in combination.items()}
    return names | {f"env.{key}": value for key, value in env.items() if not SECRET.search(key)}


def _input_names(inputs: Any) -> dict[str, Scalar]:
    names: dict[str, Scalar] = {}
    for item in inputs if isinstance(inputs, list) else ():
        path = item.get("path") if isinstance(item, dict) else item
        if not isinstance(path, str) or GLOB & set(path):
            continue
        file = PurePosixPath(path)
        given = item.get("id") if isinstance(item, dict) else None
        one = f"inputs.{given if isinstance(given, str) else slug(file.stem, default='input')}"
        names |= {f"{one}.path": path, f"{one}.stem": file.stem, f"{one}.name": file.name}
    return names


def _filled(source: Source, data: Any, pointer: Pointer, names: Names) -> Any:
    """Return the data with its templates replaced; a faulty text stays as it is, noted."""
    if isinstance(data, dict):
        return {
            key: _filled(source, value, (*pointer, key), names) for key, value in data.items()
        }
    if isinstance(data, list):
        return [_filled(source, value, (*pointer, n), names) for n, value in enumerate(data)]
    if not isinstance(data, str) or OPEN not in data:
        return data
    wrong = list(faults(data, names))
    for fault in wrong:
        span = slot_span(source, pointer, number=fault.number)
        source.findings.span(pointer, span, problem=fault.problem, remedy=fault.remedy)
    if wrong:
        return data
    return fill_path(data, names) if is_output(pointer) else fill(data, names)


def is_output(pointer: Pointer) -> bool:
    """Say whether a pointer leads to the path of a video to write."""
    match pointer:
        case ("exports", int()) | ("exports", int(), "to"):
            return True
        case ("steps", int(), "export") | ("steps", int(), "export", "to"):
            return True
        case _:
            return False


def slot_span(source: Source, pointer: Pointer, *, number: int) -> Span:
    """Return where the template of that number stands inside a value."""
    span = source.values.get(pointer)
    if span is None:
        return Span(1, 1, 0, 0)
    at = span.start - 1
    for _ in range(number + 1):
        at = source.page.text.find(OPEN, at + 1, span.end)
    if at < 0:
        return span
    end = source.page.text.find("}}", at, span.end)
    return source.page.span(at, at + len(OPEN) if end < 0 else end + 2)


def override(source: Source, sets: tuple[tuple[str, Scalar], ...]) -> Source:
    """Return the source with values set from outside, as `--set vars.title=X` does.

    A dotted name leads through mappings by key and through lists by number.
    """
    data = source.data
    paths = [dotted.split(".") for dotted, _ in sets]
    for path, (_, value) in zip(paths, sets, strict=True):
        data = _set(data, path, value)
    # What is no longer in the text has no place of its own; findings then show what is around.
    written = {p: s for p, s in source.values.items() if [str(k) for k in p] not in paths}
    return replace(source, data=data, values=written)


def _set(data: Plain, path: list[str], value: Scalar) -> Plain:
    if not path:
        return value
    key, *rest = path
    if isinstance(data, list) and key.isdecimal() and int(key) < len(data):
        return [_set(v, rest, value) if n == int(key) else v for n, v in enumerate(data)]
    branch = data if isinstance(data, dict) else {}
    return branch | {key: _set(branch.get(key), rest, value)}
