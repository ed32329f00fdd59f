"""The picture scene: a photo filmed with a slow camera that feels the beat.

The camera drifts in, out or across. Each beat leans it in by a hair, a build-up draws it
closer, kicks in loud parts shake it, and a downbeat lifts the light.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import cbrt, sin

import numpy as np

from mvpipe.engine.planes import Planes
from mvpipe.engine.scenes.feel import scaled
from mvpipe.engine.scenes.framing import RESERVE, Corners, Framed, framed
from mvpipe.engine.scenes.noise import chances
from mvpipe.engine.scenes.scene import Moment, Pictures
from mvpipe.engine.scenes.warp import Cover, Floats, Light, View, even_light, full_cover, warp
from mvpipe.errors import RenderFailed
from mvpipe.model.catalogue import SceneCard
from mvpipe.model.media import Size
from mvpipe.model.timeline import Shot

_CLOSEST_START = 1.03  # never the very edge, so that there is room to shake and drift
_ZOOM_A_SECOND = 0.017
_MOST_ZOOM = 0.13
_DRIFT_A_SECOND = 0.014
_MOST_DRIFT = 0.11
_PUNCH = 0.036
_SHAKE = 0.0045
_LIFT = 0.10


@dataclass(frozen=True, slots=True)
class Camera:
    """Where the camera is: `zoom` from 1 (all is seen), where it looks, and how it shakes.

    `x` and `y` are the looking point in the picture, 0 to 1; `shake_x` and `shake_y` are in
    the frame's shorter side; `lift` is the light, 1 as it is.
    """

    zoom: float
    x: float
    y: float
    shake_x: float
    shake_y: float
    lift: float


class Picture:
    """Variants 0 to 3: in, across to the right, out, across to the left."""

    card = SceneCard(
        name="picture",
        title="Your picture",
        words=(
            "picture", "photo", "image", "cover art", "artwork", "album cover", "slideshow",
            "my photos", "图片", "照片", "封面", "相册", "我的照片",
        ),
        calm=0.7,
        fierce=0.6,
        variants=4,
        needs_media=True,
    )  # fmt: skip

    def draw(self, planes: Planes, moment: Moment, shot: Shot, pictures: Pictures) -> None:
        """Film the shot's picture; the blurred copy behind it first, where it needs one."""
        if shot.media is None or shot.media not in pictures:
            raise RenderFailed(f"the picture '{shot.media}' is not among the uploaded ones")
        seen = framed(pictures[shot.media], size=planes.size, colours=shot.palette.colours)
        camera = camera_at(scaled(moment, shot), shot, focus=seen.focus)
        if seen.back is None:
            _fill(planes, seen, camera)
            return
        rest = _grown(seen.rest, 1.0 + 0.35 * (camera.zoom - _CLOSEST_START))
        _draw_back(planes, seen.back, camera, rest=rest)
        _draw_front(planes, seen.front, camera, rest=rest)


def camera_at(moment: Moment, shot: Shot, *, focus: tuple[float, float]) -> Camera:
    """Return the camera at a moment of a shot, from both and nothing else."""
    length_s = (shot.end_ms - shot.start_ms) / 1000
    chance = [float(number) for number in chances(shot.seed, 3)]
    move = (int(chance[0] * 4) + shot.variant) % 4
    reach = min(_MOST_ZOOM, max(0.02, _ZOOM_A_SECOND * length_s * shot.motion))
    drift = min(_MOST_DRIFT, _DRIFT_A_SECOND * length_s * shot.motion)
    done = moment.progress
    closer = {0: done, 1: 0.5, 2: 1.0 - done, 3: 0.5}[move]
    aside = {0: 0.25, 1: 1.0, 2: -0.25, 3: -1.0}[move] * (done - 0.5) * drift
    slope = (chance[1] - 0.5) * (done - 0.5) * drift
    shake = _shake(moment)
    return Camera(
        zoom=(_CLOSEST_START + reach * closer) * (1.0 + _punch(moment) + 0.05 * moment.rise),
        x=focus[0] + aside,
        y=focus[1] + slope,
        shake_x=shake * sin(moment.time_s * 71.0 + chance[2] * 6.3),
        shake_y=shake * sin(moment.time_s * 83.0 + 1.7),
        lift=1.0 + _LIFT * moment.accent**2 * (0.3 + 0.7 * moment.energy),
    )


def _punch(moment: Moment) -> float:
    """Lean in at once on the beat, fall back before the next; a kick on it makes it whole."""
    struck = 0.55 * moment.pulse + 0.45 * moment.kick * moment.kick
    return _PUNCH * struck * (0.25 + 0.75 * moment.energy)


def _shake(moment: Moment) -> float:
    loud = max(0.0, moment.energy - 0.6) / 0.4
    return _SHAKE * loud * moment.kick**2


def _fill(planes: Planes, seen: Framed, camera: Camera) -> None:
    size = planes.size
    view = _view(seen.front.size, camera, within=seen.rest, short=min(size.width, size.height))
    light = even_light(size, camera.lift)
    warp(planes, seen.front, view=view, light=light, cover=full_cover(size))


def _view(source: Size, camera: Camera, *, within: Corners, short: int) -> View:
    """Return the view that puts the looking point as near the middle as the edges allow."""
    scale = RESERVE / max(1.0, camera.zoom)
    left, top, right, bottom = within
    wide, high = (right - left) * scale, (bottom - top) * scale
    x = _held(camera.x * source.width, wide / 2, source.width) + camera.shake_x * short
    y = _held(camera.y * source.height, high / 2, source.height) + camera.shake_y * short
    return View(scale=scale, left=x - wide / 2 - left * scale, top=y - high / 2 - top * scale)


def _held(middle: float, half: float, length: float) -> float:
    """Keep a window of `half` to each side inside `length`, slowing down before the edge."""
    room = max(1e-6, length / 2 - half)
    away = (middle - length / 2) / room
    return length / 2 + room * away / cbrt(1.0 + abs(away) ** 3)


def _draw_back(planes: Planes, back: Planes, camera: Camera, *, rest: Corners) -> None:
    size = planes.size
    zoom = 1.12 + 0.5 * (camera.zoom - 1.0)
    scale = back.size.width / size.width / zoom
    view = View(
        scale=scale,
        left=(back.size.width - size.width * scale) * (1.0 - camera.x),
        top=(back.size.height - size.height * scale) * (1.0 - camera.y),
    )
    light = _shadowed(size, rest, camera.lift)
    for strip in _strips(size, rest):
        warp(planes, back, view=view, light=light, cover=strip)


def _strips(size: Size, rest: Corners) -> tuple[Cover, Cover]:
    """Return what is left of the frame on either side of the front, and a pixel below it."""
    across, down = np.arange(size.width), np.arange(size.height)
    everywhere = full_cover(size)
    if rest[0] > 0.0:
        before, after = across < rest[0] + 1, across > rest[2] - 3
        return Cover(before.astype(np.float64), everywhere.down), Cover(
            after.astype(np.float64), everywhere.down
        )
    before, after = down < rest[1] + 1, down > rest[3] - 3
    return Cover(everywhere.across, before.astype(np.float64)), Cover(
        everywhere.across, after.astype(np.float64)
    )


def _shadowed(size: Size, rest: Corners, lift: float) -> Light:
    """Darken the background towards the picture's edges, as if it stood in front."""
    reach = 0.05 * min(size.width, size.height)
    across, down = np.arange(size.width) + 0.5, np.arange(size.height) + 0.5
    from_x = np.maximum(np.maximum(rest[0] - across, across - rest[2]), 0.0)
    from_y = np.maximum(np.maximum(rest[1] - down, down - rest[3]), 0.0)
    if rest[0] > 0.0:
        return Light(
            across=lift * (1 - 0.6 * np.exp(-from_x / reach)), down=np.ones(size.height)
        )
    return Light(across=np.full(size.width, lift), down=1 - 0.6 * np.exp(-from_y / reach))


def _draw_front(planes: Planes, front: Planes, camera: Camera, *, rest: Corners) -> None:
    size = planes.size
    view = _view(front.size, camera, within=rest, short=min(size.width, size.height))
    cover = Cover(
        across=_covered(rest[0], rest[2], size.width),
        down=_covered(rest[1], rest[3], size.height),
    )
    warp(planes, front, view=view, light=even_light(size, camera.lift), cover=cover)


def _grown(rest: Corners, by: float) -> Corners:
    """Scale a rectangle around its middle."""
    middle_x, middle_y = (rest[0] + rest[2]) / 2, (rest[1] + rest[3]) / 2
    half_x, half_y = (rest[2] - rest[0]) / 2 * by, (rest[3] - rest[1]) / 2 * by
    return middle_x - half_x, middle_y - half_y, middle_x + half_x, middle_y + half_y


def _covered(start: float, end: float, count: int) -> Floats:
    """Return how much of each of `count` pixels lies between two places."""
    pixel = np.arange(count)
    covered: Floats = np.clip(np.minimum(pixel + 1, end) - np.maximum(pixel, start), 0.0, 1.0)
    return covered
