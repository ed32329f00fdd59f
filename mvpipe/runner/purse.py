"""What a run may spend: decides before each paid call, and finds out after it what it cost."""

from __future__ import annotations

from dataclasses import dataclass

from mvpipe.backends.base import Backend, Credits
from mvpipe.errors import BudgetExceeded, MvpipeError


@dataclass(frozen=True, slots=True)
class Limits:
    """What the operator allows a run to spend, in credits; `None` is no limit."""

    credits: int | None = None
    no_spend: bool = False


@dataclass(slots=True)
class Purse:
    """The credits of one run, over all its jobs. Holds no money, only what is known of it."""

    limits: Limits
    spent: int = 0

    def require_all(self, plan: int, *, budget: int | None, job_spent: int) -> None:
        """Raise BudgetExceeded where what is left of a plan would pass a limit, before it."""
        if self.limits.no_spend and plan:
            raise _unspendable("this job")
        if budget is not None and job_spent + plan > budget:
            raise BudgetExceeded(
                f"the plan costs about {job_spent + plan} credits"
                f" and budget.credits is {budget}",
                hint="raise budget.credits, or leave prompts out",
            )

    def require(self, price: int, *, budget: int | None, job_spent: int) -> None:
        """Raise BudgetExceeded where a call of about `price` would pass a limit.

        `budget` is the job's own limit, `job_spent` what it has cost so far, in all its runs.
        """
        if self.limits.no_spend:
            raise _unspendable("the next prompt")
        if self.limits.credits is not None:
            _require("--max-credits", self.limits.credits, self.spent, price)
        if budget is not None:
            _require("budget.credits", budget, job_spent, price)

    def pay(self, cost: int) -> None:
        """Note what a call really cost."""
        self.spent += cost


def _unspendable(what: str) -> BudgetExceeded:
    return BudgetExceeded(
        f"{what} may cost credits and --no-spend is given",
        hint="run it without --no-spend where spending is allowed",
    )


def _require(name: str, limit: int, spent: int, price: int) -> None:
    if spent + price > limit:
        so_far = f" after the {spent} spent so far" if spent else ""
        raise BudgetExceeded(
            f"the next prompt may cost about {price} credits{so_far}, and {name} is {limit}",
            hint=f"raise {name}, or leave prompts out",
        )


def outlook(balance: Credits, *, left: int) -> str:
    """Return a sentence on what is left to do and what there is to pay for it."""
    frozen = f", {balance.frozen} more are frozen for work under way" if balance.frozen else ""
    there = f"{balance.available} credits are there{frozen}"
    enough = (balance.available or 0) >= left
    return f"this may cost about {left} credits; {there}{'' if enough else ': perhaps too few'}"


def cost(backend: Backend, *, before: Credits, price: int) -> int:
    """Return what was spent since the balance was `before`; `price` where nobody can tell.

    Credits that are frozen count as spent from the moment they are, and not again once they
    are taken. Whatever else spends from the same account is counted too. Safe to repeat.
    """
    try:
        now = backend.credits()
    except MvpipeError:
        return price
    if before.available is None or now.available is None:
        return 0
    return max(0, before.available - now.available)
