"""A backend whose renders are contact sheets: the same job, looked at instead of rendered."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from mvpipe.backends.base import (
    Credits,
    Percent,
    RenderId,
    RenderState,
    RenderStatus,
    SessionId,
    Turn,
    Uploaded,
)
from mvpipe.backends.local import LocalBackend
from mvpipe.engine.sheets import Cell
from mvpipe.engine.studio.look import save_contact_sheet, stills_of
from mvpipe.engine.studio.session import Studio
from mvpipe.model.job import Export, Input, Prompt
from mvpipe.model.music import MusicHints
from mvpipe.model.timeline import Timeline


@dataclass(frozen=True, slots=True)
class StillsBackend:
    """The local backend, but `fetch` writes a PNG of the edit, `width` pixels wide."""

    studio: Studio
    width: int
    drawn: dict[RenderId, tuple[Cell, ...]] = field(default_factory=dict)

    @property
    def local(self) -> LocalBackend:
        """The backend that does all but the renders."""
        return LocalBackend(self.studio)

    def identity(self) -> str:
        return self.local.identity()

    def open(self, *, name: str, language: str, seed: int, hints: MusicHints) -> SessionId:
        return self.local.open(name=name, language=language, seed=seed, hints=hints)

    def upload(self, session: SessionId, item: Input, *, progress: Percent) -> Uploaded:
        return self.local.upload(session, item, progress=progress)

    def say(self, session: SessionId, prompt: Prompt) -> Turn:
        return self.local.say(session, prompt)

    def timeline(self, session: SessionId) -> Timeline | None:
        return self.local.timeline(session)

    def credits(self) -> Credits:
        return self.local.credits()

    def render(self, session: SessionId, *, export: Export, render: RenderId) -> None:
        self.drawn[render] = stills_of(self.studio.stage(session), export)

    def poll(self, render: RenderId) -> RenderState:
        count = len(self.drawn[render])
        return RenderState(RenderStatus.DONE, frames_done=count, frames_total=count)

    def fetch(self, render: RenderId, to: Path) -> tuple[str, ...]:
        save_contact_sheet(self.drawn[render], to, width=self.width, title=title_of(to))
        return ()

    def cancel(self, render: RenderId) -> None:
        self.drawn.pop(render, None)

    def close(self) -> None:
        self.local.close()


def title_of(to: Path) -> str:
    """Return what a sheet is called: its file's name without the endings."""
    return to.name.removesuffix(".png").removesuffix(".preview")
