"""Songs as they really come: each is a good video or one clear sentence."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import av
import numpy as np
import pytest

from tests.e2e.cli import Ended, mvpipe, write_job
from tests.songs import Sound, clicks, little_song, silence, write_wav

pytestmark = [pytest.mark.slow, pytest.mark.timeout(180)]


def mp3(path: Path, *, part: float = 1.0) -> Path:
    encode(path, "libmp3lame", little_song(120, 3).pcm, rate_hz=44_100)
    whole = path.read_bytes()
    path.write_bytes(whole[: round(len(whole) * part)])
    return path


def flac_96k_24bit(path: Path) -> Path:
    song = little_song(120, 1, rate_hz=96_000)
    return encode(path, "flac", song.pcm, rate_hz=96_000, sample="s32")


def encode(
    path: Path, codec: str, pcm: Sound, *, rate_hz: int, sample: str | None = None
) -> Path:
    with av.open(str(path), "w") as file:
        stream = file.add_stream(codec, rate=rate_hz)
        assert isinstance(stream, av.AudioStream)
        stream.format = sample or stream.codec_context.codec.audio_formats[0].name  # type: ignore[index]
        stream.layout = "stereo"
        planes = np.ascontiguousarray(pcm.T)
        frame = av.AudioFrame.from_ndarray(planes, format="fltp", layout="stereo")
        frame.sample_rate = rate_hz
        resampler = av.AudioResampler(
            format=stream.format,
            layout="stereo",
            rate=rate_hz,
            frame_size=stream.codec_context.frame_size or 4096,
        )
        pieces = [*resampler.resample(frame), *resampler.resample(None)]
        for piece in [*pieces, None]:
            file.mux(stream.encode(piece))
    return path


GOOD: dict[str, tuple[str, Callable[[Path], Path], int]] = {
    "a silent WAV": ("s.wav", lambda p: write_wav(p, silence(2).pcm), 60),
    "a WAV of one second": ("s.wav", lambda p: write_wav(p, clicks(120, 1).pcm), 30),
    "a WAV of a tenth of a second": ("s.wav", lambda p: write_wav(p, silence(0.1).pcm), 3),
    "a mono WAV of 8 kHz": (
        "s.wav",
        lambda p: write_wav(p, clicks(120, 2, rate_hz=8000).pcm[:, :1], 8000),
        60,
    ),
    "a FLAC of 96 kHz and 24 bits": ("s.flac", flac_96k_24bit, 60),
    "an MP3": ("s.mp3", mp3, 181),
    "half an MP3": ("s.mp3", lambda p: mp3(p, part=0.5), 91),
    "a WAV named .mp3": ("s.mp3", lambda p: write_wav(p, silence(1).pcm), 30),
    "a name full of signs": (
        "50% of 夜 & ^$'s.wav",
        lambda p: write_wav(p, silence(1).pcm),
        30,
    ),
}

BAD: dict[str, tuple[str, bytes | None, str]] = {
    "text named .mp3": ("s.mp3", b"la la la\n" * 99, "holds text, not sound"),
    "nothing": ("s.mp3", b"", "is empty (0 bytes)"),
    "a picture named .mp3": ("s.mp3", b"\x89PNG\r\n\x1a\n" + bytes(500), ""),
    "zeros named .wav": ("s.wav", bytes(5000), ""),
    "the head of a WAV": ("s.wav", b"RIFF\x24\0\0\0WAVEfmt \x10\0\0\0", ""),
    "a playlist named .mp3": ("s.mp3", b"#EXTM3U\n#EXTINF:1,\n/etc/passwd\n", ""),
    "a folder": ("s.mp3", None, ""),
}


def run(folder: Path, song: str) -> Ended:
    (folder / "song.mvpipe.yaml").unlink(missing_ok=True)
    write_job(folder, song=f'"{song}"')
    done = mvpipe(folder, "run")
    assert "Traceback" not in done.err
    assert "this is a bug" not in done.err
    return done


@pytest.mark.parametrize("what", GOOD)
def test_a_song_of_any_kind_is_a_video_as_long_as_the_song(tmp_path: Path, what: str) -> None:
    name, make, frames = GOOD[what]
    make(tmp_path / name)
    done = run(tmp_path, name)
    assert (done.code, done.out) == (0, "out/song.mp4\n"), done.err
    with av.open(str(tmp_path / "out" / "song.mp4")) as video:
        assert abs(sum(1 for _ in video.decode(video=0)) - frames) <= 3
    with av.open(str(tmp_path / "out" / "song.mp4")) as video:
        sound_s = sum(frame.samples for frame in video.decode(audio=0)) / 48_000
        assert abs(sound_s - frames / 30) < 0.2


@pytest.mark.parametrize("what", BAD)
def test_what_is_no_song_is_told_in_one_sentence(tmp_path: Path, what: str) -> None:
    name, content, said = BAD[what]
    if content is None:
        (tmp_path / name).mkdir()
    else:
        (tmp_path / name).write_bytes(content)
    done = run(tmp_path, name)
    assert done.code == (3 if content is None else 1)
    assert done.out == ""
    assert said in done.err
    assert name in done.err
    assert not (tmp_path / "out").exists()


def test_a_song_that_is_not_there_is_a_finding_in_the_job_file(tmp_path: Path) -> None:
    done = run(tmp_path, "gone.mp3")
    assert done.code == 3
    assert "song.mvpipe.yaml:2:10: inputs[0]: 'gone.mp3' is not there" in done.err
