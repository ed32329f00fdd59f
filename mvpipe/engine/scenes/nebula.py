"""Nebula: gas lit from within, drifting past stars; also a turning galaxy, and ink in water.

Bass swells the glowing heart, a kick flares it and pushes the view forward, a snare lights the
filaments, hats strike stars. Energy stirs the gas and speeds the stars.
"""

from __future__ import annotations

import numpy as np

from mvpipe.engine.kernel import kernel
from mvpipe.engine.planes import Planes
from mvpipe.engine.scenes.canvas import (
    FULL,
    NO_CURVE,
    Axes,
    Canvas,
    Field,
    canvas_of,
    finish,
    spread,
)
from mvpipe.engine.scenes.feel import scaled
from mvpipe.engine.scenes.noise import Texture, chances, cloud, sample
from mvpipe.engine.scenes.scene import Moment, Pictures
from mvpipe.engine.scenes.shapes import halo, ramp, stars
from mvpipe.model.catalogue import SceneCard
from mvpipe.model.timeline import Shot

_STARS = 520
_INK = ramp([(0.0, 0.0), (0.14, 0.05), (0.30, 0.16), (0.42, 0.30), (0.62, 0.66), (0.95, 0.95), (2.0, 1.6)])  # fmt: skip


class Nebula:
    """Variant 0 is a nebula around a heart of light, 1 a galaxy that turns, 2 ink in water."""

    card = SceneCard(
        name="nebula",
        title="Nebula",
        words=(
            "nebula", "galaxy", "space", "cosmos", "stars", "universe", "ink", "ink in water",
            "smoke", "liquid", "dream", "abstract", "星云", "银河", "星系", "太空", "宇宙", "星空",
            "水墨", "烟雾", "流体", "抽象",
        ),
        calm=0.75,
        fierce=0.6,
        variants=3,
    )  # fmt: skip

    def draw(self, planes: Planes, moment: Moment, shot: Shot, pictures: Pictures) -> None:
        """Draw gas and heart on the grid, then stars that drift outwards at full size."""
        del pictures
        now = scaled(moment, shot)
        variant = shot.variant % 3
        canvas = canvas_of(planes.size)
        grid = canvas.grid
        heart = _heart(now, shot, canvas=canvas)
        tone, tint = grid.empty(), grid.empty()
        textures = (cloud(shot.seed % 5), cloud(shot.seed % 5 + 20, slope=1.35, coarsest=3))
        gas(tone, tint, (grid.x, grid.y), textures, heart, _stir(now, shot, variant=variant))
        if variant != 2:
            glow = 0.30 + 0.22 * now.bass + 0.26 * now.kick
            halo(tone, (grid.x, grid.y), (heart[0], heart[1], 0.16 + 0.05 * now.bass, glow))
        spread(canvas, tone=tone, tint=tint, curve=_INK if variant == 2 else NO_CURVE)
        if variant != 2:
            _drift(canvas, now, shot=shot, heart=heart)
        finish(canvas, planes, shot=shot, frame_s=now.time_s)


def _heart(now: Moment, shot: Shot, *, canvas: Canvas) -> tuple[float, float]:
    """Return where the light comes from: off the centre, wandering slowly."""
    luck = chances(shot.seed, 4)
    side = 1.0 if luck[0] < 0.5 else -1.0
    far = canvas.grid.half_width * 0.28 * side, canvas.grid.half_height * 0.16 * (luck[1] - 0.5)
    turn = now.time_s * 0.07 + luck[2] * 6.28
    return float(far[0] + 0.03 * np.cos(turn)), float(far[1] + 0.03 * np.sin(turn * 1.3))


def _stir(now: Moment, shot: Shot, *, variant: int) -> tuple[float, ...]:
    """Return the gas's numbers: clock, zoom, turn, swirl, light, filaments, veil, reach."""
    luck = chances(shot.seed + 5, 4)
    clock = now.travel * 0.022 + now.time_s * 0.004 + float(luck[0])
    zoom = (0.36 if variant == 2 else 0.30) * (1.0 - 0.035 * now.kick) / (1.0 + 0.10 * now.bass)
    turn = now.travel * (0.05 if variant == 1 else 0.010) + now.time_s * 0.004 + luck[1] * 6.28
    swirl = (0.0, 2.1, 0.35)[variant]
    light = (0.62, 0.62, 0.95)[variant] * (0.72 + 0.34 * now.energy + 0.12 * now.pulse)
    filaments = 0.35 + 0.35 * now.mid + 0.65 * now.snare
    reach = (0.95, 0.62, 3.0)[variant] * (1.0 + 0.25 * now.energy)
    return clock, zoom, float(turn), swirl, light, filaments, float(variant == 2), reach


@kernel
def gas(
    tone: Field,
    tint: Field,
    axes: Axes,
    textures: tuple[Texture, Texture],
    heart: tuple[float, float],
    stir: tuple[float, ...],
) -> None:
    """Fill tone and tint, float32 (rows, columns), with warped clouds. 2.5 ms at 1080p.

    Domain warping after Quilez ("domain warping", 2002), on tiled textures.
    """
    xs, ys = axes
    wide, fine = textures
    clock, zoom, turn, swirl, light, filaments, veil, reach = stir
    zoom = np.float32(zoom)
    for j in range(tone.shape[0]):
        dy = ys[j] - np.float32(heart[1])
        for i in range(tone.shape[1]):
            dx = xs[i] - np.float32(heart[0])
            square = dx * dx + dy * dy
            bend = np.float32(turn)
            if swirl > 0.0:
                bend = np.float32(turn - swirl * 0.5 * np.log(square + np.float32(0.02)))
            c, s = np.cos(bend), np.sin(bend)
            px, py = (dx * c - dy * s) * zoom, (dx * s + dy * c) * zoom
            a = np.float32(sample(wide, px + clock, py - clock * 0.6))
            b = np.float32(sample(wide, px * 0.9 + 0.37 - clock * 0.7, py * 0.9 + 0.11 + clock))
            u = px + np.float32(0.42) * (a - np.float32(0.5))
            v = py + np.float32(0.42) * (b - np.float32(0.5))
            n = np.float32(sample(wide, u * 1.3 + 0.7, v * 1.3 + clock * 0.5))
            d = np.float32(sample(fine, u * 2.1 - clock * 0.3, v * 2.1 + 0.4))
            thread = np.float32(1.0) - abs(np.float32(2.0) * d - np.float32(1.0)) * np.float32(1.5)
            thread = max(thread, np.float32(0.0))
            thread = thread * thread * thread
            if veil > 0.0:
                body = n * np.float32(0.72) + d * np.float32(0.28)
                edge = abs(np.float32(3.0) * (body + np.float32(0.25) * a) % np.float32(1.0) - np.float32(0.5))
                level = body * body * np.float32(1.15) + edge * np.float32(0.22) + thread * np.float32(0.10 * filaments)
                tone[j, i] = np.float32(light) * level * np.float32(1.15)
                tint[j, i] = min(max(a * np.float32(1.15) + b * np.float32(0.25) - np.float32(0.15), np.float32(0.05)), np.float32(0.95))
                continue
            near = np.float32(1.0) / (np.float32(1.0) + square / np.float32(reach * reach * 0.3))
            body = max(n * np.float32(1.5) - np.float32(0.36), np.float32(0.0))
            dust = min(max((b - np.float32(0.34)) * np.float32(3.2), np.float32(0.10)), np.float32(1.0))
            level = body * body * (np.float32(0.55) + np.float32(0.9) * d) + thread * body * np.float32(filaments)
            tone[j, i] = np.float32(light) * level * dust * near * np.float32(1.7) + np.float32(0.03) + np.float32(0.06) * near * near
            tint[j, i] = min(max(np.float32(0.16) + np.float32(0.85) * a * near + np.float32(0.30) * (n - np.float32(0.5)), np.float32(0.08)), np.float32(0.9))


def _drift(canvas: Canvas, now: Moment, *, shot: Shot, heart: tuple[float, float]) -> None:
    """Draw stars that fly slowly out of the heart; some flash on the hats."""
    grid = canvas.grid
    luck = chances(shot.seed + 31, 5 * _STARS).reshape(5, _STARS)
    depth = 1.0 - (luck[2] + now.travel * 0.028 + now.time_s * 0.004) % 1.0
    away = 0.25 / (0.06 + depth)
    x = heart[0] + (luck[0] - 0.5) * 2.4 * grid.half_width * away
    y = heart[1] + (luck[1] - 0.5) * 2.4 * grid.half_height * away
    twinkle = 0.75 + 0.25 * np.sin(now.time_s * (1.0 + 3.0 * luck[3]) + luck[4] * 6.28)
    struck = 1.4 * now.hat * (luck[3] > 0.8)
    fade = np.clip((1.0 - depth) * 3.0, 0.0, 1.0) * np.clip(depth * 9.0, 0.0, 1.0)
    bright = (0.10 + 0.80 * luck[4] ** 7) * (twinkle + struck) * fade
    radius = grid.short / 1080 * (0.8 + 1.9 * luck[4] ** 12) * (0.8 + 0.5 * away.clip(0, 2))
    spots = np.stack(
        [grid.pixel_x(1.0) - grid.short + x * grid.short, y * grid.short + grid.size.height / 2, radius, bright * FULL],
        axis=-1,
    )
    stars(canvas.tone, canvas.tint, spots.astype(np.float32), 58000.0)
