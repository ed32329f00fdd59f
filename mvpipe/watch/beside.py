"""The pictures that lie beside a song under its name and belong to its video."""

from __future__ import annotations

import hashlib
import os
import stat
from contextlib import suppress
from pathlib import Path

from mvpipe.model.canonical import Digest
from mvpipe.watch import names

KINDS = ("jpg", "jpeg", "png", "webp")
MOST_BYTES = 200 * 10**6
_TAIL_BYTES = 1024
_NO_FOLLOW = getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)


def pictures_of(song: Path) -> tuple[Path, ...]:
    """Return the whole pictures that have a song's name but for the ending, in order.

    One that is still being copied counts as not there. Changes nothing; raises nothing.
    """
    wanted = {names.key(f"{song.stem}.{kind}") for kind in KINDS}
    found = []
    with suppress(OSError):
        found = [path for path in song.parent.iterdir() if names.key(path.name) in wanted]
    return tuple(sorted(path for path in found if _whole(path)))


def digest_of_picture(path: Path) -> Digest:
    """Return the digest of a picture's bytes; of nothing where it is gone."""
    with suppress(OSError), os.fdopen(os.open(path, os.O_RDONLY | _NO_FOLLOW), "rb") as file:
        return Digest(hashlib.file_digest(file, "sha256").hexdigest())
    return Digest("")


def _whole(path: Path) -> bool:
    with suppress(OSError), os.fdopen(os.open(path, os.O_RDONLY | _NO_FOLLOW), "rb") as file:
        seen = os.fstat(file.fileno())
        if not stat.S_ISREG(seen.st_mode) or not 12 <= seen.st_size <= MOST_BYTES:
            return False
        head = file.read(12)
        file.seek(max(0, seen.st_size - _TAIL_BYTES))
        return ends(head, file.read(), size_bytes=seen.st_size)
    return False


def ends(head: bytes, tail: bytes, *, size_bytes: int) -> bool:
    """Say whether a picture's end is there: JPEG's EOI, PNG's IEND, all of WebP's RIFF."""
    if head[:2] == b"\xff\xd8":
        return b"\xff\xd9" in tail
    if head[:8] == b"\x89PNG\r\n\x1a\n":
        return b"IEND" in tail
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return int.from_bytes(head[4:8], "little") + 8 <= size_bytes
    return False
