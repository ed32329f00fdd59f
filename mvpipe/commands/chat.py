"""`mvpipe chat`: a conversation about songs, put together for this terminal."""

from __future__ import annotations

import os
import secrets
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO, assert_never

from mvpipe.backends.base import Backend, SessionId
from mvpipe.backends.retry import RetryingBackend
from mvpipe.commands import parts
from mvpipe.errors import Exit
from mvpipe.model.backend import BackendName
from mvpipe.report.clean import one_line
from mvpipe.report.streams import Streams
from mvpipe.talk.conversation import Conversation
from mvpipe.talk.mouth import Mouth
from mvpipe.talk.room import Room
from mvpipe.talk.script import Script, Shown, safe_name
from mvpipe.talk.videos import free, usual_name

PROMPT = "> "
YES = {"y", "yes", "ja", "oui", "是", "好", "可以"}
Link = Callable[[SessionId], str]


@dataclass(frozen=True, slots=True)
class Invitation:
    """What `chat` is asked for; `language` is that of a job file, `None` for the terminal's."""

    songs: tuple[Path, ...]
    backend: BackendName
    to: Path | None
    preset: str
    save_to: Path | None
    language: str | None
    workers: int | None


def chat(asked: Invitation, streams: Streams, *, source: TextIO) -> Exit:
    """Hold a conversation over lines from `source`; the videos' paths go to standard output."""
    folder = Path.cwd()
    conversation_of = _starting(asked, folder=folder)
    attended = source.isatty()
    silent = streams.quiet and not attended
    mouth = Mouth(
        write=lambda text: None if silent else _write(streams.err, text),
        moving=_moves(streams.err),
    )
    hear = _ears(source, streams, attended=attended)
    with _backend(asked, mouth) as (backend, link):
        room = Room(
            backend=backend,
            mouth=mouth,
            listen=lambda: hear(PROMPT),
            confirm=lambda question: (hear(f"{question} [y/N] ") or "").strip().lower() in YES,
            result=streams.result,
            link=link,
            clock=parts.clock,
            sleep=parts.sleep,
            new_id=lambda: secrets.token_hex(12),
            folder=folder,
            attended=attended,
        )
        conversation_of(room).hold([_absolute(song, folder) for song in asked.songs])
    return Exit.DONE


def _starting(asked: Invitation, *, folder: Path) -> Callable[[Room], Conversation]:
    """Return what begins the conversation that was asked for, in a room."""
    stem = asked.songs[0].stem
    to = asked.to and _absolute(asked.to, folder)
    script = Script(
        folder=folder,
        name=safe_name(stem),
        backend=asked.backend,
        language=asked.language or _language(os.environ),
        unmade=Shown(to or free(folder / usual_name(stem)), asked.preset),
    )
    save_to = asked.save_to and _absolute(asked.save_to, folder)

    def begin(room: Room) -> Conversation:
        return Conversation(
            room=room, script=script, preset=asked.preset, to=to, save_to=save_to
        )

    return begin


def _absolute(path: Path, folder: Path) -> Path:
    return Path(os.path.abspath(folder / path))  # noqa: PTH100 - resolve() would follow links


def _language(environ: os._Environ[str]) -> str:
    """Return the language of the terminal, as far as it is one of ours."""
    named = environ.get("LC_ALL") or environ.get("LC_MESSAGES") or environ.get("LANG") or ""
    return "zh" if named.lower().startswith("zh") else "en"


@contextmanager
def _backend(asked: Invitation, mouth: Mouth) -> Iterator[tuple[Backend, Link | None]]:
    """Give the backend, and what asks for a project's link where there are links."""
    settings = parts.settings()
    match asked.backend:
        case BackendName.LOCAL:
            with parts.local_backend(settings, workers=asked.workers) as backend:
                yield backend, None
        case BackendName.NEMO:
            # requests takes 100 ms to import, and only the cloud needs it
            from mvpipe.backends.nemo.connect import nemo_client  # noqa: PLC0415

            client = nemo_client(
                os.environ,
                clock=parts.clock,
                sleep=parts.sleep,
                state_dir=settings.state_dir,
                told=mouth.words,
            )
            insisting = RetryingBackend(
                client, sleep=parts.sleep, clock=parts.clock, observe=mouth.detail
            )
            with parts.closing(insisting) as backend:
                yield backend, client.claim_link
        case _:
            assert_never(asked.backend)


def _write(err: TextIO, text: str) -> None:
    err.write(text)
    err.flush()


def _moves(err: TextIO) -> bool:
    """Say whether a line can be written over there."""
    return err.isatty() and os.environ.get("TERM") != "dumb"


def _ears(source: TextIO, streams: Streams, *, attended: bool) -> Callable[[str], str | None]:
    """Return what asks for one line and gives it, `None` after the last."""
    if attended and source is sys.stdin and streams.out.isatty():
        with suppress(ImportError):  # where there is none, lines are typed without a history
            import readline  # noqa: F401, PLC0415 - gives `input` its editing

        return lambda prompt: _edited(prompt, streams.err)

    def hear(prompt: str) -> str | None:
        if attended:
            _write(streams.err, prompt)
        line = source.readline()
        if not line:
            return None
        if not attended:
            streams.talk(f"{prompt}{one_line(line)}")
        return line

    return hear


def _edited(prompt: str, err: TextIO) -> str | None:
    """Return a line typed with all that a terminal has for editing one."""
    try:
        return input(prompt)
    except EOFError:
        _write(err, "\n")  # Ctrl-D leaves the cursor where it is
        return None
