"""The instruments of "First Light", and what all are made of: a function returns one sound.

Sound is float64 at `RATE_HZ`, mono of shape (frames,) or stereo of shape (frames, 2). Noise
comes from seeded generators, so a song is the same every time.
"""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy.typing import NDArray

RATE_HZ = 48_000
Sound = NDArray[np.float64]

_TABLE = 4096
_BRIGHTEST_HZ = 10_000  # the tables hold harmonics up to twice the cutoff: all below Nyquist


def frames(seconds: float) -> int:
    """Return how many frames last `seconds`."""
    return round(seconds * RATE_HZ)


def times(seconds: float) -> Sound:
    """Return the time of every frame, in seconds."""
    return np.arange(frames(seconds)) / RATE_HZ


def pitch_hz(pitch: float) -> float:
    """Return the frequency of a MIDI number."""
    return float(440 * 2 ** ((pitch - 69) / 12))


def saw(
    hz: float | Sound, cutoff_hz: float | Sound, *, count: int, phase: float = 0.0
) -> Sound:
    """Return a sawtooth behind a gentle low-pass; pitch and cutoff may change with time.

    The filter is baked into a row of wave tables, an octave of cutoff apart, and the sound
    fades between neighbours: no aliasing and no loop over samples.
    """
    tables = _saw_tables()
    pitch = np.broadcast_to(np.asarray(hz, np.float64), count)
    bright = np.clip(cutoff_hz, pitch, _BRIGHTEST_HZ)
    row = np.clip(np.log2(bright / pitch), 0, len(tables) - 1.001)
    low, blend = row.astype(np.int64), row % 1
    place = (phase + np.cumsum(pitch) / RATE_HZ) % 1 * _TABLE
    column = place.astype(np.int64)
    first = low * tables.shape[1] + column
    duller = _between(tables, first, place - column)
    brighter = _between(tables, first + tables.shape[1], place - column)
    mixed: Sound = duller + (brighter - duller) * blend
    return mixed


def _between(tables: Sound, first: NDArray[np.int64], share: Sound) -> Sound:
    """Return the values a `share` of the way from the entries at `first` to the next ones."""
    here: Sound = tables.take(first)
    there: Sound = tables.take(first + 1)
    return here + (there - here) * share


@cache
def _saw_tables() -> Sound:
    """Return one period per row, the cutoff at harmonic 1, 2, 4 ... 256."""
    cycle = np.arange(_TABLE + 1) / _TABLE
    rows = []
    for cutoff in 2.0 ** np.arange(9):
        harmonic = np.arange(1, 2 * cutoff + 1)
        weight = 1 / harmonic / np.sqrt(1 + (harmonic / cutoff) ** 4)
        spectrum = np.zeros(_TABLE // 2 + 1, np.complex128)
        spectrum[1 : len(harmonic) + 1] = -0.5j * weight * _TABLE
        row = np.fft.irfft(spectrum, _TABLE) * (2 / np.pi)
        rows.append(np.interp(cycle, cycle, np.append(row, row[0])))
    return np.array(rows)


def swell(seconds: float, *, attack_s: float, release_s: float) -> Sound:
    """Return an envelope that rises, holds, and lets go within `seconds`."""
    at = times(seconds)
    rise = np.minimum(at / attack_s, 1)
    fall = np.clip((seconds - at) / release_s, 0, 1)
    return rise * fall**2


def strike(seconds: float, *, fade_s: float) -> Sound:
    """Return an envelope that starts at once, fades, and has quite gone by the end."""
    at = times(seconds)
    return np.exp(-at / fade_s) * np.minimum((seconds - at) / 0.005, 1)


def filtered(sound: Sound, *, low_hz: float = 0.0, high_hz: float = 1e9) -> Sound:
    """Return `sound` between two corner frequencies, with slopes of 12 dB an octave."""
    size = quick_size(len(sound) + frames(0.02))
    shape = band(bins_hz(size), low_hz=low_hz, high_hz=high_hz)
    if sound.ndim == 2:
        shape = shape[:, None]
    spectrum = np.fft.rfft(sound, size, axis=0) * shape
    return np.fft.irfft(spectrum, size, axis=0)[: len(sound)]


def band(hz: Sound, *, low_hz: float = 0.0, high_hz: float = 1e9) -> Sound:
    """Return the gain at each frequency of a filter between two corners, without delay."""
    shape = 1 / (1 + (hz / high_hz) ** 2)
    if low_hz:
        shape *= (hz / low_hz) ** 2 / (1 + (hz / low_hz) ** 2)
    return shape


def bins_hz(size: int) -> Sound:
    """Return the frequency of each bin of a real Fourier transform over `size` frames."""
    return np.linspace(0, RATE_HZ / 2, size // 2 + 1)


def quick_size(count: int) -> int:
    """Return a power of two from `count` up, where the Fourier transform is quick."""
    return 1 << (count - 1).bit_length()


def hiss(seconds: float, *, seed: int) -> Sound:
    """Return white noise."""
    return np.random.default_rng(seed).standard_normal(frames(seconds))


def panned(mono: Sound, place: float) -> Sound:
    """Return `mono` between left (-1) and right (1) at an even power."""
    angle = (place + 1) * np.pi / 4
    return np.stack((mono * np.cos(angle), mono * np.sin(angle)), axis=1)


# Instruments that play notes.


def pad(pitch: int, seconds: float, cutoff_hz: Sound) -> Sound:
    """Return a wide choir of five saws, each a little out of tune in its own place."""
    shape = swell(seconds, attack_s=0.12, release_s=0.5)
    voices = np.zeros((len(shape), 2))
    for turn, cents in enumerate((-11, -5, 0, 6, 10)):
        tuned = pitch_hz(pitch + cents / 100)
        phase = (0.37 * turn + 0.11 * pitch) % 1
        voice = saw(tuned, cutoff_hz, count=len(shape), phase=phase)
        voices += panned(voice * shape, (-0.9, 0.9, 0.0, -0.5, 0.5)[turn])
    return voices / 3


def bass(pitch: int, seconds: float) -> Sound:
    """Return a plucked saw over a round sine, driven a little, in the middle."""
    at = times(seconds)
    shape = swell(seconds, attack_s=0.004, release_s=0.03)
    hz = pitch_hz(pitch)
    growl = saw(hz, 180 + 1100 * np.exp(-at / 0.09), count=len(at))
    driven = np.tanh(1.6 * (np.sin(2 * np.pi * hz * at) + 0.8 * growl))
    return panned(driven * shape, 0)


def pluck(pitch: int, seconds: float, *, cutoff_hz: float, place: float) -> Sound:
    """Return a short bright string whose filter closes as it fades."""
    at = times(seconds + 0.15)
    bright = cutoff_hz * (0.25 + 0.75 * np.exp(-at / 0.07))
    string = saw(pitch_hz(pitch), bright, count=len(at), phase=0.2)
    string += 0.6 * saw(pitch_hz(pitch + 0.07), bright, count=len(at), phase=0.7)
    shape = strike(seconds + 0.15, fade_s=0.11) * np.minimum(at / 0.002, 1)
    return panned(string * shape, place)


def bell(pitch: int, seconds: float) -> Sound:
    """Return a soft electric piano: one sine bending another, with a tine above."""
    long_s = seconds + 0.8
    at = times(long_s)
    hz = pitch_hz(pitch)
    bend = 1.3 * np.exp(-at / 0.35) * np.sin(2 * np.pi * hz * at)
    body = np.sin(2 * np.pi * hz * at + bend)
    tine = 0.18 * np.exp(-at / 0.12) * np.sin(2 * np.pi * 4.02 * hz * at)
    shape = np.exp(-at / 0.9) * swell(long_s, attack_s=0.004, release_s=0.7)
    drift = 0.25 * np.sin(2 * np.pi * 2.3 * at)
    mono = (body + tine) * shape
    return np.stack((mono * (1 - drift), mono * (1 + drift)), axis=1) * 0.7


def lead(pitch: int, seconds: float, *, glide_from: int | None) -> Sound:
    """Return a singing voice of three saws that slides into its note and then trembles."""
    at = times(seconds + 0.12)
    slide = (glide_from - pitch if glide_from else 0) * np.exp(-at / 0.022)
    tremble = 0.16 * np.clip((at - 0.28) / 0.3, 0, 1) * np.sin(2 * np.pi * 5.4 * at)
    hz = pitch_hz(pitch) * 2 ** ((slide + tremble) / 12)
    bright = 2800 + 5000 * np.exp(-at / 0.16)
    middle = saw(hz, bright, count=len(at)) + 0.5 * saw(hz / 2, bright / 2, count=len(at))
    sides = (saw(hz * 2 ** (cents / 1200), bright, count=len(at)) for cents in (-8, 8))
    shape = swell(seconds + 0.12, attack_s=0.012, release_s=0.14)
    wide = 0.55 * np.stack(tuple(sides), axis=1) + 0.6 * middle[:, None]
    return wide * shape[:, None]


def riser(seconds: float, *, seed: int) -> Sound:
    """Return wind that grows louder and brighter until it stops dead at the end."""
    climb = times(seconds) / seconds
    wind = np.zeros((len(climb), 2))
    for side in (0, 1):
        noise = hiss(seconds, seed=seed + side)
        for turn, low_hz in enumerate((300, 700, 1600, 3600, 8000)):
            window = np.exp(-(((climb * 5.2 - 0.4 - turn) / 0.9) ** 2))
            gust = filtered(noise, low_hz=low_hz, high_hz=low_hz * 2)
            wind[:, side] += window * filtered(gust, low_hz=low_hz, high_hz=low_hz * 2)
    return wind * (climb**1.6 * np.minimum((1 - climb) * seconds / 0.01, 1))[:, None]


# Drums; every stroke begins at its first frame.


def kick() -> Sound:
    """Return a drum that falls from 230 to 48 Hz, with a click at the front."""
    at = times(0.42)
    turns = (
        48 * at + 60 * 0.05 * (1 - np.exp(-at / 0.05)) + 130 * 0.008 * (1 - np.exp(-at / 0.008))
    )
    body = np.sin(2 * np.pi * turns + 0.5) * strike(0.42, fade_s=0.13)
    click = filtered(hiss(0.42, seed=11), low_hz=1500) * strike(0.42, fade_s=0.003)
    return panned(np.tanh(1.8 * body) + 0.3 * click, 0) * 1.2


def muffled_kick() -> Sound:
    """Return the kick as heard through a wall."""
    return filtered(kick(), high_hz=160) * 1.3


def snare() -> Sound:
    """Return a tuned skin and the rattle under it."""
    at = times(0.3)
    skin = np.sin(2 * np.pi * (185 * at + 1.2 * (1 - np.exp(-at / 0.015))))
    rattle = filtered(hiss(0.3, seed=21), low_hz=1400, high_hz=9000)
    mixed = 0.7 * skin * strike(0.3, fade_s=0.05) + 0.8 * rattle * strike(0.3, fade_s=0.07)
    return panned(mixed, 0.1)


def clap() -> Sound:
    """Return many hands: three short bursts 11 ms apart and a longer one, wide."""
    sides = []
    for seed in (31, 32):
        hands = filtered(hiss(0.35, seed=seed), low_hz=900, high_hz=6000)
        shape = strike(0.35, fade_s=0.09) * 0.8
        for start in (frames(0.0), frames(0.011), frames(0.022)):
            shape[start : start + frames(0.01)] += strike(0.01, fade_s=0.004)
        sides.append(hands * shape)
    body = filtered(hiss(0.35, seed=33), low_hz=170, high_hz=320) * strike(0.35, fade_s=0.05)
    return np.stack(sides, axis=1) + 1.2 * body[:, None]


def hat(*, fade_s: float, seconds: float) -> Sound:
    """Return a cymbal of noise and six clashing squares, without its lows."""
    at = times(seconds)
    ring = sum(
        np.sign(np.sin(2 * np.pi * hz * at)) for hz in (3205, 4211, 5307, 5977, 7331, 8111)
    )
    metal = filtered(0.14 * ring + 0.6 * hiss(seconds, seed=41), low_hz=7500, high_hz=15_000)
    return panned(metal * strike(seconds, fade_s=fade_s), 0.25)


def crash() -> Sound:
    """Return a wide cymbal that takes three seconds to fade."""
    shape = 0.7 * strike(3.0, fade_s=0.9) + 0.5 * strike(3.0, fade_s=0.08)
    sides = [filtered(hiss(3.0, seed=seed), low_hz=3500, high_hz=12_000) for seed in (51, 52)]
    return np.stack(sides, axis=1) * shape[:, None]
