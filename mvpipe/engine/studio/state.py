"""Where a render stands."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class RenderPhase(StrEnum):
    """The last three are final."""

    RENDERING = "rendering"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class RenderProgress:
    """How far a render is, in frames.

    `frames_kept` of those done were there already, from an earlier render. `problem` is one
    sentence where it failed, `hint` a way out.
    """

    phase: RenderPhase
    frames_done: int
    frames_total: int
    problem: str = ""
    hint: str = ""
    frames_kept: int = 0
