"""The journal's guard: a small file that knows how far the journal has come.

A database whose end is cut off looks like a younger one, and SQLite takes it for that. So after
each change, and before anybody is told of it, the guard is given the number of changes and the
seal of the newest. A database that is behind its guard has lost something. One that is ahead
was interrupted between the two, before anybody was told.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from mvpipe.disk import REAL
from mvpipe.journal.alone import alone, sync
from mvpipe.journal.rows import Damage

_MAGIC = b"mvpipe journal guard 1"
_SLOT_BYTES = 4096
_SLOTS = 2
"""Written in turn, a page apart: a torn write leaves the other one whole."""


@dataclass(frozen=True, slots=True, order=True)
class Mark:
    """How many changes there were, and the seal of the state after the newest."""

    changes: int
    seal: str


def read(path: Path) -> Mark | None:
    """Return the newest mark, `None` where there is no guard or it has not been used yet.

    Raises Damage and OSError. Changes nothing.
    """
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        return None
    marks = _marks(content)
    if content and not marks:
        raise Damage(f"'{path.name}' cannot be read")
    return max(marks, default=None)


def raise_to(path: Path, mark: Mark) -> None:
    """Let the guard, made if need be, know of `mark`, durably.

    One that knows of a newer mark is left: that was made on top of this, and vouches for both.
    Raises OSError. Safe to repeat.
    """
    with alone(path) as file:
        known = _marks(file.read(_SLOTS * _SLOT_BYTES))
        if all(old < mark for old in known):
            _put(file, mark)
            if not known:
                REAL.sync_folder(path.parent)


def _put(file: BinaryIO, mark: Mark) -> None:
    file.seek(mark.changes % _SLOTS * _SLOT_BYTES)
    body = b"%s %d %s" % (_MAGIC, mark.changes, mark.seal.encode())
    file.write((b"%s %s\n" % (body, _check(body))).ljust(_SLOT_BYTES))
    sync(file)


def _marks(content: bytes) -> list[Mark]:
    slots = (content[i * _SLOT_BYTES : (i + 1) * _SLOT_BYTES] for i in range(_SLOTS))
    return [mark for slot in slots if (mark := _mark(slot))]


def _mark(slot: bytes) -> Mark | None:
    line, newline, _ = slot.partition(b"\n")
    body, _, check = line.rpartition(b" ")
    if not newline or check != _check(body) or not body.startswith(_MAGIC):
        return None
    changes, seal = body.removeprefix(_MAGIC).split()
    return Mark(changes=int(changes), seal=seal.decode())


def _check(body: bytes) -> bytes:
    return hashlib.blake2b(body, digest_size=16).hexdigest().encode()
