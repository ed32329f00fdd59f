"""The real inbox, its job files, and where its songs go: what the loop works on."""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path, PurePath

from mvpipe.disk import make_folder
from mvpipe.errors import OutputError, UsageError
from mvpipe.journal.network import remote
from mvpipe.journal.watched import Entry
from mvpipe.model.canonical import Digest, digest_of
from mvpipe.model.watch import Mode, Sidecars, WatchJob
from mvpipe.spec.source import SIZE_LIMIT_BYTES
from mvpipe.watch import after, beside, mount, names
from mvpipe.watch.around import JobFile
from mvpipe.watch.claims import FOLDER as CLAIMS
from mvpipe.watch.look import look
from mvpipe.watch.model import Identity, Look, Scan, Sight, Unseen
from mvpipe.watch.scan import Reach, Scanner
from mvpipe.watch.sweep import Sweep

Clock = Callable[[], float]

FOLDER_JOB = "mvpipe.yaml"
SONG_JOB = ".mvpipe.yaml"
SWEEP_S = 0.2
_NO_FOLLOW = getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)


@dataclass(frozen=True, slots=True)
class Home:
    """Where what is remembered of one inbox lies."""

    folder: Path

    @property
    def ledger(self) -> Path:
        """The songs that were rendered."""
        return self.folder / "songs.db"

    @property
    def identity(self) -> Path:
        """Which folder the inbox is."""
        return self.folder / "inbox.json"

    @property
    def health(self) -> Path:
        """When the inbox was last looked at."""
        return self.folder / "health.json"

    @property
    def said(self) -> Path:
        """What children say while they live."""
        return self.folder / "said"

    def claims(self, job: WatchJob) -> Path:
        """Where watchers claim songs: beside them, where they may write at all."""
        beside = job.inbox / mount.OURS / CLAIMS
        return beside if job.mode is Mode.MOVE else self.folder / CLAIMS


def home_of(inbox: Path, *, state_dir: Path) -> Home:
    """Return where what is remembered of an inbox lies. Looks at no file."""
    return Home(state_dir / "watch" / digest_of(str(inbox))[:16])


@dataclass(slots=True)
class RealInbox:
    """A folder of this machine."""

    job_: WatchJob
    home: Home
    clock: Clock
    expected: Identity | None = None
    scanner: Scanner = field(init=False)
    sweep: Sweep = field(init=False)
    local: bool = field(init=False)

    def __post_init__(self) -> None:
        inbox = self.job_.inbox
        self.scanner = Scanner(inbox, clock=self.clock, reach=Reach(depth=self.job_.depth))
        self.sweep = Sweep(inbox, clock=self.clock, wanted=self._wanted)
        self.local = remote(inbox) is None
        self.expected = mount.remembered(self.home.identity)

    def _wanted(self, name: str) -> bool:
        return names.matches(name, self.job_.match) and names.passed_over(name) is None

    def sight(self) -> Sight:
        seen = mount.sight(self.job_.inbox, self.expected)
        if seen.identity is not None and seen.identity != self.expected:
            self.expected = seen.identity
            mount.remember(self.home.identity, seen.identity)
        return seen

    def scan(self) -> Scan:
        return self.scanner.scan()

    def changed(self) -> tuple[str, ...]:
        return self.sweep.step(self.scanner.tree, budget_s=SWEEP_S)

    def look(self, name: str, last: Look | None) -> Look | Unseen | None:
        most, path = self.job_.limits.size_bytes, self.path(name)
        seen = look(path, last=last, local=self.local, most_bytes=most)
        if isinstance(seen, Look) and seen.links > 1 and self._half_moved(path, name):
            return replace(seen, links=1)
        return seen

    def _half_moved(self, path: Path, name: str) -> bool:
        """Return whether a song's second name is one that we gave it and were killed then."""
        folders = (self.job_.done, self.job_.failed) if self.job_.mode is Mode.MOVE else ()
        return any(after.half_moved(path, to=folder, name=name) for folder in folders)

    def path(self, name: str) -> Path:
        return self.job_.inbox / name

    def digest(self, name: str) -> Digest:
        with os.fdopen(os.open(self.path(name), os.O_RDONLY | _NO_FOLLOW), "rb") as file:
            return Digest(hashlib.file_digest(file, "sha256").hexdigest())

    def job(self, name: str) -> JobFile:
        pictures = beside.pictures_of(self.path(name))
        if (own := self._beside(name)) is not None:
            text = _text(own, flags=_NO_FOLLOW)
            # it is read as if it lay beside the operator's own, so that it writes there too
            return JobFile(self.job_.job, text, self._digest(text, pictures), pictures)
        text = _text(self.job_.job)
        return JobFile(self.job_.job, None, self._digest(text, pictures), pictures)

    def _digest(self, text: str, pictures: tuple[Path, ...]) -> Digest:
        """Return what else than the song decides about its videos."""
        seen = [beside.digest_of_picture(path) for path in pictures]
        told = {"version": 1, "job": text, "draft": self.job_.draft}
        return digest_of({**told, "pictures": seen} if seen else told)

    def _beside(self, name: str) -> Path | None:
        """Return the job file in the inbox that is meant for a song, the nearest one."""
        allowed, song = self.job_.sidecars, self.path(name)
        if allowed is Sidecars.SONGS and _plain_file(song.with_suffix(SONG_JOB)):
            return song.with_suffix(SONG_JOB)
        if allowed is Sidecars.NONE:
            return None
        for folder in PurePath(name).parents:
            if folder.parts and _plain_file(found := self.job_.inbox / folder / FOLDER_JOB):
                return found
        return None


def _plain_file(path: Path) -> bool:
    return path.is_file() and not path.is_symlink()


def _text(path: Path, *, flags: int = 0) -> str:
    """Return a job file's text. Raises UsageError where it cannot be read."""
    try:
        with os.fdopen(os.open(path, os.O_RDONLY | flags), "rb") as file:
            return file.read(SIZE_LIMIT_BYTES + 4).decode("utf-8-sig", errors="replace")
    except OSError as problem:
        raise UsageError(f"'{path}' cannot be read: {problem.strerror}") from problem


@dataclass(frozen=True, slots=True)
class RealAfter:
    """Moves songs of this machine; `state` is where children remember."""

    job: WatchJob
    state: Path

    def fault_of(self, outputs: tuple[Path, ...]) -> str | None:
        return after.fault_of(outputs)

    def done(self, name: str, entry: Entry, *, again: bool) -> None:
        pictures = beside.pictures_of(self.job.inbox / name)
        at = after.take_out(self.job.inbox / name, to=self.job.done, name=name)
        _take_along(pictures, self.job.inbox, to=self.job.done)
        after.tell(at, told(name, entry, job=self.job.job, again=again))

    def failed(self, name: str, entry: Entry) -> None:
        pictures = beside.pictures_of(self.job.inbox / name)
        at = after.take_out(self.job.inbox / name, to=self.job.failed, name=name)
        _take_along(pictures, self.job.inbox, to=self.job.failed)
        after.complain(at, complaint(name, entry, job=self.job.job))

    def room(self, outputs: tuple[Path, ...] = ()) -> str | None:
        for folder in (*(output.parent for output in outputs), self.state):
            free = _free_bytes(folder)
            if free < self.job.min_free_bytes:
                wanted = f"{self.job.min_free_bytes // 10**6} MB are wanted"
                return f"the disk is full: '{folder}' has {free // 10**6} MB left, {wanted}"
        return None


def _take_along(pictures: Iterable[Path], inbox: Path, *, to: Path) -> None:
    """Move a song's pictures after it; what cannot be moved stays."""
    for path in pictures:
        with suppress(OutputError):
            after.take_out(path, to=to, name=path.relative_to(inbox).as_posix())


def _free_bytes(folder: Path) -> int:
    """Return how much room there is where `folder` is or will be. Raises OutputError."""
    for near in (folder, *folder.parents):
        try:
            return shutil.disk_usage(near).free
        except FileNotFoundError:
            continue
        except OSError as problem:
            raise OutputError(f"'{near}' cannot be reached: {problem.strerror}") from problem
    raise OutputError(f"'{folder}' cannot be reached")


def told(name: str, entry: Entry, *, job: Path, again: bool) -> dict[str, object]:
    """Return what `song.mp3.mvpipe.json` says."""
    return {
        "song": names.said(name),
        "status": "known" if again else entry.stage.value,
        "known_as": names.said(entry.name) if again else None,
        "job": str(job),
        "digests": {"song": entry.song.content, "job": entry.song.job},
        "outputs": [str(path) for path in entry.outputs],
        "attempts": entry.attempts,
        "credits": entry.credits,
        "began": _when(entry.began_s),
        "ended": _when(entry.ended_s),
    }


def complaint(name: str, entry: Entry, *, job: Path) -> str:
    """Return what `song.mp3.error.txt` says: for people, in sentences."""
    tries = "once" if entry.attempts == 1 else f"{entry.attempts} times"
    return (
        f"No video was made of '{names.said(name)}'.\n\n"
        f"Why: {entry.why}\n\n"
        f"It was tried {tries}, the last time {_when(entry.ended_s)}, with the job\n"
        f"'{job}'.\n\n"
        "What to do: put that right, then drop the song into the inbox again, or say\n"
        f"  mvpipe watch retry {names.said(name)!r}\n"
    )


def _when(at_s: float | None) -> str | None:
    return (
        None if at_s is None else f"{datetime.fromtimestamp(at_s, UTC):%Y-%m-%d %H:%M:%S} UTC"
    )


def ready(job: WatchJob) -> None:
    """Make the folders that songs go to. Raises UsageError where something is not there.

    Safe to repeat.
    """
    if not job.job.is_file():
        raise UsageError(f"'{job.job}': no such job file", hint="'job' names what is run")
    if not job.inbox.is_dir():
        raise UsageError(f"'{job.inbox}': no such folder", hint="make it, or mount its disk")
    if job.mode is Mode.MOVE:
        for folder in (job.done, job.failed):
            make_folder(folder)
