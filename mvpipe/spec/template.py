"""Templates: `${{ dotted.name }}` in a text, replaced once, by names out of a fixed map.

No calls, no conditions, and what a value holds is never looked at again.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from mvpipe.spec.naming import clean, tidy
from mvpipe.spec.nearest import nearest
from mvpipe.spec.scalars import Scalar
from mvpipe.spec.wording import quoted

OPEN, CLOSE = "${{", "}}"
NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*(?:\.[A-Za-z0-9_-]+)*\Z")
SECRET = re.compile("TOKEN|KEY|SECRET|PASSW|CREDENTIAL|AUTH", re.IGNORECASE)
Names = Mapping[str, Scalar]


@dataclass(frozen=True, slots=True)
class Slot:
    """One template in a text; `number` counts the openings from 0, `name` is None unclosed."""

    number: int
    name: str | None


@dataclass(frozen=True, slots=True)
class SlotFault:
    """What is wrong with one template."""

    number: int
    problem: str
    remedy: str


def pieces(text: str) -> Iterator[str | Slot]:
    """Split a text into plain pieces and templates, in order; reads each character once."""
    at = number = 0
    while (opening := text.find(OPEN, at)) >= 0:
        yield text[at:opening]
        closing = text.find(CLOSE, opening)
        if closing < 0:
            yield Slot(number, None)
            return
        inside = text[opening + len(OPEN) : closing]
        yield Slot(number, inside.strip())
        number += 1 + inside.count(OPEN)
        at = closing + len(CLOSE)
    yield text[at:]


def faults(text: str, names: Names, *, absent: Mapping[str, str]) -> Iterator[SlotFault]:
    """Yield what is wrong with each template; `absent` says of names why they have no value."""
    for slot in pieces(text):
        if isinstance(slot, Slot) and (slot.name is None or slot.name not in names):
            yield SlotFault(slot.number, *_fault(slot.name, names, absent))


def _fault(name: str | None, names: Names, absent: Mapping[str, str]) -> tuple[str, str]:
    if name is None:
        return "a template begins here and never ends", "close it with '}}'"
    if not NAME.match(name):
        remedy = "write one dotted name, such as ${{ vars.title }}"
        return f"{quoted(name)} is not a name", remedy
    if name in absent:
        return f"{quoted(name)} {absent[name]}", "give it one there"
    if name.startswith("env."):
        return _env_fault(name)
    if found := nearest(name, names):
        return f"{quoted(name)} is not known here", f"did you mean '{found}'?"
    group = name.split(".", maxsplit=1)[0]
    known = [n for n in names if n.startswith(f"{group}.")] or list(names)
    return f"{quoted(name)} is not known here", f"known: {', '.join(known[:12])}"


def _env_fault(name: str) -> tuple[str, str]:
    if SECRET.search(name):
        return f"{quoted(name)} looks like a secret", "secrets never enter a job file"
    remedy = "whoever runs mvpipe must allow the variable by name"
    return f"{quoted(name)} is not an allowed environment variable", remedy


def fill(text: str, names: Names) -> Scalar:
    """Return the text with every template replaced; a text that is one template keeps its type.

    Every name must be known: see `faults`.
    """
    parts = list(pieces(text))
    slots = [part for part in parts if isinstance(part, Slot)]
    if len(slots) == 1 and not "".join(p for p in parts if isinstance(p, str)).strip():
        return names[slots[0].name or ""]
    return "".join(p if isinstance(p, str) else said(names[p.name or ""]) for p in parts)


def fill_path(text: str, names: Names) -> str:
    """Return the text as a path: a value can neither begin nor end one of its components."""
    components: list[str] = [""]
    filled: set[int] = set()
    for part in pieces(text):
        if isinstance(part, Slot):
            components[-1] += clean(said(names[part.name or ""]))
            filled.add(len(components) - 1)
            continue
        first, *rest = part.split("/")
        components[-1] += first
        components += rest
    return "/".join(tidy(c) if n in filled else c for n, c in enumerate(components))


def said(value: Scalar) -> str:
    """Return a value as it stands in a text."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return "" if value is None else str(value)
