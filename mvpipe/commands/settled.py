"""Knows by a look at files alone that a run has nothing to do: loads no job, opens no journal.

A run that found everything done notes how each file looked that it depends on. While all of
them look the same, the same command would find the same.
"""

from __future__ import annotations

import json
import os
import re
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

from mvpipe import __version__
from mvpipe.commands.found import STANDARD_INPUT, found_in, meant
from mvpipe.commands.options import Choice, Order
from mvpipe.commands.outputs import name_results
from mvpipe.disk import make_folder, write_whole
from mvpipe.engine.version import identity
from mvpipe.errors import Exit, MvpipeError
from mvpipe.journal.records import FRESH_S
from mvpipe.lockfile.entry import NAME
from mvpipe.model.canonical import canonical, digest_of_text
from mvpipe.model.event import JobFinished, RunFinished, RunStarted
from mvpipe.model.job import ExportStep, Job
from mvpipe.protocol.wire import ENV_API_URL
from mvpipe.report.choose import reporter
from mvpipe.report.streams import Streams
from mvpipe.settings import JOURNAL, Settings, read_settings

VERSION = 1
FOLDER = "settled"
MOST = 50
"""So many notes are kept."""

_UNSURE = re.compile(r"[*?]|\[[^\s,\]]+\]\S|\benv\.")
"""What in a job file may mean more than the files that it named last time."""

Look = list[int]
"""Size in bytes, time of change in nanoseconds and inode of a file; empty without one."""


@dataclass(frozen=True, slots=True)
class Command:
    """A `mvpipe run` as far as it decides what is done; `who` would do it."""

    choice: Choice
    folder: Path
    state_dir: Path
    who: str

    @property
    def path(self) -> Path:
        """Where its note lies."""
        told = canonical({"choice": self.choice, "folder": self.folder})
        return self.state_dir / FOLDER / f"{digest_of_text(told)[:32]}.json"


def command_of(choice: Choice, settings: Settings, *, folder: Path) -> Command:
    """Return what a run in this process's environment would be."""
    service = os.environ.get(ENV_API_URL, "")  # hashed: an address may hold a password
    who = digest_of_text(f"{__version__} {identity()} {service}")
    return Command(choice, folder, settings.state_dir, who)


def nothing_to_do(
    choice: Choice, streams: Streams, *, folder: Path, order: Order
) -> Exit | None:
    """Tell that all is done, where a look at the files says so; else return `None`.

    Writes nothing. Safe to repeat.
    """
    limit = order.limit
    if limit.fresh or limit.locked or order.manifest is not None:
        return None
    settings = read_settings(os.environ, cores=1)
    if order.state is not None:
        settings = replace(settings, state_dir=order.state)
    began = time.monotonic()
    results = looked_up(command_of(choice, settings, folder=folder))
    if results is None:
        return None
    _tell(results, streams, order=order, style=settings.progress, began=began)
    return Exit.DONE


def _tell(
    results: Sequence[JobFinished], streams: Streams, *, order: Order, style: str, began: float
) -> None:
    telling, count = order.telling, len(results)
    style = style if telling.progress == "auto" else telling.progress
    with reporter(streams, style=style, events=telling.events, clock=time.monotonic) as observe:
        observe(RunStarted(jobs=tuple(result.job for result in results)))
        for result in results:
            observe(result)
        seconds = time.monotonic() - began
        observe(RunFinished(done=count, failed=0, seconds=seconds, unchanged=count))
    name_results(results, streams, telling=telling)


def looked_up(command: Command) -> tuple[JobFinished, ...] | None:
    """Return how every job would end, `None` where only a real run can tell. Safe to repeat."""
    with suppress(OSError, ValueError, KeyError, TypeError, AttributeError, MvpipeError):
        noted = json.loads(command.path.read_bytes())
        if (noted["version"], noted["who"]) != (VERSION, command.who):
            return None
        if (noted["journal"], noted["sources"]) != (_inode(command), list(_sources(command))):
            return None
        if all(_look(path) == look for path, *look in noted["files"]):
            return tuple(_result(job, outputs) for job, outputs in noted["results"])
    return None


def _sources(command: Command) -> Iterator[str]:
    """Yield the job files that the command means now. Raises UsageError, NothingMatched."""
    for named in command.choice.files or found_in(command.folder):
        yield from (str(path) for path in meant(named))


def _result(job: str, outputs: Iterable[str]) -> JobFinished:
    made = tuple(Path(output) for output in outputs)
    return JobFinished(job=job, ok=True, seconds=0.0, outputs=made, unchanged=True)


def note(
    command: Command, jobs: Sequence[Job], results: Sequence[JobFinished], *, now_s: float
) -> None:
    """Note that there is nothing to do, where that will show in the files alone.

    `now_s` is in seconds since the epoch. Never fails; safe to repeat.
    """
    with suppress(OSError, ValueError, MvpipeError):
        sources = list(_sources(command))
        looks = {str(path): _look(str(path)) for path in _files(command, jobs, sources)}
        if not _sure(command, sources, jobs, results) or not _quiet(
            looks.values(), now_s=now_s
        ):
            return
        noted = {
            "version": VERSION,
            "who": command.who,
            "journal": _inode(command),
            "sources": sources,
            "files": [[path, *look] for path, look in sorted(looks.items())],
            "results": [[one.job, [str(path) for path in one.outputs]] for one in results],
        }
        make_folder(command.path.parent, private=True)
        write_whole(command.path, json.dumps(noted, separators=(",", ":")).encode())
        _forget_oldest(command.path.parent)


def _forget_oldest(notes: Path) -> None:
    """Keep the newest notes only: folders come and go."""
    by_age = sorted(notes.glob("*.json"), key=lambda path: path.stat().st_mtime_ns)
    for path in by_age[:-MOST]:
        path.unlink(missing_ok=True)


def _files(command: Command, jobs: Sequence[Job], sources: Sequence[str]) -> Iterator[Path]:
    """Yield what the outcome depends on: job files, locks, inputs, outputs."""
    for source in sources:
        path = command.folder / source
        yield from (path, path.parent / NAME)
    for job in jobs:
        yield from (item.path for item in job.inputs)
        yield from (export.to for export in job.exports)
        yield from (step.export.to for step in job.steps if isinstance(step, ExportStep))


def _look(path: str) -> Look:
    try:
        found = os.stat(path)  # noqa: PTH116 - twice as fast, and there may be thousands
    except FileNotFoundError:
        return []
    return [found.st_size, found.st_mtime_ns, found.st_ino]


def _inode(command: Command) -> int:
    """Return which journal remembers the outcome: a new one would know of nothing."""
    return (command.state_dir / JOURNAL).stat().st_ino


def _sure(
    command: Command,
    sources: Sequence[str],
    jobs: Sequence[Job],
    results: Sequence[JobFinished],
) -> bool:
    """Say whether every job is done, and its file can mean no other files than it did."""
    if not all(result.ok and result.unchanged for result in results):
        return False
    if {job.source for job in jobs} != set(sources) or str(STANDARD_INPUT) in sources:
        return False
    texts = ((command.folder / source).read_text(encoding="utf-8") for source in sources)
    return not any(_UNSURE.search(text) for text in texts)


def _quiet(looks: Iterable[Look], *, now_s: float) -> bool:
    newest_ns = max((look[1] for look in looks if look), default=0)
    return newest_ns < (now_s - FRESH_S) * 1e9
