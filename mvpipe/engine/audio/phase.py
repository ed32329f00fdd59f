"""A pulse in, the same or the one halfway between its beats out: whichever carries the bar.

Where the off-beats are loud (a skank, a clave, hats), the strongest even pulse can lie between
the beats. Kick, snare, bass and harmony then tell: they change with the bar, on the beat.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from mvpipe.engine.audio.bars import accent, changed, clearest, near
from mvpipe.engine.audio.beats import Pulse, halfway
from mvpipe.engine.audio.onsets import Onsets
from mvpipe.engine.audio.spectrum import RATE_HZ, Spectra
from mvpipe.engine.audio.tempo import TempoMap

Array = NDArray[np.float64]

_WEIGHTS = np.array([3.0, 9.0, 6.0, -3.0, 11.0, 14.0])
"""Of everything, kick, snare, hat, how clear the bar is, and changes of the bass."""
_MARGIN = 0.5
_FEWEST = 16


def on_the_beat(pulse: Pulse, onsets: Onsets, spectra: Spectra, tempo: TempoMap) -> Pulse:
    """Return the likelier of the pulse and its off-beats; short songs keep what they have."""
    if len(pulse.at_s) < _FEWEST:
        return pulse
    other = halfway(pulse, onsets, tempo, duration_s=spectra.samples / RATE_HZ)
    gain = _carried(other, onsets, spectra) - _carried(pulse, onsets, spectra)
    return other if float((_WEIGHTS * gain).sum()) > _MARGIN else pulse


def _carried(pulse: Pulse, onsets: Onsets, spectra: Spectra) -> Array:
    """Return what happens on these beats on average, in the order of the weights."""
    curves = (onsets.full, onsets.kick, onsets.snare, onsets.hat)
    struck = [float(np.minimum(near(curve, pulse.at_s), 1.2).mean()) for curve in curves]
    clear = clearest(accent(pulse, onsets, spectra)) / np.sqrt(len(pulse.at_s))
    bass = float(changed(pulse.at_s, spectra.chroma[:, 12:]).mean())
    return np.array([*struck, clear, bass])
