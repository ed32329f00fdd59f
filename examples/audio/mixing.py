"""The mixing desk of both songs: placing, space, ducking, loudness, limiter.

Sound is float64 of shape (frames, 2) at `synth.RATE_HZ`.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from notation import BEATS_IN_BAR, Hit, Points, Song
from synth import RATE_HZ, Sound, band, bins_hz, filtered, frames, hiss, quick_size

# ITU-R BS.1770-4, tables 1 and 2: the K-weighting filters at 48 kHz, as (b, a).
_K_SHELF = (
    (1.53512485958697, -2.69169618940638, 1.19839281085285),
    (1.0, -1.69065929318241, 0.73248077421585),
)
_K_HIGH_PASS = ((1.0, -2.0, 1.0), (1.0, -1.99004745483398, 0.99007225036621))

_BLOCK = 48  # the limiter thinks in runs of 1 ms


def add(bus: Sound, sound: Sound, *, at_s: float, level: float = 1.0) -> None:
    """Add `sound` to `bus` from `at_s` on; what would ring past the end is cut off."""
    start = round(at_s * RATE_HZ)
    room = bus[start : start + len(sound)]
    room += level * sound[: len(room)]


def strike(bus: Sound, drum: Sound, hits: Iterable[Hit], *, song: Song, level: float) -> None:
    """Add every stroke of one drum to `bus`."""
    for hit in hits:
        add(bus, drum, at_s=song.time_s(hit.beat), level=level * hit.level)


def silence(song: Song) -> Sound:
    """Return silence as long as the song."""
    return np.zeros((frames(song.seconds), 2))


def curve(points: Points, bars: float | Sound) -> Sound:
    """Return the value of a curve of a score at each place, in bars."""
    at, value = zip(*points, strict=True)
    return np.asarray(np.interp(bars, at, value))


def faded(mix: Sound, song: Song) -> Sound:
    """Return `mix` dying away smoothly over the last bar of the song."""
    last_s = BEATS_IN_BAR * song.beat_s
    fade = np.clip((song.seconds - np.arange(len(mix)) / RATE_HZ) / last_s, 0, 1)
    return mix * (fade**1.5)[:, None]


def ducked(bus: Sound, *, at_s: Sound, depth: float, recover_s: float) -> Sound:
    """Return `bus` pushed down by `depth` at each time and let up again over `recover_s`."""
    gain = np.ones(len(bus))
    since = np.arange(frames(recover_s)) / frames(recover_s)
    dip = 1 - depth * 0.5 * (1 + np.cos(np.pi * since**0.8))
    for start in np.round(at_s * RATE_HZ).astype(int):
        room = gain[start : start + len(dip)]
        np.minimum(room, dip[: len(room)], out=room)
    early = frames(0.004)  # a short ramp down before the stroke, so that nothing clicks
    ramp = np.convolve(gain, np.full(early, 1 / early), "full")[early - 1 :]
    softened: Sound = bus * ramp[: len(gain), None]
    return softened


def echoed(bus: Sound, *, delay_s: float, feedback: float) -> Sound:
    """Return only the echoes of `bus`, which bounce between the sides and grow duller.

    Each echo is the one before, crossed over, filtered and turned down. Crossing leaves the
    sum of both sides as it is and negates their difference, so the whole row of echoes is one
    geometric series for each.
    """
    size = quick_size(len(bus) + RATE_HZ)
    hz = bins_hz(size)
    once = feedback * np.exp(-2j * np.pi * delay_s * hz) * band(hz, low_hz=250, high_hz=5000)
    left, right = np.fft.rfft(bus, size, axis=0).T
    middle, side = (left + right) * once / (1 - once), (right - left) * once / (1 + once)
    spectrum = np.stack((middle + side, middle - side), axis=1) / 2
    return np.fft.irfft(spectrum, size, axis=0)[: len(bus)]


def reverberated(bus: Sound, *, seconds: float) -> Sound:
    """Return only the hall around `bus`: `seconds` until it has faded by 60 dB."""
    hall = _hall(seconds)
    size = quick_size(len(bus) + len(hall))
    spectrum = np.fft.rfft(bus, size, axis=0) * np.fft.rfft(hall, size, axis=0)
    spectrum *= band(bins_hz(size), low_hz=180)[:, None]
    return np.fft.irfft(spectrum, size, axis=0)[: len(bus)]


def _hall(seconds: float) -> Sound:
    """Return the answer of a hall to one clap: noise whose highs die before its lows."""
    at = np.arange(frames(seconds * 1.2)) / RATE_HZ
    bands = ((20, 600, 1.0), (600, 3000, 0.85), (3000, 12_000, 0.5))
    hall = np.zeros((len(at), 2))
    for side in (0, 1):
        noise = hiss(seconds * 1.2, seed=71 + side)
        for low_hz, high_hz, share in bands:
            fade = 10 ** (-3 * at / (seconds * share))
            hall[:, side] += filtered(noise, low_hz=low_hz, high_hz=high_hz) * fade
    hall *= np.minimum(at / 0.02, 1)[:, None]
    return np.asarray(hall / np.sqrt((hall**2).sum(axis=0)))


def mastered(mix: Sound, *, lufs: float, ceiling_dbtp: float) -> Sound:
    """Return `mix` brought to the loudness `lufs` and held below `ceiling_dbtp`."""
    clean = filtered(mix, low_hz=22)
    weighted, peaks = _k_weighted(clean), _block_peaks(clean)
    ceiling = 10 ** (ceiling_dbtp / 20)
    gain, drive = np.ones(len(mix)), 1.0
    for _ in range(6):  # the limiter takes a little loudness away: give it back
        short = 10 ** ((lufs - _gated_lufs(weighted * gain[:, None])) / 20)
        drive *= short
        gain = drive * _limit(peaks * drive, ceiling=ceiling, count=len(mix))
    return clean * gain[:, None]


def loudness_lufs(mix: Sound) -> float:
    """Return the integrated loudness after ITU-R BS.1770-4."""
    return _gated_lufs(_k_weighted(mix))


def true_peak(mix: Sound) -> float:
    """Return the greatest level between or on the samples."""
    return float(_block_peaks(mix).max())


def _limit(peaks: Sound, *, ceiling: float, count: int) -> Sound:
    """Return the gain of each of `count` frames that holds `peaks` below the ceiling.

    It looks 4 ms ahead and comes back in a straight line, at most 1 in 240 ms.
    """
    wanted = np.minimum(1, ceiling / np.maximum(peaks, 1e-9))
    held = np.pad(wanted, 4, constant_values=1)
    lowest = np.lib.stride_tricks.sliding_window_view(held, 9).min(axis=1)
    slope = np.arange(len(lowest)) * (_BLOCK / RATE_HZ / 0.24)
    released = np.minimum.accumulate(lowest - slope) + slope
    smooth = np.convolve(np.pad(released, 2, mode="edge"), np.full(5, 0.2), "valid")
    middles = (np.arange(len(smooth)) + 0.5) * _BLOCK
    return np.asarray(np.interp(np.arange(count), middles, smooth))


def _block_peaks(mix: Sound) -> Sound:
    """Return the true peak of each run of 1 ms, both sides together, at four times the rate."""
    reach = np.arange(-12, 12)
    levels = np.abs(mix).max(axis=1)
    for shift in (0.25, 0.5, 0.75):
        taps = np.sinc(reach + shift) * np.cos(np.pi * (reach + shift) / 25) ** 2
        for side in mix.T:
            np.maximum(levels, np.abs(np.convolve(side, taps, "same")), out=levels)
    whole = np.pad(levels, (0, -len(levels) % _BLOCK))
    return np.asarray(whole.reshape(-1, _BLOCK).max(axis=1))


def _gated_lufs(weighted: Sound) -> float:
    """Return the loudness of blocks of 400 ms, overlapping by three quarters, gated twice."""
    hop = RATE_HZ // 10
    power = (weighted**2).sum(axis=1)
    hops = power[: len(power) // hop * hop].reshape(-1, hop).mean(axis=1)
    blocks = np.convolve(hops, np.full(4, 0.25), "valid")
    audible = blocks[blocks > 10 ** ((-70 + 0.691) / 10)]
    loud = audible[audible > audible.mean() / 10]
    return float(-0.691 + 10 * np.log10(loud.mean()))


def _k_weighted(mix: Sound) -> Sound:
    """Return `mix` as loud as the ear finds it, low to high."""
    size = quick_size(len(mix) + RATE_HZ)
    z = np.exp(-2j * np.pi * np.fft.rfftfreq(size))
    gain = np.ones(len(z), np.complex128)
    for b, a in (_K_SHELF, _K_HIGH_PASS):
        gain *= (b[0] + b[1] * z + b[2] * z * z) / (a[0] + a[1] * z + a[2] * z * z)
    spectrum = np.fft.rfft(mix, size, axis=0) * gain[:, None]
    return np.fft.irfft(spectrum, size, axis=0)[: len(mix)]
