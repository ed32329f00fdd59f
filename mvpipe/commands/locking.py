"""Reads, checks and keeps the `mvpipe.lock` beside the jobs that are run.

A run calls `check` before it does anything, and `keep` when it has ended.
"""

from __future__ import annotations

import errno
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path

from mvpipe.commands.options import Choice
from mvpipe.disk import REAL, Files, make_folder, output_errors, write_whole
from mvpipe.errors import DamagedMedia, MvpipeError, OutputError
from mvpipe.journal.alone import alone
from mvpipe.journal.records import JobId, Outcome, Record, Stage, job_id
from mvpipe.lockfile.compare import compare, relative
from mvpipe.lockfile.entry import (
    NAME,
    Entry,
    Lock,
    LockedOutput,
    engine_of,
    with_entry,
    without_others,
)
from mvpipe.lockfile.text import parse, write
from mvpipe.lockfile.verdict import State, verdict
from mvpipe.model.canonical import Digest, digest_of_text
from mvpipe.model.content import Content
from mvpipe.model.job import Export, Input
from mvpipe.model.plan import Plan, TaskKind
from mvpipe.report.verify import fault

Records = Mapping[JobId, Sequence[Record]]
"""What the journal knows of each job, oldest first."""

FORBIDDEN = frozenset({errno.EROFS, errno.EACCES, errno.EPERM})

HINT = "`mvpipe run` without --locked makes it anew and writes the lock"


class LockDiffers(MvpipeError):
    """A job, or what came of it, is not as the lock has it."""


def check(plans: Sequence[Plan], choice: Choice, *, folder: Path, locked: bool) -> None:
    """Raise DamagedLock for a lock that a run could not keep; call it before anything is paid.

    With `locked`, raise LockDiffers unless every plan is as its lock has it. `folder` is what
    the names of job files are relative to. Reads only; safe to repeat.
    """
    faults: list[str] = []
    for place, here in _by_place(plans, choice, folder):
        lock = read_lock(place)
        if locked:
            faults += [
                f"{plan.job.name}: {found}"
                for plan in here
                for found in _apart(plan, lock, place)
            ]
    if locked:
        _refuse(faults, "not what the lock was written for")


def _apart(plan: Plan, lock: Lock, place: Path) -> tuple[str, ...]:
    entry = lock.entry(_file(plan), plan.job.name)
    return compare(plan, entry, folder=place)


def keep(
    plans: Sequence[Plan],
    records: Records,
    choice: Choice,
    *,
    folder: Path,
    locked: bool,
    guards: Path | None = None,
) -> tuple[str, ...]:
    """Write into the locks what is finished of `plans`; a lock that says so already stays.

    Drafts, and jobs for a file that is given, are not locked; what is locked of a job file that
    is gone, or was renamed, leaves the lock. With `locked` nothing is written:
    LockDiffers is raised where an output is another one than the lock says. In the folder
    `guards` runs that end at the same moment wait for each other. Returns a sentence for each
    lock that may not be written, as in a project that is mounted to be read. Raises
    OutputError. Safe to repeat.
    """
    faults: list[str] = []
    notes: list[str] = []
    for place, here in _by_place(plans, choice, folder):
        old = read_lock(place)
        entries = _finished(here, records, old, folder=folder, place=place)
        if locked:
            faults += _unlike(entries, old)
            continue
        whole = None if choice.only else here
        if _renewed(entries, place, whole=whole) != old:
            with _alone(place, guards):
                notes += written(_renewed(entries, place, whole=whole), place)
    _refuse(faults, "not what the lock says")
    return tuple(notes)


def written(lock: Lock, place: Path, *, files: Files = REAL) -> tuple[str, ...]:
    """Write a lock; return why not where nobody may write there at all. Raises OutputError."""
    try:
        write_whole(place / NAME, write(lock).encode(), files=files)
    except OutputError as error:
        if not isinstance(error.__cause__, OSError) or error.__cause__.errno not in FORBIDDEN:
            raise
        return (f"{error}; what was made is not locked",)
    return ()


@contextmanager
def _alone(place: Path, guards: Path | None) -> Iterator[None]:
    """Keep other runs from writing the lock of a folder for a moment."""
    if guards is None:
        yield
        return
    make_folder(guards, private=True)
    guard = guards / f"{digest_of_text(str(place))[:32]}.guard"
    with ExitStack() as stack:
        with output_errors(guard):
            stack.enter_context(alone(guard))
        yield


def read_lock(place: Path) -> Lock:
    """Return the lock of a folder, an empty one where there is none. Raises DamagedLock."""
    path = place / NAME
    try:
        text = path.read_text(encoding="utf-8", errors="surrogateescape")
        return _parsed(text, str(path))
    except FileNotFoundError:
        return Lock()
    except OSError as error:
        reason = error.strerror or "it fails"
        raise OutputError(
            f"{path}: cannot be read: {reason}", hint="check its rights"
        ) from error


@lru_cache(maxsize=4)
def _parsed(text: str, file: str) -> Lock:
    """Return what a text says; a run asks several times, and a lock may be long."""
    return parse(text, file=file)


def known_contents(plans: Sequence[Plan], *, folder: Path) -> dict[Digest, Content]:
    """Return what the locks of these plans say is inside videos, by the videos' digests."""
    entries = (
        entry
        for place, here in _by_place(plans, Choice(), folder)
        for plan in here
        if (entry := read_lock(place).entry(_file(plan), plan.job.name))
    )
    outputs = (output for entry in entries for output in entry.outputs.values())
    return {output.digest: output.content for output in outputs if output.content}


def place_of(plan: Plan, *, folder: Path) -> Path:
    """Return the folder that a plan's job file lies in, for text that came by pipe `folder`."""
    return (folder / plan.job.source).parent.resolve()


def _refuse(faults: Sequence[str], what: str) -> None:
    if faults:
        told = "".join(f"\n  {one}" for one in faults)
        raise LockDiffers(f"this is {what}:{told}", hint=HINT)


def _by_place(
    plans: Sequence[Plan], choice: Choice, folder: Path
) -> list[tuple[Path, list[Plan]]]:
    """Return the plans whose job file lies on the disk, by the folder that it lies in.

    Drafts are for looking at, and what is run for one file after another has a job's name but
    not its result: no lock is about them.
    """
    if choice.draft or choice.file is not None:
        return []
    by_parent: dict[Path, list[Plan]] = {}
    for plan in plans:
        file = folder / plan.job.source
        if file.is_file():
            by_parent.setdefault(file.parent, []).append(plan)
    by_place: dict[Path, list[Plan]] = {}
    for parent, here in by_parent.items():
        by_place.setdefault(parent.resolve(), []).extend(here)
    return sorted(by_place.items())


def _file(plan: Plan) -> str:
    return Path(plan.job.source).name


def _finished(
    plans: Sequence[Plan], records: Records, old: Lock, *, folder: Path, place: Path
) -> dict[tuple[str, str], Entry]:
    """Return the entries of the plans that are carried out whole, by file and job name."""
    found: dict[tuple[str, str], Entry] = {}
    for plan in plans:
        name = (_file(plan), plan.job.name)
        known = records.get(job_id(plan.job.source, plan.job.name, folder=folder), ())
        entry = entry_of(plan, known, place=place)
        if entry is not None:
            found[name] = _looked_into(entry, old.entry(*name), place)
    return found


def entry_of(plan: Plan, records: Sequence[Record], *, place: Path) -> Entry | None:
    """Return what a lock in `place` says of a plan, `None` where it is not carried out whole.

    It does not say what is inside the outputs. Pure.
    """
    latest = {(record.intent.task, record.intent.key): record for record in records}
    mine = [found for task in plan.tasks if (found := latest.get((task.id, task.key)))]
    ended = {one.intent.task: one.outcome for one in mine if one.stage is Stage.DONE}
    if len(ended) < len(plan.tasks):
        return None
    said = [ended[task.id].after for task in plan.tasks if task.kind is TaskKind.SAY]
    return Entry(
        engine=engine_of(plan.backend),
        inputs=dict(_inputs(plan)),
        steps={task.id: task.key for task in plan.tasks},
        outputs=dict(_outputs(plan, ended, place)),
        timeline=said[-1] if said else None,
        credits=spent_on(plan, records),
    )


def spent_on(plan: Plan, records: Sequence[Record]) -> int | None:
    """Return the credits that the tasks of a plan have cost so far, in every attempt.

    `None` where nobody knows of any of them.
    """
    keys = {task.key for task in plan.tasks}
    costs = [one.outcome.credits for one in records if one.intent.key in keys]
    known = [cost for cost in costs if cost is not None]
    return sum(known) if known else None


def _inputs(plan: Plan) -> Iterator[tuple[str, Digest]]:
    for task in plan.tasks:
        if isinstance(task.subject, Input) and task.digest is not None:
            yield task.subject.id, task.digest


def _outputs(
    plan: Plan, ended: Mapping[str, Outcome], place: Path
) -> Iterator[tuple[str, LockedOutput]]:
    for task in plan.renders:
        made = ended[task.id].output
        if isinstance(task.subject, Export) and made is not None:
            path = relative(made.path, place)
            yield task.subject.id, LockedOutput(path, made.digest, made.size_bytes)


def _looked_into(entry: Entry, old: Entry | None, place: Path) -> Entry:
    """Return the entry with what is inside each output; known files are not read again."""
    known = {output.digest: output.content for output in old.outputs.values()} if old else {}
    outputs = {
        name: replace(
            output,
            content=known.get(output.digest) or looked_into(place / output.path, output.digest),
        )
        for name, output in entry.outputs.items()
    }
    return replace(entry, outputs=outputs)


@lru_cache(maxsize=64)
def looked_into(path: Path, _digest: Digest) -> Content | None:
    """Return what is inside a video of that digest: no file is read twice for one."""
    return inside(path)


def inside(path: Path) -> Content | None:
    """Return what is inside a video, `None` where it cannot be read here. Safe to repeat."""
    if find_spec("av") is None:
        return None
    from mvpipe.engine.encode.gops import content_of  # noqa: PLC0415 - imports av

    try:
        return content_of(path)
    except DamagedMedia:
        return None


def _renewed(
    entries: Mapping[tuple[str, str], Entry], place: Path, *, whole: Sequence[Plan] | None
) -> Lock:
    """Return the lock of a folder with these entries, without those of files that are gone."""
    old = read_lock(place)
    there = {file: jobs for file, jobs in old.jobs.items() if (place / file).is_file()}
    return _taken_in(entries, replace(old, jobs=there), whole=whole)


def _taken_in(
    entries: Mapping[tuple[str, str], Entry], old: Lock, *, whole: Sequence[Plan] | None
) -> Lock:
    """Return the lock with these entries. Pure.

    `whole` are all jobs of their files: entries of others are left out. Where it is `None`, the
    jobs lack exports that nobody asked for, and what is locked of those stays.
    """
    new = old
    for (file, job), entry in entries.items():
        made = entry if whole is not None else _joined(entry, old.entry(file, job))
        if new.entry(file, job) != made:
            new = with_entry(new, file=file, job=job, entry=made)
    for file, jobs in _jobs_by_file(whole or ()).items():
        if new.jobs.get(file, {}).keys() - jobs:
            new = without_others(new, file=file, jobs=frozenset(jobs))
    return new


def _jobs_by_file(plans: Sequence[Plan]) -> dict[str, set[str]]:
    jobs: dict[str, set[str]] = {}
    for plan in plans:
        jobs.setdefault(_file(plan), set()).add(plan.job.name)
    return jobs


def _joined(entry: Entry, old: Entry | None) -> Entry:
    """Return the entry with the exports of an older one that has the same edit. Pure."""
    if old is None or _without_renders(old) != _without_renders(entry):
        return entry
    outputs, steps = {**old.outputs, **entry.outputs}, {**old.steps, **entry.steps}
    return replace(entry, outputs=outputs, steps=steps)


def _without_renders(entry: Entry) -> Entry:
    steps = {n: key for n, key in entry.steps.items() if n.partition(" ")[0] != TaskKind.RENDER}
    return replace(entry, outputs={}, steps=steps, credits=None)


def _unlike(entries: Mapping[tuple[str, str], Entry], lock: Lock) -> Iterator[str]:
    """Yield what of the outputs is not as the lock has it."""
    for (file, job), entry in entries.items():
        locked = lock.entry(file, job)
        for name, output in entry.outputs.items():
            if locked is None or name not in locked.outputs:
                continue  # `check` has refused it
            found = verdict(name, locked.outputs[name], output)
            if found.state is not State.SAME:
                yield f"{job}: {fault(found)}"
