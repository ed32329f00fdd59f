"""Journals for tests, and intents to put into them."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from mvpipe.journal.records import Intent, JobId, Outcome, Output, Stage
from mvpipe.journal.store import Journal
from mvpipe.model.canonical import digest_of_text
from mvpipe.model.plan import TaskKind
from tests.fakes import FakeClock

JOB = JobId("/music/album.mvpipe.yaml#calm")


def intent(
    task: str = "say cut",
    *,
    job: JobId = JOB,
    parts: str = '{"does":"a prompt"}',
    attempt: int = 1,
    session: str | None = "s1",
) -> Intent:
    """Return an intent whose key fits its parts."""
    key = digest_of_text(parts)
    return Intent(job, task, TaskKind.SAY, key, attempt, parts, session=session)


def done(cost: int = 0) -> Outcome:
    """Return how a render ends that left a file."""
    output = Output(Path("/music/out.mp4"), digest_of_text("video"), 12_345)
    return Outcome(Stage.DONE, "fine", output=output, credits=cost)


def opened(path: Path, *, writable: bool = True) -> Journal:
    """Return the journal at `path`, at second 1000."""
    return Journal.open(path, now=FakeClock(1000.0), writable=writable)


def small_pages(path: Path) -> None:
    """Have the journal that will be at `path` use the smallest pages there are.

    So little lies between two records that a test can go through all its bytes.
    """
    db = sqlite3.connect(path)
    db.execute("PRAGMA page_size = 512")
    db.execute("PRAGMA journal_mode = WAL")
    db.close()
