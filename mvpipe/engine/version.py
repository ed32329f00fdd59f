"""Which engine this is: everything about the installation that can change a frame or a byte.

Imports none of the engine's libraries, so that planning stays light.
"""

from __future__ import annotations

from functools import cache
from importlib import metadata

ENGINE_VERSION = 2
"""Raised whenever the same job would come out differently."""

LIBRARIES = ("av", "numba", "numpy", "pillow")


@cache
def identity() -> str:
    """Return `local/1 av=18.1.0 numpy=...`; a library that is not installed is left out."""
    versions = [f"{name}={found}" for name in LIBRARIES if (found := installed(name))]
    return " ".join([f"local/{ENGINE_VERSION}", *versions])


def installed(name: str) -> str | None:
    """Return the version of an installed distribution, or `None`."""
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return None
