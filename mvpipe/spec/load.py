"""Paths in, Jobs out: the one place in `spec` that opens a job file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from mvpipe.errors import SpecError, UsageError
from mvpipe.model.job import Job
from mvpipe.model.place import Finding
from mvpipe.spec.build import build
from mvpipe.spec.expand import Document, expand, override
from mvpipe.spec.folders import folders
from mvpipe.spec.given import Given
from mvpipe.spec.naming import clean
from mvpipe.spec.page import page
from mvpipe.spec.scalars import Scalar, scalar
from mvpipe.spec.schema import check
from mvpipe.spec.schemas import expanded_job_schema, job_schema
from mvpipe.spec.source import SIZE_LIMIT_BYTES, Source, parse

Sets = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Options:
    """What whoever runs mvpipe may change about a job file: see `load`.

    `given` is the file that the job is run for.
    """

    root: Path | None = None
    sets: Sets = ()
    allow_outside: bool = False
    env: Mapping[str, str] | None = None
    given: Given | None = None


NO_OPTIONS = Options()


def load(
    path: Path,
    *,
    root: Path | None = None,
    sets: Sets = (),
    allow_outside: bool = False,
    env: Mapping[str, str] | None = None,
) -> tuple[Job, ...]:
    """Return the jobs that one file expands to. Reads only; safe to repeat.

    `root` is the folder that no output may leave, by default the project's. `sets` are dotted
    names with values that overrule the file's. `env` holds the environment variables that
    templates may use. Raises SpecError with every finding of the file, and UsageError
    where the file cannot be read.
    """
    options = Options(root, tuple(sets), allow_outside, env)
    return load_text(_read(path), file=str(path), folder=path.parent, options=options)


def load_text(
    text: str,
    *,
    file: str,
    folder: Path,
    options: Options = NO_OPTIONS,
) -> tuple[Job, ...]:
    """Return the jobs of a text as if it lay in `folder`; `file` is its name in findings."""
    return read(text, file=file, folder=folder, options=options).jobs


@dataclass(frozen=True, slots=True)
class Loaded:
    """A job file's jobs, what they were built from, and the values set from outside.

    Each job has its document at the same place.
    """

    source: Source
    documents: tuple[Document, ...]
    jobs: tuple[Job, ...]
    sets: tuple[tuple[str, Scalar], ...] = ()


def read(text: str, *, file: str, folder: Path, options: Options = NO_OPTIONS) -> Loaded:
    """Return the jobs of a text with all that tells where their values come from."""
    sets = tuple((name, _value(value)) for name, value in options.sets)
    source = override(parse(text, file=file), sets)
    findings = source.findings
    if source.data is None and not len(findings):
        findings.value((), "the file is empty", "begin with 'mvpipe: 1'")
        raise SpecError(findings)
    check(source.data, schema=job_schema(), findings=findings)
    documents = expand(
        source,
        default_name=_default_name(file, options.given),
        env=options.env or {},
        given=options.given,
    )
    for document in documents:
        if document.data != source.data:
            check(document.data, schema=expanded_job_schema(), findings=findings)
    where = folders(
        folder,
        root=options.root,
        allow_outside=options.allow_outside,
        given=None if options.given is None else options.given.path,
    )
    if options.given is not None:
        where = replace(where, beside=options.given.beside)
    jobs = build(documents, where=where, findings=findings)
    if len(findings):
        raise SpecError(findings)
    return Loaded(source, documents, jobs, sets)


def read_file(path: Path, *, options: Options = NO_OPTIONS) -> Loaded:
    """Do the same with a file. Reads only; safe to repeat. Raises UsageError too."""
    return read(_read(path), file=str(path), folder=path.parent, options=options)


def _value(text: str) -> Scalar:
    """Return what a value given on the command line means: what it would mean in YAML."""
    try:
        return scalar(text)
    except ValueError:
        return text


def _default_name(file: str, given: Given | None) -> str:
    """Return what a job is called that has no name: the song's, or the job file's."""
    return _stem(file) if given is None else clean(str(given.names["file.stem"])) or "song"


def _stem(file: str) -> str:
    name = Path(file).name
    for suffix in (".yaml", ".yml", ".mvpipe"):
        name = name.removesuffix(suffix)
    return name.strip("<>") or "job"


def _read(path: Path) -> str:
    """Return a file's text; reads no more of it than a job file may have."""
    try:
        with path.open("rb") as file:
            content = file.read(SIZE_LIMIT_BYTES + 4)
    except OSError as error:
        reason = error.strerror or "it cannot be opened"
        raise UsageError(f"'{path}' cannot be read: {reason}", hint="check the path") from error
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        if error.end >= SIZE_LIMIT_BYTES:
            return content.decode("utf-8-sig", errors="replace")
        raise SpecError([_not_utf8(content, error.start, path)]) from error


def _not_utf8(content: bytes, at: int, path: Path) -> Finding:
    """Return a finding at the first byte that is not UTF-8."""
    start = len(content[:at].decode("utf-8-sig", errors="replace"))
    sheet = page(content.decode("utf-8-sig", errors="replace"), file=str(path))
    problem = "the file is not text in UTF-8"
    return sheet.finding(
        sheet.span(start, start + 1), where="", problem=problem, remedy="save it as UTF-8"
    )
