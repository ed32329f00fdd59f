"""`mvpipe validate`, `plan` and `run`: from job files to findings, a look ahead, videos."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from mvpipe.commands import parts
from mvpipe.commands.jobs import chosen, found_in, loaded
from mvpipe.commands.options import Choice, Telling
from mvpipe.commands.outputs import name_outputs
from mvpipe.commands.speed import remember, remembered
from mvpipe.errors import Exit
from mvpipe.model.event import Event, Observer, TaskFinished
from mvpipe.model.job import Export, Job
from mvpipe.model.media import FULL_HD, Aspect
from mvpipe.model.plan import Plan
from mvpipe.report.choose import reporter
from mvpipe.report.jsonl import results_json
from mvpipe.report.plan import plan_json, plan_text
from mvpipe.report.streams import Streams
from mvpipe.runner.run import Runner


def validate(choice: Choice, streams: Streams, *, folder: Path) -> Exit:
    """Say whether the job files are right; raises SpecError with every finding otherwise."""
    jobs = loaded(choice.files or found_in(folder), choice)
    files = sorted({job.source for job in jobs})
    for file in files:
        count = sum(job.source == file for job in jobs)
        streams.talk(f"{file}: ok ({count} job{'' if count == 1 else 's'})")
    return Exit.DONE


def plan(choice: Choice, streams: Streams, *, folder: Path, as_json: bool) -> Exit:
    """Show what a run would do. Reads, writes nothing, opens no socket. Safe to repeat."""
    settings = parts.settings()
    plans = parts.plans_of(chosen(choice, folder=folder), settings)
    measured = remembered(settings.state_dir).measured
    text = plan_json(plans) if as_json else plan_text(plans, measured=measured)
    streams.result(text)
    return Exit.DONE


def run(
    choice: Choice, streams: Streams, *, folder: Path, telling: Telling, workers: int | None
) -> Exit:
    """Carry out the jobs that `choice` means."""
    return carry_out(chosen(choice, folder=folder), streams, telling=telling, workers=workers)


def carry_out(
    jobs: Sequence[Job], streams: Streams, *, telling: Telling, workers: int | None
) -> Exit:
    """Plan and run jobs, then name the videos on standard output. Safe to repeat."""
    settings = parts.settings()
    plans = parts.plans_of(jobs, settings)
    style = settings.progress if telling.progress == "auto" else telling.progress
    with (
        parts.local_backend(settings, workers=workers) as backend,
        reporter(streams, style=style, events=telling.events, clock=parts.clock) as observe,
    ):
        watching = _remembering(observe, plans, settings.state_dir)
        runner = Runner(backend=backend, observe=watching, clock=parts.clock, sleep=parts.sleep)
        outcome = runner.run(plans)
    if telling.json:
        streams.result(results_json(outcome.results))
    elif not telling.events:
        name_outputs(outcome.results, streams)
    return outcome.exit


def _remembering(observe: Observer, plans: Sequence[Plan], state_dir: Path) -> Observer:
    """Return an observer that also remembers how fast each render was."""
    renders = {(p.job.name, task.id): task for p in plans for task in p.renders}

    def watch(event: Event) -> None:
        if isinstance(event, TaskFinished) and (event.job, event.task) in renders:
            task = renders[event.job, event.task]
            export, estimate = task.subject, task.estimate
            if isinstance(export, Export) and estimate is not None and estimate.frames:
                size = export.size or FULL_HD[Aspect.WIDE]
                pixels = size.width * size.height * estimate.frames
                remember(
                    state_dir, quality=export.quality, pixels=pixels, seconds=event.seconds
                )
        observe(event)

    return watch
