"""Says of most sound data that it fits a schema, without loading a validator.

Importing jsonschema takes longer than everything else that checking a sound file needs. So it
is left to judge and explain what this does not accept: a yes here is a yes there (a property
test holds the two together), and anything unsure is a no.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

ANNOTATIONS = frozenset({
    "$schema", "title", "description", "default", "examples", "definitions", "x-mistaken",
    "x-form", "x-remedy", "x-instead",
})  # fmt: skip
TYPES: dict[str, Callable[[Any], bool]] = {
    "string": lambda v: isinstance(v, str),
    "integer": lambda v: type(v) is int,
    "number": lambda v: type(v) in {int, float},
    "boolean": lambda v: isinstance(v, bool),
    "object": lambda v: isinstance(v, dict),
    "array": lambda v: isinstance(v, list),
}


@dataclass(frozen=True, slots=True)
class Case:
    """Data, what a keyword of its schema wants, the schema, and the definitions for `$ref`."""

    data: Any
    wanted: Any
    schema: Mapping[str, Any]
    definitions: Mapping[str, Any]

    def fits(self, data: Any, schema: Any) -> bool:
        return accepts(data, schema, self.definitions)


def accepts(data: Any, schema: Any, definitions: Mapping[str, Any]) -> bool:
    """Say whether data surely fits a schema; False also where that takes a closer look."""
    if isinstance(schema, bool):
        return schema
    return all(
        name in RULES and RULES[name](Case(data, wanted, schema, definitions))
        for name, wanted in schema.items()
        if name not in ANNOTATIONS
    )


Rule = Callable[[Case], bool]


def _type(it: Case) -> bool:
    kinds = [it.wanted] if isinstance(it.wanted, str) else it.wanted
    return any(TYPES[kind](it.data) for kind in kinds)


def _enum(it: Case) -> bool:
    return any(type(item) is type(it.data) and item == it.data for item in it.wanted)


def _properties(it: Case) -> bool:
    return all(it.fits(it.data[k], s) for k, s in it.wanted.items() if k in it.data)


def _others(it: Case) -> bool:
    known = it.schema.get("properties", {})
    return all(it.fits(value, it.wanted) for k, value in it.data.items() if k not in known)


def _dependencies(it: Case) -> bool:
    present = (needs for name, needs in it.wanted.items() if name in it.data)
    return all(name in it.data for needs in present for name in needs)


def _not(it: Case) -> bool:
    # "Not surely" turned round is not "surely not", so only the one form in use is known.
    if set(it.wanted) != {"type", "required"} or it.wanted["type"] != "object":
        return False
    return not isinstance(it.data, dict) or not {*it.wanted["required"]} <= {*it.data}


def _of(kind: type | tuple[type, ...], rule: Rule) -> Rule:
    """Return a rule that has a say about one kind of data only."""
    return lambda it: not isinstance(it.data, kind) or rule(it)


NUMBER = (int, float)
RULES: dict[str, Rule] = {
    "$ref": lambda it: it.fits(it.data, it.definitions[it.wanted.rpartition("/")[2]]),
    "type": _type,
    "enum": _enum,
    "const": lambda it: type(it.data) is type(it.wanted) and it.data == it.wanted,
    "anyOf": lambda it: any(it.fits(it.data, way) for way in it.wanted),
    "allOf": lambda it: all(it.fits(it.data, part) for part in it.wanted),
    "not": _not,
    "properties": _of(dict, _properties),
    "additionalProperties": _of(dict, _others),
    "required": _of(dict, lambda it: all(name in it.data for name in it.wanted)),
    "dependencies": _of(dict, _dependencies),
    "minProperties": _of(dict, lambda it: len(it.data) >= it.wanted),
    "maxProperties": _of(dict, lambda it: len(it.data) <= it.wanted),
    "items": _of(list, lambda it: all(it.fits(item, it.wanted) for item in it.data)),
    "minItems": _of(list, lambda it: len(it.data) >= it.wanted),
    "maxItems": _of(list, lambda it: len(it.data) <= it.wanted),
    "uniqueItems": _of(
        list, lambda it: all(v not in it.data[:n] for n, v in enumerate(it.data))
    ),
    "pattern": _of(str, lambda it: re.search(it.wanted, it.data) is not None),
    "minLength": _of(str, lambda it: len(it.data) >= it.wanted),
    "maxLength": _of(str, lambda it: len(it.data) <= it.wanted),
    "minimum": _of(NUMBER, lambda it: it.data >= it.wanted),
    "maximum": _of(NUMBER, lambda it: it.data <= it.wanted),
}
