"""What runs in each worker process: takes an order, does its share, reports, waits for more."""

from __future__ import annotations

import ctypes
import importlib
import multiprocessing
import os
import pickle
import signal
import textwrap
import threading
import traceback
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from multiprocessing.connection import Connection, wait
from multiprocessing.context import SpawnContext
from multiprocessing.sharedctypes import Synchronized
from pathlib import Path

from mvpipe.disk import whole_file
from mvpipe.engine.encode.audio import Block, encode_audio
from mvpipe.engine.encode.chunks import Chunk
from mvpipe.engine.encode.foreign import ffmpeg_errors
from mvpipe.engine.encode.join import join
from mvpipe.engine.encode.verify import verify
from mvpipe.engine.encode.video import Paint, encode_chunk
from mvpipe.engine.studio.keys import Maker, song_digest, sound_key
from mvpipe.engine.studio.sound import sound_of
from mvpipe.engine.studio.work import (
    AUDIO_NAME,
    JoinOrder,
    Order,
    PaintOrder,
    Report,
    Shelf,
    chunk_path,
)
from mvpipe.errors import MissingMedia, MvpipeError, RenderFailed
from mvpipe.model.canonical import Digest

_ORPHAN_S = 1.0
"""How long a worker whose parent is gone gets to leave by itself."""

LONGEST_BUG = 200
"""Characters of a bug's own words that a user is shown."""


class Stopped(Exception):
    """The parent wants no more of this order."""


@dataclass(frozen=True, slots=True)
class Board:
    """Memory that parent and workers share.

    `next_task` counts the tasks of the order that somebody has taken; `stop` is 1 when nobody
    should go on; `frames` holds for each worker how many it has done, and `kept` how many of
    those were there already; both are written by that worker alone.
    """

    next_task: Synchronized[int]
    stop: ctypes.c_int
    frames: ctypes.Array[ctypes.c_long]
    kept: ctypes.Array[ctypes.c_long]

    def check(self) -> None:
        """Raise Stopped when nobody should go on."""
        if self.stop.value:
            raise Stopped


def new_board(context: SpawnContext, workers: int) -> Board:
    """Return a board for so many workers, with nothing taken and nothing done."""
    return Board(
        next_task=context.Value("l", 0),
        stop=context.RawValue(ctypes.c_int, 0),
        frames=context.RawArray(ctypes.c_long, workers),
        kept=context.RawArray(ctypes.c_long, workers),
    )


def work(pipe: Connection, board: Board, slot: int, preload: Sequence[str]) -> None:
    """Serve orders from `pipe` until it closes; the process's main function.

    Ctrl-C is the parent's business. `preload` names modules to import before the first order.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if hasattr(signal, "pthread_sigmask"):  # it began with both held back
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGTERM})
    threading.Thread(target=_leave_with_parent, args=(board,), daemon=True).start()
    with suppress(Exception):  # the first order meets the same again, and reports it
        for name in preload:
            importlib.import_module(name)
    with suppress(EOFError, OSError):  # the parent closed the pipe, or is gone
        while True:
            pipe.send(_answer(pipe.recv_bytes(), board=board, slot=slot))


def _answer(order: bytes, *, board: Board, slot: int) -> Report:
    """Carry out one pickled order and return how it ended.

    This is the outermost place of its process, as `cli` is of the other: whatever goes wrong
    is told to the parent, which has the user's ear.
    """
    try:
        return _carry_out(pickle.loads(order), board=board, slot=slot)  # noqa: S301 - our own
    except Exception as bug:  # noqa: BLE001 - see above
        return Report(problem=_bug(bug), trace=traceback.format_exc())


def _bug(bug: Exception) -> RenderFailed:
    """Return one sentence on what went wrong and where, as short as that can be said."""
    last = traceback.extract_tb(bug.__traceback__)[-1]
    what = textwrap.shorten(f"{type(bug).__name__}: {bug}".rstrip(": "), LONGEST_BUG)
    return RenderFailed(
        f"a worker process met a bug in {Path(last.filename).name}:{last.lineno}: {what}",
        hint="set MVPIPE_DEBUG=1 to see more, and please report it",
    )


def _leave_with_parent(board: Board) -> None:
    parent = multiprocessing.parent_process()
    if parent is None:
        return
    wait([parent.sentinel])
    board.stop.value = 1
    threading.Event().wait(_ORPHAN_S)
    os._exit(1)


def _carry_out(order: Order, *, board: Board, slot: int) -> Report:
    try:
        match order:
            case PaintOrder():
                return Report(kept=_paint(order, board=board, slot=slot))
            case JoinOrder():
                return Report(notes=_join(order, board=board))
    except Stopped:
        return Report(stopped=True)
    except MvpipeError as problem:
        return Report(problem=problem)
    except MemoryError:
        return Report(problem=RenderFailed("there is not enough memory for this render"))


def _paint(order: PaintOrder, *, board: Board, slot: int) -> int:
    """Do tasks nobody has taken yet until there are none: the sound first, then the chunks.

    Returns how many of the chunks were there already.
    """
    kept = 0

    @cache
    def painter() -> Paint:
        return order.make_paint(order.stage)

    def count() -> None:
        board.frames[slot] += 1
        board.check()

    for task in _claims(board, order.tasks):
        if task == 0:
            _sound(order, board=board)
            continue
        chunk = order.chunks[task - 1]
        to = chunk_path(order.folder, chunk)
        if _taken(order.shelf, chunk, to):
            kept += 1
            board.kept[slot] += chunk.frames
            board.frames[slot] += chunk.frames
            continue
        encode_chunk(painter(), chunk=chunk, video=order.stage.video, to=to, on_frame=count)
        if order.shelf is not None:
            order.shelf.store.put(order.shelf.keys[chunk], to)
    return kept


def _taken(shelf: Shelf | None, chunk: Chunk, to: Path) -> bool:
    return shelf is not None and shelf.store.take(shelf.keys[chunk], to)


def _claims(board: Board, tasks: int) -> Iterator[int]:
    while True:
        board.check()
        with board.next_task.get_lock():
            task = board.next_task.value
            board.next_task.value += 1
        if task >= tasks:
            return
        yield task


def _sound(order: PaintOrder, *, board: Board) -> None:
    """Have the sound in the order's folder, from the shelf if it is there."""
    to = order.folder / AUDIO_NAME
    if order.shelf is None:
        _encode_sound(order, board=board, to=to)
        return
    store, key = order.shelf.store, _sound_key(order, order.shelf.maker, board=board)
    if not store.take(key, to):
        _encode_sound(order, board=board, to=to)
        store.put(key, to)


def _sound_key(order: PaintOrder, maker: Maker, *, board: Board) -> Digest:
    stage = order.stage
    played = {sound.media for sound in stage.timeline.sounds}
    try:
        songs = {name: song_digest(stage.songs[name], on_block=board.check) for name in played}
    except OSError as cause:
        raise MissingMedia(f"a song cannot be read any more: {cause.strerror}") from cause
    quality = stage.video.quality
    return sound_key(
        stage.timeline, songs=songs, samples=order.samples, quality=quality, maker=maker
    )


def _encode_sound(order: PaintOrder, *, board: Board, to: Path) -> None:
    def watched() -> Iterator[Block]:
        for block in sound_of(order.stage.timeline, order.stage.songs):
            board.check()
            yield block

    quality = order.stage.video.quality
    encode_audio(watched(), samples=order.samples, quality=quality, to=to)


def _join(order: JoinOrder, *, board: Board) -> tuple[str, ...]:
    with whole_file(order.to, beside=order.beside) as beside, ffmpeg_errors(order.to):
        join(order.parts, fps=order.promise.video.fps, to=beside, on_packet=board.check)
        return verify(beside, order.promise)
