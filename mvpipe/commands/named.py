"""What a JOB on the command line means: a job file, a folder of them, or `FILE#NAME`."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from mvpipe.commands.found import found_in, meant
from mvpipe.commands.jobs import loaded
from mvpipe.commands.options import Choice
from mvpipe.errors import NothingMatched
from mvpipe.model.job import Job
from mvpipe.spec.nearest import nearest

MARK = "#"


@dataclass(frozen=True, slots=True)
class Named:
    """A job file and one of its jobs by name; `None` means all of them."""

    file: Path
    job: str | None = None

    def means(self, name: str) -> bool:
        """Say whether a job of that name in this file is meant."""
        return self.job is None or self.job == name


def named(given: Iterable[str]) -> tuple[Named, ...]:
    """Return what every argument means; opens no file.

    Raises UsageError for a job file that is missing, NothingMatched for what matches none.
    """
    return tuple(one for text in given for one in _named(text))


def _named(text: str) -> Sequence[Named]:
    file, mark, job = text.rpartition(MARK)
    if mark and not Path(text).exists():
        return [Named(path, job) for path in meant(Path(file))]
    return [Named(path) for path in meant(Path(text))]


def jobs_named(given: Sequence[str], choice: Choice, *, folder: Path) -> tuple[Job, ...]:
    """Return the jobs that are meant, those of `folder` where none is given.

    Raises SpecError with the findings of every file, and NothingMatched for a name that no job
    of its file has.
    """
    wanted = named(given) if given else tuple(Named(path) for path in found_in(folder))
    jobs = loaded(dict.fromkeys(one.file for one in wanted), choice)
    require_known(wanted, jobs)
    return tuple(job for job in jobs if any(_meant(one, job) for one in wanted))


def require_known(wanted: Iterable[Named], jobs: Sequence[Job]) -> None:
    """Raise NothingMatched for a name that no job of its file has."""
    for one in wanted:
        names = [job.name for job in jobs if Path(job.source) == one.file]
        if one.job is not None and one.job not in names:
            raise _unknown(one, names)


def _meant(one: Named, job: Job) -> bool:
    return one.file == Path(job.source) and one.means(job.name)


def _unknown(one: Named, names: Sequence[str]) -> NothingMatched:
    close = nearest(one.job or "", names)
    hint = f"did you mean {close}?" if close else f"there are: {', '.join(names)}"
    return NothingMatched(f"{one.file}: there is no job '{one.job}'", hint=hint)
