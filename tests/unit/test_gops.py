from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import pytest

from mvpipe.engine.encode.gops import content_of
from mvpipe.errors import DamagedMedia
from mvpipe.lockfile.entry import LockedOutput
from mvpipe.lockfile.verdict import State, Verdict, verdict
from mvpipe.model.canonical import Digest
from mvpipe.model.content import Content, Gop, Stretch
from tests.songs import little_song, write_wav
from tests.videos import FRAMES, KEYFRAMES, little_video


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("videos")


@pytest.fixture(scope="module")
def video(folder: Path) -> Path:
    return little_video(folder / "video.mp4")


def output(content: Content | None, digest: str) -> LockedOutput:
    return LockedOutput("out/video.mp4", Digest(digest), 1000, content)


def judged(video: Path, other: Path) -> Verdict:
    wanted, found = (
        output(content_of(path), str(path.read_bytes())) for path in (video, other)
    )
    return verdict("out", wanted, found)


def test_a_videos_content_is_told_run_by_run(video: Path) -> None:
    content = content_of(video)
    assert (content.frames, content.rate) == (FRAMES, "30")
    assert tuple(gop.first for gop in content.gops) == KEYFRAMES
    assert content.encoder is not None
    assert content.encoder.startswith("x264 core ")
    assert len({content.sound, *(gop.digest for gop in content.gops)}) == 4
    assert {len(gop.digest) for gop in content.gops} == {12}


def test_one_changed_frame_changes_its_run_and_no_other(video: Path, folder: Path) -> None:
    found = judged(video, little_video(folder / "odd.mp4", odd={13}))
    assert found == Verdict(
        "out", "out/video.mp4", State.DIFFERS, (Stretch(10, 20),), Fraction(30)
    )


def test_other_sound_is_told_apart_from_other_pictures(video: Path, folder: Path) -> None:
    found = judged(video, little_video(folder / "quiet.mp4", quiet=True))
    assert (found.frames, found.why) == ((), ("its sound differs",))


def test_another_title_is_only_around_pictures_and_sound(video: Path, folder: Path) -> None:
    found = judged(video, little_video(folder / "named.mp4", title="Dawn"))
    assert found.frames == ()
    assert found.why == (
        "its pictures and its sound are the same, only the file around them is not",
    )


def test_the_same_video_made_twice_is_the_same(video: Path, folder: Path) -> None:
    assert judged(video, little_video(folder / "again.mp4")).state is State.SAME


def test_a_file_that_is_no_video_is_refused(tmp_path: Path) -> None:
    (tmp_path / "no.mp4").write_bytes(b"no video")
    with pytest.raises(DamagedMedia, match=r"'no\.mp4' cannot be read as a video"):
        content_of(tmp_path / "no.mp4")
    with pytest.raises(DamagedMedia, match="cannot be read"):
        content_of(tmp_path / "gone.mp4")


def test_a_song_is_no_video(tmp_path: Path) -> None:
    song = write_wav(tmp_path / "song.wav", little_song(120, 1).pcm)
    with pytest.raises(DamagedMedia):
        content_of(song)


PLAIN = Content(30, "30", "x264 core 165", "aa", (Gop(0, "bb"),))


@pytest.mark.parametrize(
    ("found", "why"),
    [
        (Content(31, "30", "x264 core 165", "aa", ()), "it has 31 frames, not 30"),
        (Content(30, "25", "x264 core 165", "aa", ()), "it shows 25 frames a second, not 30"),
        (Content(30, "30", None, "aa", ()), "it is by an unnamed encoder, not x264 core 165"),
        (Content(30, "30", "x264 core 165", None, ()), "its sound differs"),
    ],
)
def test_everything_that_differs_is_named(found: Content, why: str) -> None:
    said = verdict("out", output(PLAIN, "1"), output(found, "2"))
    assert said.why == (why,)


def test_where_nobody_can_look_inside_that_is_said() -> None:
    here = verdict("out", output(PLAIN, "1"), output(None, "2"))
    there = verdict("out", output(None, "1"), output(PLAIN, "2"))
    assert here.why == ("nobody can look inside here",)
    assert there.why == ("the lock does not say what is inside",)
    assert verdict("out", output(None, "1"), output(None, "1")).state is State.SAME
    assert verdict("out", output(None, "1"), None).state is State.MISSING


@pytest.mark.parametrize("rate", ["", "x", "1/0", "0"])
def test_a_rate_that_is_none_gives_no_times(rate: str) -> None:
    odd = Content(30, rate, None, None, (Gop(0, "cc"),))
    assert verdict("out", output(odd, "1"), output(PLAIN, "2")).rate is None
