"""Many lives of many jobs over a faulty service: nothing is sent twice, lost or wrong.

A seed that fails is printed with its whole trace; `python -m tests.simulation SEED` plays it
again.
"""

from __future__ import annotations

import multiprocessing
import os
import time
from collections import Counter
from collections.abc import Iterable, Mapping
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass

import pytest

from mvpipe.backends.base import Backend, Credits, Notice, SessionId, Turn
from mvpipe.errors import Unreachable
from mvpipe.journal.book import Book
from mvpipe.journal.records import Intent, JobId, Outcome, Record
from mvpipe.model.job import Prompt
from mvpipe.protocol.judge import Ending
from tests.simulation.play import Story, failing, play
from tests.simulation.world import Around

QUICK = range(50)
MANY = range(1000)


def test_whatever_goes_wrong_nothing_is_sent_twice_and_the_videos_are_right() -> None:
    assert [str(story) for story in failing(QUICK)] == []


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_a_thousand_seeds_break_no_law(capsys: pytest.CaptureFixture[str]) -> None:
    began = time.perf_counter()
    spawning = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(os.cpu_count(), mp_context=spawning) as pool:
        stories = list(pool.map(play, MANY, chunksize=25))
    took, ends = time.perf_counter() - began, Counter(story.runs[-1] for story in stories)
    worked = os.times().children_user + os.times().children_system
    told = f"{len(MANY)} seeds in {took:.0f} s, {worked:.0f} s of them at work: {dict(ends)}"
    with capsys.disabled():
        print(f"\n{told}")  # noqa: T201 - the time is a figure that was asked for
    assert [str(story) for story in stories if story.broken] == []


def test_a_seed_plays_the_same_each_time() -> None:
    assert play(7) == play(7)


def test_a_story_tells_its_seed_and_what_it_broke() -> None:
    story = Story(seed=12, broken=("a law: twice",), trace=("0.0 run 1 begins",))
    assert str(story).splitlines() == ["0.0 run 1 begins", "seed 12:", "  a law: twice"]


class _Changed:
    """A backend of which one verb is different."""

    def __init__(self, inner: Backend) -> None:
        self.inner = inner

    def __getattr__(self, name: str) -> object:
        return getattr(self.inner, name)


class SaysTwice(_Changed):
    """Answers a cut stream by saying the prompt again."""

    def say(self, session: SessionId, prompt: Prompt, *, notice: Notice) -> Turn:
        turn = self.inner.say(session, prompt, notice=notice)
        if turn.ending is Ending.CUT:
            return self.inner.say(session, prompt, notice=notice)
        return turn


class CallsItFailed(_Changed):
    """Takes a cut stream for a failure that had no effect."""

    def say(self, session: SessionId, prompt: Prompt, *, notice: Notice) -> Turn:
        turn = self.inner.say(session, prompt, notice=notice)
        if turn.ending is Ending.CUT:
            raise Unreachable("the stream was cut")
        return turn


class SeesNoCredits(_Changed):
    """Never looks at what there is to spend."""

    def credits(self) -> Credits:
        return Credits(available=None)


@dataclass(frozen=True, slots=True)
class Forgets:
    """A journal that everything is written to, and nothing ever read from."""

    book: Book

    def intend(self, intent: Intent) -> None:
        self.book.intend(intent)

    def accept(self, intent: Intent) -> None:
        self.book.accept(intent)

    def end(self, intent: Intent, outcome: Outcome) -> None:
        self.book.end(intent, outcome)

    def records(self, jobs: Iterable[JobId]) -> Mapping[JobId, tuple[Record, ...]]:
        return dict.fromkeys(jobs, ())


_conforms: type[Book] = Forgets


def laws_broken(**changed: object) -> set[str]:
    """Return the first laws that a changed runner breaks."""
    for story in failing(range(300), **changed):  # type: ignore[arg-type]  # by its own names
        return {what.partition(":")[0] for what in story.broken}
    return set()


@pytest.mark.parametrize(
    ("around", "law"),
    [
        (SaysTwice, "prompts_are_accepted_once"),
        (CallsItFailed, "the_journal_agrees_with_the_service"),
        (SeesNoCredits, "no_limit_is_passed"),
    ],
)
def test_the_simulation_notices_a_runner_that_says_a_prompt_twice_or_spends_too_much(
    around: Around, law: str
) -> None:
    assert law in laws_broken(around=around)


def test_the_simulation_notices_a_runner_that_forgets() -> None:
    assert laws_broken(shelf=Forgets)
