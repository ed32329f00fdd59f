"""What the benches render: a song, a timeline of every scene, a picture like a photo."""

from __future__ import annotations

from itertools import cycle, pairwise
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mvpipe.engine.direct.director import Situation, direct
from mvpipe.engine.pictures import from_rgb
from mvpipe.engine.planes import Planes
from mvpipe.engine.scenes.registry import CATALOGUE
from mvpipe.engine.studio.session import Studio
from mvpipe.model.hints import MusicHints
from mvpipe.model.job import Export, Input
from mvpipe.model.media import FULL_HD, Aspect, MediaKind, Quality
from mvpipe.model.music import Music
from mvpipe.model.place import Place
from mvpipe.model.timeline import Palette, Shot, Sound, Timeline, Track, TrackKind

SONG = Path("examples/audio/first-light.mp3")
PHOTO = "photo"
PROMPT = "generate a music video with visuals that match the beat and mood of my track"
FPS = 30
_BARS_A_SHOT = 2
_NOWHERE = Place("bench", 1, 1)


def opened(studio: Studio, song: Path) -> str:
    """Open a session that has taken the song in, and return its id."""
    session = studio.open(name="bench", seed=1, hints=MusicHints())
    item = Input("song", song.absolute(), str(song), MediaKind.AUDIO, _NOWHERE)
    studio.upload(session, item, progress=lambda percent: None)
    return session


def export_to(video: Path) -> Export:
    """Return the order for the standard 1080p30 video."""
    return Export(
        id="bench",
        to=video,
        shown=str(video),
        preset="youtube-1080p",
        aspect=Aspect.WIDE,
        size=FULL_HD[Aspect.WIDE],
        fps=FPS,
        quality=Quality.STANDARD,
        place=_NOWHERE,
    )


def directed(music: Music) -> Timeline:
    """Return the edit that the engine makes of `PROMPT` for a song with the id 'song'."""
    situation = Situation(
        before=None,
        music=music,
        song="song",
        pictures=(),
        catalogue=CATALOGUE,
        seed=1,
        step="make",
    )
    timeline = direct(PROMPT, situation=situation).timeline
    if timeline is None:
        raise AssertionError("the director made no timeline")
    return timeline


def scene_names(*, procedural: bool) -> tuple[str, ...]:
    """Return the names of the scenes that need no picture, or of every scene."""
    return tuple(
        card.name for card in CATALOGUE.scenes if not (procedural and card.needs_media)
    )


def timeline_of(music: Music, *, duration_ms: int, scenes: tuple[str, ...]) -> Timeline:
    """Return a timeline that cuts every two bars and takes the scenes in turn."""
    downbeats = [beat.at_ms for beat in music.beats if beat.in_bar == 1][::_BARS_A_SHOT]
    edges = [0, *(at for at in downbeats if 0 < at < duration_ms), duration_ms]
    shots = tuple(
        _shot(start, end, scene=scene, palette=palette.palette)
        for (start, end), scene, palette in zip(
            pairwise(edges), cycle(scenes), cycle(CATALOGUE.palettes), strict=False
        )
    )
    tracks = (
        Track(TrackKind.VIDEO, shots),
        Track(TrackKind.AUDIO, (Sound(0, duration_ms, media="song"),)),
    )
    return Timeline(duration_ms=duration_ms, tracks=tracks)


def _shot(start_ms: int, end_ms: int, *, scene: str, palette: Palette) -> Shot:
    needs = {card.name: card.needs_media for card in CATALOGUE.scenes}
    media = PHOTO if needs[scene] else None
    return Shot(start_ms, end_ms, scene=scene, palette=palette, seed=7, media=media)


def photo(width: int = 1920, height: int = 1080) -> Planes:
    """Return a picture whose detail falls off as in photographs (1/f), with edges."""
    rng = np.random.default_rng(20)
    layers = [_cloud(rng, height, width) for _ in range(4)]
    near = layers[3] > 0.1
    rgb = np.stack(
        [np.where(near, 0.7 * layers[k] + 0.3, 0.5 * layers[0] - 0.2) for k in range(3)],
        axis=-1,
    )
    scaled = (rgb - rgb.min()) / (rgb.max() - rgb.min())
    return from_rgb((scaled * 255).astype(np.uint8))


def _cloud(rng: np.random.Generator, height: int, width: int) -> NDArray[np.float64]:
    rows = np.fft.fftfreq(height)[:, None] * height
    columns = np.fft.rfftfreq(width)[None, :] * width
    far = np.maximum(1.0, np.hypot(rows, columns))
    waves = np.fft.rfft2(rng.standard_normal((height, width))) / far
    cloud = np.fft.irfft2(waves, s=(height, width))
    return np.asarray(cloud / cloud.std() / 3)
