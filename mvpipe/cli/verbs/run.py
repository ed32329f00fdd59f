"""`mvpipe run`: its arguments and options."""

from __future__ import annotations

from pathlib import Path
from typing import Unpack

import click

from mvpipe.cli import flags
from mvpipe.cli.flags import examples
from mvpipe.commands import run as command
from mvpipe.commands.plan import plan as show
from mvpipe.report.streams import Streams


@click.command(
    "run",
    context_settings=flags.CONTEXT,
    epilog=examples(
        "mvpipe run                            every job file of this folder",
        "mvpipe run --draft                    the same, small and quick",
        "mvpipe run album.mvpipe.yaml --only shorts",
        "mvpipe run --max-credits 200          stop before more is spent",
        "mvpipe run --locked                   in CI: as mvpipe.lock says, or not at all",
    ),
)
@flags.changes
@flags.limits
@flags.state
@flags.telling
@click.option("-n", "--dry-run", is_flag=True, help="Only show the plan.")
@flags.loudness
@click.pass_obj
def verb(streams: Streams, *, dry_run: bool, **given: Unpack[flags.RunOptions]) -> int:
    """Carry out jobs; the paths of the videos go to standard output.

    What was done before and is still there is kept. What an earlier run left under way is
    looked for first: nothing is paid for twice.
    """
    choice, folder = flags.changed(given), Path.cwd()
    if dry_run:
        return show(choice, streams, folder=folder, as_json=given["as_json"])
    order = command.Order(
        telling=flags.told(given),
        limit=flags.limit(given),
        workers=given["workers"],
        state=given["state"],
    )
    return command.run(choice, streams, folder=folder, order=order)
