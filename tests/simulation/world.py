"""One seed: a job, a service, a network, and an operator who runs the same command again.

Everything above HTTP is the production code: the runner, the journal on a disk, the client with
its retries. Time is virtual. A process may die at any event; what outlives it is the journal,
the files and the service.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from mvpipe.backends.base import Backend
from mvpipe.backends.nemo.api import Api
from mvpipe.backends.nemo.backend import NemoBackend
from mvpipe.backends.nemo.identity import Identity, TokenFile
from mvpipe.backends.retry import RetryingBackend
from mvpipe.commands.facts import KnownFiles
from mvpipe.errors import Exit
from mvpipe.journal.book import Book
from mvpipe.journal.records import Intent, JobId, Outcome, Record
from mvpipe.journal.store import Journal
from mvpipe.model.event import Event, JobFinished
from mvpipe.model.plan import Plan, Task
from mvpipe.model.secret import Secret
from mvpipe.protocol.wire import API_BASE, Attribution
from mvpipe.runner.job import Rules
from mvpipe.runner.memory import Memory
from mvpipe.runner.purse import Limits
from mvpipe.runner.run import Runner
from tests.simulation.desk import Desk
from tests.simulation.network import FAIR, Network
from tests.simulation.scene import Scene, priced, scene_of
from tests.simulation.service import CALM, Service

EPOCH_S = 1_800_000_000.0
SHORTEST_SLEEP_S = 1.0
CALM_RUNS = 6
"""So many runs, and not one more, may a job need once everything works again."""


class Killed(BaseException):
    """The end of a process, as far as a simulation goes."""


@dataclass(frozen=True, slots=True)
class Run:
    """One execution of the command: how it ended, `None` where it was killed.

    `edition` counts what its author did to the job meanwhile.
    """

    exit: Exit | None
    began_s: float
    ended_s: float
    edition: int
    problem: str = ""
    hint: str = ""
    unchanged: bool = False
    calls: int = 0
    polls: int = 0
    collects: bool = False
    resends: bool = False
    spent: int = 0


Around = Callable[[Backend], Backend]
Shelf = Callable[[Book], Book]


def as_it_is(backend: Backend) -> Backend:
    return backend


def kept(book: Book) -> Book:
    return book


@dataclass(slots=True)
class World:
    """Everything that outlives a process; `around` and `shelf` can break the runner."""

    seed: int
    folder: Path
    around: Around = as_it_is
    shelf: Shelf = kept
    now: float = EPOCH_S
    trace: list[str] = field(default_factory=list)
    runs: list[Run] = field(default_factory=list)
    intents: list[tuple[float, Intent]] = field(default_factory=list)
    told: list[Event] = field(default_factory=list)
    steps: int = 0
    dies_at: int | None = None
    dead: bool = False
    given: str | None = None
    dice: random.Random = field(init=False)
    scene: Scene = field(init=False)
    plans: list[Plan] = field(init=False)
    plan: Plan = field(init=False)
    edition: int = 0
    service: Service = field(init=False)
    network: Network = field(init=False)

    def __post_init__(self) -> None:
        self.dice = random.Random(self.seed)  # noqa: S311 - a test's dice
        self.scene = scene_of(self.dice, self.folder)
        scene = self.scene
        jobs = [scene.job] if scene.later is None else [scene.job, scene.later]
        self.plans = [priced(job) for job in jobs]
        self.plan = self.plans[0]
        prices = {t.subject.text: t.credits for t in self.tasks if scene.says(t.subject)}
        self.service = Service(
            clock=lambda: self.now,
            dice=self.dice,
            ours=scene.ours,
            prices=prices,
            silly=scene.silly,
            total=scene.credits,
            settles_s=scene.settles_s,
            hands_out_again=scene.hands_out_again,
        )
        desk = Desk(self.service, self.dice, scene.form, note=self.note)
        self.network = Network(desk, self.dice, step=self.step, wait=self.until)
        if scene.own_token:
            self.given = self.service.new_token()

    @property
    def tasks(self) -> tuple[Task, ...]:
        """The tasks of the job as it was and as it is, the newest first."""
        return tuple(task for plan in reversed(self.plans) for task in plan.tasks)

    def live(self) -> None:
        """Run the job until it is done, or nothing more can come of it."""
        for _ in range(self.scene.rough_runs):
            self.network.weather, self.service.temper = self.scene.weather, self.scene.temper
            self.dies_at = self._death()
            self.run(collects=self.dice.random() < 0.1)
            self.operate()
            self.meddle()
        self.network.weather, self.service.temper = FAIR, CALM
        self._go_on()
        if self.runs[-1].exit is Exit.UNKNOWN and self.worth_resending():
            self.note("the operator has looked, and says it again")
            self.run(resends=True)
            self._go_on()
        self.run()  # and once more: for nothing, where it is done

    def _go_on(self) -> None:
        """Run the job until it is done, but not for ever."""
        for _ in range(CALM_RUNS):
            if self.runs[-1].exit is Exit.DONE and not self.runs[-1].collects:
                break
            self.run()
            self.operate()

    def _death(self) -> int | None:
        if self.dice.random() >= self.scene.dies:
            return None
        return self.steps + 1 + int(self.dice.random() ** 2 * 120)

    def worth_resending(self) -> bool:
        """Say whether a person who looks at the project sees that a prompt is not there."""
        return not any(
            edit.text in self.service.silly or not edit.settled(self.now)
            for space in self.service.sessions.values()
            for edit in space.edits
        )

    def run(self, *, collects: bool = False, resends: bool = False) -> Run:
        """Be one process from its beginning to its end, whatever that is."""
        began, before, asked = self.now, self.service.charged, len(self.trace)
        self.note(f"run {len(self.runs) + 1} begins")
        self.dead, finished = False, list[JobFinished]()
        code: Exit | None = None

        def observe(event: Event) -> None:
            self.told.append(event)
            if isinstance(event, JobFinished):
                finished.append(event)

        try:
            with Journal.open(self.folder / "journal", now=lambda: self.now) as journal:
                runner = self._runner(journal, observe, resends=resends)
                act = runner.collect if collects else runner.run
                code = act([self.plan]).exit
        except Killed:
            self.note("killed")
        self.dead, self.dies_at = False, None
        last = finished[-1] if finished else None
        run = Run(code, began, self.now, self.edition, collects=collects, resends=resends)
        run = replace(
            run,
            spent=self.service.charged - before,
            calls=sum(line.startswith("->", 12) for line in self.trace[asked:]),
            polls=sum(line.startswith("-> poll", 12) for line in self.trace[asked:]),
        )
        if last is not None:
            run = replace(run, problem=last.problem, hint=last.hint, unchanged=last.unchanged)
        self.runs.append(run)
        self.note(f"run ends: {code!r} {run.problem} | {run.hint}")
        return run

    def _runner(
        self, journal: Journal, observe: Callable[[Event], None], *, resends: bool
    ) -> Runner:
        memory = Memory(
            book=_Watched(self.shelf(journal), self),
            measure=KnownFiles().measure,
            now=lambda: self.now,
            folder=Path("/music"),
        )
        return Runner(
            backend=lambda _: self._backend(),
            observe=observe,
            clock=lambda: self.now,
            sleep=self.sleep,
            memory=memory,
            limits=Limits(credits=self.scene.max_credits),
            rules=Rules(resend=resends),
        )

    def _backend(self) -> Backend:
        clock = lambda: self.now  # noqa: E731 - the same clock thrice
        api = Api(
            API_BASE,
            attribution=Attribution(version="0"),
            clock=clock,
            new_session=self.network.session,
        )
        identity = Identity(
            api=api,
            given=None if self.given is None else Secret(self.given),
            tokens=TokenFile(self.folder / "token.json"),
            client_id_file=self.folder / "client_id",
            sleep=self.sleep,
            client_id="simulated",
        )
        nemo = NemoBackend(
            api=api,
            identify=identity,
            clock=clock,
            sleep=self.sleep,
            resolve=lambda _: (),
            open_source=self.network.source,
        )
        around = self.around(nemo)
        return RetryingBackend(around, sleep=self.sleep, clock=clock, observe=self.note)

    def operate(self) -> None:
        """Be the person between two runs: wait, and help where only a person can."""
        last = self.runs[-1]
        wait = self.dice.choice((5.0, 30.0, 400.0, 3600.0, 30_000.0, 90_000.0))
        if last.exit is Exit.TOKEN:
            wait = max(wait, 8 * 86_400.0)
            if self.given is not None:
                self.given = self.service.new_token()
        if last.exit is Exit.CREDITS and self.dice.random() < 0.5:
            self.note("credits are topped up")
            self.service.total += 200
        self.now += wait
        if self.given is not None and self.service.tokens[self.given] <= self.now:
            self.given = self.service.new_token()
        self.network.deliver()

    def meddle(self) -> None:
        """Be the author: change the job once, or remove a video."""
        if self.plan is not self.plans[-1] and self.dice.random() < 0.5:
            self.note("the job is changed")
            self.plan = self.plans[-1]
            self.edition += 1
        elif self.runs[-1].exit is Exit.DONE and self.dice.random() < 0.1:
            self.note("a video is removed")
            self.scene.job.exports[0].to.unlink(missing_ok=True)
            self.edition += 1

    def step(self, what: str) -> None:
        """Note an event; at the one that was drawn, die."""
        if self.dead:
            raise Killed  # a dead process does nothing more, not even tidy up
        self.note(what)
        self.steps += 1
        if self.dies_at is not None and self.steps >= self.dies_at:
            self.dead = True
            raise Killed

    def note(self, what: str) -> None:
        """Write a line into the trace."""
        self.trace.append(f"{self.now - EPOCH_S:>11.1f} {what}")

    def sleep(self, seconds: float) -> None:
        """Let time pass; a busy machine wakes up late."""
        if seconds >= 1:
            self.step(f"sleeps {seconds:.0f} s")
        elif self.dead:
            raise Killed
        self.now += max(seconds, SHORTEST_SLEEP_S)

    def until(self, at_s: float) -> None:
        """Let time pass until then."""
        if self.dead:
            raise Killed
        self.now = max(self.now, at_s)

    def records(self) -> tuple[Record, ...]:
        """Return what the journal says in the end."""
        path = self.folder / "journal"
        with Journal.open(path, now=lambda: self.now, writable=False) as journal:
            (job,) = journal.jobs() or (JobId(""),)
            return journal.records([job])[job]


@dataclass(frozen=True, slots=True)
class _Watched:
    """The journal, with a moment before and after each change at which a process can die."""

    book: Book
    world: World

    def intend(self, intent: Intent) -> None:
        self.world.step(f"intends {intent.task} ({intent.attempt})")
        self.book.intend(intent)
        self.world.intents.append((self.world.now, intent))
        self.world.step("intended")

    def accept(self, intent: Intent) -> None:
        self.world.step(f"accepts {intent.task}")
        self.book.accept(intent)
        self.world.step("accepted")

    def end(self, intent: Intent, outcome: Outcome) -> None:
        self.world.step(f"ends {intent.task}: {outcome.stage} {outcome.detail}")
        self.book.end(intent, outcome)
        self.world.step("ended")

    def records(self, jobs: Iterable[JobId]) -> Mapping[JobId, tuple[Record, ...]]:
        return self.book.records(jobs)
