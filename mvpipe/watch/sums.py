"""Is a stream of frames with checksums all there: FLAC and Ogg. Pure, and never raises.

Only the head and the tail are read: the last frame or page must be whole and say that it is.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice

from mvpipe.watch.model import Contents
from mvpipe.watch.reading import COMPLETE, ReadAt, before_tags, incomplete, unknown

_FLAC_TAIL_BYTES = 262_144
_OGG_TAIL_BYTES = 2 * 65_536
_MOST_SYNCS = 4_096
_MOST_SUMS = 8
"""A file made to cost time is given up after so many checksums over a frame or a page."""


def _table(*, bits: int, polynomial: int) -> tuple[int, ...]:
    """Return the table of a CRC whose highest bit comes first."""
    top, mask = 1 << (bits - 1), (1 << bits) - 1
    rows = []
    for byte in range(256):
        value = byte << (bits - 8)
        for _ in range(8):
            value = ((value << 1) ^ polynomial if value & top else value << 1) & mask
        rows.append(value)
    return tuple(rows)


_CRC8 = _table(bits=8, polynomial=0x07)
_CRC16 = _table(bits=16, polynomial=0x8005)
_CRC32 = _table(bits=32, polynomial=0x04C11DB7)


def _crc8(data: bytes) -> int:
    value = 0
    for byte in data:
        value = _CRC8[value ^ byte]
    return value


def _crc16(data: bytes) -> int:
    value = 0
    for byte in data:
        value = ((value << 8) & 0xFFFF) ^ _CRC16[(value >> 8) ^ byte]
    return value


def _crc32(data: bytes) -> int:
    value = 0
    for byte in data:
        value = ((value << 8) & 0xFFFFFFFF) ^ _CRC32[(value >> 24) ^ byte]
    return value


def flac(read: ReadAt, size: int, start: int) -> Contents:
    """Say whether the frame with the last sample is there, by its own checksum (RFC 9639)."""
    info = read(start + 4, 38)
    if len(info) < 38:
        return incomplete("its head is not all there")
    if info[0] & 0x7F:
        return unknown("its first block is not what FLAC begins with")
    total = int.from_bytes(info[17:22], "big") & 0xF_FFFF_FFFF
    end = before_tags(read, size)
    longest = int.from_bytes(info[11:14], "big") or _FLAC_TAIL_BYTES
    begin = max(start + 42, end - min(2 * longest, _FLAC_TAIL_BYTES))
    data = read(begin, end - begin)
    block = int.from_bytes(info[6:8], "big")
    heads = (at for at in _flac_syncs(data) if _last_frame(data[at : at + 16], total, block))
    if any(_crc16(data[at:]) == 0 for at in islice(heads, _MOST_SUMS)):
        return COMPLETE if total else unknown("it does not say how long it should be")
    return incomplete("its last frame is not there, or not all of it")


_FLAC_SYNC = re.compile(rb"\xff[\xf8\xf9]")


def _flac_syncs(data: bytes) -> Iterator[int]:
    """Where frames may begin, from the end: the last one is the one wanted."""
    return reversed([found.start() for found in _FLAC_SYNC.finditer(data)][-_MOST_SYNCS:])


def _last_frame(head: bytes, total: int, block: int) -> bool:
    """Return whether a frame's head is sound and it holds the last of `total` samples."""
    number, used = coded_number(head[4:])
    if number is None or len(head) < 16 or not head[2] >> 4:
        return False
    samples, length = block_size(head, used=4 + used)
    first = number if head[1] & 1 else number * block
    if total and first + samples != total:
        return False
    return _crc8(head[:length]) == head[length]


def coded_number(data: bytes) -> tuple[int | None, int]:
    """Return a number in UTF-8's scheme and how many bytes it has: RFC 9639, 9.1.5."""
    if not data or 0x80 <= data[0] < 0xC0 or data[0] == 0xFF:
        return None, 0
    if data[0] < 0x80:
        return data[0], 1
    used = 8 - (data[0] ^ 0xFF).bit_length()
    value = data[0] & ((1 << (7 - used)) - 1)
    for byte in data[1:used]:
        value = value << 6 | byte & 0x3F
    return value, used


def block_size(head: bytes, *, used: int) -> tuple[int, int]:
    """Return the samples of a frame, and the length of its head without the checksum."""
    code, rate = head[2] >> 4, head[2] & 15
    extra = {6: 1, 7: 2}.get(code, 0)
    length = used + extra + {12: 1, 13: 2, 14: 2}.get(rate, 0)
    if extra:
        return int.from_bytes(head[used : used + extra], "big") + 1, length
    return (192 if code == 1 else 576 << (code - 2) if code < 6 else 256 << (code - 8)), length


def ogg(read: ReadAt, size: int) -> Contents:
    """Say whether the last page is whole and is marked as the end (RFC 3533)."""
    begin = max(0, size - _OGG_TAIL_BYTES)
    data = read(begin, size - begin)
    pages = (found.start() for found in reversed([*_OGG_SYNC.finditer(data)][-_MOST_SYNCS:]))
    fitting = (at for at in pages if _page_fits(data, at))
    for page in (data[at:] for at in islice(fitting, _MOST_SUMS)):
        if _crc32(page[:22] + bytes(4) + page[26:]) == int.from_bytes(page[22:26], "little"):
            return COMPLETE if page[5] & 4 else incomplete("its last page is not its end")
    return incomplete("its last page is cut off")


_OGG_SYNC = re.compile(rb"OggS")


def _page_fits(data: bytes, at: int) -> bool:
    """Return whether the page at `at` ends exactly with the data."""
    head = data[at : at + 27]
    body = at + 27 + head[26] if len(head) == 27 else len(data) + 1
    return body + sum(data[at + 27 : body]) == len(data)
