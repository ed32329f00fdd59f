"""A file is looked at before it leaves, goes once, and goes as WAV where it must."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from mvpipe.backends.base import SessionId, Uploaded
from mvpipe.backends.nemo.sniff import sniffed
from mvpipe.backends.nemo.uploads import parcel, send_urls
from mvpipe.backends.retry import RetryingBackend
from mvpipe.errors import DamagedMedia, MissingMedia, TooLarge, UnsupportedMedia
from mvpipe.model.job import Input
from mvpipe.model.media import MediaKind
from mvpipe.protocol.paths import state_path, upload_path
from mvpipe.protocol.wire import MOST_UPLOAD_BYTES
from tests.evil import Behaviour, Evil, caller, code, data, evil_server, hang_up, refuse
from tests.jobs import PLACE
from tests.recordings import encoded
from tests.songs import tone, write_wav

SESSION = SessionId("1")
UPLOAD, STATE = upload_path(SESSION), state_path(SESSION)
TAKEN = {"filename": "song.wav", "file_type": "audio", "duration": 1.0}


@pytest.fixture
def evil() -> Iterator[Evil]:
    with evil_server() as server:
        yield server


@pytest.fixture
def song(tmp_path: Path) -> Path:
    return write_wav(tmp_path / "song.wav", tone(1).pcm)


def files(*entries: object) -> Behaviour:
    return data(files=list(entries), session_state_applied=True)


def an_input(path: Path) -> Input:
    return Input(id="track", path=path, shown=path.name, kind=MediaKind.AUDIO, place=PLACE)


def uploaded(evil: Evil, folder: Path, path: Path, percents: list[int]) -> Uploaded:
    with caller(evil, folder) as backend:
        return backend.upload(SESSION, an_input(path), progress=percents.append)


def test_a_file_goes_as_a_form_and_its_progress_is_told(
    evil: Evil, tmp_path: Path, song: Path
) -> None:
    evil.on("POST", UPLOAD, files({**TAKEN, "notes": ["the beat is uncertain"]}))
    percents: list[int] = []
    taken = uploaded(evil, tmp_path, song, percents)
    assert taken == Uploaded("track", 1000, notes=("the beat is uncertain",))
    assert percents == sorted(set(percents))
    assert percents[-1] == 100
    [seen] = evil.seen
    assert b'name="files"; filename="song.wav"\r\nContent-Type: audio/wav' in seen.body
    assert song.read_bytes() in seen.body
    assert seen.headers["X-Mvpipe"] == '{"id":"track"}'


def test_the_same_file_goes_once(evil: Evil, tmp_path: Path, song: Path) -> None:
    evil.on("POST", UPLOAD, files(TAKEN))
    with caller(evil, tmp_path) as backend:
        for _ in range(2):
            backend.upload(SESSION, an_input(song), progress=lambda _: None)
    assert len(evil.seen) == 1


@pytest.mark.parametrize("arrived", [True, False])
def test_after_a_lost_answer_a_file_goes_again_only_if_it_is_not_there(
    evil: Evil, tmp_path: Path, song: Path, *, arrived: bool
) -> None:
    evil.on("POST", UPLOAD, hang_up, files(TAKEN))
    evil.on("GET", STATE, data(state={"video_infos": [TAKEN] if arrived else []}))
    with caller(evil, tmp_path) as inner:
        backend = RetryingBackend(
            inner, sleep=inner.sleep, clock=inner.clock, observe=lambda _: None
        )
        taken = backend.upload(SESSION, an_input(song), progress=lambda _: None)
    assert taken.duration_ms == 1000
    assert len(evil.calls("POST", UPLOAD)) == (1 if arrived else 2)


@pytest.mark.parametrize(("name", "codec"), [("song.flac", "flac"), ("song.opus", "libopus")])
def test_a_refused_sound_goes_again_as_wav_and_that_is_said(
    evil: Evil, tmp_path: Path, name: str, codec: str
) -> None:
    pcm = tone(1, rate_hz=48_000).pcm[:, 0]
    path = encoded(tmp_path / name, pcm, codec=codec, rate_hz=48_000)
    evil.on("POST", UPLOAD, code(4001, message="bad file"), files(TAKEN))
    taken = uploaded(evil, tmp_path, path, [])
    kind = name.rpartition(".")[2].upper()
    assert taken.notes == (f"'{name}' went as WAV: the service takes no {kind}",)
    second = evil.seen[1].body
    assert b'filename="song.wav"\r\nContent-Type: audio/wav\r\n\r\nRIFF' in second
    assert 48_000 * 4 <= len(second) < 48_000 * 4 + 9000


def test_a_refused_sound_of_a_kind_that_is_accepted_stays_refused(
    evil: Evil, tmp_path: Path, song: Path
) -> None:
    evil.on("POST", UPLOAD, code(4001))
    with pytest.raises(UnsupportedMedia):
        uploaded(evil, tmp_path, song, [])
    assert len(evil.seen) == 1


def test_a_service_that_finds_a_file_too_large_says_so(
    evil: Evil, tmp_path: Path, song: Path
) -> None:
    evil.on("POST", UPLOAD, refuse(413))
    with pytest.raises(TooLarge):
        uploaded(evil, tmp_path, song, [])


def test_addresses_are_for_the_service_to_fetch(evil: Evil, tmp_path: Path) -> None:
    evil.on("POST", UPLOAD, files(TAKEN, TAKEN))
    with caller(evil, tmp_path) as backend:
        taken = send_urls(backend.client, SESSION, ("https://example.com/a.mp3",))
    assert [asset.name for asset in taken] == ["song.wav"] * 2
    assert evil.seen[0].body == b'{"urls":["https://example.com/a.mp3"],"source_type":"url"}'


HEADS = {
    b"ID3\x04": "mp3",
    b"\xff\xfb\x90\x64": "mp3",
    b"\0\0\xff\xfb\x90\x64": "mp3",
    b"\xff\xf1\x50\x80": "aac",
    b"\xff\xf9\x50\x80": "aac",
    b"\xff\xff\xff\xff": None,
    b"\xff\xe9\x90\x00": None,
    b"\xff\xd8\xff\xe0": "jpg",
    b"\x89PNG\r\n\x1a\n": "png",
    b"GIF89a": "gif",
    b"RIFF\0\0\0\0WEBP": "webp",
    b"RIFF\0\0\0\0WAVE": "wav",
    b"RIFF\0\0\0\0AVI ": "avi",
    b"RIFF\0\0\0\0CDXA": None,
    b"\0\0\0\x18ftypM4A ": "m4a",
    b"\0\0\0\x18ftypisom": "mp4",
    b"\0\0\0\x18ftypqt  ": "mov",
    b"\0\0\0\x08moov": "mov",
    b"\x1a\x45\xdf\xa3....webm": "webm",
    b"\x1a\x45\xdf\xa3....matroska": "mkv",
    b"fLaC": "flac",
    b"OggS" + b"\0" * 24 + b"OpusHead": "opus",
    b"OggS" + b"\0" * 24 + b"\x01vorbis": "ogg",
    b"%PDF-1.7": None,
    b"#EXTM3U\n": None,
    b"<!doctype html>": None,
    b"MZ\x90": None,
    b"\xff": None,
}


def test_what_a_file_is_stands_in_its_first_bytes() -> None:
    assert {head: sniffed(head) for head in HEADS} == HEADS


def test_a_name_that_lies_is_set_right(tmp_path: Path) -> None:
    path = tmp_path / "cover.jpg"
    path.write_bytes(b"\x89PNG\r\n\x1a\n....")
    sent = parcel(path)
    assert (sent.name, sent.kind) == ("cover.png", "image/png")


@pytest.mark.parametrize("name", ["a.MP3", "b.m4a", "c.jpeg"])
def test_a_name_that_fits_is_kept(tmp_path: Path, name: str) -> None:
    heads = {"MP3": b"ID3....", "m4a": b"\0\0\0\x18ftypisom", "jpeg": b"\xff\xd8\xff\xe0"}
    path = tmp_path / name
    path.write_bytes(heads[name.partition(".")[2]])
    assert parcel(path).name == name


def test_nothing_leaves_that_cannot_be_used(tmp_path: Path) -> None:
    (tmp_path / "empty.mp3").touch()
    with pytest.raises(DamagedMedia, match="0 bytes"):
        parcel(tmp_path / "empty.mp3")
    with pytest.raises(MissingMedia, match="does not exist"):
        parcel(tmp_path / "gone.mp3")
    with pytest.raises(UnsupportedMedia, match="not a regular file"):
        parcel(tmp_path)
    (tmp_path / "page.mp3").write_text("<html>")
    with pytest.raises(UnsupportedMedia, match="of no kind"):
        parcel(tmp_path / "page.mp3")


def test_a_file_beyond_the_limit_does_not_leave(tmp_path: Path) -> None:
    path = tmp_path / "long.wav"
    with path.open("wb") as file:
        file.write(b"RIFF\0\0\0\0WAVE")
        file.truncate(MOST_UPLOAD_BYTES + 1)
    with pytest.raises(TooLarge, match=r"long\.wav' has \d+ MB and the service takes"):
        parcel(path)
