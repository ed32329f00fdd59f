"""`mvpipe serve`: its options."""

from __future__ import annotations

from pathlib import Path
from typing import TypedDict, Unpack

import click

from mvpipe.cli import flags
from mvpipe.cli.flags import examples
from mvpipe.commands.serve import Service, serve
from mvpipe.report.streams import Streams
from mvpipe.serve.chaos import chaos_help
from mvpipe.serve.options import HOST, PORT

EPILOG = "\n".join(
    (
        examples("mvpipe serve", "mvpipe serve --chaos silent=0.3,cut=0.1 --seed 7"),
        "",
        "\b",
        "Chaos, for testing pipelines:",
        *(f"  {line}" for line in chaos_help()),
    )
)


class ServeFlags(TypedDict):
    """What `serve` takes."""

    host: str
    port: int
    workers: int | None
    allowed_hosts: tuple[str, ...]
    token_file: Path | None
    chaos: str
    seed: int


@click.command("serve", context_settings=flags.CONTEXT, epilog=EPILOG)
@click.option("--host", default=HOST, show_default=True, help="The address to listen on.")
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=PORT,
    show_default=True,
    help="0 takes any free one.",
)
@click.option("-j", "--workers", type=click.IntRange(1, 64), help="Processes [cores].")
@click.option(
    "--allow-host", "allowed_hosts", multiple=True, metavar="NAME", help="A name callers use."
)
@click.option(
    "--token-file",
    type=click.Path(path_type=Path),
    help="Else MVPIPE_SERVE_TOKEN, or a new one.",
)
@click.option("--chaos", default="", metavar="HABITS", help="Misbehave: see below.")
@click.option("--seed", default=0, show_default=True, help="Which misbehaviour, exactly.")
@flags.loudness
@click.pass_obj
def verb(streams: Streams, **given: Unpack[ServeFlags]) -> int:
    """Serve the cloud's protocol over the local engine.

    Other machines render here with `backend: nemo` and NEMO_API_URL.
    """
    return serve(Service(**given), streams)
