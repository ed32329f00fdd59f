"""Decides what becomes of each song. Pure: looks at no file and no clock."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from mvpipe.errors import Exit
from mvpipe.journal.watched import Entry, Spent, Stage
from mvpipe.model.watch import Limits, Mode

LONGEST_WAIT_S = 3600.0
HOUR_S, DAY_S = 3600.0, 24 * 3600.0
IN_A_ROW = 3
"""So many songs in a row that fail for what is not the song's: then the job is at fault."""

_PASSING = (
    "the disk is full",
    "the quota is used up",
    "the disk fails",
    "the disk is read-only",
    "the network folder went away",
    "it is in use",
)
"""What a child says of disks that may be well again later: see `mvpipe.disk`."""


@dataclass(frozen=True, slots=True)
class Ended:
    """How a child ended: `code` is its exit code, negative for a signal.

    `problem` and `hint` are what it said last. `late` says that it was ended for taking too
    long, `asked` that the watcher is ending itself.
    """

    code: int
    outputs: tuple[Path, ...] = ()
    problem: str = ""
    hint: str = ""
    credits: int = 0
    late: bool = False
    asked: bool = False


class Outcome(StrEnum):
    """What becomes of a song after an attempt."""

    DONE = "done"
    FAILED = "failed"
    RETRY = "retry"


@dataclass(frozen=True, slots=True)
class Fate:
    """What becomes of a song, why, and in how many seconds it is tried again."""

    outcome: Outcome
    why: str = ""
    wait_s: float = 0.0


@dataclass(frozen=True, slots=True)
class Rule:
    """How often in a row an exit code may come, `None` for always, and the first wait.

    `why` says in words for people what such an end means.
    """

    tries: int | None
    wait_s: float
    why: str


RULES: dict[int, Rule] = {
    # the same song and the same job would end the same way
    Exit.FAILED: Rule(1, 0.0, "no video can be made of it"),
    Exit.USAGE: Rule(1, 0.0, "the job cannot be run as it is asked for"),
    Exit.SPEC: Rule(1, 0.0, "the job file is wrong"),
    Exit.TOKEN: Rule(1, 0.0, "the cloud refuses the token or the plan"),
    Exit.NOTHING: Rule(1, 0.0, "the job file means files that are not there"),
    # somebody has to pay first, and then it goes on by itself
    Exit.CREDITS: Rule(None, 3600.0, "there are no credits left"),
    # an outage ends by itself; nothing was lost
    Exit.UNREACHABLE: Rule(None, 60.0, "the cloud cannot be reached"),
    # it was sent and perhaps paid for: the next run asks after it, and never orders it anew
    Exit.UNKNOWN: Rule(None, 120.0, "it is still rendering, or nobody knows yet"),
    # another run has the job and will end
    Exit.LOCKED: Rule(None, 30.0, "another run is at work on it"),
    # a bug may be one of timing; twice the same is no accident
    Exit.BUG: Rule(2, 60.0, "mvpipe has a bug here"),
    # somebody else ended the child; what it did is kept
    Exit.INTERRUPTED: Rule(None, 30.0, "it was interrupted"),
    Exit.TERMINATED: Rule(None, 30.0, "it was interrupted"),
}
KILLED = Rule(3, 60.0, "the process that rendered it was killed")
"""By a signal: memory that ran out, which may pass, or a decoder that broke, which does not."""
LATE = Rule(2, 60.0, "it takes longer than it may")
DISK = Rule(None, 60.0, "the disk is in trouble")
"""What was rendered is kept, and goes on when there is room."""


def fate(ended: Ended, *, before: Entry) -> Fate:
    """Decide what becomes of a song whose child ended so; `before` is what was known then."""
    if ended.asked:
        return Fate(Outcome.RETRY, "it goes on when the watcher is started again")
    if ended.code == 0 and not ended.late:
        return Fate(Outcome.DONE)
    rule, repeats = rule_of(ended), repeated(ended, before)
    why = reason(ended, rule)
    if rule.tries is not None and repeats >= rule.tries:
        return Fate(Outcome.FAILED, why)
    return Fate(Outcome.RETRY, why, backoff_s(repeats, first_s=rule.wait_s))


def rule_of(ended: Ended) -> Rule:
    """Return the rule for how a child ended."""
    if ended.late:
        return LATE
    if ended.code == Exit.FAILED and any(words in ended.problem for words in _PASSING):
        return DISK
    return RULES.get(ended.code, KILLED)


def repeated(ended: Ended, before: Entry) -> int:
    """Return how often in a row a song has ended so, this time counted."""
    return before.repeats + 1 if before.code == ended.code else 1


def reason(ended: Ended, rule: Rule) -> str:
    """Return in a sentence or two why a child ended so, for who reads it later."""
    said = f"{rule.why}: {ended.problem}" if ended.problem else rule.why
    return f"{said} ({ended.hint})" if ended.hint else said


def backoff_s(times: int, *, first_s: float) -> float:
    """Return how long to wait after failing `times` times: twice as long each, to an hour."""
    return min(LONGEST_WAIT_S, first_s * 2.0 ** min(times - 1, 20))


class Next(StrEnum):
    """What to do with a song whose bytes and job are known."""

    RENDER = "render"
    WAIT = "wait"
    KEEP = "keep"
    MOVE_DONE = "move to done"
    MOVE_FAILED = "move to failed"


def next_of(entry: Entry | None, *, mode: Mode, now_s: float) -> Next:
    """Decide what to do with a song that lies in the inbox, from what the ledger knows of it.

    A song that failed and was taken out is tried again when somebody puts it back: that is
    what putting it back says. One that is done is not.
    """
    if entry is None or entry.stage is Stage.BEGUN:  # its watcher died: it goes on
        return Next.RENDER
    if entry.stage is Stage.RETRY:
        return Next.WAIT if now_s < (entry.retry_s or 0.0) else Next.RENDER
    if mode is Mode.IN_PLACE:
        return Next.KEEP
    if entry.stage is Stage.DONE:
        return Next.MOVE_DONE
    return Next.RENDER if entry.moved else Next.MOVE_FAILED


def over(limits: Limits, *, hour: Spent, day: Spent, price: int = 0) -> str | None:
    """Return which limit one more song would pass, `None` where it may be begun.

    `price` is what it may cost in credits.
    """
    if limits.per_hour is not None and hour.songs >= limits.per_hour:
        return f"{limits.per_hour} songs were begun within an hour"
    if limits.per_day is not None and day.songs >= limits.per_day:
        return f"{limits.per_day} songs were begun within a day"
    most = limits.credits_per_day
    if most is not None and price and day.credits + price > most:
        left = max(0, most - day.credits)
        return f"it may cost {price} credits and {left} of today's {most} are left"
    return None


@dataclass(frozen=True, slots=True)
class Breaker:
    """Stops a job that is at fault itself from failing a whole folder of songs.

    `job` is the job that failed last for a reason that is not the song's, `songs` how many in a
    row did.
    """

    job: str = ""
    songs: int = 0
    why: str = ""

    def after(self, job: str, ended: Ended, why: str) -> Breaker:
        """Return the breaker after a song of `job` ended."""
        if ended.code not in {Exit.USAGE, Exit.SPEC, Exit.TOKEN, Exit.NOTHING}:
            return Breaker()
        return Breaker(job, self.songs + 1 if self.job == job else 1, why)

    def open(self, job: str) -> bool:
        """Say whether no more songs are to be begun with `job`, as it is."""
        return self.job == job and self.songs >= IN_A_ROW
