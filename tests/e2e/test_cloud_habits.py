"""Every habit of `mvpipe serve --chaos` that a job can notice, and what comes of the job."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest

from mvpipe.errors import Exit
from tests.e2e.clouds import TOKEN as SERVED
from tests.e2e.clouds import cloud, ran
from tests.e2e.error_table import FREE
from tests.e2e.virtual import carried_out, failure_in, write_job
from tests.evil import (
    VIDEO,
)
from tests.serving import TOKEN as OWN
from tests.serving import QuickStudio, options_in, serving


@dataclass(frozen=True, slots=True)
class Habit:
    """What `mvpipe serve --chaos` does to a job."""

    chaos: str
    exit: Exit = Exit.DONE
    problem: str = ""
    waits: tuple[float, ...] = ()
    token: str | None = OWN
    song: str = "song.wav"
    told: str = ""
    seed: int = 0


HABITS: dict[str, Habit] = {
    "a call refused as too often is made once more": Habit("429=1", waits=(30,)),
    "a free token that expires is replaced": Habit("expire-token=3", token=FREE),
    "the server's own token that expires is not": Habit(
        "expire-token=3",
        Exit.TOKEN,
        "the service does not accept the token, or it has expired: 'token expired'",
    ),
    "a session that is forgotten is begun anew": Habit(
        "gone-session=3", told="note: the session is gone; starting in a new one"
    ),
    "no credits are left": Habit(
        "no-credits",
        Exit.CREDITS,
        "there are not enough credits left: 'insufficient credits'",
        token=FREE,
        told="  hint: register at https://nemovideo.com/register?bind=anon_",
    ),
    "an export is a matter of the plan": Habit(
        "plan-402",
        Exit.TOKEN,
        "the account's plan does not allow this; it is not a matter of credits:"
        " 'export requires account'",
    ),
    "an export says who asks for it": Habit("attribution"),
    "FLAC goes again as WAV": Habit(
        "no-flac",
        song="song.flac",
        told="note: 'song.flac' went as WAV: the service takes no FLAC",
    ),
    "a sign-in page is no answer": Habit(
        "html",
        Exit.UNREACHABLE,
        "the answer is no JSON: '<!doctype html><title>Sign in</title><h1>Welcome to this"
        " network</h1>'",
    ),
    "half an answer is none": Habit(
        "bad-json", Exit.UNREACHABLE, """the answer is no JSON: '{"code":0,"data":{"se'"""
    ),
    "a server in trouble is given up in the end": Habit(
        "5xx",
        Exit.UNREACHABLE,
        "the service is in trouble (503): 'upstream connect error'",
        waits=(1, 2, 4, 8, 16, 30),
    ),
    "a render that fails is ordered once more": Habit(
        "render-fails=1", told="'the render worker was lost'; ordering it once more"
    ),
    "a render that fails twice ends the job": Habit(
        "render-fails=2",
        Exit.FAILED,
        "the service could not render it: 'the render worker was lost'",
    ),
    "a prompt that surely never arrived is said once more": Habit(
        "lost=0.5",
        seed=8,
        waits=(30,),
        told="note: the connection broke before the prompt arrived; saying it again",
    ),
    "a prompt that never arrives is not said a third time": Habit(
        "lost",
        Exit.UNREACHABLE,
        "the connection broke before the prompt arrived",
        waits=(30, 30),
    ),
    "renders may answer flat": Habit("p2"),
    "renders may answer in both forms": Habit("p1+p2"),
    "streams may speak flat events": Habit("e2,heartbeats=3"),
    "streams may speak bare text": Habit("e3,noise"),
    "half a video is fetched to its end": Habit("wrong-length=0.5"),
}


def prepared(habit: Habit, folder: Path, *, url: str, environ: pytest.MonkeyPatch) -> None:
    """Write the job and its song, and have the server be the service."""
    write_job(folder, habit.song)
    environ.setenv("NEMO_API_URL", url)
    if habit.token is not None:
        environ.setenv("NEMO_TOKEN", habit.token)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize("sentence", HABITS)
def test_against_a_server_that_misbehaves(
    sentence: str, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    habit = HABITS[sentence]
    engine = QuickStudio(video=VIDEO)
    with serving(
        options_in(folder / "serve", chaos=habit.chaos, seed=habit.seed),
        make_engine=lambda _folder, _workers: engine,
    ) as served:
        prepared(habit, folder, url=served.url, environ=monkeypatch)
        told = carried_out(folder)
    problem, hint = failure_in(told.err)
    assert (problem, told.exit, told.waits) == (habit.problem, habit.exit, habit.waits)
    assert bool(hint) == bool(problem)
    assert habit.told in told.err
    assert len(engine.said) <= 1
    video = folder / "out" / "song.mp4"
    assert video.exists() == (habit.exit is Exit.DONE)
    assert not video.exists() or video.read_bytes() == VIDEO


IN_PROCESSES = (
    "a free token that expires is replaced",
    "a session that is forgotten is begun anew",
    "no credits are left",
    "an export is a matter of the plan",
    "FLAC goes again as WAV",
    "a sign-in page is no answer",
)


@pytest.mark.slow
@pytest.mark.timeout(180)
@pytest.mark.parametrize("sentence", IN_PROCESSES)
def test_between_two_processes(sentence: str, folder: Path, tmp_path: Path) -> None:
    habit = HABITS[sentence]
    write_job(folder, habit.song)
    with cloud(tmp_path / "service", "--chaos", habit.chaos) as service:
        environ = {**service.environ, "NEMO_TOKEN": "" if habit.token is FREE else SERVED}
        done = ran(folder, "run", "--backend", "nemo", environ=environ)
    problem, hint = failure_in(done.err)
    assert (problem, done.code) == (habit.problem, habit.exit)
    assert bool(hint) == bool(problem)
    assert habit.told in done.err
    assert (folder / "out" / "song.mp4").exists() == (habit.exit is Exit.DONE)
