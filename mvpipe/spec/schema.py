"""Data and a schema in; all findings out, each at its place and with the nearest right answer.

The one door to jsonschema. Its own messages are never shown: they print whole values.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from mvpipe.spec.findings import Findings, Pointer
from mvpipe.spec.nearest import nearest
from mvpipe.spec.quick import accepts
from mvpipe.spec.wording import Failure, quoted, word, yaml_text

Schema = Mapping[str, Any]


def check(data: object, *, schema: Schema, findings: Findings) -> None:
    """Note everything in which the data departs from the schema."""
    if accepts(data, schema, schema.get("definitions", {})):
        return
    known = findings.faulty()
    for error in _validator(schema).iter_errors(data):
        # What could not be read stands in the data as None, and has been noted already.
        if error.instance is not None or tuple(error.absolute_path) not in known:
            _note(error, around={}, findings=findings)


_validators: dict[int, Any] = {}


def _validator(schema: Schema) -> Any:
    """Return the validator of a schema, built once; with no registry, no `$ref` leads out."""
    if id(schema) not in _validators:
        # Imported here because it takes 50 ms, which a sound file need not pay.
        from jsonschema import Draft7Validator  # noqa: PLC0415
        from referencing import Registry  # noqa: PLC0415

        _validators[id(schema)] = Draft7Validator(schema, registry=Registry())
    return _validators[id(schema)]


def _note(error: Any, *, around: Schema, findings: Findings) -> None:
    """Note one of jsonschema's errors, or those of the alternative that was meant."""
    pointer: Pointer = tuple(error.absolute_path)
    match error.validator:
        case "additionalProperties":
            _note_unknown_keys(error, pointer, findings)
        case "required":
            _note_missing(error, pointer, findings)
        case "dependencies":
            _note_misplaced(error, pointer, findings)
        case "not":
            first, second = error.validator_value["required"]
            problem = f"'{first}' and '{second}' cannot stand in one step"
            findings.key((*pointer, second), problem, "make two steps of it")
        case "anyOf" if "required" in error.validator_value[-1]:
            _note_none_of(error, pointer, findings)
        case "anyOf":
            for inner in (e for e in error.context if e.relative_schema_path[0] == 0):
                _note(inner, around=error.schema, findings=findings)
        case _:
            failure = Failure(error.validator_value, error.instance, {**around, **error.schema})
            fault = word(error.validator, failure)
            findings.value((*pointer, *fault.below), fault.problem, fault.remedy)


def _note_unknown_keys(error: Any, pointer: Pointer, findings: Findings) -> None:
    """Note every key that the schema does not name, each with the name that may be meant."""
    for name in _unknown(error.instance, error.schema):
        problem = f"{quoted(name)} is not known here"
        findings.key((*pointer, name), problem, _instead(name, error.schema))


def _instead(name: str, schema: Schema) -> str:
    known = list(schema.get("properties", ()))
    if name in schema.get("x-instead", ()):
        return str(schema["x-instead"][name])
    if meant := _meant(name, schema):
        return f"did you mean '{meant}'?"
    return f"remove it; known: {', '.join(known)}"


def _meant(name: str, schema: Schema) -> str | None:
    mistaken: str | None = schema.get("x-mistaken", {}).get(name.lower())
    if name in schema.get("x-instead", ()):
        return None
    return mistaken or nearest(name, schema.get("properties", ()))


def _unknown(instance: Mapping[str, Any], schema: Schema) -> Iterator[str]:
    known = schema.get("properties", ())
    return (name for name in instance if name not in known)


def _note_missing(error: Any, pointer: Pointer, findings: Findings) -> None:
    """Note each missing key, unless a misspelt one nearby says it all."""
    schema = error.schema
    if not {*error.instance}.isdisjoint(schema.get("x-instead", ())):
        return
    meant = {_meant(name, schema) for name in _unknown(error.instance, schema)}
    for name in error.validator_value:
        if name in error.instance or name in meant:
            continue
        example = schema.get("properties", {}).get(name, {}).get("examples", [...])[0]
        remedy = f"add for example '{name}: {yaml_text(example)}'"
        findings.value(pointer, f"'{name}' is missing", remedy)


def _note_misplaced(error: Any, pointer: Pointer, findings: Findings) -> None:
    for name, needs in error.validator_value.items():
        if name in error.instance and not {*needs} <= {*error.instance}:
            problem = f"'{name}' works only beside '{needs[0]}'"
            findings.key((*pointer, name), problem, "remove it")


def _note_none_of(error: Any, pointer: Pointer, findings: Findings) -> None:
    names = [name for way in error.validator_value for name in way.get("required", ())]
    schema = error.schema
    if not isinstance(error.instance, dict):
        return
    if {_meant(name, schema) for name in _unknown(error.instance, schema)} & set(names):
        return
    problem = "nothing says what to do here"
    findings.value(pointer, problem, f"add one of {', '.join(names)}")
