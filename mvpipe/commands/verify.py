"""`mvpipe verify`: whether the videos are what the lock says, and which frames are not."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from pathlib import Path

from mvpipe.commands.locking import inside, read_lock
from mvpipe.commands.named import Named, named
from mvpipe.errors import Exit, MissingMedia, NothingMatched
from mvpipe.lockfile.entry import NAME, Entry, Lock, LockedOutput
from mvpipe.lockfile.verdict import State, Verdict, verdict
from mvpipe.model.canonical import Digest
from mvpipe.report.streams import Streams
from mvpipe.report.verify import Verified, verify_json, verify_text


def verify(given: Sequence[str], streams: Streams, *, folder: Path, as_json: bool) -> Exit:
    """Hold every locked video against its file; returns FAILED where one is not the same.

    Without `given` jobs those of the folder's lock. Reads no job file and no input, writes
    nothing, opens no socket. Safe to repeat.
    """
    wanted = named(given) if given else _all_in(folder)
    found = [one for name in wanted for one in _verified(name, folder)]
    streams.result(verify_json(found) if as_json else verify_text(found))
    sound = all(v.state is State.SAME for one in found for v in one.verdicts)
    return Exit.DONE if sound else Exit.FAILED


def _all_in(folder: Path) -> tuple[Named, ...]:
    lock = _lock(folder)
    return tuple(Named(folder / file) for file in lock.jobs)


def _lock(place: Path) -> Lock:
    """Return the lock of a folder; raises NothingMatched where it says nothing."""
    lock = read_lock(place)
    if not lock.jobs:
        raise NothingMatched(f"there is no {NAME} in {place}", hint="`mvpipe run` writes one")
    return lock


def _verified(wanted: Named, folder: Path) -> Iterator[Verified]:
    file = folder / wanted.file
    place = file.parent.resolve()
    entries = _lock(place).jobs.get(file.name, {})
    meant = {name: entry for name, entry in entries.items() if wanted.means(name)}
    if not meant:
        job = "" if wanted.job is None else f"#{wanted.job}"
        raise NothingMatched(
            f"{wanted.file}{job}: the lock knows nothing of it", hint="`mvpipe run` it first"
        )
    for name, entry in sorted(meant.items()):
        yield Verified(file.name, name, tuple(_verdicts(entry, place)))


def _verdicts(entry: Entry, place: Path) -> Iterator[Verdict]:
    for export, locked in sorted(entry.outputs.items()):
        yield verdict(export, locked, _found(locked, place / locked.path))


def _found(locked: LockedOutput, path: Path) -> LockedOutput | None:
    """Return a file as it is now, looked into only where it is another one."""
    if not path.is_file():
        return None
    try:
        with path.open("rb") as file:
            digest = Digest(hashlib.file_digest(file, "sha256").hexdigest())
    except OSError as error:
        raise MissingMedia(f"{path}: cannot be read: {error.strerror}") from error
    content = None if digest == locked.digest else inside(path)
    return LockedOutput(locked.path, digest, path.stat().st_size, content)
