"""The softer instruments of "Night Bus": each function returns one note, stroke or texture.

Sound is as in `synth`: float64 at `RATE_HZ`, of shape (frames, 2), the same every time.
"""

from __future__ import annotations

import numpy as np
from synth import (
    RATE_HZ,
    Sound,
    filtered,
    frames,
    hiss,
    panned,
    pitch_hz,
    saw,
    strike,
    swell,
    times,
)


def keys(pitch: int, seconds: float, *, level: float) -> Sound:
    """Return a warm electric piano: the harder it is struck, the more its tine barks."""
    long_s = seconds + 0.3
    at = times(long_s)
    turns = 2 * np.pi * pitch_hz(pitch) * at
    bend = level * (1.25 * np.exp(-at / 0.3) + 0.35) * np.sin(turns)
    body = np.sin(turns + bend) + 0.12 * np.sin(turns / 2 + 0.3) * np.exp(-at / 0.5)
    tine = 0.11 * level * np.exp(-at / 0.06) * np.sin(7.03 * turns)
    fade = 0.55 * np.exp(-at / 0.45) + 0.45 * np.exp(-at / 2.4)
    shape = fade * swell(long_s, attack_s=0.004, release_s=0.3)
    return panned((body + tine) * shape * level, (pitch - 60) / 40)


def round_bass(pitch: int, seconds: float) -> Sound:
    """Return a fingered string under a blanket: nearly a sine, with a soft front."""
    at = times(seconds + 0.06)
    hz = pitch_hz(pitch)
    string = saw(hz, 120 + 420 * np.exp(-at / 0.07), count=len(at))
    shape = swell(seconds + 0.06, attack_s=0.007, release_s=0.07) * (
        0.6 + 0.4 * np.exp(-at / 0.5)
    )
    round_off = np.tanh(1.2 * (np.sin(2 * np.pi * hz * at) + 0.55 * string))
    return panned(round_off * shape, 0)


def soft_kick() -> Sound:
    """Return a drum with a pillow in it: from 130 down to 54 Hz, with a felt tip."""
    at = times(0.34)
    turns = 54 * at + 76 * 0.022 * (1 - np.exp(-at / 0.022))
    body = np.sin(2 * np.pi * turns + 0.3) * strike(0.34, fade_s=0.1)
    tip = filtered(hiss(0.34, seed=111), low_hz=500, high_hz=2600) * strike(0.34, fade_s=0.004)
    return panned(np.tanh(1.3 * body) + 0.34 * tip, 0)


def rim() -> Sound:
    """Return a stick laid across the drum: wood, dry and short."""
    at = times(0.12)
    wood = np.sin(2 * np.pi * 1680 * at) * strike(0.12, fade_s=0.009)
    shell = np.sin(2 * np.pi * 455 * at) * strike(0.12, fade_s=0.022)
    tick = filtered(hiss(0.12, seed=121), low_hz=1500, high_hz=6000)
    return panned(0.5 * wood + 0.7 * shell + 0.5 * tick * strike(0.12, fade_s=0.005), -0.12)


def brushed_snare() -> Sound:
    """Return wires touched by a brush: a breath more than a crack."""
    at = times(0.28)
    skin = np.sin(2 * np.pi * (178 * at + 0.6 * (1 - np.exp(-at / 0.012))))
    wires = filtered(hiss(0.28, seed=131), low_hz=900, high_hz=5200)
    brush = 0.55 * strike(0.28, fade_s=0.06) + 0.5 * strike(0.28, fade_s=0.012)
    return panned(0.45 * skin * strike(0.28, fade_s=0.045) + wires * brush, 0.08)


def shaker() -> Sound:
    """Return one forward throw of a shaker."""
    grains = filtered(hiss(0.09, seed=141), low_hz=4500, high_hz=9500)
    return panned(grains * swell(0.09, attack_s=0.016, release_s=0.07), -0.35)


def vinyl(seconds: float) -> Sound:
    """Return the surface of an old record: a breath of dark hiss and a few small crackles."""
    sides = [filtered(hiss(seconds, seed=seed), low_hz=90, high_hz=2400) for seed in (151, 152)]
    middle = filtered(hiss(seconds, seed=153), low_hz=60, high_hz=1800)
    surface = 0.5 * np.stack(sides, axis=1) + middle[:, None]
    return surface + 9 * _crackles(seconds)


def _crackles(seconds: float) -> Sound:
    """Return some seven crackles a second: most are dust, a few are scratches."""
    chance = np.random.default_rng(161)
    ticks = np.zeros((frames(seconds), 2))
    count = round(7 * seconds)
    at = chance.integers(0, len(ticks), count)
    size = np.minimum(chance.pareto(2.2, count) + 0.3, 4)
    place = chance.uniform(0.2, 0.8, count)
    ticks[at] = np.stack((size * place, size * (1 - place)), axis=1)
    return filtered(ticks, low_hz=900, high_hz=6500)


def wobbled(bus: Sound, *, cents: float, hz: float) -> Sound:
    """Return `bus` from a tape whose speed sways by `cents` each way, `hz` times a second."""
    at = np.arange(len(bus), dtype=np.float64)
    reach = RATE_HZ * (2 ** (cents / 1200) - 1) / (2 * np.pi * hz)
    heard = at - reach * (1 - np.cos(2 * np.pi * hz * at / RATE_HZ)) * 0.5
    return np.stack([np.interp(heard, at, side) for side in bus.T], axis=1)
