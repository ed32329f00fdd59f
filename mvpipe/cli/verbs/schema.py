"""`mvpipe schema`: its arguments and options."""

from __future__ import annotations

from pathlib import Path

import click

from mvpipe.cli import flags
from mvpipe.commands.make import modeline, write_schema
from mvpipe.errors import Exit
from mvpipe.report.streams import Streams
from mvpipe.spec.schemas import job_schema_text


@click.command("schema", context_settings=flags.CONTEXT)
@click.option("--write", is_flag=True, help="Put it where the job files of `init` look.")
@flags.loudness
@click.pass_obj
def verb(streams: Streams, *, write: bool) -> int:
    """Print the JSON Schema of job files, for editors."""
    if write:
        written = write_schema(Path.cwd()).relative_to(Path.cwd())
        streams.result(str(written))
        streams.talk(f"job files find it by their first line: {modeline(written)}")
        return Exit.DONE
    streams.result(job_schema_text().rstrip())
    return Exit.DONE
