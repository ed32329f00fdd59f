"""The contract of a scene, and everything a scene may know of the moment it draws."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from mvpipe.engine.planes import Planes
from mvpipe.model.catalogue import SceneCard
from mvpipe.model.music import SectionKind
from mvpipe.model.timeline import Shot


@dataclass(frozen=True, slots=True)
class Moment:
    """The music at one frame, as a scene feels it. Levels and pulses run from 0 to 1.

    time_s       seconds since the song began
    shot_s       seconds since this shot began; `progress` is the same from 0 to 1
    travel       how far the picture has moved: the integral of energy over time since the song
                 began, in seconds of music at full energy; it never jumps or runs backwards, so
                 motion driven by it follows the music
    beat, bar    beats and bars since the first downbeat, with fractions (phase)
    pulse        1 on a beat, falling to 0 before the next (`accent`: on downbeats only)
    kick, snare, hat   1 when struck, falling within some 200 ms
    bass, mid, treble, energy   levels; `energy` is slow (half a second)
    rise         how far through a build-up this is; 0 outside one
    spectrum     32 levels from bass to treble, smoothed in time
    """

    time_s: float
    shot_s: float
    progress: float
    travel: float
    beat: float
    bar: float
    pulse: float
    accent: float
    kick: float
    snare: float
    hat: float
    bass: float
    mid: float
    treble: float
    energy: float
    rise: float
    section: SectionKind
    spectrum: NDArray[np.float32]


Pictures = Mapping[str, Planes]
"""The user's pictures by id, each at most 2560 pixels on its longer side."""


class Scene(Protocol):
    """A kind of picture.

    `draw` fills every pixel of all three planes and depends on its arguments alone: no clock,
    no randomness but the shot's seed, nothing kept from frame to frame but what could be
    computed again (tables, masks).
    """

    card: SceneCard

    def draw(self, planes: Planes, moment: Moment, shot: Shot, pictures: Pictures) -> None: ...
