"""Aurora: curtains of light over a mountain lake under the stars.

Bass raises the curtains, each part of the spectrum lights its own folds, a kick flares the
lower edge, a snare sends shafts up, hats make the stars glitter. Energy moves the folds along.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy import float32 as f32
from numpy.typing import NDArray

from mvpipe.engine.kernel import kernel
from mvpipe.engine.planes import Planes
from mvpipe.engine.scenes.canvas import FULL, Canvas, Field, Grid, canvas_of, finish, spread
from mvpipe.engine.scenes.feel import scaled
from mvpipe.engine.scenes.noise import (
    Places,
    Texture,
    along,
    chances,
    cloud,
    line_noise,
    sample_row,
)
from mvpipe.engine.scenes.scene import Moment, Pictures
from mvpipe.engine.scenes.shapes import below, stars
from mvpipe.model.catalogue import SceneCard
from mvpipe.model.media import Size
from mvpipe.model.timeline import Shot

_CURTAINS = 3


@dataclass(frozen=True, slots=True)
class Hill:
    """One range: how far back (0 is far), its foot below the horizon, height, tones, hue."""

    depth: int
    drop: float
    rise: float
    top: float
    bottom: float
    hue: float


_HILLS = (
    Hill(depth=0, drop=0.0, rise=0.25, top=0.085, bottom=0.17, hue=26000.0),
    Hill(depth=1, drop=0.25, rise=0.15, top=0.035, bottom=0.10, hue=18000.0),
    Hill(depth=2, drop=0.62, rise=0.12, top=0.010, bottom=0.004, hue=6000.0),
)
_SHORE = (
    Hill(depth=0, drop=0.0, rise=0.20, top=0.06, bottom=0.15, hue=24000.0),
    Hill(depth=1, drop=0.0, rise=0.08, top=0.02, bottom=0.04, hue=14000.0),
)


class Aurora:
    """Variant 0 stands over mountains and woods, 1 over a lake that mirrors the light."""

    card = SceneCard(
        name="aurora",
        title="Aurora",
        words=(
            "aurora", "northern lights", "night sky", "mountains", "lake", "winter night",
            "polar lights", "curtains of light", "极光", "北极光", "夜空", "雪山", "湖",
        ),
        calm=0.95,
        fierce=0.35,
        variants=2,
    )  # fmt: skip

    def draw(self, planes: Planes, moment: Moment, shot: Shot, pictures: Pictures) -> None:
        """Draw the sky on the grid, then stars, far hills and near woods at full size."""
        del pictures
        now = scaled(moment, shot)
        canvas = canvas_of(planes.size)
        grid = canvas.grid
        lake = shot.variant % 2 == 1
        horizon = grid.half_height * (0.30 if lake else 0.62)
        tone, tint = grid.empty(), grid.empty()
        folds = _folds(grid, now, seed=shot.seed, horizon=horizon)
        clock = now.travel * 0.035 + now.time_s * 0.006
        rays = (cloud(shot.seed % 5), _profile(0.2 + 0.6 * now.kick))
        light((tone, tint), grid.y, folds, rays, (horizon, clock))
        if lake:
            _mirror(tone, tint, grid, at=horizon, time_s=now.time_s)
        spread(canvas, tone=tone, tint=tint)
        _glitter(canvas, now, seed=shot.seed, horizon=horizon)
        _land(canvas, now, shot=shot, lake=lake, horizon=horizon)
        finish(canvas, planes, shot=shot, frame_s=now.time_s)


def _folds(grid: Grid, now: Moment, *, seed: int, horizon: float) -> Field:
    """Return (curtains, 4, columns): lower edge, 1 / height, brightness, ray place."""
    folds = np.empty((_CURTAINS, 4, len(grid.x)), np.float32)
    luck = chances(seed, 16)
    for k in range(_CURTAINS):
        line = line_noise(seed * 3 + k, slope=2.1, coarsest=1, finest=24)
        fine = line_noise(seed * 3 + k + 50, slope=1.0, coarsest=3, finest=90)
        drift = now.travel * (0.006 + 0.004 * k) * (1 if k % 2 else -1) + now.time_s * 0.0015
        place = (grid.x * 0.16 + luck[k] + drift).astype(np.float32)
        wave = along(line, place)
        wide = along(fine, place * 0.7 + now.time_s * 0.002)
        tall = 0.30 + 0.22 * wave + 0.26 * now.bass + 0.10 * now.energy
        base = horizon - 0.16 - 0.15 * k - (wave - 0.5) * 0.55
        band = np.clip(np.abs(np.linspace(-1.0, 1.0, len(grid.x))) * 26 + 2 * k, 0, 31)
        heard = np.interp(band, np.arange(32), now.spectrum)
        shafts = now.snare * np.clip(wide - 0.55, 0.0, 1.0) ** 2 * 4.0
        glow = 0.26 + 0.26 * now.energy + 0.30 * heard + shafts
        folds[k, 0] = base
        folds[k, 1] = 1.0 / tall
        folds[k, 2] = glow * (0.35 + 1.0 * wide) * (1.0 - 0.22 * k) * (0.97 + 0.05 * now.pulse)
        folds[k, 3] = place * (9.0 + 3 * k) + wave * 0.6
    return folds


def _profile(flare: float) -> Field:
    """Return (2, 1024): light and hue along a curtain, from below its lower edge to its top.

    Steps are 1 / 240 of the curtain's height, the lower edge lies at 0.4; light is strongest
    just above it, and `flare` adds a bright hem.
    """
    up = np.arange(1024) / 240.0 - 0.4
    body = (
        np.exp(-1.25 * up)
        * np.clip(1.0 - up / 3.86, 0.0, 1.0)
        * np.clip(0.55 + 9.0 * up, 0.0, 1.0)
    )
    foot = 0.55 * np.clip(1.0 + 2.9 * up, 0.0, 1.0) ** 3
    hem = np.clip(1.0 - 6.0 * up, 0.0, 1.0) * np.clip(1.0 + 6.0 * up, 0.0, 1.0)
    shape = np.where(up >= 0.0, body, foot) + 0.5 * flare * hem
    hue = np.clip(0.98 - 0.34 * np.maximum(up, 0.0) ** 0.8, 0.30, 1.0)
    return np.stack([shape, hue]).astype(np.float32)


@kernel
def light(
    fields: tuple[Field, Field],
    ys: Field,
    folds: Field,
    rays: tuple[Texture, Field],
    sky: tuple[float, float],
) -> None:
    """Fill tone and tint, float32 (rows, columns), with the night and its curtains. 1 ms.

    `rays` are the cloud that streaks them and the profile along them; `sky` is the horizon's
    place and the clock of the streaks.
    """
    tone, tint = fields
    horizon, clock = sky
    columns = tone.shape[1]
    row, at = np.empty((4, columns), np.float32), np.empty(columns, np.uint32)
    for j in range(tone.shape[0]):
        deep = min(max((ys[j] + 0.9) / (horizon + 0.9), 0.0), 1.0)
        night = 0.035 + 0.15 * deep * deep * deep
        tone[j, :], tint[j, :] = night, night * (0.22 + 0.25 * deep)
        for k in range(folds.shape[0]):
            hang(tone[j], tint[j], (folds[k], ys[j], clock * (k + 1)), rays, (row, at))
        for i in range(columns):
            total = tone[j, i]
            tint[j, i] /= total
            tone[j, i] = total / (f32(1.0) + f32(0.34) * total)


@kernel
def hang(
    tone: Field,
    tint: Field,
    fold: tuple[Field, float, float],
    rays: tuple[Texture, Field],
    room: tuple[Field, Places],
) -> None:
    """Add one curtain's light to a row of tone, and its hue by as much to a row of tint.

    `fold` is the curtain's numbers, the row's place and the clock of its streaks; `room` is
    float32 (4, columns) and uint32 (columns,).
    """
    (numbers, y, clock), (rough, profile) = fold, rays
    first, last = 0, tone.shape[0]
    while first < last and (numbers[0, first] - y) * numbers[1, first] <= f32(-0.4):
        first += 1
    while last > first and (numbers[0, last - 1] - y) * numbers[1, last - 1] <= f32(-0.4):
        last -= 1
    at, row = room[1][first:last], room[0]
    us, vs, steps = row[0][first:last], row[1][first:last], row[2][first:last]
    base, inverse = numbers[0][first:last], numbers[1][first:last]
    glow, place = numbers[2][first:last], numbers[3][first:last]
    for i in range(last - first):
        up = (base[i] - y) * inverse[i]
        us[i] = place[i] * (f32(1.0) - f32(0.02) * up)
        vs[i] = f32(clock) + f32(0.045) * up
        steps[i] = min(max((up + f32(0.4)) * f32(240.0), f32(0.0)), f32(1023.0))
    sample_row(rough, us, vs, us, at)
    for i in range(last - first):
        step = np.uint32(steps[i])
        vs[i], steps[i] = profile[0, step], profile[1, step]
    light_row, hues = tone[first:last], tint[first:last]
    for i in range(last - first):
        ray = us[i]
        amount = glow[i] * vs[i] * (ray * ray * f32(2.6) + f32(0.18))
        light_row[i] += amount
        hues[i] += amount * steps[i]


def _mirror(tone: Field, tint: Field, grid: Grid, *, at: float, time_s: float) -> None:
    """Fill what lies below the shore with what stands above, darker, through ripples."""
    first = int(np.searchsorted(grid.y, np.float32(at)))
    deep = ((grid.y[first:] - at) / (grid.half_height - at)).astype(np.float32)
    bends = along(
        line_noise(8, slope=1.4), grid.x * np.float32(0.23) + np.float32(0.004 * time_s)
    )
    below = deep[:, None]
    waves = 30.0 * np.log1p(2.5 * below) + bends * (9.0 * below + 2.0)
    ripple = np.sin(waves - 1.7 * time_s) + 0.6 * np.sin(1.7 * waves - 2.9 * time_s + 1.0)
    reflect((tone, tint), deep, ripple.astype(np.float32))


@kernel
def reflect(fields: tuple[Field, Field], deep: Field, ripple: Field) -> None:
    """Fill the last rows of tone and tint from those above them; 0.1 ms.

    `deep` says how near each is, 0 to 1; `ripple`, (rows, columns), bends what it shows.
    """
    tone, tint = fields
    first = tone.shape[0] - len(deep)
    last = f32(max(0, first - 1))
    for n in range(len(deep)):
        row, sunk = f32(first - n), deep[n]
        for i in range(tone.shape[1]):
            bent = row - sunk * (f32(6.0) + f32(7.0) * ripple[n, i])
            source = np.uint32(min(max(bent, f32(0.0)), last))
            dim = (f32(0.78) - f32(0.26) * sunk) * (f32(1.0) + f32(0.20) * ripple[n, i] * sunk)
            tone[first + n, i] = tone[source, i] * dim + f32(0.012)
            tint[first + n, i] = tint[source, i] * f32(0.92)


def _glitter(canvas: Canvas, now: Moment, *, seed: int, horizon: float) -> None:
    """Draw stars above the horizon; each twinkles in its own time and glitters on the hats."""
    size = canvas.grid.size
    luck = _stars(size, seed)
    twinkle = 0.55 + 0.45 * np.sin(now.time_s * (0.6 + 2.2 * luck[3]) + luck[2] * 6.28)
    glitter = now.hat * (luck[3] > 0.72) * 1.3
    bright = (0.16 + 0.95 * luck[2] ** 4) * (twinkle + glitter)
    spots = np.stack(
        [
            luck[0],
            luck[1],
            canvas.grid.short / 1080 * (0.9 + 1.3 * luck[2] ** 8),
            bright * FULL,
        ],
        axis=-1,
    )
    seen = luck[1] < canvas.grid.pixel_y(horizon) - 4
    stars(canvas.tone, canvas.tint, spots[seen].astype(np.float32), 60000.0)


@lru_cache(maxsize=8)
def _stars(size: Size, seed: int) -> NDArray[np.float64]:
    luck = chances(seed + 17, 4 * 420).reshape(4, 420)
    luck[0] *= size.width
    luck[1] = luck[1] ** 1.3 * size.height
    return luck


def _land(canvas: Canvas, now: Moment, *, shot: Shot, lake: bool, horizon: float) -> None:
    """Cover the lower frame with hills in mist and near woods, which sway past one another.

    Over a lake only the far shore is land.
    """
    grid = canvas.grid
    sway = np.sin(now.time_s * 0.11 + shot.seed)
    mist = 1.0 + 0.5 * now.energy
    for hill in _SHORE if lake else _HILLS:
        edge = _ridge(grid.size, shot.seed, hill.depth)
        columns = (
            np.arange(grid.size.width) + (sway * (0.4 + hill.depth) * 0.015 + 0.05) * grid.short
        )
        heights = np.interp(columns, np.arange(len(edge)), edge)
        foot = grid.pixel_y(horizon + hill.drop * (grid.half_height - horizon))
        rows = (foot - heights * hill.rise * grid.short).astype(np.float32)
        end = int(foot) // 2 * 2 if lake else grid.size.height
        shade = (hill.top * mist * FULL, hill.bottom * mist * FULL, 0.22 * grid.short)
        below(canvas.tone[:end], canvas.tint[: end // 2], rows, shade, hill.hue)


@lru_cache(maxsize=8)
def _ridge(size: Size, seed: int, depth: int) -> NDArray[np.float64]:
    """Return a ridge's height, about 0 to 1, over a strip wider than the frame."""
    short = min(size.width, size.height)
    columns = np.arange(size.width + short // 5)
    place = (columns / short * (0.10 + 0.05 * depth) + depth * 0.37).astype(np.float32)
    line = line_noise(seed + 90 + depth, slope=1.5, coarsest=1, finest=300)
    rough = along(line, place).astype(np.float64)
    peaks = 1.0 - np.abs(2.0 * rough - 1.0) * 1.6
    if depth == 0:
        return peaks + 0.35
    if depth == 1:
        return 0.75 * peaks + 0.25
    return rough * 0.8 + _trees(columns / short, seed) * 0.75


def _trees(x: NDArray[np.float64], seed: int) -> NDArray[np.float64]:
    """Return the outline of a row of spruces, 0 to 1."""
    outline = np.zeros_like(x)
    count = int(x[-1] * 46)
    luck = chances(seed + 400, 3 * count).reshape(3, count)
    for n in range(count):
        off = np.abs(x - luck[0, n] * x[-1]) * (60.0 + 50.0 * luck[1, n])
        tall = 0.35 + 0.65 * luck[2, n]
        tiers = 0.10 * np.abs(((off * 3.0) % 1.0) - 0.5)
        outline = np.maximum(outline, tall * (1.0 - off) - tiers * (off < 1.0))
    return outline
