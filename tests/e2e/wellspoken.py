"""A scripted service that answers every call of a job well, until a test says otherwise."""

from __future__ import annotations

import json

from mvpipe.protocol.paths import (
    BALANCE_PATH,
    OPEN_PATH,
    RENDER_PATH,
    SAY_PATH,
    TOKEN_PATH,
    cancel_path,
    download_path,
    poll_path,
    state_path,
    upload_path,
)
from tests.evil import Behaviour, Evil, Visit, data, plain, stream, video

SESSION, NEXT_SESSION = "5529798706024415232", "5529798706024415233"
USER = "anon_abc123"
Where = tuple[str, str]

TOKEN: Where = ("POST", TOKEN_PATH)
OPEN: Where = ("POST", OPEN_PATH)
UPLOAD: Where = ("POST", upload_path(SESSION))
SAY: Where = ("POST", SAY_PATH)
STATE: Where = ("GET", state_path(SESSION))
NEXT_UPLOAD: Where = ("POST", upload_path(NEXT_SESSION))
NEXT_STATE: Where = ("GET", state_path(NEXT_SESSION))
BALANCE: Where = ("GET", BALANCE_PATH)
RENDER: Where = ("POST", RENDER_PATH)

DRAFT = {"t": [{"tt": 0, "sg": [{"x": 1}]}], "d": 1000}
EMPTY = data(session_id=SESSION, state={"draft": {}})
EDITED = data(session_id=SESSION, state={"draft": DRAFT})
OPENED = data(session_id=SESSION, task_id="task_1", user_id=USER)
OPENED_NEXT = data(session_id=NEXT_SESSION, task_id="task_2", user_id=USER)
TAKEN = data(files=[{"filename": "song.wav", "duration": 1.0}], session_state_applied=True)
RICH = data(available=1000, frozen=0, total=1000)
SAID = stream(b'data: {"content":{"parts":[{"text":"Done."}],"role":"model"}}\n\n')


def token(name: str) -> Behaviour:
    """Hand a free token out."""
    return data(token=f"nmv_usr_canary-{name}", user_id=USER, credits=100)


def order_taken(visit: Visit) -> None:
    """Take a render on, under whatever id it comes, and have it done at the first look."""
    render = json.loads(visit.evil.seen[-1].body)["id"]
    visit.evil.on("GET", poll_path(render), _told(render, "completed", 100))
    visit.evil.on("POST", cancel_path(render), _told(render, "cancelled", 50))
    visit.evil.on("GET", download_path(render), video())
    _told(render, "pending", 5)(visit)


def order_that_fails(visit: Visit) -> None:
    """Take a render on that has failed at the first look."""
    render = json.loads(visit.evil.seen[-1].body)["id"]
    visit.evil.on("GET", poll_path(render), _told(render, "failed", 50, error="out of memory"))
    _told(render, "pending", 5)(visit)


def _told(render: str, status: str, progress: int, **more: str) -> Behaviour:
    inner = {"id": render, "status": status, "progress": progress, **more}
    return plain({"success": True, "data": inner})


WELL: dict[Where, tuple[Behaviour, ...]] = {
    TOKEN: (token("first"), token("second"), token("third")),
    OPEN: (OPENED, OPENED_NEXT),
    UPLOAD: (TAKEN,),
    NEXT_UPLOAD: (TAKEN,),
    SAY: (SAID,),
    STATE: (EMPTY, EDITED),
    NEXT_STATE: (EMPTY, EDITED),
    BALANCE: (RICH,),
    RENDER: (order_taken,),
}


def speak_well(evil: Evil) -> None:
    """Have a scripted server carry a job of one prompt and one export out."""
    for (method, path), behaviours in WELL.items():
        evil.on(method, path, *behaviours)
