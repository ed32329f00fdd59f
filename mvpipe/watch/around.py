"""What the loop of the hot folder acts on: every effect, so that tests can be the world."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from mvpipe.journal.watched import Entry, Ledger
from mvpipe.model.canonical import Digest
from mvpipe.watch.children import Child, Wanted
from mvpipe.watch.gate import Rules
from mvpipe.watch.model import Claim, Look, Scan, Sight, Unseen

Clock = Callable[[], float]


@dataclass(frozen=True, slots=True)
class JobFile:
    """The job that is run for a song: `text` where it lies in the inbox, else `None`.

    `beside` are pictures in the inbox that belong to the song.
    """

    path: Path
    text: str | None
    digest: Digest
    beside: tuple[Path, ...] = ()


class Inbox(Protocol):
    """The folder that is watched; names are relative to it."""

    def sight(self) -> Sight:
        """Return whether it is the folder it was."""
        ...

    def scan(self) -> Scan:
        """Return what came and went since the last scan."""
        ...

    def changed(self) -> tuple[str, ...]:
        """Return which files were found to be others than before under the same name."""
        ...

    def look(self, name: str, last: Look | None) -> Look | Unseen | None:
        """Take a look at a file; `None` where there is none."""
        ...

    def path(self, name: str) -> Path:
        """Return where a file is."""
        ...

    def digest(self, name: str) -> Digest:
        """Return the digest of a file's bytes. Raises OSError."""
        ...

    def job(self, name: str) -> JobFile:
        """Return the job that is to be run for a song. Raises MvpipeError."""
        ...


class Claims(Protocol):
    """Who of several watchers works on a song."""

    def take(self, key: str) -> Claim | None:
        """Return the right to work on `key`, `None` while another has it."""
        ...

    def refresh(self, claim: Claim) -> bool:
        """Say that it is still wanted; False where another has taken it."""
        ...

    def release(self, claim: Claim) -> None:
        """Give it back. Safe to repeat."""
        ...


class Starts(Protocol):
    """Starts what reads a song."""

    def plan(self, wanted: Wanted) -> Child:
        """Start what says what would be made."""
        ...

    def render(self, wanted: Wanted) -> Child:
        """Start what makes it."""
        ...


class After(Protocol):
    """What is done with a song and its videos in the end."""

    def fault_of(self, outputs: tuple[Path, ...]) -> str | None:
        """Return what is wrong with finished videos."""
        ...

    def done(self, name: str, entry: Entry, *, again: bool) -> None:
        """Take a song out whose videos are made, `again` if they were before it came."""
        ...

    def failed(self, name: str, entry: Entry) -> None:
        """Take a song out of which no video can be made, and say why."""
        ...

    def room(self, outputs: tuple[Path, ...] = ()) -> str | None:
        """Return why there is no room for videos, `None` where there is. Raises MvpipeError."""
        ...


@dataclass(frozen=True, slots=True)
class Around:
    """Everything that has an effect. `clock` never jumps, `wall` is what the calendar says.

    `floor_s` tells the shortest rest between two scans.
    """

    inbox: Inbox
    claims: Claims
    starts: Starts
    after: After
    ledger: Ledger
    clock: Clock
    wall: Clock
    tell: Callable[[str], None]
    rules: Rules
    state: Path
    workers: int
    floor_s: Callable[[], float]
