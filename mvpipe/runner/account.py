"""What one job may still spend and what its prompts cost: the balance on either side of each.

What may have been paid for counts as paid, until it is known that it was not.
"""

from __future__ import annotations

from dataclasses import dataclass

from mvpipe.backends.base import Backend, Credits
from mvpipe.model.plan import Plan, Task
from mvpipe.runner.course import IN_FLIGHT, Course
from mvpipe.runner.purse import Purse, cost, outlook
from mvpipe.runner.tries import Tries

FREE = Credits(available=None)


@dataclass(slots=True)
class Account:
    """The credits of one job under way; `balance` is the last that was read."""

    plan: Plan
    backend: Backend
    tries: Tries
    purse: Purse
    balance: Credits = FREE

    def require_all(self, course: Course) -> str | None:
        """Return a sentence on what is left to pay, `None` where that is nothing.

        Raises BudgetExceeded, before anything is sent, where it would pass a limit. Safe to
        repeat.
        """
        self.balance = self.backend.credits()
        if self.balance.available is None:
            return None
        said = {r.intent.task for r in course.taken_in if r.stage in IN_FLIGHT}
        done = said | set(course.kept)
        left = sum(task.price for task in self.plan.tasks if task.id not in done)
        budget, so_far = self.plan.job.budget_credits, self.tries.spent(self.plan)
        self.purse.require_all(left, budget=budget, job_spent=so_far)
        return outlook(self.balance, left=left) if left else None

    def require(self, task: Task) -> None:
        """Raise BudgetExceeded where a prompt would pass a limit. Safe to repeat."""
        self.balance = self.backend.credits()
        if self.balance.available is not None:
            budget, so_far = self.plan.job.budget_credits, self.tries.spent(self.plan)
            self.purse.require(task.credits, budget=budget, job_spent=so_far)

    def pay(self, task: Task) -> int | None:
        """Return what a prompt cost since `require`, `None` where nothing does."""
        if self.balance.available is None:
            return None
        paid = cost(self.backend, before=self.balance, price=task.credits)
        self.purse.pay(paid)
        return paid

    def presumed(self, task: Task) -> int | None:
        """Return what a prompt cost that nobody watched, `None` where nothing does."""
        return None if self.balance.available is None else task.credits
