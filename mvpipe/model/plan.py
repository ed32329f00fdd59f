"""A plan: the ordered tasks of one job, each with a key."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from mvpipe.model.canonical import Digest
from mvpipe.model.job import Check, Export, Input, Job, Prompt
from mvpipe.model.media import Size


class TaskKind(StrEnum):
    """What a task does."""

    OPEN = "open"
    UPLOAD = "upload"
    SAY = "say"
    CHECK = "check"
    RENDER = "render"


Subject = None | Input | Prompt | Check | Export


@dataclass(frozen=True, slots=True)
class Estimate:
    """What a render will be like.

    `size` is `None` where the prompts decide it, `frames` and `seconds` where the song's length
    is not known before it is heard. `credits` is what the backend will charge.
    """

    size: Size | None
    fps: int
    frames: int | None
    seconds: float | None
    credits: int


@dataclass(frozen=True, slots=True)
class Task:
    """One thing to do. `key` changes with everything that could change the result.

    `id` is unique within the plan and stable; `parts` is the canonical JSON whose digest the
    key is; `digest`, of the file, is there for uploads, `estimate` for renders. `credits` is
    about what a prompt will cost.
    """

    id: str
    kind: TaskKind
    key: Digest
    parts: str
    subject: Subject = None
    estimate: Estimate | None = None
    digest: Digest | None = None
    credits: int = 0

    @property
    def price(self) -> int:
        """What the task will cost, about, in credits."""
        return self.credits + (self.estimate.credits if self.estimate else 0)


@dataclass(frozen=True, slots=True)
class Plan:
    """The tasks of one job in the order in which they run, and the backend they are for."""

    job: Job
    backend: str
    tasks: tuple[Task, ...]

    @property
    def renders(self) -> tuple[Task, ...]:
        """The tasks that make a video."""
        return tuple(task for task in self.tasks if task.kind is TaskKind.RENDER)

    @property
    def credits(self) -> int:
        """What the whole plan will cost, about."""
        return sum(task.price for task in self.tasks)
