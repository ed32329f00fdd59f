"""How a watcher is: a file that says when the inbox was last looked through.

Its age is what counts. A process that lives and looks no more is not well.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mvpipe.disk import REAL, make_folder, whole_file
from mvpipe.errors import MvpipeError
from mvpipe.model.canonical import canonical, plain

SCHEMA_VERSION = 1
EVERY_S = 5.0
STALE_S = 120.0
"""So old may the last complete scan be, and ten of them where they take long."""


@dataclass(frozen=True, slots=True)
class Health:
    """How a watcher is; times are seconds since the epoch, `scanned_s` of the last whole scan.

    `stale_s` is the age at which that is too old. `waiting` says why nothing is begun, empty
    where nothing hinders it.
    """

    pid: int
    inbox: str
    scanned_s: float | None
    stale_s: float
    paused: str
    waiting: str
    songs: dict[str, int]
    rendering: tuple[str, ...]
    done: int
    failed: int

    def sick(self, *, now_s: float) -> str | None:
        """Return what is wrong, `None` where all is well."""
        if self.paused:
            return f"paused: {self.paused}"
        if self.scanned_s is None:
            return "the inbox has not been looked through yet"
        age_s = now_s - self.scanned_s
        if age_s > self.stale_s:
            return f"the inbox was last looked through {age_s:.0f} s ago"
        return None


def write(path: Path, health: Health) -> None:
    """Put health at `path`. Never fails: it grows old then, which tells. Safe to repeat."""
    with suppress(MvpipeError, OSError):
        make_folder(path.parent)
        with whole_file(path, durable=False) as beside:
            REAL.append(beside, text(health).encode())


def text(health: Health) -> str:
    """Return health as one line of JSON."""
    return canonical({"schema_version": SCHEMA_VERSION, **_fields(health)}) + "\n"


def _fields(health: Health) -> dict[str, Any]:
    fields = plain(health)
    return fields if isinstance(fields, dict) else {}


def read(path: Path) -> Health | None:
    """Return the health at `path`, `None` where none can be read."""
    with suppress(OSError, ValueError, TypeError, KeyError, AttributeError):
        fields = json.loads(path.read_bytes())
        del fields["schema_version"]
        return Health(**{**fields, "rendering": tuple(fields["rendering"])})
    return None


Ask = Callable[[], tuple[int, str]]


def endpoint(port: int, ask: Ask) -> Callable[[], None]:
    """Tell health on a port of this machine to who asks, in a thread; return what ends that.

    `ask` returns the status, 200 or 503, and the body. Raises OSError where the port is taken.
    """
    # imported here because it takes 30 ms, and few ask for it
    from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer  # noqa: PLC0415
    from threading import Thread  # noqa: PLC0415

    class Answer(BaseHTTPRequestHandler):
        timeout = 5.0

        def do_GET(self) -> None:
            status, body = ask()
            content = body.encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", port), Answer)
    server.daemon_threads = True
    Thread(target=server.serve_forever, daemon=True).start()

    def end() -> None:
        server.shutdown()
        server.server_close()

    return end
