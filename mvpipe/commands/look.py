"""`mvpipe inspect` and `preview`: hear a song, see an edit, without rendering a video."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from mvpipe.commands import parts
from mvpipe.commands.jobs import chosen
from mvpipe.commands.options import Choice
from mvpipe.errors import Exit, UsageError
from mvpipe.model.job import Job
from mvpipe.report.music import music_json, music_text
from mvpipe.report.streams import Streams


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
    """Draw one contact sheet for each job. Safe to repeat: sheets are replaced."""
    jobs = chosen(choice, folder=folder)
    if sheet.to is not None and len(jobs) > 1:
        raise UsageError(
            f"-o names one file and there are {len(jobs)} jobs",
            hint="leave -o out: each sheet is then named after its job",
        )
    for job in jobs:
        parts.require_local(job)
        streams.result(str(_preview(job, sheet, streams)))
    return Exit.DONE


def _preview(job: Job, sheet: Sheet, streams: Streams) -> Path:
    settings = parts.settings()
    parts.require_engine()
    from mvpipe.engine.studio.look import save_contact_sheet  # noqa: PLC0415 - imports numpy

    to = sheet.to or Path(f"{job.name}.preview.png")
    streams.talk(f"{job.name}: hearing and drawing")
    save_contact_sheet(job, to, width=sheet.width, folder=settings.cache_dir / "work")
    return to
