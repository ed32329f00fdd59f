"""Carries out one job: what is left of it, each step journalled before and after."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import assert_never

from mvpipe.backends.base import Backend, RenderId, RenderState, SessionId
from mvpipe.disk import sweep_beside
from mvpipe.errors import (
    ExpectationFailed,
    MvpipeError,
    OutcomeUnknown,
    RenderFailed,
    SessionGone,
    UnknownRender,
)
from mvpipe.journal.records import Intent, Outcome, Record, Stage
from mvpipe.model.canonical import Digest
from mvpipe.model.job import Check, Expectation, Export, Input, Prompt
from mvpipe.model.plan import Plan, Task
from mvpipe.model.timecode import timecode
from mvpipe.runner.account import Account
from mvpipe.runner.course import CHANGES, IN_FLIGHT, Course, chart
from mvpipe.runner.expect import unmet
from mvpipe.runner.orders import Orders
from mvpipe.runner.renders import Waiting, patience_s, require_unmoved
from mvpipe.runner.tell import Done, Teller
from mvpipe.runner.tries import Tries
from mvpipe.runner.turn import Earlier, NeverArrived, Taken, settle, take_turn

MOST_LOSSES = 2
"""So often a job is begun anew because its session went away under it."""

LEFT_BEHIND = "the session of an earlier run cannot be gone on with"


class _SessionLost(Exception):
    """The session of an earlier run is gone, or has moved on past what is still to do."""


@dataclass(frozen=True, slots=True)
class Rules:
    """What the operator wants: `fresh` keeps nothing, `resend` says again what may be lost."""

    fresh: bool = False
    resend: bool = False


@dataclass(frozen=True, slots=True)
class _Said:
    """A prompt whose turn is over; `credits` is what it cost, `None` where nobody knows."""

    intent: Intent
    taken: Taken
    credits: int | None


@dataclass(slots=True)
class JobRun:
    """One job under way: its session and what it has heard and made so far."""

    plan: Plan
    backend: Backend
    tries: Tries
    tell: Teller
    account: Account
    sleep: Callable[[float], None]
    rules: Rules = Rules()
    session: SessionId | None = None
    course: Course = field(default_factory=Course)
    lost: set[str] = field(default_factory=set)
    durations: dict[str, int | None] = field(default_factory=dict)
    outputs: list[Path] = field(default_factory=list)

    def carry_out(self) -> None:
        """Do what is left to do. Safe to repeat: what was done is kept, and looked for first.

        Raises what the backend raises, ExpectationFailed, BudgetExceeded, OutcomeUnknown.
        """
        losses = 0
        while True:
            self._begin()
            self._require_credits()
            try:
                for task in self.plan.tasks:
                    self._task(task)
            except _SessionLost:
                self._leave()
                self.tell.note(self.plan.tasks[0], LEFT_BEHIND)
            except SessionGone:
                losses += 1
                if losses == MOST_LOSSES:
                    raise
                self._leave()
                self.tell.note(self.plan.tasks[0], "the session is gone; starting in a new one")
            else:
                return

    def collect(self) -> None:
        """Fetch every render that is under way, and order none. Safe to repeat."""
        self._begin()
        left = [task for task in self.plan.tasks if task.id not in self.course.kept]
        exports = [(task, task.subject) for task in left if isinstance(task.subject, Export)]
        fetched = [self._collects(*export) for export in exports]
        if not any(fetched):
            self.tell.note(self.plan.tasks[0], "no render is under way")

    def _collects(self, task: Task, export: Export) -> bool:
        """Fetch a render that is under way; say whether there was one."""
        intent = self._orders().under_way(task)
        if intent is None:
            return False
        self.tell.started(task)
        began = self.tell.clock()
        self.tell.finished(task, self._collected(task, export, intent), began=began)
        return True

    def _begin(self) -> None:
        """Choose the way from what is known by now."""
        self.tries.read()
        self.session, self.outputs = None, []
        if self.rules.fresh:
            self.course = Course()
            return
        self.course = chart(
            self.plan,
            self.tries.records,
            good=self.tries.memory.good,
            lasting=self.backend.lasts(),
            without=frozenset(self.lost),
        )

    def _require_credits(self) -> None:
        """See to it, before anything is sent, that what is left to do can be paid for."""
        told = self.account.require_all(self.course)
        if told is not None:
            self.tell.note(self.plan.tasks[0], told)

    def _leave(self) -> None:
        if self.session is not None:
            self.lost.add(self.session)

    def _task(self, task: Task) -> None:
        kept = self.course.kept.get(task.id)
        if kept is not None:
            self._keep(task, kept)
            return
        self.tell.started(task)
        began = self.tell.clock()
        self.tell.finished(task, self._does(task), began=began)

    def _keep(self, task: Task, record: Record) -> None:
        """Take over what an earlier run did."""
        match task.subject:
            case Input():
                self.durations[task.subject.id] = record.outcome.length_ms
            case Export():
                self.outputs.append(task.subject.to)
            case _:
                pass
        self.tell.kept(task)

    def _does(self, task: Task) -> Done:
        """Do one task; return what to say of it."""
        match task.subject:
            case None:
                return Done(self._open(task))
            case Input():
                return Done(self._upload(task, task.subject))
            case Prompt():
                return Done(self._say(task, task.subject))
            case Check():
                return Done(self._look(task, task.subject.expect))
            case Export():
                return self._render(task, task.subject)
            case _:
                assert_never(task.subject)

    def _open(self, task: Task) -> str:
        if self.course.session is not None:
            return self._resume(SessionId(self.course.session))
        job = self.plan.job
        intent = self.tries.intend(task, session=None)
        with self.tries.tried(intent):
            self.session = self.backend.open(
                name=job.name, language=job.language, seed=job.seed, hints=job.hints
            )
        self.tries.end(intent, Outcome(Stage.DONE, session=self.session))
        return ""

    def _resume(self, session: SessionId) -> str:
        self.session = session
        done = {r.intent.task for r in self.course.taken_in if r.stage is Stage.DONE}
        subjects = [task.subject for task in self.plan.tasks if task.id in done]
        uploaded = [item for item in subjects if isinstance(item, Input)]
        if not self.backend.resume(session, uploaded=uploaded):
            raise _SessionLost
        return "resumed"

    def _upload(self, task: Task, item: Input) -> str:
        def progress(percent: int) -> None:
            self.tell.progress(task, done=percent, total=100, unit="percent")

        intent = self.tries.intend(task, session=self._session())
        with self.tries.tried(intent):
            uploaded = self.backend.upload(self._session(), item, progress=progress)
        length = uploaded.duration_ms
        self.tries.end(intent, Outcome(Stage.DONE, length_ms=length))
        self.durations[item.id] = length
        for note in uploaded.notes:
            self.tell.note(task, note)
        return "" if length is None else f"{timecode(length)} long, heard"

    def _say(self, task: Task, prompt: Prompt) -> str:
        """See to it that a prompt is said once, and find out what came of it."""
        said = self._said_before(task, prompt) or self._said_at_last(task, prompt)
        self.tell.said(task, said.taken.text)
        if prompt.expect is not None:
            self._check(prompt.expect)
        after = said.taken.after
        self.tries.end(said.intent, Outcome(Stage.DONE, after=after, credits=said.credits))
        if said.taken.changed is None:
            return "nothing changed"
        self.tell.changed(task, said.taken.changed)
        return ""

    def _said_at_last(self, task: Task, prompt: Prompt) -> _Said:
        """Say a prompt, and once more where it was surely lost on its way."""
        try:
            return self._said(task, prompt)
        except NeverArrived as problem:
            self.tell.note(task, f"{problem}; saying it again")
        return self._said(task, prompt)

    def _said(self, task: Task, prompt: Prompt) -> _Said:
        """Say a prompt, within the limits of what may be spent, and see what it cost."""
        self.account.require(task)
        before = self.backend.timeline(self._session())
        intent = self.tries.intend(task, session=self._session(), before=before.digest)
        with self.tries.tried(intent):
            taken = take_turn(
                self.backend,
                self._session(),
                prompt,
                before=before,
                notice=lambda text: self.tell.note(task, text),
                sleep=self.sleep,
            )
        paid = self.account.pay(task)
        # whatever follows, the prompt was said: only its expectation is still to be met
        self.tries.end(intent, Outcome(Stage.ACCEPTED, after=taken.after, credits=paid))
        return _Said(intent, taken, paid)

    def _said_before(self, task: Task, prompt: Prompt) -> _Said | None:
        """Find out what became of a prompt that an earlier run said; `None`: it is to be said.

        Raises OutcomeUnknown where nobody can tell, unless the operator wants it said again.
        """
        record = self._flight(task)
        if record is None:
            return None
        earlier = Earlier(
            before=record.intent.before or Digest(""),
            age_s=self.tries.memory.now() - record.intended_s,
            over=record.stage is Stage.ACCEPTED,
            named=self.tries.named_once(record),
        )
        try:
            taken = settle(
                self.backend,
                self._session(),
                prompt,
                earlier=earlier,
                notice=lambda text: self.tell.note(task, text),
                sleep=self.sleep,
            )
        except OutcomeUnknown as problem:
            self.tries.end(record.intent, Outcome(Stage.UNKNOWN, detail=str(problem)))
            if not self.rules.resend:
                raise
            self.tell.note(task, "nobody can tell whether it arrived; saying it again")
            return None
        if taken is None:
            self.tries.fail(record.intent, "it never arrived")
            return None
        known = record.outcome.credits
        paid = self.account.presumed(task) if known is None else known
        return _Said(record.intent, taken, paid)

    def _flight(self, task: Task) -> Record | None:
        """Return the attempt of an earlier run whose outcome is still to be found out."""
        last = self.course.taken_in[-1:]
        mine = [r for r in last if r.intent.task == task.id and r.stage in IN_FLIGHT]
        return mine[0] if mine else None

    def _look(self, task: Task, expectation: Expectation) -> str:
        intent = self.tries.intend(task, session=self._session())
        with self.tries.tried(intent):
            self._check(expectation)
        self.tries.end(intent, Outcome(Stage.DONE))
        return "as expected"

    def _check(self, expectation: Expectation) -> None:
        timeline = self.backend.timeline(self._session()).timeline
        problems = unmet(expectation, timeline, durations=self.durations)
        if problems:
            raise ExpectationFailed(
                f"the timeline is not as expected: {'; '.join(problems)}",
                hint="change the prompt or the expectation; see `mvpipe preview`",
            )

    def _render(self, task: Task, export: Export) -> Done:
        """Collect what is under way, or order it; what failed remotely is ordered once more."""
        intent = self._at_work(task, export)
        try:
            return self._collected(task, export, intent)
        except (RenderFailed, UnknownRender) as problem:
            if not self.backend.lasts():
                raise
            self.tell.note(task, f"{problem}; ordering it once more")
        return self._collected(task, export, self._ordered(task, export))

    def _at_work(self, task: Task, export: Export) -> Intent:
        """Return an order that the backend has: an earlier run's, or one that is placed now.

        Where nobody can tell whether it has, it is asked once more, and patiently.
        """
        try:
            return self._under_way(task) or self._ordered(task, export)
        except OutcomeUnknown as unknown:
            try:
                known = self._under_way(task)
            except MvpipeError:
                raise unknown from None
        return known or self._ordered(task, export)

    def _under_way(self, task: Task) -> Intent | None:
        """Return an earlier run's order that the backend knows, `None` where there is none."""
        intent = None if self.rules.fresh else self._orders().under_way(task)
        if intent is not None:
            self.tell.note(task, "ordered before: waiting for it, not ordering it again")
        return intent

    def _ordered(self, task: Task, export: Export) -> Intent:
        if self._too_late(task):
            raise _SessionLost
        return self._orders().place(task, export, session=self._session())

    def _orders(self) -> Orders:
        return Orders(self.backend, self.tries)

    def _too_late(self, task: Task) -> bool:
        """Say whether the session taken up has moved on past the task."""
        if self.course.session is None:
            return False
        ahead = self.plan.tasks[: self.plan.tasks.index(task)]
        return sum(t.kind in CHANGES for t in ahead) < len(self.course.taken_in)

    def _collected(self, task: Task, export: Export, intent: Intent) -> Done:
        """Wait for a render and fetch it. What cannot go on without us is stopped with us."""
        render = RenderId(intent.render or "")
        frames = task.estimate.frames if task.estimate else None
        waiting = Waiting(self.backend, clock=self.tell.clock, sleep=self.sleep)

        def seen(state: RenderState) -> None:
            done, total, kept = state.frames_done, state.frames_total, state.frames_kept
            self.tell.progress(task, done=done, total=total, unit="frames", kept=kept)

        try:
            state = waiting.wait(render, patience_s=patience_s(frames), seen=seen)
            require_unmoved(export.to.parent)
            sweep_beside(export.to, alone=True)  # the job is ours, so the file is too
            notes = self.backend.fetch(render, export.to)
        except (RenderFailed, UnknownRender) as problem:
            self.tries.fail(intent, str(problem))
            raise
        except BaseException:
            if not self.backend.lasts():
                self.backend.cancel(render)
            raise
        output = self.tries.memory.measure(export.to)
        self.tries.end(intent, Outcome(Stage.DONE, output=output))
        for note in notes:
            self.tell.note(task, note)
        self.outputs.append(export.to)
        told = f"{state.frames_total} frame{'' if state.frames_total == 1 else 's'}"
        return Done(told, output=export.to, kept=state.frames_kept > 0)

    def _session(self) -> SessionId:
        if self.session is None:
            raise AssertionError("a plan opens its session first")
        return self.session
