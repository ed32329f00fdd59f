"""A backend over the embedded engine, in this process. Knows nothing of HTTP or money."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
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
    snapshot_of,
)
from mvpipe.engine.studio.session import Studio
from mvpipe.engine.studio.state import RenderPhase
from mvpipe.engine.version import identity
from mvpipe.model.hints import MusicHints
from mvpipe.model.job import Export, Input, Prompt

STATUS = {
    RenderPhase.RENDERING: RenderStatus.RENDERING,
    RenderPhase.DONE: RenderStatus.DONE,
    RenderPhase.FAILED: RenderStatus.FAILED,
    RenderPhase.CANCELLED: RenderStatus.CANCELLED,
}


@dataclass(frozen=True, slots=True)
class LocalBackend:
    """The studio as a `Backend`; prompts take milliseconds, so no time limit ever counts."""

    studio: Studio

    def identity(self) -> str:
        return identity()

    def lasts(self) -> bool:
        return False

    def open(
        self,
        *,
        name: str,
        language: str,  # noqa: ARG002 - for other backends; ours answers in the prompt's language
        seed: int,
        hints: MusicHints,
    ) -> SessionId:
        return SessionId(self.studio.open(name=name, seed=seed, hints=hints))

    def resume(self, session: SessionId, *, uploaded: Sequence[Input]) -> bool:  # noqa: ARG002 - as below
        """Say no: a session ends with its process, and playing it again is free."""
        return False

    def upload(self, session: SessionId, item: Input, *, progress: Percent) -> Uploaded:
        heard = self.studio.upload(session, item, progress=progress)
        return Uploaded(media=item.id, duration_ms=heard.duration_ms, notes=heard.notes)

    def say(self, session: SessionId, prompt: Prompt, *, notice: Notice) -> Turn:  # noqa: ARG002 - takes milliseconds
        return Turn(text=self.studio.say(session, prompt.text, step=prompt.id))

    def timeline(self, session: SessionId) -> Snapshot:
        return snapshot_of(self.studio.timeline(session))

    def credits(self) -> Credits:
        return Credits(available=None)

    def render(self, session: SessionId, *, export: Export, render: RenderId) -> None:
        self.studio.render(session, export, render=render)

    def poll(self, render: RenderId) -> RenderState:
        state = self.studio.poll(render)
        return RenderState(
            status=STATUS[state.phase],
            frames_done=state.frames_done,
            frames_total=state.frames_total,
            problem=state.problem,
            hint=state.hint,
            frames_kept=state.frames_kept,
        )

    def fetch(self, render: RenderId, to: Path) -> tuple[str, ...]:
        return self.studio.fetch(render, to)

    def cancel(self, render: RenderId) -> None:
        self.studio.cancel(render)

    def close(self) -> None:
        self.studio.close()
