"""The sum of everything a prompt said about how a picture should feel."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from mvpipe.engine.direct.moods import BY_NAME
from mvpipe.engine.direct.wishes import Adjust, Generate, Quality
from mvpipe.model.timeline import Grade


@dataclass(frozen=True, slots=True)
class Taste:
    """Steps of every quality, as in `Adjust`; 0 where nothing was said."""

    brightness: float = 0.0
    contrast: float = 0.0
    saturation: float = 0.0
    grain: float = 0.0
    vignette: float = 0.0
    motion: float = 0.0
    reaction: float = 0.0
    flashes: float = 0.0
    cuts: float = 0.0
    energy: float = 0.0
    warmth: float = 0.0


def taste_of(wanted: Generate) -> Taste:
    """Return the taste of a request for a video: its moods, then what was said outright."""
    leans = [Adjust(q, amount) for mood in wanted.moods for q, amount in BY_NAME[mood].leans]
    return tasted((*leans, *wanted.adjusts))


def tasted(adjusts: Iterable[Adjust]) -> Taste:
    """Return the sum of adjustments; speed is motion and cuts, energy moves with both."""
    sums = dict.fromkeys(Quality, 0.0)
    for adjust in adjusts:
        sums[adjust.quality] += adjust.amount
    speed, energy = sums.pop(Quality.SPEED), sums[Quality.ENERGY]
    sums[Quality.CUTS] += speed + 0.5 * energy
    sums[Quality.MOTION] += speed + 0.5 * energy
    sums[Quality.REACTION] += 0.4 * energy + 0.5 * sums[Quality.FLASHES]
    return Taste(**{quality.value: amount for quality, amount in sums.items()})


def graded(grade: Grade, taste: Taste) -> Grade:
    """Return a grade moved by a taste, within its limits."""
    return Grade(
        brightness=within(grade.brightness + 0.2 * taste.brightness, low=-1.0, high=1.0),
        contrast=within(grade.contrast + 0.2 * taste.contrast, low=-1.0, high=1.0),
        saturation=within(grade.saturation + 0.28 * taste.saturation, low=-1.0, high=1.0),
        grain=within(grade.grain + 0.2 * taste.grain, low=0.0, high=1.0),
        vignette=within(grade.vignette + 0.2 * taste.vignette, low=0.0, high=1.0),
    )


def within(value: float, *, low: float, high: float) -> float:
    """Return a value held between two limits, rounded so that it reads well and stays equal."""
    return round(min(max(value, low), high), 3)
