"""`mvpipe gc`: what is kept so that less is rendered, brought down to a size."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from mvpipe.commands import parts
from mvpipe.commands.journals import journal_path
from mvpipe.engine.studio.folders import abandoned
from mvpipe.engine.studio.store import Freed, Store
from mvpipe.errors import Exit, UsageError
from mvpipe.journal.store import Journal
from mvpipe.report.streams import Streams
from mvpipe.settings import Settings

_SIZE = re.compile(r"(\d{1,12}(?:\.\d{1,6})?) ?([kMGT]i?)?B?", re.IGNORECASE | re.ASCII)
_UNITS = ("", "k", "m", "g", "t")


@dataclass(frozen=True, slots=True)
class Cleaning:
    """How far to clean up; without `limit_bytes` as far as every render does.

    A `dry_run` only says what would be removed.
    """

    limit_bytes: int | None
    dry_run: bool


@dataclass(frozen=True, slots=True)
class Cleaned:
    """What was removed, or would be: of the store, and unfinished renders of the dead."""

    chunks: Freed
    renders: int
    renders_bytes: int
    limit_bytes: int


def gc(cleaning: Cleaning, streams: Streams) -> Exit:
    """Clean up and say what that freed. Safe to repeat, and beside any render."""
    settings = parts.settings()
    cleaned = clean(cleaning, settings, now=parts.wall_clock)
    for line in told(cleaned, dry_run=cleaning.dry_run):
        streams.result(line)
    if not cleaning.dry_run and (count := forget(settings)):
        streams.result(f"forgot {count} outdated record{'' if count == 1 else 's'}")
    return Exit.DONE


def forget(settings: Settings) -> int:
    """Have the journal drop what nobody will ask for again; return how many records.

    What was spent stays on record. Raises JournalError. Safe to repeat.
    """
    path = journal_path(settings)
    if not path.exists():
        return 0
    with Journal.open(path, now=parts.wall_clock) as journal:
        return journal.forget()


def clean(cleaning: Cleaning, settings: Settings, *, now: Callable[[], float]) -> Cleaned:
    """Clean up the cache folder. `now` gives seconds since the epoch. Safe to repeat."""
    left_over = abandoned(settings.cache_dir / parts.WORK, now=now)
    renders_bytes = sum(_freed_with(folder) for folder in left_over)
    if not cleaning.dry_run:
        for folder in left_over:
            shutil.rmtree(folder, ignore_errors=True)
    store = Store(settings.cache_dir / parts.CHUNKS)
    limit = store.natural_limit() if cleaning.limit_bytes is None else cleaning.limit_bytes
    freed = store.clean(limit_bytes=limit, dry_run=cleaning.dry_run)
    return Cleaned(freed, len(left_over), renders_bytes, limit)


def _freed_with(folder: Path) -> int:
    """Return the bytes in a folder that lie under no other name, such as in the store."""
    total = 0
    with suppress(OSError):  # somebody else cleans up too
        for path in folder.rglob("*"):
            found = path.lstat()
            total += found.st_size if found.st_nlink == 1 else 0
    return total


def told(cleaned: Cleaned, *, dry_run: bool) -> Sequence[str]:
    """Return the lines that say what was removed and what is left."""
    chunks = cleaned.chunks
    gone = [
        f"{count} {what}{'' if count == 1 else 's'} ({shown(size)})"
        for count, what, size in (
            (chunks.files, "part", chunks.size_bytes),
            (cleaned.renders, "unfinished render", cleaned.renders_bytes),
        )
        if count
    ]
    verb = "would remove" if dry_run else "removed"
    kept = f"{chunks.kept_files} part{'' if chunks.kept_files == 1 else 's'}"
    size = f"{shown(chunks.kept_bytes)} of at most {shown(cleaned.limit_bytes)}"
    return (f"{verb} {' and '.join(gone) or 'nothing'}", f"{kept} left ({size})")


def shown(size_bytes: int) -> str:
    """Return a size as people say it: `1.2 GB`, `340 kB`."""
    for unit, name in ((1e9, "GB"), (1e6, "MB"), (1e3, "kB")):
        if size_bytes >= unit:
            number = size_bytes / unit
            return f"{number:.1f} {name}" if number < 100 else f"{number:.0f} {name}"
    return f"{size_bytes} B"


def size_of(text: str) -> int:
    """Return the bytes that `5GB`, `1.5 GiB`, `200M` or `0` mean; raises UsageError."""
    found = _SIZE.fullmatch(text.strip())
    if found is None:
        raise UsageError(f"--max-size: {text!r} is not a size", hint="such as 5GB or 500MB")
    unit = (found[2] or "").lower()
    base = 1024 if unit.endswith("i") else 1000
    return int(float(found[1]) * base ** _UNITS.index(unit[:1]))
