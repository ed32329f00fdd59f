"""`mvpipe run`: its arguments and options."""

from __future__ import annotations

from pathlib import Path
from typing import Unpack

import click

from mvpipe.cli import flags
from mvpipe.cli.flags import examples
from mvpipe.commands.options import Order
from mvpipe.commands.settled import nothing_to_do
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
@click.option(
    "--manifest",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Write what was made from what into this file.",
)
@click.option("-n", "--dry-run", is_flag=True, help="Only show the plan.")
@flags.loudness
@click.pass_obj
def verb(
    streams: Streams,
    *,
    manifest: Path | None,
    dry_run: bool,
    **given: Unpack[flags.RunOptions],
) -> int:
    """Carry out jobs; the paths of the videos go to standard output.

    What was done before and is still there is kept. What an earlier run left under way is
    looked for first: nothing is paid for twice.
    """
    choice, folder = flags.changed(given), Path.cwd()
    if dry_run:
        # what loads jobs takes longer to import than a run takes that has nothing to do
        from mvpipe.commands.plan import plan as show  # noqa: PLC0415

        return show(choice, streams, folder=folder, as_json=given["as_json"])
    order = Order(
        telling=flags.told(given),
        limit=flags.limit(given),
        workers=given["workers"],
        state=given["state"],
        manifest=manifest,
    )
    settled = nothing_to_do(choice, streams, folder=folder, order=order)
    if settled is not None:
        return settled
    from mvpipe.commands import run as command  # noqa: PLC0415 - as above

    return command.run(choice, streams, folder=folder, order=order)
