"""`mvpipe chat`: its arguments and options."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TypedDict, Unpack

import click

from mvpipe.cli import flags
from mvpipe.cli.flags import examples
from mvpipe.commands.chat import Invitation, chat
from mvpipe.model.backend import BackendName
from mvpipe.report.streams import Streams
from mvpipe.spec.presets import PRESETS


class ChatFlags(TypedDict):
    """What `chat` takes."""

    songs: tuple[Path, ...]
    backend: str
    to: Path | None
    preset: str
    save_to: Path | None
    language: str | None
    workers: int | None


@click.command(
    "chat",
    context_settings=flags.CONTEXT,
    epilog=examples(
        "mvpipe chat song.mp3",
        "mvpipe chat song.mp3 --backend local --save song.mvpipe.yaml",
        'echo "a dreamy video in blue, then export it" | mvpipe chat song.mp3',
    ),
)
@click.argument("songs", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option(
    "--backend",
    type=click.Choice(["local", "nemo"]),
    default="nemo",
    show_default=True,
    help="Who makes the video: the cloud, or this machine.",
)
@click.option(
    "-o", "--to", type=click.Path(path_type=Path), help="The first video [SONG.mp4 here]."
)
@click.option("--preset", type=click.Choice(list(PRESETS)), default="auto", metavar="NAME",
              help=f"One of {', '.join(PRESETS)}.")  # fmt: skip
@click.option(
    "--save",
    "save_to",
    type=click.Path(path_type=Path),
    metavar="JOB.mvpipe.yaml",
    help="Write the job file that makes the same again.",
)
@click.option("--language", type=click.Choice(["en", "zh"]), help="Default: the terminal's.")
@click.option("-j", "--workers", type=click.IntRange(1, 64), help="Processes [cores].")
@flags.loudness
@click.pass_obj
def verb(streams: Streams, **given: Unpack[ChatFlags]) -> int:
    """Talk about songs until the video is right, line by line.

    Lines come from the terminal, or from a pipe.
    """
    asked = Invitation(
        songs=given["songs"],
        backend=BackendName(given["backend"]),
        to=given["to"],
        preset=given["preset"],
        save_to=given["save_to"],
        language=given["language"],
        workers=given["workers"],
    )
    return chat(asked, streams, source=sys.stdin)
