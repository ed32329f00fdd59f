"""Whatever writers, disks and watchers do: every whole song is rendered once, no part ever."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    rule,
    run_state_machine_as_test,
)

from mvpipe.journal.watched import Ledger
from mvpipe.watch.watch import Watch
from tests.inboxes import World, pass_time, watcher

NAMES = st.sampled_from(["a.mp3", "b.mp3", "c.wav", "d.flac", "e.m4a"])
SONGS = st.integers(1, 6)
LONG_S = 3000.0


class HotFolder(RuleBasedStateMachine):
    """Two watchers of one folder in a world that does what it likes."""

    def __init__(self) -> None:
        super().__init__()
        self.world = World()
        self.ledger = Ledger.in_memory(now=self.world.clock)
        self.born = 0
        self.watchers: dict[int, Watch] = {}
        self.start()

    @rule(name=NAMES, song=SONGS, tells=st.booleans())
    def create(self, name: str, song: int, *, tells: bool) -> None:
        if self.world.mounted and name not in self.world.files:
            self.world.write(name, song=song, tells=tells)

    @rule(name=NAMES, song=SONGS, tells=st.booleans())
    def begin_to_write(self, name: str, song: int, *, tells: bool) -> None:
        if self.world.mounted and name not in self.world.files:
            self.world.write(name, song=song, have=1, tells=tells, open=True)

    @rule(name=NAMES, more=st.integers(1, 8))
    def write_more(self, name: str, more: int) -> None:
        node = self.world.seen().get(name)
        if node is not None and node.open:
            node.have = min(node.whole, node.have + more)
            node.changed_ns = self.world.tick()
            node.open = node.have < node.whole

    @rule(name=NAMES, to=NAMES)
    def rename(self, name: str, to: str) -> None:
        if name in self.world.seen() and to not in self.world.files:
            node = self.world.files.pop(name)
            node.changed_ns = self.world.tick()
            self.world.files[to] = node

    @rule(name=NAMES, song=SONGS)
    def replace(self, name: str, song: int) -> None:
        if name in self.world.seen():
            self.world.write(name, song=song)

    @rule(name=NAMES)
    def delete(self, name: str) -> None:
        if self.world.mounted:
            self.world.files.pop(name, None)

    @rule(name=NAMES)
    def touch(self, name: str) -> None:
        if (node := self.world.seen().get(name)) is not None:
            node.changed_ns = self.world.tick()

    @rule(in_scan=st.booleans())
    def vanish(self, *, in_scan: bool) -> None:
        if in_scan:
            self.world.vanishes_in_scan = True
        else:
            self.world.mounted = False

    @rule()
    def come_back(self) -> None:
        self.world.mounted = True

    @rule()
    def change_the_template(self) -> None:
        self.world.template += "'"

    @rule()
    def start(self) -> None:
        if len(self.watchers) < 2:
            self.born += 1
            self.watchers[self.born] = watcher(self.world, self.ledger, who=self.born)

    @rule(first=st.booleans())
    def kill(self, *, first: bool) -> None:
        if self.watchers:
            who = (min if first else max)(self.watchers)
            self.world.kills += 1
            self.world.dead.add(who)
            for work in self.watchers.pop(who).works.at_work:
                work.child.kill()

    @rule(first=st.booleans())
    def ask_to_end(self, *, first: bool) -> None:
        if self.watchers:
            who = (min if first else max)(self.watchers)
            self.watchers.pop(who).end(wait=lambda _: None)
            self.world.dead.add(who)

    @rule(seconds=st.sampled_from([0.3, 3.0, 12.0, 40.0, 200.0]))
    def wait(self, seconds: float) -> None:
        pass_time(self.world, list(self.watchers.values()), seconds=seconds)

    @invariant()
    def no_promise_is_broken(self) -> None:
        assert not self.world.faults

    def teardown(self) -> None:
        """In peace and quiet, everything that is whole comes to its end."""
        self.world.mounted, self.world.vanishes_in_scan = True, False
        if not self.watchers:
            self.start()
        for node in self.world.files.values():
            node.have, node.open, node.changed_ns = node.whole, False, self.world.tick()
        waiting = {node.content for node in self.world.files.values()}
        pass_time(self.world, list(self.watchers.values()), seconds=LONG_S)
        assert not self.world.faults
        assert not self.world.files
        assert not self.world.failed
        assert waiting <= {content for content, _ in self.world.rendered}
        self.ledger.close()


def _settings(examples: int) -> settings:
    return settings(
        max_examples=examples,
        stateful_step_count=50,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )


def test_a_few_lives_of_a_hot_folder() -> None:
    run_state_machine_as_test(HotFolder, settings=_settings(15))


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_three_hundred_lives_of_a_hot_folder() -> None:
    run_state_machine_as_test(HotFolder, settings=_settings(300))
