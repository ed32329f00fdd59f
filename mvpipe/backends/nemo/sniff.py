"""What a file is, from its first bytes: a name proves nothing."""

from __future__ import annotations

from pathlib import Path

from mvpipe.errors import DamagedMedia, MissingMedia, UnsupportedMedia
from mvpipe.protocol.wire import CONTENT_TYPES, DOUBTFUL_TYPES, content_type

HEAD_BYTES = 4096
ACCEPTED = " ".join((*CONTENT_TYPES, *DOUBTFUL_TYPES))

_STARTS: tuple[tuple[bytes, str], ...] = (
    (b"ID3", "mp3"),
    (b"fLaC", "flac"),
    (b"\xff\xd8\xff", "jpg"),
    (b"\x89PNG\r\n\x1a\n", "png"),
    (b"GIF87a", "gif"),
    (b"GIF89a", "gif"),
)
_RIFF = {b"WAVE": "wav", b"AVI ": "avi", b"WEBP": "webp"}
_SOUND_BRANDS = {b"M4A ", b"M4B ", b"M4P "}


def ending_of(path: Path) -> str:
    """Return the ending that fits what is in the file, from the list of those accepted.

    Raises MissingMedia, DamagedMedia for an empty file, UnsupportedMedia for anything else.
    Safe to repeat.
    """
    head = _head(path)
    if not head:
        raise DamagedMedia(f"'{path}' is empty (0 bytes)", hint="copy the file again")
    found = sniffed(head)
    if found is None:
        raise UnsupportedMedia(
            f"'{path}' is of no kind that the service takes",
            hint=f"it takes {ACCEPTED}, whatever the name",
        )
    named = path.suffix[1:].lower()
    same = content_type(f"x.{named}") == content_type(f"x.{found}")
    return named if same or (named, found) in {("m4a", "mp4"), ("mov", "mp4")} else found


def sniffed(head: bytes) -> str | None:
    """Return the ending that a file's first bytes ask for, `None` where they say nothing."""
    if head[:4] == b"RIFF":
        return _RIFF.get(head[8:12])
    if head[4:8] == b"ftyp":
        return _movie(head[8:12])
    if head[:4] == b"\x1a\x45\xdf\xa3":
        return "webm" if b"webm" in head[:64] else "mkv"
    if head[:4] == b"OggS":
        return "opus" if b"OpusHead" in head[:64] else "ogg"
    if head[4:8] in {b"moov", b"mdat", b"wide", b"free"}:
        return "mov"
    return next((e for start, e in _STARTS if head.startswith(start)), _frames(head))


def _movie(brand: bytes) -> str:
    if brand in _SOUND_BRANDS:
        return "m4a"
    return "mov" if brand == b"qt  " else "mp4"


def _frames(head: bytes) -> str | None:
    """Return the kind of a bare stream of frames: ADTS has layer bits 0, MPEG audio others."""
    at = len(head) - len(head.lstrip(b"\0"))
    if head[at : at + 1] != b"\xff" or len(head) < at + 4 or head[at + 1] & 0xE0 != 0xE0:
        return None
    second = head[at + 1]
    if second & 0xF6 == 0xF0:
        return "aac"
    sound = second & 0x06 and head[at + 2] >> 4 not in {0, 15} and head[at + 2] & 0x0C != 0x0C
    return "mp3" if sound and second & 0x18 != 0x08 else None


def _head(path: Path) -> bytes:
    if path.exists() and not path.is_file():
        raise UnsupportedMedia(f"'{path}' is not a regular file", hint=f"give {ACCEPTED}")
    try:
        with path.open("rb") as file:
            return file.read(HEAD_BYTES)
    except FileNotFoundError as problem:
        raise MissingMedia(
            f"'{path}' does not exist", hint="check the spelling and the folder"
        ) from problem
    except OSError as problem:
        raise MissingMedia(
            f"'{path}' cannot be read", hint="check who may read it"
        ) from problem
