from __future__ import annotations

import errno
import os
import subprocess
import sys
from pathlib import Path

import av
import pytest

from mvpipe.disk import (
    MOST_PRIVATE_BYTES,
    REAL,
    hidden,
    make_folder,
    output_errors,
    put_copy,
    read_private,
    require_room,
    sweep_beside,
    whole_file,
    write_new,
    write_private,
)
from mvpipe.engine.encode.foreign import ffmpeg_errors
from mvpipe.errors import OutputError, TokenRefused
from mvpipe.process import world
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


def test_who_is_alone_sweeps_what_anybody_left_beside_a_file_and_nothing_else(
    tmp_path: Path,
) -> None:
    to, other = tmp_path / "video.mp4", tmp_path / "other.mp4"
    left, kept = hidden(to), hidden(other)
    for path in (to, left, kept, tmp_path / ".mvpipe-mine"):
        path.write_bytes(b"x")
    sweep_beside(to, alone=True)
    assert set(tmp_path.iterdir()) == {to, kept, tmp_path / ".mvpipe-mine"}
    sweep_beside(tmp_path / "gone" / "video.mp4", alone=True)


def test_whoever_writes_a_file_removes_what_the_dead_left_beside_it_and_nothing_of_the_living(
    tmp_path: Path,
) -> None:
    to = tmp_path / "video.mp4"
    living = hidden(to)
    killed = living.with_name(living.name.replace(f"-{os.getpid()}-", f"-{dead_process()}-"))
    strange = killed.with_name(killed.name.replace(world(), "0" * 12))
    for path in (living, killed, strange):
        path.write_bytes(b"x")
    with whole_file(to) as beside:
        beside.write_bytes(b"whole")
    assert set(tmp_path.iterdir()) == {to, living, strange}


def dead_process() -> int:
    with subprocess.Popen([sys.executable, "-I", "-S", "-c", ""]) as process:
        process.wait()
    return process.pid


def test_something_new_is_put_only_where_nothing_is(tmp_path: Path) -> None:
    to = tmp_path / "job.yaml"
    assert write_new(to, b"first")
    assert not write_new(to, b"second")
    assert to.read_bytes() == b"first"
    assert list(tmp_path.iterdir()) == [to]


def test_a_copy_stays_when_its_source_goes(tmp_path: Path) -> None:
    source, to = tmp_path / "made.mp4", tmp_path / "video.mp4"
    source.write_bytes(b"video")
    put_copy(source, to)
    source.unlink()
    assert to.read_bytes() == b"video"


@pytest.mark.skipif(os.name == "nt", reason="modes are POSIX")
def test_a_private_file_is_for_nobody_else_whatever_was_there(tmp_path: Path) -> None:
    path = tmp_path / "state" / "token.json"
    write_private(path, "old")
    path.chmod(0o644)
    write_private(path, "new")
    assert read_private(path) == "new"
    assert (path.stat().st_mode & 0o777, path.parent.stat().st_mode & 0o777) == (0o600, 0o700)


def test_a_private_file_that_is_not_ours_is_refused(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    with pytest.raises(TokenRefused, match="cannot be read"):
        read_private(tmp_path / "folder")
    write_private(tmp_path / "long", "x" * (MOST_PRIVATE_BYTES + 1))
    with pytest.raises(TokenRefused, match="too long"):
        read_private(tmp_path / "long")
    assert read_private(tmp_path / "none") is None


@pytest.mark.skipif(os.name == "nt", reason="modes are POSIX")
def test_a_private_file_that_others_can_read_is_refused(tmp_path: Path) -> None:
    write_private(tmp_path / "token", "t")
    (tmp_path / "token").chmod(0o640)
    with pytest.raises(TokenRefused, match="can be read by others"):
        read_private(tmp_path / "token")


def test_every_call_to_the_real_disk_does_what_it_says(tmp_path: Path) -> None:
    one, other = tmp_path / "deep" / "one", tmp_path / "deep" / "other"
    make_folder(one.parent)
    REAL.create(one, private=False)
    REAL.append(one, b"first ")
    REAL.append(one, b"second")
    REAL.copy(one, other)
    REAL.make_folder(one.parent, private=True)
    with pytest.raises(FileExistsError):
        REAL.create(one, private=False)
    assert other.read_bytes() == b"first second"


def test_what_ffmpeg_says_is_one_sentence_too() -> None:
    with (
        pytest.raises(OutputError, match=r"^'v\.mp4' cannot be written: Invalid data"),
        ffmpeg_errors(Path("v.mp4")),
    ):
        raise av.error.InvalidDataError(1, "Invalid data found")


def test_what_the_disk_says_through_ffmpeg_is_the_disks() -> None:
    with (
        pytest.raises(OutputError, match="the disk is full"),
        output_errors(Path("v.mp4")),
        ffmpeg_errors(Path("v.mp4")),
    ):
        raise av.error.OSError(errno.ENOSPC, "No space left on device")
