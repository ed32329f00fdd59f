"""A backend whose renders are contact sheets: the same job, looked at instead of rendered."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from mvpipe.backends.base import (
    Credits,
    Notice,
    Percent,
    RenderId,
    RenderState,
    RenderStatus,
    SessionId,
    Snapshot,
    Turn,
    Uploaded,
)
from mvpipe.backends.local import LocalBackend
from mvpipe.engine.sheets.contact import Cell
from mvpipe.engine.studio.look import save_contact_sheet, stills_of
from mvpipe.engine.studio.session import Studio
from mvpipe.model.hints import MusicHints
from mvpipe.model.job import Export, Input, Prompt


@dataclass(frozen=True, slots=True)
class Drawn:
    """A contact sheet to be: its title and its stills."""

    title: str
    stills: tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class StillsBackend:
    """The local backend, but `fetch` writes a PNG of the edit, `width` pixels wide."""

    studio: Studio
    width: int
    drawn: dict[RenderId, Drawn] = field(default_factory=dict)
    names: dict[SessionId, str] = field(default_factory=dict)

    @property
    def local(self) -> LocalBackend:
        """The backend that does all but the renders."""
        return LocalBackend(self.studio)

    def identity(self) -> str:
        return self.local.identity()

    def lasts(self) -> bool:
        return False

    def open(self, *, name: str, language: str, seed: int, hints: MusicHints) -> SessionId:
        session = self.local.open(name=name, language=language, seed=seed, hints=hints)
        self.names[session] = name
        return session

    def resume(self, session: SessionId, *, uploaded: Sequence[Input]) -> bool:
        return self.local.resume(session, uploaded=uploaded)

    def upload(self, session: SessionId, item: Input, *, progress: Percent) -> Uploaded:
        return self.local.upload(session, item, progress=progress)

    def say(self, session: SessionId, prompt: Prompt, *, notice: Notice) -> Turn:
        return self.local.say(session, prompt, notice=notice)

    def timeline(self, session: SessionId) -> Snapshot:
        return self.local.timeline(session)

    def credits(self) -> Credits:
        return self.local.credits()

    def render(self, session: SessionId, *, export: Export, render: RenderId) -> None:
        stills = stills_of(self.studio.stage(session), export)
        self.drawn[render] = Drawn(title=self.names[session], stills=stills)

    def poll(self, render: RenderId) -> RenderState:
        count = len(self.drawn[render].stills)
        return RenderState(RenderStatus.DONE, frames_done=count, frames_total=count)

    def fetch(self, render: RenderId, to: Path) -> tuple[str, ...]:
        drawn = self.drawn[render]
        save_contact_sheet(drawn.stills, to, width=self.width, title=drawn.title)
        return ()

    def cancel(self, render: RenderId) -> None:
        self.drawn.pop(render, None)

    def close(self) -> None:
        self.local.close()
