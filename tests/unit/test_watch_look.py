from __future__ import annotations

import os
import socket
import sys
from pathlib import Path

import pytest

from mvpipe.watch.look import look
from mvpipe.watch.model import Completeness, Look, Unseen
from tests.whole_songs import whole_song

linux = pytest.mark.skipif(sys.platform != "linux", reason="only Linux has leases")
posix = pytest.mark.skipif(os.name == "nt", reason="Windows has no such files")


def seen(path: Path, *, last: Look | None = None, local: bool = True) -> Look:
    found = look(path, last=last, local=local)
    assert isinstance(found, Look), found
    return found


def unseen(path: Path) -> Unseen:
    found = look(path, last=None, local=True)
    assert isinstance(found, Unseen), found
    return found


@pytest.fixture
def song(tmp_path: Path) -> Path:
    path = tmp_path / "song.wav"
    path.write_bytes(whole_song("wav"))
    return path


def test_the_first_look_tells_the_outside_and_the_second_the_inside(song: Path) -> None:
    first = seen(song)
    assert (first.size_bytes, first.links, first.contents) == (song.stat().st_size, 1, None)
    second = seen(song, last=first)
    assert second.contents is not None
    assert second.contents.state is Completeness.COMPLETE
    assert (second.same_file, second.seen) == (first.same_file, seen(song, last=second).seen)


def test_a_file_that_changed_between_two_looks_is_not_read(song: Path) -> None:
    first = seen(song)
    with song.open("ab") as file:
        file.write(b"more")
    assert seen(song, last=first).contents is None


@linux
def test_a_file_changed_in_place_with_its_time_set_back_has_changed(
    song: Path,
) -> None:
    first, was = seen(song), song.stat()
    with song.open("r+b") as file:
        file.write(b"riff")
    os.utime(song, ns=(was.st_atime_ns, was.st_mtime_ns))
    second = seen(song, last=first)
    assert (second.size_bytes, second.mtime_ns) == (first.size_bytes, first.mtime_ns)
    assert second.same_file != first.same_file


def test_a_part_of_a_song_is_incomplete(song: Path) -> None:
    os.truncate(song, 200_000)
    inside = seen(song, last=seen(song)).contents
    assert inside is not None
    assert inside.state is Completeness.INCOMPLETE
    assert "200000" in inside.why


@linux
def test_a_writer_that_holds_the_file_open_is_seen_until_it_closes(song: Path) -> None:
    with song.open("ab"):
        held = seen(song, last=seen(song))
        assert (held.written, held.contents) == (True, None)
    assert seen(song).written is False


@linux
def test_readers_are_no_writers(song: Path) -> None:
    with song.open("rb"):
        assert seen(song).written is False


@linux
def test_a_writer_that_comes_while_the_question_is_asked_ends_nobody(song: Path) -> None:
    """The kernel tells the holder of a lease by a signal, which ends a process by default."""
    for _ in range(200):
        assert seen(song).written is False
        with song.open("ab"):
            assert seen(song).written is True


def test_nobody_is_asked_about_writers_on_a_network_disk(song: Path) -> None:
    with song.open("ab"):
        assert seen(song, local=False).written is None


def test_a_file_that_is_gone_is_no_look_at_all(tmp_path: Path) -> None:
    assert look(tmp_path / "gone.mp3", last=None, local=True) is None
    (tmp_path / "file").touch()
    assert look(tmp_path / "file" / "song.mp3", last=None, local=True) is None


@posix
def test_links_pipes_folders_and_sockets_are_turned_away(tmp_path: Path, song: Path) -> None:
    (tmp_path / "link.mp3").symlink_to(song)
    (tmp_path / "broken.mp3").symlink_to(tmp_path / "nowhere")
    (tmp_path / "folder.mp3").mkdir()
    os.mkfifo(tmp_path / "pipe.mp3")
    with socket.socket(socket.AF_UNIX) as bound:
        bound.bind(str(tmp_path / "socket.mp3"))
        why = {name: unseen(tmp_path / f"{name}.mp3") for name in _TURNED_AWAY}
    assert {name: found.why for name, found in why.items()} == _TURNED_AWAY
    assert all(found.for_good for found in why.values())
    assert unseen(Path("/dev/null")).why == "it is a device, not a file"


_TURNED_AWAY = {
    "link": "it is a link, not a file",
    "broken": "it is a link, not a file",
    "folder": "it is a folder, not a file",
    "pipe": "it is a pipe, not a file",
    "socket": "it is a socket, not a file",
}


@posix
def test_two_names_of_one_file_are_counted(song: Path) -> None:
    song.with_name("twin.wav").hardlink_to(song)
    assert seen(song).links == 2


def test_a_file_that_is_too_large_is_refused_unread(song: Path) -> None:
    found = look(song, last=None, local=True, most_bytes=1_000)
    assert isinstance(found, Unseen)
    assert (found.for_good, "1000 is the most" in found.why) == (True, True)


@posix
def test_a_file_that_nobody_may_read_can_become_readable(song: Path) -> None:
    if os.geteuid() == 0:
        pytest.skip("root may read everything")
    song.chmod(0)
    assert unseen(song) == Unseen("it cannot be read: permission denied")


@posix
def test_a_name_that_is_too_long_for_the_disk_is_a_reason(tmp_path: Path) -> None:
    found = unseen(tmp_path / ("x" * 300 + ".mp3"))
    assert (found.for_good, "too long" in found.why) == (False, True)


@posix
def test_a_folder_that_leads_in_circles_is_a_link(tmp_path: Path) -> None:
    (tmp_path / "circle").symlink_to(tmp_path / "circle")
    assert unseen(tmp_path / "circle" / "song.mp3").for_good
