"""A still of a database: its bytes at one moment, read without touching it.

SQLite itself makes or changes files beside a database even to read it. A look must not. So the
files are read as they lie, and what lies beside the database is put in its place here, by the
rules of https://www.sqlite.org/fileformat2.html: sections 3, the rollback journal, and 4, the
write-ahead log.
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
_UNDO_HEAD_BYTES = 28
_UNDO_MAGIC = bytes.fromhex("d9d505f920a163d7")


def still(path: Path, *, witness: Path) -> bytes:
    """Return the database at one moment, without files beside it; nothing where there is none.

    Another process may write meanwhile: what it had committed before is there whole, what it
    commits after is not there at all. `witness` is a file that is never the same after a
    change: it tells of a log that came and went. Raises OSError, and JournalError where the
    moment cannot be had.
    """
    for _ in range(_TRIES):
        before = _state(path, witness)
        content, log, undo = (_bytes(beside) for beside in _files(path))
        if before == _state(path, witness):
            return undone(joined(content, log), undo)
    raise JournalError(f"the journal '{path}' changes all the time", hint="try again")


def has_log(path: Path) -> bool:
    """Say whether a writer is at work or was cut short. Raises OSError."""
    return any(_bytes(beside, most=1) for beside in _files(path)[1:])


def _state(path: Path, witness: Path) -> tuple[bytes, ...]:
    """Return what changes whenever pages may have moved from one of the files to another.

    While it stays, the log only grows: what was copied into the database is still in the log,
    which is read after it. So does the rollback journal: what was written over in the database
    is in there. A log that begins anew has another head; only one that is empty looks like any
    other.
    """
    sizes = (_HEAD_BYTES, _LOG_HEAD_BYTES, _UNDO_HEAD_BYTES)
    head, log, undo = (
        _bytes(file, most=n) for file, n in zip(_files(path), sizes, strict=True)
    )
    return head, log, undo, b"" if log else _bytes(witness)


def _files(path: Path) -> tuple[Path, Path, Path]:
    return path, path.with_name(f"{path.name}-wal"), path.with_name(f"{path.name}-journal")


def _bytes(path: Path, *, most: int = -1) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(most)
    except FileNotFoundError:
        return b""


def undone(content: bytes, undo: bytes) -> bytes:
    """Return the database as it was before a change that a rollback journal stands for."""
    whole = bytearray(content)
    at = size_bytes = 0
    while head := _undo_head(undo[at : at + _UNDO_HEAD_BYTES]):
        records, size_bytes = undo[at + head.sector_bytes :], head.size_bytes
        count = min(head.records, len(records) // head.record_bytes)
        for number, page in _old_pages(records[: count * head.record_bytes], head):
            whole[(number - 1) * len(page) : number * len(page)] = page
        sectors = -(-count * head.record_bytes // head.sector_bytes)
        at += (1 + sectors) * head.sector_bytes
    if at:
        del whole[size_bytes:]
    return bytes(whole)


@dataclass(frozen=True, slots=True)
class _UndoHead:
    """What one part of a rollback journal says of itself; `size_bytes` is the database's."""

    records: int
    nonce: int
    size_bytes: int
    sector_bytes: int
    page_bytes: int

    @property
    def record_bytes(self) -> int:
        return self.page_bytes + 8


def _undo_head(head: bytes) -> _UndoHead | None:
    if len(head) < _UNDO_HEAD_BYTES or not head.startswith(_UNDO_MAGIC):
        return None
    records, nonce, pages, sector_bytes, page_bytes = struct.unpack(">IIIII", head[8:])
    if not sector_bytes or not page_bytes:
        return None
    return _UndoHead(records, nonce, pages * page_bytes, sector_bytes, page_bytes)


def _old_pages(records: bytes, head: _UndoHead) -> Iterator[tuple[int, bytes]]:
    """Yield each page that was to be written over, up to the first that is not whole."""
    for at in range(0, len(records), head.record_bytes):
        record = records[at : at + head.record_bytes]
        number, page = int.from_bytes(record[:4], "big"), record[4:-4]
        checked = head.nonce + sum(page[head.page_bytes - 200 : 0 : -200])
        if not number or checked & 0xFFFFFFFF != int.from_bytes(record[-4:], "big"):
            return
        yield number, page


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
