"""`mvpipe auth`: which token is used, where it came from, and how to have another.

The token itself is never shown.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from mvpipe.commands import parts
from mvpipe.errors import Exit, TokenRefused, UsageError
from mvpipe.model.secret import Secret
from mvpipe.protocol.wire import ENV_TOKEN
from mvpipe.report.clean import one_line
from mvpipe.report.streams import Streams

MOST_TOKEN = 4096
NONE = "no token for {api}"
NONE_HINT = "a free one is had when it is first needed, or by `mvpipe auth login`"


@dataclass(frozen=True, slots=True)
class Found:
    """A token that would be used: `where` it is, whose it is, until when; never the token."""

    where: str
    api: str
    free: bool
    user: str | None = None
    expires_at: str | None = None


def status(streams: Streams) -> Exit:
    """Say which token would be used. Asks nobody; safe to repeat. TOKEN where there is none."""
    found = found_token(os.environ, parts.settings().state_dir)
    if found is None:
        streams.result(NONE.format(api=_api(os.environ)))
        streams.talk(NONE_HINT)
        return Exit.TOKEN
    streams.result(told(found, now_s=parts.wall_clock()))
    return Exit.DONE


def found_token(environ: Mapping[str, str], state_dir: Path) -> Found | None:
    """Return what is known of the token that would be used; raises TokenRefused, UsageError."""
    from mvpipe.backends.nemo.connect import token_file  # noqa: PLC0415 - requests, 100 ms

    api = _api(environ)
    if environ.get(ENV_TOKEN):
        return Found(where=f"the environment ({ENV_TOKEN})", api=api, free=False)
    tokens = token_file(state_dir)
    kept = tokens.load(api=api)
    if kept is None:
        return None
    return Found(
        where=f"'{tokens.path}'",
        api=api,
        free=kept.anonymous,
        user=kept.user,
        expires_at=kept.expires_at,
    )


def told(found: Found, *, now_s: float) -> str:
    """Return one line about a token."""
    kind = "a free token" if found.free else "your own token"
    whose = f" of {one_line(found.user)}" if found.user else ""
    return f"{kind}{whose} from {found.where} for {found.api}{_until(found, now_s)}"


def _until(found: Found, now_s: float) -> str:
    if found.expires_at is None:
        return ""
    shown = one_line(found.expires_at)
    try:
        ends = datetime.fromisoformat(found.expires_at)
    except ValueError:
        return f", until {shown}"
    if ends.tzinfo is None:
        ends = ends.replace(tzinfo=UTC)
    if ends.timestamp() > now_s:
        return f", until {shown}"
    again = ": a new one is asked for when it is needed" if found.free else ""
    return f", expired {shown}{again}"


def _api(environ: Mapping[str, str]) -> str:
    from mvpipe.backends.nemo.connect import api_url  # noqa: PLC0415 - as above

    return api_url(environ)


def login_free(streams: Streams) -> Exit:
    """Have a free token, the kept one where there is one. Safe to repeat.

    It goes with the client id that is kept: a new id to get round the limit is never made.
    """
    from mvpipe.backends.nemo.connect import nemo_client  # noqa: PLC0415 - as above

    _require_unset(os.environ)
    state = parts.settings().state_dir
    client = nemo_client(os.environ, clock=parts.clock, sleep=parts.sleep, state_dir=state)
    client.identify.token()
    streams.talk("logged in with a free token")
    return status(streams)


def login_with(read: Callable[[], str], streams: Streams) -> Exit:
    """Keep a token that `read` gives, once the service has accepted it. Safe to repeat."""
    from mvpipe.backends.nemo.connect import nemo_client, token_file  # noqa: PLC0415 - as above
    from mvpipe.backends.nemo.identity import Kept  # noqa: PLC0415 - as above

    _require_unset(os.environ)
    token, settings = _sound(read()), parts.settings()
    environ = {**os.environ, ENV_TOKEN: token.reveal()}
    client = nemo_client(
        environ, clock=parts.clock, sleep=parts.sleep, state_dir=settings.state_dir
    )
    client.credits()  # whether the service takes it
    tokens = token_file(settings.state_dir)
    tokens.save(Kept(token=token, api=client.api.base, anonymous=False))
    streams.talk("the service accepts the token")
    return status(streams)


def _require_unset(environ: Mapping[str, str]) -> None:
    if environ.get(ENV_TOKEN):
        raise UsageError(
            f"{ENV_TOKEN} is set, and comes before any other token",
            hint=f"unset {ENV_TOKEN} first, or leave it at that",
        )


def _sound(text: str) -> Secret:
    """Return a token that can be sent at all; raises TokenRefused, without the token."""
    token = text.strip()
    if not token:
        raise TokenRefused("no token was given", hint="paste one, or pipe it in")
    if len(token) > MOST_TOKEN or any(not "!" <= c <= "~" for c in token):
        raise TokenRefused("this is no token", hint="it is one line without blanks")
    return Secret(token)


def logout(streams: Streams, *, sure: Callable[[str], bool]) -> Exit:
    """Forget the token that is kept. Safe to repeat.

    `sure` is asked before a free one is forgotten, as there is only one a week.
    """
    from mvpipe.backends.nemo.connect import token_file  # noqa: PLC0415 - as above

    tokens = token_file(parts.settings().state_dir)
    kept = tokens.load(api=_api(os.environ)) if tokens.path.exists() else None
    warning = "The service gives one free token a week; forget this one?"
    if kept is not None and kept.anonymous and not sure(warning):
        streams.talk("nothing is forgotten")
        return Exit.DONE
    gone = tokens.forget()
    streams.talk("the token is forgotten" if gone else "there was no token to forget")
    if os.environ.get(ENV_TOKEN):
        streams.talk(f"{ENV_TOKEN} is still set in the environment and goes on being used")
    return Exit.DONE
