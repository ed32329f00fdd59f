"""A backend out of environment variables; asks the service nothing yet."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import platformdirs

from mvpipe import __version__
from mvpipe.backends.base import Backend, Notice
from mvpipe.backends.nemo.api import Api, checked_base
from mvpipe.backends.nemo.backend import NemoBackend, unheard
from mvpipe.backends.nemo.identity import Identity, TokenFile
from mvpipe.backends.nemo.turns import Told
from mvpipe.backends.retry import RetryingBackend
from mvpipe.model.secret import Secret
from mvpipe.protocol.wire import (
    API_BASE,
    CLIENT_ID_FILE,
    ENV_API_URL,
    ENV_CLIENT_ID,
    ENV_SKILL_SOURCE,
    ENV_TOKEN,
    ENV_WEB_URL,
    WEB_BASE,
    Attribution,
    platform_of,
)

Clock = Callable[[], float]
Sleep = Callable[[float], None]


def nemo_backend(
    environ: Mapping[str, str],
    *,
    clock: Clock,
    sleep: Sleep,
    state_dir: Path,
    observe: Notice = unheard,
) -> Backend:
    """Return the service that the environment names, repeating what is safe to repeat.

    `observe` hears of every repeat. Raises UsageError for an address that is not safe.
    """
    inner = nemo_client(environ, clock=clock, sleep=sleep, state_dir=state_dir)
    return RetryingBackend(inner, sleep=sleep, clock=clock, observe=observe)


def nemo_client(
    environ: Mapping[str, str],
    *,
    clock: Clock,
    sleep: Sleep,
    state_dir: Path,
    told: Told = unheard,
) -> NemoBackend:
    """Return the service itself: for `chat`, which hears words as they come and links out."""
    api = Api(api_url(environ), attribution=attribution(environ), clock=clock)
    identity = Identity(
        api=api,
        given=Secret(environ[ENV_TOKEN].strip()) if environ.get(ENV_TOKEN) else None,
        tokens=token_file(state_dir),
        client_id_file=client_id_file(environ),
        sleep=sleep,
        client_id=environ.get(ENV_CLIENT_ID) or None,
        web=web_url(environ),
    )
    return NemoBackend(api=api, identify=identity, clock=clock, sleep=sleep, told=told)


def api_url(environ: Mapping[str, str]) -> str:
    """Return the service's address; raises UsageError for one that is not safe."""
    return checked_base(environ.get(ENV_API_URL) or API_BASE)


def web_url(environ: Mapping[str, str]) -> str:
    """Return the address of the pages for people."""
    return environ.get(ENV_WEB_URL) or WEB_BASE


def attribution(environ: Mapping[str, str]) -> Attribution:
    """Return who calls: this version, and what it was installed by."""
    platform = platform_of(str(Path(__file__)), environment=environ.get(ENV_SKILL_SOURCE))
    return Attribution(version=__version__, platform=platform)


def token_file(state_dir: Path) -> TokenFile:
    """Return where the token is kept."""
    return TokenFile(state_dir / "nemo" / "token.json")


def client_id_file(environ: Mapping[str, str]) -> Path:
    """Return where the client id is kept: shared with the service's other programs."""
    below = environ.get("XDG_CONFIG_HOME") or platformdirs.user_config_dir(appauthor=False)
    return Path(below, *CLIENT_ID_FILE)
