"""Arguments in, exit code out. Knows the words of the command line and nothing of the work.

Every command imports what it needs when it is called, so that `--help` stays quick.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from io import TextIOWrapper
from pathlib import Path
from typing import Unpack

import click
from click.shell_completion import get_completion_class, shell_complete

from mvpipe import __version__
from mvpipe.commands import flags
from mvpipe.errors import Exit, MvpipeError, Terminated
from mvpipe.report.clean import clean
from mvpipe.report.streams import Streams
from mvpipe.spec.presets import PRESETS

CONTEXT = {"help_option_names": ["-h", "--help"], "max_content_width": 96}
ORDER = (
    "make",
    "init",
    "validate",
    "plan",
    "run",
    "preview",
    "inspect",
    "schema",
    "doctor",
    "completion",
)
COMPLETE = "_MVPIPE_COMPLETE"
"""Set by the scripts of `completion` when a shell asks what could come next."""

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


def _examples(*lines: str) -> str:
    """Return an epilog that click leaves as it is."""
    return "\n".join(("\b", "Examples:", *(f"  {line}" for line in lines)))


class InOrderOfUse(click.Group):
    """Lists the commands as one comes to need them."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's
        return [name for name in ORDER if name in self.commands]


@click.group(cls=InOrderOfUse, context_settings=CONTEXT, epilog=EPILOG)
@click.version_option(__version__, prog_name="mvpipe")
@flags.loudness
def cli() -> None:
    """Music videos as code: a YAML job and a song become a beat-matched MP4."""


@cli.command(
    epilog=_examples(
        "mvpipe make song.mp3",
        'mvpipe make song.mp3 -p "neon city at night" -o night.mp4',
    )
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
def make(streams: Streams, *, print_job: bool, **given: Unpack[flags.MakeOptions]) -> int:
    """Make one video from one song, without a job file."""
    from mvpipe.commands import make as command  # noqa: PLC0415 - start-up

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


@cli.command(epilog=_examples("mvpipe init song.mp3"))
@click.argument("song", required=False, type=click.Path(path_type=Path))
@flags.loudness
@click.pass_obj
def init(streams: Streams, song: Path | None) -> int:
    """Write a job file to start from; never overwrites."""
    from mvpipe.commands import make as command  # noqa: PLC0415 - start-up

    return command.init(song, streams, folder=Path.cwd())


@cli.command(epilog=_examples("mvpipe validate", "mvpipe validate jobs/*.mvpipe.yaml"))
@flags.jobs
@flags.loudness
@click.pass_obj
def validate(streams: Streams, **given: Unpack[flags.JobOptions]) -> int:
    """Say everything that is wrong with job files.

    `-` reads standard input.
    """
    from mvpipe.commands.validate import validate as command  # noqa: PLC0415 - start-up

    return command(flags.choice(given), streams, folder=Path.cwd())


@cli.command(epilog=_examples("mvpipe plan song.mvpipe.yaml"))
@flags.changes
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
@flags.loudness
@click.pass_obj
def plan(streams: Streams, *, as_json: bool, **given: Unpack[flags.ChoiceOptions]) -> int:
    """Show what a run would do.

    In which order, how large, how long, and for how many credits.
    """
    from mvpipe.commands.plan import plan as command  # noqa: PLC0415 - start-up

    return command(flags.changed(given), streams, folder=Path.cwd(), as_json=as_json)


@cli.command(
    epilog=_examples(
        "mvpipe run                            every job file of this folder",
        "mvpipe run --draft                    the same, small and quick",
        "mvpipe run album.mvpipe.yaml --only shorts",
    )
)
@flags.changes
@flags.telling
@click.option("-n", "--dry-run", is_flag=True, help="Only show the plan.")
@flags.loudness
@click.pass_obj
def run(streams: Streams, *, dry_run: bool, **given: Unpack[flags.RunOptions]) -> int:
    """Carry out jobs; the paths of the videos go to standard output."""
    from mvpipe.commands import run as command  # noqa: PLC0415 - start-up

    choice, folder = flags.changed(given), Path.cwd()
    if dry_run:
        from mvpipe.commands.plan import plan as show  # noqa: PLC0415 - start-up

        return show(choice, streams, folder=folder, as_json=given["as_json"])
    return command.run(
        choice, streams, folder=folder, telling=flags.told(given), workers=given["workers"]
    )


@cli.command(epilog=_examples("mvpipe preview song.mvpipe.yaml -o sheet.png"))
@flags.changes
@click.option("-o", "--output", type=click.Path(path_type=Path), help="NAME.preview.png")
@click.option("--sheet-width", type=click.IntRange(320, 7680), default=1280, help="In pixels.")
@flags.loudness
@click.pass_obj
def preview(
    streams: Streams,
    *,
    output: Path | None,
    sheet_width: int,
    **given: Unpack[flags.ChoiceOptions],
) -> int:
    """Draw a contact sheet of the video a job would make."""
    from mvpipe.commands import look as command  # noqa: PLC0415 - start-up

    sheet = command.Sheet(to=output, width=sheet_width)
    return command.preview(flags.changed(given), sheet, streams, folder=Path.cwd())


@cli.command(epilog=_examples("mvpipe inspect song.mp3 --png heard.png"))
@click.argument("song", type=click.Path(path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
@click.option("--png", type=click.Path(path_type=Path), help="Draw what was heard.")
@flags.loudness
@click.pass_obj
def inspect(streams: Streams, song: Path, *, as_json: bool, png: Path | None) -> int:
    """Say what is heard in a song: tempo, bars, sections, key, mood."""
    from mvpipe.commands import look as command  # noqa: PLC0415 - start-up

    return command.inspect(command.Inspection(song=song, as_json=as_json, png=png), streams)


@cli.command()
@click.option("--write", is_flag=True, help="Put it where the job files of `init` look.")
@flags.loudness
@click.pass_obj
def schema(streams: Streams, *, write: bool) -> int:
    """Print the JSON Schema of job files, for editors."""
    if write:
        from mvpipe.commands.make import modeline, write_schema  # noqa: PLC0415 - start-up

        written = write_schema(Path.cwd()).relative_to(Path.cwd())
        streams.result(str(written))
        streams.talk(f"job files find it by their first line: {modeline(written)}")
        return Exit.DONE
    from mvpipe.spec.schemas import job_schema_text  # noqa: PLC0415 - start-up

    streams.result(job_schema_text().rstrip())
    return Exit.DONE


@cli.command()
@flags.loudness
@click.pass_obj
def doctor(streams: Streams) -> int:
    """Look at what is installed here and say what is wrong with it."""
    from mvpipe.commands.doctor import doctor as command  # noqa: PLC0415 - start-up

    return command(streams)


@cli.command(
    epilog=_examples(
        'eval "$(mvpipe completion bash)"     in ~/.bashrc; likewise zsh',
        "mvpipe completion fish > ~/.config/fish/completions/mvpipe.fish",
    )
)
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
@flags.loudness
@click.pass_obj
def completion(streams: Streams, shell: str) -> int:
    """Print what makes a shell complete what you type."""
    script = get_completion_class(shell)
    if script is None:
        raise AssertionError("click has all three")
    made = script(cli, {}, "mvpipe", COMPLETE)
    streams.result((made.source_template % made.source_vars()).strip())
    return Exit.DONE


def entry() -> None:
    """Run the command line of this process and exit: the only exit there is."""
    if isinstance(sys.stdout, TextIOWrapper):  # a name this terminal cannot show is no bug
        sys.stdout.reconfigure(errors="backslashreplace")
    sys.exit(main(sys.argv[1:]))


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
    streams.error(f"mvpipe: {word}; finished videos are kept, unfinished ones are gone")
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
