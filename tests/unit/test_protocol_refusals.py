"""Each call says no in the envelope of what answers behind it."""

from __future__ import annotations

import json

import pytest

from mvpipe.errors import (
    BadAnswer,
    MvpipeError,
    OutOfCredits,
    RenderExists,
    SessionGone,
    TokenRefused,
    TooLarge,
)
from mvpipe.protocol.answers import Reply, unwrap
from mvpipe.protocol.failures import refusal_of
from mvpipe.protocol.paths import Call
from mvpipe.protocol.refusals import write_refusal

ROWS: tuple[tuple[Call, MvpipeError, object], ...] = (
    (Call.OPEN, TokenRefused("no"), {"code": 1001, "message": "no"}),
    (Call.SAY, TokenRefused("no"), {"code": 1001, "message": "no"}),
    (Call.SAY, OutOfCredits("no"), {"code": 2001, "message": "no"}),
    (Call.SAY, SessionGone("no"), {"detail": "no"}),
    (Call.SAY, BadAnswer("no"), {"detail": "no"}),
    (Call.STATE, SessionGone("no"), {"code": 1002, "message": "no"}),
    (Call.UPLOAD, TooLarge("no"), {"code": 4002, "message": "no"}),
    (Call.RENDER, RenderExists("no"), {"success": False, "error": "no"}),
    (Call.POLL, TokenRefused("no"), {"success": False, "error": "no", "code": 1001}),
)


@pytest.mark.parametrize(("call", "error", "said"), ROWS)
def test_a_refusal_is_said_as_its_call_does_and_understood(
    call: Call, error: MvpipeError, said: object
) -> None:
    refusal = refusal_of(error, call=call)
    text = write_refusal(refusal)
    assert json.loads(text) == said
    if not isinstance(error, BadAnswer):  # 422: a client takes it for any other refusal
        with pytest.raises(type(error)):
            unwrap(Reply(refusal.status, text.encode()), call=call)
