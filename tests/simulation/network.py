"""What lies between client and service: requests on their way, answers that get lost.

An adapter for requests, so that all above it is the real client. Every body comes by the
virtual clock, and every call is a place where the process may die.
"""

from __future__ import annotations

import io
import random
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import NoReturn

import requests
import urllib3
from requests.adapters import HTTPAdapter

from mvpipe.backends.nemo.turns import Over, Source
from mvpipe.protocol.paths import Call
from mvpipe.protocol.wire import HEADER_SERVER, STREAM_TYPE
from tests.simulation.desk import Answer, Asked, Desk, call_of, session_in
from tests.simulation.service import No
from tests.simulation.turns import Piece

HTML = b"<html><body>Bad Gateway</body></html>"
PATIENCE_S = 60.0


class Mishap(StrEnum):
    """What may happen to a call on its way."""

    NO_WAY = "no connection"
    LOST = "request lost"
    UNHEARD = "answer lost"
    SLOW = "arrives after its client gave up"
    TWICE = "delivered twice"
    OFTEN = "429"
    TROUBLE = "503 before anything was done"
    GATEWAY = "502 and perhaps done"
    HTML_BEFORE = "a page of HTML, nothing done"
    HTML_AFTER = "done, and a page of HTML"
    HALF = "done, and half an answer"
    EXPIRED = "the token expires"
    VANISHED = "the session vanishes"
    PLAN = "402"


ANYWHERE = (
    Mishap.NO_WAY,
    Mishap.LOST,
    Mishap.UNHEARD,
    Mishap.OFTEN,
    Mishap.TROUBLE,
    Mishap.GATEWAY,
    Mishap.HTML_BEFORE,
    Mishap.HTML_AFTER,
    Mishap.HALF,
    Mishap.EXPIRED,
)
FITS: dict[Call, tuple[Mishap, ...]] = {
    Call.RENDER: (*ANYWHERE, Mishap.SLOW, Mishap.TWICE, Mishap.PLAN, Mishap.VANISHED),
    Call.SAY: (*ANYWHERE, Mishap.VANISHED),
    Call.STATE: (*ANYWHERE, Mishap.VANISHED),
    Call.UPLOAD: (*ANYWHERE, Mishap.VANISHED),
    Call.DOWNLOAD: (Mishap.NO_WAY, Mishap.LOST, Mishap.HALF, Mishap.OFTEN, Mishap.TROUBLE),
}
"""What can happen to which call; the others know what may happen anywhere."""


@dataclass(frozen=True, slots=True)
class Weather:
    """How often a call goes wrong, and how: drawn from `kinds` where it does."""

    share: float = 0.0
    kinds: frozenset[Mishap] = frozenset()


FAIR = Weather()


class Body(io.RawIOBase):
    """A response's bytes as urllib3 reads them, each piece at its time."""

    def __init__(self, answer: Answer, wait: Callable[[float], None]) -> None:
        self.left = list(answer.pieces)
        self.cut = answer.cut
        self._wait = wait

    def readable(self) -> bool:
        return True

    def read1(self, size: int = -1) -> bytes:
        """Return the next piece once its time has come; raises where the connection breaks."""
        if not self.left:
            if self.cut:
                raise ConnectionResetError("the connection breaks")
            return b""
        piece = self.left.pop(0)
        self._wait(piece.at_s)
        if 0 <= size < len(piece.data):
            self.left.insert(0, Piece(piece.at_s, piece.data[size:]))
        return piece.data[:size] if size >= 0 else piece.data

    def read(self, size: int | None = -1) -> bytes:
        return self.read1(-1 if size is None else size)


@dataclass(slots=True)
class Stream:
    """A turn's bytes as `listen` takes them, by the virtual clock."""

    body: Body
    clock: Callable[[], float]
    wait: Callable[[float], None]

    def next(self, wait_s: float) -> bytes | Over | None:
        if not self.body.left:
            return Over(cut=self.body.cut)
        due, now = self.body.left[0].at_s, self.clock()
        if due > now + wait_s:
            self.wait(now + wait_s)
            return None
        self.wait(due)
        return self.body.left.pop(0).data

    def stop(self) -> None:
        pass


_conforms: type[Source] = Stream


@dataclass(frozen=True, slots=True)
class Sent:
    """A request on its way; its client gives up after `patience_s`."""

    asked: Asked
    call: Call
    patience_s: float


@dataclass(slots=True)
class Network:
    """The way to the service; `step` is told of every event, and may not return."""

    desk: Desk
    dice: random.Random
    step: Callable[[str], None]
    wait: Callable[[float], None]
    weather: Weather = FAIR
    later: list[tuple[float, Asked]] = field(default_factory=list)
    bodies: dict[int, Body] = field(default_factory=dict)
    kept: requests.Session | None = None
    mishaps: list[tuple[float, Call, Mishap]] = field(default_factory=list)

    @property
    def now(self) -> float:
        return self.desk.service.clock()

    def source(self, response: requests.Response) -> Source:
        """Return the bytes of a turn's answer."""
        body = self.bodies.pop(id(response))
        return Stream(body, clock=self.desk.service.clock, wait=self.wait)

    def session(self) -> requests.Session:
        """Return what sends a request into this network: the same each time, for speed."""
        if self.kept is None:
            self.kept = requests.Session()
            self.kept.trust_env = False  # to look for proxies would take a third of the time
            self.kept.mount("https://", Way(self))
        return self.kept

    def deliver(self) -> None:
        """Let what was slow arrive."""
        due = [asked for at, asked in self.later if at <= self.now]
        self.later = [(at, asked) for at, asked in self.later if at > self.now]
        for asked in due:
            self.desk.note("   what was slow arrives")
            self.desk.answer(asked)

    def carried(self, asked: Asked, patience_s: float) -> Answer:
        """Return what comes back for a request; raises what requests would raise."""
        self.deliver()
        call = call_of(asked)
        self.step(f"-> {call}")
        mishap = self._mishap(call)
        self.wait(self.now + self.dice.uniform(0.05, 1.0))
        if mishap is None:
            answer = self.desk.answer(asked)
        else:
            self.mishaps.append((self.now, call, mishap))
            self.step(f"   {mishap}")
            answer = BEFALL[mishap](self, Sent(asked, call, patience_s))
        self.step(f"<- {call} {answer.status}")
        return answer

    def _mishap(self, call: Call) -> Mishap | None:
        if self.dice.random() >= self.weather.share:
            return None
        fitting = [m for m in FITS.get(call, ANYWHERE) if m in self.weather.kinds]
        return self.dice.choice(fitting) if fitting else None

    def no_way(self, _sent: Sent) -> NoReturn:
        problem = urllib3.exceptions.NewConnectionError(
            urllib3.connection.HTTPConnection("nowhere"), "refused"
        )
        pool = urllib3.HTTPConnectionPool("nowhere")
        raise requests.ConnectionError(urllib3.exceptions.MaxRetryError(pool, "/", problem))

    def lost(self, sent: Sent) -> NoReturn:
        if self.dice.random() < 0.5:
            self.wait(self.now + sent.patience_s)
            raise requests.ReadTimeout
        raise requests.ConnectionError(urllib3.exceptions.ProtocolError("aborted"))

    def slow(self, sent: Sent) -> NoReturn:
        at = self.now + sent.patience_s + self.dice.uniform(0, 30)
        self.later.append((at, sent.asked))
        self.wait(self.now + sent.patience_s)
        raise requests.ReadTimeout

    def unheard(self, sent: Sent) -> NoReturn:
        self.desk.answer(sent.asked)
        self.lost(sent)

    def gateway(self, sent: Sent) -> Answer:
        if self.dice.random() < 0.5:
            self.desk.answer(sent.asked)
        return self.desk.plain(self.dice.choice((500, 502, 504)), HTML)

    def refused(self, sent: Sent, *, status: int) -> Answer:
        return self.desk.refusal(No(status, None, "not now"), sent.call)

    def page(self, _sent: Sent) -> Answer:
        return self.desk.plain(200, HTML)

    def page_after(self, sent: Sent) -> Answer:
        self.desk.answer(sent.asked)
        return self.page(sent)

    def half(self, sent: Sent) -> Answer:
        answer = self.desk.answer(sent.asked)
        if answer.kind == STREAM_TYPE:
            return answer
        (whole,) = answer.pieces
        return replace(
            answer, pieces=(replace(whole, data=whole.data[: len(whole.data) // 2]),)
        )

    def expired(self, sent: Sent) -> Answer:
        self.desk.service.expire()
        return self.desk.answer(sent.asked)

    def twice(self, sent: Sent) -> Answer:
        self.desk.answer(sent.asked)
        return self.desk.answer(sent.asked)

    def vanished(self, sent: Sent) -> Answer:
        self.desk.service.vanish(session_in(sent.asked, sent.call))
        return self.desk.answer(sent.asked)


BEFALL: dict[Mishap, Callable[[Network, Sent], Answer]] = {
    Mishap.NO_WAY: Network.no_way,
    Mishap.LOST: Network.lost,
    Mishap.UNHEARD: Network.unheard,
    Mishap.SLOW: Network.slow,
    Mishap.TWICE: Network.twice,
    Mishap.OFTEN: lambda network, sent: network.refused(sent, status=429),
    Mishap.TROUBLE: lambda network, sent: network.refused(sent, status=503),
    Mishap.PLAN: lambda network, sent: network.refused(sent, status=402),
    Mishap.GATEWAY: Network.gateway,
    Mishap.HTML_BEFORE: Network.page,
    Mishap.HTML_AFTER: Network.page_after,
    Mishap.HALF: Network.half,
    Mishap.EXPIRED: Network.expired,
    Mishap.VANISHED: Network.vanished,
}


class Way(HTTPAdapter):
    """Sends requests into a network that is none."""

    def __init__(self, network: Network) -> None:
        super().__init__()
        self._network = network

    def send(  # type: ignore[override]  # requests' own signature, of which this much is used
        self,
        request: requests.PreparedRequest,
        timeout: tuple[float, float] = (0.0, PATIENCE_S),
        **_: object,
    ) -> requests.Response:
        network = self._network
        answer = network.carried(request, timeout[1])
        body = Body(answer, network.wait)
        raw = urllib3.HTTPResponse(
            body=body,
            headers=_headers(answer, ours=network.desk.service.ours),
            status=answer.status,
            preload_content=False,
            request_method=request.method,
        )
        response = self.build_response(request, raw)
        if answer.kind == STREAM_TYPE:
            network.bodies[id(response)] = body
        return response


def _headers(answer: Answer, *, ours: bool) -> dict[str, str]:
    return {
        "Content-Type": answer.kind,
        **({} if answer.length is None else {"Content-Length": str(answer.length)}),
        **({} if answer.part is None else {"Content-Range": answer.part}),
        **({HEADER_SERVER: "0.1"} if ours else {}),
    }
