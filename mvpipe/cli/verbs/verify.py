"""`mvpipe verify`: its arguments and options."""

from __future__ import annotations

from pathlib import Path

import click

from mvpipe.cli import flags
from mvpipe.cli.flags import examples
from mvpipe.commands.verify import verify as command
from mvpipe.report.streams import Streams


@click.command(
    "verify",
    context_settings=flags.CONTEXT,
    epilog=examples("mvpipe verify", "mvpipe verify album.mvpipe.yaml#calm"),
)
@flags.job_names
@flags.as_json
@flags.loudness
@click.pass_obj
def verb(streams: Streams, *, jobs: tuple[str, ...], as_json: bool) -> int:
    """Say whether the videos are what mvpipe.lock says.

    And, where they are not, which frames differ. A JOB is a job file or FILE#NAME.
    """
    return command(jobs, streams, folder=Path.cwd(), as_json=as_json)
