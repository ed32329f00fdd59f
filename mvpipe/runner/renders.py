"""Waits for renders: how long, what their states mean, and where their files may go."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import assert_never

from mvpipe.backends.base import Backend, RenderId, RenderState, RenderStatus
from mvpipe.errors import OutputError, RenderFailed, StillRendering, Timeout
from mvpipe.journal.records import JobId
from mvpipe.model.canonical import digest_of
from mvpipe.model.plan import Task

POLL_EVERY_S = 0.2
STALLED_S = 600.0
"""A render of a short song at 1080 lines that moves no further for so long is given up."""
USUAL_FRAMES = 9000
LOOK_AROUND = "run the job again; `mvpipe doctor` looks around"

Seen = Callable[[RenderState], None]


def render_id(job: JobId, task: Task, *, session: str, attempt: int) -> RenderId:
    """Return the name a render is ordered under: the same for the same try, never another's."""
    named = digest_of([job, task.id, task.key, session, attempt])
    return RenderId(f"render-{named[:32]}")


@dataclass(frozen=True, slots=True)
class Waiting:
    """Where a render is waited for, and by which clock, in seconds."""

    backend: Backend
    clock: Callable[[], float]
    sleep: Callable[[float], None]

    def wait(self, render: RenderId, *, patience_s: float, seen: Seen) -> RenderState:
        """Wait until a render is done; `seen` hears whenever it moves on.

        Safe to repeat. Raises RenderFailed where it ends without a video, UnknownRender, and
        where it has not moved for `patience_s`: StillRendering if it goes on without us,
        Timeout if it cannot.
        """
        moved, moved_at = -1, self.clock()
        while True:
            state = self.backend.poll(render)
            if state.frames_done != moved:
                moved, moved_at = state.frames_done, self.clock()
                seen(state)
            if ended(state):
                return state
            if self.clock() - moved_at > patience_s:
                raise self._given_up(patience_s)
            self.sleep(POLL_EVERY_S)

    def _given_up(self, patience_s: float) -> Timeout | StillRendering:
        minutes = f"{patience_s / 60:.0f} minutes"
        if self.backend.lasts():
            return StillRendering(
                f"the render has not moved for {minutes} and may still go on",
                hint="`mvpipe collect` fetches it once it is done",
            )
        return Timeout(
            f"no frame was finished in {minutes}",
            hint="run the job again; a lower quality or size needs less",
        )


def patience_s(frames: int | None) -> float:
    """Return how long a render of so many frames may stand still.

    Ten minutes, and in proportion for what is longer than five minutes of song.
    """
    return STALLED_S * max(1.0, (frames or 0) / USUAL_FRAMES)


def ended(state: RenderState) -> bool:
    """Say whether a render is done; raises RenderFailed where it ended without a video."""
    match state.status:
        case RenderStatus.DONE:
            return True
        case RenderStatus.FAILED | RenderStatus.CANCELLED:
            problem = state.problem or f"the render was {state.status}"
            raise RenderFailed(problem, hint=state.hint or LOOK_AROUND)
        case RenderStatus.PENDING | RenderStatus.RENDERING:
            return False
        case _:
            assert_never(state.status)


def require_unmoved(folder: Path) -> None:
    """Raise OutputError where a folder, resolved when the job was read, has become a link."""
    if folder.resolve() != folder:
        raise OutputError(
            f"'{folder}' leads elsewhere than when the job was read",
            hint="let nobody else change the output folder during a run",
        )
