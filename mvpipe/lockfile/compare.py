"""Says in sentences what of a plan is not as an entry of the lock has it. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from os.path import relpath
from pathlib import Path, PurePath
from typing import assert_never

from mvpipe.lockfile.entry import Entry, engine_of
from mvpipe.model.chain import key_after
from mvpipe.model.job import Export, Input
from mvpipe.model.plan import Plan, Task, TaskKind


def compare(plan: Plan, locked: Entry | None, *, folder: Path) -> tuple[str, ...]:
    """Return what differs, one sentence part each, causes only; nothing where all is the same.

    `folder` is the lock's, and absolute.
    """
    if locked is None:
        return ("the lock knows nothing of this job",)
    found = (*_engine(plan, locked), *_inputs(plan, locked), *_tasks(plan, locked))
    if not found and {task.id: task.key for task in plan.tasks} != dict(locked.steps):
        found = ("its steps come in another order",)
    return (*found, *_paths(plan, locked, folder))


def _engine(plan: Plan, locked: Entry) -> Iterator[str]:
    here = engine_of(plan.backend)
    for name in sorted({*here, *locked.engine}):
        now, was = here.get(name, "not there"), locked.engine.get(name, "not there")
        if now != was:
            yield f"{name} is {now} here, and {was} in the lock"


def _inputs(plan: Plan, locked: Entry) -> Iterator[str]:
    digests = {
        task.subject.id: (task.digest, task.subject.shown)
        for task in plan.tasks
        if isinstance(task.subject, Input)
    }
    for name, (digest, shown) in digests.items():
        if name not in locked.inputs:
            yield f"the input '{name}' ({shown}) is not in the lock"
        elif locked.inputs[name] != digest:
            yield f"the input '{name}' ({shown}) is another file"
    yield from (
        f"the input '{name}' is in the lock only"
        for name in sorted(locked.inputs.keys() - digests.keys())
    )


def _tasks(plan: Plan, locked: Entry) -> Iterator[str]:
    """Yield what was changed, added or removed itself, not what merely follows from that.

    Uploads are left out: their files were looked at already.
    """
    tasks = {task.id: task for task in plan.tasks if task.kind is not TaskKind.UPLOAD}
    for task in tasks.values():
        if task.id not in locked.steps:
            yield f"'{task.id}' is not in the lock"
        elif not _same_itself(task, locked, engine=engine_of(plan.backend)):
            yield _changed(task)
    for name in sorted(locked.steps.keys() - tasks.keys()):
        if name.partition(" ")[0] != TaskKind.UPLOAD:
            yield f"'{name}' is in the lock only"


def _same_itself(task: Task, locked: Entry, *, engine: Mapping[str, str]) -> bool:
    """Say whether a task would have its locked key after one of the lock's other tasks.

    Of an opening nobody can tell where the engine is another one, which is said anyway.
    """
    wanted = locked.steps[task.id]
    if task.key == wanted:
        return True
    if task.kind is TaskKind.OPEN:
        return engine != locked.engine
    return any(key_after(task.parts, before) == wanted for before in locked.steps.values())


def _changed(task: Task) -> str:
    match task.kind:
        case TaskKind.OPEN:
            return "its language, seed or music hints, or the backend's address, changed"
        case TaskKind.SAY:
            return f"the text or the expectation of '{task.id}' changed"
        case TaskKind.CHECK:
            return f"what '{task.id}' expects changed"
        case TaskKind.RENDER:
            return f"size, frame rate or quality of '{task.id}' changed"
        case TaskKind.UPLOAD:
            return f"'{task.id}' changed"
        case _:
            assert_never(task.kind)


def _paths(plan: Plan, locked: Entry, folder: Path) -> Iterator[str]:
    for export in (task.subject for task in plan.renders if isinstance(task.subject, Export)):
        output = locked.outputs.get(export.id)
        if output is not None and output.path != relative(export.to, folder):
            yield f"the export '{export.id}' goes to {export.shown}, not {output.path}"


def relative(path: Path, folder: Path) -> str:
    """Return how a lock in `folder` names an output: relative, with `/` on every system.

    But for one on another drive of Windows, to which no relative path leads.
    """
    try:
        return PurePath(relpath(path, folder)).as_posix()
    except ValueError:
        return path.as_posix()
