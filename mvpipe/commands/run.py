"""`mvpipe run` and `mvpipe collect`: from job files to videos."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path

from mvpipe import __version__
from mvpipe.backends.base import Backend
from mvpipe.commands import locking, manifests, parts, settled
from mvpipe.commands.jobs import chosen
from mvpipe.commands.memory import LOCKS, Remembered, remembering
from mvpipe.commands.options import Choice, Order
from mvpipe.commands.outputs import name_results
from mvpipe.commands.speed import remember
from mvpipe.errors import Exit, Terminated
from mvpipe.journal.records import RunId
from mvpipe.journal.store import Journal
from mvpipe.model.backend import BackendName
from mvpipe.model.event import Event, Observer, TaskFinished
from mvpipe.model.job import Export, Job
from mvpipe.model.plan import Plan
from mvpipe.plan import likely_size
from mvpipe.report.choose import reporter
from mvpipe.report.manifest import RunFacts, Story
from mvpipe.report.streams import Streams
from mvpipe.runner.job import Rules
from mvpipe.runner.purse import Limits
from mvpipe.runner.run import Outcome, Runner
from mvpipe.settings import Settings

Act = Callable[[Runner, Sequence[Plan]], Outcome]


def run(choice: Choice, streams: Streams, *, folder: Path, order: Order) -> Exit:
    """Carry out the jobs that `choice` means. Safe to repeat: what is done stays done."""
    return carry_out(chosen(choice, folder=folder), streams, choice=choice, order=order)


def collect(choice: Choice, streams: Streams, *, folder: Path, order: Order) -> Exit:
    """Fetch the renders that earlier runs ordered, and order none. Safe to repeat."""
    jobs = chosen(choice, folder=folder)
    return carry_out(jobs, streams, choice=choice, order=order, act=Runner.collect)


def carry_out(
    jobs: Sequence[Job],
    streams: Streams,
    *,
    choice: Choice,
    order: Order,
    act: Act = Runner.run,
) -> Exit:
    """Plan and run jobs, then name the videos on standard output. Safe to repeat."""
    settings = _settings(order)
    folder, locked = Path.cwd(), order.limit.locked
    with (
        parts.terminable(),
        remembering(jobs, settings, streams, folder=folder) as known,
    ):
        plans = parts.plans_of(jobs, settings, files=known.files)
        locking.check(plans, choice, folder=folder, locked=locked)
        ids = [known.memory.id_of(plan.job) for plan in plans]
        story = Story()
        with _noted(known.journal, plans, known) as (run_id, ended):
            outcome = _acted(plans, streams, known=known, order=order, act=act, story=story)
            ended.append(outcome.exit)
        records = known.journal.records(ids)
        told = RunFacts(run_id, __version__, outcome.exit)
        where = manifests.Where(settings.state_dir, folder, order.manifest)
        manifests.leave(told, story, plans, records, where=where)
        guards = settings.state_dir / LOCKS
        for note in locking.keep(
            plans, records, choice, folder=folder, locked=locked, guards=guards
        ):
            streams.talk(f"note: {note}")
    command = settled.command_of(choice, settings, folder=folder)
    settled.note(command, jobs, outcome.results, now_s=parts.wall_clock())
    name_results(outcome.results, streams, telling=order.telling)
    return outcome.exit


def _settings(order: Order) -> Settings:
    settings = parts.settings()
    return settings if order.state is None else replace(settings, state_dir=order.state)


def _acted(
    plans: Sequence[Plan],
    streams: Streams,
    *,
    known: Remembered,
    order: Order,
    act: Act,
    story: Story,
) -> Outcome:
    settings, telling, limit = _settings(order), order.telling, order.limit
    style = settings.progress if telling.progress == "auto" else telling.progress
    with (
        _backends(settings, streams, workers=order.workers) as backend,
        reporter(streams, style=style, events=telling.events, clock=parts.clock) as observe,
    ):
        runner = Runner(
            backend=backend,
            observe=story.before(_remembering_speed(observe, plans, settings.state_dir)),
            clock=parts.clock,
            sleep=known.sleep,
            memory=known.memory,
            limits=Limits(credits=limit.max_credits, no_spend=limit.no_spend),
            rules=Rules(fresh=limit.fresh, resend=limit.resend),
        )
        return act(runner, plans)


@contextmanager
def _noted(
    journal: Journal, plans: Sequence[Plan], known: Remembered
) -> Iterator[tuple[RunId, list[Exit]]]:
    """Note in the journal that a run begins, and how it ends, Ctrl-C and SIGTERM included."""
    ids = [known.memory.id_of(plan.job) for plan in plans]
    run_id = journal.begin_run(jobs=ids, version=__version__)
    ended: list[Exit] = []
    try:
        yield run_id, ended
    except KeyboardInterrupt as end:
        ended.append(Exit.TERMINATED if isinstance(end, Terminated) else Exit.INTERRUPTED)
        raise
    finally:
        journal.end_run(run_id, ended[-1] if ended else Exit.FAILED)


@contextmanager
def _backends(
    settings: Settings, streams: Streams, *, workers: int | None
) -> Iterator[Callable[[Job], Backend]]:
    """Give what opens a job's backend when it is first asked for; all are closed at the end."""
    opened: dict[BackendName, Backend] = {}
    with ExitStack() as stack:

        def backend(job: Job) -> Backend:
            if job.backend not in opened:
                opened[job.backend] = stack.enter_context(
                    parts.backend_for(job.backend, settings, workers=workers, streams=streams)
                )
            return opened[job.backend]

        yield backend


def _remembering_speed(observe: Observer, plans: Sequence[Plan], state_dir: Path) -> Observer:
    """Return an observer that also remembers how fast each render was."""
    renders = {(p.job.name, task.id): task for p in plans for task in p.renders}

    def watch(event: Event) -> None:
        task = renders.get((event.job, event.task)) if isinstance(event, TaskFinished) else None
        if isinstance(event, TaskFinished) and task is not None and not event.kept:
            export, estimate = task.subject, task.estimate
            if isinstance(export, Export) and estimate is not None and estimate.frames:
                size = likely_size(export)
                pixels = size.width * size.height * estimate.frames
                remember(
                    state_dir, quality=export.quality, pixels=pixels, seconds=event.seconds
                )
        observe(event)

    return watch
