"""The paths of every call, made from ids that cannot lead anywhere else."""

from __future__ import annotations

import re
from enum import StrEnum

from mvpipe.errors import BadAnswer
from mvpipe.protocol.parse import quoted
from mvpipe.protocol.wire import APP_NAME, ME, WEB_BASE

PLAIN_ID = re.compile(r"(?!\.)[A-Za-z0-9._~-]{1,128}\Z", re.ASCII)
"""What an id may be made of, so that it needs no escaping; no leading dot, so no `..`."""


class Call(StrEnum):
    """What is asked of the service."""

    TOKEN = "token"  # noqa: S105 - a call's name
    OPEN = "open"
    SAY = "say"
    UPLOAD = "upload"
    BALANCE = "balance"
    STATE = "state"
    RENDER = "render"
    POLL = "poll"
    DOWNLOAD = "download"
    CANCEL = "cancel"
    CLAIM = "claim"


TOKEN_PATH = "/api/auth/anonymous-token"  # noqa: S105 - a path
OPEN_PATH = f"/api/tasks/{ME}/with-session/{APP_NAME}"
SAY_PATH = "/run_sse"
BALANCE_PATH = "/api/credits/balance/simple"
RENDER_PATH = "/api/render/proxy/lambda"
CLAIM_PATH = "/api/auth/claim-token"

UPLOAD_ROUTE = f"/api/upload-video/{APP_NAME}/{ME}/{{session}}"
STATE_ROUTE = f"/api/state/{APP_NAME}/{ME}/{{session}}/latest"
POLL_ROUTE = f"{RENDER_PATH}/{{render}}"
CANCEL_ROUTE = f"{RENDER_PATH}/{{render}}/cancel"
DOWNLOAD_ROUTE = "/api/render/proxy/{render}/download"
"""Routes as a server declares them; the download's has no `lambda`. *Published*."""


def upload_path(session: str) -> str:
    """Return where files of a session go; raises BadAnswer for an id that is none."""
    return UPLOAD_ROUTE.format(session=checked_id(session))


def state_path(session: str) -> str:
    """Return where a session's state is read; raises BadAnswer for an id that is none."""
    return STATE_ROUTE.format(session=checked_id(session))


def poll_path(render: str) -> str:
    """Return where a render's progress is read; raises BadAnswer for an id that is none."""
    return POLL_ROUTE.format(render=checked_id(render))


def cancel_path(render: str) -> str:
    """Return where a render is stopped; raises BadAnswer for an id that is none."""
    return CANCEL_ROUTE.format(render=checked_id(render))


def download_path(render: str) -> str:
    """Return where the bytes are, whatever address the render's answer gives."""
    return DOWNLOAD_ROUTE.format(render=checked_id(render))


def checked_id(found: str) -> str:
    """Return the id; raises BadAnswer where it could change the path it becomes part of."""
    if not PLAIN_ID.match(found):
        raise BadAnswer(f"{quoted(found[:40])} is no id")
    return found


def register_link(user: str, *, web: str = WEB_BASE) -> str:
    """Return where an anonymous user registers and keeps the work done so far."""
    return f"{web.rstrip('/')}/register?bind={checked_id(user)}"


def claim_link(claim_token: str, *, web: str = WEB_BASE) -> str:
    """Return where a project opens in a browser; the link opens that project and no more."""
    return f"{web.rstrip('/')}/workspace/claim?ct={checked_id(claim_token)}"
