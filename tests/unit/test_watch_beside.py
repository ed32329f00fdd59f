"""Pictures beside a song join its video and go where it goes."""

from __future__ import annotations

import io
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image

from mvpipe.commands.jobs import loaded
from mvpipe.commands.options import Choice
from mvpipe.errors import UsageError
from mvpipe.journal.watched import Entry, Song, Stage
from mvpipe.model.canonical import Digest
from mvpipe.model.media import MediaKind
from mvpipe.model.watch import WatchJob
from mvpipe.watch.beside import digest_of_picture, pictures_of
from mvpipe.watch.home import RealAfter, RealInbox, home_of

JOB = """\
mvpipe: 1
inputs: ["${{ file.path }}"]
steps: [generate a video]
exports: [out/a.mp4]
"""


def picture(kind: str) -> bytes:
    made = io.BytesIO()
    Image.new("RGB", (64, 64), "teal").save(made, format=kind)
    return made.getvalue()


@pytest.fixture
def job(tmp_path: Path) -> WatchJob:
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "song.mp3").write_bytes(b"song")
    (tmp_path / "jobs").mkdir()
    (tmp_path / "jobs" / "reel.mvpipe.yaml").write_text(JOB)
    return WatchJob(
        tmp_path / "in",
        tmp_path / "jobs" / "reel.mvpipe.yaml",
        tmp_path / "done",
        tmp_path / "failed",
    )


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_a_picture_counts_when_its_end_is_there(tmp_path: Path, kind: str) -> None:
    content = picture(kind)
    path = tmp_path / f"Song.{kind}"
    path.write_bytes(content[:-40])
    assert pictures_of(tmp_path / "song.mp3") == ()
    path.write_bytes(content)
    assert pictures_of(tmp_path / "song.mp3") == (path,)


def test_what_is_no_picture_of_the_song_does_not_count(tmp_path: Path) -> None:
    (tmp_path / "other.jpg").write_bytes(picture("JPEG"))
    (tmp_path / "song.png").write_bytes(b"a letter, not a picture")
    (tmp_path / "song.webp").mkdir()
    (tmp_path / "song.jpg").symlink_to(tmp_path / "other.jpg")
    assert pictures_of(tmp_path / "song.mp3") == ()
    assert pictures_of(tmp_path / "none" / "song.mp3") == ()
    assert digest_of_picture(tmp_path / "none.jpg") == ""


def test_a_picture_that_comes_later_makes_another_video(job: WatchJob, tmp_path: Path) -> None:
    inbox = RealInbox(job, home_of(job.inbox, state_dir=tmp_path), lambda: 0.0)
    before = inbox.job("song.mp3")
    (job.inbox / "song.jpg").write_bytes(picture("JPEG"))
    after = inbox.job("song.mp3")
    assert after.beside == (job.inbox / "song.jpg",)
    assert before.digest != after.digest


def test_pictures_go_where_their_song_goes(job: WatchJob, tmp_path: Path) -> None:
    (job.inbox / "song.jpg").write_bytes(picture("JPEG"))
    entry = Entry(Song(Digest("a"), Digest("b")), "song.mp3", Stage.DONE, attempts=1)
    RealAfter(job, tmp_path).done("song.mp3", entry, again=False)
    there = sorted(path.name for path in job.done.iterdir())
    assert there == ["song.jpg", "song.mp3", "song.mp3.mvpipe.json"]
    assert list(job.inbox.iterdir()) == []


def test_a_picture_beside_the_song_is_an_input_of_its_job(job: WatchJob) -> None:
    (job.inbox / "song.jpg").write_bytes(picture("JPEG"))
    choice = Choice(file=job.inbox / "song.mp3", beside=(job.inbox / "song.jpg",))
    (made,) = loaded([job.job], choice)
    kinds = [(item.id, item.kind) for item in made.inputs]
    assert kinds == [("song", MediaKind.AUDIO), ("song-2", MediaKind.PICTURE)]
    with pytest.raises(UsageError, match="no such file"):
        loaded([job.job], replace(choice, beside=(job.inbox / "none.jpg",)))
