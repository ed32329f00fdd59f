"""`mvpipe auth`: its commands and options."""

from __future__ import annotations

import sys

import click

from mvpipe.cli import flags
from mvpipe.cli.flags import examples
from mvpipe.commands import auth as command
from mvpipe.errors import UsageError
from mvpipe.report.streams import Streams


@click.group(
    "auth",
    context_settings=flags.CONTEXT,
    epilog=examples(
        "mvpipe auth status",
        "mvpipe auth login                       a free token",
        "mvpipe auth login --with-token < file   one of your own",
    ),
)
@flags.loudness
def verb() -> None:
    """Say which token the cloud is used with, or change it.

    NEMO_TOKEN in the environment comes before a token that is kept.
    """


@verb.command("status", context_settings=flags.CONTEXT)
@flags.loudness
@click.pass_obj
def status(streams: Streams) -> int:
    """Say which token is used, from where, until when; never the token."""
    return command.status(streams)


@verb.command("login", context_settings=flags.CONTEXT)
@click.option(
    "--with-token", is_flag=True, help="Take your own from a hidden prompt or a pipe."
)
@flags.loudness
@click.pass_obj
def login(streams: Streams, *, with_token: bool) -> int:
    """Have a free token, or keep one of your own."""
    return command.login_with(_token, streams) if with_token else command.login_free(streams)


def _token() -> str:
    if sys.stdin.isatty():
        return str(
            click.prompt("Token", hide_input=True, err=True, default="", show_default=False)
        )
    return sys.stdin.readline(command.MOST_TOKEN + 2)


@verb.command("logout", context_settings=flags.CONTEXT)
@click.option("--yes", is_flag=True, help="Do not ask.")
@flags.loudness
@click.pass_obj
def logout(streams: Streams, *, yes: bool) -> int:
    """Forget the token that is kept."""

    def sure(question: str) -> bool:
        if yes or sys.stdin.isatty():
            return yes or click.confirm(question, err=True)
        raise UsageError("a free token would be forgotten", hint="add --yes to do so")

    return command.logout(streams, sure=sure)
