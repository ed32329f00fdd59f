from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from mvpipe import process
from mvpipe.process import boot, died, started, world

DEAD = 2**22 + 1
"""No process has this number where numbers end at 2 ** 22."""

linux = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads /proc")


def stat_of(within: Path, text: str) -> None:
    (within / "7").mkdir()
    (within / "7" / "stat").write_text(text)


@linux
def test_this_process_lives_and_began_at_some_time() -> None:
    assert not died(os.getpid())
    assert (started(os.getpid()) or 0) >= (started(1) or 0)
    assert boot()


@pytest.mark.skipif(os.name == "nt", reason="there nobody can tell")
def test_nobody_is_dead() -> None:
    assert died(DEAD)
    assert started(DEAD) is None


def test_the_name_of_a_process_may_look_like_what_follows_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(process, "PROC", tmp_path)
    after = " ".join(["S", *map(str, range(4, 23))])
    stat_of(tmp_path, f"7 (a) Z 1 (b)) {after}")
    assert started(7) == 22


@linux
def test_a_process_that_ended_is_gone_though_nobody_asked_how() -> None:
    with subprocess.Popen([sys.executable, "-c", ""], stdout=subprocess.PIPE) as ended:
        assert ended.stdout is not None
        ended.stdout.read()
        os.waitid(os.P_PID, ended.pid, os.WEXITED | os.WNOWAIT)
        assert died(ended.pid)


def test_a_system_that_tells_less_of_itself_still_has_a_name(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    known = world()
    world.cache_clear()
    monkeypatch.setattr(process, "PROC", tmp_path)
    assert boot() == ""
    assert started(os.getpid()) is None
    assert len(world()) == len(known) == 12
    world.cache_clear()


def test_where_a_look_would_end_a_process_nobody_counts_as_dead(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(os, "name", "nt")
    assert not died(DEAD)


@pytest.mark.parametrize("answer", [PermissionError(), OverflowError()], ids=type)
def test_a_process_that_cannot_be_asked_counts_as_living(
    monkeypatch: pytest.MonkeyPatch, answer: Exception
) -> None:
    def kill(pid: int, number: int) -> None:
        raise answer

    monkeypatch.setattr(os, "kill", kill)
    assert not died(1)
