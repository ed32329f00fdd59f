"""Rain: a window at night, the lights of a city out of focus behind drops that bend them.

Each light listens to one part of the spectrum and swells on the kick; hats flash on the rain
outside and on the wet tracks, a snare on the drops' edges, bass warms the street, downbeats
lift the sky as distant lightning would. Energy drives the traffic and the drops that run.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from mvpipe.engine.kernel import kernel
from mvpipe.engine.planes import Planes
from mvpipe.engine.scenes.canvas import (
    FULL,
    Axes,
    Canvas,
    Field,
    Grid,
    canvas_of,
    finish,
    spread,
)
from mvpipe.engine.scenes.drops import beads, drops, runners, specks
from mvpipe.engine.scenes.feel import scaled
from mvpipe.engine.scenes.noise import Texture, chances, cloud, sample_row
from mvpipe.engine.scenes.ribbons import ribbons
from mvpipe.engine.scenes.scene import Moment, Pictures
from mvpipe.engine.scenes.shapes import lines
from mvpipe.model.catalogue import SceneCard
from mvpipe.model.timeline import Shot

Numbers = NDArray[np.float64]

_LIGHTS = 76
_FALLING = 90


class Rain:
    """Variant 0 looks down a street, 1 out of a moving car, 2 closely at a few great lights."""

    card = SceneCard(
        name="rain",
        title="Rain on glass",
        words=(
            "rain", "rainy", "rain on glass", "rain on window", "window", "raindrops", "drops",
            "bokeh", "blurred lights", "wet glass", "melancholy night", "drizzle", "storm",
            "雨", "下雨", "雨夜", "雨滴", "玻璃", "窗", "车窗", "散景", "光斑", "雨中",
        ),
        calm=0.85,
        fierce=0.4,
        variants=3,
    )  # fmt: skip

    def draw(self, planes: Planes, moment: Moment, shot: Shot, pictures: Pictures) -> None:
        """Draw the blurred lights on the grid, then falling rain, wet tracks and drops."""
        del pictures
        now = scaled(moment, shot)
        canvas = canvas_of(planes.size)
        grid = canvas.grid
        variant = shot.variant % 3
        tone, tint = grid.empty(), grid.empty()
        street = 0.30 * grid.half_height
        warm = 0.17 + 0.12 * now.bass + 0.08 * now.energy + 0.03 * now.kick
        air = (street, warm, 0.075 * now.accent, now.time_s)
        dusk((tone, tint), (grid.x, grid.y), cloud(shot.seed % 5, slope=1.9), air)
        lights = _lights(grid, now, seed=shot.seed, variant=variant, street=street)
        bokeh((tone, tint), (grid.x, grid.y), lights.astype(np.float32))
        spread(canvas, tone=tone, tint=tint)
        _falling(canvas, now, seed=shot.seed, slant=0.42 if variant == 1 else 0.10)
        self._glass(canvas, now, shot=shot, behind=(tone, tint))
        finish(canvas, planes, shot=shot, frame_s=now.time_s)

    def _glass(self, canvas: Canvas, now: Moment, *, shot: Shot, behind: Axes) -> None:
        """Draw what lies on the glass: wet tracks, small beads, and the drops that run."""
        grid, variant = canvas.grid, shot.variant % 3
        slant, size = (0.0, 0.55, 0.0)[variant], (1.15, 1.0, 1.6)[variant]
        heads, tracks = runners(grid, now, seed=shot.seed, slant=slant, size=size)
        ribbons(canvas.tone, canvas.tint, tracks, 36000.0)
        still = beads(grid, now.time_s, seed=shot.seed, size=size)
        wet = np.concatenate([still, heads]).astype(np.float32)
        shine = (0.10 + 0.55 * now.snare + 0.25 * now.hat, 0.42 * grid.short, grid.cell)
        tiny = wet[:, 2] < 4.5 * grid.short / 1080
        specks(canvas.tone, canvas.tint, wet[tiny], behind, shine)
        drops(canvas.tone, canvas.tint, wet[~tiny], behind, shine)


@kernel
def dusk(
    fields: Axes, axes: Axes, rough: Texture, air: tuple[float, float, float, float]
) -> None:
    """Fill tone and tint, float32 (rows, columns), with a blurred street and its sky. 0.3 ms.

    `air` is the street's row, its light, the sky's lift, and the seconds that move the mist.
    """
    tone, tint = fields
    xs, ys = axes
    street, warm, lift, clock = air
    tall, count = -ys[0], len(xs)
    room, at = np.empty((3, count), np.float32), np.empty(count, np.uint32)
    us, vs, drift = room[0], room[1], room[2]
    for j in range(tone.shape[0]):
        off = (ys[j] - street) / tall
        band = np.float32(np.exp(-off * off * (7.0 if off < 0.0 else 3.0)))
        high = np.float32(min(max(-off, 0.0), 1.0))
        for i in range(count):
            us[i] = xs[i] * np.float32(0.20) + np.float32(0.004 * clock)
            vs[i] = np.float32(0.35) * ys[j] + np.float32(0.4)
        sample_row(rough, us, vs, drift, at)
        for i in range(count):
            mist = np.float32(0.4) + np.float32(1.2) * drift[i]
            light = np.float32(warm) * band * mist
            tone[j, i] = np.float32(0.022) + light + np.float32(lift) * high * mist
            tint[j, i] = np.float32(0.16) + np.float32(0.42) * band * mist * np.float32(0.8)


def _lights(grid: Grid, now: Moment, *, seed: int, variant: int, street: float) -> Numbers:
    """Return the blurred lights, (n, 6): x, y, half width, half height, level, tint."""
    luck = chances(seed + 12, 7 * _LIGHTS).reshape(7, _LIGHTS)
    luck = luck[:, : _LIGHTS // 2] if variant == 2 else luck
    near = luck[2] ** 3.0
    span = 2.0 * grid.half_width + 0.5
    pace = (
        (0.004, 0.11, 0.003)[variant]
        * (0.35 + 1.8 * near)
        * (1.0 if variant == 1 else np.sign(luck[3] - 0.5))
    )
    x = (luck[0] + pace * (now.travel + 0.3 * now.time_s)) % 1.0 * span - span / 2
    spot = 2.0 * (luck[1] - 0.5)
    wide = 0.16 + (0.20 + 0.25 * grid.half_height) * luck[2]  # the nearer, the further astray
    y = street - 0.10 - 0.06 * luck[2] + np.sign(spot) * np.abs(spot) ** 1.4 * wide
    heard = now.spectrum[(luck[4] * 31.99).astype(np.int64)]
    radius = (0.022 + 0.060 * near) * (1.35, 1.2, 2.5)[variant]
    radius = radius * (1.0 + 0.08 * now.kick + 0.08 * heard)
    steady = 0.20 + 0.18 * luck[5] + 0.05 * now.pulse
    level = (
        (steady + 0.42 * heard + (0.12, 0.12, 0.09)[variant] * now.kick)
        * (0.5 + 0.5 * luck[6])
        / (1.0 + 1.6 * near)
    )
    level = level * (0.95, 1.0, 0.62)[variant]
    edge = np.clip((span / 2 - np.abs(x)) * 8.0, 0.0, 1.0)
    hue = 0.30 + 0.66 * luck[5]
    discs = np.stack([x, y, radius, radius, level * edge, hue], axis=-1)
    pool = discs.copy()  # each light once more, drawn out on the wet street
    pool[:, 1] = street + 0.10 + 0.55 * np.abs(street - y) + 0.12 * luck[6]
    pool[:, 2], pool[:, 3] = radius * 0.8, radius * 3.2 + 0.03
    pool[:, 4] *= 0.30
    return np.concatenate([pool, discs])


@kernel
def bokeh(fields: Axes, axes: Axes, discs: Field) -> None:
    """Add lights out of focus on the grid: even discs, a little brighter towards the rim.

    `discs` is float32 (n, 6): x, y, half width, half height, level, tint. 1.5 ns a sample.
    """
    tone, tint = fields
    xs, ys = axes
    step = xs[1] - xs[0]
    for n in range(discs.shape[0]):
        cx, cy, wide, tall = discs[n, 0], discs[n, 1], discs[n, 2], discs[n, 3]
        level, hue = discs[n, 4], discs[n, 5]
        if level < 0.003:
            continue
        narrow = np.float32(1.0) / wide
        gain, bias = wide / step * np.float32(0.375), np.float32(0.5)
        if wide != tall:
            gain, bias = np.float32(1.0), np.float32(0.0)
        first = np.searchsorted(ys, cy - tall - step)
        for j in range(first, np.searchsorted(ys, cy + tall + step)):
            v = (ys[j] - cy) / tall
            chord = wide * np.sqrt(max(np.float32(1.0) + bias / gain - v * v, np.float32(0.0)))
            start, stop = np.searchsorted(xs, cx - chord), np.searchsorted(xs, cx + chord)
            lights, tints, places = tone[j, start:stop], tint[j, start:stop], xs[start:stop]
            for i in range(lights.shape[0]):
                u = (places[i] - cx) * narrow
                square = u * u + v * v
                cover = (np.float32(1.0) - square) * gain + bias
                cover = min(max(cover, np.float32(0.0)), np.float32(1.0))
                add = level * cover * (np.float32(0.70) + np.float32(0.42) * square)
                was = lights[i]
                room = np.float32(1.0) - np.float32(0.35) * min(was, np.float32(1.0))
                lights[i] = was + add * room
                tints[i] += (hue - tints[i]) * add / (was + add + np.float32(0.001))


def _falling(canvas: Canvas, now: Moment, *, seed: int, slant: float) -> None:
    """Draw the rain outside: thin strokes, seen when a hat flashes on them."""
    grid = canvas.grid
    light = 0.035 + 0.05 * now.energy + 0.30 * now.hat
    luck = chances(seed + 21, 4 * _FALLING).reshape(4, _FALLING)
    near = 0.4 + 0.6 * luck[2]
    tall = 2.0 * grid.half_height + 0.4
    y = (luck[1] + (1.1 + 0.5 * luck[3]) * near * now.time_s) % 1.0 * tall - tall / 2
    x = (luck[0] - 0.5) * (2.0 * grid.half_width + 2.0 * slant) - slant * y
    long = 0.10 * near
    strokes = np.empty((_FALLING, 8), np.float32)
    strokes[:, 0], strokes[:, 1] = x * grid.short, (y - long) * grid.short
    strokes[:, 2], strokes[:, 3] = (x - slant * long) * grid.short, y * grid.short
    strokes[:, 0:3:2] += grid.size.width / 2
    strokes[:, 1:4:2] += grid.size.height / 2
    strokes[:, 4:6] = (1.0 + grid.short / 1080 * 0.7 * near)[:, None]
    strokes[:, 6] = 0.0
    strokes[:, 7] = light * near * (0.3 + 0.7 * luck[3]) * FULL
    lines(canvas.tone, canvas.tint, strokes, 36000.0)
