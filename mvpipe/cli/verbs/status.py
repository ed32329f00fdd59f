"""`mvpipe status`: its arguments and options."""

from __future__ import annotations

from pathlib import Path

import click

from mvpipe.cli import flags
from mvpipe.cli.flags import examples
from mvpipe.commands.status import status as command
from mvpipe.report.streams import Streams


@click.command(
    "status",
    context_settings=flags.CONTEXT,
    epilog=examples("mvpipe status", "mvpipe status album.mvpipe.yaml"),
)
@flags.job_names
@flags.state
@flags.as_json
@flags.loudness
@click.pass_obj
def verb(streams: Streams, *, jobs: tuple[str, ...], state: Path | None, as_json: bool) -> int:
    """Tell what was run, what is under way, and what was spent.

    A JOB is a job file or FILE#NAME; with one, every task is told.
    """
    return command(jobs, streams, folder=Path.cwd(), state=state, as_json=as_json)
