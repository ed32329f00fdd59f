from __future__ import annotations

import os
from pathlib import Path

import av
import numpy as np
import pytest
from numpy.typing import NDArray

from mvpipe.engine.audio.decode import decode, probe
from mvpipe.errors import DamagedMedia, MissingMedia, UnsupportedMedia
from tests.recordings import encoded
from tests.songs import RATE_HZ, clicks, silence, tone, write_wav

PLAYLISTS = {
    "hls.mp4": "#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\nsecret.wav\n#EXT-X-ENDLIST\n",
    "hls.m3u8": "#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\nsecret.wav\n#EXT-X-ENDLIST\n",
    "list.mp3": "ffconcat version 1.0\nfile 'secret.wav'\n",
    "dash.mp4": "<?xml version='1.0'?>\n<MPD><BaseURL>secret.wav</BaseURL></MPD>\n",
}


def click_at(second: float, *, rate_hz: int) -> NDArray[np.float32]:
    pcm = np.zeros(2 * rate_hz, np.float32)
    pcm[round(second * rate_hz) : round((second + 0.005) * rate_hz)] = 0.8
    return pcm


def heard(path: Path, *, rate_hz: int = 48_000, channels: int = 1) -> NDArray[np.float32]:
    return np.concatenate(list(decode(path, rate_hz=rate_hz, channels=channels)))


@pytest.mark.parametrize(
    ("name", "codec", "rate_hz", "container"),
    [
        ("a.mp3", "mp3", 44_100, "mp3"),
        ("a.m4a", "aac", 44_100, "mov"),
        ("a.flac", "flac", 48_000, "flac"),
        ("a.opus", "opus", 48_000, "ogg"),
        ("a.wav", "pcm_s16le", 44_100, "wav"),
        ("a.mka", "flac", 44_100, "matroska"),
        ("a.mov", "alac", 44_100, "mov"),
    ],
)
def test_a_click_keeps_its_place_in_every_format(
    tmp_path: Path, name: str, codec: str, rate_hz: int, container: str
) -> None:
    pcm = click_at(1.0, rate_hz=rate_hz)
    path = encoded(tmp_path / name, pcm, codec=codec, rate_hz=rate_hz)
    first = int(np.flatnonzero(np.abs(heard(path)) > 0.3)[0])
    assert abs(first - 48_000) < 48
    assert probe(path).container == container


def test_a_stereo_wav_comes_back_sample_for_sample(tmp_path: Path) -> None:
    pcm = tone(0.5).pcm
    path = write_wav(tmp_path / "a.wav", pcm)
    assert np.abs(heard(path, rate_hz=RATE_HZ, channels=2) - pcm).max() < 1e-4


def test_the_facts_are_those_of_the_header(tmp_path: Path) -> None:
    facts = probe(write_wav(tmp_path / "a.wav", silence(1.5).pcm))
    assert (facts.duration_ms, facts.codec, facts.channels) == (1500, "pcm_s16le", 2)
    assert (facts.rate_hz, facts.container) == (RATE_HZ, "wav")


def test_a_name_that_looks_like_a_protocol_is_only_a_name(tmp_path: Path) -> None:
    path = write_wav(tmp_path / "concat-http%3A%d.wav", tone(0.1).pcm)
    assert probe(path).duration_ms == 100


def test_eight_bits_and_96_khz_decode_too(tmp_path: Path) -> None:
    low = write_wav(tmp_path / "low.wav", tone(0.2).pcm, sample_bytes=1)
    high = write_wav(tmp_path / "hi.wav", tone(0.2, rate_hz=96_000).pcm, 96_000, sample_bytes=3)
    assert len(heard(low)) == len(heard(high)) == 9_600


def test_a_truncated_mp3_decodes_as_far_as_it_goes(tmp_path: Path) -> None:
    path = encoded(tmp_path / "a.mp3", clicks(120, 4).pcm[:, 0], codec="mp3", rate_hz=RATE_HZ)
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    assert 1.5 < len(heard(path)) / 48_000 < 2.5


def test_rubbish_in_the_middle_is_passed_over(tmp_path: Path) -> None:
    path = encoded(tmp_path / "a.mp3", clicks(120, 4).pcm[:, 0], codec="mp3", rate_hz=RATE_HZ)
    data = bytearray(path.read_bytes())
    data[len(data) // 2 : len(data) // 2 + 900] = b"\x55" * 900
    path.write_bytes(data)
    assert len(heard(path)) / 48_000 > 3.5


def test_sound_that_starts_late_in_a_film_starts_late_here(tmp_path: Path) -> None:
    path = tmp_path / "a.mkv"
    with av.open(str(path), "w") as out:
        film = out.add_stream("libx264", rate=25, width=32, height=32, pix_fmt="yuv420p")
        sound = out.add_stream("pcm_u8", rate=8_000, layout="mono")
        assert isinstance(film, av.VideoStream)
        assert isinstance(sound, av.AudioStream)
        picture = av.VideoFrame.from_ndarray(np.zeros((32, 32, 3), np.uint8), format="rgb24")
        for index in range(25):
            picture.pts = index
            out.mux(film.encode(picture))
        note = av.AudioFrame.from_ndarray(
            np.full((1, 4_000), 255, np.uint8), format="u8", layout="mono"
        )
        note.sample_rate, note.pts = 8_000, 4_000
        out.mux(sound.encode(note))
        out.mux(sound.encode(None))
        out.mux(film.encode(None))
    pcm = np.abs(heard(path, rate_hz=8_000)[:, 0])
    assert pcm[:3_900].max() < 0.01
    assert pcm[4_200:7_800].min() > 0.9


@pytest.mark.parametrize("name", PLAYLISTS)
def test_a_playlist_opens_nothing_else(tmp_path: Path, name: str) -> None:
    write_wav(tmp_path / "secret.wav", tone(0.2).pcm)
    (tmp_path / name).write_text(PLAYLISTS[name], encoding="utf-8")
    with pytest.raises(UnsupportedMedia, match=f"{name}' is a playlist") as caught:
        probe(tmp_path / name)
    assert caught.value.hint


def test_text_named_mp3_is_called_text(tmp_path: Path) -> None:
    path = tmp_path / "song.mp3"
    path.write_text("This is no song.\n" * 50, encoding="utf-8")
    with pytest.raises(UnsupportedMedia, match=r"song\.mp3' holds text"):
        list(decode(path, rate_hz=48_000, channels=1))


def test_bytes_without_meaning_are_damaged(tmp_path: Path) -> None:
    path = tmp_path / "song.wav"
    path.write_bytes(bytes(range(256)) * 8)
    with pytest.raises(DamagedMedia, match=r"song\.wav' is not sound"):
        probe(path)


def test_a_header_alone_is_damaged(tmp_path: Path) -> None:
    path = write_wav(tmp_path / "song.wav", silence(0.1).pcm)
    path.write_bytes(path.read_bytes()[:44])
    with pytest.raises(DamagedMedia, match="no sound that can be decoded"):
        list(decode(path, rate_hz=48_000, channels=1))


def test_what_is_no_file_is_said_in_words(tmp_path: Path) -> None:
    (tmp_path / "empty.mp3").touch()
    with pytest.raises(MissingMedia, match=r"gone\.mp3' does not exist"):
        probe(tmp_path / "gone.mp3")
    with pytest.raises(UnsupportedMedia, match="is a folder"):
        probe(tmp_path)
    with pytest.raises(DamagedMedia, match=r"empty\.mp3' is empty"):
        probe(tmp_path / "empty.mp3")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="a POSIX matter")
def test_a_pipe_is_refused_rather_than_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "song.mp3")
    with pytest.raises(UnsupportedMedia, match="not a regular file"):
        probe(tmp_path / "song.mp3")


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root reads all")
def test_a_file_nobody_may_read_is_missing(tmp_path: Path) -> None:
    path = write_wav(tmp_path / "a.wav", tone(0.1).pcm)
    path.chmod(0)
    with pytest.raises(MissingMedia, match="cannot be read"):
        probe(path)


def test_a_film_without_sound_says_so(tmp_path: Path) -> None:
    path = tmp_path / "a.mp4"
    with av.open(str(path), "w") as out:
        film = out.add_stream("libx264", rate=25, width=32, height=32, pix_fmt="yuv420p")
        assert isinstance(film, av.VideoStream)
        picture = av.VideoFrame.from_ndarray(np.zeros((32, 32, 3), np.uint8), format="rgb24")
        out.mux([*film.encode(picture), *film.encode(None)])
    with pytest.raises(UnsupportedMedia, match="no sound in it"):
        probe(path)


def test_a_codec_off_the_list_is_never_decoded(tmp_path: Path) -> None:
    path = encoded(tmp_path / "a.mka", click_at(1, rate_hz=48_000), codec="ac3", rate_hz=48_000)
    with pytest.raises(UnsupportedMedia, match="is ac3, which is not accepted"):
        probe(path)


def test_a_container_off_the_list_is_never_opened(tmp_path: Path) -> None:
    path = encoded(
        tmp_path / "a.au", click_at(1, rate_hz=8_000), codec="pcm_s16be", rate_hz=8_000
    )
    with pytest.raises(DamagedMedia, match=r"a\.au' is not sound"):
        probe(path)


def test_an_absurd_rate_is_refused_before_decoding(tmp_path: Path) -> None:
    path = write_wav(tmp_path / "a.wav", tone(0.1).pcm, 2_000)
    with pytest.raises(DamagedMedia, match="2 channels at 2000 Hz"):
        probe(path)


def test_too_many_streams_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.mka"
    with av.open(str(path), "w") as out:
        streams = [out.add_stream("pcm_s16le", rate=8_000, layout="mono") for _ in range(33)]
        frame = av.AudioFrame.from_ndarray(
            np.zeros((1, 80), np.int16), format="s16", layout="mono"
        )
        frame.sample_rate = 8_000
        for stream in streams:
            assert isinstance(stream, av.AudioStream)
            out.mux(stream.encode(frame))
    with pytest.raises(UnsupportedMedia, match="33 streams"):
        probe(path)


def test_a_song_over_the_limit_is_refused_by_its_header(tmp_path: Path) -> None:
    path = write_wav(tmp_path / "a.wav", tone(3).pcm)
    with pytest.raises(UnsupportedMedia, match="longer than"):
        probe(path, longest_s=2)


def test_a_song_longer_than_its_header_says_is_stopped(tmp_path: Path) -> None:
    path = encoded(tmp_path / "a.mp3", tone(3).pcm[:, 0], codec="mp3", rate_hz=RATE_HZ)
    short = encoded(tmp_path / "b.mp3", tone(1).pcm[:, 0], codec="mp3", rate_hz=RATE_HZ)
    path.write_bytes(short.read_bytes() + path.read_bytes())
    with pytest.raises(UnsupportedMedia, match="longer than"):
        list(decode(path, rate_hz=8_000, channels=1, longest_s=2))


def test_what_ffmpeg_logs_stays_inside(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    path = encoded(tmp_path / "a.mp3", clicks(120, 2).pcm[:, 0], codec="mp3", rate_hz=RATE_HZ)
    capfd.readouterr()
    path.write_bytes(path.read_bytes()[:9_001] + b"\xff\xfb\x90" * 500)
    list(decode(path, rate_hz=48_000, channels=1))
    assert capfd.readouterr().err == ""
