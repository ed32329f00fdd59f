from __future__ import annotations

import errno
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, replace
from itertools import cycle
from pathlib import Path

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from mvpipe.errors import OutputError
from mvpipe.journal.locks import Owner, this_process
from mvpipe.watch.claims import LONG_S, Claims
from mvpipe.watch.model import Claim
from tests.sharing import AT_ONCE, Worker

LEASE_S = 600.0
KEY = "a song and its job"


@dataclass(slots=True)
class Now:
    seconds: float = 0.0

    def __call__(self) -> float:
        return self.seconds


@pytest.fixture
def now() -> Now:
    return Now()


def elsewhere(name: str) -> Owner:
    """Return a process of another machine, of which nobody here can tell whether it lives."""
    return replace(this_process(), host=name, world=name)


Watcher = Callable[[str], Claims]


@pytest.fixture
def watcher(tmp_path: Path, now: Now) -> Watcher:
    return lambda name: Claims(
        tmp_path / ".mvpipe" / "claims", clock=now, owner=elsewhere(name), lease_s=LEASE_S
    )


def taken(claims: Claims) -> Claim:
    claim = claims.take(KEY)
    assert claim is not None
    return claim


def test_what_one_has_claimed_another_cannot_until_it_is_released(watcher: Watcher) -> None:
    one, two = watcher("one"), watcher("two")
    claim = taken(one)
    assert two.take(KEY) is None
    assert two.take("another song") is not None
    one.release(claim)
    one.release(claim)
    assert two.take(KEY) is not None


def test_what_we_hold_ourselves_is_not_claimed_twice(watcher: Watcher) -> None:
    one = watcher("one")
    claim = taken(one)
    assert one.take(KEY) is None
    assert one.refresh(claim)


def test_who_holds_a_claim_can_be_asked(watcher: Watcher) -> None:
    one, two = watcher("one"), watcher("two")
    assert two.holder(KEY) is None
    claim = taken(one)
    assert two.holder(KEY) == elsewhere("one")
    one.release(claim)
    assert two.holder(KEY) is None


def test_the_claim_of_a_silent_watcher_comes_free_after_a_whole_lease(
    watcher: Watcher, now: Now
) -> None:
    one, two = watcher("one"), watcher("two")
    lost = taken(one)
    assert two.take(KEY) is None
    now.seconds += LEASE_S - 1
    assert two.take(KEY) is None
    now.seconds += 1
    claim = taken(two)
    assert two.holder(KEY) == elsewhere("two")
    assert not one.refresh(lost)
    one.release(lost)
    assert two.refresh(claim)


def test_a_watcher_that_speaks_keeps_its_claim_for_ever(watcher: Watcher, now: Now) -> None:
    one, two = watcher("one"), watcher("two")
    claim = taken(one)
    for turn in range(10):
        assert two.take(KEY) is None
        now.seconds += LEASE_S * 0.9
        assert one.refresh(claim)
        stamp(claim, turn)
    assert two.take(KEY) is None


def stamp(claim: Claim, turn: int) -> None:
    """Give what was just said a time of its own, as if the clock were the real one."""
    now_ns = claim.path.stat().st_mtime_ns
    os.utime(claim.path, ns=(now_ns, now_ns + turn))


def test_a_claim_that_was_made_anew_is_not_taken_for_the_dead_one(
    watcher: Watcher, now: Now
) -> None:
    one, two, three = watcher("one"), watcher("two"), watcher("three")
    taken(one)
    assert two.take(KEY) is None
    assert three.take(KEY) is None
    now.seconds += LEASE_S
    two.release(taken(two))
    new = taken(one)
    assert three.take(KEY) is None
    assert one.refresh(new)


def test_of_two_that_find_the_same_claim_dead_one_has_it(watcher: Watcher, now: Now) -> None:
    one, two, three = watcher("one"), watcher("two"), watcher("three")
    taken(one)
    for each in (two, three):
        assert each.take(KEY) is None
    now.seconds += LEASE_S
    assert [each.take(KEY) is not None for each in (two, three)] == [True, False]


def test_the_heir_of_a_dead_watcher_can_die_too(watcher: Watcher, now: Now) -> None:
    taken(watcher("first"))
    claims: list[tuple[Claims, Claim]] = []
    for number in range(5):
        heir = watcher(f"heir {number}")
        assert heir.take(KEY) is None
        now.seconds += LEASE_S
        claims.append((heir, taken(heir)))
    heir, claim = claims[-1]
    heir.release(claim)
    assert list(claim.path.parent.iterdir()) == []


def test_the_claim_of_a_process_that_is_gone_comes_free_at_once(
    tmp_path: Path, now: Now
) -> None:
    here = this_process()
    dead = replace(here, pid=2**22 + 1)
    reused = replace(here, started=(here.started or 0) + 1)
    for number, owner in enumerate([dead, reused]):
        folder = tmp_path / str(number)
        taken(Claims(folder, clock=now, owner=owner))
        assert Claims(folder, clock=now).take(KEY) is not None


def test_the_claim_of_a_process_that_lives_stays(tmp_path: Path, now: Now) -> None:
    parent = replace(this_process(), pid=os.getppid(), started=started_of(os.getppid()))
    taken(Claims(tmp_path, clock=now, owner=parent))
    assert Claims(tmp_path, clock=now).take(KEY) is None


def started_of(pid: int) -> int:
    text = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8")
    return int(text.rpartition(")")[2].split()[19])


def test_a_claim_of_our_own_that_we_know_nothing_of_is_nobodys(
    tmp_path: Path, now: Now
) -> None:
    taken(Claims(tmp_path, clock=now))  # as one whose file could not be removed
    assert Claims(tmp_path, clock=now).take(KEY) is not None


def test_a_claim_that_is_very_old_is_free_for_who_looks_but_once(
    watcher: Watcher,
) -> None:
    claim = taken(watcher("one"))
    old_s = claim.path.stat().st_mtime - LONG_S - 60
    os.utime(claim.path, (old_s, old_s))
    assert watcher("two").take(KEY) is not None


@pytest.mark.parametrize("text", ["", "{", "[]", '{"token": "../../x", "owner": {}}'])
def test_what_is_no_claim_of_ours_comes_free_by_its_age(
    watcher: Watcher, now: Now, text: str
) -> None:
    one, two = watcher("one"), watcher("two")
    path = taken(one).path
    path.write_text(text, encoding="utf-8")
    assert two.take(KEY) is None
    now.seconds += LEASE_S
    assert two.take(KEY) is not None
    assert set(path.parent.iterdir()) >= {path}


def test_a_token_that_leads_elsewhere_is_no_token(watcher: Watcher, now: Now) -> None:
    path = taken(watcher("one")).path
    said = json.loads(path.read_bytes())
    path.write_text(json.dumps({**said, "token": "/../../evil"}), encoding="utf-8")
    two = watcher("two")
    assert two.take(KEY) is None
    now.seconds += LEASE_S
    assert taken(two).path.parent == path.parent


def test_while_the_disk_is_away_a_claim_counts_as_ours(watcher: Watcher) -> None:
    one = watcher("one")
    claim = taken(one)
    away = claim.path.parent.rename(claim.path.parent.with_name("away"))
    assert one.refresh(claim)
    away.rename(claim.path.parent)
    assert one.refresh(claim)


def test_a_disk_that_fails_tells_nobody_that_a_claim_is_lost(watcher: Watcher) -> None:
    one = watcher("one")
    claim = taken(one)
    shutil.rmtree(claim.path.parent)
    claim.path.parent.touch()
    assert one.refresh(claim)
    one.release(claim)
    assert not one.refresh(claim)


def test_where_nothing_can_be_written_nothing_can_be_claimed(watcher: Watcher) -> None:
    one = watcher("one")
    one.release(taken(one))
    one._folder.rmdir()
    one._folder.touch()
    with pytest.raises(OutputError):
        one.take(KEY)


class Many(RuleBasedStateMachine):
    """Four watchers that take, speak, release, stall and die, in any order.

    Who took or spoke less than a lease ago has what it believes to have, and nobody else does.
    """

    who = st.sampled_from(range(4))
    what = st.sampled_from(["x", "y"])

    def __init__(self) -> None:
        super().__init__()
        self.now = Now()
        self.folder = Path(os.environ["HOME"]) / f"claims-{id(self)}"
        self.owners = [elsewhere(f"host {n}") for n in range(4)]
        self.watchers = [self._new(n) for n in range(4)]
        self.held: dict[tuple[int, str], tuple[Claim, float]] = {}
        self.turns = 0

    def _new(self, n: int) -> Claims:
        return Claims(self.folder, clock=self.now, owner=self.owners[n], lease_s=LEASE_S)

    @rule(n=who, key=what)
    def take(self, n: int, key: str) -> None:
        if claim := self.watchers[n].take(key):
            self._spoke(n, claim)

    def _spoke(self, n: int, claim: Claim) -> None:
        self.turns += 1
        stamp(claim, self.turns)
        self.held[n, claim.key] = (claim, self.now.seconds)

    @rule(n=who, key=what)
    def speak(self, n: int, key: str) -> None:
        claim, _ = self.held.pop((n, key), (None, 0.0))
        if claim and self.watchers[n].refresh(claim):
            self._spoke(n, claim)

    @rule(n=who, key=what)
    def release(self, n: int, key: str) -> None:
        claim, _ = self.held.pop((n, key), (None, 0.0))
        if claim:
            self.watchers[n].release(claim)

    @rule(part=st.sampled_from([0.3, 0.6, 1.0]))
    def wait(self, part: float) -> None:
        self.now.seconds += part * LEASE_S

    @rule(n=who)
    def die(self, n: int) -> None:
        self.owners[n] = elsewhere(f"{self.owners[n].host}'")
        self.watchers[n] = self._new(n)
        self.held = {which: held for which, held in self.held.items() if which[0] != n}

    @invariant()
    def who_spoke_lately_has_it_alone(self) -> None:
        for key in ("x", "y"):
            alive = [
                self.watchers[n].holder(key) == self.owners[n]
                for (n, held), (_, spoke_s) in self.held.items()
                if held == key and self.now.seconds - spoke_s < LEASE_S
            ]
            assert alive in ([], [True])

    def teardown(self) -> None:
        shutil.rmtree(self.folder, ignore_errors=True)


TestMany = Many.TestCase
TestMany.settings = settings(max_examples=30, stateful_step_count=40, deadline=None)


def shared(tmp_path: Path, *, songs: int) -> Path:
    for name in ("in", "done", "logs"):
        (tmp_path / name).mkdir()
    for number in range(songs):
        (tmp_path / "in" / f"{number}.mp3").touch()
    return tmp_path


def names_in(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def said(folder: Path, what: str, *, by: str = "*") -> list[str]:
    lines = [
        line
        for log in folder.glob(f"logs/{by}")
        for line in log.read_text(encoding="ascii").splitlines()
    ]
    return [line.partition(" ")[2] for line in lines if line.startswith(f"{what} ")]


def test_four_watchers_share_the_songs_and_one_that_dies_loses_none(
    tmp_path: Path, now: Now, watcher: Watcher
) -> None:
    folder = shared(tmp_path, songs=60)
    with ExitStack() as logs:
        workers = [
            Worker(
                folder,
                watcher(f"w{n}"),
                logs.enter_context((folder / "logs" / f"w{n}").open("w", encoding="ascii")),
            )
            for n in range(4)
        ]
        turns = cycle(range(4))
        while names := names_in(folder / "in"):
            n = next(turns)
            for name in names[:: n + 1]:
                if len(workers[n].held) < 5:
                    workers[n].begin(name)
            if n or len(said(folder, "ended", by="w0")) < 5:  # where the first one dies
                workers[n].end()
            now.seconds += LEASE_S / 8
    died = set(said(folder, "began", by="w0")) - set(said(folder, "ended", by="w0"))
    assert len(died) == 5
    assert sorted(said(folder, "ended")) == sorted(f"{n}.mp3" for n in range(60))
    assert len(said(folder, "began")) == 65


def test_a_claim_that_cannot_be_written_whole_is_not_left_half_made(
    watcher: Watcher, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = watcher("one")
    with monkeypatch.context() as full:
        full.setattr(os, "write", no_room)
        with pytest.raises(OutputError, match="the disk is full"):
            one.take(KEY)
    assert one.take(KEY) is not None


def no_room(handle: int, content: bytes) -> int:
    raise OSError(errno.ENOSPC, "no room")


def test_two_that_found_the_same_claim_dead_before_either_spoke_do_not_both_have_it(
    watcher: Watcher, now: Now
) -> None:
    one, two, three = watcher("one"), watcher("two"), watcher("three")
    lost = taken(one)
    assert two.take(KEY) is None
    now.seconds += LEASE_S
    dead = two._chain(KEY)[-1]
    heir = two._path(KEY, dead.token)
    assert one.refresh(lost)  # at the last moment
    stamp(lost, 1)
    assert two._make(KEY, heir, after=dead) is None
    assert not heir.exists()
    one.release(lost)
    taken(three)
    assert two._make(KEY, heir, after=dead) is None
    two._path(KEY, three._chain(KEY)[-1].token).touch()
    assert three.holder(KEY) is None
    assert two._make(KEY, two._path(KEY), after=None) is None


@pytest.mark.slow
@pytest.mark.timeout(180)
@pytest.mark.parametrize("world", ["", "elsewhere"], ids=["one machine", "many machines"])
def test_four_processes_share_5000_songs_while_one_is_killed(
    tmp_path: Path, world: str
) -> None:
    folder = shared(tmp_path, songs=5000)
    with ExitStack() as all_of_them:
        first, *others = [
            all_of_them.enter_context(process(folder, n, world=world and f"{world} {n}"))
            for n in range(4)
        ]
        assert first.stdout is not None
        assert first.stdout.readline() == "holding\n"
        first.kill()
        assert [each.wait() for each in others] == [0, 0, 0]
    every = sorted(f"{n}.mp3" for n in range(5000))
    assert names_in(folder / "done") == every
    assert sorted(said(folder, "ended")) == every  # none lost, none twice
    assert len(said(folder, "began")) == 5000 + AT_ONCE + len(said(folder, "lost"))
    assert world or not said(folder, "lost")


def process(folder: Path, n: int, *, world: str) -> subprocess.Popen[str]:
    stops_after, lease_s = (200 if n == 0 else 0), 5.0
    command = [
        "-m",
        "tests.sharing",
        str(folder),
        f"w{n}",
        world,
        str(lease_s),
        str(stops_after),
    ]
    return subprocess.Popen([sys.executable, *command], stdout=subprocess.PIPE, text=True)
