"""YAML text in; plain data and the place of every key and value out.

The one door to PyYAML. It reads the core schema of YAML 1.2, as editors do, and refuses what
can hurt or mislead: bombs, cycles, duplicate keys, tags, merge keys and invisible characters.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import yaml

from mvpipe.errors import SpecError
from mvpipe.model.place import Place
from mvpipe.spec.findings import Findings, Pointer
from mvpipe.spec.page import Page, Span, page
from mvpipe.spec.scalars import CORE, RESOLVERS, Scalar, construct
from mvpipe.spec.syntax import explain

Plain = Scalar | list[Any] | dict[str, Any]

SIZE_LIMIT_BYTES = 256 * 1024
DEPTH_LIMIT = 32
EVENTS_LIMIT = 20_000
ALIASES_LIMIT = 200
NODES_LIMIT = 20_000
# All but YAML's printable characters, and the byte order mark, which means nothing inside a
# text. Small classes side by side, because one over all of Unicode takes 4 ms to compile.
UNPRINTABLE = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f]|[\ud800-\udfff]|\ufeff|\ufffe|\uffff"
)


@dataclass(frozen=True, slots=True)
class Source:
    """One job file as data: `values` and `keys` say where each value and each key stands.

    `findings` holds what was wrong so far and goes on collecting.
    """

    page: Page
    data: Plain
    keys: Mapping[Pointer, Span]
    values: Mapping[Pointer, Span]
    findings: Findings

    def place(self, pointer: Pointer) -> Place:
        """Return where a value stands, or the nearest one around it that is written."""
        return self.findings.place(pointer)


def parse(text: str, *, file: str, pure: bool = False) -> Source:
    """Return the data of a YAML text; `pure` reads it without libyaml.

    Raises SpecError where no data can be had at all. What is wrong with single keys and values
    is in the result's `findings`.
    """
    sheet = page(text.removeprefix("\ufeff"), file=file)
    _refuse_unreadable(sheet)
    loader = _PureLoader if pure else _FastLoader
    try:
        _guard(sheet, loader)
        root = _compose(sheet.text, loader)
    except yaml.MarkedYAMLError as error:
        raise _translated(sheet, error) from error
    return _Reader(sheet).read(root)


def _refuse_unreadable(sheet: Page) -> None:
    size = len(sheet.text.encode("utf-8", "surrogatepass"))
    if size > SIZE_LIMIT_BYTES:
        problem = f"the file has {size:,} bytes and a job file may have {SIZE_LIMIT_BYTES:,}"
        raise _refusal(sheet, Span(1, 1, 0, 0), problem, "split it into several files")
    if found := UNPRINTABLE.search(sheet.text):
        problem = f"the character U+{ord(found[0]):04X} does not belong in a text file"
        raise _refusal(sheet, sheet.span(found.start(), found.end()), problem, "remove it")


def _refusal(sheet: Page, span: Span, problem: str, remedy: str) -> SpecError:
    return SpecError([sheet.finding(span, where="", problem=problem, remedy=remedy)])


def _translated(sheet: Page, error: yaml.MarkedYAMLError) -> SpecError:
    mark = error.problem_mark
    character = sheet.text[mark.index : mark.index + 1] if mark else ""
    message = f"{error.context or ''} {error.problem or ''}".strip()
    problem, remedy, begun = explain(message, character=character)
    shown = error.context_mark if begun and error.context_mark else mark
    return _refusal(sheet, _span(shown), problem, remedy)


class _Mark(Protocol):
    line: int
    column: int
    index: int


def _span(start: _Mark | None, end: _Mark | None = None) -> Span:
    if start is None:
        return Span(1, 1, 0, 0)
    return Span(start.line + 1, start.column + 1, start.index, (end or start).index)


class _PureLoader(yaml.SafeLoader):
    """PyYAML's own reader with YAML 1.2's scalars."""

    yaml_implicit_resolvers: dict[str, Any] = {}  # noqa: RUF012 - PyYAML's own attribute


_FastLoader: Any = _PureLoader
if hasattr(yaml, "CSafeLoader"):

    class _CLoader(yaml.CSafeLoader):
        """The same over libyaml, some five times as fast."""

        yaml_implicit_resolvers: dict[str, Any] = {}  # noqa: RUF012 - PyYAML's own attribute

    _FastLoader = _CLoader

for _class in {_PureLoader, _FastLoader}:
    for _name, _pattern, _first in RESOLVERS:
        _class.add_implicit_resolver(CORE + _name, _pattern, _first)


def _guard(sheet: Page, loader: Any) -> None:
    """Walk the events of a text and stop at the first that no honest job file holds.

    Events come one by one, so depth is known before libyaml's composer, which crashes on deep
    nesting (seen with PyYAML 6.0.3), is let at it.
    """
    depth = aliases = documents = 0
    for count, event in enumerate(yaml.parse(sheet.text, Loader=loader), start=1):
        depth += _nesting(event)
        aliases += isinstance(event, yaml.AliasEvent)
        documents += isinstance(event, yaml.DocumentStartEvent)
        for value, limit, what in (
            (depth, DEPTH_LIMIT, "lists and mappings inside one another"),
            (aliases, ALIASES_LIMIT, "aliases"),
            (count, EVENTS_LIMIT, "keys and values"),
        ):
            if value > limit:
                problem = f"more than {limit:,} {what}"
                raise _refusal(sheet, _span(event.start_mark), problem, "make the file simpler")
        if documents > 1:
            problem = "a second document begins here"
            remedy = "put each job into a file of its own, or use 'matrix'"
            raise _refusal(sheet, _span(event.start_mark, event.end_mark), problem, remedy)


def _nesting(event: yaml.Event) -> int:
    if isinstance(event, yaml.CollectionStartEvent):
        return 1
    return -1 if isinstance(event, yaml.CollectionEndEvent) else 0


def _compose(text: str, loader: Any) -> yaml.Node | None:
    reader = loader(text)
    try:
        root: yaml.Node | None = reader.get_single_node()
        return root
    finally:
        reader.dispose()


class _Reader:
    """Turns nodes into data, noting every place and every fault on the way."""

    def __init__(self, sheet: Page) -> None:
        self._keys: dict[Pointer, Span] = {}
        self._values: dict[Pointer, Span] = {}
        self._findings = Findings(sheet, keys=self._keys, values=self._values)
        self._page = sheet
        self._open: set[int] = set()

    def read(self, root: yaml.Node | None) -> Source:
        data = None if root is None else self._value(root, ())
        return Source(self._page, data, self._keys, self._values, self._findings)

    def _value(self, node: yaml.Node, pointer: Pointer) -> Plain:
        span = _span(node.start_mark, node.end_mark)
        self._values[pointer] = span
        if len(self._values) > NODES_LIMIT:
            problem = f"the aliases make more than {NODES_LIMIT:,} keys and values of it"
            span = self._values[pointer[:2]]
            raise _refusal(self._page, span, problem, "make the file simpler")
        if id(node) in self._open:
            self._findings.value(pointer, "a value cannot hold itself", "remove the alias")
            return None
        if not self._has_core_tag(node, pointer):
            return None
        return self._content(node, pointer)

    def _has_core_tag(self, node: yaml.Node, pointer: Pointer) -> bool:
        kinds = {yaml.ScalarNode: ("null", "bool", "int", "float", "str"),
                 yaml.SequenceNode: ("seq",), yaml.MappingNode: ("map",)}  # fmt: skip
        if node.tag in {CORE + kind for kind in kinds[type(node)]}:
            return True
        tag = node.tag.replace(CORE, "!!", 1)
        self._findings.value(pointer, f"the tag '{tag}' is not allowed", "remove the tag")
        return False

    def _content(self, node: yaml.Node, pointer: Pointer) -> Plain:
        self._open.add(id(node))
        try:
            if isinstance(node, yaml.MappingNode):
                return dict(self._items(node, pointer))
            if isinstance(node, yaml.SequenceNode):
                return [self._value(child, (*pointer, n)) for n, child in enumerate(node.value)]
            return construct(node.tag.removeprefix(CORE), node.value)
        except ValueError as error:
            self._findings.value(pointer, str(error), "write a plain number, or quote it")
            return None
        finally:
            self._open.discard(id(node))

    def _items(self, node: yaml.MappingNode, pointer: Pointer) -> Iterator[tuple[str, Plain]]:
        seen: dict[str, Span] = {}
        for key, value in node.value:
            span = _span(key.start_mark, key.end_mark)
            name = self._key(key, span, pointer)
            if name is None:
                continue
            if name in seen:
                self._duplicate(name, span, pointer, first=seen[name])
                continue
            seen[name] = self._keys[*pointer, name] = span
            yield name, self._value(value, (*pointer, name))

    def _key(self, node: yaml.Node, span: Span, pointer: Pointer) -> str | None:
        """Return the key's text, or None after noting why it cannot be a key."""
        fault = _key_fault(node)
        if fault is None:
            return str(node.value)
        self._findings.span(pointer, span, problem=fault[0], remedy=fault[1])
        return None

    def _duplicate(self, name: str, span: Span, pointer: Pointer, *, first: Span) -> None:
        problem = f"'{name}' is already given in line {first.line}"
        remedy = "keep one of the two"
        self._findings.span((*pointer, name), span, problem=problem, remedy=remedy)


def _key_fault(node: yaml.Node) -> tuple[str, str] | None:
    if not isinstance(node, yaml.ScalarNode):
        return "a list or mapping cannot be a key", "write the key as plain text"
    name = node.value
    if node.tag != CORE + "str":
        return f"the key '{name[:40]}' is not text", f'quote it: "{name[:40]}"'
    if name == "<<":
        return "merge keys ('<<') are not supported", "write the values out here"
    if bad := next((c for c in name if unicodedata.category(c) in {"Cc", "Cf"}), None):
        return f"a key holds the invisible character U+{ord(bad):04X}", "type the key again"
    return None
