from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from mvpipe.engine.studio.folders import OLD_S, private_folder, sweep
from mvpipe.engine.studio.session import Studio
from mvpipe.errors import MediaError, OutputError, RenderFailed, UnknownRender
from mvpipe.model.hints import MusicHints
from mvpipe.model.media import MediaKind, Size
from mvpipe.process import world
from tests.disks import FaultyFiles
from tests.jobs import SONG, export
from tests.songs import little_song, write_wav

DEAD = 2**22 + 1
"""No process has this number where numbers end at 2 ** 22."""


def made(within: Path, name: str) -> Path:
    path = within / name
    path.mkdir()
    (path / "chunk.mp4").write_bytes(b"x")
    return path


def swept(within: Path, *, later_s: float = 0.0) -> set[str]:
    newest = max(path.lstat().st_mtime for path in within.iterdir())
    sweep(within, now=lambda: newest + later_s)
    return {path.name for path in within.iterdir()}


def test_a_private_folder_is_new(tmp_path: Path) -> None:
    one, two = private_folder(tmp_path / "work"), private_folder(tmp_path / "work")
    assert one != two
    assert one.is_dir()


def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "work").write_text("mine", encoding="utf-8")
    with pytest.raises(OutputError, match="cannot be written"):
        private_folder(tmp_path / "work")


@pytest.mark.skipif(os.name == "nt", reason="there only age tells")
def test_folders_of_the_dead_are_swept_away_and_those_of_the_living_are_not(
    tmp_path: Path,
) -> None:
    alive = private_folder(tmp_path)
    first = made(tmp_path, f"render-1-{world()}-abc")
    made(tmp_path, f"render-{DEAD}-{world()}-abc")
    assert swept(tmp_path) == {alive.name, first.name}


def test_a_process_elsewhere_counts_as_living_until_its_folder_is_old(tmp_path: Path) -> None:
    names = {f"render-{DEAD}-{'0' * 12}-abc", f"render-{os.getpid()}-{'0' * 12}-abc"}
    for name in names:
        made(tmp_path, name)
    assert swept(tmp_path, later_s=OLD_S - 10) == names
    assert swept(tmp_path, later_s=OLD_S + 10) == set()


@pytest.mark.parametrize(
    "answer", [PermissionError(), OverflowError(), ProcessLookupError()], ids=type
)
def test_only_a_process_that_is_surely_gone_counts_as_dead(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, answer: Exception
) -> None:
    def kill(pid: int, number: int) -> None:
        raise answer

    name = made(tmp_path, f"render-{DEAD}-{world()}-abc").name
    monkeypatch.setattr(os, "kill", kill)
    gone = isinstance(answer, ProcessLookupError)
    assert swept(tmp_path) == (set() if gone else {name})


def test_what_is_not_ours_is_left_alone(tmp_path: Path) -> None:
    names = {"render-mine", "songs", "render-x-y-z"}
    for name in names:
        made(tmp_path, name)
    assert swept(tmp_path, later_s=2 * OLD_S) == names


@pytest.mark.skipif(os.name == "nt", reason="links need rights on Windows")
def test_a_link_is_not_followed(tmp_path: Path) -> None:
    made(tmp_path, "precious")
    link = tmp_path / f"render-{DEAD}-{world()}-abc"
    link.symlink_to(tmp_path / "precious")
    assert swept(tmp_path, later_s=2 * OLD_S) == {"precious", link.name}
    assert (tmp_path / "precious" / "chunk.mp4").is_file()


def test_a_place_without_folders_needs_no_sweeping(tmp_path: Path) -> None:
    sweep(tmp_path / "not" / "there", now=lambda: 0.0)
    assert list(tmp_path.iterdir()) == []


def test_a_render_that_nobody_asked_for_is_unknown(tmp_path: Path) -> None:
    studio = Studio(folder=tmp_path / "work", workers=1)
    with pytest.raises(UnknownRender):
        studio.poll("x")
    with pytest.raises(UnknownRender):
        studio.fetch("x", tmp_path / "x.mp4")
    studio.close()


@pytest.fixture
def studio(tmp_path: Path) -> Iterator[Studio]:
    studio = Studio(folder=tmp_path / "work", workers=1)
    yield studio
    studio.close()


def rendered(studio: Studio, folder: Path) -> None:
    """Render a video of half a second under the id `r`."""
    song = write_wav(folder / "song.wav", little_song(240, 1).pcm[:24_000])
    session = studio.open(name="x", seed=1, hints=MusicHints())
    studio.upload(session, replace(SONG, path=song), progress=lambda _: None)
    studio.say(session, "calm aurora", step="a")
    studio.render(session, replace(export(), size=Size(128, 128)), render="r")
    with pytest.raises(RenderFailed, match="is rendering, not done"):
        studio.fetch("r", folder / "early.mp4")
    for _ in range(10_000):
        if studio.poll("r").phase != "rendering":
            return
        studio._pool.wait(0.05)
    raise AssertionError("the render does not end")


@pytest.mark.slow
@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EBUSY])
def test_a_video_waits_until_a_disk_takes_it_whole(tmp_path: Path, number: int) -> None:
    files, to = FaultyFiles(number), tmp_path / "out" / "video.mp4"
    studio = Studio(folder=tmp_path / "work", workers=1, files=files)
    rendered(studio, tmp_path)
    (tmp_path / "out").mkdir()
    to.write_bytes(b"old")
    for fails_at in range(1, 60):
        files.calls.clear()
        files.fails_at = fails_at
        try:
            studio.fetch("r", to)
            break
        except OutputError:
            assert to.read_bytes() == b"old" or files.calls[-1] == "sync_folder"
            assert list(to.parent.iterdir()) == [to]
    studio.close()
    assert to.read_bytes()[4:8] == b"ftyp"


@pytest.mark.slow
def test_a_session_that_is_forgotten_takes_what_was_heard_for_it_alone_along(
    studio: Studio, tmp_path: Path
) -> None:
    songs = [tmp_path / f"{name}.wav" for name in ("mine", "shared")]
    for path in songs:
        write_wav(path, little_song(240, 1).pcm[:24_000])
    one, other = (studio.open(name="x", seed=1, hints=MusicHints()) for _ in range(2))
    for session, path in ((one, songs[0]), (one, songs[1]), (other, songs[1])):
        item = replace(SONG, id=path.stem, path=path)
        studio.upload(session, item, progress=lambda _: None)
    for _ in range(2):
        studio.forget(one)
    assert [path for path, _, _ in studio._heard] == [songs[1]]
    assert list(studio._sessions) == [other]


@pytest.mark.slow
def test_a_fetched_video_is_all_that_is_left_of_its_render(
    studio: Studio, tmp_path: Path
) -> None:
    rendered(studio, tmp_path)
    (tmp_path / "wall").write_bytes(b"")
    with pytest.raises(OutputError):
        studio.fetch("r", tmp_path / "wall" / "x.mp4")
    studio.fetch("r", tmp_path / "out" / "x.mp4")
    assert (tmp_path / "out" / "x.mp4").stat().st_size > 1000
    assert (tmp_path / "out" / "x.mp4").stat().st_nlink == 1
    assert list((tmp_path / "work").iterdir()) == []
    with pytest.raises(UnknownRender, match="fetched already"):
        studio.fetch("r", tmp_path / "out" / "x.mp4")


@pytest.mark.slow
def test_a_disk_without_links_gets_a_copy(
    studio: Studio, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise OSError(errno.EXDEV, "another disk")

    monkeypatch.setattr(Path, "hardlink_to", refuse)
    rendered(studio, tmp_path)
    studio.fetch("r", tmp_path / "x.mp4")
    assert (tmp_path / "x.mp4").stat().st_size > 1000
    assert list((tmp_path / "work").iterdir()) == []


@pytest.mark.parametrize("kind", [MediaKind.AUDIO, MediaKind.PICTURE])
def test_a_file_that_cannot_be_used_is_named_as_the_job_spells_it(
    studio: Studio, tmp_path: Path, kind: MediaKind
) -> None:
    path = tmp_path / "song.mp3"
    path.write_bytes(b"la la la\n" * 99)
    item = replace(SONG, path=path, shown="../audio/song.mp3", kind=kind)
    session = studio.open(name="x", seed=1, hints=MusicHints())
    with pytest.raises(MediaError) as caught:
        studio.upload(session, item, progress=lambda _: None)
    assert str(caught.value).startswith("'../audio/song.mp3' ")
    assert str(tmp_path) not in str(caught.value)
