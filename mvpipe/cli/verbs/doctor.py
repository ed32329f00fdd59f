"""`mvpipe doctor`: its arguments and options."""

from __future__ import annotations

import click

from mvpipe.cli import flags
from mvpipe.commands.doctor import doctor as command
from mvpipe.report.streams import Streams


@click.command("doctor", context_settings=flags.CONTEXT)
@flags.loudness
@click.pass_obj
def verb(streams: Streams) -> int:
    """Look at what is installed here and say what is wrong with it."""
    return command(streams)
