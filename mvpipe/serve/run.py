"""Starts the server and keeps it running until it is told to end."""

from __future__ import annotations

import logging
import shutil
import signal
import socket
from collections.abc import Callable
from contextlib import closing
from functools import partial
from pathlib import Path
from types import FrameType

import uvicorn
from starlette.types import ASGIApp

from mvpipe.engine.studio.session import Studio
from mvpipe.engine.studio.store import Store
from mvpipe.errors import Terminated, UsageError
from mvpipe.serve.app import build_app
from mvpipe.serve.chaos import Dice
from mvpipe.serve.home import move_in
from mvpipe.serve.house import House
from mvpipe.serve.options import ENV_SERVE_TOKEN, ServeOptions
from mvpipe.serve.tokens import Tokens, new_token
from mvpipe.serve.workshop import Engine, Workshop

GRACE_S = 5
"""How long turns under way get to end when the server does."""
BACKLOG = 256

Clock = Callable[[], float]
MakeEngine = Callable[[Path, int], Engine]


def studio(folder: Path, workers: int, *, chunks: Path | None = None) -> Engine:
    """Return the real engine; it keeps finished chunks in the folder `chunks`."""
    store = None if chunks is None else Store(chunks)
    return Studio(folder=folder, workers=workers, store=store)


def serve(options: ServeOptions, *, ready: Callable[[str], None], clock: Clock) -> None:
    """Serve until SIGINT or SIGTERM, then end what is under way and remove every file.

    `ready` is told what the operator must know, a sentence a call: where the server listens,
    and its token where it made one itself. `clock` gives Unix seconds. Raises UsageError where
    the address cannot be had, OutputError where the folder cannot.
    """
    before = signal.signal(signal.SIGTERM, _terminate)
    try:
        with closing(listen(options)) as listener:
            make_engine = partial(studio, chunks=options.chunks)
            house = furnish(options, clock=clock, make_engine=make_engine)
            run(house, listener, ready=ready)
    except KeyboardInterrupt:
        return  # uvicorn has ended gracefully, and passes on the signal that made it end
    finally:
        signal.signal(signal.SIGTERM, before)


def _terminate(_number: int, _frame: FrameType | None) -> None:
    raise Terminated


def listen(options: ServeOptions) -> socket.socket:
    """Return a socket that takes connections from now on; raises UsageError."""
    if not options.host:  # which a socket takes for every address there is
        raise UsageError("--host is empty", hint="give an address, such as 127.0.0.1")
    family = socket.AF_INET6 if ":" in options.host else socket.AF_INET
    try:
        return socket.create_server(
            (options.host, options.port), family=family, backlog=BACKLOG
        )
    except OSError as problem:
        raise UsageError(
            f"{options.host}:{options.port} cannot be listened on: {problem.strerror}",
            hint="choose another --port or --host",
        ) from problem


def port_of(listener: socket.socket) -> int:
    """Return the port a socket listens on."""
    return int(listener.getsockname()[1])


def furnish(options: ServeOptions, *, clock: Clock, make_engine: MakeEngine = studio) -> House:
    """Return a house with a private folder, an engine, and a token of its own.

    Not safe to repeat: each call makes another. Raises OutputError.
    """
    home = move_in(options.folder)
    tokens = Tokens(
        own=options.token or new_token(),
        clock=clock,
        most=options.limits.tokens,
        anonymous=options.gives_tokens,
    )
    return House(
        options=options,
        tokens=tokens,
        workshop=Workshop(make_engine(home.path / "work", options.workers)),
        home=home,
        clock=clock,
        dice=Dice(options.chaos),
        free=_free_bytes,
    )


def _free_bytes(folder: Path) -> int:
    return shutil.disk_usage(folder).free


def announcement(house: House, *, port: int) -> tuple[str, ...]:
    """Return what the operator is told at the start; the token only if nobody gave it."""
    options = house.options
    shown = f"[{options.host}]" if ":" in options.host else options.host
    lines = [f"serving at http://{shown}:{port}"]
    if options.token is None:
        token = house.tokens.own.reveal()
        lines.append(f"token for this run: {token} (set {ENV_SERVE_TOKEN} to choose one)")
    if options.chaos.amounts:
        lines.append(f"misbehaving on purpose: {', '.join(options.chaos.amounts)}")
    return tuple(lines)


def run(house: House, listener: socket.socket, *, ready: Callable[[str], None]) -> None:
    """Serve on a socket until told to end; removes the house's files. Not safe to repeat."""
    try:
        for line in announcement(house, port=port_of(listener)):
            ready(line)
        server_of(build_app(house), house.options).run(sockets=[listener])
    finally:
        house.home.leave()


def server_of(app: ASGIApp, options: ServeOptions) -> uvicorn.Server:
    """Return the server; it logs no requests, as others must not learn ids from logs."""
    config = uvicorn.Config(
        app,
        http="h11",
        ws="none",
        loop="asyncio",
        lifespan="on",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        limit_concurrency=options.limits.connections,
        timeout_graceful_shutdown=GRACE_S,
        h11_max_incomplete_event_size=64 * 1024,
    )
    logging.getLogger("uvicorn.error").addFilter(_unmeant)
    return uvicorn.Server(config)


def _unmeant(record: logging.LogRecord) -> bool:
    """Return whether a log line tells of more than an answer that was cut on purpose."""
    return "without completing response" not in str(record.msg)
