"""Names and numbers of the wire: hosts, headers, kinds of files, limits and cadences.

Marks after a number say where it comes from: *published* (the publisher's own texts agree),
*disputed* (they do not; the choice is explained), *ours* (nothing is published).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from mvpipe.model.secret import Secret

API_BASE = "https://mega-api-prod.nemovideo.ai"
DEV_API_BASE = "https://mega-api-dev.nemovideo.ai"
WEB_BASE = "https://nemovideo.com"
DOWNLOAD_DOMAINS = ("nemovideo.ai", "nemovideo.com")
"""Finished videos come from these and whatever lies under them; *ours*, from one sample."""

ENV_TOKEN = "NEMO_TOKEN"  # noqa: S105 - a variable's name
ENV_API_URL = "NEMO_API_URL"
ENV_WEB_URL = "NEMO_WEB_URL"
ENV_CLIENT_ID = "NEMO_CLIENT_ID"
ENV_SKILL_SOURCE = "SKILL_SOURCE"

CLIENT_ID_FILE = ("nemovideo", "client_id")
"""Below the user's configuration folder; holds the id alone. *Published*."""

CLIENT_ID = re.compile(r"[!-~]{1,64}\Z", re.ASCII)
"""At most 64 printable characters. *Published* once."""

HEADER_CLIENT_ID = "X-Client-Id"
HEADER_AUTHORIZATION = "Authorization"
HEADER_SOURCE = "X-Skill-Source"
HEADER_VERSION = "X-Skill-Version"
HEADER_PLATFORM = "X-Skill-Platform"
HEADER_EXTRAS = "X-Mvpipe"
"""One line of JSON with what the wire has no place for (see `extras`). *Ours*; the cloud
ignores it."""
HEADER_SERVER = "X-Mvpipe-Server"
"""On every answer of `mvpipe serve`: its version. *Ours*."""

SKILL_SOURCE = "ai-music-video-generator-free"
PLATFORM_FOLDERS: Mapping[str, str] = {".clawhub": "clawhub", ".cursor": "cursor"}
"""Which folder of the install path means which platform. *Published*."""
UNKNOWN_PLATFORM = "unknown"

JSON_TYPE = "application/json"
STREAM_TYPE = "text/event-stream"
UPLOAD_FIELD = "files"
"""The multipart field, repeatable. *Published*."""

APP_NAME = "nemo_agent"
ME = "me"
ANONYMOUS_PREFIX = "anon_"

CONTENT_TYPES: Mapping[str, str] = {
    "mp4": "video/mp4",
    "mov": "video/quicktime",
    "avi": "video/x-msvideo",
    "webm": "video/webm",
    "mkv": "video/x-matroska",
    "jpg": "image/jpeg",
    "jpeg": "image/jpeg",
    "png": "image/png",
    "gif": "image/gif",
    "webp": "image/webp",
    "mp3": "audio/mpeg",
    "wav": "audio/wav",
    "m4a": "audio/mp4",
    "aac": "audio/aac",
}
"""The accepted endings, *published*, and the type each part is sent as."""

DOUBTFUL_TYPES: Mapping[str, str] = {
    "flac": "audio/flac",
    "ogg": "audio/ogg",
    "opus": "audio/ogg",
}
"""Tried; converted on 4001. FLAC is *disputed*: recommended by a tip, missing from the list.
The others are *ours*: our own server takes them as they are."""

MOST_UPLOAD_BYTES = 200 * 2**20
"""*Disputed*: 200 MB or 500 MB. The smaller, in the larger kind of megabyte: whatever anybody
calls 200 MB passes, and the service itself refuses what is too much for it."""

MOST_JSON_BYTES = 8_000_000
MOST_JSON_DEPTH = 64
MOST_EVENT_BYTES = 8_000_000
MOST_EVENT_LINES = 1000
"""sseclient-py joins the lines of an event in quadratic time, so they are few. All *ours*."""
MOST_STREAM_BYTES = 64_000_000
MOST_VIDEO_BYTES = 4_000_000_000
MOST_REDIRECTS = 3
MOST_PROMPT_CHARACTERS = 20_000
LONGEST_MS = 24 * 3_600_000

TURN_TOTAL_S = 900
"""*Disputed*: 900 s thrice, 600 s twice; the longer loses nothing."""
TURN_HEARTBEATS_S = 600
"""Nothing but heartbeats for so long is a time-out. *Published*."""
TURN_NOTICE_S = 120
"""How often a waiting user hears that work goes on. *Published*."""
TURN_IDLE_S = 180
"""Not one byte for so long means the connection is dead. *Ours*: above any likely heartbeat."""
HEARTBEAT_EVERY_S = 10
"""How often our server sends one. *Ours*."""

RATE_LIMIT_WAIT_S = 30
"""Once, before the only repeat. *Published*."""

RENDER_GIVE_UP_S = 300
"""*Published*: all cadences end here. Longer for long videos, see `progress.give_up_s`."""

FREE_CREDITS = 100
CLIP_CREDITS = 100
EDIT_CREDITS = 50
RENDER_CREDITS = 0
TOKEN_LIFETIME_S = 7 * 24 * 3600
CLAIM_LIFETIME_S = 604_800


@dataclass(frozen=True, slots=True)
class Attribution:
    """Who is calling, in three headers that go with every request."""

    version: str
    source: str = SKILL_SOURCE
    platform: str = UNKNOWN_PLATFORM


def attribution_headers(attribution: Attribution) -> dict[str, str]:
    """Return the three headers; without them the service refuses exports with 402."""
    return {
        HEADER_SOURCE: attribution.source,
        HEADER_VERSION: attribution.version,
        HEADER_PLATFORM: attribution.platform,
    }


def bearer(token: Secret) -> str:
    """Return the Authorization header's value: a secret, to be set by an auth object."""
    return f"Bearer {token.reveal()}"


def token_in(authorization: str) -> Secret | None:
    """Return the token of an Authorization header, `None` where it holds none."""
    scheme, _, value = authorization.strip().partition(" ")
    held = value.strip()
    return Secret(held) if scheme.lower() == "bearer" and held else None


def platform_of(install_path: str, *, environment: str | None = None) -> str:
    """Return the platform: what `SKILL_SOURCE` says, else what the install path gives away."""
    if environment:
        return environment
    parts = re.split(r"[/\\]", install_path)
    return next((PLATFORM_FOLDERS[p] for p in parts if p in PLATFORM_FOLDERS), UNKNOWN_PLATFORM)


def content_type(filename: str) -> str | None:
    """Return the type to send a file as, by its ending; `None` where it is not accepted."""
    ending = filename.rpartition(".")[2].lower()
    return CONTENT_TYPES.get(ending) or DOUBTFUL_TYPES.get(ending)
