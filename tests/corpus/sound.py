"""A score in, sound out: float32, one channel at `RATE_HZ`, the same every time."""

from __future__ import annotations

from functools import cache, lru_cache

import numpy as np

from tests.corpus.banks import Kit, Tone
from tests.corpus.score import Note, Score
from tests.corpus.truth import Array
from tests.songs import Sound

RATE_HZ = 32_000
TAIL_S = 0.3
_TABLE = 4_096
_LOWPASS_HZ = 15_000
_LEVELS = {
    "kick": 1.0,
    "snare": 0.6,
    "hat": 0.25,
    "crash": 0.25,
    "bass": 0.45,
    "comp": 0.16,
    "arp": 0.22,
    "pad": 0.14,
    "lead": 0.22,
}
_DRUMS = ("kick", "snare", "hat", "crash")
_DRY = ("kick", "bass")


def play(score: Score) -> Sound:
    """Return the piece: mixed, with some room, driven into soft clipping, without its top."""
    length = round((score.truth.grid.end_s + TAIL_S) * RATE_HZ)
    dry, wet = np.zeros(length), np.zeros(length)
    for note in score.notes:
        level = _LEVELS[note.voice]
        if note.voice in _DRUMS:
            level *= score.band.drum_level
        bus = dry if note.voice in _DRY else wet
        start = round(note.at_s * RATE_HZ)
        room = bus[start : start + round(6 * RATE_HZ)]
        sound = _sound(note, score)[: len(room)]
        room[: len(sound)] += level * note.level * sound
    if score.band.ducked:
        wet *= _duck(score, length)
    return _mastered(dry + wet + score.band.hall * _hall(wet), score)


def _sound(note: Note, score: Score) -> Array:
    if note.voice in _DRUMS:
        return _drum(note.voice, score.band.kit) if score.band.kit else np.zeros(1)
    return _tone(note.pitch, round(note.seconds, 3), score.band.tones[note.voice])


def _times(seconds: float) -> Array:
    return np.arange(round(seconds * RATE_HZ)) / RATE_HZ


@cache
def _drum(voice: str, kit: Kit) -> Array:
    if voice == "kick":
        return _kick(kit)
    if voice == "snare":
        at = _times(5 * kit.snare_fade_s)
        skin = np.sin(2 * np.pi * kit.snare_hz * at) * np.exp(-at / (kit.snare_fade_s / 2))
        wires = _noise(len(at), low_hz=kit.snare_low_hz, high_hz=9_000, seed=2)
        return 0.6 * skin + wires * np.exp(-at / kit.snare_fade_s)
    fade_s = 0.7 if voice == "crash" else kit.hat_fade_s
    at = _times(5 * fade_s)
    metal = _noise(len(at), low_hz=kit.hat_low_hz, high_hz=14_000, seed=3)
    return metal * np.exp(-at / fade_s)


def _kick(kit: Kit) -> Array:
    at = _times(5 * kit.kick_fade_s)
    fall_s = 0.03
    turns = kit.kick_hz * (at + (kit.kick_fall - 1) * fall_s * (1 - np.exp(-at / fall_s)))
    body = np.sin(2 * np.pi * turns) * np.exp(-at / kit.kick_fade_s)
    click = _noise(len(at), low_hz=1_500, high_hz=6_000, seed=1) * np.exp(-at / 0.003)
    return np.asarray(np.tanh(1.5 * body) + 0.3 * click)


@cache
def _noise(count: int, *, low_hz: float, high_hz: float, seed: int) -> Array:
    """Return noise of deviation 1 between two frequencies."""
    white = np.random.default_rng(seed).standard_normal(count)
    spectrum = np.fft.rfft(white)
    hz = np.fft.rfftfreq(count, 1 / RATE_HZ)
    spectrum *= 1 / (1 + (low_hz / np.maximum(hz, 1)) ** 4) / (1 + (hz / high_hz) ** 4)
    sound = np.fft.irfft(spectrum, count)
    return np.asarray(sound / max(1e-9, float(sound.std())))


@lru_cache(maxsize=128)
def _tone(pitch: int, seconds: float, tone: Tone) -> Array:
    release_s = 0.08 + tone.attack_s / 2
    at = _times(seconds + release_s)
    hz = 440 * 2 ** ((pitch - 69) / 12)
    sway = tone.vibrato * np.clip((at - 0.25) / 0.3, 0, 1) * np.sin(2 * np.pi * 5.2 * at)
    voices = (-tone.cents, tone.cents) if tone.cents else (0.0,)
    sound = np.zeros(len(at))
    for turn, cents in enumerate(voices):
        tuned = hz * 2 ** (cents / 1200)
        bend = np.cumsum(2 ** (sway / 12)) / RATE_HZ if tone.vibrato else at
        place = (((0.37 * turn + tuned * bend) % 1) * _TABLE).astype(int) % _TABLE
        dull, bright = _cycles(tone.slope, int(min(60, 12_000 / hz)), odd=tone.odd)
        share = np.exp(-at / tone.bright_s)
        sound += dull[place] + (bright - dull)[place] * share
    return sound / len(voices) * _shape(at, seconds, tone, release_s)


def _shape(at: Array, seconds: float, tone: Tone, release_s: float) -> Array:
    rise = np.minimum(at / tone.attack_s, 1)
    fall = np.clip((seconds + release_s - at) / release_s, 0, 1)
    return np.asarray(rise * fall * np.exp(-at / tone.fade_s))


@cache
def _cycles(slope: float, harmonics: int, *, odd: bool) -> tuple[Array, Array]:
    """Return one period with soft and one with full harmonics."""
    number = np.arange(1, max(1, harmonics) + 1)
    full = number**-slope * np.where(odd & (number % 2 == 0), 0.1, 1.0)
    pair = []
    for weight in (full / (1 + (number / 4) ** 2), full):
        spectrum = np.zeros(_TABLE // 2 + 1, np.complex128)
        spectrum[1 : len(number) + 1] = -0.5j * _TABLE * weight
        pair.append(np.fft.irfft(spectrum, _TABLE))
    return pair[0], pair[1]


def _duck(score: Score, length: int) -> Array:
    """Return a gain that dips on every kick and comes up over a quarter of a second."""
    gain, dip = np.ones(length), 1 - 0.7 * np.exp(-_times(0.5) / 0.09)
    for note in score.notes:
        if note.voice == "kick":
            start = round(note.at_s * RATE_HZ)
            room = gain[start : start + len(dip)]
            np.minimum(room, dip[: len(room)], out=room)
    return gain


def _hall(bus: Array) -> Array:
    at = _times(1.2)
    tail = np.random.default_rng(7).standard_normal(len(at)) * np.exp(-at / 0.25)
    tail[: round(0.012 * RATE_HZ)] = 0
    size = 1 << (len(bus) + len(tail)).bit_length()
    spectrum = np.fft.rfft(bus, size) * np.fft.rfft(tail / np.sqrt((tail**2).sum()), size)
    return np.asarray(np.fft.irfft(spectrum, size)[: len(bus)])


def _mastered(mix: Array, score: Score) -> Sound:
    loud = float(np.percentile(np.abs(mix), 99.5)) or 1.0
    driven = np.tanh(score.band.drive * mix / loud)
    size = 1 << len(driven).bit_length()
    spectrum = np.fft.rfft(driven, size)
    hz = np.fft.rfftfreq(size, 1 / RATE_HZ)
    spectrum *= np.clip((_LOWPASS_HZ + 500 - hz) / 1_000, 0, 1)  # as a lossy codec cuts it
    out = np.fft.irfft(spectrum, size)[: len(driven)]
    return np.asarray(0.9 * out / max(1e-9, float(np.abs(out).max()))).astype(np.float32)
