"""Request bodies, written by the client and read by the server."""

from __future__ import annotations

from dataclasses import dataclass

from mvpipe.errors import BadAnswer
from mvpipe.model.canonical import Plain
from mvpipe.protocol.answers import json_text
from mvpipe.protocol.parse import a_list, a_text, an_object, parse
from mvpipe.protocol.paths import checked_id
from mvpipe.protocol.wire import APP_NAME, ME, MOST_PROMPT_CHARACTERS

MOST_NAME = 200
MOST_URLS = 100


@dataclass(frozen=True, slots=True)
class OpenBody:
    """A new session's name and the language of the first prompt, an ISO code."""

    name: str
    language: str | None = None


@dataclass(frozen=True, slots=True)
class SayBody:
    """A prompt for a session."""

    session: str
    text: str


@dataclass(frozen=True, slots=True)
class UrlsBody:
    """Addresses that the service is to fetch files from."""

    urls: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ClaimBody:
    """The project that a browser link is wanted for."""

    task: str
    session: str


def write_open(body: OpenBody) -> str:
    """Return the body that opens a session."""
    language: dict[str, Plain] = {} if body.language is None else {"language": body.language}
    return json_text({"task_name": body.name, **language})


def read_open(text: bytes) -> OpenBody:
    """Return what a client wants opened; an empty body is a session without a name."""
    data = an_object(parse(text) if text.strip() else {}, where="the body")
    name, language = data.get("task_name"), data.get("language")
    return OpenBody(
        name=name[:MOST_NAME] if isinstance(name, str) and name else "project",
        language=language[:35] if isinstance(language, str) and language else None,
    )


def write_say(body: SayBody) -> str:
    """Return the body of a turn; no `role` and no `streaming`, as nobody sends them."""
    return json_text(
        {
            "app_name": APP_NAME,
            "user_id": ME,
            "session_id": body.session,
            "new_message": {"parts": [{"text": body.text}]},
        }
    )


def read_say(text: bytes) -> SayBody:
    """Return the prompt, its parts joined; snake_case and camelCase. Raises BadAnswer."""
    data = an_object(parse(text), where="the body")
    message = data.get("new_message", data.get("newMessage"))
    parts = a_list(an_object(message, where="new_message").get("parts"), where="parts")
    said = [part.get("text") for part in parts if isinstance(part, dict)]
    prompt = "\n".join(part for part in said if isinstance(part, str))
    if not prompt.strip() or len(prompt) > MOST_PROMPT_CHARACTERS:
        raise BadAnswer(f"new_message has no text of up to {MOST_PROMPT_CHARACTERS} characters")
    session = data.get("session_id", data.get("sessionId"))
    return SayBody(session=checked_id(a_text(session, where="session_id")), text=prompt)


def write_urls(body: UrlsBody) -> str:
    """Return the body of an upload by address."""
    return json_text({"urls": [*body.urls], "source_type": "url"})


def read_urls(text: bytes) -> UrlsBody:
    """Return the addresses; raises BadAnswer."""
    data = an_object(parse(text), where="the body")
    urls = a_list(data.get("urls"), where="urls")
    if not 0 < len(urls) <= MOST_URLS:
        raise BadAnswer(f"urls has {len(urls)} entries")
    return UrlsBody(urls=tuple(a_text(url, where="urls") for url in urls))


def write_claim_body(body: ClaimBody) -> str:
    """Return the body that asks for a browser link."""
    return json_text({"task_id": body.task, "session_id": body.session})


def read_claim_body(text: bytes) -> ClaimBody:
    """Return which project is meant; raises BadAnswer."""
    data = an_object(parse(text), where="the body")
    return ClaimBody(
        task=checked_id(a_text(data.get("task_id"), where="task_id")),
        session=checked_id(a_text(data.get("session_id"), where="session_id")),
    )
