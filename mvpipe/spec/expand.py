"""One document in; one document for each job out: overrides, matrix and templates done.

Every value keeps its pointer, so whatever is found later is still shown where it was written.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import PurePosixPath
from typing import Any

from mvpipe.spec.findings import Pointer
from mvpipe.spec.given import Given, absent
from mvpipe.spec.matrix import Combination, combinations
from mvpipe.spec.naming import SUFFIX, clean, slug
from mvpipe.spec.page import Span
from mvpipe.spec.scalars import Scalar
from mvpipe.spec.source import Plain, Source
from mvpipe.spec.template import OPEN, SECRET, faults, fill, fill_path, said
from mvpipe.spec.wording import quoted

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
    source: Source,
    *,
    default_name: str,
    env: Mapping[str, str],
    given: Given | None = None,
) -> tuple[Document, ...]:
    """Return a document for each combination of the matrix; faults go to the source's findings.

    `env` holds the environment variables that templates may use, and no others. Jobs that are
    run for a file have its stem in their names, so that no two files' jobs are the same one.
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
    axes = dict.fromkeys(name for combination in found for name in combination)
    file = given.names if given else {}
    without = {} if given else absent()
    return tuple(
        _document(
            _Scope(source, _names(data, c, env) | file, without | _absent(c, axes)),
            data,
            c,
            default_name,
        )
        for c in found
    )


def _absent(combination: Combination, axes: Iterable[str]) -> dict[str, str]:
    """Return the matrix names that only other combinations give a value."""
    job = ", ".join(f"{name}: {said(value)}" for name, value in combination.items())
    return {
        f"matrix.{name}": f"has no value in the job '{job[:60]}'"
        for name in axes
        if name not in combination
    }


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
    scope: _Scope, data: dict[str, Any], combination: Combination, default_name: str
) -> Document:
    """Fill one job's templates: first the name, then the inputs, then what may name both."""
    given = scope.filled(data.get("name"), ("name",))
    name = said(given) if isinstance(given, str) and given else default_name
    scope.names["job.name"] = name
    inputs = scope.filled(data.get("inputs"), ("inputs",))
    scope.names |= _input_names(inputs)
    early = {"name": given, "inputs": inputs} | {key: data.get(key) for key in LITERAL}
    made = {
        key: early[key] if key in early else scope.filled(value, (key,))
        for key, value in data.items()
    }
    suffix = "".join(f"-{clean(said(value))}" for value in combination.values())
    stem = scope.names.get("file.stem")
    if stem is not None and clean(said(stem)) not in name:
        suffix = f"-{clean(said(stem))}{suffix}"
    return Document(made, name, suffix)


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


@dataclass(slots=True)
class _Scope:
    """The names that one job's templates may use, as far as they are known yet."""

    source: Source
    names: dict[str, Scalar]
    absent: Mapping[str, str]

    def filled(self, data: Any, pointer: Pointer) -> Any:
        """Return the data with its templates replaced; a faulty text stays, and is noted."""
        if isinstance(data, dict):
            return {key: self.filled(value, (*pointer, key)) for key, value in data.items()}
        if isinstance(data, list):
            return [self.filled(value, (*pointer, n)) for n, value in enumerate(data)]
        if not isinstance(data, str) or OPEN not in data:
            return data
        wrong = list(faults(data, self.names, absent=self.absent))
        for fault in wrong:
            span = slot_span(self.source, pointer, number=fault.number)
            problem, remedy = fault.problem, fault.remedy
            self.source.findings.span(pointer, span, problem=problem, remedy=remedy)
        return data if wrong else self._text(data, pointer)

    def _text(self, text: str, pointer: Pointer) -> Scalar:
        if not is_output(pointer):
            return fill(text, self.names)
        if not text.endswith(SUFFIX):
            problem = f"{quoted(text)} does not itself end in '{SUFFIX}'"
            self.source.findings.value(pointer, problem, f"write '{SUFFIX}' after the template")
        return fill_path(text, self.names)


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
