"""How each call says no: three envelopes, by who answers behind the path."""

from __future__ import annotations

from mvpipe.protocol.answers import wrap_detail, wrap_error
from mvpipe.protocol.failures import Refusal
from mvpipe.protocol.paths import Call
from mvpipe.protocol.renders import wrap_render_error

RENDER_CALLS = frozenset({Call.RENDER, Call.POLL, Call.DOWNLOAD, Call.CANCEL})
FRAMEWORK_STATUSES = frozenset({404, 422})
"""What the agent's own framework refuses with before a turn begins, in its own shape."""


def write_refusal(refusal: Refusal) -> str:
    """Return a refusal in the envelope of its call."""
    if refusal.call in RENDER_CALLS:
        return wrap_render_error(refusal)
    if refusal.call is Call.SAY and refusal.status in FRAMEWORK_STATUSES:
        return wrap_detail(refusal)
    return wrap_error(refusal)
