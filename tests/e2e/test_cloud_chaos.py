"""Many jobs against a server that falls silent and cuts streams: each edit arrives, once."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from mvpipe.backends.base import SessionId
from mvpipe.backends.nemo.connect import nemo_backend
from mvpipe.engine.direct.director import Situation, direct
from mvpipe.engine.studio.session import Heard
from mvpipe.engine.studio.state import RenderProgress
from mvpipe.model.event import JobFinished
from mvpipe.model.hints import MusicHints
from mvpipe.model.job import Export, Input, Job, Prompt
from mvpipe.model.timeline import Timeline
from mvpipe.runner.run import Runner
from mvpipe.runner.turn import FIRST_LOOK_S
from mvpipe.serve.chaos import Habit
from mvpipe.serve.workshop import Engine
from tests.direct_fixtures import CATALOGUE, song
from tests.fakes import FakeClock, Recorder
from tests.jobs import BACKEND, SONG, job, planned, prompt
from tests.serving import TOKEN, Served, options_in, serving

CHAOS = "silent=0.3,cut=0.1"
JOBS = 20
PROMPTS = 5
BEGINNINGS = (
    "generate a music video, a neon city",
    "generate a calm music video with aurora and mountains",
    "生成一个音乐视频，霓虹城市",
)
JOKE = "tell me a joke"
EDITS = (
    "make it darker",
    "make the cuts faster",
    "use only the tunnel in the drops",
    "more grain and warmer colours",
    'add the title "Night Drive" for the first 4 seconds',
    'add the text "over" from 0:10 to 0:12',
    "replace aurora with nebula",
    "9:16 for phones",
    "lower the music to 60 %",
    "make it furious",
    "9:16, please",
    JOKE,
)
"""The last two change nothing: one is done where both shapes are asked for, one cannot be."""
HEARD = song((("intro", 4, "A", 0.3), ("drop", 4, "B", 0.9)))
WAV = b"RIFF\x24\0\0\0WAVEfmt "


@dataclass(slots=True)
class Directing:
    """The real direction over a song that is known beforehand: the engine without its ears."""

    sessions: dict[str, tuple[int, Timeline | None]] = field(default_factory=dict)
    said: Counter[tuple[str, str]] = field(default_factory=Counter)

    def open(self, *, name: str, seed: int, hints: MusicHints) -> str:
        session = f"session-{len(self.sessions) + 1}"
        self.sessions[session] = (seed, None)
        return session

    def upload(self, session: str, item: Input, *, progress: Callable[[int], None]) -> Heard:
        return Heard(duration_ms=HEARD.duration_ms)

    def say(self, session: str, prompt: str, *, step: str) -> str:
        self.said[session, step] += 1
        seed, before = self.sessions[session]
        situation = Situation(
            before=before,
            music=HEARD,
            song="song",
            pictures=(),
            catalogue=CATALOGUE,
            seed=seed,
            step=step,
        )
        directed = direct(prompt, situation=situation)
        self.sessions[session] = (seed, directed.timeline)
        return directed.reply

    def timeline(self, session: str) -> Timeline | None:
        return self.sessions[session][1]

    def render(self, session: str, export: Export, *, render: str) -> None:
        raise NotImplementedError

    def poll(self, render: str) -> RenderProgress:
        raise NotImplementedError

    def fetch(self, render: str, to: Path) -> tuple[str, ...]:
        raise NotImplementedError

    def cancel(self, render: str) -> None:
        """Have nothing to stop."""

    def forget(self, session: str) -> None:
        """Have nothing to let go of."""

    def close(self) -> None:
        """Have nothing to let go of."""


_conforms: type[Engine] = Directing


def jobs(song_file: Path, *, seed: int) -> tuple[Job, ...]:
    """Return jobs of five prompts each, other ones for another seed."""
    dice = random.Random(seed)  # noqa: S311 - a test's dice
    item = replace(SONG, path=song_file)
    found = []
    for number in range(JOBS):
        texts = (dice.choice(BEGINNINGS), *dice.sample(EDITS, PROMPTS - 1))
        steps = [prompt(text, step=f"step-{n}") for n, text in enumerate(texts, start=1)]
        wanted = job(*steps, inputs=(item,))
        found.append(replace(wanted, name=f"job-{number}", seed=dice.randrange(1000)))
    return tuple(found)


def undisturbed(wanted: Job) -> Timeline | None:
    """Return the timeline that the same prompts leave where nothing is in the way."""
    engine = Directing()
    session = engine.open(name=wanted.name, seed=wanted.seed, hints=wanted.hints)
    for step in wanted.steps:
        assert isinstance(step, Prompt)
        engine.say(session, step.text, step=step.id)
    return engine.timeline(session)


@dataclass(frozen=True, slots=True)
class Told:
    """What came of all jobs, and every session's timeline as the client reads it."""

    ended: tuple[JobFinished, ...]
    timelines: dict[str, Timeline | None]
    waited_s: float


def a_song(folder: Path) -> Path:
    """Write what looks like a song to whoever only looks at its beginning."""
    path = folder / "song.wav"
    path.write_bytes(WAV)
    return path


@contextmanager
def chaotic(engine: Engine, folder: Path, *, chaos: str, seed: int = 0) -> Iterator[Served]:
    """Serve one engine on a real socket, misbehaving."""
    options = options_in(folder / "serve", chaos=chaos, seed=seed)
    with serving(options, make_engine=lambda _folder, _workers: engine) as served:
        yield served


def carried_out(served: Served, wanted: tuple[Job, ...], folder: Path) -> Told:
    """Run the jobs through the real client and runner; no wait takes any time."""
    clock, seen = FakeClock(), Recorder()
    environ = {
        "NEMO_API_URL": served.url,
        "NEMO_TOKEN": TOKEN,
        "XDG_CONFIG_HOME": str(folder / "config"),
    }
    backend = nemo_backend(environ, clock=clock, sleep=clock.sleep, state_dir=folder / "state")
    runner = Runner(backend=lambda _job: backend, observe=seen, clock=clock, sleep=clock.sleep)
    runner.run(planned(each, backend=BACKEND) for each in wanted)
    timelines = {
        place.name: backend.timeline(SessionId(place.id)).timeline
        for place in served.house.sessions.values()
    }
    backend.close()
    ended = tuple(event for event in seen.events if isinstance(event, JobFinished))
    return Told(ended, timelines, clock.now)


@pytest.mark.parametrize(
    "seed", [0, *(pytest.param(n, marks=pytest.mark.slow) for n in range(1, 10))]
)
def test_no_edit_is_lost_or_made_twice_by_silence_and_cuts(seed: int, tmp_path: Path) -> None:
    engine, wanted = Directing(), jobs(a_song(tmp_path), seed=seed)
    with chaotic(engine, tmp_path, chaos=CHAOS, seed=seed) as served:
        told = carried_out(served, wanted, tmp_path)
        asked = [place.turns for place in served.house.sessions.values()]
        chaos = served.house.dice.chaos
    assert [event.problem for event in told.ended] == [""] * JOBS
    assert told.timelines == {each.name: undisturbed(each) for each in wanted}
    assert set(engine.said.values()) == {1}
    assert (engine.said.total(), asked) == (JOBS * PROMPTS, [PROMPTS] * JOBS)
    for habit in (Habit.SILENT, Habit.CUT):
        assert any(chaos.strikes(habit, turn=n) for n in range(JOBS * PROMPTS))


def test_a_cut_answer_to_what_changes_nothing_fails_no_job(tmp_path: Path) -> None:
    item = replace(SONG, path=a_song(tmp_path))
    steps = (prompt(BEGINNINGS[0], step="step-1"), prompt(JOKE, step="step-2"))
    engine, wanted = Directing(), job(*steps, inputs=(item,))
    with chaotic(engine, tmp_path, chaos="cut") as served:
        told = carried_out(served, (wanted,), tmp_path)
    assert [event.problem for event in told.ended] == [""]
    assert told.timelines == {wanted.name: undisturbed(wanted)}
    assert set(engine.said.values()) == {1}
    assert told.waited_s == FIRST_LOOK_S
