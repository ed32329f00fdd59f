"""Multipart uploads, streamed to disk piece by piece: memory stays flat whatever comes."""

from __future__ import annotations

import hashlib
import secrets
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO, Protocol

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request

from mvpipe.errors import BadAnswer, TooLarge
from mvpipe.protocol.wire import UPLOAD_FIELD
from mvpipe.serve.bodies import announced_length, pieces_of
from mvpipe.serve.options import Limits
from mvpipe.serve.replies import Declined

FORM = "multipart/form-data"
ENVELOPE_BYTES = 100_000
"""How much longer than its files a form may be."""
MOST_NAME = 120
_WRITE_BYTES = 1_000_000


@dataclass(frozen=True, slots=True)
class Received:
    """A file that came whole: its name as sent, cleaned, and the SHA-256 of its bytes."""

    name: str
    path: Path
    digest: str


class Hash(Protocol):
    """A hash under way, for which the standard library has no public type."""

    def update(self, data: memoryview, /) -> None: ...

    def hexdigest(self) -> str: ...


@dataclass(slots=True)
class _Part:
    """The part that is coming in."""

    header: bytes = b""
    value: bytes = b""
    headers: dict[bytes, bytes] = field(default_factory=dict)
    name: str = ""
    path: Path | None = None
    file: BinaryIO | None = None
    size: int = 0
    hash: Hash = field(default_factory=hashlib.sha256)


@dataclass(slots=True)
class Intake:
    """Takes a form's bytes, and writes each file of it into `folder`.

    Raises BadAnswer for what is no such form, TooLarge for too much.
    """

    folder: Path
    limits: Limits
    received: list[Received] = field(default_factory=list)
    complete: bool = False
    _part: _Part = field(default_factory=_Part)

    def callbacks(self) -> dict[str, Callable[..., None]]:
        """Return what a multipart parser is to call."""
        return {
            "on_part_begin": self._begin,
            "on_header_field": self._header_name,
            "on_header_value": self._header_value,
            "on_header_end": self._header_end,
            "on_headers_finished": self._headers_end,
            "on_part_data": self._data,
            "on_part_end": self._end,
            "on_end": self._finish,
        }

    def discard(self) -> None:
        """Leave no file open and none behind. Safe to repeat."""
        if self._part.file is not None:
            self._part.file.close()
        for path in (*(file.path for file in self.received), self._part.path):
            if path is not None:
                path.unlink(missing_ok=True)

    def _begin(self) -> None:
        self._part = _Part()

    def _header_name(self, data: bytes, start: int, end: int) -> None:
        self._part.header += data[start:end]

    def _header_value(self, data: bytes, start: int, end: int) -> None:
        self._part.value += data[start:end]

    def _header_end(self) -> None:
        part = self._part
        part.headers[part.header.lower()] = part.value
        part.header = part.value = b""

    def _headers_end(self) -> None:
        part = self._part
        _, given = parse_options_header(part.headers.get(b"content-disposition"))
        if given.get(b"name") != UPLOAD_FIELD.encode() or b"filename" not in given:
            raise BadAnswer(f"the form has a part that is no file under '{UPLOAD_FIELD}'")
        if len(self.received) >= self.limits.files_a_call:
            raise TooLarge(f"a call takes up to {self.limits.files_a_call} files")
        part.name = clean_name(given[b"filename"].decode(errors="replace"))
        part.path = self.folder / f"coming-{secrets.token_hex(8)}"
        part.file = part.path.open("xb")

    def _data(self, data: bytes, start: int, end: int) -> None:
        part = self._part
        if part.file is None:
            raise BadAnswer("the form has bytes outside of its parts")
        part.size += end - start
        if part.size > self.limits.upload_bytes:
            raise TooLarge(f"'{part.name}' is over {self.limits.upload_bytes} bytes")
        piece = memoryview(data)[start:end]
        part.hash.update(piece)
        part.file.write(piece)

    def _end(self) -> None:
        part = self._part
        if part.file is None or part.path is None:
            raise BadAnswer("the form has a part without a head")
        part.file.close()
        self.received.append(Received(part.name, part.path, part.hash.hexdigest()))

    def _finish(self) -> None:
        self.complete = True


async def receive_files(
    request: Request, *, folder: Path, limits: Limits, free: Callable[[Path], int]
) -> tuple[Received, ...]:
    """Return the form's files, stored in `folder` under names of our own.

    Raises Declined, BadAnswer or TooLarge, and leaves nothing behind then. Not safe to repeat.
    """
    size = announced_length(request, most=limits.upload_bytes + ENVELOPE_BYTES)
    if free(folder) < size + limits.keep_free_bytes:
        raise Declined(507, "the server has no room for this file")
    intake = Intake(folder, limits)
    try:
        await _take_in(request, intake, MultipartParser(_boundary(request), intake.callbacks()))  # type: ignore[arg-type]  # its table of callbacks is private to it
    except BaseException:
        intake.discard()
        raise
    return tuple(intake.received)


def _boundary(request: Request) -> bytes:
    kind, given = parse_options_header(request.headers.get("content-type"))
    boundary = given.get(b"boundary")
    if kind != FORM.encode() or not boundary:
        raise Declined(415, f"Content-Type must be {FORM}, with the field '{UPLOAD_FIELD}'")
    return boundary


async def _take_in(request: Request, intake: Intake, parser: MultipartParser) -> None:
    waiting = bytearray()
    most = intake.limits.upload_bytes + ENVELOPE_BYTES
    async for piece in pieces_of(request, most=most, limits=intake.limits):
        waiting += piece
        if len(waiting) >= _WRITE_BYTES:
            await run_in_threadpool(_feed, parser, bytes(waiting))
            waiting.clear()
    await run_in_threadpool(_feed, parser, bytes(waiting))
    if not intake.complete or not intake.received:
        raise BadAnswer("the form is not whole, or has no file")


def _feed(parser: MultipartParser, data: bytes) -> None:
    try:
        parser.write(data)
    except FormParserError as problem:
        raise BadAnswer("the form cannot be read") from problem


def clean_name(sent: str) -> str:
    """Return a file's name without folders, controls and marks, cut to 120 characters."""
    last = sent.replace("\\", "/").rpartition("/")[2]
    kept = "".join(c for c in last if not unicodedata.category(c).startswith("C"))
    stem, dot, ending = kept.strip(" .").rpartition(".")
    return f"{stem[: MOST_NAME - 10]}{dot}{ending[:9]}" if dot else ending[:MOST_NAME] or "file"
