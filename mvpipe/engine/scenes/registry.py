"""Every scene by name, and the catalogue a director chooses from."""

from __future__ import annotations

from collections.abc import Mapping

from mvpipe.engine.scenes.aurora import Aurora
from mvpipe.engine.scenes.halo import Halo
from mvpipe.engine.scenes.horizon import Horizon
from mvpipe.engine.scenes.image import Picture
from mvpipe.engine.scenes.kaleidoscope import Kaleidoscope
from mvpipe.engine.scenes.mountains import Mountains
from mvpipe.engine.scenes.nebula import Nebula
from mvpipe.engine.scenes.palettes import PALETTES
from mvpipe.engine.scenes.rain import Rain
from mvpipe.engine.scenes.scene import Scene
from mvpipe.engine.scenes.skyline import Skyline
from mvpipe.engine.scenes.sparks import Sparks
from mvpipe.engine.scenes.tunnel import Tunnel
from mvpipe.model.catalogue import Catalogue

_ALL: tuple[Scene, ...] = (
    Aurora(),
    Nebula(),
    Tunnel(),
    Horizon(),
    Skyline(),
    Mountains(),
    Rain(),
    Sparks(),
    Kaleidoscope(),
    Halo(),
    Picture(),
)
SCENES: Mapping[str, Scene] = {scene.card.name: scene for scene in _ALL}

CATALOGUE = Catalogue(scenes=tuple(s.card for s in SCENES.values()), palettes=PALETTES)
