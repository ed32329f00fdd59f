"""One video of a conversation: where it goes, and its render from order to file."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

from mvpipe.backends.base import RenderId, RenderState, SessionId
from mvpipe.disk import make_folder
from mvpipe.errors import MvpipeError, StillRendering
from mvpipe.model.job import Export
from mvpipe.report.pace import spent
from mvpipe.runner.renders import Waiting, patience_s, require_unmoved
from mvpipe.spec.naming import clean, tidy
from mvpipe.talk.room import Room
from mvpipe.talk.words import Words

TELL_EVERY_S = 60.0
"""Where no line can move, this often a line says how far the render is."""


def free(wanted: Path) -> Path:
    """Return the path, or the first of `-2`, `-3` and so on where it is taken."""
    if not _taken(wanted):
        return wanted
    numbered = (wanted.with_stem(f"{wanted.stem}-{number}") for number in count(2))
    return next(path for path in numbered if not _taken(path))


def _taken(path: Path) -> bool:
    return path.exists() or path.is_symlink()


def usual_name(stem: str, *, preset: str = "") -> str:
    """Return the name of a video of a song, safe on every system."""
    return tidy(clean(f"{stem}-{preset}" if preset else stem) + ".mp4")


def place(wanted: Path, *, room: Room, words: Words) -> Path | None:
    """Return where a video goes that was wanted there; `None` where somebody says no.

    Nothing is replaced without asking: where nobody is there, a free name is taken.
    """
    if not _taken(wanted):
        return wanted
    if room.attended:
        said_yes = room.confirm(words.replace.format(file=room.near(wanted)))
        return wanted if said_yes else None
    other = free(wanted)
    told = words.instead.format(file=room.near(wanted), other=room.near(other))
    room.mouth.line(told)
    return other


@dataclass(slots=True)
class Video:
    """One render under way."""

    room: Room
    words: Words
    export: Export
    told_s: float = field(default=0.0, init=False)
    told_percent: int = field(default=-1, init=False)

    def make(self, session: SessionId) -> None:
        """Render the timeline as it stands and put the video where it belongs.

        Not safe to repeat: each call orders a render. Whatever stops it also stops the render.
        """
        room, render = self.room, RenderId(f"render-{self.room.new_id()}")
        began = self.told_s = room.clock()
        make_folder(self.export.to.parent)
        if not room.mouth.moving:
            room.mouth.detail(f"{self._named(self.words.rendering)}...")
        try:
            room.backend.render(session, export=self.export, render=render)
            self._wait(render)
            require_unmoved(self.export.to.parent)
            notes = room.backend.fetch(render, self.export.to)
        except StillRendering:
            raise
        except BaseException as problem:
            self._stop(render, interrupted=isinstance(problem, KeyboardInterrupt))
            raise
        for note in notes:
            room.mouth.detail(note)
        self._hand_over(room.clock() - began)

    def _named(self, words: str) -> str:
        return words.format(file=self.room.near(self.export.to))

    def _wait(self, render: RenderId) -> None:
        room = self.room
        waiting = Waiting(room.backend, room.clock, room.sleep)
        waiting.wait(render, patience_s=patience_s(None), seen=self._seen)

    def _seen(self, state: RenderState) -> None:
        percent = 100 * state.frames_done // max(1, state.frames_total)
        if percent <= self.told_percent:
            return
        self.told_percent = percent
        told = f"{self._named(self.words.rendering)} {percent} %"
        now = self.room.clock()
        self.room.mouth.move(told)
        if not self.room.mouth.moving and now - self.told_s >= TELL_EVERY_S:
            self.told_s = now
            self.room.mouth.detail(told)

    def _stop(self, render: RenderId, *, interrupted: bool) -> None:
        told = self.words.stopped
        try:
            self.room.backend.cancel(render)
        except MvpipeError:
            told = self.words.may_go_on
        if interrupted:
            self.room.mouth.broken_off()
            self.room.mouth.line(told)

    def _hand_over(self, seconds: float) -> None:
        size = 0
        with suppress(OSError):  # somebody may have taken it away already
            size = self.export.to.stat().st_size
        told = self.words.rendered.format(size=_megabytes(size), time=spent(seconds))
        self.room.mouth.line(told)
        self.room.result(self.room.near(self.export.to))


def _megabytes(size_bytes: int) -> str:
    return f"{max(size_bytes, 100_000) / 1e6:.1f} MB"
