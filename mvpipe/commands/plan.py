"""`mvpipe plan`: what a run would do."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from mvpipe.commands import parts
from mvpipe.commands.facts import KnownFiles
from mvpipe.commands.jobs import chosen, exports_of
from mvpipe.commands.journals import looking
from mvpipe.commands.options import Choice
from mvpipe.commands.speed import remembered
from mvpipe.errors import Exit
from mvpipe.journal.records import Record, job_id
from mvpipe.model.plan import Plan
from mvpipe.report.plan import Planned, plan_json, plan_text
from mvpipe.report.streams import Streams
from mvpipe.runner.course import Good, chart


def plan(choice: Choice, streams: Streams, *, folder: Path, as_json: bool) -> Exit:
    """Show what a run would do. Reads, writes nothing, opens no socket. Safe to repeat."""
    settings = parts.settings()
    jobs = chosen(choice, folder=folder)
    ids = [job_id(job.source, job.name, folder=folder) for job in jobs]
    with looking(settings) as journal:
        inputs = [item.path for job in jobs for item in job.inputs]
        outputs = [export.to for job in jobs for export in exports_of(job)]
        files = KnownFiles(known=journal.remembered([*inputs, *outputs]))
        known = journal.records(ids)
    plans = parts.plans_of(jobs, settings, files=files)
    planned = [
        left_of(plan, known[name], good=lambda output: files.measure(output.path) == output)
        for plan, name in zip(plans, ids, strict=True)
    ]
    measured = remembered(settings.state_dir).measured
    text = plan_json(planned) if as_json else plan_text(planned, measured=measured)
    streams.result(text)
    return Exit.DONE


def left_of(plan: Plan, records: Sequence[Record], *, good: Good) -> Planned:
    """Return the plan with what earlier runs did of it; pure but for `good`."""
    lasting = plan.job.backend in parts.LASTING
    course = chart(plan, records, good=good, lasting=lasting)
    return Planned(plan, done=frozenset(course.kept))
