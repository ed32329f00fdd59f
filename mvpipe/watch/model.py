"""What the parts of the hot folder tell each other: looks, verdicts, scans, claims."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


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
        """What does not change while nobody writes."""
        return (self.size_bytes, self.mtime_ns, self.changed_ns, self.inode, self.device)


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
    """The names in the inbox, relative to it, as the system spells them.

    `complete` says whether every folder could be read; a scan that is not tells nothing of
    what is gone.
    """

    names: frozenset[str]
    seconds: float
    complete: bool = True


class Mount(StrEnum):
    """Whether the inbox is the folder it was."""

    SAME = "same"
    GONE = "gone"
    OTHER = "other"
