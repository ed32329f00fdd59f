"""What a run needs of a journal, and one that is not written down. Knows no storage."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Protocol

from mvpipe.journal.records import Intent, JobId, Outcome, Record


class Book(Protocol):
    """Takes intents before anything is sent, and outcomes once they are known."""

    def intend(self, intent: Intent) -> None:
        """Note what is about to be tried; durable when it returns. Raises JournalError."""
        ...

    def accept(self, intent: Intent) -> None:
        """Note that the backend took it. Safe to repeat."""
        ...

    def end(self, intent: Intent, outcome: Outcome) -> None:
        """Note how it ended. Safe to repeat."""
        ...

    def records(self, jobs: Iterable[JobId]) -> Mapping[JobId, tuple[Record, ...]]:
        """Return what is known of each job, in order of intention."""
        ...


class Unwritten:
    """A journal of nothing, for what may be done again at any time."""

    def intend(self, intent: Intent) -> None:
        pass

    def accept(self, intent: Intent) -> None:
        pass

    def end(self, intent: Intent, outcome: Outcome) -> None:
        pass

    def records(self, jobs: Iterable[JobId]) -> Mapping[JobId, tuple[Record, ...]]:
        return dict.fromkeys(jobs, ())


_conforms: type[Book] = Unwritten
