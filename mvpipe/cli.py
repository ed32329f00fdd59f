"""Arguments in, exit code out. Knows the words of the command line and nothing of the work.

Every command imports what it needs when it is called, so that `--help` stays quick.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from io import TextIOWrapper
from pathlib import Path
from typing import TypedDict, TypeVar, Unpack

import click

from mvpipe import __version__
from mvpipe.commands.options import Choice, Telling
from mvpipe.errors import Exit, MvpipeError, Terminated
from mvpipe.model.backend import BackendName
from mvpipe.report.clean import clean
from mvpipe.report.streams import Streams

CONTEXT = {"help_option_names": ["-h", "--help"], "max_content_width": 96}
ORDER = ("make", "init", "validate", "plan", "run", "preview", "inspect", "schema", "doctor")

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
  1 a job failed              7 nothing matched
  2 wrong usage               8 outcome unknown, collect later
  3 a job file is wrong       9 locked by another run
  4 token or plan             70 a bug
  5 out of credits            130, 143 interrupted
"""

Command = TypeVar("Command", bound=Callable[..., object])


def _examples(*lines: str) -> str:
    """Return an epilog that click leaves as it is."""
    return "\n".join(("\b", "Examples:", *(f"  {line}" for line in lines)))


class JobOptions(TypedDict):
    """What every command that reads job files takes."""

    files: tuple[Path, ...]
    sets: tuple[str, ...]
    allow_outside: bool


class TellingOptions(TypedDict):
    """What every command that renders takes."""

    as_json: bool
    events: str | None
    progress: str
    workers: int | None


class ChoiceOptions(JobOptions):
    """What every command that plans takes."""

    only: tuple[str, ...]
    draft: bool
    backend: str | None


class RunOptions(ChoiceOptions, TellingOptions):
    """What `run` takes."""


class MakeOptions(TellingOptions):
    """What `make` takes."""

    song: Path
    prompts: tuple[str, ...]
    output: Path | None
    preset: str
    draft: bool


class InOrderOfUse(click.Group):
    """Lists the commands as one comes to need them."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's
        return [name for name in ORDER if name in self.commands]


@click.group(cls=InOrderOfUse, context_settings=CONTEXT, epilog=EPILOG)
@click.version_option(__version__, prog_name="mvpipe")
@click.option("-q", "--quiet", is_flag=True, help="Say nothing but results and errors.")
@click.pass_context
def cli(context: click.Context, *, quiet: bool) -> None:
    """Music videos as code: a YAML job and a song become a beat-matched MP4."""
    context.obj = Streams(out=sys.stdout, err=sys.stderr, quiet=quiet)


def _jobs(command: Command) -> Command:
    """Add what every command that reads job files takes."""
    for option in (
        click.option(
            "--allow-outside", is_flag=True, help="Let paths lead out of the project."
        ),
        click.option(
            "--set",
            "sets",
            multiple=True,
            metavar="NAME=VALUE",
            help="Override a value, such as vars.title=Dawn.",
        ),
        click.argument("files", nargs=-1, type=click.Path(path_type=Path)),
    ):
        command = option(command)
    return command


def _changes(command: Command) -> Command:
    """Add what every command that plans takes."""
    for option in (
        click.option("--backend", type=click.Choice(["local", "nemo"]), help="Use this one."),
        click.option("--draft", is_flag=True, help="Small and quick: 360 lines, *.draft.mp4."),
        click.option("--only", multiple=True, metavar="EXPORT", help="Only this export."),
    ):
        command = option(command)
    return _jobs(command)


def _telling(command: Command) -> Command:
    """Add what every command that renders takes."""
    styles = click.Choice(["auto", "tty", "plain", "none"])
    for option in (
        click.option(
            "--json", "as_json", is_flag=True, help="Print one JSON document at the end."
        ),
        click.option("--events", type=click.Choice(["jsonl"]), help="Stream events to stdout."),
        click.option("--progress", type=styles, default="auto", help="How to show progress."),
        click.option("-j", "--workers", type=click.IntRange(1, 64), help="Processes [cores]."),
    ):
        command = option(command)
    return command


def _choice(given: JobOptions) -> Choice:
    return Choice(
        files=given["files"],
        sets=tuple(_pair(pair) for pair in given["sets"]),
        allow_outside=given["allow_outside"],
    )


def _changed(given: ChoiceOptions) -> Choice:
    backend = BackendName(given["backend"]) if given["backend"] else None
    return replace(_choice(given), only=given["only"], draft=given["draft"], backend=backend)


def _pair(given: str) -> tuple[str, str]:
    name, equals, value = given.partition("=")
    if not equals or not name:
        raise click.BadParameter(f"{given!r} is not NAME=VALUE", param_hint="--set")
    return name, value


def _told(given: TellingOptions) -> Telling:
    events, json = given["events"] is not None, given["as_json"]
    if events and json:
        raise click.UsageError("--json and --events both want standard output: choose one")
    return Telling(progress=given["progress"], events=events, json=json)


@cli.command(
    epilog=_examples(
        "mvpipe make song.mp3",
        'mvpipe make song.mp3 -p "neon city at night" -o night.mp4',
    )
)
@click.argument("song", type=click.Path(path_type=Path))
@click.option("-p", "--prompt", "prompts", multiple=True, help="What to make; may be repeated.")
@click.option("-o", "--output", type=click.Path(path_type=Path), help="Default: SONG.mp4 here.")
@click.option("--preset", default="auto", metavar="NAME", help="youtube-1080p, shorts, square.")
@click.option("--draft", is_flag=True, help="Small and quick: 360 lines.")
@click.option("--print-job", is_flag=True, help="Print the job file that does the same.")
@_telling
@click.pass_obj
def make(streams: Streams, *, print_job: bool, **given: Unpack[MakeOptions]) -> int:
    """Make one video from one song, without a job file."""
    from mvpipe.commands import make as command  # noqa: PLC0415 - start-up

    wish = command.Wish(
        song=given["song"],
        prompts=given["prompts"],
        to=given["output"],
        preset=given["preset"],
        draft=given["draft"],
    )
    if print_job:
        streams.result(command.job_text(wish).rstrip())
        return Exit.DONE
    return command.make(wish, streams, telling=_told(given), workers=given["workers"])


@cli.command(epilog=_examples("mvpipe init song.mp3"))
@click.argument("song", required=False, type=click.Path(path_type=Path))
@click.pass_obj
def init(streams: Streams, song: Path | None) -> int:
    """Write a job file to start from; never overwrites."""
    from mvpipe.commands import make as command  # noqa: PLC0415 - start-up

    return command.init(song, streams, folder=Path.cwd())


@cli.command(epilog=_examples("mvpipe validate", "mvpipe validate jobs/*.mvpipe.yaml"))
@_jobs
@click.pass_obj
def validate(streams: Streams, **given: Unpack[JobOptions]) -> int:
    """Say everything that is wrong with job files.

    `-` reads standard input.
    """
    from mvpipe.commands.validate import validate as command  # noqa: PLC0415 - start-up

    return command(_choice(given), streams, folder=Path.cwd())


@cli.command(epilog=_examples("mvpipe plan song.mvpipe.yaml"))
@_changes
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
@click.pass_obj
def plan(streams: Streams, *, as_json: bool, **given: Unpack[ChoiceOptions]) -> int:
    """Show what a run would do.

    In which order, how large, how long, and for how many credits.
    """
    from mvpipe.commands.plan import plan as command  # noqa: PLC0415 - start-up

    return command(_changed(given), streams, folder=Path.cwd(), as_json=as_json)


@cli.command(
    epilog=_examples(
        "mvpipe run                            every job file of this folder",
        "mvpipe run --draft                    the same, small and quick",
        "mvpipe run album.mvpipe.yaml --only shorts",
    )
)
@_changes
@_telling
@click.option("-n", "--dry-run", is_flag=True, help="Only show the plan.")
@click.pass_obj
def run(streams: Streams, *, dry_run: bool, **given: Unpack[RunOptions]) -> int:
    """Carry out jobs; the paths of the videos go to standard output."""
    from mvpipe.commands import run as command  # noqa: PLC0415 - start-up

    choice, folder = _changed(given), Path.cwd()
    if dry_run:
        from mvpipe.commands.plan import plan as show  # noqa: PLC0415 - start-up

        return show(choice, streams, folder=folder, as_json=given["as_json"])
    return command.run(
        choice, streams, folder=folder, telling=_told(given), workers=given["workers"]
    )


@cli.command(epilog=_examples("mvpipe preview song.mvpipe.yaml -o sheet.png"))
@_changes
@click.option("-o", "--output", type=click.Path(path_type=Path), help="NAME.preview.png")
@click.option("--sheet-width", type=click.IntRange(320, 7680), default=1280, help="In pixels.")
@click.pass_obj
def preview(
    streams: Streams, *, output: Path | None, sheet_width: int, **given: Unpack[ChoiceOptions]
) -> int:
    """Draw a contact sheet of the video a job would make."""
    from mvpipe.commands import look as command  # noqa: PLC0415 - start-up

    sheet = command.Sheet(to=output, width=sheet_width)
    return command.preview(_changed(given), sheet, streams, folder=Path.cwd())


@cli.command(epilog=_examples("mvpipe inspect song.mp3 --png heard.png"))
@click.argument("song", type=click.Path(path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
@click.option("--png", type=click.Path(path_type=Path), help="Draw what was heard.")
@click.pass_obj
def inspect(streams: Streams, song: Path, *, as_json: bool, png: Path | None) -> int:
    """Say what is heard in a song: tempo, bars, sections, key, mood."""
    from mvpipe.commands import look as command  # noqa: PLC0415 - start-up

    return command.inspect(command.Inspection(song=song, as_json=as_json, png=png), streams)


@cli.command()
@click.option("--write", is_flag=True, help="Put it where the job files of `init` look.")
@click.pass_obj
def schema(streams: Streams, *, write: bool) -> int:
    """Print the JSON Schema of job files, for editors and other tools."""
    if write:
        from mvpipe.commands.make import write_schema  # noqa: PLC0415 - start-up

        streams.result(str(write_schema(Path.cwd()).relative_to(Path.cwd())))
        return Exit.DONE
    from mvpipe.spec.schemas import job_schema_text  # noqa: PLC0415 - start-up

    streams.result(job_schema_text().rstrip())
    return Exit.DONE


@cli.command()
@click.pass_obj
def doctor(streams: Streams) -> int:
    """Look at what is installed here and say what is wrong with it."""
    from mvpipe.commands.doctor import doctor as command  # noqa: PLC0415 - start-up

    return command(streams)


def entry() -> None:
    """Run the command line of this process and exit: the only exit there is."""
    if isinstance(sys.stdout, TextIOWrapper):  # a name this terminal cannot show is no bug
        sys.stdout.reconfigure(errors="backslashreplace")
    sys.exit(main(sys.argv[1:]))


def main(arguments: Sequence[str]) -> int:
    """Run one command line; return its exit code. Whatever goes wrong is one sentence."""
    streams = Streams(out=sys.stdout, err=sys.stderr)
    try:
        return _called(arguments)
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


def _called(arguments: Sequence[str]) -> int:
    """Call the command. Click's `main` would exit on a closed pipe and hide who interrupts."""
    try:
        with cli.make_context("mvpipe", list(arguments)) as context:
            return int(cli.invoke(context) or 0)
    except click.exceptions.Exit as ended:
        return ended.exit_code


def _interrupted(error: BaseException, streams: Streams) -> int:
    ended = isinstance(error, Terminated)
    word = "terminated" if ended else "interrupted"
    streams.error(f"mvpipe: {word}; finished videos are kept, unfinished ones are gone")
    return Exit.TERMINATED if ended else Exit.INTERRUPTED


def _pipe_closed() -> int:
    """Let go of a reader that went away, so that the interpreter ends in silence."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return Exit.DONE


def _bug(error: Exception, streams: Streams) -> int:
    if os.environ.get("MVPIPE_DEBUG"):
        raise error
    streams.error(f"mvpipe: this is a bug: {type(error).__name__}: {clean(str(error))}")
    streams.error("  hint: set MVPIPE_DEBUG=1 to see where, and please report it")
    return Exit.BUG
