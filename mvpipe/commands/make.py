"""`mvpipe make` and `mvpipe init`: a job without writing YAML, and YAML to start from."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from mvpipe.commands.jobs import drafted, drafted_in_place
from mvpipe.commands.options import Choice, Order, Telling
from mvpipe.commands.run import carry_out
from mvpipe.disk import REAL, Files, output_errors, write_new, write_whole
from mvpipe.errors import Exit, SpecError, UsageError
from mvpipe.model.job import Job
from mvpipe.report.streams import Streams
from mvpipe.spec.load import Options, load_text
from mvpipe.spec.schemas import job_schema_text
from mvpipe.spec.write import JobText, mapping, quoted, write_job

PROMPT = "generate a music video with visuals that match the beat and mood of my track"
SCHEMA_FILE = Path(".mvpipe") / "job.schema.json"

TEMPLATE = """\
{modeline}
# A music video as code. `mvpipe plan` shows what this would do, `mvpipe run` does it.
mvpipe: 1
inputs:
  - {song}
  # - art/*.jpg                  # pictures are cut to the beat
steps:
  - {prompt}
  # - add the title "My Song" for the first 4 seconds
  # - make the second drop darker
exports:
  - {output}
  # - {{preset: shorts, to: {tall}}}   # the same cuts, composed for 9:16
"""


@dataclass(frozen=True, slots=True)
class Wish:
    """What `make` is asked for."""

    song: Path
    prompts: tuple[str, ...]
    to: Path | None
    preset: str
    draft: bool
    bpm: float | None = None


def make(wish: Wish, streams: Streams, *, telling: Telling, workers: int | None) -> Exit:
    """Make one video from one song. Safe to repeat: the output is replaced."""
    if not wish.song.is_file():
        raise UsageError(f"{wish.song}: no such file", hint="give the path of a song")
    jobs = _jobs(wish, folder=Path.cwd())
    if wish.draft:
        draft = drafted if wish.to is None else drafted_in_place  # a name given is kept
        jobs = tuple(draft(job) for job in jobs)
    order = Order(telling=telling, workers=workers)
    return carry_out(jobs, streams, choice=Choice(), order=order)


def _jobs(wish: Wish, *, folder: Path) -> tuple[Job, ...]:
    options = Options(root=folder, allow_outside=True)
    try:
        return load_text(job_text(wish), file="mvpipe make", folder=folder, options=options)
    except SpecError as error:
        # the user wrote options, not a file: a place in it would only confuse
        finding = error.findings[0]
        raise UsageError(finding.problem, hint=finding.remedy) from None


def job_text(wish: Wish) -> str:
    """Return the job file that does the same."""
    to = wish.to or Path(f"{wish.song.stem}.mp4")
    return write_job(
        JobText(
            name=wish.song.stem,
            inputs=[quoted(wish.song.as_posix())],
            bpm=wish.bpm,
            steps=[quoted(prompt) for prompt in wish.prompts or (PROMPT,)],
            exports=[mapping({"preset": quoted(wish.preset), "to": quoted(to.as_posix())})],
        )
    )


def init(song: Path | None, streams: Streams, *, folder: Path, files: Files = REAL) -> Exit:
    """Write a job file to start from, and the schema for editors. Never overwrites."""
    named = song or next(iter(_songs_in(folder)), Path("song.mp3"))
    if named.is_absolute():  # a job file names what lies near it
        named = Path(os.path.relpath(named, folder))
    to = folder / f"{named.stem}.mvpipe.yaml"
    text = TEMPLATE.format(
        modeline=modeline(SCHEMA_FILE),
        song=quoted(named.as_posix()),
        prompt=quoted(PROMPT),
        output=quoted(f"out/{named.stem}.mp4"),
        tall=quoted(f"out/{named.stem}-shorts.mp4"),
    )
    if to.exists():
        raise _taken(to)
    write_schema(folder, files=files)  # first, so that who tries again after it finds no job
    if not write_new(to, text.encode(), files=files):
        raise _taken(to)
    streams.result(str(to.relative_to(folder)))
    streams.talk("next: `mvpipe plan` shows what it would do, `mvpipe run` does it")
    return Exit.DONE


def _songs_in(folder: Path) -> Sequence[Path]:
    kinds = {".mp3", ".wav", ".flac", ".m4a", ".ogg", ".opus", ".aac"}
    return sorted(Path(p.name) for p in folder.iterdir() if p.suffix.lower() in kinds)


def modeline(schema: Path) -> str:
    """Return the first line by which editors find the schema of a job file beside it."""
    return f"# yaml-language-server: $schema={schema.as_posix()}"


def write_schema(folder: Path, *, files: Files = REAL) -> Path:
    """Put the job schema where the modeline of `init` looks for it. Safe to repeat."""
    to = folder / SCHEMA_FILE
    with output_errors(to):
        files.make_folder(to.parent, private=False)
    write_whole(to, job_schema_text().encode(), files=files)
    return to


def _taken(to: Path) -> UsageError:
    return UsageError(f"{to.name} is already there", hint="edit it, or remove it first")
