"""Answers as HTTP: JSON, refusals, streams that may break off, files that end too soon."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from starlette.concurrency import run_in_threadpool
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from mvpipe.errors import MvpipeError
from mvpipe.protocol.failures import Refusal, refusal_of
from mvpipe.protocol.paths import Call
from mvpipe.protocol.refusals import write_refusal
from mvpipe.protocol.wire import JSON_TYPE, STREAM_TYPE

log = logging.getLogger(__name__)


class Declined(MvpipeError):
    """A call that HTTP has a status for and the error table has not."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


class Severed(Exception):
    """Raised by what an answer is made of: the connection is to be cut here."""


def as_json(text: str, *, status: int = 200) -> Response:
    """Return an answer of JSON."""
    return Response(text, status_code=status, media_type=JSON_TYPE)


def refused(error: MvpipeError, *, call: Call) -> Response:
    """Return how an error is said to who called."""
    if isinstance(error, Declined):
        refusal = Refusal(call=call, status=error.status, message=str(error))
    else:
        refusal = refusal_of(error, call=call)
    log.info("%s is refused with %d: %s", call.value, refusal.status, error)
    return as_json(write_refusal(refusal), status=refusal.status)


@dataclass(frozen=True, slots=True)
class EventStream:
    """A turn's stream, piece by piece; Severed leaves the answer without an end."""

    pieces: AsyncIterator[str]

    async def __call__(self, _scope: Scope, _receive: Receive, send: Send) -> None:
        await send(_start({"content-type": STREAM_TYPE, "x-accel-buffering": "no"}))
        try:
            async for piece in self.pieces:
                await send(_more(piece.encode()))
        except Severed:
            return  # a server closes the connection under an answer without an end
        await send({"type": "http.response.body", "body": b"", "more_body": False})


@dataclass(frozen=True, slots=True)
class HalfFile:
    """A download whose second half never comes, whatever its Content-Length says."""

    path: Path
    media_type: str

    async def __call__(self, _scope: Scope, _receive: Receive, send: Send) -> None:
        data = await run_in_threadpool(self.path.read_bytes)
        length = {"content-length": str(len(data)), "content-type": self.media_type}
        await send(_start(length))
        await send(_more(data[: len(data) // 2]))


def _start(headers: Mapping[str, str]) -> dict[str, object]:
    raw = [(name.encode(), value.encode()) for name, value in headers.items()]
    return {"type": "http.response.start", "status": 200, "headers": raw}


def _more(body: bytes) -> dict[str, object]:
    return {"type": "http.response.body", "body": body, "more_body": True}
