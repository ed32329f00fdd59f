"""Processes that write one journal together, and die over it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from mvpipe.journal.records import JobId, Stage
from tests.journals import intent, opened

pytestmark = pytest.mark.slow

WRITER = """
import sys, time
from pathlib import Path
from mvpipe.journal.records import JobId, Outcome, Stage
from mvpipe.journal.store import Journal
from tests.journals import intent

path, job, count = Path(sys.argv[1]), JobId(sys.argv[2]), int(sys.argv[3])
with Journal.open(path, now=time.time) as journal:
    first = len(journal.records([job])[job])
    for number in range(first, first + count):
        said = intent(f"say {number}", job=job)
        journal.intend(said)
        print(number, "intended", flush=True)
        journal.end(said, Outcome(Stage.DONE))
        print(number, "done", flush=True)
"""


def writer(path: Path, job: str, *, count: int) -> subprocess.Popen[str]:
    """Start a process that writes records, and says so each time."""
    command = [sys.executable, "-c", WRITER, str(path), job, str(count)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


def test_eight_that_make_and_write_a_journal_at_once_lose_nothing(tmp_path: Path) -> None:
    path = tmp_path / "state" / "journal.db"
    writers = [writer(path, f"job {number}", count=10) for number in range(8)]
    for process in writers:
        process.communicate()
    assert [process.returncode for process in writers] == [0] * 8
    with opened(path, writable=False) as journal:
        found = journal.records([JobId(f"job {number}") for number in range(8)])
    for records in found.values():
        assert [record.intent.task for record in records] == [f"say {n}" for n in range(10)]
        assert {record.stage for record in records} == {Stage.DONE}


@pytest.mark.skipif(os.name == "nt", reason="SIGKILL")
def test_what_a_killed_process_was_told_is_kept_is_there(tmp_path: Path) -> None:
    path, job = tmp_path / "journal.db", JobId("job")
    told: dict[str, str] = {}
    for lines in (1, 2, 3, 7, 20, 33):
        with writer(path, job, count=1000) as process:
            assert process.stdout is not None
            said = [process.stdout.readline() for _ in range(lines)]
            process.send_signal(signal.SIGKILL)
            said += process.stdout.readlines()
        told.update((number, stage) for number, stage in map(str.split, said))
        with opened(path, writable=False) as journal:
            kept = {record.intent.task: record.stage for record in journal.records([job])[job]}
        for number, stage in told.items():
            assert kept[f"say {number}"] in {Stage(stage), Stage.DONE}
        assert len(kept) - len(told) <= 1
        told = {task.removeprefix("say "): stage.value for task, stage in kept.items()}


def test_a_look_while_others_write_is_always_a_moment_of_theirs(tmp_path: Path) -> None:
    path, job = tmp_path / "journal.db", JobId("job")
    with opened(path) as journal:
        journal.intend(intent("first", job=job))
    known = 0
    with writer(path, job, count=60) as process:
        while process.poll() is None:
            with opened(path, writable=False) as look:
                records = look.records([job])[job]
            assert len(records) >= known
            assert all(record.stage is Stage.DONE for record in records[1:-1])
            known = len(records)
        assert process.stdout is not None
        assert len(process.stdout.readlines()) == 120
    assert process.returncode == 0
