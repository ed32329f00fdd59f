"""Is the container of a song complete? Pure over a way to read it, cheap, and never raises.

At most some hundred kilobytes are read, however large the file is. Where a format cannot tell
a whole file from the beginning of one (raw AAC, MP3 without a Xing header, a WAVE or Matroska
that was streamed, sound that ends in nothing but zeros) the answer is UNKNOWN.
"""

from __future__ import annotations

from mvpipe.watch.boxes import aiff, matroska, mp4, wave
from mvpipe.watch.frames import adts, adts_frame, mp3
from mvpipe.watch.model import Completeness, Contents
from mvpipe.watch.reading import ReadAt, after_id3, incomplete, unknown
from mvpipe.watch.sums import flac, ogg

_BOXES = {b"ftyp", b"moov", b"mdat", b"free", b"skip", b"wide", b"pnot"}
_BLOCK_BYTES = 512
_SAMPLES = 24
_LEAST_BYTES = 512
"""With less, no format shows what it is, and no song sounds."""
_TAIL_BYTES = 32
_TAGS_BYTES = 65_536
"""Up to here, zeros may be what a tagger left for tags to grow into."""


def check(read: ReadAt, size: int) -> Contents:
    """Return what `size` bytes of a file say of whether they are all that it should have."""
    if size < _LEAST_BYTES:
        return incomplete(f"it has {size} bytes" if size else "it is empty")
    head = read(0, 12)
    if not any(head):
        return incomplete("its beginning is not there yet")
    said = _by_kind(read, size, head)
    hole = _hole(read, size)
    if said.state is Completeness.COMPLETE and hole is not None:
        return unknown(f"there is nothing but zeros at byte {hole}")
    return said


def _by_kind(read: ReadAt, size: int, head: bytes) -> Contents:
    if head[:4] in {b"RIFF", b"RF64", b"BW64"}:
        return wave(read, size)
    if head[:4] == b"FORM":
        return aiff(read, size)
    if head[:4] == b"OggS":
        return ogg(read, size)
    if head[:4] == b"\x1a\x45\xdf\xa3":
        return matroska(read, size)
    if head[4:8] in _BOXES:
        return mp4(read, size)
    return _bare(read, size)


def _bare(read: ReadAt, size: int) -> Contents:
    """Judge frames that stand alone, or behind a tag."""
    start = after_id3(read, size)
    head = read(start, 6) if start < size else b""
    if head[:4] == b"fLaC":
        return flac(read, size, start)
    return adts(read, size) if adts_frame(head) else mp3(read, size)


def _hole(read: ReadAt, size: int) -> int | None:
    """Return where some block of the file, or its end, is nothing but zeros.

    A writer that sets the size first leaves zeros where it has not been yet. A file whose end
    is empty is searched for where that begins, so that a look sees the writer's next step.
    """
    tail = max(0, size - _TAIL_BYTES)
    if not any(read(tail, size - tail)):
        return _edge(read, size)
    for step in range(1, _SAMPLES):
        at = max(_TAGS_BYTES, size * step // _SAMPLES)
        block = read(at, _BLOCK_BYTES)
        if len(block) == _BLOCK_BYTES and not any(block):
            return at
    return None


def _edge(read: ReadAt, size: int) -> int:
    """Return where the zeros at the end begin, in blocks, by halving."""
    low, high = 0, -(-size // _BLOCK_BYTES)
    while low < high:
        middle = (low + high) // 2
        if any(read(middle * _BLOCK_BYTES, _BLOCK_BYTES)):
            low = middle + 1
        else:
            high = middle
    return low * _BLOCK_BYTES
