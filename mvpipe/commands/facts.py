"""What is known of the input files before anybody hears them. The one door to tinytag."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from tinytag import TinyTag, TinyTagException

from mvpipe.errors import MissingMedia
from mvpipe.journal.records import FRESH_S, FileFacts, Output
from mvpipe.model.canonical import Digest
from mvpipe.model.job import Input, Job
from mvpipe.model.media import MediaKind
from mvpipe.plan import Facts
from mvpipe.spec.given import TAGS

LONGEST_S = 24 * 3600
"""A damaged header may claim centuries; such a length counts as unknown."""


@dataclass(slots=True)
class KnownFiles:
    """What is known of files for as long as they look the same; `found` is what was read anew.

    `known` was remembered by earlier runs; each entry is used only while size, time of change
    and inode are as they were.
    """

    known: dict[Path, FileFacts] = field(default_factory=dict)
    found: dict[Path, FileFacts] = field(default_factory=dict)

    def facts(self, item: Input) -> Facts:
        """Return digest and length of an input; reads it where it is not known yet.

        Raises MissingMedia. Safe to repeat.
        """
        with _reading(item):
            facts = self._facts(item.path, song=item.kind is MediaKind.AUDIO)
        return Facts(digest=facts.digest, duration_ms=facts.duration_ms)

    def measure(self, path: Path) -> Output | None:
        """Return a file as it is now, `None` where there is none to read. Safe to repeat."""
        try:
            facts = self._facts(path, song=False)
        except OSError:
            return None
        return Output(path=path, digest=facts.digest, size_bytes=facts.size_bytes)

    def worth_keeping(self, *, now_s: float) -> tuple[FileFacts, ...]:
        """Return what was read anew of files that have been left alone for a moment."""
        quiet_ns = (now_s - FRESH_S) * 1e9
        return tuple(facts for facts in self.found.values() if facts.mtime_ns < quiet_ns)

    def _facts(self, path: Path, *, song: bool) -> FileFacts:
        state = path.stat()
        facts = self.known.get(path)
        if facts is None or not _same(facts, state) or (song and facts.duration_ms is None):
            facts = FileFacts(
                path=path,
                size_bytes=state.st_size,
                mtime_ns=state.st_mtime_ns,
                inode=state.st_ino,
                digest=_digest(path),
                duration_ms=_duration_ms(path) if song else None,
            )
            self.known[path] = self.found[path] = facts
        return facts


def facts_of(job: Job, *, files: KnownFiles) -> Mapping[str, Facts]:
    """Return digest and length of every input. Raises MissingMedia. Safe to repeat."""
    return {item.id: files.facts(item) for item in job.inputs}


def _same(facts: FileFacts, state: os.stat_result) -> bool:
    seen = (facts.size_bytes, facts.mtime_ns, facts.inode)
    return seen == (state.st_size, state.st_mtime_ns, state.st_ino)


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


def tags_of(path: Path) -> dict[str, str]:
    """Return what a song says of itself, by TAGS' names; empty where it cannot be read."""
    try:
        tag = TinyTag.get(path, duration=False)
    except (TinyTagException, OSError, ValueError, ArithmeticError, LookupError):
        return {}  # as above
    found = {name: getattr(tag, name, None) for name in TAGS}
    return {name: str(value) for name, value in found.items() if value}
