"""The real things that the other commands are given: clock, sleep, settings, a backend."""

from __future__ import annotations

import importlib.util
import os
import signal
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from types import FrameType
from typing import assert_never

from mvpipe.backends.base import Backend
from mvpipe.commands.facts import KnownFiles, facts_of
from mvpipe.commands.speed import remembered
from mvpipe.engine.version import identity
from mvpipe.errors import MissingExtra, Terminated
from mvpipe.model.backend import BackendName
from mvpipe.model.job import Job
from mvpipe.model.media import Quality
from mvpipe.model.plan import Plan
from mvpipe.plan import BackendFacts, make_plan
from mvpipe.protocol.wire import (
    API_BASE,
    CLIP_CREDITS,
    EDIT_CREDITS,
    ENV_API_URL,
    RENDER_CREDITS,
)
from mvpipe.report.streams import Streams
from mvpipe.settings import Settings, read_settings

WORK, CHUNKS = "work", "chunks"
"""Where in the cache folder renders are under way, and finished parts of videos are kept."""

LASTING = frozenset({BackendName.NEMO})
"""The backends whose sessions outlive a run."""

clock = time.monotonic
sleep = time.sleep
wall_clock = time.time


def settings() -> Settings:
    """Return the settings of this process's environment."""
    return read_settings(os.environ, cores=cores())


def cores() -> int:
    """Return how many cores this process may use; containers may allow fewer than there are."""
    if hasattr(os, "sched_getaffinity"):  # Linux; elsewhere every core counts
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def plans_of(
    jobs: Sequence[Job], settings: Settings, *, files: KnownFiles | None = None
) -> tuple[Plan, ...]:
    """Return the plan of every job; imports no engine, opens no socket.

    Reads every input that `files` does not know. Raises MissingMedia.
    """
    speed = remembered(settings.state_dir)
    known = files or KnownFiles()  # a matrix names the same song often
    return tuple(
        make_plan(
            job,
            facts=facts_of(job, files=known),
            backend=facts_of_backend(job.backend, speed.pixels_per_s),
        )
        for job in jobs
    )


def facts_of_backend(name: BackendName, pixels_per_s: Mapping[Quality, float]) -> BackendFacts:
    """Return what a plan must know of the backend of that name; asks nobody."""
    who = identity_of(name, os.environ)
    if name is BackendName.LOCAL:
        return BackendFacts(identity=who, pixels_per_s=pixels_per_s)
    return BackendFacts(
        identity=who,
        pixels_per_s=pixels_per_s,
        credits_per_render=RENDER_CREDITS,
        credits_to_generate=CLIP_CREDITS,
        credits_to_edit=EDIT_CREDITS,
    )


def identity_of(name: BackendName, environ: Mapping[str, str]) -> str:
    """Return what the backend of that name will call itself, without asking it."""
    match name:
        case BackendName.LOCAL:
            return identity()
        case BackendName.NEMO:
            return f"nemo/1 {(environ.get(ENV_API_URL) or API_BASE).rstrip('/')}"
        case _:
            assert_never(name)


@contextmanager
def backend_for(
    name: BackendName, settings: Settings, *, workers: int | None, streams: Streams
) -> Iterator[Backend]:
    """Give the backend of that name; it is closed at the end, come what may."""
    match name:
        case BackendName.LOCAL:
            with local_backend(settings, workers=workers) as backend:
                yield backend
        case BackendName.NEMO:
            # requests takes 100 ms to import, and only the cloud needs it
            from mvpipe.backends.nemo.connect import nemo_backend  # noqa: PLC0415

            cloud = nemo_backend(
                os.environ,
                clock=clock,
                sleep=sleep,
                state_dir=settings.state_dir,
                observe=streams.talk,
            )
            with closing(cloud) as backend:
                yield backend
        case _:
            assert_never(name)


def require_engine() -> None:
    """Raise MissingExtra, naming what to install, unless the engine's libraries are there."""
    needed = {"av": "av", "numpy": "numpy", "numba": "numba", "PIL": "pillow"}
    missing = [name for module, name in needed.items() if not importlib.util.find_spec(module)]
    if missing:
        raise MissingExtra(
            f"the local engine needs {', '.join(missing)}",
            hint="pip install 'mvpipe[local]'",
        )


@contextmanager
def local_backend(settings: Settings, *, workers: int | None = None) -> Iterator[Backend]:
    """Give the embedded engine; its processes and files are gone at the end, come what may."""
    require_engine()
    # the engine imports numpy and av; commands that only plan never come here
    from mvpipe.backends.local import LocalBackend  # noqa: PLC0415
    from mvpipe.engine.studio.folders import sweep  # noqa: PLC0415
    from mvpipe.engine.studio.session import Studio  # noqa: PLC0415
    from mvpipe.engine.studio.store import Store  # noqa: PLC0415

    folder = settings.cache_dir / WORK
    sweep(folder, now=wall_clock)
    store = Store(settings.cache_dir / CHUNKS)
    studio = Studio(folder=folder, workers=workers or settings.workers, store=store)
    with closing(LocalBackend(studio)) as backend:
        yield backend


@contextmanager
def stills_backend(settings: Settings, *, width: int) -> Iterator[Backend]:
    """Give the embedded engine, drawing contact sheets `width` pixels wide, not videos."""
    require_engine()
    # as above
    from mvpipe.backends.stills import StillsBackend  # noqa: PLC0415
    from mvpipe.engine.studio.session import Studio  # noqa: PLC0415

    studio = Studio(folder=settings.cache_dir / WORK, workers=1)
    with closing(StillsBackend(studio, width=width)) as backend:
        yield backend


@contextmanager
def closing(backend: Backend) -> Iterator[Backend]:
    """Close the backend at the end, also when SIGTERM is the end."""
    with terminable():
        try:
            yield backend
        finally:
            backend.close()


@contextmanager
def terminable() -> Iterator[None]:
    """Have SIGTERM end the block as Ctrl-C does: what is under way is put down in order."""
    before = signal.signal(signal.SIGTERM, _terminate)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _terminate(_number: int, _frame: FrameType | None) -> None:
    raise Terminated
