"""What the command line asks for, as data. Light: `cli` imports it before any command."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from mvpipe.model.backend import BackendName

COMPLETE = "_MVPIPE_COMPLETE"
"""Set by the scripts of `completion` when a shell asks what could come next."""


@dataclass(frozen=True, slots=True)
class Choice:
    """Which jobs, and what the command line changes about them.

    `file` is whom they are for, `beside` the pictures that belong to it.
    """

    files: tuple[Path, ...] = ()
    sets: tuple[tuple[str, str], ...] = ()
    only: tuple[str, ...] = ()
    draft: bool = False
    backend: BackendName | None = None
    allow_outside: bool = False
    file: Path | None = None
    beside: tuple[Path, ...] = ()


@dataclass(frozen=True, slots=True)
class Limit:
    """What a run may do: spend so many credits or none, repeat, differ from the lock.

    `fresh` does again what was done, `resend` says again what may not have arrived.
    """

    max_credits: int | None = None
    no_spend: bool = False
    fresh: bool = False
    resend: bool = False
    locked: bool = False


@dataclass(frozen=True, slots=True)
class Telling:
    """How a run is told: a style, or JSON lines; `json` adds one document at the end."""

    progress: str = "auto"
    events: bool = False
    json: bool = False


@dataclass(frozen=True, slots=True)
class Order:
    """How a run is to be carried out and told."""

    telling: Telling = Telling()
    limit: Limit = Limit()
    workers: int | None = None
    state: Path | None = None
    manifest: Path | None = None
