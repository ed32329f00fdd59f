"""Request bodies under their limits: counted, timed, and JSON where they are to be JSON."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

from starlette.requests import Request

from mvpipe.errors import TooLarge
from mvpipe.protocol.wire import JSON_TYPE
from mvpipe.serve.options import Limits
from mvpipe.serve.replies import Declined


def has_body(request: Request) -> bool:
    """Return whether a body comes with the request."""
    length = request.headers.get("content-length")
    return length not in {None, "0"} or "transfer-encoding" in request.headers


def require_json(request: Request) -> None:
    """Raise Declined unless the body, if there is one, says that it is JSON.

    A page in a browser can send every other kind without asking first.
    """
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if has_body(request) and kind != JSON_TYPE:
        raise Declined(415, f"Content-Type must be {JSON_TYPE}")


def announced_length(request: Request, *, most: int) -> int:
    """Return the Content-Length; raises Declined without one, TooLarge where it is too much."""
    given = request.headers.get("content-length", "")
    if not (given.isascii() and given.isdigit() and len(given) < 16):
        raise Declined(411, "Content-Length is needed")
    if int(given) > most:
        raise TooLarge(f"the body is over {most} bytes")
    return int(given)


async def pieces_of(request: Request, *, most: int, limits: Limits) -> AsyncIterator[bytes]:
    """Yield the body as it comes; raises TooLarge past `most`, Declined where it dawdles."""
    loop, seen = asyncio.get_running_loop(), 0
    latest = loop.time() + limits.body_idle_s + most / limits.body_bytes_a_s
    stream = request.stream()
    while True:
        patience = min(limits.body_idle_s, latest - loop.time())
        try:
            async with asyncio.timeout(patience):
                piece = await anext(stream, None)
        except TimeoutError:
            raise Declined(408, "the body comes too slowly") from None
        if piece is None:
            return
        seen += len(piece)
        if seen > most:
            raise TooLarge(f"the body is over {most} bytes")
        yield piece


async def whole_body(request: Request, *, most: int, limits: Limits) -> bytes:
    """Return the body; raises as `pieces_of` does."""
    return b"".join([piece async for piece in pieces_of(request, most=most, limits=limits)])
