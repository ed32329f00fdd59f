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
    "boolean": "true or false", "object": "a mapping", "array": "a list",
}  # fmt: skip
BY_TYPE: tuple[tuple[type, str], ...] = (
    (bool, "true or false"), (int, "a number"), (float, "a number"), (str, "text"),
    (dict, "a mapping"), (list, "a list"),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Failure:
    """A value, the schema it fails, and what the failed keyword of that schema wants."""

    wanted: Any
    value: Any
    schema: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with a value, what to do, and where below the value it is."""

    problem: str
    remedy: str
    below: Pointer = ()


Wording = Callable[[Failure], Fault]


def word(keyword: str, failure: Failure) -> Fault:
    """Return the sentence for a keyword that a value fails."""
    return WORDINGS[keyword](failure)


def quoted(value: object) -> str:
    """Return a value in quotes, short enough for a sentence and harmless to a terminal."""
    text = str(value).lower() if isinstance(value, bool) else str(value)
    harmless = "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in text)
    return f"'{harmless[:SHOWN]}{'…' if len(harmless) > SHOWN else ''}'"


def _type(it: Failure) -> Fault:
    kinds = [it.wanted] if isinstance(it.wanted, str) else it.wanted
    return _wrong_kind(it, kinds, example=_example(it))


def _wrong_kind(it: Failure, kinds: list[str], *, example: str) -> Fault:
    *others, last = (KINDS[kind] for kind in kinds)
    belongs = f"{', '.join(others)} or {last}" if others else last
    if it.value is None:
        return Fault(f"the value is missing, {belongs} belongs here", example)
    found = next(name for kind, name in BY_TYPE if isinstance(it.value, kind))
    if isinstance(it.value, dict | list):
        return Fault(f"{found} stands where {belongs} belongs", example)
    if "string" in kinds:
        example = f'write it in quotes: "{quoted(it.value)[1:-1]}"'
    return Fault(f"{quoted(it.value)} is {found} where {belongs} belongs", example)


def _enum(it: Failure) -> Fault:
    words = [item if isinstance(item, str) else str(item) for item in it.wanted]
    numbers = isinstance(it.wanted[0], int)
    if it.value is None or isinstance(it.value, bool | dict | list):
        kind = "number" if numbers else "string"
        return _wrong_kind(it, [kind], example=f"write one of {', '.join(words)}")
    if numbers and it.value in words:
        return _unquote(it.value)
    meant = it.schema.get("x-mistaken", {}).get(str(it.value).lower())
    near = meant or (nearest(it.value, words) if isinstance(it.value, str) else None)
    listed = ", ".join(words if numbers else map(quoted, words))
    return Fault(f"{quoted(it.value)} is not one of {listed}",
                 f"did you mean '{near}'?" if near else "choose one")  # fmt: skip


def _unquote(value: str) -> Fault:
    return Fault(f"{quoted(value)} is text where a number belongs", "write it without quotes")


def _const(it: Failure) -> Fault:
    if it.value == str(it.wanted):
        return _unquote(it.value)
    form = it.schema.get("x-form", f"is not {it.wanted}")
    return Fault(f"{quoted(it.value)} {form}", f"write {it.wanted}")


def _pattern(it: Failure) -> Fault:
    form = it.schema.get("x-form", "does not have the right form")
    return Fault(f"{quoted(it.value)} {form}", _example(it))


def _unique(it: Failure) -> Fault:
    n = next(n for n, item in enumerate(it.value) if item in it.value[:n])
    return Fault(f"{quoted(it.value[n])} is in the list twice", "remove one", (n,))


def _least(what: str) -> Wording:
    # Every lower bound on length in our schemas is 1, so what falls short is empty.
    return lambda it: Fault(f"{what} is empty", _example(it))


def _most(what: str, unit: str) -> Wording:
    def wording(it: Failure) -> Fault:
        problem = f"{what} has {len(it.value):,} {unit}"
        return Fault(problem, f"at most {it.wanted:,} are allowed")

    return wording


def _bound(words: str) -> Wording:
    def wording(it: Failure) -> Fault:
        low, high = it.schema["minimum"], it.schema["maximum"]
        return Fault(f"{quoted(it.value)} is too {words}", f"it may be {low} to {high}")

    return wording


def _example(it: Failure) -> str:
    examples = it.schema.get("examples")
    if remedy := it.schema.get("x-remedy"):
        return str(remedy)
    return f"write for example {yaml_text(examples[0])}" if examples else "write one"


def yaml_text(value: Any) -> str:
    """Return an example value as one would type it into a job file."""
    if isinstance(value, list):
        return f"[{', '.join(map(yaml_text, value))}]"
    if isinstance(value, dict):
        return f"{{{', '.join(f'{key}: {yaml_text(item)}' for key, item in value.items())}}}"
    text = str(value)
    return f'"{text}"' if text[:1] in ">=<" else text


WORDINGS: dict[str, Wording] = {
    "type": _type,
    "enum": _enum,
    "const": _const,
    "pattern": _pattern,
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
