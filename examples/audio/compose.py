"""Compose "First Light" and "Night Bus": write each song with its exact truth.

    python examples/audio/compose.py [FOLDER]

writes `first-light.mp3`, `night-bus.mp3` and a `.beats.json` for each beside this file, or into
FOLDER. Needs mvpipe with its `local` extra. Safe to repeat: the same files come out.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import av
import first_light
import first_light_mix
import mixing
import night_bus
import night_bus_mix
import numpy as np
import synth
from notation import BEATS_IN_BAR, Song, start_beat
from synth import RATE_HZ, Sound


@dataclass(frozen=True, slots=True)
class Release:
    """A song, who plays it, and how it is published: the stem of its files, its bit rate."""

    stem: str
    song: Song
    play: Callable[[], Sound]
    bits_a_second: int

    @property
    def tags(self) -> dict[str, str]:
        return {"title": self.song.title, "artist": "mvpipe", "copyright": "CC0 1.0"}


RELEASES = (
    Release("first-light", first_light.SONG, first_light_mix.play, 160_000),
    Release("night-bus", night_bus.SONG, night_bus_mix.play, 128_000),
)


def main(folder: Path) -> None:
    """Write every song and its truth into `folder`."""
    for release in RELEASES:
        publish(release, folder)


def publish(release: Release, folder: Path) -> None:
    """Write one song and its truth into `folder`, and say how it turned out."""
    pcm = release.play()
    path = folder / f"{release.stem}.mp3"
    encode(pcm, path, release=release)
    heard = decode(path)
    shift = heard_shift(pcm, heard)
    truth = json.dumps(known(release.song, shift_ms=shift * 1000 / RATE_HZ), indent=1)
    path.with_suffix(".beats.json").write_text(_rows_joined(truth) + "\n", encoding="utf-8")
    loudness, peak = mixing.loudness_lufs(heard), 20 * np.log10(mixing.true_peak(heard))
    print(f"{path}: {path.stat().st_size} bytes, heard {shift} samples late")
    print(f"{loudness:.1f} LUFS, true peak {peak:.1f} dBTP")


def encode(pcm: Sound, path: Path, *, release: Release) -> None:
    """Write `pcm` as an MP3 with its tags; the file's length holds no silence of the codec."""
    words = np.round(np.clip(pcm, -1, 1) * 32_767).astype(np.int16)
    with av.open(str(path), "w", format="mp3") as container:
        container.metadata.update(release.tags)
        stream = container.add_stream("libmp3lame", rate=RATE_HZ)
        stream.layout = "stereo"
        stream.bit_rate = release.bits_a_second
        frame = av.AudioFrame.from_ndarray(words.reshape(1, -1), format="s16", layout="stereo")
        frame.sample_rate = RATE_HZ
        resampler = av.AudioResampler("s16p", "stereo", RATE_HZ, frame_size=1152)
        for piece in (*resampler.resample(frame), *resampler.resample(None), None):
            container.mux(stream.encode(piece))


def decode(path: Path) -> Sound:
    """Return the samples as a player hears them, of shape (frames, 2)."""
    with av.open(str(path)) as container:
        pieces = [frame.to_ndarray() for frame in container.decode(audio=0)]
    return np.concatenate(pieces, axis=1).T.astype(np.float64)


def heard_shift(pcm: Sound, heard: Sound) -> int:
    """Return by how many samples `heard` is later than `pcm`: the peak of their correlation."""
    size = synth.quick_size(len(pcm) + len(heard))
    spectra = (np.fft.rfft(sound.sum(axis=1), size) for sound in (heard, pcm))
    heard_spectrum, pcm_spectrum = spectra
    shift = int(np.argmax(np.fft.irfft(heard_spectrum * np.conj(pcm_spectrum), size)))
    return shift - size if shift > size // 2 else shift


def known(song: Song, *, shift_ms: float) -> dict[str, object]:
    """Return the truth about the song, in milliseconds as heard in the decoded MP3."""

    def heard_ms(beat: float) -> int:
        return round(song.time_s(beat) * 1000 + shift_ms)

    return {
        "about": "Times are milliseconds in the MP3 as FFmpeg decodes it. The shift against the"
        " composed sound was measured by cross-correlation and is already added to them.",
        "title": song.title,
        "shift_ms": round(shift_ms, 3),
        "duration_ms": heard_ms(start_beat(song.form[-1].end_bar)),
        "bpm": song.bpm,
        "meter": f"{BEATS_IN_BAR}/4",
        "key": song.key,
        "mode": song.mode,
        "beats_ms": [heard_ms(beat) for beat in song.beats],
        "downbeats_ms": [heard_ms(beat) for beat in song.beats[::BEATS_IN_BAR]],
        "sections": _sections(song, heard_ms),
    }


def _sections(song: Song, heard_ms: Callable[[float], int]) -> list[dict[str, object]]:
    return [
        {
            "start_ms": heard_ms(start_beat(passage.bar)),
            "end_ms": heard_ms(start_beat(passage.end_bar)),
            "kind": passage.kind.value,
            "label": passage.label,
        }
        for passage in song.form
    ]


def _rows_joined(text: str) -> str:
    """Return indented JSON with its lists of numbers on one line each."""
    return text.replace("\n  ", " ").replace("\n ]", " ]")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent)
