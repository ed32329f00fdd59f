"""A proxy that counts what a service accepts, and can hold one answer back."""

from __future__ import annotations

import http.client
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

from mvpipe.protocol.paths import RENDER_PATH

PIECE = 65_536
_HOP = {"connection", "keep-alive", "transfer-encoding", "content-length", "date", "server"}


@dataclass(slots=True)
class Counter:
    """Renders that the service said yes to, in order; `holds` is the one whose answer waits."""

    service: str
    holds: int = 0
    accepted: list[bytes] = field(default_factory=list)
    moved: threading.Condition = field(default_factory=threading.Condition)
    released: threading.Event = field(default_factory=threading.Event)

    def note(self, body: bytes) -> None:
        """Count one; the caller's answer may have to wait until it is of no use any more."""
        with self.moved:
            self.accepted.append(body)
            self.moved.notify_all()
            mine = len(self.accepted)
        if mine == self.holds:
            self.released.wait(60)

    def wait_for(self, count: int, *, timeout_s: float) -> bool:
        """Return whether so many were accepted in time."""
        with self.moved:
            return self.moved.wait_for(lambda: len(self.accepted) >= count, timeout_s)


class _Pass(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    counter: Counter

    def do_GET(self) -> None:
        self._pass_on()

    def do_POST(self) -> None:
        self._pass_on()

    def do_DELETE(self) -> None:
        self._pass_on()

    def do_PUT(self) -> None:
        self._pass_on()

    def _pass_on(self) -> None:
        self.close_connection = True
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        upstream = http.client.HTTPConnection(
            urlsplit(self.counter.service).netloc, timeout=120
        )
        headers = {k: v for k, v in self.headers.items() if k.lower() not in _HOP}
        upstream.request(self.command, self.path, body=body, headers=headers)
        answer = upstream.getresponse()
        if self._is_render() and answer.status == http.client.OK:
            self.counter.note(body)
        with suppress(OSError):  # a caller that was killed reads nothing
            self._return(answer)
        upstream.close()

    def _is_render(self) -> bool:
        return self.command == "POST" and self.path.partition("?")[0] == RENDER_PATH

    def _return(self, answer: http.client.HTTPResponse) -> None:
        self.send_response(answer.status)
        for name, value in answer.getheaders():
            if name.lower() not in _HOP:
                self.send_header(name, value)
        length = answer.getheader("Content-Length")
        if length is not None:
            self.send_header("Content-Length", length)
        else:
            self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        while piece := answer.read1(PIECE):
            self.wfile.write(
                piece if length is not None else b"%x\r\n%s\r\n" % (len(piece), piece)
            )
        if length is None:
            self.wfile.write(b"0\r\n\r\n")

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base's name
        """Say nothing."""


class _Quiet(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: object, client_address: object) -> None:
        """Callers are killed here on purpose."""


@contextmanager
def counting(service: str, *, holds: int = 0) -> Iterator[tuple[str, Counter]]:
    """Stand in front of the service until the block ends; give the address and the counter."""
    counter = Counter(service, holds=holds)
    handler = type("Pass", (_Pass,), {"counter": counter})
    with _Quiet(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}", counter
        finally:
            counter.released.set()
            server.shutdown()
            thread.join()
