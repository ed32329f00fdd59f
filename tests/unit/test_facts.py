from __future__ import annotations

import hashlib
import os
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mvpipe.commands.facts import KnownFiles, facts_of
from mvpipe.errors import MissingMedia
from mvpipe.model.job import Job
from mvpipe.model.media import MediaKind
from tests.jobs import SONG, job
from tests.songs import silence, write_wav

HEADS = [
    b"",
    b"ID3",
    b"RIFF\x24\0\0\0WAVEfmt ",
    b"fLaC\0\0\0\x22",
    b"OggS\0\2",
    b"\xff\xfb\x90\x64",
]
HEADS += [
    b"\0\0\0\x20ftypM4A \0\0\0\0",
    b"\0\0\0\x08moov",
    b"FORM\0\0\0\x0cAIFFCOMM",
    b"0&\xb2u",
]


def with_song(path: Path, *, kind: MediaKind = MediaKind.AUDIO) -> Job:
    return job(inputs=(replace(SONG, path=path, shown=path.name, kind=kind),))


def test_a_song_is_known_by_its_bytes_and_its_length(tmp_path: Path) -> None:
    path = write_wav(tmp_path / "song.wav", silence(1.5).pcm)
    facts = facts_of(with_song(path), files=KnownFiles())["song"]
    assert facts.digest == hashlib.sha256(path.read_bytes()).hexdigest()
    assert facts.duration_ms == 1500


def test_a_file_is_read_once_until_it_changes(tmp_path: Path) -> None:
    path = write_wav(tmp_path / "song.wav", silence(1).pcm)
    files = KnownFiles()
    first = facts_of(with_song(path), files=files)
    files.known[path] = replace(files.known[path], duration_ms=7)
    assert facts_of(with_song(path), files=files)["song"].duration_ms == 7
    write_wav(path, silence(2).pcm)
    assert facts_of(with_song(path), files=files)["song"].duration_ms == 2000
    assert facts_of(with_song(path), files=files)["song"].digest != first["song"].digest


def test_a_file_put_in_the_place_of_another_is_read_though_it_looks_as_old(
    tmp_path: Path,
) -> None:
    path = write_wav(tmp_path / "song.wav", silence(1).pcm)
    files = KnownFiles()
    first = files.measure(path)
    other = tmp_path / "other.wav"
    other.write_bytes(path.read_bytes()[:-1] + b"x")
    os.utime(other, ns=(path.stat().st_atime_ns, path.stat().st_mtime_ns))
    other.replace(path)
    assert files.measure(path) != first


def test_what_changed_a_moment_ago_is_not_kept_for_later_runs(tmp_path: Path) -> None:
    path = write_wav(tmp_path / "song.wav", silence(1).pcm)
    files = KnownFiles()
    assert files.measure(path) is not None
    changed = path.stat().st_mtime
    assert not files.worth_keeping(now_s=changed + 1)
    assert [facts.path for facts in files.worth_keeping(now_s=changed + 3)] == [path]


def test_a_file_that_is_not_there_measures_nothing(tmp_path: Path) -> None:
    assert KnownFiles().measure(tmp_path / "gone.mp4") is None


def test_a_picture_has_no_length(tmp_path: Path) -> None:
    path = write_wav(tmp_path / "cover.jpg", silence(1).pcm)
    facts = facts_of(with_song(path, kind=MediaKind.PICTURE), files=KnownFiles())
    assert facts["song"].duration_ms is None


def test_a_file_that_is_not_there_is_told_as_the_job_spells_it(tmp_path: Path) -> None:
    with pytest.raises(MissingMedia, match=r"^x\.mp3: cannot be read: No such file") as caught:
        facts_of(with_song(tmp_path / "x.mp3"), files=KnownFiles())
    assert str(tmp_path) not in str(caught.value)


@given(
    head=st.sampled_from(HEADS),
    rest=st.binary(max_size=200),
    name=st.sampled_from(["mp3", "wav", "flac", "m4a", "ogg", "opus", "aac", "mp4", "txt"]),
)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_file_of_any_bytes_has_a_digest_and_at_worst_no_length(
    tmp_path: Path, head: bytes, rest: bytes, name: str
) -> None:
    path = tmp_path / f"song.{name}"
    path.write_bytes(head + rest)
    facts = facts_of(with_song(path), files=KnownFiles())["song"]
    assert len(facts.digest) == 64
    assert facts.duration_ms is None or facts.duration_ms >= 0
