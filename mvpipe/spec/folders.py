"""Where a job file may read and write: its folder, its project, and nothing outside.

Looks at folders and links; opens and writes nothing.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from itertools import islice, takewhile
from pathlib import Path

from mvpipe.spec.naming import SUFFIX, component_fault
from mvpipe.spec.wording import quoted

MARKERS = (".git", "pyproject.toml", "mvpipe.toml")
NATURAL = re.compile(r"(\d+)")
FOUND_LIMIT = 200
STARS_LIMIT = 6
PATTERN = frozenset("*?[")
Fault = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Folders:
    """`here` is the job file's folder, `root` the one no output leaves; both are resolved.

    `given` is the file that the job is run for, and `beside` what belongs to it: they may be
    read wherever they lie.
    """

    here: Path
    root: Path
    allow_outside: bool = False
    given: Path | None = None
    beside: tuple[Path, ...] = ()


def folders(
    here: Path, *, root: Path | None, allow_outside: bool, given: Path | None = None
) -> Folders:
    """Return the folders of a job file that lies in `here`. Safe to repeat."""
    resolved = here.resolve()
    top = root.resolve() if root else project_of(resolved)
    return Folders(resolved, top, allow_outside, given)


def project_of(here: Path) -> Path:
    """Return the nearest folder upwards that is a project's top, else the folder itself."""
    for folder in (here, *here.parents):
        if any((folder / marker).exists() for marker in MARKERS):
            return folder
    return here


def output(shown: str, where: Folders) -> Path | Fault:
    """Return the absolute path of a video to write, or what is wrong with it and what to do.

    Links to folders are followed as far as they exist: what counts is where the bytes would
    go. A link in the place of the file is refused, wherever it leads: a video would replace it.
    """
    if fault := written_fault(shown, where):
        return fault
    parts = shown.split("/")
    for part in parts:
        if part not in {"", ".", ".."} and (problem := component_fault(part)):
            return f"{quoted(shown)}: {problem}", "choose another name"
    if not shown.endswith(SUFFIX):
        stem = shown.rsplit(".", maxsplit=1)[0] if "." in parts[-1] else shown
        return f"{quoted(shown)} does not end in '{SUFFIX}'", f"write '{stem}{SUFFIX}'"
    if parts[-1] == SUFFIX:
        return (
            f"{quoted(shown)} has no name before '{SUFFIX}'",
            f"write '{shown.removesuffix(SUFFIX)}song{SUFFIX}'",
        )
    return _inside(shown, where)


def _inside(shown: str, where: Folders) -> Path | Fault:
    try:
        link = (where.here / shown).is_symlink()
        path = (where.here / shown).resolve()
        folder = path.is_dir()
    except (OSError, RuntimeError):
        return f"{quoted(shown)} cannot be reached", "choose another path"
    if not where.allow_outside and not path.is_relative_to(where.root):
        return f"{quoted(shown)} leads out of the project", f"stay inside '{where.root.name}'"
    if link:
        return f"{quoted(shown)} is a link", "remove the link or name another file"
    return (f"{quoted(shown)} is a folder", "name a file in it") if folder else path


def written_fault(shown: str, where: Folders) -> Fault | None:
    """Return what is wrong with a path before any folder is looked at."""
    remedy = "write it relative to the job file"
    if "\\" in shown:
        return f"{quoted(shown)} has a backslash", "write '/' between folders"
    if shown.startswith("~"):
        return f"{quoted(shown)} begins in the home folder", remedy
    if (shown.startswith("/") or shown[1:3] == ":/") and not where.allow_outside:
        return f"{quoted(shown)} is an absolute path", remedy
    if any(ord(c) < 32 or ord(c) == 127 for c in shown):
        return f"{quoted(shown)} holds an invisible character", "type it again"
    return None


def same_file(path: Path) -> str:
    """Return a path so that two spellings of one file on any system come out equal."""
    return unicodedata.normalize("NFC", str(path)).casefold()


def natural(path: Path) -> tuple[tuple[int, int, str], ...]:
    """Return a key that sorts `9.jpg` before `10.jpg`."""
    pieces = NATURAL.split(str(path).casefold())
    return tuple((1, int(p), p) if p.isdecimal() else (0, 0, p) for p in pieces)


def inside(path: Path, where: Folders) -> bool:
    """Say whether an input may be read, links followed: it lies in the project."""
    try:
        return where.allow_outside or path.resolve().is_relative_to(where.root)
    except (OSError, RuntimeError):
        return False


def is_pattern(shown: str) -> bool:
    """Say whether a path has the marks of a pattern."""
    return bool(PATTERN & set(shown))


def matching(pattern: str, where: Folders) -> list[Path]:
    """Return the files that fit a pattern, in natural order, one more than allowed at most.

    Raises ValueError where the pattern is none.
    """
    fixed = list(takewhile(lambda part: not is_pattern(part), pattern.split("/")))
    rest = pattern.split("/")[len(fixed) :]
    if ".." in rest or pattern.count("*") > STARS_LIMIT:
        raise ValueError(pattern)
    start = where.here.joinpath(*fixed)
    if not inside(start, where):
        return []
    fitting = (path for path in start.glob("/".join(rest)) if path.is_file())
    return sorted(islice(fitting, FOUND_LIMIT + 1), key=natural)
