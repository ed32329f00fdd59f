# ruff: noqa: INP001, T201 - a script for people, not part of a package
"""Paint the example pictures: `python examples/art/paint.py` writes four landscapes beside it.

Each is a sky, a light in it, and ridges one behind the other that fade into the haze. The same
script gives the same pictures.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFilter

WIDTH, HEIGHT = 1600, 1067
OVERSAMPLING = 2
Field = NDArray[np.float64]
Colour = tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class Scenery:
    """One picture: its sky from top to horizon, its haze and nearest ridge, and its light."""

    name: str
    seed: int
    sky: tuple[Colour, ...]
    haze: Colour
    near: Colour
    light: Colour
    light_at: tuple[float, float]
    light_size: float
    ridges: int
    roughness: float
    stars: int = 0
    water: bool = False


SCENERIES = (
    Scenery(
        "1-before-dawn", 11, ((8, 12, 34), (24, 34, 78), (84, 72, 122), (206, 128, 122)),
        (146, 104, 132), (7, 8, 22), (255, 226, 190), (0.68, 0.66), 0.012, 5, 0.52, stars=420,
    ),
    Scenery(
        "2-first-light", 23, ((38, 62, 110), (116, 126, 162), (238, 176, 138), (255, 216, 158)),
        (244, 186, 148), (46, 26, 52), (255, 246, 220), (0.36, 0.56), 0.045, 6, 0.45,
    ),
    Scenery(
        "3-morning-sea", 37,
        ((44, 104, 140), (112, 168, 186), (214, 214, 198), (252, 226, 186)),
        (176, 196, 196), (14, 52, 68), (255, 250, 232), (0.6, 0.47), 0.03, 3, 0.4, water=True,
    ),
    Scenery(
        "4-last-colour", 53, ((20, 14, 52), (92, 32, 92), (204, 66, 92), (252, 150, 86)),
        (192, 84, 100), (20, 8, 30), (255, 214, 150), (0.5, 0.6), 0.06, 5, 0.5, stars=90,
    ),
)  # fmt: skip


def paint(scenery: Scenery) -> Image.Image:
    """Return one landscape, 1600 x 1067."""
    chance = np.random.default_rng(scenery.seed)
    height, width = HEIGHT * OVERSAMPLING, WIDTH * OVERSAMPLING
    canvas = sky(scenery, height, width)
    canvas = with_stars(canvas, scenery, chance)
    canvas = with_light(canvas, scenery)
    if scenery.water:
        canvas = with_water(canvas, scenery, chance)
    for number in range(scenery.ridges):
        canvas = with_ridge(canvas, scenery, number, chance)
    canvas += chance.normal(0, 3.0, (height, width, 1))
    pixels = np.clip(canvas, 0, 255).astype(np.uint8)
    small = Image.fromarray(pixels).resize((WIDTH, HEIGHT), Image.Resampling.LANCZOS)
    return small.filter(ImageFilter.UnsharpMask(1.2, 60, 2))


def sky(scenery: Scenery, height: int, width: int) -> Field:
    """Return the sky's colours, from the top to where the ridges are."""
    stops = np.linspace(0, 0.72, len(scenery.sky))
    rows = np.linspace(0, 1, height)
    colours = np.array(scenery.sky, dtype=float)
    column = np.stack([np.interp(rows, stops, colours[:, c]) for c in range(3)], axis=1)
    return np.repeat(column[:, None, :], width, axis=1)


def with_stars(canvas: Field, scenery: Scenery, chance: np.random.Generator) -> Field:
    """Scatter stars, fewer and fainter towards the horizon."""
    height, width, _ = canvas.shape
    glow = Image.new("L", (width, height))
    for _ in range(scenery.stars):
        y = chance.beta(1.0, 2.6) * 0.6
        size, bright = chance.choice([1, 1, 1, 2, 3]), chance.uniform(0.2, 1) * (1 - y / 0.65)
        x, top = int(chance.integers(0, width - 4)), int(y * height)
        glow.paste(int(255 * bright), (x, top, x + int(size), top + int(size)))
    soft = np.asarray(glow.filter(ImageFilter.GaussianBlur(0.9)), dtype=float)[..., None]
    lit: Field = canvas + soft * np.array([0.9, 0.95, 1.0])
    return lit


def with_light(canvas: Field, scenery: Scenery) -> Field:
    """Put the sun or moon in, with a wide glow around it."""
    height, width, _ = canvas.shape
    y, x = np.mgrid[0:height, 0:width]
    across, down = scenery.light_at
    away = np.hypot(x / width - across, (y / height - down) * height / width)
    glow = 0.55 * np.exp(-away / 0.16) + 0.25 * np.exp(-away / 0.5)
    disc = np.clip((scenery.light_size - away) * width / 6 + 0.5, 0, 1)
    strength = np.maximum(glow, disc)[..., None]
    lit: Field = canvas + (np.array(scenery.light) - canvas) * strength
    return lit


def with_water(canvas: Field, scenery: Scenery, chance: np.random.Generator) -> Field:
    """Mirror the sky below the horizon, broken by waves that grow towards us."""
    height, width, _ = canvas.shape
    horizon = int(height * 0.52)
    rows = np.arange(height - horizon)
    depth = rows / rows[-1]
    swell = sum(
        np.sin(rows / (2 + 26 * depth) * k + chance.uniform(0, 6)) for k in (1, 1.7, 2.9)
    )
    x = np.arange(width)
    ripple = np.sin(x[None, :] / (22 + 150 * depth[:, None]) + 5 * np.sin(rows / 7)[:, None])
    source = (
        horizon - rows[:, None] * 0.92 + (swell[:, None] + ripple) * (1 + 16 * depth[:, None])
    )
    mirrored = canvas[np.clip(source.astype(int), 0, horizon - 1), x[None, :]]
    dark = 0.86 - 0.42 * depth[:, None, None] + 0.05 * ripple[..., None]
    tint = np.array(scenery.near) * 0.3
    result = canvas.copy()
    result[horizon:] = mirrored * dark + tint * depth[:, None, None]
    return result


def with_ridge(
    canvas: Field, scenery: Scenery, number: int, chance: np.random.Generator
) -> Field:
    """Draw one ridge; the nearer, the lower, the rougher and the darker."""
    height, width, _ = canvas.shape
    nearness = (number + 1) / scenery.ridges
    skyline = ridge_line(width, scenery.roughness, chance)
    base = 0.5 + 0.012 * number if scenery.water else 0.6 + 0.36 * nearness**1.25
    reach = 0.05 * (1 - 0.55 * nearness) if scenery.water else 0.10 + 0.07 * nearness
    top = (base - reach * skyline) * height
    rows = np.arange(height)[:, None]
    inside = np.clip(rows - top[None, :] + 0.5, 0, 1)[..., None]
    if scenery.water:
        inside = inside * (rows < height * 0.52)[..., None]
    colour = np.array(scenery.haze) * (1 - nearness) + np.array(scenery.near) * nearness
    mist = np.exp(-np.maximum(rows - top[None, :], 0) / (height * 0.09))[..., None]
    shade = colour * (0.8 + 0.35 * mist) + np.array(scenery.haze) * 0.22 * (1 - mist)
    drawn: Field = canvas + (shade - canvas) * inside
    return drawn


def ridge_line(width: int, roughness: float, chance: np.random.Generator) -> Field:
    """Return heights from 0 to 1: waves of many lengths, each finer one weaker."""
    x = np.linspace(0, 1, width)
    line = np.zeros(width)
    for octave in range(1, 10):
        knots = chance.uniform(-1, 1, 2**octave + 2)
        at = np.linspace(0, len(knots) - 1.001, width)
        left = at.astype(int)
        ease = (1 - np.cos((at - left) * np.pi)) / 2
        line += roughness**octave * (knots[left] * (1 - ease) + knots[left + 1] * ease)
    line += 0.25 * roughness * np.sin(x * np.pi * chance.uniform(1, 2) + chance.uniform(0, 6))
    scaled: Field = (line - line.min()) / (line.max() - line.min())
    return scaled


def main() -> None:
    """Write every picture beside this script. Safe to repeat."""
    for scenery in SCENERIES:
        path = Path(__file__).with_name(f"{scenery.name}.jpg")
        paint(scenery).save(path, quality=84, optimize=True, progressive=True)
        print(path.name, f"{path.stat().st_size / 1000:.0f} kB")


if __name__ == "__main__":
    main()
