"""Who we are to the service: a token that was given, kept, or had for nothing.

A free token is tied to a client id that is made once and kept: one id gets one token a week,
and a new id to get round that is never made. The token is kept too: a second one would be
refused.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from mvpipe.backends.nemo.api import Api, Request
from mvpipe.disk import REAL, Files, read_private, write_private
from mvpipe.errors import BadAnswer, RateLimited, TokenRefused
from mvpipe.model.secret import Secret
from mvpipe.protocol.answers import Reply, Token, read_token
from mvpipe.protocol.failures import Caller
from mvpipe.protocol.parse import Object, an_object, parse
from mvpipe.protocol.paths import TOKEN_PATH, Call
from mvpipe.protocol.wire import (
    CLIENT_ID,
    ENV_CLIENT_ID,
    ENV_TOKEN,
    HEADER_CLIENT_ID,
    RATE_LIMIT_WAIT_S,
    WEB_BASE,
)

KEPT_VERSION = 1


@dataclass(frozen=True, slots=True)
class Kept:
    """A token for one service; `anonymous` ones can be had again for the same client id."""

    token: Secret
    api: str
    anonymous: bool
    user: str | None = None
    expires_at: str | None = None
    client_id: str | None = None


@dataclass(frozen=True, slots=True)
class TokenFile:
    """Where the token is kept between runs, for nobody else to read."""

    path: Path
    files: Files = REAL

    def load(self, *, api: str) -> Kept | None:
        """Return the token kept for a service, `None` where there is none.

        Raises TokenRefused where others can read the file. Safe to repeat.
        """
        text = read_private(self.path)
        found = None if text is None else _kept(text)
        return found if found is not None and found.api == api else None

    def save(self, kept: Kept) -> None:
        """Keep a token in place of the one before. Raises OutputError. Safe to repeat."""
        data = {
            "version": KEPT_VERSION,
            "token": kept.token.reveal(),
            "api": kept.api,
            "anonymous": kept.anonymous,
            "user": kept.user,
            "expires_at": kept.expires_at,
            "client_id": kept.client_id,
        }
        write_private(self.path, json.dumps(data), files=self.files)

    def forget(self) -> bool:
        """Remove the token; return whether there was one. Safe to repeat."""
        there = self.path.exists()
        self.path.unlink(missing_ok=True)
        return there


def _kept(text: str) -> Kept | None:
    """Return what a token file holds, `None` for what no version of ours wrote."""
    try:
        data = an_object(parse(text), where="the token file")
    except BadAnswer:
        return None
    token, api = _text(data, "token"), _text(data, "api")
    if data.get("version") != KEPT_VERSION or token is None or api is None:
        return None
    return Kept(
        token=Secret(token),
        api=api,
        anonymous=data.get("anonymous") is True,
        user=_text(data, "user"),
        expires_at=_text(data, "expires_at"),
        client_id=_text(data, "client_id"),
    )


def _text(data: Object, key: str) -> str | None:
    found = data.get(key)
    return found if isinstance(found, str) and found.isprintable() and found else None


def kept_client_id(path: Path, *, given: str | None = None, files: Files = REAL) -> str:
    """Return the id that goes with this user: given, kept, or made now and kept for good.

    Raises TokenRefused for an id that is none, and where others can read the file. Safe to
    repeat: the file is written once.
    """
    found = given or read_private(path)
    if found is None:
        write_private(path, f"{uuid.uuid4()}\n", files=files)
        found = read_private(path) or ""  # another process may have been faster
    if not CLIENT_ID.match(found.strip()):
        where = ENV_CLIENT_ID if given else f"'{path}'"
        raise TokenRefused(
            f"{where} is no client id", hint="give up to 64 printable characters without blanks"
        )
    return found.strip()


@dataclass(slots=True)
class Identity:
    """The token in use, asked for when it is first needed.

    `given` is the user's own, from the environment; it is never replaced by another.
    """

    api: Api
    given: Secret | None
    tokens: TokenFile
    client_id_file: Path
    sleep: Callable[[float], None]
    client_id: str | None = None
    web: str = WEB_BASE
    user: str | None = None
    held: Kept | None = None

    @property
    def caller(self) -> Caller:
        """Who asks, for the words of errors."""
        return Caller(user=self.user, web=self.web)

    def token(self) -> Secret:
        """Return the token, asking the service for a free one where none is at hand.

        Safe to repeat. Raises by the error table.
        """
        if self.given is not None:
            return self.given
        held = self.held or self._hold(self.tokens.load(api=self.api.base) or self._new())
        return held.token

    def renew(self) -> bool:
        """Get a new free token after the old one was refused; return whether there is one.

        Not for a token that somebody chose. The client id stays.
        """
        if self.given is not None or self.held is None or not self.held.anonymous:
            return False
        self._hold(self._new())
        return True

    def _hold(self, kept: Kept) -> Kept:
        self.held, self.user = kept, kept.user or self.user
        return kept

    def _new(self) -> Kept:
        client_id = kept_client_id(self.client_id_file, given=self.client_id)
        token = self._asked(client_id)
        kept = Kept(
            token=token.token,
            api=self.api.base,
            anonymous=True,
            user=token.user,
            expires_at=token.expires_at,
            client_id=client_id,
        )
        self.tokens.save(kept)
        return kept

    def _asked(self, client_id: str) -> Token:
        try:
            return read_token(self._reply(client_id))
        except RateLimited:
            self.sleep(RATE_LIMIT_WAIT_S)
        try:
            return read_token(self._reply(client_id))
        except RateLimited as refused:
            raise TokenRefused(  # no more waiting: it would have to be for days
                "the service gives one free token a week and has given this week's",
                hint=f"set {ENV_TOKEN} to a token of your own, or use --backend local",
            ) from refused

    def _reply(self, client_id: str) -> Reply:
        request = Request(
            call=Call.TOKEN,
            method="POST",
            path=TOKEN_PATH,
            headers=((HEADER_CLIENT_ID, client_id),),
        )
        response = self.api.send(request, token=None)
        return self.api.reply(response, timeouts=request.timeouts)
