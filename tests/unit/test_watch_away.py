"""Songs that are put away, and how a watcher says that it is well."""

from __future__ import annotations

import errno
import json
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import urlopen

import pytest

from mvpipe.disk import REAL, Files, RealFiles
from mvpipe.errors import OutputError, UsageError
from mvpipe.journal.watched import Entry, Song, Stage
from mvpipe.model.canonical import Digest
from mvpipe.model.watch import Mode, Sidecars, WatchJob
from mvpipe.watch import after, health
from mvpipe.watch.health import Health
from mvpipe.watch.home import RealAfter, RealInbox, home_of, ready
from mvpipe.watch.model import Mount

DONE = Entry(
    Song(Digest("a"), Digest("b")),
    "song.mp3",
    Stage.DONE,
    attempts=1,
    outputs=(Path("/out/song.mp4"),),
    began_s=0.0,
    ended_s=61.0,
)
WELL = Health(
    pid=7,
    inbox="/in",
    scanned_s=1000.0,
    stale_s=120.0,
    paused="",
    waiting="",
    songs={"ready": 1},
    rendering=("a.mp3",),
    done=1,
    failed=0,
)


@dataclass(frozen=True, slots=True)
class NoLinks(RealFiles):
    """A disk on which a file has one name, or another one than that of the inbox."""

    def link(self, source: Path, to: Path) -> None:
        raise OSError(errno.EXDEV, "Invalid cross-device link")


_files: Files = NoLinks()


@pytest.fixture
def job(tmp_path: Path) -> WatchJob:
    (tmp_path / "in").mkdir()
    (tmp_path / "reel.mvpipe.yaml").write_text("mvpipe: 1\n")
    return WatchJob(
        tmp_path / "in", tmp_path / "reel.mvpipe.yaml", tmp_path / "done", tmp_path / "failed"
    )


@pytest.fixture
def inbox(job: WatchJob, tmp_path: Path) -> RealInbox:
    return RealInbox(job, home_of(job.inbox, state_dir=tmp_path / "state"), lambda: 0.0)


@pytest.mark.parametrize("files", [REAL, NoLinks()], ids=["one disk", "two disks"])
def test_a_song_is_moved_and_never_over_another(tmp_path: Path, files: Files) -> None:
    source, done = tmp_path / "song.mp3", tmp_path / "done"
    seen = []
    for content in (b"one", b"two", b"three"):
        source.write_bytes(content)
        at = after.take_out(source, to=done, name="sub/song.mp3", files=files)
        seen.append((at.name, at.read_bytes()))
        assert not source.exists()
    assert seen == [("song.mp3", b"one"), ("song-2.mp3", b"two"), ("song-3.mp3", b"three")]


def test_a_song_that_cannot_be_moved_stays(tmp_path: Path) -> None:
    @dataclass(frozen=True, slots=True)
    class Full(NoLinks):
        def copy(self, source: Path, to: Path) -> None:
            raise OSError(errno.ENOSPC, "No space left on device")

    (tmp_path / "song.mp3").write_bytes(b"one")
    with pytest.raises(OutputError, match="the disk is full"):
        after.take_out(
            tmp_path / "song.mp3", to=tmp_path / "done", name="song.mp3", files=Full()
        )
    assert (tmp_path / "song.mp3").read_bytes() == b"one"
    assert list((tmp_path / "done").iterdir()) == []


def test_videos_must_be_there_and_whole(tmp_path: Path) -> None:
    assert after.fault_of(()) == "it left no video"
    gone = after.fault_of((tmp_path / "a.mp4",))
    assert gone is not None
    assert "cannot be read" in gone
    (tmp_path / "a.mp4").write_bytes(b"\0\0\0\x18ftypisom")
    half = after.fault_of((tmp_path / "a.mp4",))
    assert half is not None
    assert "is not whole" in half


def test_what_became_of_a_song_lies_beside_it(job: WatchJob, tmp_path: Path) -> None:
    (job.inbox / "song.mp3").write_bytes(b"one")
    RealAfter(job, tmp_path).done("song.mp3", DONE, again=False)
    told = json.loads((job.done / "song.mp3.mvpipe.json").read_text())
    assert (told["status"], told["outputs"]) == ("done", ["/out/song.mp4"])
    assert told["ended"] == "1970-01-01 00:01:01 UTC"


def test_a_song_that_is_known_says_under_which_name(job: WatchJob, tmp_path: Path) -> None:
    (job.inbox / "copy.mp3").write_bytes(b"one")
    RealAfter(job, tmp_path).done("copy.mp3", DONE, again=True)
    told = json.loads((job.done / "copy.mp3.mvpipe.json").read_text())
    assert (told["status"], told["known_as"]) == ("known", "song.mp3")


def test_a_failure_is_told_in_words_for_people(job: WatchJob, tmp_path: Path) -> None:
    (job.inbox / "song.mp3").write_bytes(b"one")
    failed = replace(DONE, stage=Stage.FAILED, why="it is damaged", attempts=2, ended_s=None)
    RealAfter(job, tmp_path).failed("song.mp3", failed)
    text = (job.failed / "song.mp3.error.txt").read_text()
    assert "No video was made of 'song.mp3'." in text
    assert "Why: it is damaged" in text
    assert "tried 2 times" in text


def test_room_is_asked_for_where_videos_go_and_where_is_remembered(
    job: WatchJob, tmp_path: Path
) -> None:
    assert RealAfter(job, tmp_path).room((tmp_path / "not" / "yet" / "a.mp4",)) is None
    greedy = replace(job, min_free_bytes=10**18)
    full = RealAfter(greedy, tmp_path).room()
    assert full is not None
    assert full.startswith("the disk is full: ")


def test_folders_are_made_and_what_is_missing_is_said(job: WatchJob) -> None:
    ready(job)
    assert job.done.is_dir()
    with pytest.raises(UsageError, match="no such job file"):
        ready(replace(job, job=job.inbox / "none.yaml"))
    with pytest.raises(UsageError, match="no such folder"):
        ready(replace(job, inbox=job.inbox / "none"))
    in_place = replace(job, mode=Mode.IN_PLACE, done=job.inbox / "x" / "y")
    ready(in_place)
    assert not in_place.done.exists()


def test_a_job_of_the_inbox_counts_only_where_it_is_allowed(
    job: WatchJob, inbox: RealInbox
) -> None:
    (job.inbox / "sub").mkdir()
    (job.inbox / "sub" / "mvpipe.yaml").write_text("folder")
    (job.inbox / "sub" / "song.mvpipe.yaml").write_text("song")
    said = {}
    for allowed in Sidecars:
        inbox.job_ = replace(job, sidecars=allowed)
        said[allowed] = inbox.job("sub/song.mp3").text
    assert said == {
        Sidecars.NONE: None,
        Sidecars.FOLDERS: "folder",
        Sidecars.SONGS: "song",
    }
    assert inbox.job("song.mp3").text is None


def test_a_job_in_the_inbox_that_is_a_link_counts_for_nothing(
    job: WatchJob, inbox: RealInbox
) -> None:
    inbox.job_ = replace(job, sidecars=Sidecars.SONGS)
    (job.inbox / "song.mvpipe.yaml").symlink_to(job.job)
    assert inbox.job("song.mp3").text is None


def test_another_job_has_another_digest(job: WatchJob, inbox: RealInbox) -> None:
    before = inbox.job("song.mp3").digest
    assert inbox.job("other.mp3").digest == before
    job.job.write_text("mvpipe: 1\nname: changed\n")
    changed = inbox.job("song.mp3").digest
    inbox.job_ = replace(job, draft=True)
    assert len({before, changed, inbox.job("song.mp3").digest}) == 3
    job.job.unlink()
    with pytest.raises(UsageError, match="cannot be read"):
        inbox.job("song.mp3")


def test_an_inbox_is_known_again(job: WatchJob, inbox: RealInbox, tmp_path: Path) -> None:
    assert inbox.sight().mount is Mount.SAME
    (job.inbox / "song.mp3").write_bytes(b"one")
    assert inbox.scan().fresh == ("song.mp3",)
    assert inbox.changed() == ()
    assert len(inbox.digest("song.mp3")) == 64
    again = RealInbox(job, inbox.home, lambda: 0.0)
    assert again.expected is not None
    assert inbox.expected is not None
    assert again.expected.marker == inbox.expected.marker


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({}, None),
        ({"paused": "it is not mounted"}, "paused: it is not mounted"),
        ({"scanned_s": None}, "the inbox has not been looked through yet"),
        ({"scanned_s": 900.0}, "the inbox was last looked through 160 s ago"),
    ],
)
def test_a_watcher_is_well_when_it_has_looked_lately(
    changed: dict[str, object], told: str | None
) -> None:
    assert replace(WELL, **changed).sick(now_s=1060.0) == told  # type: ignore[arg-type]  # fields


def test_health_is_read_as_it_was_written(tmp_path: Path) -> None:
    path = tmp_path / "run" / "health.json"
    assert health.read(path) is None
    health.write(path, WELL)
    assert health.read(path) == WELL
    path.write_text("{}")
    assert health.read(path) is None
    health.write(path / "below a file", WELL)


@pytest.fixture
def asked() -> Iterator[Callable[[], tuple[int, str]]]:
    """What a server on this machine answers."""
    answers = [(200, "well\n"), (503, "sick\n")]
    port = 18_763 + os.getpid() % 20_000
    end = health.endpoint(port, lambda: answers.pop(0))

    def ask() -> tuple[int, str]:
        try:
            with urlopen(f"http://127.0.0.1:{port}/", timeout=5) as reply:
                return reply.status, reply.read().decode()
        except HTTPError as error:
            with error:
                return error.code, error.read().decode()

    yield ask
    end()


def test_health_is_told_on_a_port(asked: Callable[[], tuple[int, str]]) -> None:
    assert [asked(), asked()] == [(200, "well\n"), (503, "sick\n")]
