"""A world in which time is a number: an inbox, its writers, watchers and their children."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path

from mvpipe.errors import Exit, OutputError
from mvpipe.journal.watched import Entry, Ledger
from mvpipe.model.canonical import Digest
from mvpipe.model.watch import WatchJob
from mvpipe.watch.around import After, Around, Claims, Inbox, JobFile, Starts
from mvpipe.watch.children import Child, Planned, Wanted
from mvpipe.watch.flow import Ended
from mvpipe.watch.gate import Rules
from mvpipe.watch.model import (
    Claim,
    Completeness,
    Contents,
    Identity,
    Look,
    Mount,
    Scan,
    Sight,
    Unseen,
)
from mvpipe.watch.watch import Watch

INBOX, JOB = Path("/in"), Path("/jobs/reel.mvpipe.yaml")
HERE = Identity("marker", 1, 1, mounted=False)
RENDER_S = 20.0


@dataclass(slots=True)
class Node:
    """A file: `have` of `whole` bytes of a song are there; `tells` if its format can tell."""

    song: int
    have: int
    whole: int
    inode: int
    changed_ns: int
    tells: bool = True
    open: bool = False

    @property
    def content(self) -> Digest:
        return Digest(f"song {self.song}: {self.have} of {self.whole}")

    @property
    def complete(self) -> bool:
        return self.have == self.whole and not self.open


@dataclass(slots=True)
class World:
    """All that is there; `faults` are promises that were broken."""

    now: float = 1000.0
    files: dict[str, Node] = field(default_factory=dict)
    done: dict[str, Node] = field(default_factory=dict)
    failed: dict[str, Node] = field(default_factory=dict)
    mounted: bool = True
    vanishes_in_scan: bool = False
    template: str = "one"
    kills: int = 0
    inodes: int = 1
    rendered: dict[tuple[Digest, str], int] = field(default_factory=dict)
    starts: list[str] = field(default_factory=list)
    claims: dict[str, tuple[int, Claim]] = field(default_factory=dict)
    dead: set[int] = field(default_factory=set)
    faults: list[str] = field(default_factory=list)
    ending: Ended = field(default_factory=lambda: Ended(0))
    full: str = ""

    def clock(self) -> float:
        return self.now

    def write(
        self,
        name: str,
        *,
        song: int,
        have: int = 9,
        tells: bool = True,
        open: bool = False,  # noqa: A002
    ) -> None:
        self.inodes += 1
        self.files[name] = Node(song, have, 9, self.inodes, self.tick(), tells, open)

    def tick(self) -> int:
        self.now += 1e-3
        return round(self.now * 1e9)

    def seen(self) -> dict[str, Node]:
        return self.files if self.mounted else {}


@dataclass(slots=True)
class FakeInbox:
    world: World
    names: frozenset[str] = frozenset()

    def sight(self) -> Sight:
        if self.world.mounted:
            return Sight(Mount.SAME, identity=HERE)
        return Sight(Mount.GONE, "'/in' is not mounted", HERE)

    def scan(self) -> Scan:
        if self.world.vanishes_in_scan:
            self.world.mounted = False
            self.world.vanishes_in_scan = False
        now = frozenset(self.world.seen())
        fresh, gone = now - self.names, self.names - now
        self.names = now
        return Scan(tuple(sorted(fresh)), tuple(sorted(gone)), len(now), seconds=0.01)

    def changed(self) -> tuple[str, ...]:
        return ()

    def look(self, name: str, last: Look | None) -> Look | Unseen | None:
        node = self.world.seen().get(name)
        if node is None:
            return None
        look = Look(node.have, node.changed_ns, node.inode, 1, node.changed_ns)
        look = replace(look, written=node.open if not node.tells else None)
        if last is None or last.same_file != look.same_file:
            return look
        whole = Completeness.COMPLETE if node.have == node.whole else Completeness.INCOMPLETE
        said = Contents(whole if node.tells else Completeness.UNKNOWN)
        return replace(look, contents=said, seen=node.content)

    def path(self, name: str) -> Path:
        return INBOX / name

    def digest(self, name: str) -> Digest:
        if (node := self.world.seen().get(name)) is None:
            raise FileNotFoundError(name)
        return node.content

    def job(self, name: str) -> JobFile:
        return JobFile(JOB, None, Digest(self.world.template))


@dataclass(slots=True)
class FakeClaims:
    world: World
    who: int

    def take(self, key: str) -> Claim | None:
        held = self.world.claims.get(key)
        if held is not None and held[0] not in self.world.dead:
            return None
        claim = Claim(key, str(self.who), Path(key))
        self.world.claims[key] = (self.who, claim)
        return claim

    def refresh(self, claim: Claim) -> bool:
        return self.world.claims.get(claim.key) == (self.who, claim)

    def release(self, claim: Claim) -> None:
        if self.refresh(claim):
            del self.world.claims[claim.key]


@dataclass(slots=True)
class FakeChild:
    """A process that plans at once or renders for a while; it reads its song at both ends."""

    world: World
    wanted: Wanted
    renders: bool
    began_s: float
    node: Node | None
    content: Digest | None
    template: str
    stopped: bool = False
    late: bool = False
    stubborn: bool = False
    killed: bool = False
    ended: Ended | None = None

    def poll(self) -> Ended | None:
        if self.ended is None:
            self.ended = self._end()
        return self.ended

    def _end(self) -> Ended | None:
        if self.killed or (self.stopped and not self.stubborn):
            return Ended(Exit.TERMINATED, asked=not self.late, late=self.late)
        if self.content is None:
            return Ended(Exit.FAILED, problem="it cannot be read: No such file or directory")
        if not self.renders:
            return Ended(0)
        if self.stubborn or self.world.now - self.began_s < RENDER_S:
            return None
        return self._rendered()

    def _rendered(self) -> Ended:
        ended = self.world.ending
        now = self.world.seen().get(self.wanted.song.name)
        same = now is self.node and now is not None and now.content == self.content
        if ended.code == 0 and (same or now is None):  # one that is open is read to its end
            self._note()
        return replace(ended, outputs=self.outputs if ended.code == 0 else ())

    def _note(self) -> None:
        if self.content is not None:
            self.world.rendered[self.content, self.template] = self.world.kills

    @property
    def outputs(self) -> tuple[Path, ...]:
        return (Path("/out", f"{self.wanted.song.name}.mp4"),)

    def planned(self) -> Planned | None:
        return Planned(self.outputs, credits=0, cloud=False)

    def done(self) -> float | None:
        return None

    def stop(self, *, late: bool = False) -> None:
        self.stopped, self.late = True, late

    def kill(self) -> None:
        self.killed = True

    def close(self) -> None:
        pass


@dataclass(slots=True)
class FakeStarts:
    world: World

    def plan(self, wanted: Wanted) -> Child:
        return self._child(wanted, renders=False)

    def render(self, wanted: Wanted) -> Child:
        child = self._child(wanted, renders=True)
        self.world.starts.append(wanted.song.name)
        if child.content is not None:
            before = self.world.rendered.get((child.content, child.template))
            if before is not None and before == self.world.kills:
                self.world.faults.append(f"rendered again: {child.content}")
        return child

    def _child(self, wanted: Wanted, *, renders: bool) -> FakeChild:
        world = self.world
        node = world.seen().get(wanted.song.name)
        content = None if node is None else node.content
        if node is not None and not node.complete:
            world.faults.append(f"a part was begun: {content}")
        return FakeChild(
            world, wanted, renders, world.now, node, content, template=world.template
        )


@dataclass(slots=True)
class FakeAfter:
    world: World

    def fault_of(self, outputs: tuple[Path, ...]) -> str | None:
        return None if outputs else "it left no video"

    def done(self, name: str, entry: Entry, *, again: bool) -> None:
        self._move(name, entry, self.world.done)

    def failed(self, name: str, entry: Entry) -> None:
        self._move(name, entry, self.world.failed)

    def _move(self, name: str, entry: Entry, to: dict[str, Node]) -> None:
        if name not in self.world.seen():
            raise OutputError(f"'{name}' cannot be moved: it is not there")
        node = self.world.files.pop(name)
        if node.content != entry.song.content:
            self.world.faults.append(f"moved, but never rendered: {node.content}")
        if to is self.world.done and node.content not in {c for c, _ in self.world.rendered}:
            self.world.faults.append(f"done, but never rendered: {node.content}")
        to[f"{name} {len(to)}"] = node

    def room(self, outputs: tuple[Path, ...] = ()) -> str | None:
        return self.world.full or None


_inbox: type[Inbox] = FakeInbox
_claims: type[Claims] = FakeClaims
_starts: type[Starts] = FakeStarts
_after: type[After] = FakeAfter
_child: type[Child] = FakeChild


def watcher(
    world: World, ledger: Ledger, *, who: int = 0, job: WatchJob | None = None
) -> Watch:
    """Return a watcher of that world, in which its settings are the usual ones."""
    job = job or WatchJob(INBOX, JOB, Path("/done"), Path("/failed"))
    around = Around(
        inbox=FakeInbox(world),
        claims=FakeClaims(world, who),
        starts=FakeStarts(world),
        after=FakeAfter(world),
        ledger=ledger,
        clock=world.clock,
        wall=world.clock,
        tell=lambda line: None,
        rules=Rules(settle_s=job.settle_s),
        state=Path("/state"),
        workers=1,
        floor_s=lambda: 2.0,
    )
    return Watch(job, around)


def pass_time(world: World, watchers: list[Watch], *, seconds: float) -> None:
    """Have every watcher take its turns for so long."""
    until = world.now + seconds
    while world.now < until:
        due = [watch.turn() for watch in watchers]
        world.now = min(until, max(world.now + 0.05, min(due, default=until)))
