"""`mvpipe explain`: its arguments and options."""

from __future__ import annotations

from pathlib import Path
from typing import Unpack

import click

from mvpipe.cli import flags
from mvpipe.cli.flags import examples
from mvpipe.commands.explain import Question
from mvpipe.commands.explain import explain as command
from mvpipe.report.streams import Streams


@click.command(
    "explain",
    context_settings=flags.CONTEXT,
    epilog=examples(
        "mvpipe explain",
        "mvpipe explain album.mvpipe.yaml#calm",
        'mvpipe explain album.mvpipe.yaml "render youtube"',
    ),
)
@click.argument("job", required=False, type=click.Path())
@click.argument("task", required=False)
@flags.sets
@flags.state
@flags.as_json
@flags.loudness
@click.pass_obj
def verb(
    streams: Streams,
    *,
    job: str | None,
    task: str | None,
    state: Path | None,
    as_json: bool,
    **given: Unpack[flags.SetOptions],
) -> int:
    """Say what changed since each task was last done.

    Old and new values, back to what really changed. A JOB is a job file or FILE#NAME.
    """
    wish = Question(job=job, task=task, as_json=as_json, state=state)
    return command(wish, flags.reading(given), streams, folder=Path.cwd())
