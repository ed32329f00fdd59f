"""Requests to one service and their answers, with every limit and none of the meaning.

Credentials travel in auth objects, to the service's own host and nowhere else. What requests
and urllib3 raise leaves as an `MvpipeError` that holds no address and no header.
"""

from __future__ import annotations

import ipaddress
import logging
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from http.cookiejar import DefaultCookiePolicy
from typing import Protocol
from urllib.parse import SplitResult, urljoin, urlsplit

import requests
import urllib3
from requests.adapters import HTTPAdapter
from requests.auth import AuthBase

from mvpipe.errors import BadAnswer, Unreachable, UsageError
from mvpipe.model.secret import Secret
from mvpipe.protocol.answers import Reply
from mvpipe.protocol.paths import Call
from mvpipe.protocol.wire import (
    ENV_API_URL,
    HEADER_AUTHORIZATION,
    HEADER_EXTRAS,
    HEADER_SERVER,
    JSON_TYPE,
    MOST_JSON_BYTES,
    MOST_REDIRECTS,
    Attribution,
    attribution_headers,
    bearer,
)

CHUNK_BYTES = 65_536
SEND_BYTES = 262_144
"""How much of a body is handed to the socket at a time; urllib3's 16 kB cost throughput."""

ALWAYS = {"Accept-Encoding": "identity", "Connection": "close"}

HINT = f"check the network and {ENV_API_URL}, or use --backend local"
UNTOLD = {500, 502, 504}
"""Statuses that leave open whether the request was carried out before things went wrong."""


class AnswerLost(Unreachable):
    """A request went out and no answer came: whether it took effect cannot be told."""


class BearerAuth(AuthBase):
    """Sets the token; being an auth object it also keeps a `.netrc` from replacing it."""

    def __init__(self, token: Secret) -> None:
        self._token = token

    def __call__(self, r: requests.PreparedRequest) -> requests.PreparedRequest:
        r.headers[HEADER_AUTHORIZATION] = bearer(self._token)
        return r


class NoAuth(AuthBase):
    """Sets nothing, and keeps a `.netrc` from setting something."""

    def __call__(self, r: requests.PreparedRequest) -> requests.PreparedRequest:
        return r


class Form(Protocol):
    """A body that is read piece by piece, once."""

    content_type: str

    def read(self, size: int = -1) -> bytes: ...


@dataclass(frozen=True, slots=True)
class Timeouts:
    """Seconds: to connect, between two reads, for a whole answer of JSON."""

    connect_s: float = 10
    read_s: float = 60
    answer_s: float = 120


USUAL_TIMEOUTS = Timeouts()


@dataclass(frozen=True, slots=True)
class Request:
    """One call; `body` is JSON, `form` makes a body anew for each try."""

    call: Call
    method: str
    path: str
    body: str | None = None
    form: Callable[[], Form] | None = None
    extras: str | None = None
    headers: tuple[tuple[str, str], ...] = ()
    accept: str = JSON_TYPE
    timeouts: Timeouts = USUAL_TIMEOUTS


class _Adapter(HTTPAdapter):
    """Hands bodies to the socket in greater pieces, and repeats nothing by itself."""

    def init_poolmanager(
        self,
        connections: int,
        maxsize: int,
        block: bool = False,  # noqa: FBT001, FBT002 - requests' own signature
        **pool_kwargs: object,
    ) -> None:
        # set up by requests' own constructor, which has no argument for the size of pieces
        super().init_poolmanager(
            connections, maxsize, block, blocksize=SEND_BYTES, **pool_kwargs
        )


def fresh_session() -> requests.Session:
    """Return a session without cookies, retries or redirects of its own, for one request.

    No connection is used twice: one that the other end has just closed would swallow a prompt,
    and nobody could tell whether it had arrived.
    """
    logging.getLogger("urllib3.connectionpool").addFilter(_without_query)
    session = requests.Session()
    session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
    for scheme in ("https://", "http://"):
        session.mount(scheme, _Adapter())
    return session


def _without_query(record: logging.LogRecord) -> bool:
    """Hide the query of every address that urllib3 logs: it may be a signature."""
    args = record.args if isinstance(record.args, tuple) else ()
    record.args = tuple(
        f"{arg.partition('?')[0]}?***" if isinstance(arg, str) and "?" in arg else arg
        for arg in args
    )
    return True


class Api:
    """One service at one address; `ours` once it has shown to be an `mvpipe serve`.

    `new_session` gives what sends a request, one for each.
    """

    def __init__(
        self,
        base: str,
        *,
        attribution: Attribution,
        clock: Callable[[], float],
        new_session: Callable[[], requests.Session] = fresh_session,
    ) -> None:
        self.base = checked_base(base)
        self.clock = clock
        self._new_session = new_session
        self.ours = False
        self._attribution = attribution_headers(attribution)

    @property
    def host(self) -> str:
        """The host as a user knows it, with the port where there is one."""
        return urlsplit(self.base).netloc

    def send(self, request: Request, *, token: Secret | None) -> requests.Response:
        """Return the answer with its body unread; the caller closes it.

        A redirect within the service is followed for what only reads, and is left alone
        otherwise: the error table knows it. Raises Unreachable. As safe to repeat as the call.
        """
        url = self.base + request.path
        for _ in range(MOST_REDIRECTS + 1):
            response = self._sent(request, url, token)
            moved = redirect_of(response)
            if request.method != "GET" or moved is None or not self.holds(moved):
                return response
            response.close()
            url = moved
        raise BadAnswer(f"{self.host} sends us elsewhere again and again", hint=HINT)

    def _sent(self, request: Request, url: str, token: Secret | None) -> requests.Response:
        form = None if request.form is None else request.form()
        with translated(self.host):
            response = self._new_session().request(
                request.method,
                url,
                data=_json_body(request) if form is None else form,
                headers=self._headers(request, form),
                auth=NoAuth() if token is None else BearerAuth(token),
                timeout=(request.timeouts.connect_s, request.timeouts.read_s),
                proxies=proxies_for(url),
                allow_redirects=False,
                stream=True,
            )
        self.ours = self.ours or HEADER_SERVER in response.headers
        return response

    def _headers(self, request: Request, form: Form | None) -> dict[str, str]:
        kind = JSON_TYPE if form is None else form.content_type
        sends = form is not None or request.body is not None
        return {
            **self._attribution,
            **dict(request.headers),
            **({HEADER_EXTRAS: request.extras} if request.extras else {}),
            **({"Content-Type": kind} if sends else {}),
            "Accept": request.accept,
            **ALWAYS,
        }

    def holds(self, url: str) -> bool:
        """Return whether an address is the service's own: scheme, host and port."""
        try:
            return _origin(urlsplit(url)) == _origin(urlsplit(self.base))
        except ValueError:
            return False

    def reply(self, response: requests.Response, *, timeouts: Timeouts) -> Reply:
        """Return the whole answer; raises Unreachable where it is cut, slow or too big."""
        with closing(response):
            return Reply(response.status_code, self._body(response, timeouts))

    def _body(self, response: requests.Response, timeouts: Timeouts) -> bytes:
        until, body = self.clock() + timeouts.answer_s, bytearray()
        for chunk in chunks_of(response, host=self.host):
            body += chunk
            if len(body) > MOST_JSON_BYTES:
                raise BadAnswer(f"{self.host} answers with more than {MOST_JSON_BYTES} bytes")
            if self.clock() > until:
                raise AnswerLost(f"{self.host} takes too long to answer", hint=HINT)
        return bytes(body)

    def plain_get(
        self, url: str, *, headers: dict[str, str], token: Secret | None
    ) -> requests.Response:
        """Return the answer of any address, its body unread; with the token only for ours."""
        ours = self.holds(url)
        auth = BearerAuth(token) if ours and token is not None else NoAuth()
        mine = self._attribution if ours else {}
        with translated(urlsplit(url).netloc):
            return self._new_session().request(
                "GET",
                url,
                headers={**mine, **headers, **ALWAYS},
                auth=auth,
                timeout=(USUAL_TIMEOUTS.connect_s, USUAL_TIMEOUTS.read_s),
                proxies=proxies_for(url),
                allow_redirects=False,
                stream=True,
            )


def _json_body(request: Request) -> bytes | None:
    return None if request.body is None else request.body.encode()


def checked_base(base: str) -> str:
    """Return the address of a service; raises UsageError unless it is https, or loopback."""
    try:
        parts = urlsplit(base.rstrip("/"))
        odd = parts.username is not None or bool(parts.query or parts.fragment)
        told = bool(parts.hostname) and not odd and "\\" not in base and parts.port != 0
    except ValueError:
        parts, told = SplitResult("", "", "", "", ""), False
    if not told or not base.isprintable() or " " in base:
        raise UsageError(f"{ENV_API_URL} is not the address of a service")
    if parts.scheme != "https" and not (parts.scheme == "http" and is_loopback(parts)):
        raise UsageError(
            f"{ENV_API_URL}: '{parts.scheme}://{parts.hostname}' is not safe for a token",
            hint="use https, or http on this machine alone",
        )
    return base.rstrip("/")


def is_loopback(parts: SplitResult) -> bool:
    """Return whether an address is this machine's, as a name or number."""
    host = parts.hostname or ""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def proxies_for(url: str) -> dict[str, str]:
    """Return what keeps a proxy out of talk with this machine; elsewhere the user's count."""
    parts = urlsplit(url)
    return {"no_proxy": parts.hostname or ""} if is_loopback(parts) else {}


def _origin(parts: SplitResult) -> tuple[str, str, int | None]:
    usual = {"https": 443, "http": 80}.get(parts.scheme)
    return parts.scheme, parts.hostname or "", parts.port or usual


def redirect_of(response: requests.Response) -> str | None:
    """Return where an answer sends us, `None` where it does not."""
    where = response.headers.get("Location")
    if response.status_code not in {301, 302, 303, 307, 308} or not where:
        return None
    try:
        return urljoin(response.url or "", where)
    except ValueError:
        return None


def chunks_of(response: requests.Response, *, host: str) -> Iterator[bytes]:
    """Yield a body as it arrives, decoded piece by piece; raises AnswerLost where it is cut."""
    while True:
        with translated(host, went_out=True):
            chunk = response.raw.read1(CHUNK_BYTES, decode_content=True)
        if not chunk:
            return
        yield chunk


@contextmanager
def translated(host: str, *, went_out: bool = False) -> Iterator[None]:
    """Turn what the libraries raise into Unreachable, or AnswerLost once a request went out.

    `from None`: their errors hold whole addresses, which may be signed, and whole requests.
    """
    try:
        yield
    except (requests.Timeout, urllib3.exceptions.ReadTimeoutError) as problem:
        kind = Unreachable if _never_sent(problem) and not went_out else AnswerLost
        raise kind(f"{host} does not answer in time", hint=HINT) from None
    except (requests.RequestException, urllib3.exceptions.HTTPError, OSError) as problem:
        if _never_sent(problem) and not went_out:
            raise Unreachable(f"{host} cannot be reached{_why(problem)}", hint=HINT) from None
        raise AnswerLost(f"{host} broke the connection off", hint=HINT) from None


def _never_sent(problem: BaseException) -> bool:
    """Return whether a request failed before its first byte went out."""
    reason = getattr(problem.args[0] if problem.args else None, "reason", None)
    connecting = (
        urllib3.exceptions.NewConnectionError,
        urllib3.exceptions.ConnectTimeoutError,
        urllib3.exceptions.SSLError,
        urllib3.exceptions.ProxyError,
    )
    direct = (
        requests.ConnectTimeout,
        requests.exceptions.SSLError,
        requests.exceptions.ProxyError,
        requests.exceptions.InvalidURL,
    )
    return isinstance(problem, direct) or isinstance(reason, connecting)


def _why(problem: BaseException) -> str:
    if isinstance(problem, requests.exceptions.SSLError):
        return ": its certificate is not accepted"
    if isinstance(problem, requests.exceptions.ProxyError):
        return " through the proxy"
    return ""
