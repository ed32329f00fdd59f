"""What a run remembers of earlier ones, and how it knows that it still holds."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from pathlib import Path

from mvpipe.journal.book import Book, Unwritten
from mvpipe.journal.records import JobId, Output, job_id
from mvpipe.model.job import Job


def _unseen(_path: Path) -> Output | None:
    return None


def _unheld(_job: JobId) -> AbstractContextManager[object]:
    return nullcontext()


def _timeless() -> float:
    return 0.0


@dataclass(frozen=True, slots=True)
class Memory:
    """The journal and what goes with it; as it stands here, nothing is remembered.

    `measure` returns a file as it is now, `None` where there is none. `hold` keeps every other
    run off a job, or raises Locked. `now` gives seconds since the epoch. `folder` is what the
    names of job files are relative to.
    """

    book: Book = Unwritten()  # noqa: RUF009 - it holds nothing
    measure: Callable[[Path], Output | None] = _unseen
    hold: Callable[[JobId], AbstractContextManager[object]] = _unheld
    now: Callable[[], float] = _timeless
    folder: Path = Path()

    def id_of(self, job: Job) -> JobId:
        """Return what the journal calls a job."""
        return job_id(job.source, job.name, folder=self.folder)

    def good(self, output: Output) -> bool:
        """Say whether a file is still as a run left it."""
        return self.measure(output.path) == output


FORGETFUL = Memory()
