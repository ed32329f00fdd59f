"""`mvpipe validate`: whether job files are right. Light: it runs on every save and commit."""

from __future__ import annotations

from pathlib import Path

from mvpipe.commands.found import found_in
from mvpipe.commands.jobs import loaded
from mvpipe.commands.options import Choice
from mvpipe.errors import Exit
from mvpipe.report.streams import Streams


def validate(choice: Choice, streams: Streams, *, folder: Path) -> Exit:
    """Say whether the job files are right; raises SpecError with every finding otherwise."""
    jobs = loaded(choice.files or found_in(folder), choice)
    files = sorted({job.source for job in jobs})
    for file in files:
        count = sum(job.source == file for job in jobs)
        streams.talk(f"{file}: ok ({count} job{'' if count == 1 else 's'})")
    return Exit.DONE
