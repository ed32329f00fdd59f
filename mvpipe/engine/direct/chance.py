"""Seeded choice: the same parts give the same number on every machine, and nothing is kept."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import TypeVar

Item = TypeVar("Item")


def number(*parts: int | str) -> int:
    """Return a number from 0 to 2**31 - 1 that depends on all the parts and their order."""
    said = "\x1f".join(str(part) for part in parts).encode()
    return int.from_bytes(hashlib.blake2b(said, digest_size=4).digest(), "big") >> 1


def fraction(*parts: int | str) -> float:
    """Return a number from 0 up to but not including 1 that depends on all the parts."""
    return number(*parts) / 2**31


def pick(items: Sequence[Item], *parts: int | str) -> Item:
    """Return one of the items, which must not be empty."""
    return items[number(*parts) % len(items)]
