"""`mvpipe inspect` and `preview`: hear a song, see an edit, without rendering a video."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from mvpipe.commands import parts
from mvpipe.commands.jobs import chosen, exports_of, with_exports
from mvpipe.commands.options import Choice
from mvpipe.commands.outputs import name_outputs
from mvpipe.errors import Exit, UsageError
from mvpipe.model.job import Export, Job
from mvpipe.report.choose import reporter
from mvpipe.report.music import music_json, music_text
from mvpipe.report.streams import Streams
from mvpipe.runner.run import Runner
from mvpipe.spec.naming import clean, tidy


@dataclass(frozen=True, slots=True)
class Inspection:
    """What `inspect` is asked for; `png` is where the picture goes."""

    song: Path
    as_json: bool
    png: Path | None


def inspect(wish: Inspection, streams: Streams) -> Exit:
    """Say what is heard in a song. Safe to repeat."""
    if not wish.song.is_file():
        raise UsageError(f"{wish.song}: no such file", hint="give the path of a song")
    parts.require_engine()
    from mvpipe.engine.studio.look import listen, save_music_sheet  # noqa: PLC0415 - imports numpy

    music = listen(wish.song)
    streams.result(music_json(music) if wish.as_json else music_text(music, wish.song.name))
    if wish.png is not None:
        save_music_sheet(wish.song, music, wish.png)
        streams.talk(f"wrote {wish.png}")
    return Exit.DONE


@dataclass(frozen=True, slots=True)
class Sheet:
    """What `preview` is asked for."""

    to: Path | None
    width: int


def preview(choice: Choice, sheet: Sheet, streams: Streams, *, folder: Path) -> Exit:
    """Draw a contact sheet for each export. Safe to repeat: sheets are replaced."""
    jobs = tuple(as_sheets(job, sheet.to) for job in chosen(choice, folder=folder))
    count = sum(len(exports_of(job)) for job in jobs)
    if sheet.to is not None and count > 1:
        raise UsageError(
            f"-o names one file and there are {count} exports to preview",
            hint="choose one with --only, or leave -o out: each sheet then has its own name",
        )
    settings = parts.settings()
    plans = parts.plans_of(jobs, settings)
    with (
        parts.stills_backend(settings, width=sheet.width) as backend,
        reporter(streams, style=settings.progress, events=False, clock=parts.clock) as observe,
    ):
        outcome = Runner(lambda _: backend, observe, parts.clock, parts.sleep).run(plans)
    name_outputs(outcome.results, streams)
    return outcome.exit


def as_sheets(job: Job, to: Path | None) -> Job:
    """Return the job with a contact sheet in the place of each video."""
    single = len(exports_of(job)) == 1

    def sheet(export: Export) -> Export:
        name = job.name if single else f"{job.name}-{export.id}"
        path = to or Path(f"{tidy(clean(name))}.preview.png")  # a name may hold a path
        return replace(export, to=path.parent.resolve() / path.name, shown=str(path))

    return with_exports(job, sheet)
