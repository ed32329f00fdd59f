"""`mvpipe validate`: its arguments and options."""

from __future__ import annotations

from pathlib import Path
from typing import Unpack

import click

from mvpipe.cli import flags
from mvpipe.cli.flags import examples
from mvpipe.commands.validate import validate as command
from mvpipe.report.streams import Streams


@click.command(
    "validate",
    context_settings=flags.CONTEXT,
    epilog=examples("mvpipe validate", "mvpipe validate jobs/*.mvpipe.yaml"),
)
@flags.jobs
@flags.loudness
@click.pass_obj
def verb(streams: Streams, **given: Unpack[flags.JobOptions]) -> int:
    """Say everything that is wrong with job files.

    `-` reads standard input.
    """
    return command(flags.choice(given), streams, folder=Path.cwd())
