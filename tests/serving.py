"""`mvpipe serve` on a real socket of this machine, in a thread, with a studio that is quick."""

from __future__ import annotations

import asyncio
import http.client
import json
import socket
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import uvicorn

from mvpipe.engine.studio.session import Heard
from mvpipe.engine.studio.state import RenderPhase, RenderProgress
from mvpipe.errors import DirectionError, RenderFailed, UnsupportedMedia
from mvpipe.model.hints import MusicHints
from mvpipe.model.job import Export, Input
from mvpipe.model.media import MediaKind
from mvpipe.model.secret import Secret
from mvpipe.model.timeline import Timeline, Title, Track, TrackKind
from mvpipe.serve.app import build_app
from mvpipe.serve.chaos import parse_chaos
from mvpipe.serve.house import House
from mvpipe.serve.options import ServeOptions
from mvpipe.serve.run import MakeEngine, furnish, listen, port_of, server_of
from mvpipe.serve.workshop import Engine

TOKEN = "canary-own-token-0123456789"  # noqa: S105 - opens nothing but tests
VIDEO = bytes(range(256)) * 40
JSON = {"Content-Type": "application/json"}


@dataclass(slots=True)
class QuickStudio:
    """Hears nothing and draws nothing: every prompt becomes a title, every video is `VIDEO`.

    A file that begins with `bad` is refused. A render takes `polls` polls.
    """

    polls: int = 1
    video: bytes = VIDEO
    sessions: dict[str, Timeline | None] = field(default_factory=dict)
    songs: dict[str, str] = field(default_factory=dict)
    said: list[str] = field(default_factory=list)
    exports: dict[str, Export] = field(default_factory=dict)
    ordered: list[str] = field(default_factory=list)
    opened: list[tuple[str, int, MusicHints]] = field(default_factory=list)
    looked: dict[str, int] = field(default_factory=dict)
    cancelled: list[str] = field(default_factory=list)
    hold: Callable[[], object] = lambda: None
    fails: dict[str, Exception] = field(default_factory=dict)
    forgotten: list[str] = field(default_factory=list)
    closed: bool = False

    def _call(self, verb: str) -> None:
        if error := self.fails.get(verb):
            raise error

    def open(self, *, name: str, seed: int, hints: MusicHints) -> str:
        self._call("open")
        self.opened.append((name, seed, hints))
        session = f"session-{len(self.opened)}"
        self.sessions[session] = None
        return session

    def upload(self, session: str, item: Input, *, progress: Callable[[int], None]) -> Heard:
        with item.path.open("rb") as file:
            bad = file.read(3) == b"bad"
        if bad:
            raise UnsupportedMedia(f"'{item.shown}' is no song")
        if item.kind is MediaKind.PICTURE:
            return Heard(duration_ms=None)
        self.songs[session] = item.id
        self.sessions[session] = None
        return Heard(duration_ms=4000, notes=("the beat is uncertain",))

    def say(self, session: str, prompt: str, *, step: str) -> str:
        self.hold()
        if session not in self.songs:
            raise DirectionError("there is no song yet", hint="upload one first")
        self.said.append(prompt)
        before = self.sessions[session]
        titles = (*(before.titles if before else ()), Title(0, 1000, prompt, step=step))
        self.sessions[session] = Timeline(4000, (Track(TrackKind.TITLE, titles),))
        return f"Did: {prompt}"

    def timeline(self, session: str) -> Timeline | None:
        return self.sessions[session]

    def render(self, session: str, export: Export, *, render: str) -> None:
        self._call("render")
        self.ordered.append(render)
        self.exports[render] = export
        self.looked[render] = 0

    def poll(self, render: str) -> RenderProgress:
        self._call("poll")
        self.looked[render] += 1
        done = self.looked[render] > self.polls
        phase = RenderPhase.DONE if done else RenderPhase.RENDERING
        return RenderProgress(phase, frames_done=120 if done else 60, frames_total=120)

    def fetch(self, render: str, to: Path) -> tuple[str, ...]:
        if not self.video:
            raise RenderFailed("the render is failed, not done")
        to.write_bytes(self.video)
        return ("a frame was late",)

    def cancel(self, render: str) -> None:
        self.cancelled.append(render)

    def forget(self, session: str) -> None:
        self.forgotten.append(session)

    def close(self) -> None:
        self.closed = True


_conforms: type[Engine] = QuickStudio


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back; `broken` where the connection ended before the body did."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    broken: bool = False

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def data(self) -> Any:
        return self.json["data"]


@dataclass(frozen=True, slots=True)
class Served:
    """A server that runs: its address, its own token, and what it holds."""

    port: int
    house: House

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def call(
        self,
        method: str,
        path: str,
        *,
        body: object = None,
        headers: Mapping[str, str] | None = None,
        token: str | None = TOKEN,
    ) -> Answer:
        """Make one call; a body that is no bytes is sent as JSON, no token if it is `None`."""
        sent = dict(headers or {})
        if token is not None:
            sent.setdefault("Authorization", f"Bearer {token}")
        if body is not None and not isinstance(body, bytes):
            body = json.dumps(body).encode()
            sent = {**JSON, **sent}
        return self._exchange(method, path, body if isinstance(body, bytes) else None, sent)

    def _exchange(
        self, method: str, path: str, body: bytes | None, headers: Mapping[str, str]
    ) -> Answer:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        try:
            connection.request(method, path, body=body, headers=dict(headers))
            response = connection.getresponse()
            found = {name.lower(): value for name, value in response.getheaders()}
            try:
                return Answer(response.status, found, response.read())
            except http.client.IncompleteRead as cut:
                return Answer(response.status, found, cut.partial, broken=True)
        finally:
            connection.close()

    def opened(self, *, name: str = "p", **more: Any) -> str:
        """Return a new session's id."""
        answer = self.call(
            "POST", "/api/tasks/me/with-session/nemo_agent", body={"task_name": name}, **more
        )
        session: str = answer.data["session_id"]
        return session

    def uploaded(
        self, session: str, *, name: str = "song.wav", data: bytes = b"RIFF", **more: Any
    ) -> Answer:
        """Send one file as a form."""
        body, kind = form((name, data))
        headers = {"Content-Type": kind, **more.pop("headers", {})}
        path = f"/api/upload-video/nemo_agent/me/{session}"
        return self.call("POST", path, body=body, headers=headers, **more)

    def said(self, session: str, prompt: str = "make it", **more: Any) -> Answer:
        """Take one turn."""
        message = {"parts": [{"text": prompt}]}
        body = {"app_name": "nemo_agent", "user_id": "me", "session_id": session}
        return self.call("POST", "/run_sse", body={**body, "new_message": message}, **more)

    def state(self, session: str, **more: Any) -> Answer:
        """Read the state."""
        return self.call("GET", f"/api/state/nemo_agent/me/{session}/latest", **more)

    def submitted(self, session: str, render: str = "render_1", **more: Any) -> Answer:
        """Ask for the session's timeline as a video."""
        draft = self.state(session).data["state"]["draft"]
        body = {"id": render, "sessionId": session, "draft": draft, **more.pop("body", {})}
        return self.call("POST", "/api/render/proxy/lambda", body=body, **more)

    def polled(self, render: str = "render_1", **more: Any) -> Answer:
        """Ask how far a render is."""
        return self.call("GET", f"/api/render/proxy/lambda/{render}", **more)

    def rendered(self, render: str = "render_1") -> Answer:
        """Poll a render to its end, a twentieth of a second apart."""
        for _ in range(1000):
            answer = self.polled(render)
            if answer.data["status"] not in {"pending", "processing"}:
                return answer
            threading.Event().wait(0.05)  # a real render takes real time
        raise AssertionError(f"{render} does not end")

    def ready(self) -> str:
        """Return a session with a song and one prompt carried out."""
        session = self.opened()
        assert self.uploaded(session).status == 200
        assert self.said(session).status == 200
        return session


def form(*files: tuple[str, bytes], field_name: str = "files") -> tuple[bytes, str]:
    """Return a multipart body of files, and its content type."""
    edge = "edge-of-a-part"
    parts = [
        f'--{edge}\r\nContent-Disposition: form-data; name="{field_name}"; '
        f'filename="{name}"\r\nContent-Type: application/octet-stream\r\n\r\n'.encode()
        + data
        + b"\r\n"
        for name, data in files
    ]
    body = b"".join(parts) + f"--{edge}--\r\n".encode()
    return body, f"multipart/form-data; boundary={edge}"


def options_in(folder: Path, *, chaos: str = "", seed: int = 0, **more: Any) -> ServeOptions:
    """Return options of a server on a free port of this machine, with `TOKEN` as its own."""
    base = ServeOptions(folder=folder, workers=1, port=0, token=Secret(TOKEN))
    quick = replace(base, look_every_s=0.01, settle_s=0.05, chaos=parse_chaos(chaos, seed=seed))
    return replace(quick, **more)


def _unmoving() -> float:
    return 1_800_000_000.0


@contextmanager
def serving(
    options: ServeOptions,
    *,
    clock: Callable[[], float] = _unmoving,
    make_engine: MakeEngine | None = None,
) -> Iterator[Served]:
    """Run a server until the block ends; over a `QuickStudio` unless told otherwise."""
    quick = make_engine or (lambda _folder, _workers: QuickStudio())
    house = furnish(options, clock=clock, make_engine=quick)
    listener = listen(options)  # connections wait in it until the server is there
    port = port_of(listener)
    loop, end = asyncio.new_event_loop(), asyncio.Event()
    server = server_of(build_app(house), options)
    work = _live(server, listener, end=end)
    thread = threading.Thread(target=loop.run_until_complete, args=(work,))
    thread.start()
    try:
        yield Served(port, house)
    finally:
        loop.call_soon_threadsafe(end.set)
        thread.join(timeout=30)
        assert not thread.is_alive()
        loop.run_until_complete(loop.shutdown_default_executor())
        loop.close()


async def _live(server: uvicorn.Server, listener: socket.socket, *, end: asyncio.Event) -> None:
    """Do what `server.run` does, without the tenths of seconds that it sleeps at its end."""
    server.config.load()
    server.lifespan = server.config.lifespan_class(server.config)
    await server.startup(sockets=[listener])
    await server.on_tick(0)
    await end.wait()
    for side in server.servers:
        side.close()
    for connection in tuple(server.server_state.connections):
        connection.shutdown()
    await server.lifespan.shutdown()
