"""From what the command line names to jobs: files found, loaded, chosen, made into drafts."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from pathlib import Path

from mvpipe.commands.found import STANDARD_INPUT, found_in, meant
from mvpipe.commands.options import Choice
from mvpipe.errors import NothingMatched, SpecError, UsageError
from mvpipe.model.job import Export, ExportStep, Job, Step
from mvpipe.model.media import Quality, Size
from mvpipe.model.place import Finding
from mvpipe.spec.folders import same_file
from mvpipe.spec.given import Given
from mvpipe.spec.load import Options, load_text, read_file
from mvpipe.spec.nearest import nearest
from mvpipe.spec.source import SIZE_LIMIT_BYTES

DRAFT_LINES = 360


def chosen(choice: Choice, *, folder: Path) -> tuple[Job, ...]:
    """Return the jobs that `choice` means, each once; without files, those of `folder`.

    Raises SpecError with the findings of every file, also where two of them write one video,
    UsageError where a file that is named is missing, NothingMatched where a folder, a pattern
    or `--only` matches nothing.
    """
    jobs = loaded(_once(choice.files or found_in(folder)), choice)
    if choice.backend is not None:
        jobs = tuple(replace(job, backend=choice.backend) for job in jobs)
    if choice.only:
        jobs = _only(jobs, choice.only)
    _require_apart(jobs)
    return tuple(drafted(job) for job in jobs) if choice.draft else jobs


def _once(files: Iterable[Path]) -> Iterable[Path]:
    """Return the job files that are meant, one that is named twice where it is named first."""
    once: dict[Path, Path] = {}
    for path in (path for named in files for path in meant(named)):
        once.setdefault(path.resolve(), path)
    return once.values()


def _require_apart(jobs: Sequence[Job]) -> None:
    """Raise SpecError where one job's video would take the place of another's."""
    first: dict[str, Export] = {}
    findings = []
    for export in (export for job in jobs for export in exports_of(job)):
        earlier = first.setdefault(same_file(export.to), export)
        if earlier is not export:
            problem = f"'{export.shown}' is already written by the export at {earlier.place}"
            findings.append(Finding(export.place, "", problem, "give each a file of its own"))
    if findings:
        raise SpecError(findings)


def loaded(files: Iterable[Path], choice: Choice) -> tuple[Job, ...]:
    """Return the jobs of all files; raises one SpecError with the findings of all of them."""
    jobs: list[Job] = []
    findings: list[Finding] = []
    for path in (path for named in files for path in meant(named)):
        try:
            jobs += _load(path, choice)
        except SpecError as error:
            findings += error.findings
    if findings:
        raise SpecError(findings)
    return tuple(jobs)


def _load(path: Path, choice: Choice) -> tuple[Job, ...]:
    if path == STANDARD_INPUT:
        options = options_of(choice)
        return load_text(_piped(), file="<stdin>", folder=Path.cwd(), options=options)
    return read_file(path, options=options_of(choice)).jobs


def options_of(choice: Choice) -> Options:
    """Return how job files are to be read; raises UsageError for a song that is not there."""
    return Options(sets=choice.sets, allow_outside=choice.allow_outside, given=_given(choice))


def _given(choice: Choice) -> Given | None:
    """Return the file that the jobs are run for; raises UsageError where it is not there."""
    file = choice.file
    if file is None:
        return None
    for path in (file, *choice.beside):
        if not path.is_file():
            raise UsageError(f"{path}: no such file", hint="give the path of a song")
    from mvpipe.commands.facts import tags_of  # noqa: PLC0415 - start-up: tinytag

    path = file.absolute()  # not resolved: links stay as they are named
    beside = tuple(picture.absolute() for picture in choice.beside)
    return Given(path, tags=tags_of(path), beside=beside)


def _piped() -> str:
    """Return what standard input gives, no more of it than tells that it is too much."""
    content = sys.stdin.buffer.read(SIZE_LIMIT_BYTES + 4)
    errors = "strict" if len(content) <= SIZE_LIMIT_BYTES else "replace"  # cut anywhere
    try:
        return content.decode("utf-8-sig", errors=errors)
    except UnicodeDecodeError as error:
        raise UsageError("standard input is not text in UTF-8") from error


def _only(jobs: Sequence[Job], wanted: Sequence[str]) -> tuple[Job, ...]:
    """Return the jobs that have one of the wanted exports, without their other exports."""
    known = sorted({export.id for job in jobs for export in exports_of(job)})
    for name in wanted:
        if name not in known:
            close = nearest(name, known)
            hint = f"did you mean {close}?" if close else f"there are: {', '.join(known)}"
            raise NothingMatched(f"--only {name}: no export has this id", hint=hint)
    kept = (_keeping(job, lambda export: export.id in wanted) for job in jobs)
    return tuple(job for job in kept if exports_of(job))


def _keeping(job: Job, wanted: Callable[[Export], bool]) -> Job:
    steps = tuple(s for s in job.steps if not isinstance(s, ExportStep) or wanted(s.export))
    return replace(job, steps=steps, exports=tuple(e for e in job.exports if wanted(e)))


def exports_of(job: Job) -> tuple[Export, ...]:
    """Return every export of a job, those in the middle first."""
    return (*(s.export for s in job.steps if isinstance(s, ExportStep)), *job.exports)


def drafted(job: Job) -> Job:
    """Return the job with every export small and quick, under a name of its own."""
    return with_exports(job, _draft)


def drafted_in_place(job: Job) -> Job:
    """Return the job with every export small and quick, under the name it has."""
    return with_exports(job, lambda e: replace(_draft(e), to=e.to, shown=e.shown))


def with_exports(job: Job, change: Callable[[Export], Export]) -> Job:
    """Return the job with every export changed, those in the middle too."""
    steps: tuple[Step, ...] = tuple(
        replace(s, export=change(s.export)) if isinstance(s, ExportStep) else s
        for s in job.steps
    )
    return replace(job, steps=steps, exports=tuple(change(e) for e in job.exports))


def _draft(export: Export) -> Export:
    return replace(
        export,
        to=export.to.with_suffix(".draft.mp4"),
        shown=str(Path(export.shown).with_suffix(".draft.mp4")),
        size=export.size and scaled(export.size, lines=DRAFT_LINES),
        quality=Quality.DRAFT,
    )


def scaled(size: Size, *, lines: int) -> Size:
    """Return the size whose shorter side is `lines`, both sides even; never larger."""
    short = min(size.width, size.height)
    if short <= lines:
        return size
    return Size(
        width=round(size.width * lines / short / 2) * 2,
        height=round(size.height * lines / short / 2) * 2,
    )
