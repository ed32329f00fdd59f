"""A song whose watcher was killed between its new name and the end of the old one."""

from __future__ import annotations

from pathlib import Path

import pytest

from mvpipe.model.watch import Mode, WatchJob
from mvpipe.watch.after import fault_of, take_out
from mvpipe.watch.home import RealInbox, home_of
from mvpipe.watch.model import Look
from tests.whole_songs import whole_song


@pytest.fixture
def job(tmp_path: Path) -> WatchJob:
    for folder in ("in", "done", "failed"):
        (tmp_path / folder / "album").mkdir(parents=True)
    template = tmp_path / "reel.mvpipe.yaml"
    return WatchJob(tmp_path / "in", template, tmp_path / "done", tmp_path / "failed")


def seen(job: WatchJob, name: str) -> Look:
    inbox = RealInbox(job, home_of(job.inbox, state_dir=job.inbox.parent), clock=lambda: 0.0)
    found = inbox.look(name, None)
    assert isinstance(found, Look)
    return found


def test_it_is_not_refused_for_its_two_names(job: WatchJob) -> None:
    song = job.inbox / "album" / "song.mp3"
    song.write_bytes(b"x")
    (job.done / "album" / "song.mp3").write_bytes(b"another")
    (job.done / "album" / "song-2.mp3").hardlink_to(song)
    assert seen(job, "album/song.mp3").links == 1


def test_a_name_that_somebody_else_gave_it_counts(job: WatchJob) -> None:
    song = job.inbox / "song.mp3"
    song.write_bytes(b"x")
    song.with_name("twin.mp3").hardlink_to(song)
    assert seen(job, "song.mp3").links == 2
    (job.done / "song.mp3").hardlink_to(song)
    in_place = WatchJob(job.inbox, job.job, job.done, job.failed, mode=Mode.IN_PLACE)
    assert seen(in_place, "song.mp3").links == 3


def test_its_move_is_ended_under_the_name_that_it_has(job: WatchJob) -> None:
    song, moved = job.inbox / "song.mp3", job.done / "song.mp3"
    song.write_bytes(b"x")
    moved.hardlink_to(song)
    assert take_out(song, to=job.done, name="song.mp3") == moved
    assert (song.exists(), moved.read_bytes(), moved.stat().st_nlink) == (False, b"x", 1)
    assert [path.name for path in job.done.iterdir() if path.is_file()] == ["song.mp3"]


def test_a_video_is_whole_when_its_boxes_are(tmp_path: Path) -> None:
    video = tmp_path / "video.mp4"
    song = whole_song("m4a")
    video.write_bytes(song)
    assert fault_of((video,)) is None
    empty_end = song[:-8] + bytes(8)  # zeros say nothing of a file that was renamed when whole
    video.write_bytes(empty_end)
    assert fault_of((video,)) is None
    video.write_bytes(song[:-1])
    assert "is not whole" in str(fault_of((video,)))
    video.write_bytes(b"no video at all")
    assert "is not whole" in str(fault_of((video,)))
