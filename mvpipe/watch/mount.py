"""Whether the inbox is the folder it was, or a place where a disk should be and is not.

A disk that went away leaves an empty folder, which looks as if every song had been removed, and
when it comes back, as if all of them were new. A marker in the inbox tells the two apart, and
where none can be written, which disk the folder lies on.
"""

from __future__ import annotations

import errno
import json
import os
import secrets
import stat
from collections.abc import Callable
from dataclasses import asdict, replace
from pathlib import Path

from mvpipe.disk import REAL, Files, make_folder, write_new, write_private
from mvpipe.errors import OutputError
from mvpipe.journal.network import remote
from mvpipe.model.canonical import canonical
from mvpipe.watch.model import Identity, Mount, Sight

OURS = ".mvpipe"
"""The folder in an inbox that is the watchers' own."""

MARKER = f"{OURS}/inbox"

_MOST_MARKER_BYTES = 200
_UNKNOWN = 0
_READ_ONLY = frozenset(
    {errno.EROFS, errno.EACCES, errno.EPERM, errno.ENOTDIR, errno.EEXIST, errno.ENOTSUP}
)
"""What a folder says in which nothing may be made, now or ever."""

_REMOVED = (
    "its marker is not there; mount its disk, or put back '.mvpipe/inbox', or remove what "
    "is remembered of it"
)

Kind = Callable[[Path], str | None]
Stat = Callable[[Path], os.stat_result]


def sight(
    inbox: Path,
    expected: Identity | None,
    *,
    disk: Kind = remote,
    look: Stat = Path.stat,
    files: Files = REAL,
) -> Sight:
    """Say whether the folder that is expected is where the inbox should be. Safe to repeat.

    An inbox that is met for the first time is taken as it is, and marked. Raises nothing.
    """
    try:
        here = _identity(inbox, look)
    except OSError as problem:
        told = problem.strerror or str(problem)
        return Sight(Mount.GONE, f"'{inbox}' cannot be reached: {told}", expected)
    if expected is None or _disk_has_come(expected, here):
        return _met(inbox, here, files=files)
    if expected.marker is None:
        return _by_disk(inbox, expected, here)
    found = _by_marker(inbox, expected, here)
    if found.mount is Mount.GONE and _same_place(expected, here) and disk(inbox) is None:
        return _met(inbox, here, files=files)  # it is there: somebody tidied up
    return found


def _identity(inbox: Path, look: Stat) -> Identity:
    found = look(inbox)
    if not stat.S_ISDIR(found.st_mode):
        raise NotADirectoryError(errno.ENOTDIR, "it is no folder")
    mounted = look(inbox.parent).st_dev != found.st_dev
    return Identity(_marker(inbox), found.st_dev, found.st_ino, mounted)


def _marker(inbox: Path) -> str | None:
    try:
        with (inbox / MARKER).open("rb") as file:
            return file.read(_MOST_MARKER_BYTES).decode("ascii", "replace").strip() or None
    except (FileNotFoundError, NotADirectoryError):
        return None


def _disk_has_come(expected: Identity, here: Identity) -> bool:
    """Say whether a disk now lies where we only knew the empty folder that it is mounted on."""
    return here.mounted and not expected.mounted


def _met(inbox: Path, here: Identity, *, files: Files) -> Sight:
    if here.marker is not None:
        return Sight(Mount.SAME, identity=here)
    try:
        return _marked(inbox, here, files=files)
    except (OutputError, OSError) as problem:
        if _number(problem) in _READ_ONLY:
            return Sight(Mount.SAME, f"it cannot be marked: {problem}", here)
        # As a server that is slow to wake: that is no reason to do without for ever.
        return Sight(Mount.GONE, f"it cannot be marked: {problem}")


def _number(problem: OutputError | OSError) -> int | None:
    cause = problem.__cause__ if isinstance(problem, OutputError) else problem
    return cause.errno if isinstance(cause, OSError) else None


def _marked(inbox: Path, here: Identity, *, files: Files) -> Sight:
    make_folder(inbox / OURS, files=files)
    write_new(inbox / MARKER, f"{secrets.token_hex(8)}\n".encode(), files=files)
    # Another watcher may have been faster: what is there counts.
    return Sight(Mount.SAME, identity=replace(here, marker=_marker(inbox)))


def _by_marker(inbox: Path, expected: Identity, here: Identity) -> Sight:
    if here.marker == expected.marker:
        return Sight(Mount.SAME, identity=here)
    if here.marker is not None:
        return Sight(Mount.OTHER, f"another folder is where '{inbox}' was", expected)
    return Sight(Mount.GONE, f"'{inbox}' is perhaps not mounted: {_REMOVED}", expected)


def _by_disk(inbox: Path, expected: Identity, here: Identity) -> Sight:
    if expected.mounted and not here.mounted:
        return Sight(Mount.GONE, f"'{inbox}' is not mounted", expected)
    if here.mounted or expected.device == _UNKNOWN or _same_place(expected, here):
        return Sight(Mount.SAME, identity=here)
    return Sight(Mount.OTHER, f"another folder is where '{inbox}' was", expected)


def _same_place(one: Identity, other: Identity) -> bool:
    return (one.device, one.inode) == (other.device, other.inode)


def polls(inbox: Path, *, disk: Kind = remote) -> str | None:
    """Return why events cannot be trusted at `inbox`, `None` where they can. Safe to repeat."""
    kind = disk(inbox)
    if kind is None:
        return None
    return f"'{inbox}' is on a network disk ({kind}), where other machines' writes go unsaid"


def remember(path: Path, identity: Identity) -> None:
    """Keep at `path` what to expect after a restart. Raises OutputError. Safe to repeat."""
    write_private(path, canonical(asdict(identity)))


def remembered(path: Path) -> Identity | None:
    """Return what `remember` kept; `None` where nothing was, or nothing that can be read.

    The numbers of a disk mean nothing after a restart of the machine, and are left out.
    """
    try:
        kept = Identity(**json.loads(path.read_bytes()))
    except (OSError, ValueError, TypeError):
        return None
    return replace(kept, device=_UNKNOWN, inode=_UNKNOWN)
