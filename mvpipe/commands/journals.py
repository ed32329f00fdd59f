"""Where the journal of this machine's user lies, and how a command looks into it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from mvpipe.commands.parts import wall_clock
from mvpipe.journal.store import Journal
from mvpipe.settings import JOURNAL, Settings


def journal_path(settings: Settings) -> Path:
    """Return where the journal is, or will be."""
    return settings.state_dir / JOURNAL


@contextmanager
def looking(settings: Settings) -> Iterator[Journal]:
    """Give the journal as it is now, to be read; an empty one where there is none.

    Makes, changes and locks no file. Raises JournalError. Safe to repeat.
    """
    with Journal.open(journal_path(settings), now=wall_clock, writable=False) as journal:
        yield journal
