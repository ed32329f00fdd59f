"""A server's folder is its own while it lives, and gone once somebody looks after that."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from mvpipe.errors import OutputError
from mvpipe.serve.home import Home, move_in

KILLED = """
import os, signal, sys
from pathlib import Path
from mvpipe.serve.home import move_in

home = move_in(Path(sys.argv[1]))
(home.path / "upload.wav").write_bytes(b"RIFF")
os.kill(os.getpid(), signal.SIGKILL)
"""


def die(home: Home) -> None:
    """Do what the system does for a process that is killed."""
    home.lock.close()


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def test_a_folder_is_new_and_nobody_elses_to_look_into(tmp_path: Path) -> None:
    one, other = move_in(tmp_path / "serve"), move_in(tmp_path / "serve")
    assert one.path != other.path
    assert one.path.stat().st_mode & 0o077 == 0
    one.leave()
    other.leave()


def test_who_leaves_leaves_nothing(tmp_path: Path) -> None:
    home = move_in(tmp_path)
    (home.path / "song.wav").touch()
    for _ in range(2):
        home.leave()
    assert names(tmp_path) == {".lock"}


def test_folders_of_the_dead_are_swept_away_and_those_of_the_living_are_not(
    tmp_path: Path,
) -> None:
    living, dead = move_in(tmp_path), move_in(tmp_path)
    (dead.path / "song.wav").touch()
    die(dead)
    new = move_in(tmp_path)
    assert (living.path.is_dir(), dead.path.exists()) == (True, False)
    for home in (living, new):
        home.leave()
    assert names(tmp_path) == {".lock"}


def test_what_is_not_ours_is_left_alone(tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    (elsewhere / "kept").mkdir(parents=True)
    within = tmp_path / "serve"
    within.mkdir()
    (within / "serve-link").symlink_to(elsewhere)
    (within / "serve-notes.txt").touch()
    (within / "other").mkdir()
    move_in(within).leave()
    assert {"serve-link", "serve-notes.txt", "other"} < names(within)
    assert (elsewhere / "kept").is_dir()


def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(OutputError, match="cannot be written"):
        move_in(tmp_path / "file" / "below")


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="no signal there kills so surely")
def test_what_a_killed_server_left_is_gone_after_the_next_start(tmp_path: Path) -> None:
    killed = subprocess.run([sys.executable, "-c", KILLED, str(tmp_path)], check=False)
    assert killed.returncode < 0
    [left] = tmp_path.glob("serve-*")
    home = move_in(tmp_path)
    assert not left.exists()
    home.leave()
