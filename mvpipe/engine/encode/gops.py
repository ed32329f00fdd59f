"""What is inside a finished video: its packets, hashed run by run. Decodes nothing."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, field
from pathlib import Path

import av
from av.container import InputContainer

from mvpipe.errors import DamagedMedia
from mvpipe.model.content import Content, Gop

DIGEST_DIGITS = 12
"""Of SHA-256, enough to tell what changed; whether it did, the whole file's digest says."""

_ENCODER = re.compile(rb"(x26[45]) - core (\d{1,5})")


def content_of(path: Path) -> Content:
    """Return what the packets of an MP4 hash to, pictures GOP by GOP. Safe to repeat.

    Raises DamagedMedia for what cannot be read as a video.
    """
    try:
        with _read(path) as container:
            if not container.streams.video:
                raise DamagedMedia(f"'{path.name}' holds no pictures")
            return _content(container)
    except av.FFmpegError as cause:
        raise DamagedMedia(f"'{path.name}' cannot be read as a video: {cause}") from cause


@dataclass(slots=True)
class _Seen:
    """What was read so far: for each GOP its first frame and a running hash."""

    frames: int = 0
    encoder: str | None = None
    starts: list[int] = field(default_factory=list)
    hashes: list[hashlib._Hash] = field(default_factory=list)

    def picture(self, content: bytes, *, key: bool) -> None:
        if key or not self.hashes:
            self.starts.append(self.frames)
            self.hashes.append(hashlib.sha256())
        if not self.frames:
            self.encoder = _encoder(content)
        self.hashes[-1].update(content)
        self.frames += 1


def _content(container: InputContainer) -> Content:
    video, sounds = container.streams.video[0], container.streams.audio[:1]
    seen, sound = _Seen(), hashlib.sha256()
    for packet in container.demux(video, *sounds):
        if not packet.size:  # the end of a stream
            continue
        if packet.stream.type == "video":
            seen.picture(bytes(packet), key=packet.is_keyframe)
        else:
            sound.update(bytes(packet))
    pairs = zip(seen.starts, seen.hashes, strict=True)
    return Content(
        frames=seen.frames,
        rate=str(video.average_rate or 0),
        encoder=seen.encoder,
        sound=sound.hexdigest()[:DIGEST_DIGITS] if sounds else None,
        gops=tuple(Gop(first, one.hexdigest()[:DIGEST_DIGITS]) for first, one in pairs),
    )


def _encoder(packet: bytes) -> str | None:
    """Return `x264 core 165`: encoders sign the first packet they make."""
    found = _ENCODER.search(packet)
    return None if found is None else f"{found[1].decode()} core {found[2].decode()}"


def _read(path: Path) -> InputContainer:
    """Open the file as an MP4 and as nothing else, whatever it says it is."""
    return av.open(f"file:{path}", format="mp4", options={"protocol_whitelist": "file"})
