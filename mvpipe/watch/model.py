"""What the parts of the hot folder tell each other: looks, verdicts, scans, claims."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path


class Completeness(StrEnum):
    """What a song's own bytes say: all there, something missing, or nobody can tell."""

    COMPLETE = "complete"
    INCOMPLETE = "incomplete"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Contents:
    """What the bytes of a file say of whether they are all there, and why not."""

    state: Completeness
    why: str = ""


@dataclass(frozen=True, slots=True)
class Look:
    """One look at a file; `same_file` is equal in two of them while nobody writes.

    `changed_ns` is when the system last saw the file change, which no writer can set back (0
    where there is no such thing). `written` says whether somebody on this machine has it open
    for writing, `None` where the kernel does not tell. `contents` is `None` where nobody looked
    inside; `seen` then is too, else it is the digest of the bytes that were looked at.
    """

    size_bytes: int
    mtime_ns: int
    inode: int
    device: int
    changed_ns: int = 0
    links: int = 1
    written: bool | None = None
    contents: Contents | None = None
    seen: str | None = None

    @property
    def same_file(self) -> tuple[int, ...]:
        """What does not change while nobody writes; the number of a disk does, by itself."""
        return (self.size_bytes, self.mtime_ns, self.changed_ns, self.inode)


@dataclass(frozen=True, slots=True)
class Unseen:
    """A look that found no file to look into: why, and whether that can pass by itself."""

    why: str
    for_good: bool = False


class Decision(StrEnum):
    """What the gate says of a file."""

    WAIT = "wait"
    READY = "ready"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the gate says of a file, and why; `until_s` is when to look again, monotonic."""

    decision: Decision
    why: str = ""
    until_s: float = 0.0


@dataclass(frozen=True, slots=True)
class Scan:
    """What one pass over the inbox saw; names are relative to it, as the system spells them.

    `fresh` are files that the scan before did not see, in order, and `gone` those that only it
    saw. A folder that could not be read counts as it last was. `complete` says whether all of
    them could, `problems` what not and why, a sentence each.
    """

    fresh: tuple[str, ...]
    gone: tuple[str, ...]
    files: int
    seconds: float
    complete: bool = True
    problems: tuple[str, ...] = ()


class Mount(StrEnum):
    """Whether the inbox is the folder it was."""

    SAME = "same"
    GONE = "gone"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Identity:
    """Which folder an inbox is: what its marker says, `None` where none can be put there.

    `mounted` says whether it lies on another disk than the folder around it.
    """

    marker: str | None
    device: int
    inode: int
    mounted: bool


@dataclass(frozen=True, slots=True)
class Sight:
    """What was found where the inbox should be; `identity` is what to expect the next time."""

    mount: Mount
    why: str = ""
    identity: Identity | None = None


@dataclass(frozen=True, slots=True)
class Claim:
    """One watcher's right to work on what `key` names, as long as it keeps saying so."""

    key: str
    token: str
    path: Path
