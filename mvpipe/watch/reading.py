"""What the checks of all formats share: a way to read, three answers, the tags around a sound.

Pure, and never raises.
"""

from __future__ import annotations

from collections.abc import Callable

from mvpipe.watch.model import Completeness, Contents

ReadAt = Callable[[int, int], bytes]
"""Bytes from an offset, at most as many as asked for; fewer only at the end."""

COMPLETE = Contents(Completeness.COMPLETE)


def incomplete(why: str) -> Contents:
    """Return that something is missing."""
    return Contents(Completeness.INCOMPLETE, why)


def unknown(why: str) -> Contents:
    """Return that nobody can tell whether something is missing."""
    return Contents(Completeness.UNKNOWN, why)


def after_id3(read: ReadAt, size: int) -> int:
    """Return where the ID3v2 tags at the beginning end; past `size` where they are cut off."""
    at = 0
    for _ in range(8):
        head = read(at, 10)
        if len(head) < 10 or head[:3] != b"ID3" or max(head[6:10]) > 127:
            break
        length = (head[6] << 21) | (head[7] << 14) | (head[8] << 7) | head[9]
        at += 10 + length + (10 if head[5] & 0x10 else 0)
        if at > size:
            break
    return at


def before_tags(read: ReadAt, size: int) -> int:
    """Return where the sound ends: before an ID3v1, an APEv2 and a Lyrics3v2 tag."""
    end = size
    for _ in range(4):
        earlier = _before_one(read, end)
        if earlier == end:
            break
        end = earlier
    return end


def _before_one(read: ReadAt, end: int) -> int:
    last = read(max(0, end - 128), min(end, 128))
    if len(last) == 128 and last[:3] == b"TAG":
        return end - 128
    if last[-32:-24] == b"APETAGEX" and len(last) >= 32:
        length = int.from_bytes(last[-20:-16], "little")
        headed = 32 if last[-9] & 0x80 else 0
        return end - length - headed if 32 <= length <= end - headed else end
    if last[-9:] == b"LYRICS200" and last[-15:-9].isdigit():
        length = int(last[-15:-9]) + 15
        return end - length if length <= end else end
    return end
