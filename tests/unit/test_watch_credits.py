"""What songs may cost in a day counts, though no render says what it cost."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from mvpipe.errors import Exit
from mvpipe.journal.watched import Ledger, Song
from mvpipe.model.canonical import Digest
from mvpipe.model.watch import Limits, WatchJob
from mvpipe.watch.children import Child, Planned, Wanted
from mvpipe.watch.flow import Ended
from tests.inboxes import INBOX, JOB, FakeStarts, World, pass_time, watcher

PRICE = 40


class Dear:
    """A child that plans something dear, and else is the child it stands for."""

    def __init__(self, child: Child) -> None:
        self._child = child
        self.poll, self.done = child.poll, child.done
        self.stop, self.kill, self.close = child.stop, child.kill, child.close

    def planned(self) -> Planned | None:
        planned = self._child.planned()
        return planned and replace(planned, credits=PRICE, cloud=True)


class DearStarts(FakeStarts):
    """Children whose plans are dear."""

    def plan(self, wanted: Wanted) -> Child:
        return Dear(super().plan(wanted))


def rendered(world: World, ledger: Ledger, *, most: int) -> list[str]:
    """Return what is rendered within a while if so many credits a day may be spent."""
    limits = Limits(credits_per_day=most)
    job = WatchJob(INBOX, JOB, Path("/done"), Path("/failed"), limits=limits)
    watch = watcher(world, ledger, job=job)
    watch.around = replace(watch.around, starts=DearStarts(world))
    watch.works.around = watch.around
    pass_time(world, [watch], seconds=4000.0)
    return world.starts


def test_no_more_songs_are_begun_than_credits_allow() -> None:
    world = World()
    for number in range(5):
        world.write(f"{number}.mp3", song=number)
    ledger = Ledger.in_memory(now=world.clock)
    assert len(rendered(world, ledger, most=100)) == 2
    assert ledger.spent(since_s=0.0).credits == 2 * PRICE


def test_a_song_that_is_tried_again_is_paid_once() -> None:
    world = World(ending=Ended(Exit.UNREACHABLE, problem="no answer"))
    world.write("a.mp3", song=1)
    ledger = Ledger.in_memory(now=world.clock)
    assert len(rendered(world, ledger, most=60)) > 3
    assert ledger.spent(since_s=0.0).credits == PRICE


def test_what_is_spent_is_what_each_song_may_cost_at_most() -> None:
    ledger = Ledger.in_memory(now=lambda: 100.0)
    for content, credit in (("a", 5), ("a", 7), ("b", 2)):
        song = Song(Digest(content), Digest("job"))
        ledger.end(replace(ledger.begin(song, name="x.mp3"), credits=credit))
    spent = ledger.spent(since_s=0.0)
    assert (spent.songs, spent.credits) == (2, 9)
