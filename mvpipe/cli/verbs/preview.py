"""`mvpipe preview`: its arguments and options."""

from __future__ import annotations

from pathlib import Path
from typing import Unpack

import click

from mvpipe.cli import flags
from mvpipe.cli.flags import examples
from mvpipe.commands import look as command
from mvpipe.report.streams import Streams


@click.command(
    "preview",
    context_settings=flags.CONTEXT,
    epilog=examples("mvpipe preview song.mvpipe.yaml -o sheet.png"),
)
@flags.changes
@click.option("-o", "--output", type=click.Path(path_type=Path), help="NAME.preview.png")
@click.option("--sheet-width", type=click.IntRange(320, 7680), default=1280, help="In pixels.")
@flags.loudness
@click.pass_obj
def verb(
    streams: Streams,
    *,
    output: Path | None,
    sheet_width: int,
    **given: Unpack[flags.ChoiceOptions],
) -> int:
    """Draw a contact sheet of the video a job would make."""
    sheet = command.Sheet(to=output, width=sheet_width)
    return command.preview(flags.changed(given), sheet, streams, folder=Path.cwd())
