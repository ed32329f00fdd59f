"""Aurora: curtains of light over a mountain lake under the stars.

Bass raises the curtains, each part of the spectrum lights its own folds, a kick flares the
lower edge, a snare sends shafts up, hats make the stars glitter. Energy moves the folds along.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from mvpipe.engine.kernel import kernel
from mvpipe.engine.planes import Planes
from mvpipe.engine.scenes.canvas import FULL, Canvas, Field, Grid, canvas_of, finish, spread
from mvpipe.engine.scenes.feel import scaled
from mvpipe.engine.scenes.noise import Texture, along, chances, cloud, line_noise, sample
from mvpipe.engine.scenes.scene import Moment, Pictures
from mvpipe.engine.scenes.shapes import below, stars
from mvpipe.model.catalogue import SceneCard
from mvpipe.model.media import Size
from mvpipe.model.timeline import Shot

_CURTAINS = 3


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
        light(tone, tint, grid.y, folds, cloud(shot.seed % 7), _sky(now, horizon))
        if lake:
            _mirror(tone, tint, grid, at=horizon, time_s=now.time_s)
        spread(canvas, tone=tone, tint=tint)
        _glitter(canvas, now, seed=shot.seed, horizon=horizon)
        _land(canvas, now, shot=shot, lake=lake, horizon=horizon)
        finish(canvas, planes, shot=shot, frame_s=now.time_s)


def _sky(now: Moment, horizon: float) -> tuple[float, float, float]:
    """Return the horizon, how brightly the curtains' lower edge flares, and the ray's clock."""
    return horizon, 0.15 + 0.34 * now.kick, now.travel * 0.035 + now.time_s * 0.006


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


@kernel
def light(
    tone: Field,
    tint: Field,
    ys: Field,
    folds: Field,
    rays: Texture,
    sky: tuple[float, float, float],
) -> None:
    """Fill tone and tint with the night sky and its curtains; (rows, columns) float32 each."""
    horizon, flare, clock = sky
    rows, columns = tone.shape
    fall = np.empty(512, np.float32)
    for n in range(512):
        d = n / 512.0 * 4.0
        fall[n] = np.exp(-1.25 * d) * (1.0 - n / 512.0)
    for j in range(rows):
        y = ys[j]
        deep = np.float32(min(max((y + 0.9) / (horizon + 0.9), 0.0), 1.0))
        night = np.float32(0.035) + np.float32(0.13) * deep * deep * deep
        for i in range(columns):
            total, hue = night, night * np.float32(0.30)
            for k in range(folds.shape[0]):
                d = (folds[k, 0, i] - y) * folds[k, 1, i]
                if d > np.float32(-0.35) and d < np.float32(3.9):
                    ray = np.float32(
                        sample(
                            rays, folds[k, 3, i] * (1.0 - 0.02 * d), clock * (k + 1) + 0.045 * d
                        )
                    )
                    if d >= 0.0:
                        level = fall[int(d * np.float32(128.0))]
                        edge = np.float32(flare) * max(
                            np.float32(1.0) - d * np.float32(6.0), np.float32(0.0)
                        )
                        rise = min(d * np.float32(9.0) + np.float32(0.55), np.float32(1.0))
                    else:
                        u = np.float32(1.0) + d * np.float32(2.9)
                        u = max(u, np.float32(0.0))
                        level = u * u * u * np.float32(0.55)
                        edge = (
                            np.float32(flare)
                            * level
                            * max(np.float32(1.0) + d * np.float32(8.0), np.float32(0.0))
                        )
                        rise = np.float32(1.0)
                    ray = ray * ray * np.float32(2.6) + np.float32(0.18)
                    amount = folds[k, 2, i] * (
                        level * ray * rise + edge * ray * np.float32(0.55)
                    )
                    total += amount
                    hue += amount * max(
                        np.float32(0.82) - np.float32(0.26) * max(d, np.float32(0.0)),
                        np.float32(0.22),
                    )
            tone[j, i] = total / (np.float32(1.0) + np.float32(0.30) * total)
            tint[j, i] = hue / total


def _mirror(tone: Field, tint: Field, grid: Grid, *, at: float, time_s: float) -> None:
    """Fill what lies below the shore with what stands above, darker, through ripples."""
    first = int(np.searchsorted(grid.y, np.float32(at)))
    rows = np.arange(first, len(grid.y))
    deep = (rows - first) / max(1, len(rows))
    ripple = np.sin(rows**0.75 * 4.1 - time_s * 2.3) * (0.4 + 5.0 * deep)
    source = np.clip(2 * first - rows * 1.0 + ripple, 0, max(0, first - 1)).astype(np.int64)
    tone[first:] = tone[source] * (0.62 - 0.30 * deep)[:, None].astype(np.float32)
    tint[first:] = tint[source] * np.float32(0.92)


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
    """Cover the lower frame with far hills and near woods, which sway past one another."""
    grid = canvas.grid
    sway = np.sin(now.time_s * 0.11 + shot.seed)
    for depth, rise in ((0, 0.21), (1, 0.11)):
        if lake and depth:
            continue
        edge = _ridge(grid.size, shot.seed, depth)
        shift = (sway * (0.5 + depth) * 0.02 + 0.05) * grid.short
        columns = np.arange(grid.size.width) + shift
        heights = np.interp(columns, np.arange(len(edge)), edge)
        foot = grid.pixel_y(
            horizon + (0.0 if depth == 0 else 0.5 * (grid.half_height - horizon))
        )
        rows = (foot - heights * rise * grid.short).astype(np.float32)
        if lake:
            _shore(canvas, rows, foot=foot)
            continue
        shade = (
            (0.055 * FULL, 0.11 * FULL, 0.2 * grid.short)
            if depth == 0
            else (0.012 * FULL, 0.004 * FULL, 50.0)
        )
        below(canvas.tone, canvas.tint, rows, shade, 18000.0 if depth == 0 else 6000.0)


def _shore(canvas: Canvas, rows: Field, *, foot: float) -> None:
    """Cover the far shore and its dark mirror image."""
    top = canvas.tone[: int(foot)]
    below(top, canvas.tint[: int(foot) // 2], rows, (0.045 * FULL, 0.07 * FULL, 80.0), 12000.0)


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
