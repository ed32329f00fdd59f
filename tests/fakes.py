"""Stand-ins that mypy holds to the real contracts: no network, no clock, no engine."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from mvpipe.backends.base import (
    Backend,
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
from mvpipe.errors import MvpipeError
from mvpipe.model.event import Event
from mvpipe.model.hints import MusicHints
from mvpipe.model.job import Export, Input, Prompt
from mvpipe.model.timeline import Timeline
from mvpipe.protocol.judge import Ending


@dataclass(slots=True)
class FakeClock:
    """Time that moves only when somebody sleeps."""

    now: float = 0.0

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds


@dataclass(slots=True)
class Recorder:
    """An observer that keeps everything it is told."""

    events: list[Event] = field(default_factory=list)

    def __call__(self, event: Event) -> None:
        self.events.append(event)

    def of(self, *kinds: type[Event]) -> list[Event]:
        return [event for event in self.events if isinstance(event, kinds)]


@dataclass(slots=True)
class ScriptedBackend:
    """Does what it is told; `timelines` are what prompts leave, `later` what reads find."""

    timelines: Iterable[Timeline | None] = ()
    reply: str = "done"
    ending: Ending = Ending.CLOSED
    problem: str = ""
    later: Iterable[Timeline | None] = ()
    durations: dict[str, int] = field(default_factory=dict)
    states: Iterable[RenderState] = (RenderState(RenderStatus.DONE, 10, 10),)
    fails: dict[str, BaseException] = field(default_factory=dict)
    calls: list[str] = field(default_factory=list)
    current: Timeline | None = None
    lasting: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        self.timelines = iter(self.timelines)
        self.later = iter(self.later)
        self.states = iter(self.states)

    def _call(self, verb: str, what: str = "") -> None:
        self.calls.append(f"{verb} {what}".strip())
        if error := self.fails.get(verb):
            raise error

    def identity(self) -> str:
        return "scripted/1"

    def open(self, *, name: str, language: str, seed: int, hints: MusicHints) -> SessionId:
        self._call("open", name)
        return SessionId("session")

    def resume(self, session: SessionId, *, uploaded: Sequence[Input]) -> bool:
        self._call("resume", session)
        return session in self.lasting

    def upload(self, session: SessionId, item: Input, *, progress: Percent) -> Uploaded:
        self._call("upload", item.id)
        progress(50)
        return Uploaded(item.id, self.durations.get(item.id), notes=("the beat is uncertain",))

    def say(self, session: SessionId, prompt: Prompt, *, notice: Notice) -> Turn:
        self._call("say", prompt.text)
        self.current = next(iter(self.timelines), self.current)
        return Turn(self.reply, self.ending, problem=self.problem)

    def timeline(self, session: SessionId) -> Snapshot:
        self.current = next(iter(self.later), self.current)
        return snapshot_of(self.current)

    def credits(self) -> Credits:
        return Credits(available=None)

    def render(self, session: SessionId, *, export: Export, render: RenderId) -> None:
        self._call("render", export.id)

    def poll(self, render: RenderId) -> RenderState:
        self._call("poll")
        return next(iter(self.states))

    def fetch(self, render: RenderId, to: Path) -> tuple[str, ...]:
        self._call("fetch", to.name)
        return ()

    def cancel(self, render: RenderId) -> None:
        self._call("cancel")

    def close(self) -> None:
        self._call("close")


_conforms: type[Backend] = ScriptedBackend


class Refused(MvpipeError):
    """A failure for tests."""
