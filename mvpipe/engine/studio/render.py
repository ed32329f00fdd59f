"""One render, from a timeline to a finished MP4: planned here, carried out by the pool."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from mvpipe.disk import REAL, Files, hidden, output_errors, require_room
from mvpipe.engine.encode.chunks import Chunk, plan_chunks
from mvpipe.engine.encode.foreign import ffmpeg_errors
from mvpipe.engine.encode.join import Parts
from mvpipe.engine.encode.settings import SETTINGS, VideoFormat
from mvpipe.engine.encode.verify import Promise
from mvpipe.engine.planes import Planes
from mvpipe.engine.studio.keys import chunk_keys, maker_of, picture_digest
from mvpipe.engine.studio.pool import Pool
from mvpipe.engine.studio.state import RenderPhase, RenderProgress
from mvpipe.engine.studio.store import Store
from mvpipe.engine.studio.work import (
    AUDIO_NAME,
    JoinOrder,
    MakePaint,
    PaintOrder,
    Report,
    Shelf,
    Stage,
    chunk_path,
    paint_scenes,
    store_pictures,
)
from mvpipe.errors import MvpipeError, RenderFailed
from mvpipe.model.music import Music
from mvpipe.model.timecode import frame_at, frames_in
from mvpipe.model.timeline import Timeline

log = logging.getLogger(__name__)

_SAMPLES_PER_MS = 48
_AUDIO_BYTES_PER_MS = 36


@dataclass(frozen=True, slots=True)
class RenderOrder:
    """What to render, and where.

    `songs` and `pictures` are the media by id; `folder` exists and is this render's alone; `to`
    is the MP4. `title` goes into the MP4's metadata where it is not empty.
    """

    timeline: Timeline
    music: Music
    songs: Mapping[str, Path]
    pictures: Mapping[str, Planes]
    video: VideoFormat
    folder: Path
    to: Path
    title: str = ""
    make_paint: MakePaint = paint_scenes

    @property
    def frames(self) -> int:
        """How many frames the video will have."""
        return frames_in(self.timeline.duration_ms, fps=self.video.fps)

    @property
    def samples(self) -> int:
        """How many samples of sound the video will have."""
        return self.timeline.duration_ms * _SAMPLES_PER_MS


@dataclass(slots=True)
class _State:
    phase: RenderPhase = RenderPhase.RENDERING
    painting: bool = False
    joining: bool = False
    owed: int = 0
    problem: MvpipeError | None = None
    notes: list[str] = field(default_factory=list)
    chunks_kept: int = 0
    frames_at_end: int | None = None
    kept_at_end: int = 0


class Render:
    """A render to be polled: nothing moves on but in `poll`, which never waits.

    Whatever its end, its folder is empty then; `to` is the whole video, or what it was before.
    Every chunk that got done is in the store, if there is one, and is not made again.
    """

    def __init__(
        self,
        order: RenderOrder,
        pool: Pool,
        *,
        store: Store | None = None,
        files: Files = REAL,
    ) -> None:
        self._order = order
        self._pool = pool
        self._store = store
        self._files = files
        self._beside = hidden(order.to)
        self._chunks = chunks_of(order)
        self._state = _State()

    def start(self) -> None:
        """Check that there is room and begin, or queue behind the pool's other work.

        Raises OutputError. Not safe to repeat.
        """
        size = size_estimate(self._order)
        if self._store is not None:
            self._store.make_room(size)
        require_room(self._order.to.parent, size_bytes=size, files=self._files)
        require_room(self._order.folder, size_bytes=size, files=self._files)
        log.debug(
            "%d frames in %d chunks, %d workers, in %s",
            self._order.frames,
            len(self._chunks),
            self._pool.workers,
            self._order.folder,
        )
        self._pool.warm()
        self._advance()

    def poll(self) -> RenderProgress:
        """Move on as far as the workers have got, and say how far that is. Safe to repeat."""
        if self._state.phase is RenderPhase.RENDERING:
            self._advance()
        return RenderProgress(
            phase=self._state.phase,
            frames_done=self._frames_done(),
            frames_total=self._order.frames,
            frames_kept=self._frames_kept(),
            problem=str(self._state.problem or ""),
            hint=self._state.problem.hint if self._state.problem else "",
        )

    def result(self) -> tuple[str, ...]:
        """Return sentences about the finished video for its maker, mostly none.

        Raises what made the render fail, or RenderFailed if there is no video yet, or none any
        more. Safe to repeat.
        """
        if self._state.problem is not None:
            raise self._state.problem
        if self._state.phase is not RenderPhase.DONE:
            raise RenderFailed(f"the render is {self._state.phase.value}, not done")
        return tuple(self._state.notes)

    def cancel(self) -> None:
        """Stop within two seconds, unless it has ended, and keep nothing. Safe to repeat."""
        if self._state.phase is RenderPhase.RENDERING:
            if self._state.owed:
                self._pool.stop()
            self._end(RenderPhase.CANCELLED)

    def close(self) -> None:
        """Do the same: a render that is let go of unfinished is cancelled. Safe to repeat."""
        self.cancel()

    def _frames_done(self) -> int:
        if self._state.frames_at_end is not None:
            return self._state.frames_at_end
        if self._state.joining:
            return self._order.frames
        return self._pool.frames if self._state.painting else 0

    def _frames_kept(self) -> int:
        if self._state.frames_at_end is not None:
            return self._state.kept_at_end
        return self._pool.kept if self._state.painting else 0

    def _advance(self) -> None:
        state = self._state
        try:
            if not state.painting:
                if self._pool.idle:
                    self._paint()
                return
            for report in self._pool.reports():
                self._note(report)
            if not state.owed and state.problem is None:
                self._join_or_finish()
        except MvpipeError as problem:
            state.problem = state.problem or problem
            state.owed = 0
        if state.problem is not None and not state.owed:
            self._end(RenderPhase.FAILED)

    def _paint(self) -> None:
        order, state = self._order, self._state
        with output_errors(order.folder):
            pictures = store_pictures(_used(order), order.folder)
        stage = Stage(
            timeline=order.timeline,
            music=order.music,
            video=order.video,
            pictures=pictures,
            songs=order.songs,
        )
        shelf = None if self._store is None else _shelf(self._store, order, self._chunks)
        work = PaintOrder(
            stage=stage,
            make_paint=order.make_paint,
            chunks=_in_turn(self._chunks, shelf),
            samples=order.samples,
            folder=order.folder,
            shelf=shelf,
        )
        self._pool.reset_frames()
        state.painting = True
        state.owed = min(self._pool.workers, work.tasks)
        self._pool.begin(work, hands=state.owed)

    def _note(self, report: Report) -> None:
        """Take one worker's report; after a problem the others are asked to stop."""
        state = self._state
        state.owed -= 1
        state.notes.extend(report.notes)
        state.chunks_kept += report.kept
        if report.trace:
            log.debug("%s", report.trace)
        if report.problem is not None:
            state.problem = state.problem or report.problem
            self._pool.ask_to_stop()
            if self._pool.idle:  # a worker died and took the others with it
                state.owed = 0

    def _join_or_finish(self) -> None:
        if self._state.joining:
            self._end(RenderPhase.DONE)
            return
        order = self._order
        if self._state.chunks_kept:
            self._state.notes.append(_kept(self._state.chunks_kept, of=len(self._chunks)))
        parts = Parts(
            chunks=[chunk_path(order.folder, chunk) for chunk in self._chunks],
            audio=order.folder / AUDIO_NAME,
            title=order.title,
        )
        promise = Promise(order.video, frames=order.frames, samples=order.samples)
        self._state.joining, self._state.owed = True, 1
        self._pool.begin(JoinOrder(parts, promise, order.to, self._beside), hands=1)

    def _end(self, phase: RenderPhase) -> None:
        """Leave nothing behind but the video, if there is one."""
        self._state.kept_at_end = self._frames_kept()
        self._state.frames_at_end = self._frames_done()
        self._state.phase = phase
        folder = self._order.folder
        for pattern in ("chunk-*.mp4", AUDIO_NAME, "picture-*.yuv", ".mvpipe-*.part"):
            for path in folder.glob(pattern):
                path.unlink(missing_ok=True)
        self._beside.unlink(missing_ok=True)


def chunks_of(order: RenderOrder) -> tuple[Chunk, ...]:
    """Return the chunks of the order's video: cut where its shots begin."""
    fps = order.video.fps
    cuts = (frame_at(shot.start_ms, fps=fps) for shot in order.timeline.shots)
    return plan_chunks(cuts, frames=order.frames, fps=fps)


def _shelf(store: Store, order: RenderOrder, chunks: Sequence[Chunk]) -> Shelf:
    """Return where the chunks of a video are kept, or will be."""
    with ffmpeg_errors(order.to):
        maker = maker_of(order.video, order.make_paint)
    keys = chunk_keys(
        order.timeline,
        order.music,
        video=order.video,
        chunks=chunks,
        pictures={name: picture_digest(planes) for name, planes in _used(order).items()},
        maker=maker,
    )
    return Shelf(store, dict(zip(chunks, keys, strict=True)), maker)


def _in_turn(chunks: Sequence[Chunk], shelf: Shelf | None) -> list[Chunk]:
    """Return the chunks in the order in which they are handed out.

    What is there already goes first, so that progress shows it at once; then the longest, so
    that the last ones to be handed out are short.
    """

    def turn(chunk: Chunk) -> tuple[bool, int, int]:
        missing = shelf is None or not shelf.store.has(shelf.keys[chunk])
        return missing, -chunk.frames, chunk.first

    return sorted(chunks, key=turn)


def _kept(kept: int, *, of: int) -> str:
    """Return the sentence on what was not rendered again."""
    if kept == of:
        return "every chunk was there already" if of > 1 else "the one chunk was there already"
    return f"{kept} of {of} chunks {'was' if kept == 1 else 'were'} there already"


def size_estimate(order: RenderOrder) -> int:
    """Return about how many bytes the MP4 takes, rather too many than too few."""
    size = order.video.size
    bits = SETTINGS[order.video.quality].bits_per_pixel
    pixels = size.width * size.height * order.frames
    return round(pixels * bits / 8) + order.timeline.duration_ms * _AUDIO_BYTES_PER_MS


def _used(order: RenderOrder) -> dict[str, Planes]:
    wanted = {shot.media for shot in order.timeline.shots}
    return {name: planes for name, planes in order.pictures.items() if name in wanted}
