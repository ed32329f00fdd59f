"""Answers into typed data, and back: envelopes, tokens, sessions, uploads, credits, links."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NewType

from mvpipe.errors import BadAnswer
from mvpipe.model.canonical import Plain
from mvpipe.model.secret import Secret
from mvpipe.protocol.failures import NOBODY, Caller, Refusal, failure
from mvpipe.protocol.parse import (
    Object,
    a_list,
    a_number,
    a_text,
    an_integer,
    an_object,
    maybe,
    parse,
    whole_characters,
)
from mvpipe.protocol.paths import Call, checked_id
from mvpipe.protocol.wire import CLAIM_LIFETIME_S, MOST_JSON_BYTES

TaskId = NewType("TaskId", str)
UserId = NewType("UserId", str)

MOST_CREDITS = 1e15
LONGEST_MEDIA_S = 24 * 3600
MOST_PIXELS_A_SIDE = 100_000


@dataclass(frozen=True, slots=True)
class Reply:
    """What came back from one call: the HTTP status and the whole body."""

    status: int
    body: bytes


@dataclass(frozen=True, slots=True)
class Token:
    """An anonymous token; `expires_at` is ISO 8601 as given, `credits` what comes with it."""

    token: Secret
    user: UserId | None = None
    expires_at: str | None = None
    credits: float | None = None


@dataclass(frozen=True, slots=True)
class OpenedSession:
    """A new session; `user` is what the registration link binds to."""

    session: str
    task: TaskId | None = None
    user: UserId | None = None


@dataclass(frozen=True, slots=True)
class Asset:
    """A file the service has; the address may be signed, so it is never shown.

    Lengths are in milliseconds here, seconds on the wire. `notes` are our own server's, for
    the user.
    """

    name: str
    kind: str | None = None
    url: str | None = field(default=None, repr=False)
    duration_ms: int | None = None
    width: int | None = None
    height: int | None = None
    digest: str | None = None
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class UploadedFiles:
    """What an upload left; `applied` says that the session knows the files already."""

    files: tuple[Asset, ...]
    applied: bool = False


@dataclass(frozen=True, slots=True)
class Balance:
    """Credits; `frozen` ones are held for work under way."""

    available: float
    frozen: float | None = None
    total: float | None = None


@dataclass(frozen=True, slots=True)
class Claim:
    """A token that opens one project in a browser, and its lifetime in seconds."""

    token: Secret
    expires_in_s: int | None = None


def unwrap(reply: Reply, *, call: Call, caller: Caller = NOBODY) -> Object:
    """Return the envelope's `data`, or the whole body where there is no envelope.

    A code other than 0, `success: false`, or a status that is no success raises what the error
    table says; a body that is no JSON raises BadAnswer unless the status says more.
    """
    body = _body(reply, call)
    refusal = _refusal(reply, body, call)
    if refusal is not None:
        raise failure(refusal, caller=caller)
    data = body.get("data")
    return body if data is None else an_object(data, where=f"{call}: data")


def _body(reply: Reply, call: Call) -> Object:
    try:
        return an_object(parse(reply.body), where=f"{call}: the answer")
    except BadAnswer:
        if succeeded(reply.status):
            raise
        return {}


def succeeded(status: int) -> bool:
    """Return whether an HTTP status means success."""
    return 200 <= status < 300


def _refusal(reply: Reply, body: Object, call: Call) -> Refusal | None:
    code = _code(body)
    refused = body.get("success") is False or (code is not None and code != 0)
    if succeeded(reply.status) and not refused:
        return None
    return Refusal(call=call, status=reply.status, code=code or None, message=_words(body))


def _code(body: Object) -> int | None:
    code = body.get("code")
    if isinstance(code, str) and code.isascii() and code.isdigit() and len(code) < 10:
        return int(code)
    return code if isinstance(code, int) and not isinstance(code, bool) else None


def _words(body: Object) -> str:
    """Return the service's own words: the envelope's, the render calls', FastAPI's."""
    for key in ("message", "error", "detail", "msg"):
        found = body.get(key)
        if isinstance(found, str) and found:
            return found
        if isinstance(found, dict) and (inner := _words(found)):
            return inner
        if isinstance(found, list) and (inner := "; ".join(_invalid(item) for item in found)):
            return inner
    return ""


def _invalid(item: Plain) -> str:
    """Return one entry of FastAPI's 422: which field, and what is wrong with it."""
    if not isinstance(item, dict):
        return ""
    where, said = item.get("loc"), item.get("msg")
    path = ".".join(str(part) for part in where) if isinstance(where, list) else ""
    return f"{path}: {said}" if path else str(said)


def read_token(reply: Reply) -> Token:
    """Return the anonymous token; raises by the error table, or BadAnswer."""
    data = unwrap(reply, call=Call.TOKEN)
    return Token(
        token=Secret(_printable(data.get("token"), where="token: data.token")),
        user=_user(data),
        expires_at=maybe(data.get("expires_at"), lambda v: a_text(v, where="expires_at")),
        credits=maybe(data.get("credits"), _credits),
    )


def _printable(value: Plain, *, where: str) -> str:
    """Return text that can stand in a header; the text itself is never quoted."""
    found = a_text(value, where=where)
    if not found.isascii() or not found.isprintable() or " " in found or len(found) > 4096:
        raise BadAnswer(f"{where} has characters that no token has")
    return found


def _user(data: Object) -> UserId | None:
    found = maybe(data.get("user_id"), lambda v: checked_id(a_text(v, where="user_id")))
    return None if found is None else UserId(found)


def _credits(value: Plain) -> float:
    return a_number(value, where="credits", low=-MOST_CREDITS, high=MOST_CREDITS)


def read_opened(reply: Reply, *, caller: Caller = NOBODY) -> OpenedSession:
    """Return the new session; raises by the error table, or BadAnswer."""
    data = unwrap(reply, call=Call.OPEN, caller=caller)
    session = data.get("session_id")
    task = maybe(data.get("task_id"), lambda v: checked_id(a_text(v, where="task_id")))
    return OpenedSession(
        session=checked_id(a_text(session, where="open: data.session_id")),
        task=None if task is None else TaskId(task),
        user=_user(data),
    )


def read_uploaded(reply: Reply, *, caller: Caller = NOBODY) -> UploadedFiles:
    """Return what the service made of an upload; raises by the error table, or BadAnswer."""
    data = unwrap(reply, call=Call.UPLOAD, caller=caller)
    files = a_list(data.get("files"), where="upload: data.files")
    return UploadedFiles(
        files=tuple(read_asset(item, where="upload: data.files") for item in files),
        applied=data.get("session_state_applied") is True,
    )


def read_asset(value: Plain, *, where: str) -> Asset:
    """Return one file's entry; a field of it that makes no sense counts as absent."""
    entry = an_object(value, where=where)
    seconds = maybe(
        entry.get("duration"), lambda v: a_number(v, where=where, low=0, high=LONGEST_MEDIA_S)
    )
    notes = entry.get("notes")
    return Asset(
        name=_first_text(entry, ("filename", "name", "file_name")) or "",
        kind=_first_text(entry, ("file_type", "type")),
        url=_first_text(entry, ("cdn_url", "url")),
        duration_ms=None if seconds is None else round(seconds * 1000),
        width=maybe(entry.get("width"), _side),
        height=maybe(entry.get("height"), _side),
        digest=_first_text(entry, ("hash",)),
        notes=tuple(n for n in notes if isinstance(n, str)) if isinstance(notes, list) else (),
    )


def _first_text(entry: Object, keys: tuple[str, ...]) -> str | None:
    found = (entry.get(key) for key in keys)
    return next((value for value in found if isinstance(value, str) and value), None)


def _side(value: Plain) -> int:
    return an_integer(value, where="a side", low=0, high=MOST_PIXELS_A_SIDE)


def read_balance(reply: Reply, *, caller: Caller = NOBODY) -> Balance:
    """Return the credits; raises by the error table, or BadAnswer."""
    data = unwrap(reply, call=Call.BALANCE, caller=caller)
    return Balance(
        available=_credits(data.get("available")),
        frozen=maybe(data.get("frozen"), _credits),
        total=maybe(data.get("total"), _credits),
    )


def read_claim(reply: Reply, *, caller: Caller = NOBODY) -> Claim:
    """Return the claim token; raises by the error table, or BadAnswer."""
    data = unwrap(reply, call=Call.CLAIM, caller=caller)
    held = checked_id(_printable(data.get("claim_token"), where="claim: data.claim_token"))
    return Claim(
        token=Secret(held),
        expires_in_s=maybe(
            data.get("expires_in"),
            lambda v: an_integer(v, where="expires_in", low=0, high=100 * CLAIM_LIFETIME_S),
        ),
    )


def check_reply(reply: Reply, *, call: Call, caller: Caller = NOBODY) -> None:
    """Raise what the error table says of an answer that has no more than a status to tell.

    For the stream's and the download's answers that are no success.
    """
    if not succeeded(reply.status) or reply.body.lstrip()[:1] == b"{":
        unwrap(Reply(reply.status, reply.body[:MOST_JSON_BYTES]), call=call, caller=caller)


def wrap(data: Mapping[str, Plain]) -> str:
    """Return the envelope of a success."""
    return json_text({"code": 0, "message": "success", "data": dict(data)})


def wrap_error(refusal: Refusal) -> str:
    """Return the envelope of a refusal; its code is the status where it has none of its own."""
    code = refusal.status if refusal.code is None else refusal.code
    return json_text({"code": code, "message": refusal.message})


def wrap_detail(refusal: Refusal) -> str:
    """Return a refusal as FastAPI says it, which is what `/run_sse` does."""
    return json_text({"detail": refusal.message})


def write_token(token: Token) -> str:
    """Return the answer that hands a token out."""
    return wrap(
        _told(
            token=token.token.reveal(),
            user_id=token.user,
            expires_at=token.expires_at,
            credits=token.credits,
        )
    )


def write_opened(opened: OpenedSession) -> str:
    """Return the answer that names a new session."""
    return wrap(_told(task_id=opened.task, session_id=opened.session, user_id=opened.user))


def write_uploaded(uploaded: UploadedFiles) -> str:
    """Return the answer to an upload."""
    files: list[Plain] = [asset_data(asset) for asset in uploaded.files]
    return wrap({"files": files, "session_state_applied": uploaded.applied})


def asset_data(asset: Asset) -> dict[str, Plain]:
    """Return one file's entry as the wire has it, lengths in seconds."""
    seconds = None if asset.duration_ms is None else asset.duration_ms / 1000
    notes: list[Plain] = [*asset.notes]
    return _told(
        filename=asset.name,
        file_type=asset.kind,
        cdn_url=asset.url,
        duration=seconds,
        width=asset.width,
        height=asset.height,
        hash=asset.digest,
        notes=notes or None,
    )


def write_balance(balance: Balance) -> str:
    """Return the answer about credits."""
    return wrap(_told(available=balance.available, frozen=balance.frozen, total=balance.total))


def write_claim(claim: Claim) -> str:
    """Return the answer that hands a claim token out."""
    return wrap(_told(claim_token=claim.token.reveal(), expires_in=claim.expires_in_s))


def _told(**fields: Plain) -> dict[str, Plain]:
    """Return the fields without the absent ones."""
    return {key: value for key, value in fields.items() if value is not None}


def json_text(value: Plain) -> str:
    """Return JSON on one line, keys in the order given, other alphabets as they are."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    return whole_characters(text)
