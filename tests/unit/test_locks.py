from __future__ import annotations

import errno
import os
import platform
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import BinaryIO

import pytest

from mvpipe.errors import Exit, Locked, OutputError
from mvpipe.journal import alone
from mvpipe.journal.locks import (
    LEASE_S,
    REFRESH_S,
    Claim,
    Kind,
    Owner,
    read_claim,
    take,
    this_process,
)
from mvpipe.journal.records import JobId
from mvpipe.model.canonical import canonical
from tests.fakes import FakeClock

JOB = JobId("/music/album.mvpipe.yaml#calm")
DEAD = 2**22 + 1
"""No process has this number where numbers end at 2 ** 22."""
ELSEWHERE = Owner(host="nas", boot="b", world="0" * 12, pid=os.getpid(), started=1)


def local(_: Path) -> None:
    return None


def network(_: Path) -> str:
    return "nfs4"


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


def left_behind(folder: Path, owner: Owner, *, clock: FakeClock) -> None:
    """Leave the lock of a process that ended without letting go of it."""
    take(folder, JOB, now=clock, owner=owner, disk=network)._file.close()


def names(folder: Path) -> list[str]:
    return sorted(path.suffix for path in folder.iterdir())


def test_a_lock_is_held_by_one_at_a_time_and_leaves_nothing_behind(
    tmp_path: Path, clock: FakeClock
) -> None:
    folder = tmp_path / "state" / "locks"
    with take(folder, JOB, now=clock) as lock:
        assert names(folder) == [".json", ".lock"]
        with pytest.raises(Locked, match="since 1970-01-01 00:00:00 UTC") as caught:
            take(folder, JOB, now=clock)
        lock.release()
        take(folder, JOB, now=clock).release()
    assert f"'{JOB}' has been locked by process {os.getpid()} on" in str(caught.value)
    assert caught.value.exit is Exit.LOCKED
    assert names(folder) == []


def test_jobs_are_locked_one_by_one(tmp_path: Path, clock: FakeClock) -> None:
    with take(tmp_path, JOB, now=clock), take(tmp_path, JobId("/b#\udcff"), now=clock):
        assert names(tmp_path) == [".json", ".json", ".lock", ".lock"]


def test_who_holds_a_lock_may_not_have_said_so_yet(tmp_path: Path, clock: FakeClock) -> None:
    with take(tmp_path, JOB, now=clock) as lock:
        lock._path.with_suffix(".json").write_text("{")
        with pytest.raises(Locked, match="another run is at work"):
            take(tmp_path, JOB, now=clock)


@pytest.mark.parametrize("disk", [local, network])
@pytest.mark.parametrize(
    "owner",
    [replace(this_process(), pid=DEAD, started=None), replace(this_process(), started=1)],
    ids=["dead", "number reused"],
)
@pytest.mark.skipif(os.name == "nt", reason="there only age tells")
def test_a_dead_owner_of_this_machine_gives_way_at_once(
    tmp_path: Path, clock: FakeClock, disk: Kind, owner: Owner
) -> None:
    left_behind(tmp_path, owner, clock=clock)
    with take(tmp_path, JOB, now=clock, disk=disk) as lock:
        assert read_claim(lock._path) == Claim(this_process(), taken_s=0.0, refreshed_s=0.0)


def test_on_a_network_disk_a_living_owner_is_believed_whatever_the_disk_says(
    tmp_path: Path, clock: FakeClock
) -> None:
    left_behind(tmp_path, this_process(), clock=clock)
    clock.sleep(2 * LEASE_S)
    with pytest.raises(Locked):
        take(tmp_path, JOB, now=clock, disk=network)


def test_another_machine_gives_way_when_nothing_was_heard_of_it_for_a_while(
    tmp_path: Path, clock: FakeClock
) -> None:
    left_behind(tmp_path, ELSEWHERE, clock=clock)
    clock.sleep(LEASE_S - 1)
    with pytest.raises(Locked, match="on 'nas' since"):
        take(tmp_path, JOB, now=clock, disk=network)
    clock.sleep(1)
    take(tmp_path, JOB, now=clock, disk=network).release()


def test_on_a_disk_of_this_machine_the_system_knows_that_nobody_holds_it(
    tmp_path: Path, clock: FakeClock
) -> None:
    left_behind(tmp_path, ELSEWHERE, clock=clock)
    take(tmp_path, JOB, now=clock, disk=local).release()


def test_an_owner_says_from_time_to_time_that_it_lives(
    tmp_path: Path, clock: FakeClock
) -> None:
    lock = take(tmp_path, JOB, now=clock, owner=ELSEWHERE, disk=network)
    for _ in range(20):
        clock.sleep(REFRESH_S / 2)
        lock.refresh()
    claim = read_claim(lock._path)
    assert claim == Claim(ELSEWHERE, taken_s=0.0, refreshed_s=10 * REFRESH_S)
    lock._file.close()
    with pytest.raises(Locked):
        take(tmp_path, JOB, now=clock, disk=network)


def test_an_owner_that_slept_too_long_learns_that_it_lost_the_lock(
    tmp_path: Path, clock: FakeClock
) -> None:
    slept = take(tmp_path, JOB, now=clock, owner=ELSEWHERE, disk=network)
    slept._file.close()  # its machine was cut off, and the server let go of its locks
    clock.sleep(LEASE_S)
    with take(tmp_path, JOB, now=clock, disk=network):
        with pytest.raises(Locked, match=f"on '{platform.node()}'"):
            slept.refresh()
        slept.release()
        assert names(tmp_path) == [".json", ".lock"]


def test_letting_go_leaves_the_lock_of_who_took_over(tmp_path: Path, clock: FakeClock) -> None:
    slept = take(tmp_path, JOB, now=clock, owner=ELSEWHERE, disk=network)
    later = Claim(this_process(), taken_s=9.0, refreshed_s=9.0)
    slept._path.with_suffix(".json").write_text(canonical(later))
    slept.release()
    assert read_claim(slept._path) == later


@pytest.mark.skipif(os.name == "nt", reason="Windows removes no open file")
def test_a_lock_that_was_removed_while_it_was_waited_for_is_made_anew(tmp_path: Path) -> None:
    path = tmp_path / "a.lock"
    first = alone.seize(path)
    assert first is not None
    path.unlink()
    second = alone.seize(path)
    assert second is not None
    assert path.exists()
    first.close()
    second.close()


def test_a_lock_removed_between_its_opening_and_its_locking_is_no_lock(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, lock = tmp_path / "a.lock", alone._lock

    def removed(file: BinaryIO, *, wait: bool) -> None:
        lock(file, wait=wait)
        path.unlink()
        monkeypatch.setattr(alone, "_lock", lock)

    monkeypatch.setattr(alone, "_lock", removed)
    file = alone.seize(path)
    assert file is not None
    assert path.exists()
    file.close()


def test_a_disk_that_cannot_lock_is_told(
    tmp_path: Path, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(file: BinaryIO, *, wait: bool) -> None:
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr(alone, "_lock", refuse)
    with pytest.raises(OutputError, match="No locks available"):
        take(tmp_path, JOB, now=clock)


@pytest.mark.skipif(os.name == "nt", reason="links need rights on Windows")
def test_a_lock_is_not_made_through_a_link(tmp_path: Path, clock: FakeClock) -> None:
    with take(tmp_path / "locks", JOB, now=clock) as lock:
        path = lock._path
    path.symlink_to(tmp_path / "precious")
    with pytest.raises(OutputError):
        take(tmp_path / "locks", JOB, now=clock)
    assert not (tmp_path / "precious").exists()


RACER = """
import os, signal, sys, time
from pathlib import Path
from mvpipe.errors import Locked
from mvpipe.journal.locks import take

folder, turns, kind = Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3] or None
inside, done = folder / "inside", 0
while done < turns:
    try:
        lock = take(folder / "locks", "job", now=time.time, disk=lambda _: kind)
    except Locked:
        time.sleep(0.001)
        continue
    if inside.exists():
        sys.exit("two are inside")
    inside.write_text(str(os.getpid()))
    os.sched_yield()
    if inside.read_text() != str(os.getpid()):
        sys.exit("two were inside")
    done += 1
    with (folder / "turns").open("a") as file:
        file.write("x")
    inside.unlink()
    if done == turns:
        os.kill(os.getpid(), signal.SIGKILL)
    lock.release()
"""


@pytest.mark.slow
@pytest.mark.skipif(os.name == "nt", reason="SIGKILL")
@pytest.mark.parametrize("kind", ["", "nfs4"])
def test_eight_that_race_and_die_with_the_lock_in_their_hand_never_hold_it_together(
    tmp_path: Path, kind: str
) -> None:
    command = [sys.executable, "-c", RACER, str(tmp_path), "15", kind]
    racers = [subprocess.Popen(command, stderr=subprocess.PIPE, text=True) for _ in range(8)]
    said = [racer.communicate()[1] for racer in racers]
    assert said == [""] * 8
    assert [racer.returncode for racer in racers] == [-signal.SIGKILL] * 8
    assert (tmp_path / "turns").read_text() == "x" * 120
