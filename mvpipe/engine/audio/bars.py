"""Beats and what happens on them in, the meter and each beat's place in its bar out.

A downbeat gathers low accents, changes of bass and harmony, and new loudness; the snare
answers on the beats between. One rigid count through the whole song wins unless the music
insists on another.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mvpipe.engine.audio.beats import Pulse
from mvpipe.engine.audio.onsets import Onsets
from mvpipe.engine.audio.spectrum import CHROMA_HZ, FRAME_HZ, Spectra, unpacked
from mvpipe.model.hints import Meter

Array = NDArray[np.float64]
Ints = NDArray[np.intp]

METERS = {4: Meter(4, 4), 3: Meter(3, 4), 5: Meter(5, 4), 6: Meter(6, 8)}
_DOUBT = {4: 1.0, 3: 1.15, 5: 1.3, 6: 1.15}
"""How much better than in four a song has to count in another meter to be taken for it."""
_BREAK_COST = 12.0


@dataclass(frozen=True, slots=True)
class Bars:
    """`in_bar` counts from 1 for every beat; `confidence` is that of the downbeats."""

    meter: Meter
    in_bar: Ints
    confidence: float


def find_bars(
    pulse: Pulse,
    onsets: Onsets,
    spectra: Spectra,
    *,
    meter: Meter | None = None,
    first_downbeat_s: float | None = None,
) -> Bars:
    """Return the count of every beat; a given first downbeat fixes it for the whole song."""
    if len(pulse.at_s) < 2:
        return Bars(meter or Meter(), np.ones(len(pulse.at_s), np.intp), 0.0)
    accents = accent(pulse, onsets, spectra)
    counts = (meter.beats,) if meter else tuple(METERS)
    if first_downbeat_s is not None:
        anchor = int(np.abs(pulse.at_s - first_downbeat_s).argmin())
        beats = max(counts, key=lambda m: _rigid(accents, m, anchor % m))
        in_bar = (np.arange(len(accents)) - anchor) % beats + 1
        return Bars(meter or METERS[beats], in_bar, 1.0)
    scores = {m: max(_rigid(accents, m, p) for p in range(m)) for m in counts}
    beats = max(counts, key=lambda m: scores[m] / _DOUBT.get(m, 1.0))
    in_bar = _counted(accents, beats)
    return Bars(meter or METERS[beats], in_bar, _confidence(accents, in_bar, beats))


def accent(pulse: Pulse, onsets: Onsets, spectra: Spectra) -> Array:
    """Return how much each beat looks like a downbeat, with mean 0 and deviation 1."""
    kick = near(onsets.kick, pulse.at_s)
    snare = near(onsets.snare, pulse.at_s) - kick
    parts = (
        (1.0, kick),
        (-0.7, snare),
        (1.3, changed(pulse.at_s, spectra.chroma[:, 12:])),
        (1.3, changed(pulse.at_s, spectra.chroma[:, :12])),
        (0.6, _louder(pulse.at_s, spectra)),
    )
    return _standard(sum((w * _standard(v) for w, v in parts), np.zeros(len(kick))))


def clearest(accents: Array) -> float:
    """Return how clearly the accents fall into bars of any meter, as a z score."""
    return max(_rigid(accents, m, p) / _DOUBT[m] for m in METERS for p in range(m))


def near(curve: NDArray[np.float32], at_s: Array) -> Array:
    """Return the highest value within 30 ms of each time."""
    frame = np.rint(at_s * FRAME_HZ).astype(int)
    around = np.clip(frame[:, None] + np.arange(-3, 4), 0, len(curve) - 1)
    out: Array = curve[around].max(axis=1).astype(np.float64)
    return out


def _standard(values: Array) -> Array:
    spread = float(values.std())
    if spread < 1e-9:
        return np.zeros(len(values))
    out: Array = np.clip((values - values.mean()) / spread, -3, 3)
    return out


def changed(at_s: Array, chroma: NDArray[np.float32]) -> Array:
    """Return how unlike the pitches of the beat before and of this one are, 0 to 1."""
    rows = per_beat(np.sqrt(chroma.astype(np.float64)), at_s, hz=CHROMA_HZ)
    length = np.linalg.norm(rows, axis=1)
    floor = 0.1 * float(length.max(initial=0)) + 1e-12
    unit = rows / np.maximum(length, floor)[:, None]
    same = np.concatenate([[1.0], (unit[1:] * unit[:-1]).sum(axis=1)])
    out: Array = 1 - same
    out[1:][np.minimum(length[1:], length[:-1]) < floor] = 0
    return out


def _louder(at_s: Array, spectra: Spectra) -> Array:
    level = np.maximum(unpacked(spectra.bands).max(axis=1), -60).astype(np.float64)[:, None]
    rows = per_beat(level, at_s, hz=FRAME_HZ)[:, 0]
    out: Array = np.maximum(0, np.diff(rows, prepend=rows[:1]))
    return np.minimum(out, 12)


def per_beat(rows: Array, at_s: Array, *, hz: int) -> Array:
    """Return the mean row from each beat to the next, shape (beats, columns)."""
    total = np.concatenate([np.zeros((1, rows.shape[1])), np.cumsum(rows, axis=0)])
    edges = np.append(at_s, at_s[-1] + float(np.median(np.diff(at_s))))
    index = np.clip(np.rint(edges * hz).astype(int), 0, len(rows))
    low, high = index[:-1], np.maximum(index[1:], index[:-1] + 1)
    high = np.minimum(high, len(rows))
    low = np.minimum(low, high)
    out: Array = (total[high] - total[low]) / np.maximum(1, high - low)[:, None]
    return out


def _rigid(accents: Array, beats: int, phase: int) -> float:
    """Return the z score of the accents on every `beats`-th beat from `phase`."""
    chosen = accents[phase::beats]
    return float(chosen.sum() / np.sqrt(max(1, len(chosen))))


def _counted(accents: Array, beats: int) -> Ints:
    """Return the best count; starting a bar over costs what several plain downbeats earn."""
    total = np.full((len(accents), beats), -np.inf)
    back = np.zeros((len(accents), beats), np.intp)
    earned = np.zeros(beats)
    earned[0] = 1.0
    total[0] = accents[0] * earned
    for beat in range(1, len(accents)):
        going = np.roll(total[beat - 1], 1)
        back[beat] = np.roll(np.arange(beats), 1)
        over = int(total[beat - 1].argmax())
        if total[beat - 1, over] - _BREAK_COST > going[0]:
            going[0] = total[beat - 1, over] - _BREAK_COST
            back[beat, 0] = over
        total[beat] = going + accents[beat] * earned
    place = int(total[-1].argmax())
    counted = np.empty(len(accents), np.intp)
    for beat in range(len(accents) - 1, -1, -1):
        counted[beat] = place + 1
        place = int(back[beat, place])
    return counted


def _confidence(accents: Array, in_bar: Ints, beats: int) -> float:
    """Return how far the chosen downbeats stand out from the next best place in the bar."""
    means = [
        float(accents[in_bar == place].mean()) if (in_bar == place).any() else -1.0
        for place in range(1, beats + 1)
    ]
    return float(np.clip((means[0] - max(means[1:])) / 1.5, 0, 1))
