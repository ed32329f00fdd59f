"""One run at a time for each job, by locks that nobody ever has to remove by hand.

The system's own lock on a file decides: it falls when its holder dies, however that happens. On
a network disk that word is not enough, for the server may keep the locks of a machine that is
gone, or lose those of one that is not. There a note beside the lock decides too: who holds it,
since when, and when that was last said. A dead owner of this machine's last start gives way at
once, anybody else when nothing was heard for a while.
"""

from __future__ import annotations

import hashlib
import json
import os
import platform
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Self

from mvpipe.disk import REAL, make_folder, output_errors, whole_file
from mvpipe.errors import Locked
from mvpipe.journal.alone import seize
from mvpipe.journal.network import remote
from mvpipe.journal.records import JobId
from mvpipe.model.canonical import canonical
from mvpipe.process import boot, died, started, world

LEASE_S = 30 * 60.0
"""How long a silent owner on another machine is believed to be alive."""

REFRESH_S = 5 * 60.0
"""How often an owner says that it is."""

_WAIT = "wait until that has ended; the lock of a dead process gives way by itself"

Clock = Callable[[], float]
Kind = Callable[[Path], str | None]


@dataclass(frozen=True, slots=True)
class Owner:
    """A process: `world` is where its `pid` means something, `started` when it began there."""

    host: str
    boot: str
    world: str
    pid: int
    started: int | None


@dataclass(frozen=True, slots=True)
class Claim:
    """Who holds a lock; times are seconds since the epoch."""

    owner: Owner
    taken_s: float
    refreshed_s: float


def this_process() -> Owner:
    """Return the process that runs this."""
    pid = os.getpid()
    return Owner(platform.node(), boot(), world(), pid, started(pid))


class Lock:
    """A job's lock, held until it is released or the process ends."""

    def __init__(
        self, file: BinaryIO, *, job: JobId, path: Path, claim: Claim, now: Clock
    ) -> None:
        self._file = file
        self._job = job
        self._path = path
        self._claim = claim
        self._now = now

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        problem: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.release()

    def refresh(self) -> None:
        """Say that the owner is alive, unless that was said a moment ago. Safe to repeat.

        Raises Locked where nothing was said for so long that another machine took over, and
        OutputError.
        """
        if self._now() - self._claim.refreshed_s < REFRESH_S:
            return
        found = read_claim(self._path)
        if found != self._claim:
            raise _locked(self._job, found)
        self._claim = replace(self._claim, refreshed_s=self._now())
        _write_claim(self._path, self._claim)

    def release(self) -> None:
        """Let the next one have it. Safe to repeat."""
        if self._file.closed:
            return
        with suppress(OSError):  # what stays is nobody's, and does not hinder the next
            if read_claim(self._path) == self._claim:
                _note(self._path).unlink()
                self._path.unlink()
        self._file.close()


def take(
    folder: Path,
    job: JobId,
    *,
    now: Clock,
    owner: Owner | None = None,
    disk: Kind = remote,
) -> Lock:
    """Return the lock of `job`, whose file is made in `folder`.

    `now` gives seconds since the epoch; `disk` names the kind of a network disk. Raises Locked
    while another process has it, and OutputError. Not safe to repeat while it is held.
    """
    make_folder(folder, private=True)
    path = _path(folder, job)
    with output_errors(path):
        file = seize(path)
    if file is None:
        raise _locked(job, read_claim(path))
    try:
        if disk(folder) is not None:
            _require_free(job, read_claim(path), now=now)
        mine = Claim(owner or this_process(), taken_s=now(), refreshed_s=now())
        _write_claim(path, mine)
    except BaseException:
        file.close()
        raise
    return Lock(file, job=job, path=path, claim=mine, now=now)


def holder(folder: Path, job: JobId, *, now: Clock) -> Claim | None:
    """Return who is at work on a job, `None` where nobody living is. Changes nothing."""
    claim = read_claim(_path(folder, job))
    return claim if claim is not None and _may_live(claim, now=now) else None


def _path(folder: Path, job: JobId) -> Path:
    return folder / f"{hashlib.sha256(os.fsencode(job)).hexdigest()[:32]}.lock"


def _require_free(job: JobId, claim: Claim | None, *, now: Clock) -> None:
    if claim is not None and _may_live(claim, now=now):
        raise _locked(job, claim)


def _may_live(claim: Claim, *, now: Clock) -> bool:
    owner = claim.owner
    if owner.world == world():
        return not died(owner.pid) and started(owner.pid) == owner.started
    return now() - claim.refreshed_s < LEASE_S


def _locked(job: JobId, claim: Claim | None) -> Locked:
    if claim is None:  # the holder has had no time yet to say more
        return Locked(f"another run is at work on '{job}'", hint=_WAIT)
    owner, since = claim.owner, datetime.fromtimestamp(claim.taken_s, UTC)
    who = f"process {owner.pid} on '{owner.host}'"
    return Locked(
        f"'{job}' has been locked by {who} since {since:%Y-%m-%d %H:%M:%S} UTC", hint=_WAIT
    )


def read_claim(path: Path) -> Claim | None:
    """Return who says to hold the lock at `path`, `None` where nobody does. Changes nothing."""
    try:
        content = json.loads(_note(path).read_bytes())
        owner = Owner(**content.pop("owner"))
        return Claim(owner, **content)
    except (OSError, ValueError, TypeError, KeyError, AttributeError):  # nothing of ours
        return None


def _write_claim(path: Path, claim: Claim) -> None:
    note = _note(path)
    with whole_file(note, durable=False, private=True) as beside:
        REAL.append(beside, canonical(claim).encode())


def _note(path: Path) -> Path:
    return path.with_suffix(".json")
