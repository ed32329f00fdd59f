from __future__ import annotations

import hashlib
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mvpipe.commands.facts import Known, facts_of
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
    facts = facts_of(with_song(path), known={})["song"]
    assert facts.digest == hashlib.sha256(path.read_bytes()).hexdigest()
    assert facts.duration_ms == 1500


def test_a_file_is_read_once_until_it_changes(tmp_path: Path) -> None:
    path = write_wav(tmp_path / "song.wav", silence(1).pcm)
    known: Known = {}
    first = facts_of(with_song(path), known=known)
    (seen,) = known
    known[seen] = replace(known[seen], duration_ms=7)
    assert facts_of(with_song(path), known=known)["song"].duration_ms == 7
    write_wav(path, silence(2).pcm)
    assert facts_of(with_song(path), known=known)["song"].duration_ms == 2000
    assert facts_of(with_song(path), known=known)["song"].digest != first["song"].digest


def test_a_picture_has_no_length(tmp_path: Path) -> None:
    path = write_wav(tmp_path / "cover.jpg", silence(1).pcm)
    assert (
        facts_of(with_song(path, kind=MediaKind.PICTURE), known={})["song"].duration_ms is None
    )


def test_a_file_that_is_not_there_is_told_as_the_job_spells_it(tmp_path: Path) -> None:
    with pytest.raises(MissingMedia, match=r"^x\.mp3: cannot be read: No such file") as caught:
        facts_of(with_song(tmp_path / "x.mp3"), known={})
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
    facts = facts_of(with_song(path), known={})["song"]
    assert len(facts.digest) == 64
    assert facts.duration_ms is None or facts.duration_ms >= 0
