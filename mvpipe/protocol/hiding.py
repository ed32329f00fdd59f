"""Keeps a token out of what comes back: services and proxies repeat what they were sent.

Whatever is read of an answer may be shown, noted or kept. So the token that went out with the
request is taken out of the answer before anybody reads it.
"""

from __future__ import annotations

from mvpipe.model.secret import Secret
from mvpipe.protocol.answers import Reply

HIDDEN = "***"
SHORTEST = 16
"""A shorter token is hardly one, and might be a part of anything."""


def without(text: str, token: Secret) -> str:
    """Return text without the token's value. Safe to repeat."""
    value = token.reveal()
    return text.replace(value, HIDDEN) if len(value) >= SHORTEST else text


def reply_without(reply: Reply, token: Secret) -> Reply:
    """Return an answer without the token's value. Safe to repeat."""
    value = token.reveal().encode()
    if len(value) < SHORTEST or value not in reply.body:
        return reply
    return Reply(reply.status, reply.body.replace(value, HIDDEN.encode()))
