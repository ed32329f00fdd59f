"""The loop of the hot folder: it finds songs, has them rendered, and puts them away.

One thread, one turn after another, and every effect is an argument. What a turn decides comes
from `gate` and `flow`; what it must not forget is in the ledger before it goes on. So it may be
killed anywhere and go on.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from mvpipe.errors import MvpipeError
from mvpipe.journal.watched import Song
from mvpipe.model.canonical import Digest
from mvpipe.model.watch import WatchJob
from mvpipe.watch import flow
from mvpipe.watch.around import Around, JobFile
from mvpipe.watch.files import File, Files, Phase
from mvpipe.watch.finder import LOOKS_S, Finder
from mvpipe.watch.flow import Next
from mvpipe.watch.model import Claim, Look
from mvpipe.watch.works import HELD_S, Works

TAKEN_S = 15.0
TWIN_S = 5.0
POLL_S = 0.5


@dataclass(slots=True)
class Watch:
    """A watcher of one inbox; `held` says why nothing is begun."""

    job: WatchJob
    around: Around
    held: str = ""
    files: Files = field(init=False)
    finder: Finder = field(init=False)
    works: Works = field(init=False)
    _hold_s: float = 0.0

    def __post_init__(self) -> None:
        self.files = Files(self.around.clock)
        self.finder = Finder(self.job, self.around, self.files)
        self.works = Works(self.job, self.around, self.files)

    def turn(self) -> float:
        """Do all that is due, and return when to come again. Raises nothing of the disk's."""
        around, now = self.around, self.around.clock()
        with self._troubles():
            self.works.hear()
            self.works.refresh(now)
        with self._troubles():
            if around.ledger.changed():
                self.files.reconsider()
        if now >= self.finder.due_s:
            with self._troubles():
                self.finder.scan(now)
        if not self.finder.paused:
            with self._troubles():
                self.finder.look()
            if around.clock() >= self._hold_s:
                with self._troubles():
                    self._begin()
        return self._next(around.clock())

    def wake(self) -> None:
        """Have the next turn scan: something seems to have changed."""
        self.finder.due_s = min(self.finder.due_s, self.around.clock())

    @property
    def idle(self) -> bool:
        """Whether there is nothing to do until somebody changes something, or time passes."""
        busy = {Phase.SETTLING, Phase.READY, Phase.WORKING}
        return self.finder.scanned_s is not None and not any(
            file.phase in busy for file in self.files.by_name.values()
        )

    def end(self, *, wait: Callable[[float], None]) -> None:
        """End every child in order, or at once after a while, and note where they were."""
        self.works.end(wait=wait)

    @contextmanager
    def _troubles(self) -> Iterator[None]:
        """Begin nothing for a while where the disk fails in the block, and say why once."""
        try:
            yield
        except MvpipeError as problem:
            self._hold(str(problem))

    def _hold(self, why: str) -> None:
        if why != self.held:
            self.around.tell(f"waiting: {why}")
        self.held = why
        self._hold_s = self.around.clock() + HELD_S

    def _begin(self) -> None:
        """Begin what is ready, as long as there is room for it. Raises MvpipeError."""
        until = self.around.clock() + LOOKS_S
        while self.files.any_ready and len(self.works.at_work) < self.job.parallel:
            if self.around.clock() > until:
                return
            if why := self._over() or self.around.after.room():
                self._hold(why)
                return
            self.held = ""
            file = self.files.first()
            if file is not None:
                self._take_or_wait(file)

    def _take_or_wait(self, file: File) -> None:
        try:
            self._take(file)
        except MvpipeError as problem:
            self.files.wait(file, str(problem), in_s=HELD_S)
            raise

    def _over(self) -> str | None:
        now, ledger = self.around.wall(), self.around.ledger
        hour, day = (ledger.spent(since_s=now - span) for span in (flow.HOUR_S, flow.DAY_S))
        return flow.over(self.job.limits, hour=hour, day=day)

    def _take(self, file: File) -> None:
        """Begin a ready song, or put it where it belongs."""
        try:
            job = self.around.inbox.job(file.name)
        except MvpipeError as problem:
            self.files.wait(file, str(problem), in_s=HELD_S)
            return
        content = self._content(file)
        if content is None:
            self.files.anew(file)
            return
        song = Song(content, job.digest)
        if self.works.has(song):
            self.files.wait(
                file, "the same song is being rendered under another name", in_s=TWIN_S
            )
        elif self.works.breaker.open(job.digest):
            self.files.wait(
                file, f"the job seems to be at fault: {self.works.breaker.why}", in_s=HELD_S
            )
        else:
            self._decide(file, song, job)

    def _content(self, file: File) -> Digest | None:
        """Return the digest of a song that is what it was when it was found ready."""
        inbox, ledger = self.around.inbox, self.around.ledger
        seen = file.look
        if seen is None or not self._same(file, seen):
            return None
        if (known := ledger.remembered(file.name, seen.same_file)) is not None:
            return known
        try:
            content = inbox.digest(file.name)
        except OSError:
            return None
        if not self._same(file, seen):
            return None
        ledger.remember(file.name, seen.same_file, content)
        return content

    def _same(self, file: File, seen: Look) -> bool:
        look = self.around.inbox.look(file.name, seen)
        return isinstance(look, Look) and not look.written and look.same_file == seen.same_file

    def _decide(self, file: File, song: Song, job: JobFile) -> None:
        entry = self.around.ledger.known(song)
        now = self.around.wall()
        match flow.next_of(entry, mode=self.job.mode, now_s=now):
            case Next.WAIT if entry is not None:
                left_s = min((entry.retry_s or now) - now, flow.LONGEST_WAIT_S)
                self.files.wait(file, entry.why, in_s=max(0.1, left_s))
            case Next.KEEP if entry is not None:
                self.files.rest(file, entry.why or entry.stage)
            case Next.MOVE_DONE if entry is not None:
                self.works.put_away(file, entry, again=entry.moved or entry.name != file.name)
            case Next.MOVE_FAILED if entry is not None:
                self.works.put_away(file, entry, again=False)
            case _:
                self._render(file, song, job)

    def _render(self, file: File, song: Song, job: JobFile) -> None:
        claim = self.around.claims.take(f"{song.content} {song.job}")
        if claim is None:
            self.files.wait(file, "another watcher is at work on it", in_s=TAKEN_S)
            return
        try:
            self._claimed(file, song, job, claim)
        except BaseException:
            self.around.claims.release(claim)
            raise

    def _claimed(self, file: File, song: Song, job: JobFile, claim: Claim) -> None:
        """Begin a song that is ours, unless another watcher has just done it."""
        known, now = self.around.ledger.known(song), self.around.wall()
        look = file.look
        fresh = flow.next_of(known, mode=self.job.mode, now_s=now) is Next.RENDER
        if look is None or not fresh or not self._same(file, look):
            self.around.claims.release(claim)
            self.files.wait(file, "another watcher has seen to it", in_s=0.1)
            return
        entry = self.around.ledger.begin(song, name=file.name)
        self.works.begin(file, entry, claim, job=job, look=look)

    def _next(self, now: float) -> float:
        """Return when there is something to do again."""
        return min(self._times(now))

    def _times(self, now: float) -> Iterator[float]:
        yield self.finder.due_s
        if self.works.at_work:
            yield now + POLL_S
        if self.finder.paused:
            return
        if self.files.next_s is not None:
            yield self.files.next_s
        if self.files.any_ready and len(self.works.at_work) < self.job.parallel:
            yield max(now, self._hold_s)
