"""Where a video cannot be written: one sentence, exit code 1, and nothing half."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.cli import UNMEASURED, Ended, mvpipe, write_job, write_song

pytestmark = [pytest.mark.slow, pytest.mark.timeout(180)]

LITTLE = "8k"
"""Less than any video takes."""

ROOT = hasattr(os, "geteuid") and os.geteuid() == 0


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write_song(tmp_path)
    write_job(tmp_path)
    (tmp_path / "out").mkdir()
    return tmp_path


def fails(folder: Path, *, because: str) -> Ended:
    done = mvpipe(folder, "run")
    assert (done.code, done.out) == (1, ""), done.err
    assert because in done.err
    assert "song.mp4' cannot be written: " in done.err
    assert "Traceback" not in done.err
    return done


@pytest.fixture
def mounted(folder: Path, request: pytest.FixtureRequest) -> Iterator[Path]:
    """The folder with an `out` of its own on a small or read-only disk."""
    options = str(request.param)
    command = ["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(folder / "out")]
    if not ROOT or sys.platform != "linux" or subprocess.run(command, check=False).returncode:
        pytest.skip("may not mount a disk")
    yield folder
    subprocess.run(["umount", str(folder / "out")], check=True)


@pytest.mark.parametrize("mounted", [f"size={LITTLE}"], indirect=True)
def test_a_full_disk_is_told_and_left_as_it_was(mounted: Path) -> None:
    (mounted / "out" / "song.mp4").write_bytes(b"an older one")
    fails(mounted, because="the disk is full")
    assert [path.name for path in (mounted / "out").iterdir()] == ["song.mp4"]
    assert (mounted / "out" / "song.mp4").read_bytes() == b"an older one"


@pytest.mark.parametrize("mounted", ["ro"], indirect=True)
def test_a_disk_that_may_only_be_read_is_told(mounted: Path) -> None:
    fails(mounted, because="the disk is read-only")


@pytest.mark.skipif(ROOT or os.name == "nt", reason="root may write anywhere")
def test_a_folder_without_the_right_to_write_is_told(folder: Path) -> None:
    (folder / "out").chmod(0o500)
    fails(folder, because="permission is denied")


def test_a_file_in_the_place_of_the_folder_is_told(folder: Path) -> None:
    (folder / "out").rmdir()
    (folder / "out").write_text("mine", encoding="utf-8")
    fails(folder, because="")
    assert (folder / "out").read_text(encoding="utf-8") == "mine"


@pytest.mark.skipif(os.name == "nt", reason="links need rights on Windows")
def test_a_link_that_leads_out_of_the_project_is_not_followed(
    folder: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    treasure = tmp_path_factory.mktemp("elsewhere") / "treasure.mp4"
    treasure.write_bytes(b"mine")
    (folder / "out" / "song.mp4").symlink_to(treasure)
    done = mvpipe(folder, "run")
    assert (done.code, done.out) == (3, "")
    assert "leads out of the project" in done.err
    assert treasure.read_bytes() == b"mine"


@pytest.mark.skipif(os.name == "nt", reason="limits are POSIX's")
def test_a_limit_on_the_size_of_files_is_told(folder: Path) -> None:
    small = [*UNMEASURED, "bash", "-c", 'ulimit -f 8; exec "$@"', "limited"]
    done = mvpipe(folder, "run", prefix=small)
    assert (done.code, done.out) == (1, "")
    assert "Traceback" not in done.err
    assert "cannot be used: the disk fails" in done.err  # the journal comes before anything


@pytest.mark.parametrize("name", ["../../evil", "/ABSOLUTE/evil", "a/b", ".."])
def test_no_name_of_a_job_leads_a_sheet_out_of_its_folder(folder: Path, name: str) -> None:
    name = name.replace("/ABSOLUTE", str(folder))
    inside = folder / "deep" / "er"
    inside.mkdir(parents=True)
    write_song(inside)
    job = write_job(inside)
    job.write_text(f"name: {name!r}\n" + job.read_text(encoding="utf-8"), encoding="utf-8")
    before = {path for path in folder.rglob("*") if inside not in path.parents}
    done = mvpipe(inside, "preview")
    assert done.code == 0
    assert (inside / done.out.strip()).is_file()
    assert {path for path in folder.rglob("*") if inside not in path.parents} == before


def test_a_song_is_never_replaced_by_its_own_video(folder: Path) -> None:
    song = folder / "song.mp4"
    (folder / "song.wav").rename(song)
    before = song.read_bytes()
    mvpipe(folder, "make", "song.mp4")
    assert song.read_bytes() == before


@pytest.mark.skipif(os.name == "nt", reason="Windows has no numbers to close")
def test_closed_standard_streams_are_no_bug(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "mvpipe", "doctor"]
    shell = f"exec {shlex.join(command)} <&- >&- 2>&-"
    assert subprocess.run(["sh", "-c", shell], cwd=tmp_path, check=False).returncode == 0
