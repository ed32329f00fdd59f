"""The flags of the command line that several commands share, and what they mean as data."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TextIO, TypedDict, TypeVar

import click

from mvpipe.commands.options import Choice, Limit, Telling
from mvpipe.model.backend import BackendName
from mvpipe.report.streams import Streams

CONTEXT = {"help_option_names": ["-h", "--help"], "max_content_width": 96}
"""What every command tells click of itself."""

Command = TypeVar("Command", bound=Callable[..., object])


class SetOptions(TypedDict):
    """What changes how a job file is read."""

    sets: tuple[str, ...]
    allow_outside: bool
    file: Path | None
    beside: tuple[Path, ...]


class JobOptions(SetOptions):
    """What every command that reads job files takes."""

    files: tuple[Path, ...]


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


class StateOptions(TypedDict):
    """Where what is remembered lies."""

    state: Path | None


class CollectOptions(ChoiceOptions, TellingOptions, StateOptions):
    """What `collect` takes."""


class LimitOptions(TypedDict):
    """What a run may do."""

    max_credits: int | None
    no_spend: bool
    fresh: bool
    resend: bool
    locked: bool


class RunOptions(CollectOptions, LimitOptions):
    """What `run` takes."""


class MakeOptions(TellingOptions):
    """What `make` takes."""

    song: Path
    prompts: tuple[str, ...]
    output: Path | None
    preset: str
    draft: bool
    bpm: float | None


def examples(*lines: str) -> str:
    """Return an epilog that click leaves as it is."""
    return "\n".join(("\b", "Examples:", *(f"  {line}" for line in lines)))


def sets(command: Command) -> Command:
    """Add what changes how a job file is read."""
    for option in (
        click.option(
            "--with",
            "beside",
            multiple=True,
            type=click.Path(path_type=Path),
            metavar="PICTURE",
            help="A picture that belongs to the song of --file.",
        ),
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
        click.option(
            "--file",
            type=click.Path(path_type=Path),
            metavar="SONG",
            help="Run the job for this song: ${{ file.path }}, ${{ tags.title }}, ...",
        ),
    ):
        command = option(command)
    return command


def jobs(command: Command) -> Command:
    """Add what every command that reads job files takes."""
    return sets(click.argument("files", nargs=-1, type=click.Path(path_type=Path))(command))


def job_names(command: Command) -> Command:
    """Add the JOBs of a command that reads what is remembered of them."""
    # a path to the shell, which then completes it; FILE#NAME passes too
    return click.argument("jobs", nargs=-1, metavar="[JOB]...", type=click.Path())(command)


def as_json(command: Command) -> Command:
    """Add `--json` for a command that prints one answer."""
    return click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")(
        command
    )


def changes(command: Command) -> Command:
    """Add what every command that plans takes."""
    for option in (
        click.option("--backend", type=click.Choice(["local", "nemo"]), help="Use this one."),
        click.option("--draft", is_flag=True, help="Small and quick: 360 lines, *.draft.mp4."),
        click.option("--only", multiple=True, metavar="EXPORT", help="Only this export."),
    ):
        command = option(command)
    return jobs(command)


def telling(command: Command) -> Command:
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


def state(command: Command) -> Command:
    """Add `--state`, for who keeps the journal elsewhere than everybody."""
    return click.option(
        "--state",
        type=click.Path(path_type=Path, file_okay=False),
        help="Keep the journal in this folder.",
    )(command)


def limits(command: Command) -> Command:
    """Add what a run may do."""
    for option in (
        click.option("--locked", is_flag=True, help="Refuse to differ from mvpipe.lock."),
        click.option(
            "--resend",
            is_flag=True,
            help="Say prompts again of which nobody can tell whether they arrived.",
        ),
        click.option("--force", "fresh", is_flag=True, help="Do again what was done before."),
        click.option("--no-spend", is_flag=True, help="Stop before anything costs credits."),
        click.option(
            "--max-credits",
            type=click.IntRange(0),
            metavar="N",
            help="Stop before more than N credits are spent.",
        ),
    ):
        command = option(command)
    return command


def limit(given: LimitOptions) -> Limit:
    """Return what a run may do."""
    return Limit(
        max_credits=given["max_credits"],
        no_spend=given["no_spend"],
        fresh=given["fresh"],
        resend=given["resend"],
        locked=given["locked"],
    )


def choice(given: JobOptions) -> Choice:
    """Return which jobs are meant."""
    return replace(reading(given), files=given["files"])


def reading(given: SetOptions) -> Choice:
    """Return how job files are to be read."""
    return Choice(
        sets=tuple(_pair(pair) for pair in given["sets"]),
        allow_outside=given["allow_outside"],
        file=given["file"],
        beside=given["beside"],
    )


def changed(given: ChoiceOptions) -> Choice:
    """Return which jobs are meant and what is to be changed about them."""
    backend = BackendName(given["backend"]) if given["backend"] else None
    return replace(choice(given), only=given["only"], draft=given["draft"], backend=backend)


def _pair(given: str) -> tuple[str, str]:
    name, equals, value = given.partition("=")
    if not equals or not name:
        raise click.BadParameter(f"{given!r} is not NAME=VALUE", param_hint="--set")
    return name, value


def told(given: TellingOptions) -> Telling:
    """Return how a run is to be told; raises UsageError where that is said twice."""
    events, json = given["events"] is not None, given["as_json"]
    if events and json:
        raise click.UsageError("--json and --events both want standard output: choose one")
    return Telling(progress=given["progress"], events=events, json=json)


def loudness(command: Command) -> Command:
    """Add `-q` and `-v`, which every command takes, before its name and after it."""
    for option in (
        click.option(
            "-v",
            "--verbose",
            is_flag=True,
            expose_value=False,
            callback=_more,
            help="Say more: times, and what mvpipe notes for who debugs it.",
        ),
        click.option(
            "-q",
            "--quiet",
            is_flag=True,
            expose_value=False,
            callback=_less,
            help="Say nothing but results and errors.",
        ),
    ):
        command = option(command)
    return command


def _less(context: click.Context, _option: click.Parameter, given: bool) -> None:  # noqa: FBT001 - click's
    if given:
        context.obj = replace(context.ensure_object(Streams), quiet=True)


def _more(context: click.Context, _option: click.Parameter, given: bool) -> None:  # noqa: FBT001 - click's
    if given:
        context.obj = replace(context.ensure_object(Streams), verbose=True)
        context.call_on_close(log_to(context.obj.err))


def log_to(err: TextIO) -> Callable[[], None]:
    """Have everything that mvpipe notes written to `err`; return what ends that."""
    import logging  # noqa: PLC0415 - start-up

    logger = logging.getLogger("mvpipe")
    handler = logging.StreamHandler(err)
    handler.setFormatter(logging.Formatter("debug: %(name)s: %(message)s"))
    logger.addHandler(handler)
    logger.setLevel(logging.DEBUG)

    def end() -> None:
        logger.removeHandler(handler)
        logger.setLevel(logging.NOTSET)

    return end
