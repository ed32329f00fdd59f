"""The error table, read both ways: what a refusal means, and how a refusal is said."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from mvpipe.errors import (
    BadAnswer,
    ClientIdMissing,
    MvpipeError,
    OutOfCredits,
    PlanRefused,
    RateLimited,
    Refused,
    RenderExists,
    SessionGone,
    TokenRefused,
    TooLarge,
    UnknownRender,
    Unreachable,
    UnsupportedMedia,
)
from mvpipe.protocol.parse import quoted
from mvpipe.protocol.paths import PLAIN_ID, Call, register_link
from mvpipe.protocol.wire import (
    ANONYMOUS_PREFIX,
    CONTENT_TYPES,
    MOST_UPLOAD_BYTES,
    RATE_LIMIT_WAIT_S,
    WEB_BASE,
)


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks: decides where somebody without credits is sent."""

    user: str | None = None
    web: str = WEB_BASE

    @property
    def anonymous(self) -> bool:
        """Whether the user has no account yet."""
        return self.user is not None and self.user.startswith(ANONYMOUS_PREFIX)


NOBODY = Caller()

Kind = type[MvpipeError]

BY_CODE: Mapping[int, Kind] = {
    1001: TokenRefused,
    1002: SessionGone,
    1010: TokenRefused,
    1011: TokenRefused,
    2001: OutOfCredits,
    4001: UnsupportedMedia,
    4002: TooLarge,
}
"""Codes of the envelope's `code`. 1010 and 1011 are a sister gateway's, for tokens."""

BY_STATUS: Mapping[int, Kind] = {
    401: TokenRefused,
    402: PlanRefused,
    403: PlanRefused,
    408: Unreachable,
    413: TooLarge,
    415: UnsupportedMedia,
    425: Unreachable,
    429: RateLimited,
}
"""HTTP statuses, where the body has no code that is known."""

BY_CALL: Mapping[tuple[Call, int], Kind] = {
    (Call.TOKEN, 400): ClientIdMissing,
    (Call.SAY, 404): SessionGone,
    (Call.STATE, 404): SessionGone,
    (Call.UPLOAD, 404): SessionGone,
    (Call.CLAIM, 404): SessionGone,
    (Call.POLL, 404): UnknownRender,
    (Call.DOWNLOAD, 404): UnknownRender,
    (Call.CANCEL, 404): UnknownRender,
    (Call.RENDER, 409): RenderExists,
}
"""Statuses that mean something of their own for one call."""

STATUS_OF: Mapping[Kind, tuple[int, int | None]] = {
    TokenRefused: (401, 1001),
    SessionGone: (404, 1002),
    OutOfCredits: (403, 2001),
    UnsupportedMedia: (415, 4001),
    TooLarge: (413, 4002),
    ClientIdMissing: (400, None),
    PlanRefused: (402, None),
    UnknownRender: (404, None),
    RenderExists: (409, None),
    RateLimited: (429, None),
    Unreachable: (503, None),
    BadAnswer: (422, None),
}
"""How our server says each: HTTP status, and the envelope's code where there is one."""

ANY_OTHER_STATUS = 400

SENTENCES: Mapping[Kind, str] = {
    TokenRefused: "the service does not accept the token, or it has expired",
    SessionGone: "the service no longer knows this session",
    OutOfCredits: "there are not enough credits left",
    UnsupportedMedia: "the service does not take this kind of file",
    TooLarge: f"the file is over the service's limit ({MOST_UPLOAD_BYTES // 2**20} MB)",
    ClientIdMissing: "the service gives no token without a client id",
    PlanRefused: "the account's plan does not allow this; it is not a matter of credits",
    UnknownRender: "the service knows no render of this id",
    RenderExists: "the service has a render of this id already",
    RateLimited: "the service was asked too often",
    Unreachable: "the service is in trouble",
    Refused: "the service refuses this",
}

HINTS: Mapping[Kind, str] = {
    TokenRefused: "set NEMO_TOKEN to a valid token, or unset it for a free one",
    SessionGone: "run the job again; it begins a new session",
    OutOfCredits: "top up the account, or use --backend local, which costs nothing",
    UnsupportedMedia: f"it takes {' '.join(CONTENT_TYPES)}",
    TooLarge: "compress or trim it",
    ClientIdMissing: "set NEMO_CLIENT_ID to any text of up to 64 characters",
    PlanRefused: "register or upgrade, or use --backend local, which has no plans",
    UnknownRender: "ask for the render again",
    RenderExists: "ask for it under a new id",
    RateLimited: f"wait {RATE_LIMIT_WAIT_S} seconds and try again",
    Unreachable: "try again later",
    Refused: "change what it objects to, or use --backend local",
}

_TAKEN = re.compile(r"duplicate|already exists", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Refusal:
    """A refusal as it came: HTTP status, the body's code and words where it had any."""

    call: Call
    status: int
    code: int | None = None
    message: str = ""


def kind_of(refusal: Refusal) -> Kind:
    """Return which error a refusal is: the body's code first, then the HTTP status."""
    if refusal.code is not None and refusal.code in BY_CODE:
        return BY_CODE[refusal.code]
    if refusal.call is Call.RENDER and _TAKEN.search(refusal.message[:200]):
        return RenderExists
    return _by_status(refusal.call, _telling_status(refusal))


def _telling_status(refusal: Refusal) -> int:
    """Return the status, or the body's code where it is a status in disguise."""
    if refusal.status < 300 and refusal.code is not None and 400 <= refusal.code < 600:
        return refusal.code
    return refusal.status


def _by_status(call: Call, status: int) -> Kind:
    if (call, status) in BY_CALL:
        return BY_CALL[call, status]
    if status >= 500:
        return Unreachable
    if 300 <= status < 400:
        return BadAnswer
    return BY_STATUS.get(status, Refused)


def failure(refusal: Refusal, *, caller: Caller = NOBODY) -> MvpipeError:
    """Return the error to raise: one sentence, with the service's own words quoted."""
    kind = kind_of(refusal)
    if kind is BadAnswer:
        return BadAnswer(f"{refusal.call}: the service sends us elsewhere ({refusal.status})")
    told = f" ({refusal.status})" if kind in {Unreachable, Refused} else ""
    words = f": {quoted(refusal.message)}" if refusal.message.strip() else ""
    return kind(f"{SENTENCES[kind]}{told}{words}", hint=_hint(kind, refusal.call, caller))


def _hint(kind: Kind, call: Call, caller: Caller) -> str:
    if kind is OutOfCredits and (link := _register(caller)):
        return f"register at {link} to go on with this work"
    if kind is RateLimited and call is Call.TOKEN:
        return "one free token is given a week; wait, or set NEMO_TOKEN"
    return HINTS.get(kind, "")


def _register(caller: Caller) -> str | None:
    if not caller.anonymous or caller.user is None or not PLAIN_ID.match(caller.user):
        return None
    return register_link(caller.user, web=caller.web)


def refusal_of(error: MvpipeError, *, call: Call) -> Refusal:
    """Return how a server says an error; an error the table lacks is a 400 with its words."""
    status, code = STATUS_OF.get(type(error), (ANY_OTHER_STATUS, None))
    return Refusal(call=call, status=status, code=code, message=str(error))
