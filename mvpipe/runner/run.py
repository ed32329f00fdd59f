"""Carries out plans, one job after the other. Decides nothing about media or edits."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace

from mvpipe.backends.base import Backend
from mvpipe.errors import Exit, MvpipeError
from mvpipe.journal.records import JobId, Record, Stage
from mvpipe.model.event import JobFinished, JobStarted, Observer, RunFinished, RunStarted
from mvpipe.model.job import Export, Job
from mvpipe.model.plan import Plan
from mvpipe.runner.account import Account
from mvpipe.runner.course import chart, latest
from mvpipe.runner.job import JobRun, Rules
from mvpipe.runner.memory import FORGETFUL, Memory
from mvpipe.runner.purse import Limits, Purse
from mvpipe.runner.tell import Teller
from mvpipe.runner.tries import Tries

INTERRUPTED = "interrupted"
GOES_ON = "a render goes on without us; `mvpipe collect` fetches it"


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a run ended; `exit` is what the command returns."""

    results: tuple[JobFinished, ...]
    exit: Exit


@dataclass(frozen=True, slots=True)
class Runner:
    """Everything a run needs from outside; `clock` gives seconds that never run backwards.

    `backend` gives the backend of a job, and is asked only where there is something to do.
    """

    backend: Callable[[Job], Backend]
    observe: Observer
    clock: Callable[[], float]
    sleep: Callable[[float], None]
    memory: Memory = FORGETFUL
    limits: Limits = Limits()  # noqa: RUF009 - frozen
    rules: Rules = Rules()  # noqa: RUF009 - frozen

    def run(self, plans: Iterable[Plan]) -> Outcome:
        """Carry out every plan; a job that fails does not stop the next.

        Safe to repeat: what was done is kept, and what is under way is looked for first.
        """
        return self._each(tuple(plans), JobRun.carry_out)

    def collect(self, plans: Iterable[Plan]) -> Outcome:
        """Fetch what is under way of every plan, and begin nothing. Safe to repeat."""
        return self._each(tuple(plans), JobRun.collect)

    def _each(self, plans: Sequence[Plan], act: Callable[[JobRun], None]) -> Outcome:
        self.observe(RunStarted(jobs=tuple(plan.job.name for plan in plans)))
        known = self.memory.book.records([self.memory.id_of(plan.job) for plan in plans])
        tally = _Tally(began=self.clock())
        purse = Purse(self.limits)
        try:
            for plan in plans:
                if act is JobRun.carry_out and self._unchanged(plan, known):
                    result = unchanged(plan)
                    self.observe(result)
                    tally.ended.append((result, Exit.DONE))
                else:
                    tally.ended.append(self._job(plan, purse, act))
        except KeyboardInterrupt:
            with suppress(BrokenPipeError):  # who reads along may be interrupted too
                self._finished(tally, interrupted=1)
            raise
        return self._finished(tally)

    def _unchanged(self, plan: Plan, known: Mapping[JobId, Sequence[Record]]) -> bool:
        """Say whether all of a plan was done, and is still there."""
        if self.rules.fresh:
            return False
        records = known.get(self.memory.id_of(plan.job), ())
        return chart(plan, records, good=self.memory.good, lasting=False).finished

    def _finished(self, tally: _Tally, *, interrupted: int = 0) -> Outcome:
        """Tell how the run ended and return it."""
        results = tuple(result for result, _ in tally.ended)
        failed = [code for _, code in tally.ended if code is not Exit.DONE]
        self.observe(
            RunFinished(
                done=len(results) - len(failed),
                failed=len(failed) + interrupted,
                seconds=self.clock() - tally.began,
                unchanged=sum(result.unchanged for result in results),
            )
        )
        return Outcome(results=results, exit=exit_of(failed))

    def _job(
        self, plan: Plan, purse: Purse, act: Callable[[JobRun], None]
    ) -> tuple[JobFinished, Exit]:
        """Carry out one job and tell how it ended, also where Ctrl-C is the end."""
        began, job = self.clock(), plan.job
        self.observe(JobStarted(job=job.name, source=job.source, tasks=len(plan.tasks)))
        result = JobFinished(job=job.name, ok=True, seconds=0)
        code, work = Exit.DONE, None
        try:
            with self.memory.hold(self.memory.id_of(job)):
                work = self._work(plan, purse)
                act(work)
        except MvpipeError as error:
            code = error.exit
            result = replace(result, ok=False, problem=str(error), hint=error.hint)
        except KeyboardInterrupt:
            result = replace(result, ok=False, problem=INTERRUPTED, hint=_going_on(work))
            with suppress(BrokenPipeError):
                self.observe(_told(result, work, seconds=self.clock() - began))
            raise
        result = _told(result, work, seconds=self.clock() - began)
        self.observe(result)
        return result, code

    def _work(self, plan: Plan, purse: Purse) -> JobRun:
        backend = self.backend(plan.job)
        tries = Tries(job=self.memory.id_of(plan.job), memory=self.memory)
        return JobRun(
            plan=plan,
            backend=backend,
            tries=tries,
            tell=Teller(plan, observe=self.observe, clock=self.clock),
            account=Account(plan=plan, backend=backend, tries=tries, purse=purse),
            sleep=self.sleep,
            rules=self.rules,
        )


@dataclass(slots=True)
class _Tally:
    began: float
    ended: list[tuple[JobFinished, Exit]] = field(default_factory=list)


def _told(result: JobFinished, work: JobRun | None, *, seconds: float) -> JobFinished:
    outputs = tuple(work.outputs) if work else ()
    return replace(result, seconds=seconds, outputs=outputs)


def _going_on(work: JobRun | None) -> str:
    """Return what is worth knowing about a job that was broken off."""
    if work is None or not work.backend.lasts():
        return ""
    known = latest(work.tries.records)
    mine = (known.get((task.id, task.key)) for task in work.plan.renders)
    return GOES_ON if any(one and one.stage is Stage.ACCEPTED for one in mine) else ""


def unchanged(plan: Plan) -> JobFinished:
    """Return how a job ends that has nothing to do: with what it made before."""
    exports = [task.subject for task in plan.tasks if isinstance(task.subject, Export)]
    made = tuple(export.to for export in exports)
    return JobFinished(job=plan.job.name, ok=True, seconds=0.0, outputs=made, unchanged=True)


def exit_of(failed: Sequence[Exit]) -> Exit:
    """Return the one code that tells most: the common one where all failures share it."""
    if not failed:
        return Exit.DONE
    return failed[0] if len(set(failed)) == 1 else Exit.FAILED
