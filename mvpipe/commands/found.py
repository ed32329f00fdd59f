"""From what the command line names to job files. Light: opens none of them."""

from __future__ import annotations

import os
from collections.abc import Sequence
from glob import glob
from pathlib import Path

from mvpipe.errors import NothingMatched, UsageError
from mvpipe.spec.folders import is_pattern

NAMES = ("mvpipe.yaml", "mvpipe.yml", "*.mvpipe.yaml", "*.mvpipe.yml")
STANDARD_INPUT = Path("-")


def found_in(folder: Path) -> tuple[Path, ...]:
    """Return the job files of a folder, by name."""
    files = sorted({path for name in NAMES for path in folder.glob(name) if path.is_file()})
    if not files:
        where = f"in {folder}/" if folder.name and not folder.is_absolute() else "here"
        raise NothingMatched(
            f"there is no job file {where}: no mvpipe.yaml and no *.mvpipe.yaml",
            hint="`mvpipe init SONG` writes one",
        )
    return tuple(Path(os.path.relpath(path, folder)) for path in files)


def meant(named: Path) -> Sequence[Path]:
    """Return the job files that one name on the command line means: a folder's, a pattern's.

    Raises UsageError for a file that is missing, NothingMatched for what matches nothing.
    """
    if named == STANDARD_INPUT or named.is_file():
        return (named,)
    if named.is_dir():
        return [named / path for path in found_in(named)]
    if not is_pattern(str(named)):
        raise UsageError(f"{named}: no such job file", hint="check the spelling")
    found = sorted(Path(name) for name in glob(str(named), recursive=True))  # noqa: PTH207 - it may be absolute
    if not found:
        raise NothingMatched(f"{named}: no file matches", hint="check the folder's name")
    return found
