"""The engine in a thread of its own: it is made for one, and hearing a song takes seconds."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, TypeVar

from mvpipe.engine.studio.session import Heard
from mvpipe.engine.studio.state import RenderPhase, RenderProgress
from mvpipe.model.hints import MusicHints
from mvpipe.model.job import Export, Input
from mvpipe.model.timeline import Timeline

T = TypeVar("T")


class Engine(Protocol):
    """What the server needs of the studio; see there for each."""

    def open(self, *, name: str, seed: int, hints: MusicHints) -> str: ...

    def upload(
        self, session: str, item: Input, *, progress: Callable[[int], None]
    ) -> Heard: ...

    def say(self, session: str, prompt: str, *, step: str) -> str: ...

    def timeline(self, session: str) -> Timeline | None: ...

    def render(self, session: str, export: Export, *, render: str) -> None: ...

    def poll(self, render: str) -> RenderProgress: ...

    def fetch(self, render: str, to: Path) -> tuple[str, ...]: ...

    def cancel(self, render: str) -> None: ...

    def forget(self, session: str) -> None: ...

    def close(self) -> None: ...


@dataclass(frozen=True, slots=True)
class Made:
    """How far a render is, and once it is done, notes about its video."""

    progress: RenderProgress
    notes: tuple[str, ...] = ()


class Workshop:
    """Everything asked of the engine, one thing after the other.

    What was asked for is done, even if whoever asked no longer waits for it.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="mvpipe-engine")

    async def _does(self, work: Callable[[], T]) -> T:
        return await asyncio.shield(
            asyncio.get_running_loop().run_in_executor(self._thread, work)
        )

    async def open(self, *, name: str, seed: int, hints: MusicHints) -> str:
        """Start a session and return its id. Not safe to repeat."""
        return await self._does(lambda: self._engine.open(name=name, seed=seed, hints=hints))

    async def upload(self, session: str, item: Input) -> tuple[Heard, Timeline | None]:
        """Take a file in; return what was heard, and the timeline. Safe to repeat."""

        def work() -> tuple[Heard, Timeline | None]:
            heard = self._engine.upload(session, item, progress=lambda _percent: None)
            return heard, self._engine.timeline(session)

        return await self._does(work)

    async def say(self, session: str, prompt: str, *, step: str) -> tuple[str, Timeline | None]:
        """Carry a prompt out; return the reply and the timeline. Not safe to repeat."""

        def work() -> tuple[str, Timeline | None]:
            text = self._engine.say(session, prompt, step=step)
            return text, self._engine.timeline(session)

        return await self._does(work)

    async def render(self, session: str, export: Export, *, render: str) -> None:
        """Start a render under an id that is new. Not safe to repeat."""
        await self._does(lambda: self._engine.render(session, export, render=render))

    async def look(self, render: str, *, to: Path) -> Made:
        """Move a render on; one that is done leaves its video at `to`, and the engine.

        Not safe to repeat after that.
        """

        def work() -> Made:
            progress = self._engine.poll(render)
            if progress.phase is not RenderPhase.DONE:
                return Made(progress)
            notes = self._engine.fetch(render, to)
            self._engine.cancel(render)
            return Made(progress, notes)

        return await self._does(work)

    async def cancel(self, render: str) -> None:
        """Stop a render and keep nothing of it. Safe to repeat."""
        await self._does(lambda: self._engine.cancel(render))

    async def forget(self, session: str) -> None:
        """Let go of a session and of what was heard for it. Safe to repeat."""
        await self._does(lambda: self._engine.forget(session))

    async def close(self) -> None:
        """End what is under way, and the thread. Not safe to use after that."""
        await self._does(self._engine.close)
        self._thread.shutdown()
