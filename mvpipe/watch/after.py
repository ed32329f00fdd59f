"""What happens to a song's file when its fate is known: looked over, moved, told of.

A file leaves the inbox only when its videos are whole, never replaces another, and is never
lost on the way: it is gone from one place only when it is complete in the other.
"""

from __future__ import annotations

import errno
import json
import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import suppress
from itertools import count, islice
from pathlib import Path

from mvpipe.disk import REAL, Files, hidden, make_folder, output_errors, write_new
from mvpipe.model.canonical import plain
from mvpipe.watch import names
from mvpipe.watch.boxes import mp4
from mvpipe.watch.model import Completeness

SCHEMA_VERSION = 1


def fault_of(outputs: tuple[Path, ...]) -> str | None:
    """Return what is wrong with finished videos, `None` where all are whole."""
    if not outputs:
        return "it left no video"
    return next((fault for path in outputs if (fault := _fault(path))), None)


def _fault(path: Path) -> str | None:
    try:
        with path.open("rb") as file:
            size = os.fstat(file.fileno()).st_size

            def read_at(at: int, most: int) -> bytes:
                file.seek(at)
                return file.read(most)

            seen = mp4(read_at, size)
    except OSError as problem:
        return f"'{path}' cannot be read: {problem.strerror}"
    if seen.state is Completeness.COMPLETE:
        return None
    return f"'{path}' is not whole: {seen.why or 'it is no video'}"


def take_out(source: Path, *, to: Path, name: str, files: Files = REAL) -> Path:
    """Move a song into the folder `to`, under its name there or the next one that is free.

    Returns where it is. Raises OutputError, after which it is where it was. Safe to repeat.
    """
    wanted = to / name
    make_folder(wanted.parent, files=files)
    with output_errors(wanted):
        for target in _free_names(wanted):
            if _one_file(source, target):  # who moved it was killed in between
                files.unlink(source)
                return target
            try:
                _move(source, target, files=files)
            except FileExistsError:
                continue
            return target
    raise AssertionError("there are more numbers than files")


def _one_file(one: Path, other: Path) -> bool:
    """Return whether a file has both names."""
    try:
        here, there = one.lstat(), other.lstat()
    except OSError:
        return False
    return (here.st_dev, here.st_ino) == (there.st_dev, there.st_ino)


def half_moved(source: Path, *, to: Path, name: str) -> bool:
    """Return whether a song that is in the inbox is in `to` already, under the name `name`."""
    return any(_one_file(source, target) for target in islice(_free_names(to / name), 9))


def _free_names(wanted: Path) -> Iterator[Path]:
    yield wanted
    for number in count(2):
        yield wanted.with_name(f"{wanted.stem}-{number}{wanted.suffix}")


def _move(source: Path, target: Path, *, files: Files) -> None:
    """Rename a file, never over another. Raises FileExistsError and OSError."""
    try:
        files.link(source, target)
    except FileExistsError:
        raise
    except OSError:  # another disk, or one that has no hard links
        _carry(source, target, files=files)
    files.sync_folder(target.parent)
    files.unlink(source)
    with suppress(OSError):  # a network folder may not know how
        files.sync_folder(source.parent)


def _carry(source: Path, target: Path, *, files: Files) -> None:
    """Have a copy of a file under a name that is free, whole, before it is removed."""
    if os.path.lexists(target):
        raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(target))
    beside = hidden(target)
    try:
        files.create(beside, private=False)
        files.copy(source, beside)
        with suppress(OSError):
            shutil.copystat(source, beside, follow_symlinks=False)
        files.sync(beside)
        try:
            files.link(beside, target)
        except FileExistsError:
            raise
        except OSError:  # no hard links: the look above and this are two steps
            files.replace(beside, target)
    finally:
        with suppress(OSError):
            files.unlink(beside)


def tell(beside: Path, told: Mapping[str, object], *, files: Files = REAL) -> None:
    """Say in `song.mp3.mvpipe.json` what became of a song that lies at `beside`.

    Raises OutputError. Safe to repeat: what was said before stays.
    """
    whole = json.dumps({"schema_version": SCHEMA_VERSION, **_plain(told)}, indent=2)
    write_new(
        beside.with_name(names.told_name(beside.name)), f"{whole}\n".encode(), files=files
    )


def _plain(told: Mapping[str, object]) -> dict[str, object]:
    return {key: plain(value) for key, value in told.items()}


def complain(beside: Path, text: str, *, files: Files = REAL) -> None:
    """Say in `song.mp3.error.txt` why there is no video, for who finds it.

    Raises OutputError. Safe to repeat: what was said before stays.
    """
    to = beside.with_name(names.error_name(beside.name))
    write_new(to, text.encode(errors="replace"), files=files)
