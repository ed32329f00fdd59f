"""`mvpipe serve`: the embedded engine behind the service's own protocol."""

from __future__ import annotations

import importlib.util
import os
import time
from dataclasses import dataclass
from pathlib import Path

from mvpipe.commands import parts
from mvpipe.errors import Exit, MissingExtra
from mvpipe.report.streams import Streams
from mvpipe.serve.chaos import parse_chaos
from mvpipe.serve.options import ServeOptions, token_given


@dataclass(frozen=True, slots=True)
class Service:
    """What `serve` is asked for."""

    host: str
    port: int
    workers: int | None
    allowed_hosts: tuple[str, ...]
    token_file: Path | None
    chaos: str
    seed: int


def serve(wanted: Service, streams: Streams) -> Exit:
    """Serve until somebody ends it. Safe to repeat: no session outlives the server."""
    _require_server()
    parts.require_engine()
    # starlette, uvicorn and the engine
    from mvpipe.serve.run import serve as run  # noqa: PLC0415

    settings = parts.settings()
    options = ServeOptions(
        folder=settings.cache_dir / "serve",
        chunks=settings.cache_dir / parts.CHUNKS,
        workers=wanted.workers or settings.workers,
        host=wanted.host,
        port=wanted.port,
        token=token_given(os.environ, file=wanted.token_file),
        allowed_hosts=wanted.allowed_hosts,
        chaos=parse_chaos(wanted.chaos, seed=wanted.seed),
    )
    run(options, ready=streams.error, clock=time.time)
    return Exit.DONE


def _require_server() -> None:
    if not importlib.util.find_spec("starlette") or not importlib.util.find_spec("uvicorn"):
        raise MissingExtra(
            "the server needs starlette and uvicorn",
            hint="pip install 'mvpipe[local,serve]'",
        )
