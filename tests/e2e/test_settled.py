"""A run with nothing to do, as a process: it looks, says so, and leaves every file alone."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.e2e.cli import mvpipe, tree, write_job, write_song

pytestmark = pytest.mark.slow

EARLIER_S = 10


def left_alone(*folders: Path) -> None:
    """Make every file as old as if nobody had touched it for a while."""
    for path in (path for folder in folders for path in folder.rglob("*") if path.is_file()):
        state = path.stat()
        os.utime(path, ns=(state.st_atime_ns, state.st_mtime_ns - EARLIER_S * 10**9))


def test_a_run_with_nothing_to_do_changes_no_file_until_something_else_has(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    project, state = tmp_path / "project", tmp_path / "state"
    (project / ".git").mkdir(parents=True)
    monkeypatch.setenv("MVPIPE_STATE_DIR", str(state))
    write_song(project)
    job = write_job(project)
    first = mvpipe(project, "run")
    assert first.code == 0, first.err
    left_alone(project)
    second = mvpipe(project, "run")
    assert "1 of them unchanged" in second.err
    assert list((state / "settled").iterdir())

    before = tree(project, state)
    third = mvpipe(project, "run")
    assert third.out == first.out == second.out
    assert "1 of them unchanged" in third.err
    assert tree(project, state) == before

    job.write_text(job.read_text(encoding="utf-8") + "name: other\n", encoding="utf-8")
    fourth = mvpipe(project, "run")
    assert fourth.code == 0, fourth.err
    assert "unchanged" not in fourth.err
