"""`mvpipe make`: its arguments and options."""

from __future__ import annotations

from pathlib import Path
from typing import Unpack

import click

from mvpipe.cli import flags
from mvpipe.cli.flags import examples
from mvpipe.commands import make as command
from mvpipe.errors import Exit
from mvpipe.report.streams import Streams
from mvpipe.spec.presets import PRESETS


@click.command(
    "make",
    context_settings=flags.CONTEXT,
    epilog=examples(
        "mvpipe make song.mp3",
        'mvpipe make song.mp3 -p "neon city at night" -o night.mp4',
    ),
)
@click.argument("song", type=click.Path(path_type=Path))
@click.option("-p", "--prompt", "prompts", multiple=True, help="What to make; may be repeated.")
@click.option("-o", "--output", type=click.Path(path_type=Path), help="Default: SONG.mp4 here.")
@click.option("--preset", default="auto", metavar="NAME", help=f"One of {', '.join(PRESETS)}.")
@click.option("--bpm", type=click.FloatRange(20, 400), help="The tempo, if heard wrongly.")
@click.option("--draft", is_flag=True, help="Small and quick: 360 lines.")
@click.option("--print-job", is_flag=True, help="Print the job file that does the same.")
@flags.telling
@flags.loudness
@click.pass_obj
def verb(streams: Streams, *, print_job: bool, **given: Unpack[flags.MakeOptions]) -> int:
    """Make one video from one song, without a job file."""
    wish = command.Wish(
        song=given["song"],
        prompts=given["prompts"],
        to=given["output"],
        preset=given["preset"],
        draft=given["draft"],
        bpm=given["bpm"],
    )
    if print_job:
        streams.result(command.job_text(wish).rstrip())
        return Exit.DONE
    return command.make(wish, streams, telling=flags.told(given), workers=given["workers"])
