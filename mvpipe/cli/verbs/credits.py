"""`mvpipe credits`: its options."""

from __future__ import annotations

import click

from mvpipe.cli import flags
from mvpipe.cli.flags import examples
from mvpipe.commands.credits import show_credits
from mvpipe.model.backend import BackendName
from mvpipe.report.streams import Streams


@click.command(
    "credits",
    context_settings=flags.CONTEXT,
    epilog=examples("mvpipe credits", "mvpipe credits --json"),
)
@click.option(
    "--backend",
    type=click.Choice(["local", "nemo"]),
    default="nemo",
    show_default=True,
    help="Whose credits.",
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
@flags.loudness
@click.pass_obj
def verb(streams: Streams, *, backend: str, as_json: bool) -> int:
    """Say what is left to spend in the cloud."""
    return show_credits(BackendName(backend), streams, as_json=as_json)
