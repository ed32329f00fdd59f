"""`mvpipe completion`: its arguments and options."""

from __future__ import annotations

import click
from click.shell_completion import get_completion_class

from mvpipe.cli import flags
from mvpipe.cli.flags import examples
from mvpipe.commands.options import COMPLETE
from mvpipe.errors import Exit
from mvpipe.report.streams import Streams


@click.command(
    "completion",
    context_settings=flags.CONTEXT,
    epilog=examples(
        'eval "$(mvpipe completion bash)"     in ~/.bashrc; likewise zsh',
        "mvpipe completion fish > ~/.config/fish/completions/mvpipe.fish",
    ),
)
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
@flags.loudness
@click.pass_obj
def verb(streams: Streams, shell: str) -> int:
    """Print what makes a shell complete what you type."""
    script = get_completion_class(shell)
    if script is None:
        raise AssertionError("click has all three")
    made = script(click.get_current_context().find_root().command, {}, "mvpipe", COMPLETE)
    streams.result((made.source_template % made.source_vars()).strip())
    return Exit.DONE
