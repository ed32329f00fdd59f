"""`mvpipe run`: from job files to videos."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from mvpipe.commands import parts
from mvpipe.commands.jobs import chosen
from mvpipe.commands.options import Choice, Telling
from mvpipe.commands.outputs import name_outputs
from mvpipe.commands.speed import remember
from mvpipe.errors import Exit
from mvpipe.model.event import Event, Observer, TaskFinished
from mvpipe.model.job import Export, Job
from mvpipe.model.plan import Plan
from mvpipe.plan import likely_size
from mvpipe.report.choose import reporter
from mvpipe.report.jsonl import results_json
from mvpipe.report.streams import Streams
from mvpipe.runner.run import Runner


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
    name = parts.one_backend(jobs)
    with (
        parts.backend_for(name, settings, workers=workers, streams=streams) as backend,
        reporter(streams, style=style, events=telling.events, clock=parts.clock) as observe,
    ):
        watching = _remembering(observe, plans, settings.state_dir)
        runner = Runner(backend=lambda _: backend, observe=watching, clock=parts.clock, sleep=parts.sleep)
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
                size = likely_size(export)
                pixels = size.width * size.height * estimate.frames
                remember(
                    state_dir, quality=export.quality, pixels=pixels, seconds=event.seconds
                )
        observe(event)

    return watch
