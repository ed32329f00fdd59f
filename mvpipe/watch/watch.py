"""The loop of the hot folder: it finds songs, has them rendered, and puts them away.

One thread, one turn after another, and every effect is an argument. What a turn decides comes
from `gate` and `flow`; what it must not forget is in the ledger before it goes on. So it may be
killed anywhere and go on.
"""

from __future__ import annotations

import heapq
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field, replace
from enum import StrEnum
from pathlib import Path

from mvpipe.errors import Exit, MvpipeError
from mvpipe.journal.watched import Entry, Song, Stage
from mvpipe.model.canonical import Digest
from mvpipe.model.watch import Mode, WatchJob
from mvpipe.watch import flow, names
from mvpipe.watch.around import Around, JobFile
from mvpipe.watch.children import Child, Planned, Wanted
from mvpipe.watch.flow import Breaker, Ended, Fate, Next, Outcome
from mvpipe.watch.gate import Watched, step
from mvpipe.watch.model import Claim, Decision, Look, Mount, Scan, Unseen
from mvpipe.watch.scan import rest_s

LOOKS_S = 0.5
"""For how long one turn looks at files before it goes on."""
AWAY_S = 5.0
HELD_S = 30.0
TAKEN_S = 15.0
REFRESH_S = 10.0
POLL_S = 0.5
KILL_S = 8.0
"""How long a child may take to end that was asked to."""


class Phase(StrEnum):
    """Where a file in the inbox stands."""

    SETTLING = "settling"
    READY = "ready"
    WORKING = "rendering"
    WAITING = "waiting"
    RESTING = "resting"


@dataclass(slots=True)
class File:
    """A file in the inbox; `due_s` is when to look at it again."""

    name: str
    phase: Phase = Phase.SETTLING
    why: str = ""
    watched: Watched = field(default_factory=Watched)
    look: Look | None = None
    due_s: float = 0.0


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
class Watch:
    """A watcher of one inbox."""

    job: WatchJob
    around: Around
    files: dict[str, File] = field(default_factory=dict)
    works: list[Work] = field(default_factory=list)
    scanned_s: float | None = None
    paused: str = ""
    held: str = ""
    count: dict[str, int] = field(default_factory=dict)
    _due: list[tuple[float, str]] = field(default_factory=list)
    _ready: deque[str] = field(default_factory=deque)
    _scan_s: float = 0.0
    _hold_s: float = 0.0
    _refresh_s: float = 0.0
    _breaker: Breaker = field(default_factory=Breaker)
    _told: str = ""

    def turn(self) -> float:
        """Do all that is due, and return when to come again. Raises nothing of the disk's."""
        around, now = self.around, self.around.clock()
        with self._troubles():
            self._hear()
        with self._troubles():
            self._refresh(now)
        if now >= self._scan_s:
            self._scan(now)
        if self.paused:
            return min(self._scan_s, now + POLL_S if self.works else self._scan_s)
        with self._troubles():
            self._look()
        if around.clock() >= self._hold_s:
            with self._troubles():
                self._begin()
        return self._next(around.clock())

    def wake(self) -> None:
        """Have the next turn scan: something seems to have changed."""
        self._scan_s = min(self._scan_s, self.around.clock())

    @property
    def idle(self) -> bool:
        """Whether there is nothing to do until somebody changes something, or time passes."""
        busy = {Phase.SETTLING, Phase.READY, Phase.WORKING}
        return self.scanned_s is not None and not any(
            file.phase in busy for file in self.files.values()
        )

    def stop(self) -> None:
        """Ask every child to end; what they did is kept. Safe to repeat."""
        for work in self.works:
            if work.ended is None:
                work.child.stop()

    def end(self, *, wait: Callable[[float], None]) -> None:
        """End every child in order, or at once after a while, and note where they were."""
        self.stop()
        until = self.around.clock() + KILL_S
        while self.works and self.around.clock() < until:
            with self._troubles():
                self._hear()
            if self.works:
                wait(0.1)
        for work in self.works:
            work.child.kill()
            with suppress(MvpipeError):
                self.around.claims.release(work.claim)

    def _troubles(self) -> _Troubles:
        return _Troubles(self)

    def hold(self, why: str) -> None:
        """Begin nothing for a while, and say why once."""
        self.held = why
        self._hold_s = self.around.clock() + HELD_S
        self._say(f"waiting: {why}")

    def _say(self, text: str) -> None:
        if text != self._told:
            self._told = text
            self.around.tell(text)

    # -- what is in the folder

    def _scan(self, now: float) -> None:
        before = self.around.inbox.sight()
        if before.mount is not Mount.SAME:
            self._pause(before.why, now)
            return
        scan = self.around.inbox.scan()
        after = self.around.inbox.sight()
        for name in (*scan.fresh, *self.around.inbox.changed()):
            self._meet(name)
        if after.mount is not Mount.SAME:  # what is gone may be there, but out of sight
            self._pause(after.why, now)
            return
        if self.paused:
            self.paused = ""
            self.around.tell("the inbox is back")
        for name in scan.gone:
            self._drop(name)
        self._note_scan(scan)

    def _note_scan(self, scan: Scan) -> None:
        now = self.around.clock()
        if scan.complete:
            self.scanned_s = now
        for problem in scan.problems[:3]:
            self._say(problem)
        floor_s = self.job.poll_s
        pause_s = (
            rest_s(scan.seconds) if floor_s is None else rest_s(scan.seconds, floor_s=floor_s)
        )
        self._scan_s = now + pause_s

    def _pause(self, why: str, now: float) -> None:
        if not self.paused:
            self.around.tell(f"paused: {why}")
        self.paused = why
        self._scan_s = now + AWAY_S

    def _meet(self, name: str) -> None:
        """Take note of a file that is new, or was away, or is another under the same name."""
        known = self.files.get(name)
        if known is not None:
            if known.phase is Phase.RESTING:
                self._later(known, Phase.RESTING, known.why, at_s=self.around.clock())
            return
        if names.passed_over(name) is not None or not names.matches(name, self.job.match):
            return
        file = self.files[name] = File(name)
        if why := names.refusal(name):
            self._refuse(file, why)
        else:
            self._later(file, Phase.SETTLING, "", at_s=self.around.clock())

    def _drop(self, name: str) -> None:
        file = self.files.get(name)
        if file is not None and file.phase is not Phase.WORKING:
            del self.files[name]

    def _later(self, file: File, phase: Phase, why: str, *, at_s: float) -> None:
        file.phase, file.why, file.due_s = phase, why, at_s
        heapq.heappush(self._due, (at_s, file.name))

    def _rest(self, file: File, why: str) -> None:
        file.phase, file.why = Phase.RESTING, why

    def _refuse(self, file: File, why: str) -> None:
        self.count["refused"] = self.count.get("refused", 0) + 1
        self._rest(file, why)
        self.around.tell(f"{names.said(file.name)}: not taken: {why}")

    def _anew(self, file: File) -> None:
        """Have a file settle that is not what it was."""
        file.watched, file.look = Watched(), None
        self._later(file, Phase.SETTLING, "it has changed", at_s=self.around.clock())

    # -- when is a song ready

    def _look(self) -> None:
        until = self.around.clock() + LOOKS_S
        while self._due and self._due[0][0] <= self.around.clock() <= until:
            due_s, name = heapq.heappop(self._due)
            file = self.files.get(name)
            if file is None or file.due_s != due_s:
                continue
            if file.phase is Phase.WAITING:
                self._queue(file)
            elif file.phase is Phase.RESTING:
                self._look_again(file)
            elif file.phase is Phase.SETTLING:
                self._judge(file)

    def _queue(self, file: File) -> None:
        file.phase = Phase.READY
        self._ready.append(file.name)

    def _look_again(self, file: File) -> None:
        look = self.around.inbox.look(file.name, file.look)
        same = (
            isinstance(look, Look)
            and file.look is not None
            and look.same_file == file.look.same_file
        )
        if not same:
            self._anew(file)

    def _judge(self, file: File) -> None:
        # one that is not there now is gone with the next scan, unless it comes back before
        seen = self.around.inbox.look(file.name, file.watched.last)
        look = Unseen("it is not there") if seen is None else seen
        if (
            file.watched.last is None
            and isinstance(look, Look)
            and self._remembered(file, look)
        ):
            self._queue(file)
            return
        now = self.around.clock()
        file.watched, verdict = step(file.watched, look, now_s=now, rules=self.around.rules)
        file.look = look if isinstance(look, Look) else None
        if verdict.decision is Decision.WAIT:
            self._later(
                file, Phase.SETTLING, verdict.why, at_s=max(verdict.until_s, now + 0.05)
            )
        elif verdict.decision is Decision.REFUSED:
            self._refuse(file, verdict.why)
        else:
            self._queue(file)

    def _remembered(self, file: File, look: Look) -> bool:
        """Say whether a file was ready before and has not changed since."""
        file.look = look
        return self.around.ledger.remembered(file.name, look.same_file) is not None

    # -- what is begun

    def _begin(self) -> None:
        until = self.around.clock() + LOOKS_S
        while self._ready and len(self.works) < self.job.parallel:
            if self.around.clock() > until:
                return
            if why := self._over() or self.around.after.room():
                self.hold(why)
                return
            self.held = ""
            file = self.files.get(self._ready.popleft())
            if file is not None and file.phase is Phase.READY:
                self._take(file)

    def _over(self) -> str | None:
        now, ledger = self.around.wall(), self.around.ledger
        hour, day = (ledger.spent(since_s=now - span) for span in (flow.HOUR_S, flow.DAY_S))
        return flow.over(self.job.limits, hour=hour, day=day)

    def _take(self, file: File) -> None:
        """Begin a ready song, or put it where it belongs."""
        try:
            job = self.around.inbox.job(file.name)
        except MvpipeError as problem:
            self._wait(file, str(problem), HELD_S)
            return
        content = self._content(file)
        if content is None:
            self._anew(file)
            return
        song = Song(content, job.digest)
        if any(work.entry.song == song for work in self.works):
            self._wait(file, "the same song is being rendered under another name", AWAY_S)
        elif self._breaker.open(job.digest):
            self._wait(file, f"the job seems to be at fault: {self._breaker.why}", HELD_S)
        else:
            self._decide(file, song, job)

    def _wait(self, file: File, why: str, for_s: float) -> None:
        self._later(file, Phase.WAITING, why, at_s=self.around.clock() + for_s)

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
                self._wait(file, entry.why, max(0.1, left_s))
            case Next.KEEP if entry is not None:
                self._rest(file, entry.why or entry.stage)
            case Next.MOVE_DONE if entry is not None:
                self._put_away(file, entry, again=entry.moved or entry.name != file.name)
            case Next.MOVE_FAILED if entry is not None:
                self._put_away(file, entry, again=False)
            case _:
                self._render(file, song, job)

    def _render(self, file: File, song: Song, job: JobFile) -> None:
        claim = self.around.claims.take(f"{song.content} {song.job}")
        if claim is None:
            self._wait(file, "another watcher is at work on it", TAKEN_S)
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
            self._wait(file, "another watcher has seen to it", 0.1)
            return
        entry = self.around.ledger.begin(song, name=file.name)
        wanted = self._wanted(file, job)
        child = self.around.starts.plan(wanted)
        file.phase, file.why = Phase.WORKING, ""
        began_s = self.around.clock()
        self.works.append(Work(file, entry, claim, wanted, child, look, job, began_s))

    def _wanted(self, file: File, job: JobFile) -> Wanted:
        return Wanted(
            song=self.around.inbox.path(file.name),
            job=job.path,
            text=job.text,
            folder=job.path.parent,
            state=self.around.state,
            workers=self.around.workers,
            time_s=self.job.limits.time_s,
            draft=self.job.draft,
        )

    # -- what has come of it

    def _hear(self) -> None:
        for work in tuple(self.works):
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
            why = refused or "the plan cannot be read"
            code = Exit.SPEC if refused else Exit.BUG
            self._conclude(work, Ended(code, problem=why))
            return
        if full := self.around.after.room(planned.outputs):
            self._conclude(work, Ended(Exit.FAILED, problem=full))
            return
        if planned.credits and (dear := self._dear(planned.credits)):
            self._conclude(work, Ended(Exit.CREDITS, problem=dear))
            return
        self.around.tell(f"{names.said(work.file.name)}: begun")
        work.child.close()
        work.planned, work.ended = planned, None
        work.wanted = replace(work.wanted, secrets=planned.cloud)
        work.child = self.around.starts.render(work.wanted)

    def _dear(self, price: int) -> str | None:
        """Return which limit on credits a song would pass; how many there are, it is one of."""
        limits = replace(self.job.limits, per_hour=None, per_day=None)
        day = self.around.ledger.spent(since_s=self.around.wall() - flow.DAY_S)
        return flow.over(limits, hour=day, day=day, price=price)

    def _refused(self, work: Work, planned: Planned | None) -> str | None:
        """Return why a job must not make what it would make."""
        name, ledger = work.file.name, self.around.ledger
        for output in planned.outputs if planned is not None else ():
            if output.is_relative_to(self.job.inbox):
                return f"it would write '{output}' into the inbox"
            owner = ledger.owner(Path(names.key(str(output))), name=name)
            if owner != name:
                other = names.said(owner)
                use = "rename the song, or use ${{ file.name }} in the job"
                return f"'{output}' is the video of '{other}': {use}"
        return None

    def _conclude(self, work: Work, ended: Ended) -> None:
        """Note what became of a song; comes again where the disk does not let it."""
        work.ended, file = ended, work.file
        look = self.around.inbox.look(file.name, work.look)
        away = self.around.inbox.sight().mount is not Mount.SAME
        changed = isinstance(look, Look) and look.same_file != work.look.same_file
        gone = not isinstance(look, Look)
        ended, fate = self._fate(work, ended, away=away, changed=changed, gone=gone)
        entry = self._ended(work.entry, ended, fate)
        self.around.ledger.end(entry)
        self._breaker = self._breaker.after(work.job.digest, ended, fate.why)
        self.works.remove(work)
        work.child.close()
        try:
            self._settle(file, entry, fate, changed=changed, gone=gone)
        finally:
            self.around.claims.release(work.claim)

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
            credits=ended.credits,
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
        if gone:
            self.files.pop(file.name, None)
        elif changed:
            self._anew(file)
        elif fate.outcome is Outcome.RETRY:
            self._wait(file, fate.why, fate.wait_s)
        else:
            self._put_away(file, entry, again=False)

    def _put_away(self, file: File, entry: Entry, *, again: bool) -> None:
        """Take a song out of the inbox whose fate is known, or leave it where it is to stay."""
        if self.job.mode is Mode.IN_PLACE:
            self._rest(file, entry.why or entry.stage)
            return
        try:
            if entry.stage is Stage.DONE:
                self.around.after.done(file.name, entry, again=again)
            else:
                self.around.after.failed(file.name, entry)
        except MvpipeError as problem:
            self._say(str(problem))
            self._wait(file, str(problem), HELD_S)
            return
        self.around.ledger.end(replace(entry, moved=True))
        self.files.pop(file.name, None)

    def _refresh(self, now: float) -> None:
        if now < self._refresh_s:
            return
        self._refresh_s = now + REFRESH_S
        for work in self.works:
            if not self.around.claims.refresh(work.claim):
                self.around.tell(f"{names.said(work.file.name)}: another watcher took it over")
                work.child.stop()

    def _next(self, now: float) -> float:
        """Return when there is something to do again."""
        return min(self._times(now))

    def _times(self, now: float) -> Iterator[float]:
        yield self._scan_s
        if self._due:
            yield self._due[0][0]
        if self.works:
            yield now + POLL_S
        if self._ready and len(self.works) < self.job.parallel:
            yield max(now, self._hold_s)


class _Troubles:
    """Has a watcher wait for a while where the disk fails in the block."""

    def __init__(self, watch: Watch) -> None:
        self._watch = watch

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: object, problem: BaseException | None, trace: object) -> bool:
        if isinstance(problem, MvpipeError):
            self._watch.hold(str(problem))
            return True
        return False
