"""The files of an inbox that may be songs: where each stands, and when to see to it again."""

from __future__ import annotations

import heapq
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum

from mvpipe.watch.around import Clock
from mvpipe.watch.gate import Watched
from mvpipe.watch.model import Look


class Phase(StrEnum):
    """Where a file in the inbox stands."""

    SETTLING = "settling"
    READY = "ready"
    WORKING = "rendering"
    WAITING = "waiting"
    RESTING = "resting"


@dataclass(slots=True)
class File:
    """A file in the inbox; `due_s` is when to look at it again, `refused` that the gate did.

    `gone` says that the last scan did not see it, which changes nothing while it is rendered.
    """

    name: str
    phase: Phase = Phase.SETTLING
    why: str = ""
    watched: Watched = field(default_factory=Watched)
    look: Look | None = None
    due_s: float = 0.0
    refused: bool = False
    gone: bool = False


@dataclass(slots=True)
class Files:
    """All of them by name, and the queues that they stand in."""

    clock: Clock
    by_name: dict[str, File] = field(default_factory=dict)
    _due: list[tuple[float, str]] = field(default_factory=list)
    _ready: deque[str] = field(default_factory=deque)

    def later(self, file: File, phase: Phase, why: str, *, in_s: float) -> None:
        """See to a file again in so many seconds."""
        file.phase, file.why, file.due_s = phase, why, self.clock() + in_s
        heapq.heappush(self._due, (file.due_s, file.name))

    def wait(self, file: File, why: str, *, in_s: float) -> None:
        """Have a song that is ready wait for what it needs."""
        self.later(file, Phase.WAITING, why, in_s=in_s)

    def rest(self, file: File, why: str) -> None:
        """Do nothing more about a file unless it changes."""
        file.phase, file.why = Phase.RESTING, why

    def anew(self, file: File) -> None:
        """Have a file settle that is not what it was."""
        file.watched, file.look, file.refused = Watched(), None, False
        self.later(file, Phase.SETTLING, "it has changed", in_s=0.0)

    def queue(self, file: File) -> None:
        """Have a song begun when its turn comes."""
        file.phase, file.why = Phase.READY, ""
        self._ready.append(file.name)

    def due(self, *, until_s: float) -> Iterator[File]:
        """Yield and forget what is due, until it is late."""
        while self._due and self._due[0][0] <= self.clock() <= until_s:
            due_s, name = heapq.heappop(self._due)
            file = self.by_name.get(name)
            if file is not None and file.due_s == due_s:
                yield file

    def first(self) -> File | None:
        """Return the song that has been ready for longest, which leaves the queue."""
        while self._ready:
            file = self.by_name.get(self._ready.popleft())
            if file is not None and file.phase is Phase.READY:
                return file
        return None

    def reconsider(self) -> None:
        """See at once to what waits or rests: what is known of songs has changed."""
        for file in self.by_name.values():
            if file.phase is Phase.WAITING:
                self.later(file, Phase.WAITING, file.why, in_s=0.0)
            elif file.phase is Phase.RESTING and file.refused:
                self.anew(file)  # it is no song yet, whatever is known of songs
            elif file.phase is Phase.RESTING and file.look is not None:
                self.queue(file)

    @property
    def any_ready(self) -> bool:
        """Whether songs stand in the queue."""
        return bool(self._ready)

    @property
    def next_s(self) -> float | None:
        """When the next file is due."""
        return self._due[0][0] if self._due else None
