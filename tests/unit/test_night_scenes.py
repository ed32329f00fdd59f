from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from mvpipe.engine.planes import Planes, blank
from mvpipe.engine.scenes.boxes import panes, walls
from mvpipe.engine.scenes.canvas import canvas_of, grid_of
from mvpipe.engine.scenes.drops import beads, runners
from mvpipe.engine.scenes.mountains import Mountains
from mvpipe.engine.scenes.palettes import PALETTES
from mvpipe.engine.scenes.rain import Rain
from mvpipe.engine.scenes.ribbons import ribbons
from mvpipe.engine.scenes.scene import Moment, Scene
from mvpipe.engine.scenes.skyline import Skyline
from mvpipe.engine.scenes.towers import LAYERS, city
from mvpipe.model.media import Size
from mvpipe.model.music import SectionKind
from mvpipe.model.timeline import Shot

SMALL = Size(256, 144)
CALM = Moment(
    time_s=9.0,
    shot_s=1.0,
    progress=0.1,
    travel=4.0,
    beat=8.5,
    bar=2.1,
    pulse=0.0,
    accent=0.0,
    kick=0.0,
    snare=0.0,
    hat=0.0,
    bass=0.2,
    mid=0.2,
    treble=0.2,
    energy=0.4,
    rise=0.0,
    section=SectionKind.VERSE,
    spectrum=np.full(32, 0.1, np.float32),
)
STRUCK = {
    "kick": replace(CALM, kick=1.0),
    "snare": replace(CALM, snare=1.0),
    "hat": replace(CALM, hat=1.0),
    "bass": replace(CALM, bass=1.0),
    "energy": replace(CALM, energy=1.0),
}
SHOT = Shot(0, 20000, "any", PALETTES[0].palette, 5)
EACH = [
    (scene, n) for scene in (Skyline(), Mountains(), Rain()) for n in range(scene.card.variants)
]
each_variant = pytest.mark.parametrize(
    ("scene", "variant"), EACH, ids=[f"{scene.card.name}-{n}" for scene, n in EACH]
)


def drawn(scene: Scene, moment: Moment, *, variant: int = 0, size: Size = SMALL) -> Planes:
    planes = blank(size)
    scene.draw(planes, moment, replace(SHOT, variant=variant), {})
    return planes


def change(one: Planes, other: Planes) -> float:
    return float(np.abs(one.y.astype(int) - other.y).mean())


@each_variant
@pytest.mark.parametrize("stroke", STRUCK)
def test_every_stroke_can_be_seen(scene: Scene, variant: int, stroke: str) -> None:
    struck = STRUCK[stroke]
    assert (
        change(drawn(scene, CALM, variant=variant), drawn(scene, struck, variant=variant))
        > 0.015
    )


@each_variant
def test_a_stroke_of_everything_is_no_flash(scene: Scene, variant: int) -> None:
    loud = replace(CALM, kick=1.0, snare=1.0, hat=1.0, pulse=1.0, accent=1.0)
    before, after = drawn(scene, CALM, variant=variant), drawn(scene, loud, variant=variant)
    assert after.y.mean() - before.y.mean() < 21.9


@each_variant
def test_a_moment_later_the_picture_has_only_drifted(scene: Scene, variant: int) -> None:
    later = replace(CALM, time_s=CALM.time_s + 1 / 30, travel=CALM.travel + 1 / 60)
    moved = change(drawn(scene, CALM, variant=variant), drawn(scene, later, variant=variant))
    assert 0.0 < moved < 4.0


@each_variant
def test_shadows_stay_dark_and_lights_bright(scene: Scene, variant: int) -> None:
    luma = drawn(scene, CALM, variant=variant, size=Size(640, 360)).y
    assert np.percentile(luma, 5) < 48
    assert luma.max() > 120


def test_a_window_comes_alight_when_its_part_of_the_spectrum_sounds() -> None:
    spectrum = np.full(32, 0.1, np.float32)
    spectrum[:8] = 1.0
    quiet, low = drawn(Skyline(), CALM), drawn(Skyline(), replace(CALM, spectrum=spectrum))
    spectrum = spectrum[::-1].copy()
    high = drawn(Skyline(), replace(CALM, spectrum=spectrum))
    assert (low.y > quiet.y + 20).sum() > 50
    assert change(low, high) > 0.1


def test_beams_stand_over_the_city_in_drops_alone() -> None:
    drop = replace(CALM, section=SectionKind.DROP)
    assert change(drawn(Skyline(), CALM), drawn(Skyline(), drop)) > 0.1
    assert (
        change(
            drawn(Skyline(), CALM), drawn(Skyline(), replace(CALM, section=SectionKind.BREAK))
        )
        == 0.0
    )


def test_the_river_mirrors_the_lights_above_it() -> None:
    size = Size(640, 360)
    luma = drawn(Skyline(), CALM, size=size).y.astype(float)
    ground = int(grid_of(size).pixel_y(0.18))
    above, below = (
        luma[ground - 40 : ground].mean(axis=0),
        luma[ground : ground + 40].mean(axis=0),
    )
    assert np.corrcoef(above, below)[0, 1] > 0.4


@pytest.mark.parametrize("depth", range(len(LAYERS)))
def test_windows_lie_within_their_towers(depth: int) -> None:
    town = city(SMALL, 3, depth, 0.1, 0.2)
    assert len(town.panes) == town.traits.shape[1] > 0
    assert town.panes[:, 0].min() >= town.walls[:, 0].min()
    assert town.panes[:, 1].max() <= town.walls[:, 1].max()
    assert 0 <= town.traits[0].min() <= town.traits[0].max() <= 31


def test_boxes_cover_exactly_their_area_wherever_they_lie() -> None:
    for shift in (0.0, 0.3, 0.75):
        canvas = canvas_of(Size(64, 48))
        canvas.tone[:], canvas.tint[:] = 0, 0
        box = np.array([[10.2, 20.7, 8.4, 30.9, 50000.0]], np.float32)
        panes(canvas.tone, canvas.tint, box, np.array([1000.0], np.float32), shift)
        assert canvas.tone.sum() == pytest.approx(1000 * 10.5 * 22.5, rel=0.01)


def test_a_wall_hides_what_is_behind_it_and_half_hides_it_at_its_edge() -> None:
    canvas = canvas_of(Size(64, 48))
    canvas.tone[:], canvas.tint[:] = 2000, 0
    rows = np.full((2, 48), 1000, np.float32)
    walls(canvas.tone, canvas.tint, np.array([[10.5, 20, 8.5, 60, 1.0]], np.float32), rows, 0.0)
    assert canvas.tone[20, 15] == 1000
    assert canvas.tone[20, 10] == canvas.tone[8, 15] == 1500
    assert canvas.tone[20, 9] == canvas.tone[20, 20] == canvas.tone[7, 15] == 2000
    walls(canvas.tone, canvas.tint, np.array([[90, 95, 8, 60, 1.0]], np.float32), rows, 0.0)


def test_a_ribbon_has_no_knots() -> None:
    canvas = canvas_of(Size(64, 64))
    canvas.tone[:], canvas.tint[:] = 0, 0
    y = np.linspace(4, 60, 9)
    band = np.stack([np.full(9, 32.0), y, np.full(9, 3.0), np.full(9, 900.0)], axis=-1)
    ribbons(canvas.tone, canvas.tint, band[None].astype(np.float32), 30000.0)
    lit = canvas.tone[4:60].sum(axis=1)
    assert lit.min() == lit.max() > 0
    assert not canvas.tone[:3].any()


def test_running_drops_only_ever_run_down() -> None:
    grid = grid_of(SMALL)
    heads = []
    for frame in range(60):
        now = replace(CALM, time_s=frame / 30, travel=frame / 40)
        places, tracks = runners(grid, now, seed=2, slant=0.0, size=1.0)
        heads.append(tracks[:, -1, 1])
        assert np.isfinite(places).all()
    steps = np.diff(heads, axis=0)
    assert ((steps > -1e-3) | (steps < -0.5 * SMALL.height)).all()


def test_beads_grow_and_dry_without_a_jump() -> None:
    grid = grid_of(SMALL)
    radii = np.array([beads(grid, t / 30, seed=2, size=1.0)[:, 2] for t in range(90)])
    assert np.abs(np.diff(radii, axis=0)).max() < 0.35
