"""What is known of the input files before anybody hears them. The one door to tinytag."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path

from tinytag import TinyTag, TinyTagException

from mvpipe.errors import MissingMedia
from mvpipe.model.canonical import Digest
from mvpipe.model.job import Input, Job
from mvpipe.model.media import MediaKind
from mvpipe.plan import Facts

LONGEST_S = 24 * 3600
"""A damaged header may claim centuries; such a length counts as unknown."""


def facts_of(job: Job) -> Mapping[str, Facts]:
    """Return digest and length of every input; reads each file once. Safe to repeat."""
    return {item.id: _facts(item) for item in job.inputs}


def _facts(item: Input) -> Facts:
    audio = item.kind is MediaKind.AUDIO
    return Facts(digest=_digest(item), duration_ms=_duration_ms(item.path) if audio else None)


def _digest(item: Input) -> Digest:
    try:
        with item.path.open("rb") as file:
            return Digest(hashlib.file_digest(file, "sha256").hexdigest())
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
