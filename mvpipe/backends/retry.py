"""A backend that tries again: what is safe to repeat, after what may pass. Nothing else.

Prompts, orders to render and new sessions are never repeated here, since each may count twice.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from mvpipe.backends.base import (
    Backend,
    Credits,
    Notice,
    Percent,
    RenderId,
    RenderState,
    SessionId,
    Snapshot,
    Turn,
    Uploaded,
)
from mvpipe.errors import MvpipeError, RateLimited, Unreachable
from mvpipe.model.hints import MusicHints
from mvpipe.model.job import Export, Input, Prompt

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Policy:
    """How often to repeat and how long to wait: `first_s`, doubling, at most `most_s`."""

    repeats: int
    first_s: float
    most_s: float

    def wait_s(self, repeated: int) -> float:
        """Return the wait after `repeated` repeats."""
        return min(self.most_s, self.first_s * 2.0 ** min(repeated, 30))


NEVER = Policy(repeats=0, first_s=0, most_s=0)
POLICIES: Mapping[type[MvpipeError], Policy] = {
    Unreachable: Policy(repeats=6, first_s=1, most_s=30),
    RateLimited: Policy(repeats=1, first_s=30, most_s=30),
}
"""By class, for its subclasses too; whatever is not listed is never repeated: a refusal of the
token, the plan, the credits or the file stays one."""

MOST_S = 600.0
"""No call is repeated after this long, whatever the policy."""
CANCEL_S = 2.0
"""Whoever cancels is leaving: the same, for cancelling."""


def policy_of(error: MvpipeError) -> Policy:
    """Return what to do about an error."""
    return next((POLICIES[kind] for kind in type(error).__mro__ if kind in POLICIES), NEVER)


@dataclass(frozen=True, slots=True)
class RetryingBackend:
    """A backend whose safe verbs are repeated; `observe` hears of each repeat in a sentence."""

    inner: Backend
    sleep: Callable[[float], None]
    clock: Callable[[], float]
    observe: Notice

    def identity(self) -> str:
        return self.inner.identity()

    def lasts(self) -> bool:
        return self.inner.lasts()

    def open(self, *, name: str, language: str, seed: int, hints: MusicHints) -> SessionId:
        return self.inner.open(name=name, language=language, seed=seed, hints=hints)

    def resume(self, session: SessionId, *, uploaded: Sequence[Input]) -> bool:
        return self._insist(lambda: self.inner.resume(session, uploaded=uploaded))

    def upload(self, session: SessionId, item: Input, *, progress: Percent) -> Uploaded:
        return self._insist(lambda: self.inner.upload(session, item, progress=progress))

    def say(self, session: SessionId, prompt: Prompt, *, notice: Notice) -> Turn:
        return self.inner.say(session, prompt, notice=notice)

    def timeline(self, session: SessionId) -> Snapshot:
        return self._insist(lambda: self.inner.timeline(session))

    def credits(self) -> Credits:
        return self._insist(self.inner.credits)

    def render(self, session: SessionId, *, export: Export, render: RenderId) -> None:
        self.inner.render(session, export=export, render=render)

    def poll(self, render: RenderId) -> RenderState:
        return self._insist(lambda: self.inner.poll(render))

    def fetch(self, render: RenderId, to: Path) -> tuple[str, ...]:
        return self._insist(lambda: self.inner.fetch(render, to))

    def cancel(self, render: RenderId) -> None:
        self._insist(lambda: self.inner.cancel(render), most_s=CANCEL_S)

    def close(self) -> None:
        self.inner.close()

    def _insist(self, attempt: Callable[[], T], *, most_s: float = MOST_S) -> T:
        """Return what an attempt gives, repeating it as the policy of its error says."""
        until, repeated = self.clock() + most_s, 0
        while True:
            try:
                return attempt()
            except MvpipeError as error:
                policy = policy_of(error)
                wait = policy.wait_s(repeated)
                if repeated >= policy.repeats or self.clock() + wait > until:
                    raise
                self.observe(f"{error}; trying again in {wait:.0f} s")
            repeated += 1
            self.sleep(wait)


_conforms: type[Backend] = RetryingBackend
