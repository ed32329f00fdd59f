from __future__ import annotations

import errno
import os
import subprocess
from pathlib import Path

import pytest

from mvpipe.disk import (
    REAL,
    hidden,
    output_errors,
    require_room,
    whole_file,
)
from mvpipe.errors import OutputError
from tests.disks import FaultyFiles


def test_a_file_appears_under_its_name_when_it_is_whole(tmp_path: Path) -> None:
    to = tmp_path / "video.mp4"
    with whole_file(to) as beside:
        beside.write_bytes(b"whole")
        assert not to.exists()
    assert to.read_bytes() == b"whole"
    assert list(tmp_path.iterdir()) == [to]


def test_what_goes_wrong_leaves_the_old_file_and_nothing_beside_it(tmp_path: Path) -> None:
    to = tmp_path / "video.mp4"
    to.write_bytes(b"old")

    def write() -> None:
        with whole_file(to) as beside:
            beside.write_bytes(b"half")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write()
    assert to.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [to]


@pytest.mark.parametrize(
    ("number", "reason"),
    [
        (errno.ENOSPC, "the disk is full"),
        (errno.EACCES, "permission is denied"),
        (errno.EROFS, "the disk is read-only"),
        (errno.EIO, "the disk fails"),
    ],
)
def test_what_the_system_says_becomes_one_sentence(number: int, reason: str) -> None:
    with (
        pytest.raises(OutputError, match=f"^'out/v.mp4' cannot be written: {reason}$"),
        output_errors(Path("out/v.mp4")),
    ):
        raise OSError(number, os.strerror(number))


def test_a_missing_folder_is_named_as_the_reason(tmp_path: Path) -> None:
    with (
        pytest.raises(OutputError, match="its folder does not exist"),
        whole_file(tmp_path / "none" / "v.mp4"),
    ):
        raise AssertionError("never reached")


def test_a_folder_under_the_final_name_is_named_as_the_reason(tmp_path: Path) -> None:
    (tmp_path / "v.mp4").mkdir()
    with (
        pytest.raises(OutputError, match="cannot be written"),
        whole_file(tmp_path / "v.mp4") as beside,
    ):
        beside.write_bytes(b"")
    assert list(tmp_path.iterdir()) == [tmp_path / "v.mp4"]


def test_too_little_room_is_told_before_anything_is_written(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="has 3 MB left and about 5 MB are needed"):
        require_room(tmp_path, size_bytes=5 * 2**20, files=FaultyFiles(free=3 * 2**20))


def test_room_enough_is_nothing_to_speak_of(tmp_path: Path) -> None:
    require_room(tmp_path, size_bytes=1)
    assert REAL.free_bytes(tmp_path) > 1


def test_hidden_names_differ_and_begin_with_a_dot(tmp_path: Path) -> None:
    one, other = hidden(tmp_path / "v.mp4"), hidden(tmp_path / "v.mp4")
    assert one != other
    assert one.name.startswith(".")
    assert one.parent == tmp_path


@pytest.fixture
def tiny_disk(tmp_path: Path) -> Path:
    """Give a file system of 256 KB, where the machine lets us make one."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=256k", "tmpfs", str(disk)]
    if os.name == "nt" or subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("needs the right to mount a tmpfs")
    return disk


@pytest.mark.slow
def test_a_disk_that_fills_up_leaves_no_file(tiny_disk: Path) -> None:
    try:
        with (
            pytest.raises(OutputError, match="the disk is full"),
            whole_file(tiny_disk / "v.mp4") as beside,
        ):
            beside.write_bytes(bytes(2**20))
        assert list(tiny_disk.iterdir()) == []
    finally:
        subprocess.run(["umount", str(tiny_disk)], check=True)
