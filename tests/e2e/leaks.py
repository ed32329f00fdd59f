"""A service that says the token back, in every way and at every call there is."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping

from mvpipe.protocol.paths import cancel_path, download_path, poll_path
from tests.e2e.wellspoken import (
    BALANCE,
    EMPTY,
    OPEN,
    RENDER,
    SAY,
    STATE,
    UPLOAD,
    USER,
    Where,
    order_taken,
)
from tests.evil import Behaviour, Visit, data, plain, stream, whole

CANARY = "Canary-1d0e5b7a93f64c28"
"""Without the service's prefix: only its value gives it away."""
LEAKS = (
    f"Authorization: Bearer {CANARY} ({CANARY}), see https://x.example/?sig={CANARY}#{CANARY}"
)


def repeats(status: int, **more: str) -> Behaviour:
    """Refuse, saying the token back in the body, in headers and in an address."""

    def behave(visit: Visit) -> None:
        said = {"code": status, "message": LEAKS, "error": LEAKS, "detail": LEAKS}
        body = json.dumps(said).encode()
        headers = {
            "Content-Type": "application/json",
            "Content-Length": str(len(body)),
            "Set-Cookie": f"token={CANARY}",
            "WWW-Authenticate": f"Bearer {CANARY}",
            "Retry-After": CANARY,
            "X-Echo": CANARY,
            **more,
        }
        visit.answer(status, headers, body)

    return behave


def page(status: int) -> Behaviour:
    """Answer with a page that shows the token."""
    return whole(f"<h1>{LEAKS}</h1>".encode(), status=status, kind="text/html")


def breaks_off(visit: Visit) -> None:
    """Promise more than comes, the token in what does."""
    visit.answer(200, {"Content-Type": "application/json", "Content-Length": "9999"})
    visit.wfile.write(b'{"code":0,"message":"' + LEAKS.encode())


def elsewhere(visit: Visit) -> None:
    """Send the caller to another host, the token in the address."""
    repeats(302, Location=f"http://{CANARY}@example.com/{CANARY}?t={CANARY}")(visit)


def within(visit: Visit) -> None:
    """Send the caller round in a circle, the token in the address."""
    repeats(307, Location=f"{visit.path.partition('?')[0]}?t={CANARY}")(visit)


REFUSALS: dict[str, Behaviour] = {
    "1001": plain({"code": 1001, "message": LEAKS}),
    "1002": plain({"code": 1002, "message": LEAKS}),
    "2001": plain({"code": 2001, "message": LEAKS}),
    "4001": plain({"code": 4001, "message": LEAKS}),
    "unknown code": plain({"code": 7777, "message": LEAKS}),
    "401": repeats(401),
    "402": repeats(402),
    "404": repeats(404),
    "422": plain({"detail": [{"loc": ["body", CANARY], "msg": LEAKS}]}, status=422),
    "429": repeats(429),
    "503": repeats(503),
    "page with 200": page(200),
    "page with 502": page(502),
    "cut": breaks_off,
    "elsewhere": elsewhere,
    "circle": within,
}

ANSWERS: dict[str, dict[Where, tuple[Behaviour, ...]]] = {
    "a session's id": {OPEN: (data(session_id=CANARY, user_id=USER),)},
    "a session's odd id": {OPEN: (data(session_id=f"../{CANARY}", user_id=USER),)},
    "a user's id": {
        OPEN: (data(session_id="1", user_id=f"anon_{CANARY}"),),
        ("POST", "/api/upload-video/nemo_agent/me/1"): (plain({"code": 2001}),),
    },
    "a file's notes": {
        UPLOAD: (data(files=[{"filename": CANARY, "duration": 1, "notes": [LEAKS]}]),)
    },
    "the agent's words": {SAY: (stream(f"data: {json.dumps({'text': LEAKS})}\n\n".encode()),)},
    "the agent's error": {SAY: (stream(f"data: {json.dumps({'error': LEAKS})}\n\n".encode()),)},
    "the agent's broken error": {SAY: (stream(f'data: {{"error": "{LEAKS}'.encode()),)},
    "half the agent's words": {
        SAY: (stream(f'data: {{"text": "{LEAKS}'.encode()),),
        STATE: (EMPTY,),
    },
}


def renders(answer: Callable[[str], dict[Where, Behaviour]]) -> Behaviour:
    """Take a render on and answer about it otherwise than well."""

    def behave(visit: Visit) -> None:
        render = json.loads(visit.evil.seen[-1].body)["id"]
        order_taken(visit)
        for (method, path), behaviour in answer(render).items():
            visit.evil.on(method, path, behaviour)

    return behave


def _polled(render: str, **more: object) -> Behaviour:
    return plain({"success": True, "data": {"id": render, "progress": 50, **more}})


RENDERS: dict[str, Behaviour] = {
    "a poll refused": renders(lambda r: {("GET", poll_path(r)): repeats(402)}),
    "a render that failed": renders(
        lambda r: {("GET", poll_path(r)): _polled(r, status="failed", error=LEAKS)}
    ),
    "a stage that is none": renders(
        lambda r: {("GET", poll_path(r)): _polled(r, status=CANARY)}
    ),
    "an address with user and signature": renders(
        lambda r: {
            ("GET", poll_path(r)): _polled(
                r,
                status="completed",
                outputUrl=f"https://{CANARY}@x.example/{CANARY}?s={CANARY}",
            )
        }
    ),
    "an address that is not there": renders(
        lambda r: {
            ("GET", poll_path(r)): _polled(
                r, status="completed", outputUrl=f"http://127.0.0.1:9/{CANARY}?s={CANARY}"
            )
        }
    ),
    "a download refused": renders(lambda r: {("GET", download_path(r)): repeats(402)}),
    "a download sent elsewhere": renders(
        lambda r: {
            ("GET", download_path(r)): elsewhere,
            ("POST", cancel_path(r)): repeats(500),
        }
    ),
    "a download that is a page": renders(lambda r: {("GET", download_path(r)): page(200)}),
}

OFTEN_SEEN = ("402", "page with 502", "cut")
"""What every call is refused with in the quick test; in the slow one it is all there is."""

CALLS = (BALANCE, OPEN, UPLOAD, STATE, SAY, RENDER)
Ways = dict[str, Mapping[Where, tuple[Behaviour, ...]]]

REFUSED: Ways = {
    f"{call[1]}: {name}": {call: (behaviour,)}
    for call in CALLS
    for name, behaviour in REFUSALS.items()
}
ANSWERED: Ways = {**ANSWERS, **{name: {RENDER: (b,)} for name, b in RENDERS.items()}}
FEW: Ways = ANSWERED | {
    name: way
    for name, way in REFUSED.items()
    if OPEN in way or name.partition(": ")[2] in OFTEN_SEEN
}
