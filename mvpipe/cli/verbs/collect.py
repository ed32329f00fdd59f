"""`mvpipe collect`: its arguments and options."""

from __future__ import annotations

from pathlib import Path
from typing import Unpack

import click

from mvpipe.cli import flags
from mvpipe.cli.flags import examples
from mvpipe.commands import run as command
from mvpipe.commands.options import Order
from mvpipe.report.streams import Streams


@click.command(
    "collect",
    context_settings=flags.CONTEXT,
    epilog=examples(
        "mvpipe collect                        whatever is done by now",
        "mvpipe collect album.mvpipe.yaml",
    ),
)
@flags.changes
@flags.state
@flags.telling
@flags.loudness
@click.pass_obj
def verb(streams: Streams, **given: Unpack[flags.CollectOptions]) -> int:
    """Fetch the renders that earlier runs ordered; begin nothing."""
    order = Order(telling=flags.told(given), workers=given["workers"], state=given["state"])
    return command.collect(flags.changed(given), streams, folder=Path.cwd(), order=order)
