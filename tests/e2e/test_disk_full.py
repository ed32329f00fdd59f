"""A disk that fills up, or takes no file so large, while a run goes on: nothing is lost."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.e2e.cli import UNMEASURED, Ended, mvpipe, write_job, write_song

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(os.name == "nt", reason="limits and mounts are POSIX"),
]

LIMITED = (
    "import os, resource, sys; size = int(sys.argv[1]);"
    " resource.setrlimit(resource.RLIMIT_FSIZE, (size, size));"
    " os.execv(sys.argv[2], sys.argv[2:])"
)
OLD = b"the video of last week"


def prepared(folder: Path) -> Path:
    """Return a project with a job whose video is there already, from an earlier time."""
    (folder / ".git").mkdir(parents=True)
    write_song(folder)
    write_job(folder)
    (folder / "out").mkdir()
    (folder / "out" / "song.mp4").write_bytes(OLD)
    return folder


def refused(done: Ended, project: Path) -> None:
    """See that a run failed with a sentence and a way out, and that the old video is whole."""
    assert done.code == 1, done.err
    assert "hint: " in done.err
    assert "Traceback" not in done.err
    assert (project / "out" / "song.mp4").read_bytes() == OLD
    assert [path.name for path in (project / "out").iterdir()] == ["song.mp4"]


def goes_on(project: Path) -> None:
    """See that the same command does it all once there is room."""
    done = mvpipe(project, "run")
    assert done.code == 0, done.err
    assert (project / "out" / "song.mp4").read_bytes()[4:8] == b"ftyp"
    assert [path.name for path in (project / "out").iterdir()] == ["song.mp4"]


@pytest.mark.parametrize("limit_bytes", [500, 30_000, 150_000])
def test_a_file_that_may_not_grow_stops_a_run_and_no_more(
    tmp_path: Path, limit_bytes: int
) -> None:
    project = prepared(tmp_path / "project")
    prefix = [*UNMEASURED, sys.executable, "-c", LIMITED, str(limit_bytes)]
    refused(mvpipe(project, "run", prefix=prefix), project)
    goes_on(project)


@contextmanager
def small_disk(at: Path, *, size_kb: int) -> Iterator[Path]:
    """Give a file system of that size, where the machine lets us make one."""
    at.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", f"size={size_kb}k", "tmpfs", str(at)]
    if subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("needs the right to mount a tmpfs")
    try:
        yield at
    finally:
        subprocess.run(["umount", str(at)], check=True)


@pytest.mark.parametrize("size_kb", [480, 900])
def test_a_full_disk_stops_a_run_and_no_more(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, size_kb: int
) -> None:
    with small_disk(tmp_path / "disk", size_kb=size_kb) as disk:
        monkeypatch.setenv("MVPIPE_STATE_DIR", str(disk / "state"))
        monkeypatch.setenv("MVPIPE_CACHE_DIR", str(disk / "cache"))
        project = prepared(disk / "project")
        refused(mvpipe(project, "run"), project)
        subprocess.run(["mount", "-o", "remount,size=64m", str(disk)], check=True)
        goes_on(project)
