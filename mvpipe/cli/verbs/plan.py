"""`mvpipe plan`: its arguments and options."""

from __future__ import annotations

from pathlib import Path
from typing import Unpack

import click

from mvpipe.cli import flags
from mvpipe.cli.flags import examples
from mvpipe.commands.plan import plan as command
from mvpipe.report.streams import Streams


@click.command(
    "plan", context_settings=flags.CONTEXT, epilog=examples("mvpipe plan song.mvpipe.yaml")
)
@flags.changes
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
@flags.loudness
@click.pass_obj
def verb(streams: Streams, *, as_json: bool, **given: Unpack[flags.ChoiceOptions]) -> int:
    """Show what a run would do.

    In which order, how large, how long, and for how many credits.
    """
    return command(flags.changed(given), streams, folder=Path.cwd(), as_json=as_json)
