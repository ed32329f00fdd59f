"""The processes that read songs: limited, heard, ended."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from mvpipe.watch.children import Child, Children, Planned, RealChild, Wanted
from mvpipe.watch.flow import Ended

if sys.platform == "win32":
    pytest.skip("limits are for POSIX", allow_module_level=True)

import resource

from mvpipe.watch.limited import Most, limits, lower

MOST = Most(cpu_s=60, memory_bytes=2**33, file_bytes=2**20)
JOB = (
    'mvpipe: 1\ninputs: ["${{ file.path }}"]\nsteps: [generate a video]\nexports: [out/a.mp4]\n'
)


def ended(child: Child) -> Ended:
    """Wait for a real process."""
    assert isinstance(child, RealChild)
    child._process.wait()  # with a time it would sleep
    found = child.poll()
    assert found is not None
    return found


def spoken(
    folder: Path, *events: Mapping[str, object], code: int = 0, err: str = ""
) -> RealChild:
    """Return a child that says `events` and ends."""
    (folder / "out").write_text("".join(json.dumps(event) + "\n" for event in events))
    (folder / "err").write_text(err)

    class Over:
        pid = 0

        def poll(self) -> int:
            return code

        def terminate(self) -> None:
            raise ProcessLookupError

    return RealChild(Over(), folder / "out", folder / "err")  # type: ignore[arg-type]  # it has ended


@pytest.fixture
def wanted(tmp_path: Path) -> Wanted:
    (tmp_path / "reel.mvpipe.yaml").write_text(JOB)
    (tmp_path / "song.mp3").write_bytes(b"junk")
    return Wanted(
        song=tmp_path / "song.mp3",
        job=tmp_path / "reel.mvpipe.yaml",
        text=None,
        folder=tmp_path,
        state=tmp_path / "state",
        workers=1,
        time_s=60.0,
    )


def test_outputs_are_those_of_every_job_that_ended(tmp_path: Path) -> None:
    done = {"event": "job-finished", "ok": True, "outputs": ["/out/a.mp4", "/out/b.mp4"]}
    child = spoken(tmp_path, {"event": "run-started"}, done)
    assert child.poll() == Ended(0, outputs=(Path("/out/a.mp4"), Path("/out/b.mp4")))


def test_a_problem_is_what_the_run_said_on_one_harmless_line(tmp_path: Path) -> None:
    wrong = {"event": "job-finished", "ok": False, "problem": "a\x1b[2Jb\nc", "hint": "d"}
    child = spoken(tmp_path, wrong, code=1, err="mvpipe: something else")
    assert child.poll() == Ended(1, problem="a [2Jb c", hint="d")


def test_where_no_job_ended_the_last_words_count(tmp_path: Path) -> None:
    child = spoken(tmp_path, code=3, err="\n".join(f"line {n}" for n in range(99)))
    told = child.poll()
    assert told is not None
    assert told.problem.startswith("line 93 line 94")


def test_progress_is_the_last_that_was_said(tmp_path: Path) -> None:
    events = [{"event": "progress", "done": n, "total": 8} for n in (1, 2)]
    assert spoken(tmp_path, *events).done() == 0.25
    assert spoken(tmp_path).done() is None


def test_a_child_that_was_asked_to_end_says_so_however_it_ends(tmp_path: Path) -> None:
    child = spoken(tmp_path, code=1)
    child.stop()
    told = child.poll()
    assert told is not None
    assert (told.asked, told.late) == (True, False)
    child = spoken(tmp_path, code=1)
    child.stop(late=True)
    told = child.poll()
    assert told is not None
    assert (told.asked, told.late) == (False, True)
    child.close()
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("said", ["", "[]", '{"jobs": [{}]}', "{"])
def test_a_plan_that_makes_no_sense_is_none(tmp_path: Path, said: str) -> None:
    child = spoken(tmp_path)
    (tmp_path / "out").write_text(said)
    assert child.planned() is None


def test_limits_are_set_before_the_command_begins() -> None:
    seen = dict(limits(MOST))
    assert seen[resource.RLIMIT_FSIZE] == 2**20
    assert seen[resource.RLIMIT_CORE] == 0
    command = MOST.command(["/bin/true"])
    assert command[1:3] == ["-m", "mvpipe.watch.limited"]
    assert json.loads(command[3])["cpu_s"] == 60


def test_a_limit_is_lowered_and_never_raised() -> None:
    soft, most = resource.getrlimit(resource.RLIMIT_CORE)
    try:
        lower(resource.RLIMIT_CORE, 0)
        assert resource.getrlimit(resource.RLIMIT_CORE) == (0, most)
    finally:
        resource.setrlimit(resource.RLIMIT_CORE, (soft, most))


@pytest.mark.slow
def test_a_plan_says_what_would_be_made(tmp_path: Path, wanted: Wanted) -> None:
    child = Children(tmp_path / "said", os.environ).plan(wanted)
    assert ended(child).code == 0
    assert child.planned() == Planned((tmp_path / "out" / "a.mp4",), credits=0, cloud=False)
    child.close()
    assert list((tmp_path / "said").iterdir()) == []


@pytest.mark.slow
def test_a_job_from_the_inbox_is_read_as_if_it_were_the_operators(
    tmp_path: Path, wanted: Wanted
) -> None:
    text = JOB.replace("out/a.mp4", "out/mine.mp4")
    child = Children(tmp_path / "said", os.environ).plan(_with_text(wanted, text))
    assert ended(child).code == 0
    planned = child.planned()
    assert planned is not None
    assert planned.outputs == (tmp_path / "out" / "mine.mp4",)
    bad = _with_text(wanted, JOB.replace("out/a.mp4", "/etc/a.mp4"))
    assert ended(Children(tmp_path / "said", os.environ).plan(bad)).code == 3


def _with_text(wanted: Wanted, text: str) -> Wanted:
    return replace(wanted, text=text)


@pytest.mark.slow
def test_a_song_that_is_none_fails_in_its_own_process(tmp_path: Path, wanted: Wanted) -> None:
    told = ended(Children(tmp_path / "said", os.environ).render(wanted))
    assert told.code == 1
    assert "song.mp3" in told.problem


@pytest.mark.slow
def test_a_child_is_killed_with_all_that_it_started(tmp_path: Path, wanted: Wanted) -> None:
    child = Children(tmp_path / "said", os.environ).render(wanted)
    assert child.poll() is None
    child.kill()
    assert ended(child).code == -9
    child.kill()
