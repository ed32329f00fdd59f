"""Stopped in the middle of a render: nothing half is left, and nobody."""

from __future__ import annotations

import os
import select
import signal
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from tests.e2e.cli import Ended, ended, under_way, write_job, write_song

pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(120),
    pytest.mark.skipif(
        not hasattr(os, "pidfd_open") or not Path("/proc/self/task").exists(),
        reason="looks at processes as Linux shows them",
    ),
]

LONG_BARS = 45


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write_song(tmp_path, bars=LONG_BARS)
    write_job(tmp_path)
    return tmp_path


def children(pid: int) -> list[int]:
    """Return every process under `pid`."""
    listed = Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").split()
    own = [int(child) for child in listed]
    return own + [grandchild for child in own for grandchild in children(child)]


@contextmanager
def watched(process: subprocess.Popen[str]) -> Iterator[list[int]]:
    """Give a handle for each process under this one; a handle can be read when it is gone."""
    with ExitStack() as stack:
        handles = [os.pidfd_open(pid) for pid in children(process.pid)]
        for handle in handles:
            stack.callback(os.close, handle)
        yield handles


def wait_until_gone(handles: list[int]) -> None:
    for handle in handles:
        select.select([handle], [], [])


def left(own_home: Path) -> list[str]:
    """Return the files of renders that lie around."""
    return [path.name for path in own_home.glob("**/work/**/*")]


@pytest.mark.parametrize(
    ("number", "code", "word"),
    [
        (signal.SIGINT, 130, "interrupted"),
        (signal.SIGTERM, 143, "terminated"),
    ],
)
def test_a_stopped_run_says_so_and_leaves_no_file_and_no_process(
    folder: Path, own_home: Path, number: signal.Signals, code: int, word: str
) -> None:
    with under_way(folder) as (process, said), watched(process) as handles:
        assert len(handles) >= 2
        process.send_signal(number)
        done = ended(process, said=said)
        wait_until_gone(handles)
    assert (done.code, done.err.count("\n")) == (code, 1)
    assert done.err.startswith(f"mvpipe: {word}; ")
    stopped, last = done.events[-2:]
    assert (stopped["event"], stopped["ok"], stopped["problem"]) == (
        "job-finished",
        False,
        "interrupted",
    )
    assert (last["event"], last["failed"]) == ("run-finished", 1)
    assert not (folder / "out").exists()
    assert left(own_home) == []


def test_ctrl_c_in_a_terminal_reaches_everybody_and_is_still_clean(
    folder: Path, own_home: Path
) -> None:
    with under_way(folder) as (process, said), watched(process) as handles:
        os.killpg(process.pid, signal.SIGINT)
        done = ended(process, said=said)
        wait_until_gone(handles)
    assert (done.code, done.err.count("\n")) == (130, 1)
    assert left(own_home) == []


def test_a_stopped_run_keeps_the_video_that_was_there(folder: Path) -> None:
    video = folder / "out" / "song.mp4"
    video.parent.mkdir()
    video.write_bytes(b"an older one")
    with under_way(folder) as (process, said):
        process.send_signal(signal.SIGINT)
        assert ended(process, said=said).code == 130
    assert video.read_bytes() == b"an older one"
    assert [path.name for path in video.parent.iterdir()] == ["song.mp4"]


def test_two_impatient_signals_leave_nobody_behind_either(folder: Path) -> None:
    with under_way(folder) as (process, said), watched(process) as handles:
        process.send_signal(signal.SIGINT)
        process.send_signal(signal.SIGINT)
        assert ended(process, said=said).code in {130, -signal.SIGINT, 1}
        wait_until_gone(handles)
    assert not (folder / "out").exists()


def test_workers_whose_parent_was_killed_leave_by_themselves(folder: Path) -> None:
    with under_way(folder) as (process, _), watched(process) as handles:
        process.kill()
        process.communicate()
        wait_until_gone(handles)
    assert not (folder / "out").exists()


def test_a_worker_that_was_killed_fails_the_job_in_one_sentence(
    folder: Path, own_home: Path
) -> None:
    with under_way(folder, "-j", "2") as (process, said), watched(process) as handles:
        os.kill(worker_of(process), signal.SIGKILL)
        done: Ended = ended(process, said=said)
        wait_until_gone(handles)
    failed = next(event for event in done.events if event["event"] == "job-finished")
    assert (done.code, done.err) == (1, "")
    assert failed["problem"] == "a worker process was ended from outside (SIGKILL)"
    assert "memory" in failed["hint"]
    assert not (folder / "out").exists()
    assert left(own_home) == []


def worker_of(process: subprocess.Popen[str]) -> int:
    """Return one process that renders: not the one that tracks shared memory."""
    for pid in children(process.pid):
        if b"spawn_main" in Path(f"/proc/{pid}/cmdline").read_bytes():
            return pid
    raise AssertionError("there is no worker")


def test_a_reader_that_goes_away_ends_the_run_in_silence(folder: Path, own_home: Path) -> None:
    with under_way(folder) as (process, _), watched(process) as handles:
        assert process.stdout is not None
        process.stdout.close()
        process.wait()
        wait_until_gone(handles)
        assert process.stderr is not None
        assert process.stderr.read() == ""
        process.stderr.close()
    assert process.returncode == 1
    assert left(own_home) == []
