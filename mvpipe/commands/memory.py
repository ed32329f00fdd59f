"""What a run remembers: the journal, the files it knows, the locks that keep others off."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from mvpipe.commands import parts
from mvpipe.commands.facts import KnownFiles
from mvpipe.commands.jobs import exports_of
from mvpipe.commands.journals import journal_path
from mvpipe.journal.locks import Lock, take
from mvpipe.journal.records import JobId
from mvpipe.journal.store import Journal
from mvpipe.model.job import Job
from mvpipe.report.streams import Streams
from mvpipe.runner.memory import Memory
from mvpipe.settings import Settings

LOCKS = "locks"


@dataclass(frozen=True, slots=True)
class Remembered:
    """An open journal, with the files that it and this run know."""

    journal: Journal
    files: KnownFiles
    memory: Memory
    held: list[Lock]

    def sleep(self, seconds: float) -> None:
        """Wait, having said that the locks held are still wanted. Raises Locked."""
        for lock in self.held:
            lock.refresh()
        parts.sleep(seconds)


@contextmanager
def remembering(
    jobs: Sequence[Job], settings: Settings, streams: Streams, *, folder: Path
) -> Iterator[Remembered]:
    """Give what earlier runs left, and keep what this one finds out about files.

    Raises JournalError. Safe to repeat.
    """
    path = journal_path(settings)
    with Journal.open(path, now=parts.wall_clock, notice=streams.talk) as journal:
        inputs = [item.path for job in jobs for item in job.inputs]
        outputs = [export.to for job in jobs for export in exports_of(job)]
        files = KnownFiles(known=journal.remembered([*inputs, *outputs]))
        held: list[Lock] = []
        memory = Memory(
            book=journal,
            measure=files.measure,
            hold=lambda job: _holding(job, held, folder=settings.state_dir / LOCKS),
            now=parts.wall_clock,
            folder=folder,
        )
        try:
            yield Remembered(journal, files, memory, held)
        finally:
            journal.remember(files.worth_keeping(now_s=parts.wall_clock()))


@contextmanager
def _holding(job: JobId, held: list[Lock], *, folder: Path) -> Iterator[None]:
    """Keep every other run off a job. Raises Locked."""
    with take(folder, job, now=parts.wall_clock) as lock:
        held.append(lock)
        try:
            yield
        finally:
            held.remove(lock)
