"""Who may call: the server's own token, and anonymous ones by client id."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime

from mvpipe.errors import ClientIdMissing, RateLimited, TokenRefused
from mvpipe.model.secret import Secret
from mvpipe.protocol.answers import Token, UserId
from mvpipe.protocol.wire import (
    ANONYMOUS_PREFIX,
    CLIENT_ID,
    FREE_CREDITS,
    TOKEN_LIFETIME_S,
    token_in,
)

OPERATOR = UserId("user_mvpipe")
"""Whoever holds the server's own token."""


def new_token() -> Secret:
    """Return a token that nobody can guess, in the service's shape."""
    return Secret(f"nmv_usr_{secrets.token_urlsafe(32)}")


@dataclass(frozen=True, slots=True)
class _Given:
    user: UserId
    client: str
    until_s: float


@dataclass(slots=True)
class Tokens:
    """Every token that counts; only hashes of them are kept. `clock` gives Unix seconds."""

    own: Secret
    clock: Callable[[], float]
    most: int
    anonymous: bool = True
    _own_expired: bool = False
    _salt: bytes = field(default_factory=lambda: secrets.token_bytes(16))
    _given: dict[str, _Given] = field(default_factory=dict)

    def give(self, client: str | None) -> Token:
        """Return a new anonymous token. Not safe to repeat: it is one per client and week.

        Raises ClientIdMissing, RateLimited, or TokenRefused where none are given at all.
        """
        if not self.anonymous:
            raise TokenRefused("this server gives no tokens; ask its operator for one")
        if client is None or not CLIENT_ID.match(client):
            raise ClientIdMissing("X-Client-Id is missing, or is not 1 to 64 characters")
        self._forget_old()
        if any(given.client == client for given in self._given.values()):
            raise RateLimited("this client id has had its token for the week")
        if len(self._given) >= self.most:
            raise RateLimited("no more tokens this week")
        return self._give(client)

    def _give(self, client: str) -> Token:
        token, until_s = new_token(), self.clock() + TOKEN_LIFETIME_S
        user = self._user(client)
        self._given[_hash(token)] = _Given(user=user, client=client, until_s=until_s)
        until = datetime.fromtimestamp(until_s, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        return Token(token=token, user=user, expires_at=until, credits=FREE_CREDITS)

    def _user(self, client: str) -> UserId:
        """Return a client's user, the same each time: its sessions outlive its tokens."""
        digest = hmac.digest(self._salt, client.encode(), "sha256").hex()
        return UserId(f"{ANONYMOUS_PREFIX}{digest[:16]}")

    def user_of(self, authorization: str | None) -> UserId:
        """Return whose token an Authorization header holds; raises TokenRefused."""
        token = token_in(authorization or "")
        if token is None:
            raise TokenRefused("Authorization holds no bearer token")
        if not self._own_expired and hmac.compare_digest(_hash(token), _hash(self.own)):
            return OPERATOR
        given = self._given.get(_hash(token))
        if given is None or given.until_s <= self.clock():
            raise TokenRefused("the token is not known, or has expired")
        return given.user

    def expire(self, user: UserId) -> None:
        """Let a user's token count no more; an anonymous one is given anew. Safe to repeat."""
        if user == OPERATOR:
            self._own_expired = True
        self._given = {key: given for key, given in self._given.items() if given.user != user}

    def _forget_old(self) -> None:
        now = self.clock()
        self._given = {key: given for key, given in self._given.items() if given.until_s > now}


def _hash(token: Secret) -> str:
    """Return what is kept and compared: looking a hash up tells nothing of the token."""
    return hashlib.sha256(token.reveal().encode()).hexdigest()
