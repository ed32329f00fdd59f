"""The one way from our data to JSON, for hashing, printing and sending."""

from __future__ import annotations

import dataclasses
import hashlib
import json
from collections.abc import Mapping
from enum import Enum
from pathlib import PurePath
from typing import NewType

Digest = NewType("Digest", str)

Plain = None | bool | int | float | str | list["Plain"] | dict[str, "Plain"]


def plain(value: object) -> Plain:
    """Return `value` as JSON data; raises TypeError for what has no such form, bytes included.

    Dataclasses become objects by field name, enums their values, paths POSIX strings, tuples
    lists.
    """
    if isinstance(value, Enum):
        return plain(value.value)
    if value is None or isinstance(value, bool | int | float | str):
        return value
    if isinstance(value, PurePath):
        return value.as_posix()
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {f.name: plain(getattr(value, f.name)) for f in dataclasses.fields(value)}
    return _plain_container(value)


def _plain_container(value: object) -> Plain:
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, tuple | list):
        return [plain(item) for item in value]
    raise TypeError(f"{type(value).__name__} has no canonical form")


def canonical(value: object) -> str:
    """Return one line of JSON that is equal for equal data: sorted keys, no spaces, UTF-8."""
    return json.dumps(
        plain(value), sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False
    )


def digest_of(value: object) -> Digest:
    """Return the SHA-256 of the canonical form, in hexadecimal."""
    return digest_of_text(canonical(value))


def digest_of_text(text: str) -> Digest:
    """Return the SHA-256 of the text in UTF-8, in hexadecimal."""
    return Digest(hashlib.sha256(text.encode()).hexdigest())
