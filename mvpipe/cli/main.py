"""Arguments in, exit code out. Knows the words of the command line and nothing of the work.

Every command imports what it needs when it is called, so that `--help` stays quick.
"""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Sequence
from importlib import import_module
from io import TextIOWrapper

import click

from mvpipe import __version__
from mvpipe.cli import flags
from mvpipe.commands.options import COMPLETE
from mvpipe.errors import Exit, MvpipeError, Terminated
from mvpipe.report.clean import clean
from mvpipe.report.streams import Streams

VERBS = {
    "make": "Make one video from one song, without a job file.",
    "init": "Write a job file to start from; never overwrites.",
    "validate": "Say everything that is wrong with job files.",
    "config": "Show what job files come to, and where every value comes from.",
    "plan": "Show what a run would do.",
    "run": "Carry out jobs; the paths of the videos go to standard output.",
    "status": "Tell what was run, what is under way, and what was spent.",
    "explain": "Say what changed since each task was last done.",
    "verify": "Say whether the videos are what mvpipe.lock says.",
    "collect": "Fetch the renders that earlier runs ordered; begin nothing.",
    "preview": "Draw a contact sheet of the video a job would make.",
    "inspect": "Say what is heard in a song: tempo, bars, sections, key, mood.",
    "chat": "Talk about songs until the video is right, line by line.",
    "credits": "Say what is left to spend in the cloud.",
    "auth": "Say which token the cloud is used with, or change it.",
    "watch": "Make a video of every song that is dropped into a folder.",
    "serve": "Serve the cloud's protocol over the local engine.",
    "schema": "Print the JSON Schema of job files, for editors.",
    "gc": "Remove what is kept to render less, the least recently used first.",
    "doctor": "Look at what is installed here and say what is wrong with it.",
    "completion": "Print what makes a shell complete what you type.",
}
"""Every command in the order in which one comes to need them, with its first line."""


FIRST_FREE = 3
"""The first number of a file that is no standard stream."""

FEW_COLLECTIONS = 50_000
"""What imports make stays, and looking through it every 700 objects takes 8 ms of a start."""

EPILOG = """
\b
Examples:
  mvpipe make song.mp3        one song, one video, no YAML
  mvpipe init song.mp3        write a job file to start from
  mvpipe plan                 what would happen
  mvpipe run                  do it

\b
Exit codes:
  0 done                      6 backend unreachable or timed out
  1 a job failed              7 a folder, pattern or --only matched nothing
  2 wrong usage, no such file 8 outcome unknown, collect later
  3 a job file is wrong       9 locked by another run
  4 token or plan             70 a bug
  5 out of credits            130, 143 interrupted
"""


class LazyGroup(click.Group):
    """Lists the commands in order of use; imports one only when it is called."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's
        return list(VERBS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in VERBS:
            return super().get_command(ctx, cmd_name)
        verb = import_module(f"mvpipe.cli.verbs.{cmd_name}").verb
        return verb if isinstance(verb, click.Command) else None

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002 - click's
        with formatter.section("Commands"):
            formatter.write_dl(list(VERBS.items()))


@click.group(cls=LazyGroup, context_settings=flags.CONTEXT, epilog=EPILOG)
@click.version_option(__version__, prog_name="mvpipe")
@flags.loudness
def cli() -> None:
    """Music videos as code: a YAML job and a song become a beat-matched MP4."""


def entry() -> None:
    """Run the command line of this process and exit: the only exit there is."""
    gc.set_threshold(FEW_COLLECTIONS)
    _stand_in()
    if isinstance(sys.stdout, TextIOWrapper):  # a name this terminal cannot show is no bug
        sys.stdout.reconfigure(errors="backslashreplace")
    sys.exit(main(sys.argv[1:]))


def _stand_in() -> None:
    """Give a process that was started without a standard stream one that leads nowhere.

    The stream's number would otherwise go to the first file that is opened, and some libraries
    write to that number whatever it is.
    """
    while (number := os.open(os.devnull, os.O_RDWR)) < FIRST_FREE:
        os.set_inheritable(number, True)  # noqa: FBT003 - as the ones it stands in for
    os.close(number)
    sys.stdin = sys.stdin or os.fdopen(0, "r", encoding="utf-8")
    sys.stdout = sys.stdout or os.fdopen(1, "w", encoding="utf-8")
    sys.stderr = sys.stderr or os.fdopen(2, "w", encoding="utf-8")


def main(arguments: Sequence[str]) -> int:
    """Run one command line; return its exit code. Whatever goes wrong is one sentence."""
    streams = Streams(out=sys.stdout, err=sys.stderr)
    try:
        return _called(arguments, streams)
    except click.ClickException as error:
        error.show()
        return Exit.USAGE
    except MvpipeError as error:
        streams.failure(error)
        return error.exit
    except (KeyboardInterrupt, click.Abort) as error:
        return _interrupted(error, streams)
    except BrokenPipeError:
        return _pipe_closed()
    except Exception as error:  # noqa: BLE001 - the one place where a bug becomes a sentence
        return _bug(error, streams)


def _called(arguments: Sequence[str], streams: Streams) -> int:
    """Call the command. Click's `main` would exit on a closed pipe and hide who interrupts."""
    if asked := os.environ.get(COMPLETE):
        from click.shell_completion import shell_complete  # noqa: PLC0415 - start-up

        return shell_complete(cli, {}, "mvpipe", COMPLETE, asked)
    try:
        with cli.make_context("mvpipe", list(arguments), obj=streams) as context:
            if os.environ.get("MVPIPE_DEBUG"):
                context.call_on_close(flags.log_to(sys.stderr))
            return int(cli.invoke(context) or 0)
    except click.exceptions.Exit as ended:
        return ended.exit_code


def _interrupted(error: BaseException, streams: Streams) -> int:
    ended = isinstance(error, Terminated)
    word = "terminated" if ended else "interrupted"
    streams.error(f"mvpipe: {word}; what is done is kept, the same command goes on")
    return Exit.TERMINATED if ended else Exit.INTERRUPTED


def _pipe_closed() -> int:
    """Let go of a reader that went away, so that the interpreter ends in silence.

    Not all was told and perhaps not all was done, so this is no success.
    """
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return Exit.FAILED


def _bug(error: Exception, streams: Streams) -> int:
    if os.environ.get("MVPIPE_DEBUG"):
        raise error
    streams.error(f"mvpipe: this is a bug: {type(error).__name__}: {clean(str(error))}")
    streams.error("  hint: set MVPIPE_DEBUG=1 to see where, and please report it")
    return Exit.BUG
