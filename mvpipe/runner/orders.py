"""Orders to render: placed once, under a name of their own, and asked about by that name."""

from __future__ import annotations

from contextlib import nullcontext, suppress
from dataclasses import dataclass

from mvpipe.backends.base import Backend, RenderId, SessionId
from mvpipe.errors import RenderExists, UnknownRender
from mvpipe.journal.records import Intent, Record, Stage
from mvpipe.model.job import Export
from mvpipe.model.plan import Task
from mvpipe.runner.course import latest
from mvpipe.runner.renders import render_id
from mvpipe.runner.tries import Tries

NEVER_TAKEN = frozenset({Stage.INTENDED, Stage.UNKNOWN})
"""How the journal leaves an order of which the backend may never have heard."""

UNHEARD_OF = "the backend knows no such render"


@dataclass(frozen=True, slots=True)
class Orders:
    """The orders of one job."""

    backend: Backend
    tries: Tries

    def under_way(self, task: Task) -> Intent | None:
        """Return an earlier order that the backend knows, `None` where there is none.

        Safe to repeat.
        """
        record = self._last(task)
        if record is None or record.stage is Stage.FAILED:
            return None
        if record.intent.render is None or not self.backend.lasts():
            return None
        try:
            self.backend.poll(RenderId(record.intent.render))
        except UnknownRender:
            if record.stage not in NEVER_TAKEN:
                self.tries.fail(record.intent, UNHEARD_OF)
            return None
        self.tries.accept(record.intent)
        return record.intent

    def place(self, task: Task, export: Export, *, session: SessionId) -> Intent:
        """Order a video; not safe to repeat, unless `under_way` has found nothing.

        An order that never arrived is placed again under its own name: if it was only slow, it
        still counts once. Raises what the backend raises, OutcomeUnknown where nobody can tell.
        """
        lost = self._lost(task, session)
        intent = lost or self._new(task, session)
        render = RenderId(intent.render or "")
        # what goes wrong now proves nothing of an order that was sent before
        watched = self.tries.tried(intent) if lost is None else nullcontext()
        with watched, suppress(RenderExists):  # nobody else has its name
            self.backend.render(session, export=export, render=render)
        self.tries.accept(intent)
        return intent

    def _lost(self, task: Task, session: SessionId) -> Intent | None:
        record = self._last(task)
        if record is None or record.stage not in NEVER_TAKEN or not self.backend.lasts():
            return None
        if record.session == session:
            return record.intent
        self.tries.fail(record.intent, UNHEARD_OF)
        return None

    def _new(self, task: Task, session: SessionId) -> Intent:
        attempt = self.tries.attempt(task)
        render = render_id(self.tries.job, task, session=session, attempt=attempt)
        return self.tries.intend(task, session=session, render=render)

    def _last(self, task: Task) -> Record | None:
        return latest(self.tries.records).get((task.id, task.key))
