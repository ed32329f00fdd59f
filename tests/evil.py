"""A server on this machine that does to its callers what no server should."""

from __future__ import annotations

import gzip
import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from mvpipe.backends.nemo.backend import NemoBackend
from mvpipe.backends.nemo.connect import nemo_client
from tests.fakes import FakeClock

CANARY = "nmv_usr_canary-0123456789"
VIDEO = b"\0\0\0\x18ftypisom" + bytes(range(256)) * 40
STREAM = {"Content-Type": "text/event-stream"}

Behaviour = Callable[["Visit"], None]


@dataclass(frozen=True, slots=True)
class Seen:
    """One request as it arrived."""

    method: str
    path: str
    headers: Message
    body: bytes


class Visit(BaseHTTPRequestHandler):
    """One connection; behaviours write what they like to it."""

    protocol_version = "HTTP/1.1"
    evil: Evil

    def do_GET(self) -> None:
        self._serve()

    def do_POST(self) -> None:
        self._serve()

    def _serve(self) -> None:
        self.close_connection = True
        size = int(self.headers.get("Content-Length", 0))
        body = self.rfile.read(size)
        path = self.path.partition("?")[0]
        self.evil.seen.append(Seen(self.command, self.path, self.headers, body))
        self.evil.next(self.command, path)(self)

    def answer(self, status: int, headers: dict[str, str], body: bytes = b"") -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base's name
        """Say nothing."""


class _Quiet(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: object, client_address: object) -> None:
        """Callers that hang up are what is tested here."""


@dataclass(slots=True)
class Evil:
    """What it has seen, and what it does for each path; the last behaviour repeats."""

    url: str = ""
    seen: list[Seen] = field(default_factory=list)
    script: dict[tuple[str, str], list[Behaviour]] = field(default_factory=dict)

    def on(self, method: str, path: str, *behaviours: Behaviour) -> None:
        self.script[method, path] = list(behaviours)

    def next(self, method: str, path: str) -> Behaviour:
        left = self.script.get((method, path), [refuse(404)])
        return left.pop(0) if len(left) > 1 else left[0]

    def calls(self, method: str, path: str) -> list[Seen]:
        return [s for s in self.seen if (s.method, s.path.partition("?")[0]) == (method, path)]


@contextmanager
def evil_server() -> Iterator[Evil]:
    """Run a server until the block ends."""
    evil = Evil()
    visit = type("OneVisit", (Visit,), {"evil": evil})
    with _Quiet(("127.0.0.1", 0), visit) as server:
        evil.url = f"http://127.0.0.1:{server.server_address[1]}"
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield evil
        finally:
            server.shutdown()
            thread.join()


@contextmanager
def caller(
    evil: Evil,
    folder: Path,
    *,
    token: str | None = CANARY,
    clock: Callable[[], float] | None = None,
    told: Callable[[str], None] = lambda _: None,
    waits: list[float] | None = None,
) -> Iterator[NemoBackend]:
    """Give a client of that server; waits are noted and cost nothing."""
    fake = FakeClock()
    noted: list[float] = [] if waits is None else waits

    def sleep(seconds: float) -> None:
        noted.append(seconds)
        fake.sleep(seconds)

    environ = {"NEMO_API_URL": evil.url, "XDG_CONFIG_HOME": str(folder / "config")}
    if token is not None:
        environ["NEMO_TOKEN"] = token
    backend = nemo_client(
        environ, clock=clock or fake, sleep=sleep, state_dir=folder / "state", told=told
    )
    try:
        yield backend
    finally:
        backend.close()


def data(**fields: object) -> Behaviour:
    """Answer well, in the usual envelope."""
    return plain({"code": 0, "message": "success", "data": fields})


def plain(body: object, *, status: int = 200) -> Behaviour:
    """Answer with any JSON."""
    return whole(json.dumps(body).encode(), status=status)


def whole(body: bytes, *, status: int = 200, kind: str = "application/json") -> Behaviour:
    """Answer with any bytes, their length told."""

    def behave(visit: Visit) -> None:
        headers = {"Content-Type": kind, "Content-Length": str(len(body))}
        visit.answer(status, headers, body)

    return behave


def code(number: int, *, status: int = 200, message: str = "no") -> Behaviour:
    """Refuse in the envelope."""
    return plain({"code": number, "message": message}, status=status)


def refuse(status: int) -> Behaviour:
    """Refuse by status, quoting the credentials that came."""

    def behave(visit: Visit) -> None:
        said = f"no: {visit.headers.get('Authorization')} {CANARY}"
        plain({"detail": said}, status=status)(visit)

    return behave


def hang_up(visit: Visit) -> None:
    """End the connection without a word."""
    visit.close_connection = True


def sends_to(where: str, *, status: int = 302) -> Behaviour:
    """Send the caller elsewhere, with a signature in the address."""

    def behave(visit: Visit) -> None:
        visit.answer(status, {"Location": where, "Content-Length": "0"})

    return behave


def bomb(visit: Visit) -> None:
    """Answer with little that unpacks to much."""
    body = gzip.compress(b"0" * 30_000_000, 9)
    headers = {"Content-Type": "application/json", "Content-Encoding": "gzip"}
    visit.answer(200, {**headers, "Content-Length": str(len(body))}, body)


def endless(visit: Visit) -> None:
    """Answer without end."""
    visit.answer(200, {"Content-Type": "application/json"})
    for _ in range(1000):
        visit.wfile.write(b"[" * 65_536)


def short(visit: Visit) -> None:
    """Promise more than comes."""
    headers = {"Content-Type": "application/json", "Content-Length": "500"}
    visit.answer(200, headers, b'{"code":0,"data":{"available":')


def html(visit: Visit) -> None:
    """Answer as a hotel's network does."""
    whole(b"<!doctype html><title>Sign in</title>", kind="text/html")(visit)


def stream(*pieces: bytes, hold: threading.Event | None = None) -> Behaviour:
    """Stream pieces, then end, or hold the line until told."""

    def behave(visit: Visit) -> None:
        visit.answer(200, {**STREAM, "Connection": "close"})
        for piece in pieces:
            visit.wfile.write(piece)
            visit.wfile.flush()
        if hold is not None:
            hold.wait(5)

    return behave


def chunked_cut(*pieces: bytes) -> Behaviour:
    """Stream in chunks and break off without the last one."""

    def behave(visit: Visit) -> None:
        visit.answer(200, {**STREAM, "Transfer-Encoding": "chunked"})
        for piece in pieces:
            visit.wfile.write(b"%x\r\n%s\r\n" % (len(piece), piece))

    return behave


def video(content: bytes = VIDEO, *, breaks_at: int | None = None, told: int = 0) -> Behaviour:
    """Send a video, honouring Range, and break off at a byte where told to."""

    def behave(visit: Visit) -> None:
        wanted = visit.headers.get("Range", "")
        start = int(wanted[6:-1]) if wanted else 0
        length = told or len(content)
        headers = {"Content-Type": "video/mp4", "Content-Length": str(length - start)}
        if start:
            headers["Content-Range"] = f"bytes {start}-{length - 1}/{length}"
        visit.answer(206 if start else 200, headers, content[start:breaks_at])

    return behave
