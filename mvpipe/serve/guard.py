"""What every request passes first: no other host's name, no other page's script."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

import mvpipe
from mvpipe.protocol.answers import wrap_error
from mvpipe.protocol.failures import Refusal
from mvpipe.protocol.paths import Call
from mvpipe.protocol.wire import HEADER_SERVER
from mvpipe.serve.options import Limits
from mvpipe.serve.replies import as_json

PIECES = 20
"""How many a slow body comes in."""
_SAME = {"same-origin", "none"}


@dataclass(frozen=True, slots=True)
class Guard:
    """Refuses what a web page could send in its reader's name, on every path and method.

    `slow_s` is the pause within every body, 0 for none.
    """

    app: ASGIApp
    names: frozenset[str]
    limits: Limits
    slow_s: float = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        coming = _Coming(receive)
        sends = _marked(_slowly(send, self.slow_s) if self.slow_s else send)
        sends = _heard_out(sends, coming, headers=headers, limits=self.limits)
        problem = fault(headers, names=self.names)
        if problem is None:
            await self.app(scope, coming, sends)
            return
        refusal = Refusal(call=Call.OPEN, status=problem[0], message=problem[1])
        await as_json(wrap_error(refusal), status=problem[0])(scope, coming, sends)


def fault(headers: Headers, *, names: frozenset[str]) -> tuple[int, str] | None:
    """Return the status and the words that a request's headers are refused with, or `None`."""
    hosts = headers.getlist("host")
    if len(hosts) != 1 or host_name(hosts[0]) not in names:
        return 421, "this server does not answer to that Host; see --allow-host"
    site = headers.get("sec-fetch-site", "none")
    origins = headers.getlist("origin")
    if site not in _SAME or any(origin != f"http://{hosts[0]}" for origin in origins):
        return 403, "web pages of other places may not call this server"
    return None


def host_name(host: str) -> str:
    """Return the name in a Host header, in lower case and without the port; `""` for none."""
    try:
        return (urlsplit(f"//{host}").hostname or "") if "@" not in host else ""
    except ValueError:
        return ""


def _marked(send: Send) -> Send:
    """Return a `send` that signs every answer, and lets no browser keep or guess about it."""

    async def sends(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            headers[HEADER_SERVER] = mvpipe.__version__
            headers["cache-control"] = "no-store"
            headers["x-content-type-options"] = "nosniff"
        await send(message)

    return sends


def _slowly(send: Send, pause_s: float) -> Send:
    async def sends(message: Message) -> None:
        body = message.get("body", b"")
        if message["type"] != "http.response.body" or not body:
            await send(message)
            return
        size = -(-len(body) // PIECES)
        for at in range(0, len(body), size):
            await asyncio.sleep(pause_s)
            more = message.get("more_body", False) or at + size < len(body)
            await send({**message, "body": body[at : at + size], "more_body": more})

    return sends


@dataclass(slots=True)
class _Coming:
    """A request's body on its way in, and whether all of it is here."""

    receive: Receive
    whole: bool = False

    async def __call__(self) -> Message:
        message = await self.receive()
        self.whole = not message.get("more_body", False)
        return message


def _heard_out(send: Send, coming: _Coming, *, headers: Headers, limits: Limits) -> Send:
    """Return a `send` that takes the rest of a body in before a refusal goes out.

    Closed under a client that still sends, the connection is reset, and the refusal lost. Not
    for a body past its limit, nor for who waits to be told to go on.
    """
    length = headers.get("content-length", "0")
    bounded = length.isdigit() and int(length) <= 2 * limits.upload_bytes
    patient = bounded and "expect" not in headers and "transfer-encoding" not in headers

    async def sends(message: Message) -> None:
        refusal = message.get("status", 0) >= 400 and message["status"] != 408
        if patient and refusal and length != "0":
            await _drain(coming, limits.body_idle_s)
        await send(message)

    return sends


async def _drain(coming: _Coming, patience_s: float) -> None:
    try:
        async with asyncio.timeout(patience_s):
            while not coming.whole:
                await coming()
    except TimeoutError:
        return
