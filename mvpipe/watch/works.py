"""The songs that are rendered: each one's child, how it ended, and what comes of the song."""

from __future__ import annotations

import os.path
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path

from mvpipe.errors import Exit, MvpipeError
from mvpipe.journal.watched import Entry, Song, Stage
from mvpipe.model.watch import Mode, WatchJob
from mvpipe.watch import flow, names
from mvpipe.watch.around import Around, JobFile
from mvpipe.watch.children import Child, Planned, Wanted
from mvpipe.watch.files import File, Files, Phase
from mvpipe.watch.flow import Breaker, Ended, Fate, Outcome
from mvpipe.watch.model import Claim, Look, Mount

HELD_S = 30.0
REFRESH_S = 10.0
KILL_S = 8.0
"""How long a child may take to end that was asked to."""


@dataclass(slots=True)
class Work:
    """A song that is rendered; `planned` is `None` while that is being found out."""

    file: File
    entry: Entry
    claim: Claim
    wanted: Wanted
    child: Child
    look: Look
    job: JobFile
    began_s: float
    planned: Planned | None = None
    ended: Ended | None = None
    killed_s: float | None = None


@dataclass(slots=True)
class Works:
    """What is under way; `count` says how many songs came to what."""

    job: WatchJob
    around: Around
    files: Files
    at_work: list[Work] = field(default_factory=list)
    count: dict[str, int] = field(default_factory=dict)
    breaker: Breaker = field(default_factory=Breaker)
    _refresh_s: float = 0.0

    def has(self, song: Song) -> bool:
        """Say whether a song is being rendered, under whatever name."""
        return any(work.entry.song == song for work in self.at_work)

    def begin(
        self, file: File, entry: Entry, claim: Claim, *, job: JobFile, look: Look
    ) -> None:
        """Begin a song that is claimed and noted."""
        wanted = self._wanted(file, job)
        child = self.around.starts.plan(wanted)
        file.phase, file.why = Phase.WORKING, ""
        now = self.around.clock()
        self.at_work.append(Work(file, entry, claim, wanted, child, look, job, now))

    def stop(self) -> None:
        """Ask every child to end; what they did is kept. Safe to repeat."""
        for work in self.at_work:
            if work.ended is None:
                work.child.stop()

    def end(self, *, wait: Callable[[float], None]) -> None:
        """End every child in order, or at once after a while, and note where they were."""
        self.stop()
        until = self.around.clock() + KILL_S
        while self.at_work and self.around.clock() < until:
            with suppress(MvpipeError):  # what cannot be noted now is found out the next time
                self.hear()
            if self.at_work:
                wait(0.1)
        for work in self.at_work:
            work.child.kill()
            with suppress(MvpipeError):
                self.around.claims.release(work.claim)

    def _wanted(self, file: File, job: JobFile) -> Wanted:
        return Wanted(
            song=self.around.inbox.path(file.name),
            job=job.path,
            text=job.text,
            folder=job.path.parent,
            state=self.around.state,
            workers=self.around.workers,
            time_s=self.job.limits.time_s,
            beside=job.beside,
            draft=self.job.draft,
        )

    def hear(self) -> None:
        """Go on with what has ended. Raises MvpipeError, after which it is tried again."""
        for work in tuple(self.at_work):
            work.ended = work.ended or work.child.poll()
            if work.ended is None:
                self._hurry(work)
            elif work.planned is None and work.ended.code == 0 and not work.ended.late:
                self._go_on(work)
            else:
                self._conclude(work, work.ended)

    def _hurry(self, work: Work) -> None:
        """End a child that takes too long: in order first, then at once."""
        now = self.around.clock()
        if work.killed_s is not None and now >= work.killed_s:
            work.child.kill()
        elif work.killed_s is None and now - work.began_s > self.job.limits.time_s:
            work.child.stop(late=True)
            work.killed_s = now + KILL_S

    def _go_on(self, work: Work) -> None:
        """Render what was planned, unless it must not be."""
        planned = work.child.planned()
        refused = self._refused(work, planned)
        if planned is None or refused is not None:
            self._conclude(work, refused or Ended(Exit.BUG, problem="the plan cannot be read"))
            return
        if full := self.around.after.room(planned.outputs):
            self._conclude(work, Ended(Exit.FAILED, problem=full))
            return
        price = planned.credits - work.entry.credits  # the rest was counted before
        if price > 0 and (dear := self._dear(price)):
            self._conclude(work, Ended(Exit.CREDITS, problem=dear))
            return
        # What it may cost counts from now on, whatever becomes of us: nobody says what it did.
        work.entry = replace(work.entry, credits=max(planned.credits, work.entry.credits))
        self.around.ledger.end(work.entry)
        wanted = replace(work.wanted, secrets=planned.cloud)
        child = self.around.starts.render(wanted)  # which may fail, and is tried again then
        work.child.close()
        work.planned, work.ended, work.wanted, work.child = planned, None, wanted, child
        self.around.tell(f"{names.said(work.file.name)}: begun")

    def _dear(self, price: int) -> str | None:
        """Return which limit on credits a song would pass; how many there are, it is one of."""
        limits = replace(self.job.limits, per_hour=None, per_day=None)
        day = self.around.ledger.spent(since_s=self.around.wall() - flow.DAY_S)
        return flow.over(limits, hour=day, day=day, price=price)

    def _refused(self, work: Work, planned: Planned | None) -> Ended | None:
        """Return how a job ends that must not make what it would make."""
        name, ledger = work.file.name, self.around.ledger
        for output in planned.outputs if planned is not None else ():
            if _real(output).is_relative_to(_real(self.job.inbox)):
                why = f"it would write '{output}' into the inbox"
                return Ended(Exit.SPEC, problem=why)  # whatever the song is
            owner = ledger.owner(Path(names.key(str(output))), name=name)
            if owner != name:
                why = f"'{output}' is the video of '{names.said(owner)}'"
                hint = "rename the song, or use ${{ file.name }} in the job"
                return Ended(Exit.FAILED, problem=why, hint=hint)
        return None

    def _conclude(self, work: Work, ended: Ended) -> None:
        """Note what became of a song; comes again where the disk does not let it."""
        work.ended, file = ended, work.file
        look = self.around.inbox.look(file.name, work.look)
        away = self.around.inbox.sight().mount is not Mount.SAME
        changed = isinstance(look, Look) and not self._as_it_was(work, look)
        gone = not isinstance(look, Look)
        ended, fate = self._fate(work, ended, away=away, changed=changed, gone=gone)
        entry = self._ended(work.entry, ended, fate)
        self.around.ledger.end(entry)
        self.breaker = self.breaker.after(work.job.digest, ended, fate.why)
        self.at_work.remove(work)
        work.child.close()
        try:
            self._settle(file, entry, fate, changed=changed, gone=gone)
        finally:
            self.around.claims.release(work.claim)

    def _as_it_was(self, work: Work, look: Look) -> bool:
        """Return whether a song is what was rendered; one that was only touched is."""
        if look.same_file == work.look.same_file:
            return True
        if (look.inode, look.device) != (work.look.inode, work.look.device):
            return False  # the same song again, perhaps, but not all the time
        try:
            content = self.around.inbox.digest(work.file.name)
        except OSError:
            return False
        return not look.written and content == work.entry.song.content

    def _fate(
        self, work: Work, ended: Ended, *, away: bool, changed: bool, gone: bool
    ) -> tuple[Ended, Fate]:
        """Return how a song ended, as what it left and the inbox show, and what comes of it."""
        if changed:
            return ended, Fate(Outcome.RETRY, "it changed while it was rendered")
        fine = ended.code == 0 and not ended.late and not ended.asked
        if (away or gone) and not fine:
            return ended, Fate(Outcome.RETRY, "it went away while it was rendered")
        if fine and (fault := self.around.after.fault_of(ended.outputs)):
            ended = replace(ended, code=int(Exit.BUG), problem=fault)
        return ended, flow.fate(ended, before=work.entry)

    def _ended(self, entry: Entry, ended: Ended, fate: Fate) -> Entry:
        now = self.around.wall()
        stages = {
            Outcome.DONE: Stage.DONE,
            Outcome.FAILED: Stage.FAILED,
            Outcome.RETRY: Stage.RETRY,
        }
        own = fate.outcome is Outcome.RETRY and fate.wait_s == 0.0  # not the song's doing
        return replace(
            entry,
            stage=stages[fate.outcome],
            outputs=ended.outputs if fate.outcome is Outcome.DONE else (),
            credits=ended.credits or entry.credits,
            why=fate.why,
            code=entry.code if own else ended.code,
            repeats=entry.repeats if own else flow.repeated(ended, entry),
            ended_s=now,
            retry_s=now + fate.wait_s if fate.outcome is Outcome.RETRY else None,
        )

    def _settle(
        self, file: File, entry: Entry, fate: Fate, *, changed: bool, gone: bool
    ) -> None:
        said = names.said(file.name)
        if fate.outcome is Outcome.RETRY:
            self.around.tell(f"{said}: tried again in {fate.wait_s:.0f} s: {fate.why}")
        elif fate.outcome is Outcome.FAILED:
            self.around.tell(f"{said}: failed: {fate.why}")
        else:
            self.around.tell(f"{said}: done: {', '.join(map(str, entry.outputs))}")
        self.count[fate.outcome] = self.count.get(fate.outcome, 0) + 1
        if gone and file.gone:
            self.files.by_name.pop(file.name, None)
        elif changed or gone:  # or out of sight for a while
            self.files.anew(file)
        elif fate.outcome is Outcome.RETRY:
            self.files.wait(file, fate.why, in_s=fate.wait_s)
        else:
            self.put_away(file, entry, again=False)

    def put_away(self, file: File, entry: Entry, *, again: bool) -> None:
        """Take a song out of the inbox whose fate is known, or leave it where it is to stay."""
        if self.job.mode is Mode.IN_PLACE:
            self.files.rest(file, entry.why or entry.stage)
            return
        try:
            if entry.stage is Stage.DONE:
                self.around.after.done(file.name, entry, again=again)
            else:
                self.around.after.failed(file.name, entry)
        except MvpipeError as problem:
            if file.why != str(problem):
                self.around.tell(str(problem))
            self.files.wait(file, str(problem), in_s=HELD_S)
            return
        self.around.ledger.end(replace(entry, moved=True))
        self.files.by_name.pop(file.name, None)

    def refresh(self, now: float) -> None:
        """Say now and then that the songs at work are still ours."""
        if now < self._refresh_s:
            return
        self._refresh_s = now + REFRESH_S
        for work in self.at_work:
            if not self.around.claims.refresh(work.claim):
                self.around.tell(f"{names.said(work.file.name)}: another watcher took it over")
                work.child.stop()


def _real(path: Path) -> Path:
    """Return a path in which no link leads elsewhere, as far as it is there."""
    return Path(os.path.realpath(path))
