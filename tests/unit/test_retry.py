"""Which errors are waited out, and which calls are never made twice."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from mvpipe.backends.base import Backend, RenderId, SessionId
from mvpipe.backends.nemo.api import AnswerLost
from mvpipe.backends.retry import RetryingBackend
from mvpipe.errors import (
    BadAnswer,
    MvpipeError,
    OutOfCredits,
    PlanRefused,
    RateLimited,
    TokenRefused,
    Unreachable,
    UnsupportedMedia,
)
from mvpipe.model.hints import MusicHints
from tests.fakes import FakeClock, ScriptedBackend
from tests.jobs import SONG, export, prompt

SESSION, RENDER = SessionId("session"), RenderId("render")


@dataclass(slots=True)
class Waiting:
    """A backend that fails for a while, and everything that was waited and said."""

    inner: ScriptedBackend
    heals_after_s: float = float("inf")
    clock: FakeClock = field(default_factory=FakeClock)
    waits: list[float] = field(default_factory=list)
    said: list[str] = field(default_factory=list)

    @property
    def backend(self) -> RetryingBackend:
        return RetryingBackend(
            self.inner, sleep=self.sleep, clock=self.clock, observe=self.said.append
        )

    def sleep(self, seconds: float) -> None:
        self.waits.append(seconds)
        self.clock.sleep(seconds)
        if self.clock.now >= self.heals_after_s:
            self.inner.fails.clear()


SAFE: dict[str, Callable[[Backend], object]] = {
    "upload": lambda b: b.upload(SESSION, SONG, progress=lambda _: None),
    "poll": lambda b: b.poll(RENDER),
    "fetch": lambda b: b.fetch(RENDER, Path("out.mp4")),
}
UNSAFE: dict[str, Callable[[Backend], object]] = {
    "open": lambda b: b.open(name="a", language="en", seed=1, hints=MusicHints()),
    "say": lambda b: b.say(SESSION, prompt("x"), notice=lambda _: None),
    "render": lambda b: b.render(SESSION, export=export(), render=RENDER),
}


def waiting(verb: str, error: MvpipeError, *, heals_after_s: float = float("inf")) -> Waiting:
    return Waiting(ScriptedBackend(fails={verb: error}), heals_after_s)


@pytest.mark.parametrize("verb", SAFE)
@pytest.mark.parametrize("error", [Unreachable("down"), AnswerLost("down")])
def test_what_is_safe_is_tried_until_it_works(verb: str, error: MvpipeError) -> None:
    outage = waiting(verb, error, heals_after_s=7)
    SAFE[verb](outage.backend)
    assert outage.waits == [1, 2, 4]
    assert len(outage.inner.calls) == 4
    assert outage.said[0] == "down; trying again in 1 s"


@pytest.mark.parametrize("verb", UNSAFE)
def test_what_may_count_twice_is_never_repeated(verb: str) -> None:
    outage = waiting(verb, Unreachable("down"))
    with pytest.raises(Unreachable):
        UNSAFE[verb](outage.backend)
    assert len(outage.inner.calls) == 1
    assert outage.waits == []


@pytest.mark.parametrize(
    "kind", [TokenRefused, PlanRefused, OutOfCredits, UnsupportedMedia, BadAnswer]
)
def test_a_refusal_stays_one(kind: type[MvpipeError]) -> None:
    refused = waiting("upload", kind("no"))
    with pytest.raises(kind):
        SAFE["upload"](refused.backend)
    assert len(refused.inner.calls) == 1


def test_too_often_is_waited_out_once() -> None:
    limited = waiting("poll", RateLimited("too often"))
    with pytest.raises(RateLimited):
        SAFE["poll"](limited.backend)
    assert limited.waits == [30]


def test_an_outage_is_given_up_in_the_end_and_waits_have_a_cap() -> None:
    outage = waiting("poll", Unreachable("down"))
    with pytest.raises(Unreachable):
        SAFE["poll"](outage.backend)
    assert outage.waits == [1, 2, 4, 8, 16, 30]


def test_whoever_cancels_is_not_kept_waiting() -> None:
    outage = waiting("cancel", Unreachable("down"))
    with pytest.raises(Unreachable):
        outage.backend.cancel(RENDER)
    assert outage.clock.now <= 2


def test_everything_else_goes_through() -> None:
    backend = Waiting(ScriptedBackend()).backend
    assert backend.identity() == "scripted/1"
    assert backend.credits().available is None
    assert backend.timeline(SESSION).timeline is None
    for verb in UNSAFE.values():
        verb(backend)
    backend.close()
