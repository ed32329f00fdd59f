"""`mvpipe init`: its arguments and options."""

from __future__ import annotations

from pathlib import Path

import click

from mvpipe.cli import flags
from mvpipe.cli.flags import examples
from mvpipe.commands import make as command
from mvpipe.report.streams import Streams


@click.command("init", context_settings=flags.CONTEXT, epilog=examples("mvpipe init song.mp3"))
@click.argument("song", required=False, type=click.Path(path_type=Path))
@flags.loudness
@click.pass_obj
def verb(streams: Streams, song: Path | None) -> int:
    """Write a job file to start from; never overwrites."""
    return command.init(song, streams, folder=Path.cwd())
