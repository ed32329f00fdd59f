"""What the server holds while it runs: sessions, renders, and how long each is kept.

Touched from the event loop's thread alone.
"""

from __future__ import annotations

import asyncio
import secrets
import shutil
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from mvpipe.errors import RateLimited, SessionGone, UnknownRender
from mvpipe.model.timeline import Timeline
from mvpipe.protocol.answers import Asset, TaskId, UserId
from mvpipe.protocol.renders import RenderAnswer
from mvpipe.protocol.stream import StreamError
from mvpipe.serve.chaos import Dice, Habit
from mvpipe.serve.home import Home
from mvpipe.serve.options import ServeOptions
from mvpipe.serve.tokens import Tokens
from mvpipe.serve.workshop import Workshop

Said = str | StreamError
"""What a turn ends with: the reply, or why there is none."""


@dataclass(slots=True)
class Workspace:
    """One session: `studio` is its name in the engine, `folder` holds its uploads.

    `media` leads from a file's digest to the id it was taken in under. `hidden` counts the
    looks at the state that still show `before` instead of `timeline`. `steps` counts the
    prompts that were taken on for each step, `doing` are the turns under way. A session that is
    `gone` only waits to be swept away.
    """

    id: str
    task: TaskId
    name: str
    user: UserId
    studio: str
    folder: Path
    used_s: float
    turns: int = 0
    assets: dict[str, Asset] = field(default_factory=dict)
    media: dict[str, str] = field(default_factory=dict)
    steps: Counter[str] = field(default_factory=Counter)
    doing: set[asyncio.Future[Said]] = field(default_factory=set)
    gone: bool = False
    timeline: Timeline | None = None
    before: Timeline | None = None
    hidden: int = 0


@dataclass(slots=True)
class RenderJob:
    """A render: how far it is, and where its video lies once it is done.

    `begun` says whether the engine knows it, `used_s` when somebody last asked about it.
    """

    session: str
    user: UserId
    answer: RenderAnswer
    video: Path
    used_s: float
    begun: bool = False


@dataclass(slots=True)
class House:
    """All of it. `clock` gives Unix seconds; `free` the bytes a folder has room for."""

    options: ServeOptions
    tokens: Tokens
    workshop: Workshop
    home: Home
    clock: Callable[[], float]
    dice: Dice
    free: Callable[[Path], int]
    sessions: dict[str, Workspace] = field(default_factory=dict)
    renders: dict[str, RenderJob] = field(default_factory=dict)

    @property
    def folder(self) -> Path:
        """Where everything lies that is the server's alone."""
        return self.home.path

    def new_folder(self) -> Path:
        """Return a new folder that only this user can look into. Not safe to repeat."""
        made = self.folder / secrets.token_hex(12)
        made.mkdir(mode=0o700)
        return made

    def require_place(self) -> None:
        """Raise RateLimited where there are as many sessions as there may be."""
        if len(self.sessions) >= self.options.limits.sessions:
            raise RateLimited("there are too many sessions; one that rests a day is let go")

    def session(self, session: str, user: UserId) -> Workspace:
        """Return a user's session, which rests no longer; raises SessionGone."""
        found = self.sessions.get(session)
        if found is not None and self.dice.comes_to(Habit.GONE_SESSION):
            found.gone = True
        if found is None or found.gone or found.user != user:
            raise SessionGone("Session not found")
        found.used_s = self.clock()
        return found

    def require_known(self, session: Workspace) -> None:
        """Raise SessionGone where a session was let go while something else was waited for."""
        if session.id not in self.sessions:
            raise SessionGone("Session not found")

    async def settled(self, session: Workspace) -> None:
        """Wait for a session's turns to end, but not for long: a state is soon told anyway."""
        if session.doing:
            await asyncio.wait(session.doing, timeout=self.options.settle_s)

    def job(self, render: str, user: UserId) -> RenderJob:
        """Return a user's render; raises UnknownRender. Keeps its session from resting."""
        found = self.renders.get(render)
        if found is None or found.user != user:
            raise UnknownRender("there is no render of this id")
        found.used_s = self.clock()
        if (session := self.sessions.get(found.session)) is not None:
            session.used_s = found.used_s
        return found

    @property
    def unfinished(self) -> tuple[RenderJob, ...]:
        """The renders that something may still happen to, oldest first."""
        return tuple(job for job in self.renders.values() if not job.answer.stage.final)

    async def sweep(self) -> None:
        """Let go of sessions and videos that rest for too long. Safe to repeat."""
        now, limits = self.clock(), self.options.limits
        busy = {job.session for job in self.unfinished}
        for session in tuple(self.sessions.values()):
            rested = session.used_s < now - limits.session_idle_s and session.id not in busy
            if session.gone or rested:
                await self.let_go(session)
        for render, job in tuple(self.renders.items()):
            if job.answer.stage.final and job.used_s < now - limits.render_idle_s:
                self.renders.pop(render, None)
                job.video.unlink(missing_ok=True)

    async def let_go(self, session: Workspace) -> None:
        """Forget a session, its renders and their files. Safe to repeat."""
        self.sessions.pop(session.id, None)
        for render in [r for r, job in self.renders.items() if job.session == session.id]:
            self.renders.pop(render)
            await self.workshop.cancel(render)
        await self.workshop.forget(session.studio)
        shutil.rmtree(session.folder, ignore_errors=True)
