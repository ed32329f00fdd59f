"""What the service answers to each call: requests in, bytes out, by `mvpipe.protocol`."""

from __future__ import annotations

import random
import re
from collections.abc import Callable
from dataclasses import dataclass

import requests

from mvpipe.protocol.answers import (
    UploadedFiles,
    write_balance,
    write_opened,
    write_token,
    write_uploaded,
)
from mvpipe.protocol.bodies import read_open, read_say
from mvpipe.protocol.extras import read_say_extras
from mvpipe.protocol.failures import Refusal
from mvpipe.protocol.paths import (
    BALANCE_PATH,
    OPEN_PATH,
    RENDER_PATH,
    SAY_PATH,
    TOKEN_PATH,
    Call,
)
from mvpipe.protocol.refusals import write_refusal
from mvpipe.protocol.renders import RenderForm, read_order, write_render
from mvpipe.protocol.state import write_state
from mvpipe.protocol.wire import (
    HEADER_CLIENT_ID,
    HEADER_EXTRAS,
    JSON_TYPE,
    STREAM_TYPE,
    token_in,
)
from tests.simulation.service import No, Service
from tests.simulation.turns import Piece

Asked = requests.PreparedRequest

FREE = frozenset({Call.TOKEN, Call.DOWNLOAD})
"""The calls that need no token: one gives it, the other has a signed link."""

_FILE = re.compile(rb'filename="([^"]+)".*?\r\n\r\n(.*)\r\n--', re.DOTALL)
_ID = re.compile(r"/(?:proxy/(?:lambda/)?|me/)([A-Za-z0-9._~-]+)(?:/|\Z)")
_UNTIL = re.compile(r"until=(\d+)")


@dataclass(frozen=True, slots=True)
class Answer:
    """What the service says to one call; `cut` says that the connection breaks after it."""

    status: int
    pieces: tuple[Piece, ...]
    kind: str = JSON_TYPE
    length: int | None = None
    cut: bool = False
    part: str | None = None


@dataclass(frozen=True, slots=True)
class Desk:
    """Where requests are read and answers written; `note` is told what becomes of turns."""

    service: Service
    dice: random.Random
    form: RenderForm
    note: Callable[[str], None]

    def answer(self, asked: Asked) -> Answer:
        """Carry a request out and return what to say."""
        call = call_of(asked)
        try:
            if call not in FREE:
                held = token_in(asked.headers.get("Authorization", ""))
                self.service.require_token(None if held is None else held.reveal())
            return ANSWERS[call](self, asked)
        except No as no:
            return self.refusal(no, call)

    def refusal(self, no: No, call: Call) -> Answer:
        """Return how a call is refused; now and then behind a status that says success."""
        if call is Call.DOWNLOAD:
            return self.plain(no.status, b"<Error>no</Error>")
        text = write_refusal(Refusal(call, no.status, no.code, no.words))
        hidden = no.code is not None and call is not Call.SAY and self.dice.random() < 0.5
        return self.plain(200 if hidden else no.status, text.encode(), kind=JSON_TYPE)

    def plain(self, status: int, body: bytes, *, kind: str = "text/html") -> Answer:
        """Return a body that comes at once."""
        now = self.service.clock()
        return Answer(status, (Piece(now, body),), kind, length=len(body))

    def _json(self, text: str) -> Answer:
        return self.plain(200, text.encode(), kind=JSON_TYPE)

    def token(self, asked: Asked) -> Answer:
        return self._json(write_token(self.service.token(asked.headers.get(HEADER_CLIENT_ID))))

    def open(self, asked: Asked) -> Answer:
        return self._json(write_opened(self.service.open(read_open(body_of(asked)).name)))

    def upload(self, asked: Asked) -> Answer:
        found = _FILE.search(body_of(asked))
        assert found is not None, "an upload without a file"
        asset = self.service.upload(id_in(asked), found[1].decode(), found[2])
        return self._json(write_uploaded(UploadedFiles((asset,), applied=True)))

    def balance(self, _asked: Asked) -> Answer:
        return self._json(write_balance(self.service.balance()))

    def state(self, asked: Asked) -> Answer:
        return self._json(write_state(self.service.state(id_in(asked))))

    def say(self, asked: Asked) -> Answer:
        body = read_say(body_of(asked))
        extras = read_say_extras(asked.headers.get(HEADER_EXTRAS))
        step = None if extras is None else extras.step
        script = self.service.say(body.session, body.text, step=step)
        self.note(f"   a turn: {script.manner}")
        return Answer(200, script.pieces, STREAM_TYPE, cut=script.cut)

    def render(self, asked: Asked) -> Answer:
        extras = asked.headers.get(HEADER_EXTRAS, "")
        made = self.service.render(read_order(body_of(asked)), extras)
        return self._json(write_render(made, form=self.form))

    def poll(self, asked: Asked) -> Answer:
        return self._json(write_render(self.service.poll(id_in(asked)), form=self.form))

    def cancel(self, asked: Asked) -> Answer:
        return self._json(write_render(self.service.cancel(id_in(asked)), form=self.form))

    def download(self, asked: Asked) -> Answer:
        url, now = asked.url or "", self.service.clock()
        until = _UNTIL.search(url)
        if until is not None and int(until[1]) < now:
            raise No(403, None, "expired")
        video = self.service.video(render_in(url))
        start = int((asked.headers.get("Range") or "bytes=0-")[6:-1])
        rest = video[start:]
        return Answer(
            206 if start else 200,
            (Piece(now + 2, rest),),
            "video/mp4",
            length=len(rest),
            part=f"bytes {start}-{len(video) - 1}/{len(video)}" if start else None,
        )


ANSWERS: dict[Call, Callable[[Desk, Asked], Answer]] = {
    Call.TOKEN: Desk.token,
    Call.OPEN: Desk.open,
    Call.UPLOAD: Desk.upload,
    Call.BALANCE: Desk.balance,
    Call.STATE: Desk.state,
    Call.SAY: Desk.say,
    Call.RENDER: Desk.render,
    Call.POLL: Desk.poll,
    Call.CANCEL: Desk.cancel,
    Call.DOWNLOAD: Desk.download,
}

EXACT = {
    TOKEN_PATH: Call.TOKEN,
    OPEN_PATH: Call.OPEN,
    SAY_PATH: Call.SAY,
    BALANCE_PATH: Call.BALANCE,
    RENDER_PATH: Call.RENDER,
}
ENDINGS = {".mp4": Call.DOWNLOAD, "/download": Call.DOWNLOAD, "/cancel": Call.CANCEL}


def call_of(asked: Asked) -> Call:
    """Return which call a request is."""
    path = asked.path_url.partition("?")[0]
    if path in EXACT:
        return EXACT[path]
    for ending, call in ENDINGS.items():
        if path.endswith(ending):
            return call
    if path.startswith(RENDER_PATH):
        return Call.POLL
    return Call.STATE if path.startswith("/api/state") else Call.UPLOAD


def id_in(asked: Asked) -> str:
    """Return the session or render that a path names."""
    found = _ID.search(asked.path_url.partition("?")[0])
    assert found is not None, f"no id in {asked.path_url}"
    return found[1]


def render_in(url: str) -> str:
    """Return the render that a video's address names, whichever of the two kinds it is."""
    path = url.partition("?")[0]
    parts = path.rpartition("/")
    return parts[0].rpartition("/")[2] if parts[2] == "download" else parts[2][: -len(".mp4")]


def session_in(asked: Asked, call: Call) -> str:
    """Return the session that a request is about."""
    if call is Call.SAY:
        return read_say(body_of(asked)).session
    return read_order(body_of(asked)).session if call is Call.RENDER else id_in(asked)


def body_of(asked: Asked) -> bytes:
    """Return a request's body; a form, which can be read once, is kept in its place."""
    if not isinstance(asked.body, bytes):
        read = getattr(asked.body, "read", bytes)
        asked.body = read()
    return asked.body if isinstance(asked.body, bytes) else b""
