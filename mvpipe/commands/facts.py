"""What is known of the input files before anybody hears them. The one door to tinytag."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from tinytag import TinyTag, TinyTagException

from mvpipe.errors import MissingMedia
from mvpipe.model.canonical import Digest
from mvpipe.model.job import Input, Job
from mvpipe.model.media import MediaKind
from mvpipe.plan import Facts

LONGEST_S = 24 * 3600
"""A damaged header may claim centuries; such a length counts as unknown."""


Known = dict[tuple[Path, int, int], Facts]
"""What is known of files by path, size in bytes and time of change in nanoseconds."""


def facts_of(job: Job, *, known: Known) -> Mapping[str, Facts]:
    """Return digest and length of every input; reads what is not `known` yet, which grows.

    Raises MissingMedia. Safe to repeat.
    """
    return {item.id: _facts(item, known) for item in job.inputs}


def _facts(item: Input, known: Known) -> Facts:
    with _reading(item):
        state = item.path.stat()
        seen = (item.path, state.st_size, state.st_mtime_ns)
        if seen not in known:
            length = _duration_ms(item.path) if item.kind is MediaKind.AUDIO else None
            known[seen] = Facts(digest=_digest(item.path), duration_ms=length)
    return known[seen]


def _digest(path: Path) -> Digest:
    with path.open("rb") as file:
        return Digest(hashlib.file_digest(file, "sha256").hexdigest())


@contextmanager
def _reading(item: Input) -> Iterator[None]:
    """Name the file as the job spells it where it cannot be read."""
    try:
        yield
    except OSError as error:
        raise MissingMedia(
            f"{item.shown}: cannot be read: {error.strerror}",
            hint="check the path and its rights",
        ) from error


def _duration_ms(path: Path) -> int | None:
    """Return the length its tags and headers claim; only hearing tells for sure."""
    try:
        seconds = TinyTag.get(path, tags=False).duration
    except (TinyTagException, OSError, ValueError, ArithmeticError, LookupError):
        return None  # tinytag 2.3 lets such errors of damaged files through
    return round(seconds * 1000) if seconds and 0 < seconds < LONGEST_S else None
