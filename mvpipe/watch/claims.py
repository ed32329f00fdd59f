"""Which of several watchers works on a song: claims beside it that a dead one cannot keep.

A claim is a file that only one can make. Its owner says again and again that it is alive, by
the file's time. Who finds a claim whose owner is surely dead, or whose time has not changed for
a whole lease, makes a second file that is named after that very claim and no other, which again
only one can do: so two that find the same dead claim never both have it, and a claim that came
free and was made anew meanwhile is never taken for the dead one. Nobody compares clocks of two
machines: a lease is what a watcher itself has seen pass, or what the disk's own clock says.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import secrets
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path

from mvpipe.disk import make_folder, output_errors
from mvpipe.journal.locks import Owner, this_process
from mvpipe.model.canonical import canonical
from mvpipe.process import died, started, world
from mvpipe.watch.model import Claim

FOLDER = "claims"
"""Where claims lie, in the folder of an inbox that is the watchers' own."""

LEASE_S = 10 * 60.0
"""How long a silent owner on another machine is believed to be alive."""

LONG_S = 6 * 3600.0
"""A claim that is so old by the disk's own clock is free for who looks but once, too."""

_MOST_BYTES = 4096
_MOST_HEIRS = 100
_TOKEN = re.compile(r"[0-9a-f]{16}\Z", re.ASCII)
_NO_LINK = getattr(os, "O_NOFOLLOW", 0)
_NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | _NO_LINK

Clock = Callable[[], float]


@dataclass(frozen=True, slots=True)
class Held:
    """What a claim's file says: equal in two looks unless its owner spoke in between.

    `owner` is `None` while it is being written, and where it is no claim of ours.
    """

    path: Path
    token: str
    owner: Owner | None
    spoke_ns: int


@dataclass(frozen=True, slots=True)
class _Seen:
    held: Held
    since_s: float


class Claims:
    """One watcher's claims in the folder that all watchers of an inbox share.

    `clock` is monotonic. Who may not write in the folder cannot claim anything. A process has
    one of these for a folder, in one thread.
    """

    def __init__(
        self,
        folder: Path,
        *,
        clock: Clock,
        owner: Owner | None = None,
        lease_s: float = LEASE_S,
    ) -> None:
        self._folder = folder
        self._clock = clock
        self._owner = owner or this_process()
        self._lease_s = lease_s
        self._mine: dict[str, Claim] = {}
        self._seen: dict[str, _Seen] = {}

    def take(self, key: str) -> Claim | None:
        """Return a claim on what `key` names; `None` while it is held, by us or another.

        What the claim is on may be done by the time that one has it: look again, and open it,
        for a network disk may remember for long that it was there. Raises OutputError. Safe to
        repeat.
        """
        make_folder(self._folder)
        with output_errors(self._folder):
            chain = self._chain(key)
            if not chain:
                return self._make(key, self._path(key), after=None)
            if self._living(key, chain[-1]):
                return None
            return self._make(key, self._path(key, chain[-1].token), after=chain[-1])

    def holder(self, key: str) -> Owner | None:
        """Return who has claimed `key`, dead or alive, `None` where nobody has.

        Raises OutputError. Changes nothing.
        """
        with output_errors(self._folder):
            chain = self._chain(key)
        return chain[-1].owner if chain else None

    def refresh(self, claim: Claim) -> bool:
        """Say that we are alive; return False where another has taken it over since.

        To be called well within a lease, and before anything that cannot be taken back. While
        the disk is away nobody can tell, and it counts as ours. Raises nothing; safe to repeat.
        """
        if self._mine.get(claim.key) != claim:
            return False
        ours = self._speak(claim) is not False
        if not ours:
            del self._mine[claim.key]
        return ours

    def release(self, claim: Claim) -> None:
        """Let the next one have it. Safe to repeat; raises nothing.

        What cannot be removed now comes free by itself.
        """
        if self._mine.get(claim.key) != claim:
            return
        if self._speak(claim):
            with suppress(OSError):
                # The first of the chain goes first: without it, the others mean nothing.
                for held in self._chain(claim.key):
                    held.path.unlink(missing_ok=True)
        del self._mine[claim.key]

    def _path(self, key: str, token: str = "") -> Path:
        """Return where the first claim on `key` lies, or the one that follows `token`'s."""
        digest = hashlib.sha256(os.fsencode(key)).hexdigest()[:32]
        return self._folder / (f"{digest}-{token}.json" if token else f"{digest}.json")

    def _chain(self, key: str) -> tuple[Held, ...]:
        """Return the claims on `key`, each but the first in the place of a dead one."""
        chain: list[Held] = []
        held = _read(self._path(key))
        while held is not None and len(chain) < _MOST_HEIRS:
            chain.append(held)
            held = _read(self._path(key, held.token))
        return tuple(chain)

    def _make(self, key: str, path: Path, *, after: Held | None) -> Claim | None:
        """Claim `key` unless another was faster, or the dead one's claim is not what it was."""
        claim = Claim(key, secrets.token_hex(8), path)
        content = canonical({"token": claim.token, "owner": asdict(self._owner)}).encode()
        try:
            _write_new(path, content)
        except FileExistsError:
            return None
        if after is not None and not self._follows(claim, after):
            with suppress(OSError):
                path.unlink()
            return None
        self._seen.pop(key, None)
        self._mine[key] = claim
        return claim

    def _follows(self, claim: Claim, after: Held) -> bool:
        """Say whether our claim is the last, and the dead one's before it still dead."""
        chain = self._chain(claim.key)
        return len(chain) > 1 and chain[-1].token == claim.token and chain[-2] == after

    def _living(self, key: str, held: Held) -> bool:
        if held.owner is not None and self._surely_dead(held.owner, held.token):
            return False
        seen = self._seen.get(key)
        if seen is None or seen.held != held:
            self._seen[key] = _Seen(held, self._clock())
            return not self._very_old(held)
        return self._clock() - seen.since_s < self._lease_s

    def _surely_dead(self, owner: Owner, token: str) -> bool:
        if owner == self._owner:  # and we do not know of it: a claim that could not be removed
            return all(mine.token != token for mine in self._mine.values())
        if owner.world != world():
            return False
        return died(owner.pid) or started(owner.pid) != owner.started

    def _very_old(self, held: Held) -> bool:
        """Say whether a claim is old by the clock of the disk itself, which wrote its time."""
        probe = self._folder / f".now-{self._owner.world}-{self._owner.pid}"
        try:
            os.close(os.open(probe, os.O_WRONLY | os.O_CREAT | _NO_LINK, 0o666))
            os.utime(probe)
            return probe.stat().st_mtime_ns - held.spoke_ns >= LONG_S * 1e9
        finally:
            with suppress(OSError):  # where a server still has it open, it is used again
                probe.unlink()

    def _speak(self, claim: Claim) -> bool | None:
        """Say that we are alive; return whether the claim is ours, `None` if none can tell."""
        try:
            if not self._is_last(claim):
                # Where even our folder is not there, it is the disk that went away.
                return False if self._folder.is_dir() else None
            os.utime(claim.path)
            # Again: who found it dead before we spoke has made a claim of its own by now.
            return self._is_last(claim)
        except OSError:
            return None

    def _is_last(self, claim: Claim) -> bool:
        chain = self._chain(claim.key)
        return bool(chain) and chain[-1].token == claim.token


def _write_new(path: Path, content: bytes) -> None:
    handle = os.open(path, _NEW, 0o666)
    try:
        os.write(handle, content)
    except OSError:  # as where the disk is full
        with suppress(OSError):
            path.unlink()
        raise
    finally:
        os.close(handle)


def _read(path: Path) -> Held | None:
    """Return what is claimed at `path`; opened anew, for only that asks a server again."""
    try:
        handle = os.open(path, os.O_RDONLY | _NO_LINK)
    except FileNotFoundError:
        return None
    try:
        found = os.fstat(handle)
        content = os.read(handle, _MOST_BYTES)
    finally:
        os.close(handle)
    unread = f"{found.st_ino:x}.{found.st_mtime_ns:x}"
    token, owner = _parsed(content)
    return Held(path, token or unread, owner, found.st_mtime_ns)


def _parsed(content: bytes) -> tuple[str | None, Owner | None]:
    try:
        said = json.loads(content)
        token, owner = said["token"], Owner(**said["owner"])
    except (ValueError, TypeError, KeyError):  # half of it, or nothing of ours
        return None, None
    return (token, owner) if isinstance(token, str) and _TOKEN.match(token) else (None, None)
