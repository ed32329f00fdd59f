"""Everything a conversation needs from outside, as arguments."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from mvpipe.backends.base import Backend, SessionId
from mvpipe.talk.mouth import Mouth


@dataclass(frozen=True, slots=True)
class Room:
    """Where a conversation is held.

    `listen` waits for the next line and returns `None` after the last; `confirm` asks a yes or
    no; `result` takes one line of what was asked for. `link` gives the project's address for
    people, `None` where there is none. `clock` and `sleep` are in seconds; `new_id` gives a
    name that was never given before. `attended` says that somebody sits there and can answer.
    """

    backend: Backend
    mouth: Mouth
    listen: Callable[[], str | None]
    confirm: Callable[[str], bool]
    result: Callable[[str], None]
    link: Callable[[SessionId], str] | None
    clock: Callable[[], float]
    sleep: Callable[[float], None]
    new_id: Callable[[], str]
    folder: Path
    attended: bool

    def near(self, path: Path) -> str:
        """Return a path as somebody in the room's folder would write it."""
        return str(path.relative_to(self.folder) if path.is_relative_to(self.folder) else path)
