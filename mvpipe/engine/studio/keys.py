"""The keys of a video's parts: digests of all that can change their bytes, and of nothing else.

Equal keys mean equal bytes, so what is stored under a key need not be made again. A title
changes the keys of the chunks it is seen in and leaves all others as they were.
"""

from __future__ import annotations

import hashlib
import platform
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

from mvpipe.engine.encode.chunks import Chunk
from mvpipe.engine.encode.codecs import encoder_of
from mvpipe.engine.encode.settings import VideoFormat
from mvpipe.engine.planes import Planes
from mvpipe.engine.scenes.feel import Feel
from mvpipe.engine.scenes.sight import layout_of, sight
from mvpipe.engine.version import identity
from mvpipe.model.canonical import Digest, Plain, digest_of, plain
from mvpipe.model.media import Quality
from mvpipe.model.music import Music
from mvpipe.model.timeline import Timeline

KEY_VERSION = 1
"""Part of every key; raised when the meaning of a key changes."""

CODE = ("audio", "encode", "scenes", "kernel.py", "planes.py", "studio/sound.py")
"""What of the engine makes bytes, seen from its folder."""

_BLOCK = 1 << 20


@dataclass(frozen=True, slots=True)
class Maker:
    """Who makes the bytes: the installation, its encoder, and which function draws."""

    engine: Plain
    encoder: Plain
    painter: str


def maker_of(video: VideoFormat, make_paint: Callable[..., object]) -> Maker:
    """Return who would make a video here. Reads the engine's own files. Safe to repeat."""
    engine = {"identity": identity(), "code": code_digest(), "machine": platform.machine()}
    return Maker(
        engine=plain(engine),
        encoder=plain(encoder_of(video)),
        painter=f"{make_paint.__module__}.{make_paint.__qualname__}",
    )


@cache
def code_digest() -> Digest:
    """Return the digest of the code and the fonts that make frames and sound.

    A version that somebody forgot to raise would put old pictures into new videos.
    """
    engine = Path(__file__).parent.parent
    found = hashlib.sha256()
    for path in sorted(path for name in CODE for path in _files(engine / name)):
        content = hashlib.sha256(path.read_bytes()).hexdigest()
        found.update(f"{path.relative_to(engine).as_posix()} {content}\n".encode())
    return Digest(found.hexdigest())


def _files(root: Path) -> Iterable[Path]:
    every = root.rglob("*") if root.is_dir() else [root]
    return (path for path in every if path.is_file() and "__pycache__" not in path.parts)


def chunk_keys(
    timeline: Timeline,
    music: Music,
    *,
    video: VideoFormat,
    chunks: Sequence[Chunk],
    pictures: Mapping[str, Digest],
    maker: Maker,
) -> tuple[Digest, ...]:
    """Return the key of each chunk; pure.

    `pictures` holds the digest of each picture that shots show, by its id. Of the music it is
    what scenes feel in the chunk's frames that counts, in which whatever the whole song
    decides, such as how loud is loud, has its say.
    """
    feel = Feel(music, video.fps)
    layout = layout_of(timeline, fps=video.fps)
    keys = []
    for chunk in chunks:
        first, end = chunk.first, chunk.end
        seen = sight(layout, timeline.titles, first=first, end=end, pictures=pictures)
        felt = hashlib.sha256(feel.stretch(first, end)).hexdigest()
        parts = {"chunk": chunk, "video": video, "seen": seen, "felt": felt}
        keys.append(digest_of({"key": KEY_VERSION, "maker": maker, **parts}))
    return tuple(keys)


def picture_digest(planes: Planes) -> Digest:
    """Return the digest of a picture's pixels."""
    found = hashlib.sha256(f"{planes.size}\n".encode())
    for plane in (planes.y, planes.u, planes.v):
        found.update(plane.tobytes())
    return Digest(found.hexdigest())


def sound_key(
    timeline: Timeline,
    *,
    songs: Mapping[str, Digest],
    samples: int,
    quality: Quality,
    maker: Maker,
) -> Digest:
    """Return the key of a video's sound; pure. `songs` holds each song's digest by its id."""
    played = [
        plain(replace(sound, media=songs[sound.media], step="")) for sound in timeline.sounds
    ]
    # of the encoder only the quality counts here, and the maker of frames does not
    sound = {"sound": played, "until_ms": timeline.duration_ms, "samples": samples}
    who = {"engine": maker.engine, "quality": quality}
    return digest_of({"key": KEY_VERSION, **sound, **who})


def song_digest(path: Path, *, on_block: Callable[[], None]) -> Digest:
    """Return the SHA-256 of a file; `on_block` is called now and then and may raise to stop.

    Raises OSError. Safe to repeat.
    """
    found = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(_BLOCK):
            found.update(block)
            on_block()
    return Digest(found.hexdigest())
