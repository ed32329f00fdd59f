"""A still of a database: its bytes at one moment, read without touching it.

SQLite itself makes or changes files beside a database even to read it. A look must not. So the
files are read as they lie, and what the write-ahead log holds is put in its place here, by the
rules of https://www.sqlite.org/fileformat2.html, section 4.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from mvpipe.errors import JournalError

_TRIES = 200
_HEAD_BYTES = 100
_LOG_HEAD_BYTES = 32
_FRAME_HEAD_BYTES = 24
_LITTLE, _BIG = 0x377F0682, 0x377F0683


def still(path: Path) -> bytes:
    """Return the database at one moment, its log taken in; nothing where there is none.

    Another process may write meanwhile: what it had committed before is there whole, what it
    commits after is not there at all. Raises OSError, and JournalError where it cannot be had.
    """
    log = path.with_name(f"{path.name}-wal")
    for _ in range(_TRIES):
        before = _state(path, log)
        content, frames = _bytes(path), _bytes(log)
        if before == _state(path, log) and not _half_done(path):
            return joined(content, frames)
    raise JournalError(
        f"the journal '{path}' is in the middle of a change",
        hint="try again; if nobody is writing it, the next 'mvpipe run' puts it right",
    )


def _state(path: Path, log: Path) -> tuple[bytes, bytes]:
    """Return what changes whenever frames of the log may have moved into the database.

    While it stays, the log only grows: what was copied into the database is still in the log,
    which is read last.
    """
    return _bytes(path, most=_HEAD_BYTES), _bytes(log, most=_LOG_HEAD_BYTES)


def _half_done(path: Path) -> bool:
    """Say whether there is a rollback journal, which only TRUNCATE mode makes."""
    return bool(_bytes(path.with_name(f"{path.name}-journal"), most=1))


def _bytes(path: Path, *, most: int = -1) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(most)
    except FileNotFoundError:
        return b""


def joined(content: bytes, log: bytes) -> bytes:
    """Return the database with the committed frames of its log in place, as one plain file."""
    if len(content) < _HEAD_BYTES:
        return content
    whole = bytearray(content)
    frames = _committed(log)
    for number, page in frames.pages.items():
        at = (number - 1) * len(page)
        whole.extend(bytes(max(0, at + len(page) - len(whole))))
        whole[at : at + len(page)] = page
    if frames.size_bytes:
        del whole[frames.size_bytes :]
    whole[18:20] = b"\x01\x01"  # says that there is no log any more
    return bytes(whole)


@dataclass(frozen=True, slots=True)
class _Frames:
    """The newest content of each page that was committed to a log, and the size of it all."""

    pages: dict[int, bytes]
    size_bytes: int


def _committed(log: bytes) -> _Frames:
    """Return what a log holds up to its last commit that is whole."""
    pages: dict[int, bytes] = {}
    open_pages: dict[int, bytes] = {}
    size_bytes = 0
    for number, pages_in_all, page in _whole_frames(log):
        open_pages[number] = page
        if pages_in_all:
            pages.update(open_pages)
            open_pages.clear()
            size_bytes = pages_in_all * len(page)
    return _Frames(pages=pages, size_bytes=size_bytes)


def _whole_frames(log: bytes) -> Iterator[tuple[int, int, bytes]]:
    """Yield page number, pages in all (0 within a commit) and page of each good frame."""
    if len(log) < _LOG_HEAD_BYTES:
        return
    magic, _, page_bytes, _, salts, sums = struct.unpack(">IIII8s8s", log[:_LOG_HEAD_BYTES])
    order = {_LITTLE: "<", _BIG: ">"}.get(magic)
    if order is None:
        return
    so_far = _summed(log[:24], (0, 0), order)
    at = _LOG_HEAD_BYTES
    frame_bytes = _FRAME_HEAD_BYTES + page_bytes
    while struct.pack(">II", *so_far) == sums and at + frame_bytes <= len(log):
        number, in_all, its_salts, sums = struct.unpack(">II8s8s", log[at : at + 24])
        page = log[at + _FRAME_HEAD_BYTES : at + frame_bytes]
        so_far = _summed(log[at : at + 8] + page, so_far, order)
        if its_salts != salts or struct.pack(">II", *so_far) != sums:
            return
        yield number, in_all, page
        at += frame_bytes


def _summed(content: bytes, so_far: tuple[int, int], order: str) -> tuple[int, int]:
    """Return SQLite's running checksum after some more bytes, whose words are in `order`."""
    first, second = so_far
    for one, two in struct.iter_unpack(f"{order}II", content):
        first = (first + one + second) & 0xFFFFFFFF
        second = (second + two + first) & 0xFFFFFFFF
    return first, second
