"""Sparks: fireworks over dark water, embers that rise through a lens, and golden rain.

Every beat lets a burst go, loud parts more of them, and each rocket climbs so that it opens on
its beat; hats make the dying sparks crackle. Embers blaze with the bass, and a kick throws a
spray of them. All places follow from the seed, the beat of birth and the age.
"""

from __future__ import annotations

from mvpipe.engine.planes import Planes
from mvpipe.engine.scenes.canvas import canvas_of, finish
from mvpipe.engine.scenes.embers import draw_embers
from mvpipe.engine.scenes.feel import scaled
from mvpipe.engine.scenes.fireworks import draw_fireworks
from mvpipe.engine.scenes.scene import Moment, Pictures
from mvpipe.model.catalogue import SceneCard
from mvpipe.model.timeline import Shot


class Sparks:
    """Variant 0 is fireworks mirrored in a lake, 1 embers of a fire, 2 golden rain."""

    card = SceneCard(
        name="sparks",
        title="Sparks",
        words=(
            "sparks", "fireworks", "firework", "particles", "embers", "celebration", "bonfire",
            "campfire", "glitter", "new year", "festival", "fireflies", "bokeh", "golden rain",
            "火花", "烟花", "焰火", "粒子", "余烬", "火星", "篝火", "庆祝", "新年", "萤火虫",
            "光斑", "金雨",
        ),
        calm=0.55,
        fierce=0.85,
        variants=3,
    )  # fmt: skip

    def draw(self, planes: Planes, moment: Moment, shot: Shot, pictures: Pictures) -> None:
        """Draw glowing smoke on the grid, then sparks and their trails at full size."""
        del pictures
        now = scaled(moment, shot)
        canvas = canvas_of(planes.size)
        if shot.variant % 3 == 1:
            draw_embers(canvas, now, shot)
        else:
            draw_fireworks(canvas, now, shot, golden=shot.variant % 3 == 2)
        finish(canvas, planes, shot=shot, frame_s=now.time_s)
