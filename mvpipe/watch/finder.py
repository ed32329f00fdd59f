"""Finds songs: looks through the inbox, and through each file until it is ready or refused."""

from __future__ import annotations

from dataclasses import dataclass, field

from mvpipe.errors import MvpipeError
from mvpipe.model.watch import WatchJob
from mvpipe.watch import names
from mvpipe.watch.around import Around
from mvpipe.watch.files import File, Files, Phase
from mvpipe.watch.gate import step
from mvpipe.watch.model import Decision, Look, Mount, Scan, Unseen
from mvpipe.watch.scan import rest_s

LOOKS_S = 0.5
"""For how long one turn looks at files before it goes on."""

AGAIN_S = 300.0
"""How often a file that was refused is looked at."""

AWAY_S = 5.0
"""How often an inbox that went away is looked for."""


@dataclass(slots=True)
class Finder:
    """What finds songs in one inbox; `paused` says why the inbox is not believed."""

    job: WatchJob
    around: Around
    files: Files
    scanned_s: float | None = None
    paused: str = ""
    refused: int = 0
    due_s: float = 0.0
    _problems: set[str] = field(default_factory=set)

    def scan(self, now: float) -> None:
        """Look through the inbox, unless it is not the folder it was. Raises nothing."""
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
        for problem in (one for one in scan.problems[:3] if one not in self._problems):
            self.around.tell(problem)
        self._problems = set(scan.problems[:3])
        floor_s = self.around.floor_s() if self.job.poll_s is None else self.job.poll_s
        self.due_s = now + rest_s(scan.seconds, floor_s=floor_s)

    def _pause(self, why: str, now: float) -> None:
        if not self.paused:
            self.around.tell(f"paused: {why}")
        self.paused = why
        self.due_s = now + AWAY_S

    def _meet(self, name: str) -> None:
        """Take note of a file that is new, or was away, or is another under the same name."""
        known = self.files.by_name.get(name)
        if known is not None:
            known.gone = False
            if known.phase is Phase.RESTING and names.refusal(name) is None:
                self.files.later(known, Phase.RESTING, known.why, in_s=0.0)
            return
        if names.passed_over(name) is not None or not names.matches(name, self.job.match):
            return
        file = self.files.by_name[name] = File(name)
        if why := names.refusal(name):
            self._refuse(file, why)
        else:
            self.files.later(file, Phase.SETTLING, "", in_s=0.0)

    def _drop(self, name: str) -> None:
        file = self.files.by_name.get(name)
        if file is not None and file.phase is Phase.WORKING:
            file.gone = True
        elif file is not None:
            del self.files.by_name[name]

    def _refuse(self, file: File, why: str) -> None:
        self.refused += 1
        self.files.rest(file, why)
        self.around.tell(f"{names.said(file.name)}: not taken: {why}")

    def look(self) -> None:
        """Look at the files that are due, for a while. Raises JournalError."""
        until = self.around.clock() + LOOKS_S
        for file in self.files.due(until_s=until):
            try:
                self._look_at(file)
            except MvpipeError:  # it is looked at again, and nothing is lost
                self.files.later(file, file.phase, file.why, in_s=AWAY_S)
                raise

    def _look_at(self, file: File) -> None:
        if file.phase is Phase.WAITING:
            self.files.queue(file)
        elif file.phase is Phase.RESTING:
            self._look_again(file)
        elif file.phase is Phase.SETTLING:
            self._judge(file)

    def _look_again(self, file: File) -> None:
        now, before = self.around.inbox.look(file.name, None), file.look
        if isinstance(now, Look) and before is not None:
            closed = bool(before.written) and not now.written
            same = now.same_file == before.same_file and not closed
        else:  # a pipe stays a pipe
            same = file.refused and isinstance(now, Unseen) and before is None
        if not same:
            self.files.anew(file)
        elif file.refused:
            self._later_again(file)

    def _later_again(self, file: File) -> None:
        """Look again some time whether a copy goes on that stopped for long."""
        self.files.later(file, Phase.RESTING, file.why, in_s=AGAIN_S)

    def _judge(self, file: File) -> None:
        # one that is not there now is gone with the next scan, unless it comes back before
        seen = self.around.inbox.look(file.name, file.watched.last)
        look = Unseen("it is not there") if seen is None else seen
        if (
            file.watched.last is None
            and isinstance(look, Look)
            and self._remembered(file, look)
        ):
            self.files.queue(file)
            return
        now = self.around.clock()
        file.watched, verdict = step(file.watched, look, now_s=now, rules=self.around.rules)
        file.look = look if isinstance(look, Look) else None
        if verdict.decision is Decision.WAIT:
            in_s = max(verdict.until_s - now, 0.05)
            self.files.later(file, Phase.SETTLING, verdict.why, in_s=in_s)
        elif verdict.decision is Decision.REFUSED:
            self._refuse(file, verdict.why)
            file.refused = True
            self._later_again(file)
        else:
            self.files.queue(file)

    def _remembered(self, file: File, look: Look) -> bool:
        """Say whether a file was ready before and has not changed since."""
        file.look = look
        return self.around.ledger.remembered(file.name, look.same_file) is not None
