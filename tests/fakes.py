"""Stand-ins that mypy holds to the real contracts: no network, no clock, no engine."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
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
from mvpipe.errors import MvpipeError, Unreachable
from mvpipe.journal.book import Book
from mvpipe.journal.records import Intent, JobId, Outcome, Record, Stage
from mvpipe.model.canonical import Digest
from mvpipe.model.event import Event
from mvpipe.model.hints import MusicHints
from mvpipe.model.job import Export, Input, Prompt
from mvpipe.model.timeline import Timeline
from mvpipe.protocol.gui import Meant
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
    """Does what it is told; `timelines` are what prompts leave, `later` what reads find.

    `fails` is raised by a verb each time, `gone` once. `busy` is what reads tell, `hears` which
    steps are `taken` once a prompt was said. After `blind_after` reads the timeline cannot be
    read any more. A prompt costs `price`.
    """

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
    remote: bool = False
    balance: int | None = None
    frozen: int | None = None
    price: int = 0
    taken: frozenset[str] | None = None
    hears: frozenset[str] | None = None
    busy: Iterable[bool] = ()
    gone: dict[str, BaseException] = field(default_factory=dict)
    blind_after: int | None = None
    fetched: list[Callable[[Path], object]] = field(default_factory=list)
    lasting: frozenset[str] = frozenset()
    opens: str = "session"
    meant: tuple[Meant, ...] = ()

    def __post_init__(self) -> None:
        self.timelines = iter(self.timelines)
        self.later = iter(self.later)
        self.states = iter(self.states)
        self.busy = iter(self.busy)

    def _call(self, verb: str, what: str = "") -> None:
        self.calls.append(f"{verb} {what}".strip())
        if error := self.gone.pop(verb, None):
            raise error
        if error := self.fails.get(verb):
            raise error

    def identity(self) -> str:
        return "scripted/1"

    def lasts(self) -> bool:
        return self.remote

    def open(self, *, name: str, language: str, seed: int, hints: MusicHints) -> SessionId:
        self._call("open", name)
        return SessionId(self.opens)

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
        self.taken = self.taken if self.hears is None else self.hears
        if self.balance is not None:
            self.balance -= self.price
        return Turn(self.reply, self.ending, self.meant, self.problem)

    def timeline(self, session: SessionId) -> Snapshot:
        self.current = next(iter(self.later), self.current)
        if self.blind_after is not None:
            self.blind_after -= 1
            if self.blind_after < 0:
                raise Unreachable("nobody answers")
        busy = next(iter(self.busy), False)
        return replace(snapshot_of(self.current), taken=self.taken, busy=busy)

    def credits(self) -> Credits:
        return Credits(available=self.balance, frozen=self.frozen)

    def render(self, session: SessionId, *, export: Export, render: RenderId) -> None:
        self._call("render", export.id)

    def poll(self, render: RenderId) -> RenderState:
        self._call("poll")
        return next(iter(self.states))

    def fetch(self, render: RenderId, to: Path) -> tuple[str, ...]:
        self._call("fetch", to.name)
        for hears in self.fetched:
            hears(to)
        return ()

    def cancel(self, render: RenderId) -> None:
        self._call("cancel")

    def close(self) -> None:
        self._call("close")


_conforms: type[Backend] = ScriptedBackend


@dataclass(slots=True)
class Notebook:
    """A journal in memory."""

    kept: dict[tuple[JobId, str, Digest, int], Record] = field(default_factory=dict)
    now: Callable[[], float] = lambda: 0.0

    def intend(self, intent: Intent) -> None:
        key = (intent.job, intent.task, intent.key, intent.attempt)
        assert key not in self.kept, f"{intent.task} was tried under this number before"
        self.kept[key] = Record(intent, Outcome(Stage.INTENDED), intended_s=self.now())

    def accept(self, intent: Intent) -> None:
        self.end(intent, Outcome(Stage.ACCEPTED))

    def end(self, intent: Intent, outcome: Outcome) -> None:
        key = (intent.job, intent.task, intent.key, intent.attempt)
        self.kept[key] = replace(self.kept[key], outcome=outcome, ended_s=self.now())

    def records(self, jobs: Iterable[JobId]) -> dict[JobId, tuple[Record, ...]]:
        return {
            job: tuple(record for record in self.kept.values() if record.intent.job == job)
            for job in jobs
        }


_written: type[Book] = Notebook


class Refused(MvpipeError):
    """A failure for tests."""
