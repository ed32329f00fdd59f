"""Which folders lie on another machine's disk, where SQLite's log cannot be trusted."""

from __future__ import annotations

import os
from pathlib import Path

MOUNTS = Path("/proc/self/mountinfo")
_REMOTE = frozenset(
    {"9p", "afs", "beegfs", "ceph", "cifs", "davfs", "gfs2", "glusterfs", "lustre", "ncpfs"}
    | {"nfs", "nfs4", "ocfs2", "smb3", "smbfs", "vboxsf", "virtiofs"}
)


def remote(folder: Path, *, mounts: Path = MOUNTS) -> str | None:
    """Return the kind of file system where `folder` is not on this machine's own disk.

    `None` for a local disk, and where the system does not tell. Changes nothing.
    """
    if str(folder).startswith("\\\\"):
        return "smb"
    try:
        text = os.fsdecode(mounts.read_bytes())
    except OSError:  # as everywhere but on Linux
        return None
    kind = _kind(folder.resolve(), text)
    return kind if kind in _REMOTE or kind.startswith("fuse.") else None


def _kind(folder: Path, mounts: str) -> str:
    """Return the type of the innermost mount around `folder`: proc(5), `mountinfo`."""
    best, found = -1, ""
    for line in mounts.splitlines():
        before, _, after = line.partition(" - ")
        fields = before.split()
        if len(fields) > 4 and after:
            point = Path(_unescaped(fields[4]))
            if folder.is_relative_to(point) and len(point.parts) >= best:
                best, found = len(point.parts), after.split()[0]
    return found


def _unescaped(text: str) -> str:
    for code, sign in (("\\040", " "), ("\\011", "\t"), ("\\012", "\n"), ("\\134", "\\")):
        text = text.replace(code, sign)
    return text
