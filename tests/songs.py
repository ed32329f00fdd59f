"""Small songs whose every beat is known, for tests that hold the ear against the truth.

Sound is float32 of shape (frames, 2) between -1 and 1. The same arguments give the same samples
on every machine: noise comes from a seeded generator and nothing reads a clock.
"""

from __future__ import annotations

import wave
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mvpipe.model.music import SectionKind

RATE_HZ = 44_100
Sound = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Part:
    """A stretch of a song on bar lines; the last one ends where the song does."""

    start_ms: int
    end_ms: int
    kind: SectionKind


@dataclass(frozen=True, slots=True, eq=False)
class Song:
    """Sound and what is true about it; songs without a pulse have no beats and `bpm` 0."""

    pcm: Sound
    rate_hz: int = RATE_HZ
    bpm: float = 0.0
    meter: int = 4
    beats_ms: tuple[int, ...] = ()
    downbeats_ms: tuple[int, ...] = ()
    sections: tuple[Part, ...] = ()

    @property
    def duration_ms(self) -> int:
        return round(len(self.pcm) * 1000 / self.rate_hz)


def silence(seconds: float, *, rate_hz: int = RATE_HZ) -> Song:
    """Return nothing at all, for `seconds`."""
    return Song(np.zeros((round(seconds * rate_hz), 2), np.float32), rate_hz)


def tone(
    seconds: float, *, hz: float = 440.0, level: float = 0.5, rate_hz: int = RATE_HZ
) -> Song:
    """Return one steady sine with the peak `level`."""
    times = np.arange(round(seconds * rate_hz)) / rate_hz
    return Song(_both(level * np.sin(2 * np.pi * hz * times)), rate_hz)


def noise(seconds: float, *, level: float = 0.2, seed: int = 1, rate_hz: int = RATE_HZ) -> Song:
    """Return even white noise below the peak `level`, different left and right."""
    shape = (round(seconds * rate_hz), 2)
    wide = np.random.default_rng(seed).uniform(-level, level, shape)
    return Song(wide.astype(np.float32), rate_hz)


def clicks(
    bpm: float,
    seconds: float,
    *,
    meter: int = 4,
    first_ms: int = 0,
    rate_hz: int = RATE_HZ,
) -> Song:
    """Return a kick on every beat, a bright accent on downbeats and a hat between the beats.

    The first beat is a downbeat and sounds at `first_ms`; nothing sounds before it.
    """
    pcm = silence(seconds, rate_hz=rate_hz).pcm
    beats_s = _beat_times_s(bpm, seconds=seconds, first_ms=first_ms)
    _place(pcm, _kick(rate_hz), at_s=beats_s, level=0.6, rate_hz=rate_hz)
    _place(pcm, _snap(rate_hz), at_s=beats_s[::meter], level=0.3, rate_hz=rate_hz)
    _place(pcm, _hat(rate_hz), at_s=beats_s + 30 / bpm, level=0.15, rate_hz=rate_hz)
    return _with_grid(pcm, beats_s, bpm=bpm, meter=meter, rate_hz=rate_hz)


def little_song(
    bpm: float, bars: int, *, meter: int = 4, first_ms: int = 0, rate_hz: int = RATE_HZ
) -> Song:
    """Return a quiet first half, an intro, and a loud second half, a drop.

    The halves meet on the downbeat after `bars // 2` bars. The quiet half has soft chords and
    hats over a faint kick; the loud one has kick, snare on even beats, hats, bass and chords.
    """
    seconds = first_ms / 1000 + bars * meter * 60 / bpm
    pcm = silence(seconds, rate_hz=rate_hz).pcm
    beats_s = first_ms / 1000 + np.arange(bars * meter) * 60 / bpm
    grid_s, half = beats_s.reshape(bars, meter), bars // 2
    _play_quiet(pcm, grid_s[:half], beat_s=60 / bpm, rate_hz=rate_hz)
    _play_loud(pcm, grid_s[half:], beat_s=60 / bpm, rate_hz=rate_hz)
    song = _with_grid(pcm, beats_s, bpm=bpm, meter=meter, rate_hz=rate_hz)
    turn_ms = song.downbeats_ms[half]
    parts = (
        Part(song.downbeats_ms[0], turn_ms, SectionKind.INTRO),
        Part(turn_ms, song.duration_ms, SectionKind.DROP),
    )
    return Song(
        pcm, rate_hz, bpm, meter, song.beats_ms, song.downbeats_ms, parts if half else parts[1:]
    )


def write_wav(path: Path, pcm: Sound, rate_hz: int = RATE_HZ, *, sample_bytes: int = 2) -> Path:
    """Write `pcm` of shape (frames,) or (frames, channels) as a PCM WAV file; return `path`.

    `sample_bytes` is 1 to 4. Samples outside -1 to 1 are clipped. Safe to repeat: the file is
    replaced.
    """
    rows = pcm.reshape(len(pcm), -1)
    with wave.open(str(path), "wb") as file:
        file.setnchannels(rows.shape[1])
        file.setsampwidth(sample_bytes)
        file.setframerate(rate_hz)
        file.writeframes(_packed(rows, sample_bytes))
    return path


def read_wav(path: Path) -> tuple[Sound, int]:
    """Return the samples, of shape (frames, channels), and the rate of a 16-bit WAV file."""
    with wave.open(str(path), "rb") as file:
        words = np.frombuffer(file.readframes(file.getnframes()), "<i2")
        rows = words.reshape(-1, file.getnchannels())
        return (rows / 32_767).astype(np.float32), file.getframerate()


def _packed(rows: Sound, sample_bytes: int) -> bytes:
    full = 2 ** (8 * sample_bytes - 1) - 1
    whole = np.round(np.clip(rows.astype(np.float64), -1, 1) * full).astype("<i8")
    if sample_bytes == 1:  # WAV keeps 8-bit samples unsigned
        whole += 128
    octets: NDArray[np.uint8] = whole.view(np.uint8).reshape(whole.size, 8)
    return octets[:, :sample_bytes].tobytes()


def _with_grid(
    pcm: Sound, beats_s: NDArray[np.float64], *, bpm: float, meter: int, rate_hz: int
) -> Song:
    beats_ms = tuple(round(float(at) * 1000) for at in beats_s)
    return Song(pcm, rate_hz, bpm, meter, beats_ms, beats_ms[::meter])


def _beat_times_s(bpm: float, *, seconds: float, first_ms: int) -> NDArray[np.float64]:
    """Return every beat that starts before the sound ends, save one at the very end."""
    first_s = first_ms / 1000
    count = int(np.ceil((seconds - first_s) * bpm / 60 - 1e-6))
    return first_s + np.arange(max(count, 0)) * 60 / bpm


def _play_quiet(
    pcm: Sound, grid_s: NDArray[np.float64], *, beat_s: float, rate_hz: int
) -> None:
    """Play the bars of `grid_s`, the times of the beats as (bars, beats in a bar)."""
    _place(pcm, _kick(rate_hz), at_s=grid_s, level=0.08, rate_hz=rate_hz)
    _place(pcm, _hat(rate_hz), at_s=grid_s + beat_s / 2, level=0.03, rate_hz=rate_hz)
    _place_chords(pcm, grid_s, beat_s=beat_s, level=0.03, rate_hz=rate_hz)


def _play_loud(pcm: Sound, grid_s: NDArray[np.float64], *, beat_s: float, rate_hz: int) -> None:
    bass = _held((55.0, 110.0), seconds=0.8 * beat_s, rate_hz=rate_hz)
    _place(pcm, _kick(rate_hz), at_s=grid_s, level=0.45, rate_hz=rate_hz)
    _place(pcm, _snap(rate_hz), at_s=grid_s[:, 1::2], level=0.25, rate_hz=rate_hz)
    _place(pcm, _hat(rate_hz), at_s=grid_s + beat_s / 2, level=0.12, rate_hz=rate_hz)
    _place(pcm, bass, at_s=grid_s, level=0.1, rate_hz=rate_hz)
    _place_chords(pcm, grid_s, beat_s=beat_s, level=0.05, rate_hz=rate_hz)


def _place_chords(
    pcm: Sound, grid_s: NDArray[np.float64], *, beat_s: float, level: float, rate_hz: int
) -> None:
    """Play A minor, F, C and G in turn, one chord a bar."""
    chords = (
        (220.0, 261.63, 329.63),
        (174.61, 220.0, 261.63),
        (196.0, 261.63, 329.63),
        (196.0, 246.94, 293.66),
    )
    bar_s = grid_s.shape[1] * beat_s
    for turn, chord in enumerate(chords):
        held = _held(chord, seconds=0.9 * bar_s, rate_hz=rate_hz)
        starts_s = grid_s[turn :: len(chords), 0]
        _place(pcm, held, at_s=starts_s, level=level, rate_hz=rate_hz)


def _place(
    pcm: Sound, hit: Sound, *, at_s: NDArray[np.float64], level: float, rate_hz: int
) -> None:
    """Add `hit` to `pcm` at each time; what would ring past the end is cut off."""
    for start in np.round(at_s * rate_hz).astype(int).flat:
        room = pcm[start : start + len(hit)]
        room += np.float32(level) * hit[: len(room)]


def _kick(rate_hz: int) -> Sound:
    """Return a sine that falls from 160 to 50 Hz while it dies away."""
    times = np.arange(round(0.16 * rate_hz)) / rate_hz
    turns = 50 * times + 110 * 0.02 * (1 - np.exp(-times / 0.02))
    return _both(np.cos(2 * np.pi * turns) * np.exp(-times / 0.05))


def _snap(rate_hz: int) -> Sound:
    return _burst(rate_hz, fade_s=0.03, seed=2)


def _hat(rate_hz: int) -> Sound:
    """Return a short burst of noise without its lows."""
    burst = _burst(rate_hz, fade_s=0.012, seed=3)
    return np.diff(burst, axis=0, prepend=np.zeros((1, 2), np.float32)) * np.float32(0.5)


def _burst(rate_hz: int, *, fade_s: float, seed: int) -> Sound:
    count = round(6 * fade_s * rate_hz)
    fade = np.exp(-np.arange(count) / (fade_s * rate_hz))
    return _both(np.random.default_rng(seed).uniform(-1, 1, count) * fade)


def _held(tones_hz: Sequence[float], *, seconds: float, rate_hz: int) -> Sound:
    """Return tones that fade in over 20 ms and out over the last fifth."""
    times = np.arange(round(seconds * rate_hz)) / rate_hz
    shape = np.minimum(np.minimum(times / 0.02, (seconds - times) / (seconds / 5)), 1)
    waves = sum(np.sin(2 * np.pi * hz * times) for hz in tones_hz)
    return _both(shape * waves)


def _both(mono: NDArray[np.float64]) -> Sound:
    return np.repeat(mono.astype(np.float32)[:, None], 2, axis=1)
