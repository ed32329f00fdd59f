"""What was tried for one job: written to the journal before it is sent, and when it ends."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace

from mvpipe.errors import MvpipeError, OutcomeUnknown
from mvpipe.journal.records import Intent, JobId, Outcome, Record, Stage
from mvpipe.model.canonical import Digest
from mvpipe.model.plan import Plan, Task
from mvpipe.runner.memory import Memory


@dataclass(slots=True)
class Tries:
    """The journal as far as one job goes, with what this run has added to it."""

    job: JobId
    memory: Memory
    records: list[Record] = field(default_factory=list)

    def read(self) -> None:
        """Take in what the journal holds. Safe to repeat."""
        self.records = list(self.memory.book.records([self.job])[self.job])

    def attempt(self, task: Task) -> int:
        """Return the number that the next attempt at a task under its key has, from 1."""
        mine = (
            record.intent.attempt
            for record in self.records
            if (record.intent.task, record.intent.key) == (task.id, task.key)
        )
        return max(mine, default=0) + 1

    def intend(
        self,
        task: Task,
        *,
        session: str | None,
        render: str | None = None,
        before: Digest | None = None,
    ) -> Intent:
        """Write down what is about to be tried; it is on the disk when this returns."""
        intent = Intent(
            job=self.job,
            task=task.id,
            kind=task.kind,
            key=task.key,
            attempt=self.attempt(task),
            parts=task.parts,
            session=session,
            render=render,
            before=before,
        )
        self.memory.book.intend(intent)
        now = self.memory.now()
        self.records.append(Record(intent, Outcome(Stage.INTENDED), intended_s=now))
        return intent

    def accept(self, intent: Intent) -> None:
        """Write down that the backend took it. Safe to repeat."""
        self.memory.book.accept(intent)
        self._replace(intent, Outcome(Stage.ACCEPTED))

    def end(self, intent: Intent, outcome: Outcome) -> None:
        """Write down how it ended, or how far it is. Safe to repeat."""
        self.memory.book.end(intent, outcome)
        self._replace(intent, outcome)

    def fail(self, intent: Intent, detail: str) -> None:
        """Write down that it ended, surely, and without effect. Safe to repeat."""
        self.end(intent, Outcome(Stage.FAILED, detail=detail))

    @contextmanager
    def tried(self, intent: Intent) -> Iterator[None]:
        """Write down how the attempt inside failed: surely, or so that nobody knows."""
        try:
            yield
        except OutcomeUnknown as problem:
            self.end(intent, Outcome(Stage.UNKNOWN, detail=str(problem)))
            raise
        except MvpipeError as problem:
            self.fail(intent, str(problem))
            raise

    def spent(self, plan: Plan) -> int:
        """Return what the job, as the plan has it, has cost in all its runs, in credits.

        A prompt that nobody saw end counts at its price: it may have been paid for.
        """
        prices = {task.key: task.credits for task in plan.tasks}
        mine = (record for record in self.records if record.intent.key in prices)
        return sum(_cost(record, price=prices[record.intent.key]) for record in mine)

    def named_once(self, record: Record) -> bool:
        """Say whether no other attempt can have left the step's name in the record's session.

        One that surely failed left nothing.
        """
        return not any(
            other.intent.task == record.intent.task
            and other.session == record.session
            and other.intent != record.intent
            and other.stage is not Stage.FAILED
            for other in self.records
        )

    def _replace(self, intent: Intent, outcome: Outcome) -> None:
        self.records = [
            replace(record, outcome=outcome) if record.intent == intent else record
            for record in self.records
        ]


def _cost(record: Record, *, price: int) -> int:
    if record.outcome.credits is not None:
        return record.outcome.credits
    return 0 if record.stage is Stage.FAILED else price
