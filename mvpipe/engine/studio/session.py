"""Sessions: what was uploaded and heard, the timeline as it stands, the renders asked for.

The engine's only face. Holds the state that the stages do without, and no opinion of its own.
"""

from __future__ import annotations

import logging
import secrets
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from mvpipe.disk import REAL, Files, make_folder, put_copy
from mvpipe.engine.audio.hear import hear
from mvpipe.engine.direct.director import Situation, direct
from mvpipe.engine.encode.settings import VideoFormat
from mvpipe.engine.pictures import load_picture
from mvpipe.engine.planes import Planes
from mvpipe.engine.scenes.letters import missing_glyphs
from mvpipe.engine.scenes.registry import CATALOGUE
from mvpipe.engine.studio.folders import private_folder
from mvpipe.engine.studio.pool import Pool
from mvpipe.engine.studio.render import Render, RenderOrder
from mvpipe.engine.studio.state import RenderProgress
from mvpipe.engine.studio.store import Store
from mvpipe.errors import DirectionError, MediaError, UnknownRender
from mvpipe.model.hints import MusicHints
from mvpipe.model.job import Export, Input
from mvpipe.model.media import MediaKind, natural_size
from mvpipe.model.music import Music
from mvpipe.model.timeline import Timeline

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Heard:
    """What came of an upload; `duration_ms` is `None` for a picture."""

    duration_ms: int | None
    notes: tuple[str, ...] = ()


@dataclass(slots=True)
class Session:
    """One job's workspace. `song` is the latest one uploaded: prompts are about it."""

    name: str
    seed: int
    hints: MusicHints
    song: str | None = None
    music: Music | None = None
    timeline: Timeline | None = None
    songs: dict[str, Path] = field(default_factory=dict)
    pictures: dict[str, Planes] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Stage:
    """An edit with the music and the pictures that it is drawn from."""

    timeline: Timeline
    music: Music
    pictures: dict[str, Planes]


@dataclass(frozen=True, slots=True)
class _Made:
    """A render under way or done, and where its video lies until it is fetched."""

    render: Render
    folder: Path
    video: Path


def session_id() -> str:
    """Return an id that no other process will hit upon: what is noted down outlives this one.

    Not safe to repeat: each call makes another.
    """
    return f"session-{secrets.token_hex(6)}"


class Studio:
    """Every session of one process over one pool of workers. Not for several threads.

    `new_id` gives an id that no other session has, of this process or another. Without a
    `store` every frame is rendered anew. Who works is a `pool` of so many processes, unless
    another is given.
    """

    def __init__(
        self,
        *,
        folder: Path,
        workers: int,
        new_id: Callable[[], str] = session_id,
        store: Store | None = None,
        files: Files = REAL,
        pool: Pool | None = None,
    ) -> None:
        self._folder = folder
        self._new_id = new_id
        self._store = store
        self._files = files
        self._pool = pool or Pool(workers)
        self._sessions: dict[str, Session] = {}
        self._made: dict[str, _Made] = {}
        self._heard: dict[tuple[Path, int, MusicHints], Music] = {}

    def open(self, *, name: str, seed: int, hints: MusicHints) -> str:
        """Start a session and return its id. Not safe to repeat: each call makes another."""
        session = self._new_id()
        self._sessions[session] = Session(name=name, seed=seed, hints=hints)
        return session

    def upload(self, session: str, item: Input, *, progress: Callable[[int], None]) -> Heard:
        """Take a song or picture in. A new song leaves no timeline: that was the old one's.

        Safe to repeat. Raises MediaError.
        """
        state = self._sessions[session]
        with _as_the_job_spells(item):
            if item.kind is MediaKind.PICTURE:
                state.pictures[item.id] = load_picture(item.path)
                return Heard(duration_ms=None)
            music = self._hear(item.path, state.hints, progress)
        state.songs[item.id] = item.path
        if state.song != item.id:
            state.song, state.timeline = item.id, None
        state.music = music
        log.debug("%s: %.2f bpm, %d beats", item.shown, music.tempo.bpm, len(music.beats))
        return Heard(duration_ms=music.duration_ms, notes=music.warnings)

    def say(self, session: str, prompt: str, *, step: str) -> str:
        """Carry one prompt out and return the reply. Not safe to repeat: edits add up.

        Raises DirectionError where the prompt cannot be carried out at all.
        """
        state = self._sessions[session]
        if state.music is None or state.song is None:
            raise DirectionError(
                "there is no song yet", hint="upload one before the first prompt"
            )
        situation = Situation(
            before=state.timeline,
            music=state.music,
            song=state.song,
            pictures=tuple(state.pictures),
            catalogue=CATALOGUE,
            seed=state.seed,
            step=step,
        )
        directed = direct(prompt, situation=situation)
        told = _undrawable(directed.timeline, before=state.timeline)
        state.timeline = directed.timeline
        return f"{directed.reply} {told}".strip()

    def timeline(self, session: str) -> Timeline | None:
        """Return the edit as it stands, `None` before the first. Safe to repeat."""
        return self._sessions[session].timeline

    def stage(self, session: str) -> Stage:
        """Return all that decides a session's frames, as it stands. Safe to repeat.

        Raises DirectionError while there is no timeline.
        """
        state = self._sessions[session]
        if state.timeline is None or state.music is None:
            raise DirectionError(
                "there is no timeline to export yet", hint="put a prompt before the export"
            )
        return Stage(state.timeline, state.music, dict(state.pictures))

    def render(self, session: str, export: Export, *, render: str) -> None:
        """Start rendering the timeline as it stands. Raises OutputError, DirectionError.

        Asking again under the same id starts over.
        """
        self.cancel(render)
        stage, state = self.stage(session), self._sessions[session]
        folder = private_folder(self._folder)
        order = RenderOrder(
            timeline=stage.timeline,
            music=stage.music,
            songs=dict(state.songs),
            pictures=stage.pictures,
            video=format_of(export, stage.timeline),
            folder=folder,
            to=folder / "video.mp4",
            title=state.name,
        )
        made = _Made(
            render=Render(order, self._pool, store=self._store, files=self._files),
            folder=folder,
            video=order.to,
        )
        self._made[render] = made
        made.render.start()

    def poll(self, render: str) -> RenderProgress:
        """Move a render on and say how far it is. Raises UnknownRender. Safe to repeat."""
        return self._known(render).render.poll()

    def fetch(self, render: str, to: Path) -> tuple[str, ...]:
        """Put a finished video at `to`, whole or not at all, and let go of the render.

        Returns notes about the video. Safe to repeat until it has worked. Raises RenderFailed,
        OutputError, UnknownRender.
        """
        made = self._known(render)
        notes = made.render.result()
        make_folder(to.parent, files=self._files)
        put_copy(made.video, to, files=self._files)
        self.cancel(render)
        if self._store is not None:
            self._store.clean(limit_bytes=self._store.natural_limit())
        return notes

    def cancel(self, render: str) -> None:
        """Stop a render and keep nothing of it. Safe to repeat."""
        made = self._made.pop(render, None)
        if made is not None:
            made.render.cancel()
            shutil.rmtree(made.folder, ignore_errors=True)

    def forget(self, session: str) -> None:
        """Let go of a session, and of what was heard for it alone. Safe to repeat.

        Renders that are under way go on.
        """
        self._sessions.pop(session, None)
        used = {path for state in self._sessions.values() for path in state.songs.values()}
        self._heard = {key: music for key, music in self._heard.items() if key[0] in used}

    def close(self) -> None:
        """End the workers and remove every file but those fetched. Safe to repeat."""
        for render in tuple(self._made):
            self.cancel(render)
        self._pool.close()

    def _known(self, render: str) -> _Made:
        if render not in self._made:
            raise UnknownRender(
                f"there is no render {render!r} here, or it was fetched already"
            )
        return self._made[render]

    def _hear(self, path: Path, hints: MusicHints, progress: Callable[[int], None]) -> Music:
        """Hear a song, once for each state of the file: a matrix asks for the same often."""
        changed = path.stat().st_mtime_ns if path.exists() else 0
        key = (path, changed, hints)
        if key not in self._heard:
            self._pool.warm()
            self._heard[key] = hear(
                path, hints=hints, progress=lambda part: progress(round(100 * part))
            )
        return self._heard[key]


@contextmanager
def _as_the_job_spells(item: Input) -> Iterator[None]:
    """Name the file in a MediaError as its user wrote it, whatever the stage called it."""
    try:
        yield
    except MediaError as error:
        told = str(error)
        for name in (str(item.path), item.path.name):
            told = told.replace(f"'{name}'", f"'{item.shown}'")
        raise type(error)(told, hint=error.hint) from error


def _undrawable(timeline: Timeline, *, before: Timeline | None) -> str:
    """Return a sentence on what of the new titles no shipped font can draw, or nothing."""
    old = before.titles if before else ()
    missing = missing_glyphs("".join(t.text for t in timeline.titles if t not in old))
    return f"No font here has {missing}: left out of the title." if missing else ""


def format_of(export: Export, timeline: Timeline) -> VideoFormat:
    """Return the video an export asks for; the timeline's aspect fills what it leaves open."""
    size = export.size or natural_size(export.aspect or timeline.aspect, export.quality)
    return VideoFormat(size=size, fps=export.fps, quality=export.quality)
