"""Every scene by name, and the catalogue a director chooses from."""

from __future__ import annotations

from collections.abc import Mapping

from mvpipe.engine.scenes.aurora import Aurora
from mvpipe.engine.scenes.palettes import PALETTES
from mvpipe.engine.scenes.scene import Scene
from mvpipe.model.catalogue import Catalogue

SCENES: Mapping[str, Scene] = {scene.card.name: scene for scene in (Aurora(),)}

CATALOGUE = Catalogue(scenes=tuple(s.card for s in SCENES.values()), palettes=PALETTES)
