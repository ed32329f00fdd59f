"""`mvpipe status`: runs, tasks, what is under way, and what was spent."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from mvpipe.commands import parts
from mvpipe.commands.journals import looking
from mvpipe.commands.memory import LOCKS
from mvpipe.commands.named import MARK, Named, named
from mvpipe.commands.outputs import nearby
from mvpipe.errors import Exit, NothingMatched
from mvpipe.journal.locks import holder
from mvpipe.journal.records import JobId, Record, job_id
from mvpipe.journal.store import Journal
from mvpipe.model.backend import BackendName
from mvpipe.model.plan import TaskKind
from mvpipe.report.status import JobStatus, Status, TaskStatus, status_json, status_text
from mvpipe.report.streams import Streams
from mvpipe.settings import Settings

LAST_RUNS = 5


def status(
    given: Sequence[str],
    streams: Streams,
    *,
    folder: Path,
    state: Path | None = None,
    as_json: bool = False,
) -> Exit:
    """Tell what the journal knows of the jobs that are named, or of all there are.

    Makes, changes and locks no file, reads no job file, opens no socket. Raises NothingMatched
    for a job that was never run. Safe to repeat.
    """
    settings = parts.settings()
    settings = settings if state is None else replace(settings, state_dir=state)
    with looking(settings) as journal:
        known = journal.jobs()
        wanted = [one for name in named(given) for one in _known(name, known, folder)]
        found = _status(journal, wanted if given else known, settings, folder=folder)
    told = replace(found, whole=bool(given))
    streams.result(status_json(told) if as_json else status_text(told, day=local_day))
    return Exit.DONE


def local_day(at_s: float) -> str:
    """Return `2026-11-22 20:41` as the clocks here would have shown it."""
    return time.strftime("%Y-%m-%d %H:%M", time.localtime(at_s))


def _known(wanted: Named, known: Sequence[JobId], folder: Path) -> Sequence[JobId]:
    """Return the jobs of the journal that a name means."""
    start = job_id(str(wanted.file), "", folder=folder)
    here = [one for one in known if one.startswith(start)]
    found = [one for one in here if wanted.means(one.removeprefix(start))]
    if not found:
        raise _never_run(wanted, [one.removeprefix(start) for one in here])
    return found


def _never_run(wanted: Named, names: Sequence[str]) -> NothingMatched:
    hint = f"there are: {', '.join(names)}" if names else "`mvpipe run` runs it"
    job = "" if wanted.job is None else f"{MARK}{wanted.job}"
    return NothingMatched(f"{wanted.file}{job} was never run", hint=hint)


def _status(
    journal: Journal, jobs: Sequence[JobId], settings: Settings, *, folder: Path
) -> Status:
    records = journal.records(jobs)
    runs = (run for run in journal.runs(LAST_RUNS) if not set(run.jobs).isdisjoint(jobs))
    told = tuple(_job(job, records[job], settings, folder=folder) for job in jobs)
    spent = [journal.spent(since_s=0.0, job=job) for job in jobs] if len(jobs) == 1 else []
    total = sum(spent) if spent else journal.spent(since_s=0.0)
    return Status(tuple(runs), told, total)


def _job(
    job: JobId, records: Sequence[Record], settings: Settings, *, folder: Path
) -> JobStatus:
    claim = holder(settings.state_dir / LOCKS, job, now=parts.wall_clock)
    who = f"process {claim.owner.pid} on '{claim.owner.host}'" if claim else None
    return JobStatus(job, _shown(job, folder), tuple(_tasks(records)), who)


def _shown(job: JobId, folder: Path) -> str:
    """Return a job as one would name it in `folder`."""
    file, _, name = job.rpartition(MARK)
    return f"{nearby(Path(file), folder)}{MARK}{name}"


def _tasks(records: Sequence[Record]) -> Iterator[TaskStatus]:
    """Yield the last try at each task: under its last key, and wherever one is still open."""
    latest = {(record.intent.task, record.intent.key): record for record in records}
    last = {record.intent.task: record.intent.key for record in records}
    fleeting = {one.session for one in records if _fleeting(one)} - {None}
    for (task, key), record in sorted(latest.items(), key=lambda pair: pair[1].intended_s):
        lasting = record.session not in fleeting and not _fleeting(record)
        found = TaskStatus(record, lasting=lasting)
        if found.open or last[task] == key:
            yield found


def _fleeting(record: Record) -> bool:
    """Say whether a record is of opening a session that ends with its process."""
    return record.intent.kind is TaskKind.OPEN and _backend(record) == BackendName.LOCAL


def _backend(record: Record) -> str:
    try:
        identity = str(json.loads(record.intent.parts)["backend"])
    except (ValueError, TypeError, LookupError):
        return ""
    return identity.partition("/")[0]
