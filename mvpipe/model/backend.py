"""The backends there are."""

from __future__ import annotations

from enum import StrEnum


class BackendName(StrEnum):
    """Who carries the steps out."""

    LOCAL = "local"
    NEMO = "nemo"
