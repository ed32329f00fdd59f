"""Points at which a process can be made to die, set around the real parts of a run.

Every wrapper here hands all calls on to the real thing, and tells a `Fate` before and after.
"""

from __future__ import annotations

import os
import re
import signal
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from sqlite3 import Connection
from typing import Any
from urllib.parse import urlsplit

import requests

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
)
from mvpipe.backends.nemo.api import fresh_session
from mvpipe.disk import REAL, Files
from mvpipe.journal.book import Book
from mvpipe.journal.records import Intent, JobId, Outcome, Record, Stage
from mvpipe.model.hints import MusicHints
from mvpipe.model.job import Export, Input, Prompt

EXITED = 17
_IDS = re.compile(r"\d{6,}|render-[0-9a-f]{32}")


class Way(StrEnum):
    """How a process dies."""

    EXIT = "exit"
    KILL = "SIGKILL"
    TERM = "SIGTERM"

    @property
    def code(self) -> int:
        """What is said of a process that died so; who is terminated ends by itself."""
        return {Way.EXIT: EXITED, Way.KILL: -signal.SIGKILL, Way.TERM: 143}[self]

    def die(self) -> None:
        """Die, or be told to."""
        if self is Way.EXIT:
            os._exit(EXITED)
        os.kill(os.getpid(), signal.SIGKILL if self is Way.KILL else signal.SIGTERM)


def unnoted(_line: str) -> None:
    """Keep nothing."""


def unsaid() -> None:
    """Say nothing."""


@dataclass(slots=True)
class Fate:
    """Where a process dies and how; `note` is given every point that it comes to.

    A point is named by the task under way, what is done for it, and the how-manieth time that
    is. `count` says to die at so many points instead of at a name. `last` is called before.
    """

    point: str = ""
    way: Way = Way.EXIT
    count: int = 0
    note: Callable[[str], None] = unnoted
    last: Callable[[], None] = unsaid
    task: str = "begin"
    passed: int = 0
    seen: Counter[str] = field(default_factory=Counter)

    def at(self, what: str, *, most: int = 3) -> None:
        """Die here, if that is meant. After `most` times nobody counts any more."""
        name = f"{self.task}: {what}"
        self.seen[name] += 1
        number = self.seen[name]
        if number > most:
            return
        name += f" ({number})" if number > 1 else ""
        self.passed += 1
        self.note(name)
        if name == self.point or self.passed == self.count:
            self.last()
            self.way.die()

    @contextmanager
    def around(self, what: str, *, most: int = 3) -> Iterator[None]:
        """Have a point before the block, and one after it if it ends well."""
        self.at(f"before {what}", most=most)
        yield
        self.at(f"after {what}", most=most)

    def __reduce__(self) -> tuple[Callable[[], Fate], tuple[()]]:
        """Travel to workers of the same process as what is there already."""
        return _of_this_process, ()


_OURS: list[Fate] = []


def _of_this_process() -> Fate:
    return _OURS[-1]


def meet(fate: Fate) -> Fate:
    """Have `fate` be this process's."""
    _OURS.append(fate)
    return fate


@dataclass(frozen=True, slots=True)
class DyingDb:
    """A database; only its commits are told of, for nothing else can be seen from outside."""

    db: Connection
    fate: Fate

    @property
    def total_changes(self) -> int:
        return self.db.total_changes

    def execute(self, sql: str, parameters: Sequence[Any] = ()) -> object:
        if sql != "COMMIT":
            return self.db.execute(sql, parameters)
        with self.fate.around("the commit", most=9):
            return self.db.execute(sql)

    def close(self) -> None:
        self.db.close()


@dataclass(frozen=True, slots=True)
class DyingBook:
    """A journal; `done` hears of each outcome that is durable."""

    book: Book
    fate: Fate
    done: Callable[[str], None]

    def intend(self, intent: Intent) -> None:
        self.fate.task = intent.task
        with self.fate.around("the intent"):
            self.book.intend(intent)

    def accept(self, intent: Intent) -> None:
        with self.fate.around("the acceptance"):
            self.book.accept(intent)

    def end(self, intent: Intent, outcome: Outcome) -> None:
        with self.fate.around(f"the outcome {outcome.stage}"):
            self.book.end(intent, outcome)
            if outcome.stage is Stage.DONE:
                self.done(intent.task)

    def records(self, jobs: Iterable[JobId]) -> Mapping[JobId, tuple[Record, ...]]:
        with self.fate.around("the records"):
            return self.book.records(jobs)


_written: type[Book] = DyingBook


@dataclass(frozen=True, slots=True)
class DyingBackend:
    """A backend; `ordered` hears of every prompt and render that it takes."""

    inner: Backend
    fate: Fate
    ordered: Callable[[str], None]

    def identity(self) -> str:
        return self.inner.identity()

    def lasts(self) -> bool:
        return self.inner.lasts()

    def open(self, *, name: str, language: str, seed: int, hints: MusicHints) -> SessionId:
        with self.fate.around("open"):
            return self.inner.open(name=name, language=language, seed=seed, hints=hints)

    def resume(self, session: SessionId, *, uploaded: Sequence[Input]) -> bool:
        with self.fate.around("resume"):
            return self.inner.resume(session, uploaded=uploaded)

    def upload(self, session: SessionId, item: Input, *, progress: Percent) -> Uploaded:
        with self.fate.around("upload"):
            return self.inner.upload(session, item, progress=progress)

    def say(self, session: SessionId, prompt: Prompt, *, notice: Notice) -> Turn:
        with self.fate.around("say"):
            turn = self.inner.say(session, prompt, notice=notice)
            self.ordered(f"said {session} {prompt.id}")
            return turn

    def timeline(self, session: SessionId) -> Snapshot:
        with self.fate.around("timeline"):
            return self.inner.timeline(session)

    def credits(self) -> Credits:
        with self.fate.around("credits"):
            return self.inner.credits()

    def render(self, session: SessionId, *, export: Export, render: RenderId) -> None:
        with self.fate.around("render"):
            self.inner.render(session, export=export, render=render)
            self.ordered(f"rendered {export.id}")

    def poll(self, render: RenderId) -> RenderState:
        self.fate.at("before poll", most=1)
        state = self.inner.poll(render)
        done = state.status is RenderStatus.DONE  # what comes before that is a matter of time
        self.fate.at("after the last poll" if done else "after poll", most=1)
        return state

    def fetch(self, render: RenderId, to: Path) -> tuple[str, ...]:
        with self.fate.around("fetch"):
            return self.inner.fetch(render, to)

    def cancel(self, render: RenderId) -> None:
        with self.fate.around("cancel"):
            self.inner.cancel(render)

    def close(self) -> None:
        with self.fate.around("close"):
            self.inner.close()


_conforms: type[Backend] = DyingBackend


@dataclass(frozen=True, slots=True)
class DyingFiles:
    """The real disk. A write can be cut off in its middle, and a copy too."""

    fate: Fate

    def create(self, path: Path, *, private: bool) -> None:
        with self._around("create", path):
            REAL.create(path, private=private)

    def append(self, path: Path, content: bytes) -> None:
        half = len(content) // 2
        with self._around("append", path, most=2):  # how many there are is the network's choice
            REAL.append(path, content[:half])
            self.fate.at(f"halfway append {_kind(path)}", most=2)
            REAL.append(path, content[half:])

    def copy(self, source: Path, to: Path) -> None:
        with self._around("copy", to):
            content = source.read_bytes()
            to.write_bytes(content[: len(content) // 2])
            self.fate.at(f"halfway copy {_kind(to)}")
            to.write_bytes(content)

    def link(self, source: Path, to: Path) -> None:
        with self._around("link", to):
            REAL.link(source, to)

    def sync(self, path: Path) -> None:
        with self._around("sync", path):
            REAL.sync(path)

    def replace(self, source: Path, to: Path) -> None:
        with self._around("rename", to):
            REAL.replace(source, to)

    def sync_folder(self, folder: Path) -> None:
        with self.fate.around("sync folder"):
            REAL.sync_folder(folder)

    def unlink(self, path: Path) -> None:
        with self._around("unlink", path):
            REAL.unlink(path)

    def make_folder(self, folder: Path, *, private: bool) -> None:
        with self.fate.around("make folder"):
            REAL.make_folder(folder, private=private)

    def free_bytes(self, folder: Path) -> int:
        return REAL.free_bytes(folder)

    @contextmanager
    def _around(self, what: str, path: Path, *, most: int = 3) -> Iterator[None]:
        with self.fate.around(f"{what} {_kind(path)}", most=most):
            yield


_disk: type[Files] = DyingFiles


def _kind(path: Path) -> str:
    """Return a name that is the same in every run."""
    return "part" if path.suffix == ".part" else f"*{path.suffix}"


@dataclass(frozen=True, slots=True)
class _Raw:
    """A body that is read; the first piece is told of."""

    raw: Any
    fate: Fate
    name: str

    def read1(self, *arguments: Any, **more: Any) -> bytes:
        with self.fate.around(f"answer of {self.name}", most=1):
            content: bytes = self.raw.read1(*arguments, **more)
            return content

    def __getattr__(self, name: str) -> Any:
        return getattr(self.raw, name)


@dataclass(frozen=True, slots=True)
class DyingSession:
    """What sends requests."""

    fate: Fate
    session: requests.Session = field(default_factory=fresh_session)

    def request(self, method: str, url: str, **more: Any) -> requests.Response:
        name = f"{method} {_IDS.sub('*', urlsplit(url).path)}"
        once = 1 if "/render/" in name and method == "GET" else 3
        with self.fate.around(name, most=once):
            response = self.session.request(method, url, **more)
        response.raw = _Raw(response.raw, self.fate, name)
        return response
