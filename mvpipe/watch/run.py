"""Runs a watcher: the loop over a real folder, until told to stop or nothing is left to do."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from mvpipe.errors import UsageError
from mvpipe.journal.network import remote
from mvpipe.journal.watched import Ledger
from mvpipe.model.watch import WatchJob
from mvpipe.watch import health, mount
from mvpipe.watch.around import Around
from mvpipe.watch.children import Children
from mvpipe.watch.claims import Claims
from mvpipe.watch.files import Phase
from mvpipe.watch.gate import CACHED_S, Rules
from mvpipe.watch.health import Health
from mvpipe.watch.home import Home, RealAfter, RealInbox, home_of, ready
from mvpipe.watch.wake import Flag, Waker
from mvpipe.watch.watch import Watch

ONCE_PATIENCE = 4.0
"""How many times the settling time `--once` waits for a song that is not whole."""


@dataclass(frozen=True, slots=True)
class Machine:
    """What a watcher has of the machine it runs on."""

    clock: Callable[[], float]
    wall: Callable[[], float]
    sleep: Callable[[float], None]
    flag: Flag
    environ: Mapping[str, str]
    cores: int


@dataclass(frozen=True, slots=True)
class Counted:
    """How many songs came to what, and how many are left in the inbox waiting."""

    done: int
    failed: int
    waiting: int


def watch(
    job: WatchJob,
    machine: Machine,
    *,
    state_dir: Path,
    tell: Callable[[str], None],
    once: bool,
    stopping: Callable[[], bool],
) -> Counted:
    """Watch until `stopping`, or with `once` until every song that is there has its fate.

    Safe to repeat: what was done stays done. Raises MvpipeError where it cannot begin.
    """
    ready(job)
    home = home_of(job.inbox, state_dir=state_dir)
    with ExitStack() as stack:
        ledger = Ledger.open(home.ledger, now=machine.wall)
        stack.callback(ledger.close)
        inbox = RealInbox(job, home, machine.clock)
        waker = _waker(job, machine)
        stack.callback(waker.close)
        around = Around(
            inbox=inbox,
            claims=Claims(home.claims(job), clock=machine.clock),
            starts=Children(home.said, machine.environ),
            after=RealAfter(job, state_dir),
            ledger=ledger,
            clock=machine.clock,
            wall=machine.wall,
            tell=tell,
            rules=_rules(job, once=once),
            state=state_dir,
            workers=job.workers or max(1, machine.cores // job.parallel),
            floor_s=lambda: waker.floor_s,
        )
        loop = _Loop(Watch(job, around), around, waker, home, machine, tell)
        if job.listen is not None:
            stack.callback(_listening(job.listen, loop))
        return loop.run(once=once, stopping=stopping)


def _waker(job: WatchJob, machine: Machine) -> Waker:
    why = mount.polls(job.inbox)
    if job.poll_s is not None:
        why = "as the watch file says"
    return Waker(
        job.inbox, clock=machine.clock, sleep=machine.sleep, flag=machine.flag, polling=why
    )


def _rules(job: WatchJob, *, once: bool) -> Rules:
    cached_s = CACHED_S if remote(job.inbox) else 0.0
    rules = Rules(settle_s=job.settle_s, cached_s=cached_s)
    if not once:
        return rules
    patience_s = ONCE_PATIENCE * (job.settle_s + cached_s)
    return Rules(settle_s=job.settle_s, cached_s=cached_s, patience_s=patience_s)


def _listening(port: int, loop: _Loop) -> Callable[[], None]:
    try:
        return health.endpoint(port, loop.answer)
    except OSError as problem:
        raise UsageError(f"port {port} cannot be listened on: {problem.strerror}") from problem


@dataclass(slots=True)
class _Loop:
    watch: Watch
    around: Around
    waker: Waker
    home: Home
    machine: Machine
    tell: Callable[[str], None]
    latest: Health | None = None
    written_s: float = float("-inf")

    def run(self, *, once: bool, stopping: Callable[[], bool]) -> Counted:
        """Take turns until it is over, and end every child in order then."""
        try:
            while not stopping():
                due_s = self._turn()
                if once and self.watch.idle:
                    break
                rest_s = max(0.0, due_s - self.machine.clock())
                if self.waker.rest(scan_s=0.05, most_s=rest_s, stopping=stopping):
                    self.watch.wake()
        finally:
            self.watch.end(wait=self.machine.sleep)
            self._report(force=True)
        return self._counted()

    def _turn(self) -> float:
        if (said := self.waker.tend()) is not None:
            self.tell(said)
        was_away = bool(self.watch.finder.paused)
        due_s = self.watch.turn()
        if was_away and not self.watch.finder.paused:
            self.waker.again()
        self._report(force=False)
        return due_s

    def _report(self, *, force: bool) -> None:
        now = self.machine.clock()
        if not force and now - self.written_s < health.EVERY_S:
            return
        self.written_s = now
        self.latest = self._health(now)
        health.write(self.watch.job.health or self.home.health, self.latest)

    def _health(self, now: float) -> Health:
        watch, songs = self.watch, {phase.value: 0 for phase in Phase}
        for file in watch.files.by_name.values():
            songs[file.phase] += 1
        age_s = None if watch.finder.scanned_s is None else now - watch.finder.scanned_s
        return Health(
            pid=os.getpid(),
            inbox=str(watch.job.inbox),
            scanned_s=None if age_s is None else self.machine.wall() - age_s,
            stale_s=max(health.STALE_S, 10 * (watch.job.poll_s or 0.0)),
            paused=watch.finder.paused,
            waiting=watch.held,
            songs=songs,
            rendering=tuple(work.file.name for work in watch.works.at_work),
            done=watch.works.count.get("done", 0),
            failed=watch.works.count.get("failed", 0),
        )

    def answer(self) -> tuple[int, str]:
        """Return what the endpoint says, in any thread."""
        latest = self.latest
        if latest is None:
            return 503, "{}\n"
        sick = latest.sick(now_s=self.machine.wall())
        return 503 if sick else 200, health.text(latest)

    def _counted(self) -> Counted:
        waiting = sum(file.phase is Phase.WAITING for file in self.watch.files.by_name.values())
        count = self.watch.works.count
        return Counted(count.get("done", 0), count.get("failed", 0), waiting)
