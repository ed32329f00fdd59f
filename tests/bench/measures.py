"""How near what was heard comes to the truth, by the measures that the field has agreed on.

Beats before `SKIPPED_S` count neither way, as in mir_eval. Times are seconds, results run from
0 to 1. The definitions are those of Davies, Degara and Plumbley, "Evaluation methods for
musical audio beat tracking algorithms" (Queen Mary, 2009).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

SKIPPED_S = 5.0
NEAR_S = 0.07
_PART = 0.175


def late(times_s: Array) -> Array:
    """Return the times from `SKIPPED_S` on."""
    return np.asarray(times_s, np.float64)[np.asarray(times_s) >= SKIPPED_S]


def f_measure(true_s: Array, heard_s: Array, *, near_s: float = NEAR_S) -> float:
    """Return the harmonic mean of precision and recall, each time matched at most once."""
    if not len(true_s) or not len(heard_s):
        return float(len(true_s) == len(heard_s))
    return 2 * matched(true_s, heard_s, near_s=near_s) / (len(true_s) + len(heard_s))


def matched(true_s: Array, heard_s: Array, *, near_s: float) -> int:
    """Return the most pairs within `near_s`: in order, each takes the first that is free."""
    count = at = 0
    for true in true_s:
        while at < len(heard_s) and heard_s[at] < true - near_s:
            at += 1
        if at < len(heard_s) and heard_s[at] <= true + near_s:
            count, at = count + 1, at + 1
    return count


def correct_level(true_s: Array, heard_s: Array) -> float:
    """Return CMLt: the share of beats right in place and in step with the one before."""
    if len(true_s) < 2 or len(heard_s) < 2:
        return 0.0
    near = np.abs(heard_s[:, None] - true_s).argmin(axis=1)
    periods = np.concatenate([np.diff(true_s)[:1], np.diff(true_s)])
    steps = np.concatenate([np.diff(heard_s)[:1], np.diff(heard_s)])
    placed = np.abs(heard_s - true_s[near]) < _PART * periods[near]
    stepped = np.abs(1 - steps / periods[near]) < _PART
    good = placed & stepped
    fresh = np.concatenate([[True], np.diff(near) > 0])
    return float((good & fresh).sum()) / max(len(true_s), len(heard_s))


def any_level(true_s: Array, heard_s: Array) -> float:
    """Return AMLt: the best CMLt against the truth, its off-beats, twice and half as fast."""
    between = true_s[:-1] + np.diff(true_s) / 2
    double = np.sort(np.concatenate([true_s, between]))
    levels = (true_s, between, double, true_s[::2], true_s[1::2])
    return max(correct_level(level, heard_s) for level in levels)


def tempo_ratio(true_bpm: float, heard_bpm: float) -> str:
    """Return how the tempi relate: `right`, `double`, `half`, `triple`..., or `other`."""
    named = {1: "right", 2: "double", 1 / 2: "half", 3: "triple", 1 / 3: "third"}
    named |= {3 / 2: "3:2", 2 / 3: "2:3", 4 / 3: "4:3", 3 / 4: "3:4"}
    for ratio, name in named.items():
        if abs(heard_bpm / true_bpm / ratio - 1) < 0.04:
            return name
    return "other"
