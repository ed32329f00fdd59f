"""Names that are safe as one component of a path, on every system."""

from __future__ import annotations

import re
import unicodedata

COMPONENT_LIMIT_BYTES = 120
# Path separators, what Windows forbids, and YAML's control characters.
FORBIDDEN = re.compile(r'[/\\:*?"<>|\x00-\x1f\x7f-\x9f]')
RESERVED = re.compile(r"(?:CON|PRN|AUX|NUL|COM[0-9¹²³]|LPT[0-9¹²³])\s*(?:\.|\Z)", re.IGNORECASE)
SUFFIX = ".mp4"


def clean(value: str) -> str:
    """Return a value with every character replaced that could leave a path's component."""
    composed = unicodedata.normalize("NFC", value)
    kept = ("_" if unicodedata.category(c) in {"Cf", "Cs", "Co"} else c for c in composed)
    return FORBIDDEN.sub("_", "".join(kept))


def tidy(component: str) -> str:
    """Return a component, made with cleaned values, that every file system takes."""
    stem = component.removesuffix(SUFFIX)
    suffix = component[len(stem) :]
    stem = stem.lstrip("-. ").rstrip(". ") or "_"
    if RESERVED.match(stem):
        stem = f"_{stem}"
    room = COMPONENT_LIMIT_BYTES - len(suffix)
    return stem.encode()[:room].decode(errors="ignore").rstrip(". ") + suffix


def component_fault(component: str) -> str | None:
    """Return what keeps a component that someone wrote from being a safe name, or None."""
    if found := FORBIDDEN.search(component):
        return f"a file name cannot hold {_called(found[0])}"
    if component != component.strip(" ") or component.endswith("."):
        return "a file name cannot begin or end with a space, or end with a dot"
    if component.startswith("-"):
        return "a file name beginning with '-' is taken for an option"
    if RESERVED.match(component):
        return f"Windows keeps the name '{component}' for itself"
    if len(unicodedata.normalize("NFC", component).encode()) > COMPONENT_LIMIT_BYTES:
        return f"a file name of more than {COMPONENT_LIMIT_BYTES} bytes is too long"
    return None


def _called(character: str) -> str:
    return f"'{character}'" if character.isprintable() else f"U+{ord(character):04X}"


def slug(text: str, *, default: str) -> str:
    """Return text as an id: lower-case letters, digits and dashes, a letter first."""
    ascii_only = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    joined = re.sub(r"[^a-z0-9]+", "-", ascii_only).strip("-")
    if not joined:
        return default
    return (joined if joined[0].isalpha() else f"{default}-{joined}")[:64].rstrip("-")


def distinct(wanted: str, taken: set[str]) -> str:
    """Return the wanted id, with `-2` and so on where it is taken."""
    name, count = wanted, 1
    while name in taken:
        count += 1
        name = f"{wanted}-{count}"
    return name
