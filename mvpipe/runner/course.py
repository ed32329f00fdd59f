"""Decides what is left to do of a plan, from what the journal knows of it. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from mvpipe.journal.records import Output, Record, Stage
from mvpipe.model.canonical import Digest
from mvpipe.model.job import Export
from mvpipe.model.plan import Plan, Task, TaskKind

CHANGES = frozenset({TaskKind.UPLOAD, TaskKind.SAY})
"""What moves a session on; checks and renders only look at it."""

IN_FLIGHT = frozenset({Stage.INTENDED, Stage.ACCEPTED, Stage.UNKNOWN})

Good = Callable[[Output], bool]
"""Says whether a file is still there, as it was left."""

TaskKey = tuple[str, Digest]


@dataclass(frozen=True, slots=True)
class Course:
    """What a run has to do.

    `kept` are the tasks that need nothing, with the record of who did them. `session` is one of
    an earlier run to go on with, `taken_in` the changes that it has behind it, in order.
    """

    kept: Mapping[str, Record] = field(default_factory=dict)
    finished: bool = False
    session: str | None = None
    taken_in: tuple[Record, ...] = ()


def chart(
    plan: Plan,
    records: Sequence[Record],
    *,
    good: Good,
    lasting: bool,
    without: frozenset[str] = frozenset(),
) -> Course:
    """Return what is left of `plan`; `records` are the job's, in order of time.

    `lasting` says whether the backend's sessions outlive a process; `without` names some that
    turned out to be gone all the same. A session can be gone on with where all
    that was done in it is how the plan begins, and nothing that still has to look at it would
    come too late.
    """
    known = latest(records)
    kept = {
        task.id: record
        for task in plan.tasks
        if (record := known.get((task.id, task.key))) and _stands(task, record, good)
    }
    if len(kept) == len(plan.tasks):
        return Course(kept=kept, finished=True)
    looks = {task.id: record for task in plan.tasks if (record := _look(task, kept))}
    if not lasting:
        return Course(kept=looks)
    session, taken_in = _longest(plan, records, looks=frozenset(looks), without=without)
    done = zip(changes_of(plan), taken_in, strict=False)
    again = {task.id: record for task, record in done if record.stage is Stage.DONE}
    return Course(kept={**looks, **again}, session=session, taken_in=taken_in)


def latest(records: Iterable[Record]) -> dict[TaskKey, Record]:
    """Return the newest record of each task and key."""
    return {(record.intent.task, record.intent.key): record for record in records}


def changes_of(plan: Plan) -> tuple[Task, ...]:
    """Return the tasks that move a session on, in order."""
    return tuple(task for task in plan.tasks if task.kind in CHANGES)


def _stands(task: Task, record: Record, good: Good) -> bool:
    """Say whether a task was done and, for a render, its video is still where it belongs."""
    if record.stage is not Stage.DONE:
        return False
    if not isinstance(task.subject, Export):
        return True
    output = record.outcome.output
    return output is not None and output.path == task.subject.to and good(output)


def _look(task: Task, kept: Mapping[str, Record]) -> Record | None:
    return None if task.kind in CHANGES or task.kind is TaskKind.OPEN else kept.get(task.id)


def _longest(
    plan: Plan, records: Sequence[Record], *, looks: frozenset[str], without: frozenset[str]
) -> tuple[str | None, tuple[Record, ...]]:
    """Return the session that is furthest on the plan's way, the newest where several are."""
    found: tuple[str | None, tuple[Record, ...]] = (None, ())
    opening = plan.tasks[0]
    for record in records:
        session = record.session
        opened = record.stage is Stage.DONE and record.intent.key == opening.key
        if not opened or record.intent.kind is not TaskKind.OPEN or session in without:
            continue
        way = _way(plan, [r for r in records if r.intent.session == session], looks=looks)
        if way is not None and (found[0] is None or len(way) >= len(found[1])):
            found = (session, way)
    return found


def _way(
    plan: Plan, records: Sequence[Record], *, looks: frozenset[str]
) -> tuple[Record, ...] | None:
    """Return the changes behind a session, `None` where they lead away from the plan."""
    moved = [
        record
        for record in latest(records).values()
        if record.intent.kind in CHANGES and record.stage is not Stage.FAILED
    ]
    wanted = [(task.id, task.key) for task in changes_of(plan)]
    passed = [(record.intent.task, record.intent.key) for record in moved]
    if passed != wanted[: len(passed)]:
        return None
    if any(record.stage is not Stage.DONE for record in moved[:-1]):
        return None
    late = _too_late(plan, records, behind=len(moved), looks=looks)
    return None if late else tuple(moved)


def _too_late(
    plan: Plan, records: Sequence[Record], *, behind: int, looks: frozenset[str]
) -> bool:
    """Say whether something would have had to look at the session before it moved on.

    A render that was ordered in time can still be collected.
    """
    known = latest(records)
    count = 0
    for task in plan.tasks:
        if task.kind in CHANGES:
            count += 1
        elif task.kind is not TaskKind.OPEN and count < behind and task.id not in looks:
            record = known.get((task.id, task.key))
            if record is None or record.stage not in IN_FLIGHT - {Stage.INTENDED}:
                return True
    return False
