"""What the operator decides about a server, and the limits that it holds its callers to."""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from mvpipe.errors import UsageError
from mvpipe.model.secret import Secret
from mvpipe.protocol.renders import RenderForm
from mvpipe.protocol.stream import EventForm, HeartbeatForm
from mvpipe.protocol.wire import HEARTBEAT_EVERY_S, MOST_JSON_BYTES, MOST_UPLOAD_BYTES
from mvpipe.serve.chaos import CALM, Chaos

ENV_SERVE_TOKEN = "MVPIPE_SERVE_TOKEN"  # noqa: S105 - a variable's name
HOST = "127.0.0.1"
PORT = 8765
LOOPBACK_NAMES = ("127.0.0.1", "localhost", "::1")
_TOKEN = re.compile(r"[!-~]{16,4096}\Z", re.ASCII)


@dataclass(frozen=True, slots=True)
class Limits:
    """What callers are held to: sizes in bytes, times in seconds, numbers of things."""

    upload_bytes: int = MOST_UPLOAD_BYTES
    files_a_call: int = 20
    json_bytes: int = 1_000_000
    draft_bytes: int = MOST_JSON_BYTES
    body_idle_s: float = 30
    body_bytes_a_s: int = 20_000
    sessions: int = 1000
    session_idle_s: float = 24 * 3600
    render_idle_s: float = 24 * 3600
    assets: int = 500
    renders_waiting: int = 50
    pixels: int = 4096 * 4096
    tokens: int = 1000
    connections: int = 500
    keep_free_bytes: int = 200_000_000


@dataclass(frozen=True, slots=True)
class ServeOptions:
    """A server to be started.

    `folder` is where it keeps a private folder of its own while it runs. Without a `token` it
    makes one. `anonymous` says whether it gives tokens to whoever asks; `None` means: on
    loopback only. `allowed_hosts` are names it answers to besides its own. `public_url` is
    what downloads begin with where the server stands behind a proxy. `settle_s` is how long a
    session's state waits for a turn under way, so that it need not be asked for twice. `chunks`
    is where finished parts of videos are kept for the next render; `None` keeps none.
    """

    folder: Path
    workers: int
    host: str = HOST
    port: int = PORT
    token: Secret | None = None
    anonymous: bool | None = None
    allowed_hosts: tuple[str, ...] = ()
    public_url: str | None = None
    events: EventForm = EventForm.ADK
    heartbeat: HeartbeatForm = HeartbeatForm.WORD
    renders: RenderForm = RenderForm.NESTED
    heartbeat_every_s: float = HEARTBEAT_EVERY_S
    look_every_s: float = 0.2
    settle_s: float = 20
    tidy_every_s: float = 600
    chunks: Path | None = None
    chaos: Chaos = CALM
    limits: Limits = Limits()

    @property
    def loopback(self) -> bool:
        """Whether only this machine can reach the server."""
        return self.host in LOOPBACK_NAMES

    @property
    def gives_tokens(self) -> bool:
        """Whether whoever asks gets an anonymous token."""
        return self.loopback if self.anonymous is None else self.anonymous

    @property
    def names(self) -> frozenset[str]:
        """The names the server answers to, in lower case."""
        own = () if self.host in {"0.0.0.0", "::", ""} else (self.host,)  # noqa: S104 - no bind
        return frozenset(
            name.lower().strip("[]") for name in (*LOOPBACK_NAMES, *own, *self.allowed_hosts)
        )

    @property
    def event_form(self) -> EventForm:
        """How events are written."""
        return self.chaos.event_form or self.events

    @property
    def render_form(self) -> RenderForm:
        """How a render's answers are laid out."""
        return self.chaos.render_form or self.renders


def token_given(environ: Mapping[str, str], *, file: Path | None = None) -> Secret | None:
    """Return the token of a file, else of MVPIPE_SERVE_TOKEN, else `None`; raises UsageError.

    A file that others may read is refused.
    """
    if file is not None:
        return _checked(_token_in(file), where=f"'{file}'")
    given = environ.get(ENV_SERVE_TOKEN)
    return _checked(given, where=ENV_SERVE_TOKEN) if given else None


def _token_in(file: Path) -> str:
    try:
        mode = file.stat().st_mode
        text = file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as problem:
        raise UsageError(f"'{file}' cannot be read", hint="give a token's file") from problem
    if os.name == "posix" and mode & (stat.S_IRWXG | stat.S_IRWXO):
        raise UsageError(f"'{file}' can be read by others", hint=f"chmod 600 '{file}'")
    return text.strip()


def _checked(token: str, *, where: str) -> Secret:
    if not _TOKEN.match(token):
        raise UsageError(
            f"{where}: a token has 16 or more printable characters and no blanks",
            hint="leave it out, and the server makes one",
        )
    return Secret(token)
