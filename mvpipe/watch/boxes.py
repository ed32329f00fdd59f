"""Is a file of nested boxes all there: WAVE, AIFF, MP4, Matroska. Pure, and never raises.

Each box says how long it is, so a file that ends inside one is cut off. Only the boxes' heads
are read.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from mvpipe.watch.model import Contents
from mvpipe.watch.reading import COMPLETE, ReadAt, incomplete, unknown

_MOST_BOXES = 4_096
_UNSET_32 = frozenset({0, 0xFFFFFFFF})
"""What a writer puts in place of a length that it does not know yet, or never will."""


@dataclass(frozen=True, slots=True)
class Box:
    """One box: where its inside begins, and where it says that it ends."""

    kind: bytes
    start: int
    end: int


def wave(read: ReadAt, size: int) -> Contents:
    """Say whether a RIFF or RF64 file has the length that its head promises."""
    head = read(0, 48)
    if len(head) < 12:
        return incomplete("its head is not all there")
    promised = int.from_bytes(head[4:8], "little")
    big = head[:4] != b"RIFF"
    if big and head[12:16] == b"ds64":
        promised = int.from_bytes(head[20:28], "little")
    if promised in _UNSET_32:
        return unknown("it was streamed and does not say how long it should be")
    data_bytes = int.from_bytes(head[28:36], "little") if big else None
    chunks = _chunks(read, promised + 8, order="little", data_bytes=data_bytes)
    return _chunked(chunks, size=size, promised=promised + 8, sound=b"data")


def aiff(read: ReadAt, size: int) -> Contents:
    """Say whether an AIFF or AIFF-C file has the length that its head promises."""
    head = read(0, 12)
    if len(head) < 12:
        return incomplete("its head is not all there")
    promised = int.from_bytes(head[4:8], "big")
    if promised in _UNSET_32:
        return unknown("it was streamed and does not say how long it should be")
    chunks = _chunks(read, promised + 8, order="big", data_bytes=None)
    return _chunked(chunks, size=size, promised=promised + 8, sound=b"SSND")


def _chunks(
    read: ReadAt, end: int, *, order: Literal["little", "big"], data_bytes: int | None
) -> Iterator[Box]:
    """Yield the chunks up to `end`; `data_bytes` is how long RF64 says that `data` is."""
    at = 12
    for _ in range(_MOST_BOXES):
        head = read(at, 8)
        if len(head) < 8 or at + 8 > end:
            return
        length = int.from_bytes(head[4:], order)
        if data_bytes is not None and head[:4] == b"data" and length == 0xFFFFFFFF:
            length = data_bytes
        yield Box(head[:4], at + 8, at + 8 + length)
        at += 8 + length + length % 2


def _chunked(chunks: Iterator[Box], *, size: int, promised: int, sound: bytes) -> Contents:
    found = next((box for box in chunks if box.kind == sound), None)
    unpadded = found is not None and found.end == size == promised - 1  # many forget the pad
    if size < promised and not unpadded:
        return incomplete(f"its head promises {promised} bytes and {size} are there")
    if found is None or found.end in {found.start, found.start + 0xFFFFFFFF}:
        return unknown("it does not say how long its sound is")
    if found.end > size:
        return incomplete(f"its sound is to end at byte {found.end} and {size} are there")
    if found.end > promised or size > promised + 1:
        return unknown("its length is not what its head says")
    return COMPLETE


def mp4(read: ReadAt, size: int) -> Contents:
    """Say whether an MP4's boxes end with the file and its index, `moov`, is among them."""
    kinds: set[bytes] = set()
    for box in _boxes(read, size):
        if box.end > size:
            name = box.kind.decode("latin-1")
            return incomplete(f"its '{name}' is to end at byte {box.end} and {size} are there")
        kinds.add(box.kind)
    for kind, called in ((b"moov", "index"), (b"mdat", "sound")):
        if kind not in kinds:
            return incomplete(f"its {called}, '{kind.decode()}', is not there yet")
    if _OPEN in kinds:
        return unknown("it does not say where it ends")
    if b"moof" in kinds and b"mfra" not in kinds:
        return unknown("it is in fragments that more may follow")
    return COMPLETE


_OPEN = b"open"
"""Stands for the rest of a file that no box accounts for."""


def _boxes(read: ReadAt, size: int) -> Iterator[Box]:
    """Yield the boxes of an MP4: ISO 14496-12, 4.2; then one called `open` for a rest."""
    at = 0
    for _ in range(_MOST_BOXES):
        if at >= size:
            return
        head = read(at, 16)
        box = _mp4_box(head, at)
        if box is None:
            break
        yield box
        if box.end == box.start:  # to the end of the file, says a length of 0
            break
        at = box.end
    yield Box(_OPEN, at, size)


def _mp4_box(head: bytes, at: int) -> Box | None:
    """Return the box that begins at `at`; `None` where no box begins there."""
    kind, length = head[4:8], int.from_bytes(head[:4], "big")
    if len(head) < 8 or not all(32 <= sign < 127 for sign in kind.replace(b"\xa9", b"c")):
        return None
    if length == 0:
        return Box(kind, at, at)
    if length == 1 and len(head) == 16:
        length = int.from_bytes(head[8:], "big")
    return Box(kind, at, at + length) if length >= 8 else None


_SEGMENT = b"\x18\x53\x80\x67"


def matroska(read: ReadAt, size: int) -> Contents:
    """Say whether the segment of a Matroska or WebM file is as long as it says (RFC 8794)."""
    head = read(0, 4_096)
    length, used = _vint(head[4:])
    if length is None:
        return incomplete("its head is not all there")
    at = 4 + used + length
    if head[at : at + 4] != _SEGMENT:
        if at + 4 > size:
            return incomplete("its head is not all there")
        return unknown("its segment does not follow its head")
    length, used = _vint(head[at + 4 :])
    if length is None:
        return unknown("it was streamed and does not say how long it should be")
    end = at + 4 + used + length
    if end > size:
        return incomplete(f"its segment is to end at byte {end} and {size} are there")
    return COMPLETE if end == size else unknown("more follows than its head says")


def _vint(data: bytes) -> tuple[int | None, int]:
    """Return a length that says its own length, `None` where it is unknown or cut off."""
    if not data or not data[0]:
        return None, 0
    used = 9 - data[0].bit_length()
    value = int.from_bytes(data[:used], "big") & ((1 << 7 * used) - 1)
    known = len(data) >= used and value != (1 << 7 * used) - 1
    return (value if known else None), used
