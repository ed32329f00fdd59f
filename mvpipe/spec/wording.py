"""What a schema's keywords mean to the person who wrote the file: one sentence each."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from mvpipe.spec.findings import Pointer
from mvpipe.spec.nearest import nearest

SHOWN = 40
KINDS = {
    "string": "text", "integer": "a whole number", "number": "a number",
    "boolean": "true or false", "object": "a mapping", "array": "a list", "null": "nothing",
}  # fmt: skip
BY_TYPE: tuple[tuple[type, str], ...] = (
    (bool, "true or false"), (int, "a number"), (float, "a number"), (str, "text"),
    (dict, "a mapping"), (list, "a list"), (type(None), "empty"),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with a value, what to do, and where below the value it is."""

    problem: str
    remedy: str
    below: Pointer = ()


def quoted(value: object) -> str:
    """Return a value in quotes, short enough for a sentence."""
    text = {True: "true", False: "false"}[value] if isinstance(value, bool) else str(value)
    harmless = "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in text)
    return f"'{harmless[:SHOWN]}{'…' if len(harmless) > SHOWN else ''}'"


def word(keyword: str, *, wanted: Any, value: Any, schema: Mapping[str, Any]) -> Fault:
    """Return the sentence for a keyword that a value fails."""
    return WORDINGS[keyword](wanted, value, schema)


Wording = Callable[[Any, Any, Mapping[str, Any]], Fault]


def _type(wanted: Any, value: Any, schema: Mapping[str, Any]) -> Fault:
    kinds = [KINDS[kind] for kind in ([wanted] if isinstance(wanted, str) else wanted)]
    belongs = " or ".join(kinds)
    if value is None:
        return Fault(f"the value is missing, {belongs} belongs here", _example(schema))
    found = next(name for kind, name in BY_TYPE if isinstance(value, kind))
    if isinstance(value, dict | list):
        return Fault(f"{found} stands where {belongs} belongs", _example(schema))
    remedy = _example(schema)
    if "string" in wanted and not isinstance(value, str):
        remedy = f"write it in quotes if {quoted(value)} is meant as text"
    return Fault(f"{quoted(value)} is {found} where {belongs} belongs", remedy)


def _enum(wanted: Any, value: Any, schema: Mapping[str, Any]) -> Fault:
    allowed = ", ".join(quoted(item) if isinstance(item, str) else str(item) for item in wanted)
    if isinstance(value, dict | list) or value is None:
        return _type("string" if isinstance(wanted[0], str) else "number", value, schema)
    if any(str(item) == str(value) for item in wanted):
        return Fault(
            f"{quoted(value)} is text where a number belongs", "write it without quotes"
        )
    near = (
        nearest(str(value), [str(item) for item in wanted]) if isinstance(value, str) else None
    )
    remedy = f"did you mean '{near}'?" if near else ""
    return Fault(f"{quoted(value)} is not one of {allowed}", remedy)


def _const(wanted: Any, value: Any, schema: Mapping[str, Any]) -> Fault:
    return Fault(f"{quoted(value)} is not {wanted}", f"write {wanted}")


def _pattern(wanted: Any, value: Any, schema: Mapping[str, Any]) -> Fault:
    return Fault(f"{quoted(value)} does not have the right form", _example(schema))


def _not(wanted: Any, value: Any, schema: Mapping[str, Any]) -> Fault:
    first, second = wanted["required"]
    problem = f"'{first}' and '{second}' cannot stand in one step"
    return Fault(problem, "make two steps of it", (second,))


def _dependencies(wanted: Any, value: Any, schema: Mapping[str, Any]) -> Fault:
    name, needs = next((n, w) for n, w in wanted.items() if n in value and {*w} - {*value})
    return Fault(f"'{name}' works only beside {quoted(needs[0])}", "remove it", (name,))


def _unique(wanted: Any, value: Any, schema: Mapping[str, Any]) -> Fault:
    n = next(n for n, item in enumerate(value) if item in value[:n])
    return Fault(f"{quoted(value[n])} is in the list twice", "remove one", (n,))


def _least(what: str) -> Wording:
    def wording(wanted: Any, value: Any, schema: Mapping[str, Any]) -> Fault:
        if wanted == 1 and not value:
            return Fault(f"{what} is empty", _example(schema))
        return Fault(f"{what} is too short, at least {wanted} belong here", _example(schema))

    return wording


def _most(what: str, unit: str) -> Wording:
    def wording(wanted: Any, value: Any, schema: Mapping[str, Any]) -> Fault:
        return Fault(f"{what} has {len(value):,} {unit}", f"at most {wanted:,} are allowed")

    return wording


def _bound(words: str) -> Wording:
    def wording(wanted: Any, value: Any, schema: Mapping[str, Any]) -> Fault:
        low, high = schema.get("minimum"), schema.get("maximum")
        return Fault(f"{quoted(value)} is too {words}", f"it may be {low:,} to {high:,}")

    return wording


def _example(schema: Mapping[str, Any]) -> str:
    examples = schema.get("examples") or ()
    return f"write for example {_yaml(examples[0])}" if examples else ""


def _yaml(value: Any) -> str:
    if isinstance(value, list):
        return f"[{', '.join(map(_yaml, value))}]"
    if isinstance(value, dict):
        return f"{{{', '.join(f'{key}: {_yaml(item)}' for key, item in value.items())}}}"
    return str(value) if str(value)[:1] not in "[{*&!|>@`%#=<~" else f'"{value}"'


WORDINGS: dict[str, Wording] = {
    "type": _type,
    "enum": _enum,
    "const": _const,
    "pattern": _pattern,
    "not": _not,
    "dependencies": _dependencies,
    "uniqueItems": _unique,
    "minimum": _bound("small"),
    "maximum": _bound("large"),
    "minLength": _least("the text"),
    "maxLength": _most("the text", "characters"),
    "minItems": _least("the list"),
    "maxItems": _most("the list", "entries"),
    "minProperties": _least("the mapping"),
    "maxProperties": _most("the mapping", "keys"),
}
