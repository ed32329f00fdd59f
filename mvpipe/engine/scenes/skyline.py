"""Skyline: a city at night, ranges of towers in haze under a glowing sky.

Each tower's windows listen to one part of the spectrum and come alight when it sounds; bass and
kick swell the glow behind the towers, a snare runs up the crowns, hats make windows glint, the
melody lights the edges. Energy moves the camera and the traffic; drops raise beams of light.
"""

from __future__ import annotations

import numpy as np

from mvpipe.engine.kernel import kernel
from mvpipe.engine.planes import Planes
from mvpipe.engine.scenes.boxes import panes, walls
from mvpipe.engine.scenes.canvas import (
    FULL,
    Axes,
    Canvas,
    Field,
    Grid,
    Pairs,
    Tone,
    canvas_of,
    finish,
    spread,
)
from mvpipe.engine.scenes.feel import scaled
from mvpipe.engine.scenes.noise import Texture, along, chances, cloud, line_noise, sample_row
from mvpipe.engine.scenes.orb import face_of, moon
from mvpipe.engine.scenes.road import traffic
from mvpipe.engine.scenes.scene import Moment, Pictures
from mvpipe.engine.scenes.shapes import halo, stars
from mvpipe.engine.scenes.towers import LAYERS, Layer, city
from mvpipe.model.catalogue import SceneCard
from mvpipe.model.music import SectionKind
from mvpipe.model.timeline import Shot

Air = tuple[float, float, float, float, float]


class Skyline:
    """Variant 0 lies on a river under a moon, 1 at the end of a winding road."""

    card = SceneCard(
        name="skyline",
        title="Skyline",
        words=(
            "skyline", "city", "city lights", "cityscape", "night city", "downtown", "urban",
            "skyscrapers", "towers", "traffic", "metropolis", "street", "城市", "都市", "夜景",
            "城市夜景", "高楼", "摩天大楼", "天际线", "街道", "车流", "霓虹城市",
        ),
        calm=0.55,
        fierce=0.75,
        variants=2,
    )  # fmt: skip

    def draw(self, planes: Planes, moment: Moment, shot: Shot, pictures: Pictures) -> None:
        """Draw the sky on the grid, then moon, beams, towers from far to near, and water."""
        del pictures
        now = scaled(moment, shot)
        canvas = canvas_of(planes.size)
        grid = canvas.grid
        river = shot.variant % 2 == 0
        ground = grid.half_height * (0.36 if river else 0.42)
        middle = _middle(grid, shot.seed)
        tone, tint = grid.empty(), grid.empty()
        air = (ground, middle, _glow(now), now.time_s, 0.25 + 0.9 * grid.half_height)
        heaven((tone, tint), (grid.x, grid.y), cloud(shot.seed % 5, slope=1.5), air)
        moon_at = _moon_at(grid, middle, ground)
        if river:
            halo(
                tone,
                (grid.x, grid.y),
                (*moon_at, 0.34, 0.16 + 0.10 * now.bass + 0.06 * now.kick),
            )
        _beams((tone, tint), grid, now, seed=shot.seed, ground=ground)
        spread(canvas, tone=tone, tint=tint)
        _stars(canvas, now, seed=shot.seed, ground=ground)
        if river:
            _moonrise(canvas, now, seed=shot.seed, at=moon_at)
        _towers(canvas, now, shot=shot, place=(middle, ground))
        if river:
            _lamps(canvas, now, ground=ground)
            _water(canvas, now, ground=ground)
        else:
            traffic(canvas, now, seed=shot.seed, place=(middle, ground))
        finish(canvas, planes, shot=shot, frame_s=now.time_s)


def _middle(grid: Grid, seed: int) -> float:
    """Return where the tallest towers stand: a third of the way aside in wide frames."""
    luck = chances(seed, 2)
    side = 1.0 if luck[0] < 0.5 else -1.0
    return float(side * (0.10 + 0.22 * (grid.half_width - 0.5)) * (0.7 + 0.6 * luck[1]))


def _glow(now: Moment) -> float:
    """Return how brightly the city lights the sky above it."""
    return 0.30 + 0.22 * now.energy + 0.10 * now.bass + 0.16 * now.kick + 0.06 * now.rise


@kernel
def heaven(fields: Axes, axes: Axes, rough: Texture, air: Air) -> None:
    """Fill tone and tint, float32 (rows, columns), with a night sky lit from below. 0.4 ms.

    `air` is the ground's row, the column of the brightest light, its strength, the seconds that
    move the clouds, and how high the sky is.
    """
    tone, tint = fields
    xs, ys = axes
    ground, middle, glow, clock, tall = air
    count = tone.shape[1]
    room, at = np.empty((3, count), np.float32), np.empty(count, np.uint32)
    us, vs, wisps = room[0], room[1], room[2]
    for j in range(tone.shape[0]):
        if ys[j] > ground - 0.012:
            near = np.exp((ground - ys[j]) * 9.0)
            tone[j, :], tint[j, :] = 0.014 + 0.12 * glow * near, 0.15 + 0.25 * near
            continue
        up = max(ground - ys[j], 0.0)
        low = np.float32(np.exp(-up * 2.3 / tall))
        sight = 0.30 / (up + 0.22)  # clouds are seen at a slant: finer towards the horizon
        wide, turn = np.float32(sight * 0.34), np.float32(clock * 0.0025)
        v = np.float32(sight * 0.42 + clock * 0.0006)
        for i in range(count):
            us[i], vs[i] = xs[i] * wide + turn, v
        sample_row(rough, us, vs, wisps, at)
        broad = np.float32(1.0 / (0.70 + 0.4 * up))
        for i in range(count):
            dx = (xs[i] - np.float32(middle)) * broad
            near = np.float32(1.0) / (np.float32(1.0) + dx * dx)
            body = max(wisps[i] - np.float32(0.42), np.float32(0.0)) * np.float32(2.2)
            lit = np.float32(glow) * low * (np.float32(0.34) + np.float32(0.85) * near)
            tone[j, i] = (
                np.float32(0.026) + lit * (np.float32(0.8) + body) + np.float32(0.04) * body
            )
            tint[j, i] = (
                np.float32(0.14)
                + np.float32(0.66) * low * (np.float32(0.4) + np.float32(0.5) * near)
                + np.float32(0.10) * body
            )


def _stars(canvas: Canvas, now: Moment, *, seed: int, ground: float) -> None:
    """Draw the few stars that a city leaves, high up."""
    grid = canvas.grid
    luck = chances(seed + 3, 4 * 110).reshape(4, 110)
    y = luck[1] ** 1.4 * grid.pixel_y(ground) * 0.75
    twinkle = 0.65 + 0.35 * np.sin(now.time_s * (0.5 + 2.0 * luck[3]) + 6.28 * luck[2])
    bright = np.clip(1.0 - luck[1] * 0.9, 0.0, 1.0) * (0.10 + 0.55 * luck[2] ** 5) * twinkle
    radius = grid.short / 1080 * (0.9 + luck[2] ** 8)
    spots = np.stack([luck[0] * grid.size.width, y, radius, bright * FULL], axis=-1)
    stars(canvas.tone, canvas.tint, spots.astype(np.float32), 56000.0)


def _moon_at(grid: Grid, middle: float, ground: float) -> tuple[float, float]:
    """Return the moon's place: beside the tall towers, over the lower ones."""
    aside = 0.30 + 0.28 * (grid.half_width - 0.5)
    high = 0.36 + 0.42 * (grid.half_height - 0.5)
    return middle - aside * (1.0 if middle > 0.0 else -1.0), ground - high


def _moonrise(canvas: Canvas, now: Moment, *, seed: int, at: tuple[float, float]) -> None:
    """Draw a great moon that swells a little with the bass."""
    grid = canvas.grid
    radius = 0.150 * (0.98 + 0.03 * now.bass + 0.02 * now.kick)
    disc = (grid.pixel_x(at[0]), grid.pixel_y(at[1]), radius * grid.short)
    moon(canvas.tone, canvas.tint, disc, 0.98 * FULL, face_of(seed % 5))


def _beams(fields: Axes, grid: Grid, now: Moment, *, seed: int, ground: float) -> None:
    """Raise beams from behind the towers: faint in a build-up, bright and swinging in drops."""
    power = 1.0 if now.section is SectionKind.DROP else 0.7 * now.rise
    light = power * (0.07 + 0.13 * now.kick + 0.05 * now.energy)
    if light <= 0.004:
        return
    luck = chances(seed + 60, 10).reshape(2, 5)
    foot = grid.half_width * (np.arange(5) / 2.0 - 1.0) * 0.8
    lean = np.sin(now.beat * np.pi / 8.0 * (0.7 + 0.5 * luck[0]) + luck[1] * 6.28) * 0.42
    lean -= 0.25 * np.sign(foot)
    shafts = np.stack([foot, np.sin(lean), np.cos(lean), np.full(5, light)], axis=-1)
    beams(fields, (grid.x, grid.y), shafts.astype(np.float32), ground)


@kernel
def beams(fields: Axes, axes: Axes, shafts: Field, ground: float) -> None:
    """Add beams of light on the grid; shafts (n, 4) are column, lean's sine, cosine, level."""
    tone, tint = fields
    xs, ys = axes
    for n in range(shafts.shape[0]):
        foot, sine, cosine, level = shafts[n, 0], shafts[n, 1], shafts[n, 2], shafts[n, 3]
        for j in range(tone.shape[0]):
            up = np.float32(ground) - ys[j]
            if up <= 0.0:
                break
            middle = foot + up * sine / cosine
            wide = np.float32(0.012) + np.float32(0.060) * up
            fade = level * np.exp(np.float32(-1.5) * up)
            inverse = np.float32(1.0) / (wide * wide)
            first = int(np.searchsorted(xs, middle - wide))
            last = int(np.searchsorted(xs, middle + wide))
            for i in range(first, last):
                off = xs[i] - middle
                near = np.float32(1.0) - off * off * inverse
                add = fade * near * near
                tint[j, i] += (np.float32(0.80) - tint[j, i]) * add / (tone[j, i] + add)
                tone[j, i] += add


def _towers(canvas: Canvas, now: Moment, *, shot: Shot, place: tuple[float, float]) -> None:
    """Draw the ranges from far to near; each drifts by its distance, its windows listen."""
    grid = canvas.grid
    sway = np.sin(now.travel * 0.10 + now.time_s * 0.03 + shot.seed) * 0.11 * grid.short
    for depth, layer in enumerate(LAYERS):
        town = city(grid.size, shot.seed, depth, round(place[0], 4), round(place[1], 4))
        rows = _haze(grid, layer, ground=place[1], glow=_glow(now))
        shift = float(sway * layer.parallax)
        walls(canvas.tone, canvas.tint, town.walls, rows, shift)
        panes(canvas.tone, canvas.tint, town.panes, _lit(now, town.traits, layer), shift)
        panes(canvas.tone, canvas.tint, town.edges, _edged(now, town.crowns, layer), shift)
        stars(canvas.tone, canvas.tint, _beacons(now, town.beacons, shift), 64000.0)


def _lamps(canvas: Canvas, now: Moment, *, ground: float) -> None:
    """Draw the lamps along the quay; a wave of light runs along them on every beat."""
    grid = canvas.grid
    x = np.arange(-grid.half_width, grid.half_width + 0.05, 0.052)
    wave = np.clip(
        1.0 - np.abs(np.abs(x) / grid.half_width - 1.6 * (1.0 - now.pulse)) * 4.0, 0.0, 1.0
    )
    light = (0.42 + 0.25 * now.energy + 0.5 * wave * now.pulse) * FULL
    spots = np.empty((2, len(x), 4), np.float32)
    spots[:, :, 0], spots[:, :, 1] = (
        grid.pixel_x(0.0) + x * grid.short,
        grid.pixel_y(ground - 0.008),
    )
    spots[0, :, 2], spots[1, :, 2] = grid.short * 0.0024, grid.short * 0.013
    spots[0, :, 3], spots[1, :, 3] = light, 0.16 * light
    stars(canvas.tone, canvas.tint, spots.reshape(-1, 4), 61000.0)


def _haze(grid: Grid, layer: Layer, *, ground: float, glow: float) -> Field:
    """Return (2, height): tone and hue of a range's walls, paler in haze near the ground."""
    up = (grid.pixel_y(ground) - np.arange(grid.size.height)) / grid.short
    low = np.exp(-np.maximum(up, 0.0) / 0.10)
    light = layer.top + layer.haze * glow * (0.35 + 0.65 * low)
    hue = layer.hue + 9000.0 * low
    return np.stack([light * FULL, hue]).astype(np.float32)


def _lit(now: Moment, traits: Field, layer: Layer) -> Field:
    """Return each window's light; traits (5, n) are band, want, steady light, luck, height."""
    band, want, steady, luck, height = traits
    heard = now.spectrum[band.astype(np.int64)] * 1.25
    answer = np.clip((heard - want) * 5.0, 0.0, 1.0) * (0.55 + 0.45 * luck)
    glint = now.hat * (luck > 0.93) * 0.7
    sweep = np.clip(1.0 - np.abs(height - 1.2 + 1.2 * now.snare) * 7.0, 0.0, 1.0)
    sweep *= 0.35 * now.snare
    level = steady * (0.85 + 0.25 * now.pulse) + 0.85 * answer + glint + sweep * (luck > 0.4)
    lit: Field = (level * layer.light * FULL).astype(np.float32)
    return lit


def _edged(now: Moment, crowns: Field, layer: Layer) -> Field:
    """Return the light of the neon edges: the melody, and a snare on the crowns."""
    level = 0.16 + 0.55 * now.mid + crowns * (0.3 * now.energy + 0.55 * now.snare)
    return (level * layer.light * 0.75 * FULL).astype(np.float32)


def _beacons(now: Moment, beacons: Field, shift: float) -> Field:
    """Return the lights on the masts, (n, 4): they breathe by turns and flare on the kick."""
    spots = beacons.copy()
    turn = np.sin(now.beat * np.pi / 2.0 + beacons[:, 3] * 6.28)
    spots[:, 0] += shift
    spots[:, 2] *= 1.0 + 0.5 * now.kick
    spots[:, 3] = (0.30 + 0.30 * np.maximum(turn, 0.0) + 0.65 * now.kick) * FULL
    return spots


def _water(canvas: Canvas, now: Moment, *, ground: float) -> None:
    """Mirror the city in a river below the ground's row."""
    grid = canvas.grid
    first = int(grid.pixel_y(ground)) // 2 * 2
    x = np.arange(grid.size.width) / grid.short
    bend = along(
        line_noise(8, slope=1.2, finest=120), (x * 0.37 + now.time_s * 0.004).astype(np.float32)
    )
    cross = along(
        line_noise(9, slope=1.0, finest=160), (x * 0.61 - now.time_s * 0.006).astype(np.float32)
    )
    waves = np.stack([bend - 0.5, cross - 0.5]).astype(np.float32) * np.float32(grid.short)
    river(canvas.tone, canvas.tint, first, waves, (now.time_s, grid.short, 0.03 * now.kick))


@kernel
def river(
    tone: Tone, tint: Tone, first: int, waves: Field, flow: tuple[float, float, float]
) -> None:
    """Fill the rows from `first` on with what stands above them, bent by ripples. 1 ns a pixel.

    `waves` is float32 (2, width): how far two trains of ripples bend each column, in pixels;
    `flow` the seconds, the frame's shorter side and the swell of a kick.
    """
    height, half = tone.shape[0], tone.shape[1] >> 1
    clock, short, swell = flow
    pairs = tone.ravel().view(np.uint32)  # two columns share one bend, smooth across them
    places, parts = np.empty(half, np.uint32), np.empty(half, np.float32)
    pulled = np.empty((2, half), np.uint32)
    bends, crosses = waves[0, 0::2].copy(), waves[1, 0::2].copy()
    most = np.float32(first - 2)
    for y in range(first, height):
        down = (y + 0.5 - first) / short
        far = np.log(1.0 + 14.0 * down)
        train = np.sin(33.0 * far - 1.9 * clock) + 0.7 * np.sin(51.3 * far - 2.7 * clock + 1.0)
        fine = np.sin(87.0 * far - 4.1 * clock)
        ease = min(down * 9.0, 1.0)
        bend = np.float32(ease * (0.10 + 0.55 * down) * train)
        cross = np.float32(ease * (0.06 + 0.40 * down) * fine)
        base = np.float32(
            first - 1 - 0.90 * down * short - ease * (3.0 + 14.0 * down) * (train + 0.6 * fine)
        )
        dim = (0.70 - 0.50 * min(down * 1.5, 1.0)) * (1.0 + ease * 0.16 * fine) + swell
        floor = np.float32(400.0 + 300.0 * fine * ease)
        for i in range(half):
            at = base + bend * bends[i] + cross * crosses[i]
            at = min(max(at, np.float32(0.0)), most)
            row = np.int32(at)
            parts[i] = at - np.float32(row)
            places[i] = np.uint32(row)
        if y & 1 == 0 and (y >> 1) < tint.shape[0]:
            for i in range(half):
                tint[y >> 1, i] = tint[places[i] >> np.uint32(1), i]
        for i in range(half):
            k = places[i] * np.uint32(half) + np.uint32(i)
            pulled[0, i], pulled[1, i] = pairs[k], pairs[k + np.uint32(half)]
        mirror(pairs[y * half : (y + 1) * half], pulled, parts, (np.float32(dim), floor))


@kernel
def mirror(
    out: Pairs, pulled: Pairs, parts: Field, look: tuple[np.float32, np.float32]
) -> None:
    """Fill pairs of pixels, uint32, from the pairs above and below their places, (2, n).

    `parts` is how far each place lies towards the lower pair; `look` what dims the light, and
    the least of it.
    """
    dim, floor = look
    above, under = pulled[0], pulled[1]
    low, high = np.uint32(65535), np.uint32(16)
    for i in range(out.shape[0]):
        a, b = np.float32(np.int32(above[i] & low)), np.float32(np.int32(above[i] >> high))
        c, d = np.float32(np.int32(under[i] & low)), np.float32(np.int32(under[i] >> high))
        left = np.uint32(np.int32((a + (c - a) * parts[i]) * dim + floor))
        right = np.uint32(np.int32((b + (d - b) * parts[i]) * dim + floor))
        out[i] = left | (right << high)
