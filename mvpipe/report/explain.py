"""Why tasks would be done again, as a person reads it, and as a program does."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import takewhile
from typing import assert_never

from mvpipe.model.canonical import Digest
from mvpipe.model.chain import Change, Difference
from mvpipe.model.plan import TaskKind
from mvpipe.report.clean import one_line

SCHEMA_VERSION = 1
DIGEST = re.compile(r'"([0-9a-f]{12})[0-9a-f]{52}"')
"""Of a digest its first digits tell as much as all of them."""

MOST_ALIKE, LEAD = 48, 16
"""Values that are alike for longer are shown from a little before where they part."""


class Standing(StrEnum):
    """How a task stands, held against when it was last done."""

    SAME = "same"
    CHANGED = "changed"
    NEVER = "never"
    GONE = "gone"
    """It was done, and the file it left is no longer there as it was."""


@dataclass(frozen=True, slots=True)
class Explained:
    """One task: its key now, what it was, and every difference that leads to it.

    `told` says in words what there is to say of a task that was never done, or is gone.
    """

    task: str
    kind: TaskKind
    standing: Standing
    key: Digest
    was: Digest | None = None
    differences: tuple[Difference, ...] = ()
    told: str = ""


@dataclass(frozen=True, slots=True)
class ExplainedJob:
    """A job and its tasks, in order."""

    name: str
    source: str
    tasks: tuple[Explained, ...]


def explain_text(jobs: Sequence[ExplainedJob], *, whole: bool) -> str:
    """Return the tasks as lines; with `whole` each with all that leads to it."""
    return "\n".join(line for job in jobs for line in _lines(job, whole=whole))


def _lines(job: ExplainedJob, *, whole: bool) -> Iterator[str]:
    yield f"{one_line(job.name)}  ({one_line(job.source)})"
    width = max((len(one_line(task.task)) for task in job.tasks), default=0)
    for task in job.tasks:
        first, *more = _told(task, whole=whole)
        yield f"  {one_line(task.task):<{width}}  {first}"
        yield from (f"  {'':<{width}}  {line}" for line in more)
    if all(task.standing is Standing.SAME for task in job.tasks):
        yield "  nothing changed"


def _told(task: Explained, *, whole: bool) -> Sequence[str]:
    match task.standing:
        case Standing.SAME:
            return ["done"]
        case Standing.NEVER | Standing.GONE:
            return [one_line(task.told)]
        case Standing.CHANGED:
            return _reasons(task, whole=whole)
        case _:
            assert_never(task.standing)


def _reasons(task: Explained, *, whole: bool) -> Sequence[str]:
    """Return what changed of a task itself, else what it follows from."""
    if whole:
        return [f"{one_line(one.task)}: {_change(one)}" for one in task.differences]
    own = [_change(one) for one in task.differences if one.task == task.task]
    causes = dict.fromkeys(one.task for one in task.differences)
    return own or [f"follows {', '.join(repr(one_line(cause)) for cause in causes)}"]


def _change(one: Difference) -> str:
    match one.change:
        case Change.CHANGED:
            old, new = _apart(one.old, one.new)
            return f"{one.part.removeprefix('does.')}: {old} -> {new}"
        case Change.ADDED:
            return "is new"
        case Change.REMOVED:
            return "is gone from the job"
        case Change.MOVED:
            return "comes in another order"
        case Change.FORGOTTEN:
            return "what came before it then is not remembered"
        case _:
            assert_never(one.change)


def _apart(old: str | None, new: str | None) -> tuple[str, str]:
    """Return both values as they are shown: of long ones what stands where they part."""
    pairs = zip(old or "", new or "", strict=False)
    same = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], pairs))
    cut = max(0, same - LEAD) if same > MOST_ALIKE else 0
    return _value(old, cut), _value(new, cut)


def _value(written: str | None, cut: int) -> str:
    if written is None:
        return "nothing"
    return ("…" if cut else "") + one_line(DIGEST.sub(r"\1...", written[cut:]))


def explain_json(jobs: Sequence[ExplainedJob]) -> str:
    """Return one JSON document; its form is stable within a `schema_version`."""
    whole = {
        "schema_version": SCHEMA_VERSION,
        "jobs": [
            {"name": job.name, "source": job.source, "tasks": [_object(t) for t in job.tasks]}
            for job in jobs
        ],
    }
    return json.dumps(whole, indent=2)


def _object(task: Explained) -> dict[str, object]:
    return {
        "id": task.task,
        "kind": task.kind.value,
        "state": task.standing.value,
        "key": task.key,
        "was": task.was,
        "told": task.told,
        "differences": [
            {
                "task": one.task,
                "change": one.change.value,
                "part": one.part,
                "old": _data(one.old),
                "new": _data(one.new),
            }
            for one in task.differences
        ],
    }


def _data(written: str | None) -> object:
    return None if written is None else json.loads(written)
