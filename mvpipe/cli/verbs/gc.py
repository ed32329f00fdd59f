"""`mvpipe gc`: its arguments and options."""

from __future__ import annotations

import click

from mvpipe.cli import flags
from mvpipe.cli.flags import examples
from mvpipe.commands import gc as command
from mvpipe.report.streams import Streams


@click.command(
    "gc",
    context_settings=flags.CONTEXT,
    epilog=examples(
        "mvpipe gc                   as every render does by itself",
        "mvpipe gc --max-size 2GB",
        "mvpipe gc --max-size 0      remove everything",
    ),
)
@click.option("--max-size", metavar="SIZE", help="Keep so much [10GB or a tenth of the disk].")
@click.option("-n", "--dry-run", is_flag=True, help="Only say what would be removed.")
@flags.loudness
@click.pass_obj
def verb(streams: Streams, *, max_size: str | None, dry_run: bool) -> int:
    """Remove what is kept to render less, the least recently used first."""
    limit = None if max_size is None else command.size_of(max_size)
    return command.gc(command.Cleaning(limit_bytes=limit, dry_run=dry_run), streams)
