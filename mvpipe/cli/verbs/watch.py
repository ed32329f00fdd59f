"""`mvpipe watch`: its commands and options."""

from __future__ import annotations

from pathlib import Path
from typing import TypedDict, Unpack

import click

from mvpipe.cli import flags
from mvpipe.cli.flags import Command, examples
from mvpipe.commands import watch as command
from mvpipe.commands.watch import Watching
from mvpipe.report.streams import Streams

PATH = click.Path(path_type=Path)


class WatchFlags(TypedDict):
    """What every command of `watch` takes."""

    config: Path | None
    inbox: Path | None
    state: Path | None


class StartFlags(WatchFlags):
    """What `start` takes."""

    job: Path | None
    done: Path | None
    failed: Path | None
    match: tuple[str, ...]
    settle: str | None
    poll: str | None
    mode: str | None
    parallel: int | None
    draft: bool


class WatchGroup(click.Group):
    """Takes `mvpipe watch FILE` for `mvpipe watch start FILE`."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        if not args or (args[0] not in self.commands and args[0] not in {"-h", "--help"}):
            args = ["start", *args]
        return super().parse_args(ctx, args)


@click.group(
    "watch",
    cls=WatchGroup,
    context_settings=flags.CONTEXT,
    epilog=examples(
        "mvpipe watch                            as mvpipe-watch.yaml says",
        "mvpipe watch nas.yaml --once            for cron: what is there, then end",
        "mvpipe watch --inbox in --job reel.mvpipe.yaml",
        "mvpipe watch status",
        "mvpipe watch retry failed/song.mp3",
        "mvpipe watch --health                   for a health check",
    ),
)
@flags.loudness
def verb() -> None:
    """Make a video of every song that is dropped into a folder.

    `mvpipe watch` is `mvpipe watch start`; its --help lists the options.
    """


def _which(function: Command) -> Command:
    for option in (
        flags.state,
        click.option("--inbox", type=PATH, help="The folder to watch."),
        click.option(
            "-c",
            "--config",
            type=PATH,
            metavar="FILE",
            help="The watch file.",
            expose_value=True,
        ),
    ):
        function = option(function)
    return function


def _how(function: Command) -> Command:
    for option in (
        click.option("--draft", is_flag=True, help="Small and quick videos."),
        click.option("--parallel", type=click.IntRange(1, 16), help="Songs at a time."),
        click.option("--mode", type=click.Choice(["move", "in-place"]), help="Of songs."),
        click.option("--poll", metavar="TIME", help="Look this often, such as 10s; or auto."),
        click.option("--settle", metavar="TIME", help="How long a song must lie still [5s]."),
        click.option("--match", multiple=True, metavar="PATTERN", help="Only such songs."),
        click.option("--failed", type=PATH, help="Where songs go that fail."),
        click.option("--done", type=PATH, help="Where songs go that are done."),
        click.option("--job", type=PATH, help="The job file that is run for each song."),
    ):
        function = option(function)
    return function


@verb.command("start", context_settings=flags.CONTEXT)
@click.argument("file", required=False, type=PATH)
@_which
@_how
@click.option("--once", is_flag=True, help="End when every song there has its fate.")
@click.option("--health", is_flag=True, help="Only say whether it is well: exit 0 or 1.")
@flags.loudness
@click.pass_obj
def start(
    streams: Streams,
    *,
    file: Path | None,
    once: bool,
    health: bool,
    **given: Unpack[StartFlags],
) -> int:
    """Watch a folder until somebody ends it."""
    wanted = _watching(file, given)
    if health:
        return command.check(wanted, streams)
    return command.start(wanted, streams, once=once)


def _watching(file: Path | None, given: StartFlags) -> Watching:
    said = {
        key: value
        for key, value in given.items()
        if value not in (None, (), False) and key not in {"config", "state"}
    }
    return Watching(file or given["config"], said, given["state"])


@verb.command("status", context_settings=flags.CONTEXT)
@click.argument("file", required=False, type=PATH)
@_which
@flags.loudness
@click.pass_obj
def status(streams: Streams, *, file: Path | None, **given: Unpack[WatchFlags]) -> int:
    """Say how the watcher is and what became of the last songs."""
    return command.status(_looking(file, given), streams)


@verb.command("retry", context_settings=flags.CONTEXT)
@click.argument("songs", nargs=-1, required=True, type=PATH, metavar="SONG...")
@_which
@flags.loudness
@click.pass_obj
def retry(streams: Streams, *, songs: tuple[Path, ...], **given: Unpack[WatchFlags]) -> int:
    """Have songs tried again that failed."""
    return command.retry(_looking(None, given), songs, streams)


def _looking(file: Path | None, given: WatchFlags) -> Watching:
    """Return which watcher is meant by who looks; its job file does not matter then."""
    inbox, file = given["inbox"], file or given["config"]
    if inbox is None or file is not None:
        return Watching(file, None, given["state"])
    return Watching(None, {"inbox": inbox, "job": "mvpipe.yaml"}, given["state"])
