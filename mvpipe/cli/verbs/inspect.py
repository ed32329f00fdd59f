"""`mvpipe inspect`: its arguments and options."""

from __future__ import annotations

from pathlib import Path

import click

from mvpipe.cli import flags
from mvpipe.cli.flags import examples
from mvpipe.commands import look as command
from mvpipe.report.streams import Streams


@click.command(
    "inspect",
    context_settings=flags.CONTEXT,
    epilog=examples("mvpipe inspect song.mp3 --png heard.png"),
)
@click.argument("song", type=click.Path(path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
@click.option("--png", type=click.Path(path_type=Path), help="Draw what was heard.")
@flags.loudness
@click.pass_obj
def verb(streams: Streams, song: Path, *, as_json: bool, png: Path | None) -> int:
    """Say what is heard in a song: tempo, bars, sections, key, mood."""
    return command.inspect(command.Inspection(song=song, as_json=as_json, png=png), streams)
