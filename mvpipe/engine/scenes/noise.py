"""Chance that repeats: numbers and cloud textures that depend on a seed alone.

Nothing here draws from a global generator, so the same seed gives the same picture for ever.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from mvpipe.engine.kernel import kernel

Texture = NDArray[np.float32]
Places = NDArray[np.uint32]

TEXTURE = 512
"""Side of a cloud texture; a power of two, so that it wraps with a mask."""

_GOLDEN, _MIX1, _MIX2 = 0x9E3779B97F4A7C15, 0xBF58476D1CE4E5B9, 0x94D049BB133111EB


def chances(seed: int, count: int) -> NDArray[np.float64]:
    """Return `count` numbers evenly spread over 0 to 1, the same for the same seed.

    SplitMix64 (Steele, Lea and Flood, 2014), counted from the seed.
    """
    with np.errstate(over="ignore"):
        state = np.uint64(seed & 0xFFFFFFFFFFFFFFFF) * np.uint64(_MIX1)
        z = state + np.arange(1, count + 1, dtype=np.uint64) * np.uint64(_GOLDEN)
        z = (z ^ (z >> np.uint64(30))) * np.uint64(_MIX1)
        z = (z ^ (z >> np.uint64(27))) * np.uint64(_MIX2)
        z = z ^ (z >> np.uint64(31))
    return (z >> np.uint64(11)).astype(np.float64) / float(1 << 53)


@lru_cache(maxsize=8)
def cloud(seed: int, *, slope: float = 1.7, coarsest: int = 2, finest: int = 160) -> Texture:
    """Return a (512, 512) texture that tiles: many octaves of noise, 0 to 1, mean a half.

    Made from waves of random phase whose strength falls as frequency to the power of `slope`,
    between `coarsest` and `finest` waves a side. Costs some 30 ms, once.
    """
    phases = chances(seed, TEXTURE * TEXTURE).reshape(TEXTURE, TEXTURE) * 2.0 * np.pi
    rows = np.fft.fftfreq(TEXTURE) * TEXTURE
    radius = np.hypot(rows[:, None], rows[None, :])
    kept = (radius >= coarsest) & (radius <= finest)
    strength = np.where(kept, np.maximum(radius, 1.0) ** -slope, 0.0)
    waves = np.fft.ifft2(strength * np.exp(1j * phases)).real
    levels: Texture = (0.5 + waves / (5.0 * waves.std())).clip(0.0, 1.0).astype(np.float32)
    return levels


@lru_cache(maxsize=8)
def streaks(seed: int, *, texels: int) -> Texture:
    """Return the cloud of a seed blurred down its columns, as by motion. Costs 40 ms, once."""
    still = cloud(seed)
    moved = [np.roll(still, step - texels // 2, axis=0) for step in range(texels)]
    blurred: Texture = np.mean(moved, axis=0, dtype=np.float32)
    return blurred


@lru_cache(maxsize=8)
def line_noise(
    seed: int, *, slope: float = 1.2, coarsest: int = 2, finest: int = 200
) -> Texture:
    """Return 2048 numbers that tile, 0 to 1: a ridge, a curtain's folds. Costs 1 ms, once."""
    count = 2048
    waves = np.arange(coarsest, finest + 1)
    phases = np.exp(2j * np.pi * chances(seed, len(waves)))
    spectrum = np.zeros(count // 2 + 1, np.complex128)
    spectrum[waves] = phases * waves.astype(np.float64) ** -slope
    levels = np.fft.irfft(spectrum, count)
    line: Texture = (0.5 + levels / (5.0 * levels.std())).clip(0.0, 1.0).astype(np.float32)
    return line


def along(line: Texture, positions: NDArray[np.float32]) -> Texture:
    """Return a line noise at `positions`, in turns of the whole line; it wraps, smoothly."""
    found = np.empty(positions.shape, np.float32)
    follow(line, np.ascontiguousarray(positions).ravel(), found.ravel())
    return found


@kernel
def follow(line: Texture, positions: NDArray[np.float32], found: Texture) -> None:
    """Fill `found` with a line noise at `positions`, both (n,): 4 ns each."""
    for i in range(found.shape[0]):
        at = (np.float64(positions[i]) % 1.0) * len(line)
        low = np.uint32(at)
        part = at - low
        part = part * part * (3.0 - 2.0 * part)
        low %= np.uint32(len(line))
        high = (low + np.uint32(1)) % np.uint32(len(line))
        found[i] = line[low] * (1.0 - part) + line[high] * part


@kernel
def sample(texture: Texture, u: float, v: float) -> float:
    """Return the texture at (u, v) turns, bilinear, wrapping; float32. Some 5 ns."""
    x = np.float32(u) * np.float32(512.0)
    y = np.float32(v) * np.float32(512.0)
    left, top = np.floor(x), np.floor(y)
    fx, fy = x - left, y - top
    mask = np.uint32(511)  # unsigned, so that the compiler drops its check for negatives
    i, j = np.uint32(np.int32(left)) & mask, np.uint32(np.int32(top)) & mask
    k, m = (i + np.uint32(1)) & mask, (j + np.uint32(1)) & mask
    a, b = texture[j, i], texture[m, i]
    a += (texture[j, k] - a) * fx
    b += (texture[m, k] - b) * fx
    return a + (b - a) * fy  # type: ignore[no-any-return]  # numpy scalars are Any


@kernel
def sample_row(texture: Texture, us: Texture, vs: Texture, out: Texture, at: Places) -> None:
    """Fill `out` with the texture at (us, vs) turns, as `sample` does at one. 2.5 ns each.

    All are (n,), float32 but for `at`, uint32, which is room for the texels' places. `us` and
    `vs` are overwritten. The sums compile to vector code; the look-ups follow on their own.
    """
    flat, mask, rows = texture.ravel(), np.uint32(511), np.uint32(512 * 512 - 1)
    one, below = np.uint32(1), np.uint32(512)
    for i in range(out.shape[0]):
        x, y = us[i] * np.float32(512.0), vs[i] * np.float32(512.0)
        left, top = np.floor(x), np.floor(y)
        us[i], vs[i] = x - left, y - top
        row = np.uint32(np.int32(top)) & mask
        at[i] = (row << np.uint32(9)) | (np.uint32(np.int32(left)) & mask)
    for i in range(out.shape[0]):
        j = at[i]
        k = (j & ~mask) | ((j + one) & mask)
        a, b = flat[j], flat[(j + below) & rows]
        a += (flat[k] - a) * us[i]
        b += (flat[(k + below) & rows] - b) * us[i]
        out[i] = a + (b - a) * vs[i]


@kernel
def turn_of(y: np.float32, x: np.float32) -> np.float32:
    """Return the angle of (x, y) in turns, -0.5 to 0.5, float32, to 0.00001.

    The polynomial is Hastings' ("Approximations for Digital Computers", 1955, sheet 13).
    """
    across, down = np.abs(x), np.abs(y)
    a = np.minimum(across, down) / np.maximum(np.maximum(across, down), np.float32(1e-12))
    q = a * a
    p = np.float32(-0.01172120) * q + np.float32(0.05265332)
    p = p * q - np.float32(0.11643287)
    p = p * q + np.float32(0.19354346)
    p = p * q - np.float32(0.33262347)
    turn = a * (p * q + np.float32(0.99997726)) * np.float32(0.15915494)
    if down > across:
        turn = np.float32(0.25) - turn
    if x < 0.0:
        turn = np.float32(0.5) - turn
    if y < 0.0:
        turn = -turn
    return np.float32(turn)
