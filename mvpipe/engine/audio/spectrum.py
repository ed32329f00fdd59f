"""Sound blocks in, how loud each frequency is over time out; knows nothing of music.

Every row is centred on its time, so an event shows up where it is heard. Levels are decibels
packed to 16 bits: two hours take some 80 MB. The sound itself is never kept.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Packed = NDArray[np.uint16]

RATE_HZ = 24_000
FRAME_HZ = 100
FINE_HZ = 400
CHROMA_HZ = 10
BANDS = 32
LOWEST_HZ, HIGHEST_HZ = 40.0, 12_000.0
FINE_EDGES_HZ = (40.0, 300.0, 3_000.0, 12_000.0)
"""Low, middle and high: a 10 ms window cannot tell more apart."""
TUNING_HZ = 440.0

_STEP = RATE_HZ // CHROMA_HZ
_WIDEST = 8_192
_BLOCK_STEPS = 60
_CHROMA_RATE_HZ = RATE_HZ // 2
_SERIAL_SUMS = 200_000
_FLOOR_DB, _STEPS_PER_DB = -170.0, 256.0


@dataclass(frozen=True, slots=True)
class Spectra:
    """One song's levels; rows are `unpacked` to decibels, where full scale is about 0 dB.

    bands    (frames, 32) at 100 Hz, logarithmic bands from 40 Hz to 12 kHz
    fine     (4 frames, 3) at 400 Hz, low, middle and high
    chroma   (frames / 10, 24) at 10 Hz, 12 pitch classes from C above 250 Hz, 12 below, linear
    samples  how many samples at 24 kHz there were
    """

    bands: Packed
    fine: Packed
    chroma: Floats
    samples: int

    @property
    def duration_ms(self) -> int:
        """The length of the sound."""
        return round(self.samples * 1000 / RATE_HZ)


def analyse(blocks: Iterable[Floats]) -> Spectra:
    """Return the levels of mono blocks of shape (n, 1) at 24 kHz."""
    bands, fine, chroma = [], [], []
    samples = 0
    for chunk, fresh in _chunks(blocks):
        samples += fresh
        bands.append(_bands(chunk))
        fine.append(_fine(chunk))
        chroma.append(_chroma(chunk))
    if not bands:
        return Spectra(
            bands=np.zeros((0, BANDS), np.uint16),
            fine=np.zeros((0, len(FINE_EDGES_HZ) - 1), np.uint16),
            chroma=np.zeros((0, 24), np.float32),
            samples=0,
        )
    frames = -(-samples * FRAME_HZ // RATE_HZ)
    return Spectra(
        bands=np.concatenate(bands)[:frames],
        fine=np.concatenate(fine)[: frames * FINE_HZ // FRAME_HZ],
        chroma=np.concatenate(chroma)[: -(-frames * CHROMA_HZ // FRAME_HZ)],
        samples=samples,
    )


def unpacked(levels: Packed) -> Floats:
    """Return packed levels as decibels."""
    return levels.astype(np.float32) / np.float32(_STEPS_PER_DB) + np.float32(_FLOOR_DB)


def band_edges_hz() -> NDArray[np.float64]:
    """Return the 33 edges of the 32 bands."""
    return np.geomspace(LOWEST_HZ, HIGHEST_HZ, BANDS + 1)


def _chunks(blocks: Iterable[Floats]) -> Iterator[tuple[Floats, int]]:
    """Yield runs of whole steps with half the widest window of context on both sides.

    The number with each is how many samples of the song it adds.
    """
    half = _WIDEST // 2
    held: list[Floats] = [np.zeros(half, np.float32)]
    size = half
    for block in blocks:
        held.append(np.ascontiguousarray(block[:, 0]))
        size += len(block)
        while size >= _BLOCK_STEPS * _STEP + _WIDEST:
            joined = np.concatenate(held)
            yield joined[: _BLOCK_STEPS * _STEP + _WIDEST], _BLOCK_STEPS * _STEP
            held = [joined[_BLOCK_STEPS * _STEP :]]
            size = len(held[0])
    rest = size - half
    if rest > 0:
        steps = -(-rest // _STEP)
        tail = np.zeros(steps * _STEP + half - rest, np.float32)
        yield np.concatenate([*held, tail]), rest


def _power(chunk: Floats, *, size: int, hz: int, rate_hz: int = RATE_HZ) -> Floats:
    """Return the power spectrum of Hann windows centred every 1 / hz seconds."""
    hop, context = rate_hz // hz, _WIDEST * rate_hz // RATE_HZ
    first = (context - size) // 2
    rows = (len(chunk) - context) // hop
    windows = sliding_window_view(chunk, size)[first : first + rows * hop : hop]
    spectrum = np.fft.rfft(windows * _hann(size), axis=1)
    power: Floats = (spectrum.real**2 + spectrum.imag**2).astype(np.float32, copy=False)
    return power


@cache
def _hann(size: int) -> Floats:
    window: Floats = np.hanning(size + 1)[:-1].astype(np.float32)
    return window * np.float32(2 / window.sum())


def _product(rows: Floats, weights: Floats) -> Floats:
    """Return the matrix product, made in pieces that BLAS keeps on one thread.

    Its threads would wait on each other for longer than the sums take, and the number of
    cores could change the last bit.
    """
    step = max(1, _SERIAL_SUMS // weights.size)
    pieces = [rows[at : at + step] @ weights for at in range(0, len(rows), step)]
    out: Floats = np.concatenate(pieces)
    return out


def _packed(power: Floats) -> Packed:
    level_db = 10 * np.log10(power + np.float32(1e-17))
    scaled = (level_db - _FLOOR_DB) * _STEPS_PER_DB
    packed: Packed = np.clip(np.rint(scaled), 0, 65_535).astype(np.uint16)
    return packed


def _bands(chunk: Floats) -> Packed:
    power = _power(chunk, size=1024, hz=FRAME_HZ)
    return _packed(_product(power, _pooling(tuple(band_edges_hz()), size=1024)))


def _fine(chunk: Floats) -> Packed:
    power = _power(chunk, size=240, hz=FINE_HZ)
    return _packed(_product(power, _pooling(FINE_EDGES_HZ, size=240)))


@cache
def _pooling(edges_hz: tuple[float, ...], *, size: int) -> Floats:
    """Return weights (bins, bands): each bin is shared out over the bands it overlaps."""
    width = RATE_HZ / size
    centres = np.arange(size // 2 + 1) * width
    edges = np.array(edges_hz)
    low = np.maximum(edges[:-1], centres[:, None] - width / 2)
    high = np.minimum(edges[1:], centres[:, None] + width / 2)
    weights = np.maximum(0.0, high - low) / width
    weights[0] = 0.0  # a constant offset is no sound
    out: Floats = weights.astype(np.float32)
    return out


def _chroma(chunk: Floats) -> Floats:
    """Fold spectral peaks onto pitch classes, above and below 250 Hz.

    Notes lie low, so every other sample of a smoothed copy is enough.
    """
    smooth = 0.5 * chunk[1:-1:2] + 0.25 * (chunk[:-2:2] + chunk[2::2])
    half = np.append(smooth, chunk[-1:])
    size = _WIDEST * _CHROMA_RATE_HZ // RATE_HZ
    power = _power(half, size=size, hz=CHROMA_HZ, rate_hz=_CHROMA_RATE_HZ)
    magnitude = np.sqrt(power)
    inner = magnitude[:, 1:-1]
    peaks = (inner > magnitude[:, :-2]) & (inner >= magnitude[:, 2:])
    return _product(inner * peaks, _folding()[1:-1])


@cache
def _folding() -> Floats:
    """Return weights (bins, 24); the bell keeps what lies between two notes out."""
    hz = np.maximum(np.arange(_WIDEST // 4 + 1) * RATE_HZ / _WIDEST, 1e-3)
    note = 12 * np.log2(hz / TUNING_HZ) + 69
    near = np.exp(-0.5 * ((note - np.rint(note)) / 0.25) ** 2)
    classes = np.rint(note).astype(int) % 12 == np.arange(12)[:, None]
    treble = classes * near * ((hz >= 250) & (hz < 2_500))
    bass = classes * near * ((hz >= 40) & (hz < 250))
    out: Floats = np.concatenate([treble, bass]).T.astype(np.float32)
    return out
