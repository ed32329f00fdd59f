"""What `mvpipe.lock` holds, as data: one entry for each job of a folder."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from mvpipe.model.canonical import Digest
from mvpipe.model.content import Content

NAME = "mvpipe.lock"


@dataclass(frozen=True, slots=True)
class LockedOutput:
    """A finished file; `path` is relative to the lock's folder, with `/`.

    `content` is `None` where nobody could look inside.
    """

    path: str
    digest: Digest
    size_bytes: int
    content: Content | None = None


@dataclass(frozen=True, slots=True)
class Entry:
    """What one job was made from and what it left.

    `engine` holds versions by name, `inputs` digests by input id, `steps` keys by task id,
    `outputs` files by export id. `timeline` is the digest of the edit; `credits` is what was
    spent on it, `None` where nobody knows.
    """

    engine: Mapping[str, str]
    inputs: Mapping[str, Digest]
    steps: Mapping[str, Digest]
    outputs: Mapping[str, LockedOutput]
    timeline: Digest | None = None
    credits: int | None = None


@dataclass(frozen=True, slots=True)
class Lock:
    """Everything one `mvpipe.lock` says: entries by the job file's name, then the job's."""

    jobs: Mapping[str, Mapping[str, Entry]] = field(default_factory=dict)

    def entry(self, file: str, job: str) -> Entry | None:
        """Return what is locked of a job, `None` where it is not there."""
        return self.jobs.get(file, {}).get(job)


def with_entry(lock: Lock, *, file: str, job: str, entry: Entry) -> Lock:
    """Return the lock with one job's entry in place of its old one; all others stay."""
    named = {**lock.jobs.get(file, {}), job: entry}
    return replace(lock, jobs={**lock.jobs, file: named})


def without_others(lock: Lock, *, file: str, jobs: frozenset[str]) -> Lock:
    """Return the lock without what it holds of a file's other jobs."""
    kept = {name: entry for name, entry in lock.jobs.get(file, {}).items() if name in jobs}
    rest = {name: entries for name, entries in lock.jobs.items() if name != file}
    return replace(lock, jobs={**rest, file: kept} if kept else rest)


def engine_of(identity: str) -> dict[str, str]:
    """Return the versions that a backend's identity names: no address is among them."""
    pairs = (
        re.split("[/=]", word, maxsplit=1) for word in identity.split() if "://" not in word
    )
    return {pair[0]: pair[1] for pair in pairs if len(pair) == 2}
