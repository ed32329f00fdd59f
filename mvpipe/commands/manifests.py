"""Leaves a manifest after a run: among the runs of this machine, and where it is wanted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from mvpipe.commands.locking import Records, known_contents, looked_into, place_of
from mvpipe.disk import make_folder, write_whole
from mvpipe.journal.records import Output, RunId, job_id
from mvpipe.model.content import Content
from mvpipe.model.event import JobFinished
from mvpipe.model.plan import Plan
from mvpipe.report.manifest import Made, RunFacts, Story, manifest, manifest_text

RUNS = "runs"
MOST = 200
"""So many manifests are kept among the runs; the oldest go."""


@dataclass(frozen=True, slots=True)
class Where:
    """The state folder, the folder that job files are named from, and a file that is wanted."""

    state_dir: Path
    folder: Path
    wanted: Path | None = None


def leave(
    run: RunFacts, story: Story, plans: Sequence[Plan], records: Records, *, where: Where
) -> None:
    """Write the manifest of a run. Raises OutputError. Safe to repeat.

    A run that had nothing to do made nothing, and leaves one only where it is wanted.
    """
    ended = [event for event in story.events if isinstance(event, JobFinished)]
    idle = len(ended) == len(plans) and all(event.unchanged for event in ended)
    if idle and where.wanted is None:
        return
    known = known_contents(plans, folder=where.folder)

    def inside(output: Output) -> Content | None:
        return known.get(output.digest) or looked_into(output.path, output.digest)

    jobs = [
        Made(
            plan,
            records.get(job_id(plan.job.source, plan.job.name, folder=where.folder), ()),
            place_of(plan, folder=where.folder),
        )
        for plan in plans
    ]
    content = manifest_text(manifest(run, story, jobs, inside=inside)).encode()
    if not idle:
        _keep(where.state_dir / RUNS, run.id, content)
    if where.wanted is not None:
        write_whole(where.folder / where.wanted, content)


def _keep(runs: Path, run: RunId, content: bytes) -> None:
    make_folder(runs, private=True)
    write_whole(runs / f"{run}.json", content)
    (runs / f"{run - MOST}.json").unlink(missing_ok=True)
