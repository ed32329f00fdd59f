"""`mvpipe config`: its arguments and options."""

from __future__ import annotations

from pathlib import Path
from typing import Unpack

import click

from mvpipe.cli import flags
from mvpipe.cli.flags import examples
from mvpipe.commands.config import config as command
from mvpipe.report.streams import Streams


@click.command(
    "config",
    context_settings=flags.CONTEXT,
    epilog=examples(
        "mvpipe config",
        "mvpipe config album.mvpipe.yaml#calm --set vars.title=Dawn",
    ),
)
@flags.job_names
@flags.sets
@flags.as_json
@flags.loudness
@click.pass_obj
def verb(
    streams: Streams,
    *,
    jobs: tuple[str, ...],
    as_json: bool,
    **given: Unpack[flags.SetOptions],
) -> int:
    """Show what job files come to, and where every value comes from.

    As a job file without variables, matrix and templates. A JOB is a job file or FILE#NAME.
    """
    choice = flags.reading(given)
    return command(jobs, choice, streams, folder=Path.cwd(), as_json=as_json)
