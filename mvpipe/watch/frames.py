"""Is a stream of bare frames all there: MP3, and AAC in ADTS. Pure, and never raises.

Only the head and the tail are read. What stands around the sound, a tag, is stepped over.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from mvpipe.watch.model import Completeness, Contents
from mvpipe.watch.reading import (
    COMPLETE,
    ReadAt,
    after_id3,
    before_tags,
    incomplete,
    unknown,
)

_TAIL_BYTES = 32_768
_JUNK_BYTES = 65_536
_CHAIN = 3
"""So many frames in a row are no accident."""
_ZEROS = 32

_MP3_KBITS = {
    (1, 1): (0, 32, 64, 96, 128, 160, 192, 224, 256, 288, 320, 352, 384, 416, 448),
    (1, 2): (0, 32, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384),
    (1, 3): (0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320),
    (2, 1): (0, 32, 48, 56, 64, 80, 96, 112, 128, 144, 160, 176, 192, 224, 256),
    (2, 2): (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160),
    (2, 3): (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160),
}
"""Kilobits a second by MPEG version (2 means 2.5 too) and layer: ISO 11172-3, 13818-3."""
_MP3_HZ = (44_100, 48_000, 32_000)


def mp3_frame(head: bytes) -> int:
    """Return how many bytes the MPEG audio frame with this 4-byte header has; 0 for none."""
    if len(head) < 4 or head[0] != 0xFF or head[1] & 0xE0 != 0xE0:
        return 0
    version, layer = (head[1] >> 3) & 3, 4 - ((head[1] >> 1) & 3)
    kbits, hertz, padded = head[2] >> 4, (head[2] >> 2) & 3, (head[2] >> 1) & 1
    if version == 1 or layer == 4 or kbits in {0, 15} or hertz == 3:
        return 0
    rate = _MP3_HZ[hertz] >> {3: 0, 2: 1, 0: 2}[version]
    bits = _MP3_KBITS[1 if version == 3 else 2, layer][kbits] * 1000
    if layer == 1:
        return (12 * bits // rate + padded) * 4
    samples = 72 if layer == 3 and version != 3 else 144
    return samples * bits // rate + padded


def adts_frame(head: bytes) -> int:
    """Return how many bytes the ADTS frame with this 6-byte header has; 0 for none."""
    if len(head) < 6 or head[0] != 0xFF or head[1] & 0xF6 != 0xF0 or (head[2] >> 2) & 15 > 12:
        return 0
    length = ((head[3] & 3) << 11) | (head[4] << 3) | (head[5] >> 5)
    return length if length >= 7 else 0


FrameSize = Callable[[bytes], int]


def mp3(read: ReadAt, size: int) -> Contents:
    """Say whether an MP3 is whole: for sure only where a Xing or VBRI header counts bytes."""
    start = _first_frame(read, size, frame=mp3_frame)
    if start is None:
        return _no_sound(read, size)
    end = before_tags(read, size)
    promised = _promised_bytes(read(start, 192))
    if promised is None:
        return _by_last_frame(read, start, end, frame=mp3_frame)
    if start + promised > size:
        return incomplete(f"its header counts {promised} bytes and {size - start} are there")
    if end > start + promised:
        return unknown("more follows than its header says")
    return _counted(read, start, end)


def _counted(read: ReadAt, start: int, end: int) -> Contents:
    """Judge an MP3 that has as many bytes as it says by whether they are its own."""
    if _by_last_frame(read, start, end, frame=mp3_frame).state is Completeness.UNKNOWN:
        return COMPLETE
    if not any(read(end - _ZEROS, _ZEROS)):
        return incomplete("its end is not there yet")
    return unknown("its last frame ends elsewhere than its header says")


def adts(read: ReadAt, size: int) -> Contents:
    """Say whether raw AAC can be whole; no header counts its frames, so never COMPLETE."""
    start = _first_frame(read, size, frame=adts_frame)
    if start is None:
        return _no_sound(read, size)
    return _by_last_frame(read, start, before_tags(read, size), frame=adts_frame)


def _no_sound(read: ReadAt, size: int) -> Contents:
    if after_id3(read, size) >= size:
        return incomplete("only its tag is there yet")
    return unknown("no sound was found at its beginning")


def _first_frame(read: ReadAt, size: int, *, frame: FrameSize) -> int | None:
    """Return where the first of some frames in a row begins, not far behind the tag."""
    start = after_id3(read, size)
    data = read(start, _JUNK_BYTES) if start < size else b""
    for at in _syncs(data):
        if _chain(data, at, frame=frame) or _runs_out(data, at, frame=frame):
            return start + at
    return None


def _syncs(data: bytes) -> Iterator[int]:
    at = data.find(0xFF)
    while at >= 0:
        yield at
        at = data.find(0xFF, at + 1)


def _chain(data: bytes, at: int, *, frame: FrameSize) -> bool:
    """Return whether some frames follow each other from `at`."""
    for _ in range(_CHAIN):
        length = frame(data[at : at + 6])
        if not length:
            return False
        at += length
    return True


def _runs_out(data: bytes, at: int, *, frame: FrameSize) -> bool:
    """Return whether frames from `at` reach the end of the data, or more."""
    while length := frame(data[at : at + 6]):
        at += length
    return at >= len(data)


def _promised_bytes(head: bytes) -> int | None:
    """Return the bytes from the first frame on that a Xing, Info or VBRI header counts."""
    if head[36:40] == b"VBRI" and len(head) >= 50:
        return int.from_bytes(head[46:50], "big") or None
    for at in (36, 21, 13):  # by MPEG version, mono or stereo
        if head[at : at + 4] in {b"Xing", b"Info"} and head[at + 7] & 2:
            field = at + 8 + (4 if head[at + 7] & 1 else 0)
            return int.from_bytes(head[field : field + 4], "big") or None
    return None


def _by_last_frame(read: ReadAt, start: int, end: int, *, frame: FrameSize) -> Contents:
    """Say whether frames near the end stop exactly at it: they may, of a part too."""
    begin = max(start, end - _TAIL_BYTES)
    data = read(begin, end - begin)
    if _end_with_data(data, frame=frame):
        return unknown("nothing in it says how long it should be")
    return incomplete("its last frame is cut off")


def _end_with_data(data: bytes, *, frame: FrameSize) -> bool:
    """Return whether frames from somewhere end exactly with the data; each is read once."""
    known: set[int] = set()
    for at in _syncs(data):
        while at < len(data) and at not in known and (length := frame(data[at : at + 6])):
            known.add(at)
            at += length  # noqa: PLW2901 - from frame to frame
        if at == len(data):
            return True
    return False
