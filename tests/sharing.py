"""A watcher of nothing but names: it claims songs, 'renders' them, and moves them to done.

`python -m tests.sharing FOLDER NAME WORLD LEASE_S STOPS_AFTER`: what it began, ended and lost
is in FOLDER/logs/NAME, a line each. Where WORLD is not empty, nobody can tell whether it lives.
One that stops after so many songs says 'holding', and holds its claims until it is killed.
"""

from __future__ import annotations

import os
import random
import sys
import threading
import time
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TextIO

from mvpipe.journal.locks import Owner, this_process
from mvpipe.watch.claims import Claims
from mvpipe.watch.model import Claim

AT_ONCE = 8
"""How many claims one holds at a time."""


def owner_in(world: str) -> Owner:
    """Return this process as one of another machine, or as what it is."""
    here = this_process()
    return replace(here, world=world) if world else here


@dataclass(slots=True)
class Worker:
    """One watcher of the folder that all share."""

    folder: Path
    claims: Claims
    log: TextIO
    stops_after: int = 0
    held: list[Claim] = field(default_factory=list)
    ended: int = 0

    def begin(self, name: str) -> None:
        """Claim a song and begin with it, unless another has it or is done with it."""
        song = self.folder / "in" / name
        claim = self.claims.take(name) if song.exists() else None
        if claim is None:
            return
        if not opens(song):  # done before the claim was ours
            self.claims.release(claim)
            return
        self.say("began", name)
        self.held.append(claim)

    def end(self) -> None:
        """End all that was begun and is still ours."""
        for claim in self.held:
            if self.claims.refresh(claim):
                self.say("ended", claim.key)
                (self.folder / "in" / claim.key).rename(self.folder / "done" / claim.key)
                self.ended += 1
            else:
                self.say("lost", claim.key)
            self.claims.release(claim)
        self.held.clear()

    def say(self, what: str, name: str) -> None:
        self.log.write(f"{what} {name}\n")
        self.log.flush()

    @property
    def stops(self) -> bool:
        """Whether this is where it is killed."""
        full = len(self.held) == AT_ONCE
        return full and bool(self.stops_after) and self.ended >= self.stops_after


def opens(song: Path) -> bool:
    """Say whether a song is there, by asking for it: names are remembered by network disks."""
    try:
        song.open("rb").close()
    except FileNotFoundError:
        return False
    return True


def work(worker: Worker, dice: random.Random) -> None:
    """Go on until the inbox is empty."""
    while names := os.listdir(worker.folder / "in"):  # noqa: PTH208  # text is all we need
        dice.shuffle(names)
        for name in names:
            worker.begin(name)
            if worker.stops:
                print("holding", flush=True)  # noqa: T201  # the test waits for it
                threading.Event().wait()
            if len(worker.held) == AT_ONCE:
                worker.end()
        worker.end()
        threading.Event().wait(0.02)


def main() -> None:
    """Work as the command line says."""
    folder, name, world, lease_s, stops_after = sys.argv[1:]
    claims = Claims(
        Path(folder, ".mvpipe", "claims"),
        clock=time.monotonic,
        owner=owner_in(world),
        lease_s=float(lease_s),
    )
    with Path(folder, "logs", name).open("w", encoding="ascii") as log:
        worker = Worker(Path(folder), claims, log, int(stops_after))
        work(worker, random.Random(name))  # noqa: S311 - no secret


if __name__ == "__main__":
    main()
