"""The loop of a hot folder in a world where time is a number."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from mvpipe.errors import Exit, JournalError, OutputError, UsageError
from mvpipe.journal.watched import Ledger, Stage
from mvpipe.model.canonical import Digest
from mvpipe.model.watch import Limits, Mode, WatchJob
from mvpipe.watch.around import JobFile
from mvpipe.watch.children import Child, Wanted
from mvpipe.watch.files import Phase
from mvpipe.watch.flow import Ended
from mvpipe.watch.model import Scan
from mvpipe.watch.watch import Watch
from tests.inboxes import (
    INBOX,
    JOB,
    FakeAfter,
    FakeChild,
    FakeInbox,
    FakeStarts,
    World,
    pass_time,
    watcher,
)

USUAL = WatchJob(INBOX, JOB, Path("/done"), Path("/failed"))


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture
def ledger(world: World) -> Iterator[Ledger]:
    ledger = Ledger.in_memory(now=world.clock)
    yield ledger
    ledger.close()


@pytest.fixture
def watch(world: World, ledger: Ledger) -> Watch:
    return watcher(world, ledger)


def heard(watch: Watch) -> list[str]:
    """Return what a watcher says from now on."""
    lines: list[str] = []
    around = replace(watch.around, tell=lines.append)
    for part in (watch, watch.finder, watch.works):
        part.around = around
    return lines


def stages(ledger: Ledger) -> list[Stage]:
    return [entry.stage for entry in ledger.entries()]


def test_a_song_is_rendered_and_taken_out(world: World, watch: Watch) -> None:
    world.write("a.mp3", song=1)
    said = heard(watch)
    pass_time(world, [watch], seconds=60)
    assert world.starts == ["a.mp3"]
    assert list(world.done) == ["a.mp3 0"]
    assert said == ["a.mp3: begun", "a.mp3: done: /out/a.mp3.mp4"]
    assert watch.idle


def test_what_is_no_song_is_never_looked_at(world: World, watch: Watch) -> None:
    for name in ("._a.mp3", "a.mp3.part", "letter.txt", "@eaDir/a.mp3"):
        world.write(name, song=1)
    pass_time(world, [watch], seconds=60)
    assert world.starts == []
    assert watch.files.by_name == {}


def test_a_name_that_cannot_be_worked_with_is_refused_aloud(world: World, watch: Watch) -> None:
    world.write("a\nb.mp3", song=1)
    said = heard(watch)
    pass_time(world, [watch], seconds=60)
    assert len(said) == 1
    assert "not taken" in said[0]
    assert watch.files.by_name["a\nb.mp3"].phase is Phase.RESTING


def test_the_same_song_under_two_names_is_rendered_once(world: World, watch: Watch) -> None:
    world.write("a.mp3", song=1)
    world.write("b.mp3", song=1)
    pass_time(world, [watch], seconds=120)
    assert len(world.starts) == 1
    assert len(world.done) == 2


def test_a_song_that_comes_again_is_put_away_and_not_rendered_again(
    world: World, watch: Watch
) -> None:
    for _ in range(2):
        world.write("a.mp3", song=1)
        pass_time(world, [watch], seconds=60)
    assert world.starts == ["a.mp3"]
    assert len(world.done) == 2


def test_a_changed_template_and_a_replaced_song_render_again(
    world: World, watch: Watch
) -> None:
    world.write("a.mp3", song=1)
    pass_time(world, [watch], seconds=60)
    world.template = "two"
    world.write("a.mp3", song=1)
    pass_time(world, [watch], seconds=60)
    world.write("a.mp3", song=2)
    pass_time(world, [watch], seconds=60)
    assert len(world.starts) == 3


def test_a_song_that_fails_is_put_away_and_tried_again_when_it_comes_back(
    world: World, watch: Watch, ledger: Ledger
) -> None:
    world.ending = Ended(Exit.FAILED, problem="it is damaged")
    world.write("a.mp3", song=1)
    pass_time(world, [watch], seconds=60)
    assert list(world.failed) == ["a.mp3 0"]
    assert stages(ledger) == [Stage.FAILED]
    world.ending = Ended(0)
    world.files["a.mp3"] = world.failed.pop("a.mp3 0")
    pass_time(world, [watch], seconds=60)
    assert stages(ledger) == [Stage.DONE]


def test_an_outage_is_waited_out(world: World, watch: Watch, ledger: Ledger) -> None:
    world.ending = Ended(Exit.UNREACHABLE)
    world.write("a.mp3", song=1)
    pass_time(world, [watch], seconds=470)
    assert stages(ledger) == [Stage.RETRY]
    assert len(world.starts) == 3  # after 60 s, and after 120 s more
    world.ending = Ended(0)
    pass_time(world, [watch], seconds=600)
    assert list(world.done) == ["a.mp3 0"]


def test_a_song_in_place_stays_and_is_not_looked_into_again(
    world: World, ledger: Ledger
) -> None:
    job = replace(USUAL, mode=Mode.IN_PLACE)
    world.write("a.mp3", song=1)
    pass_time(world, [watcher(world, ledger, job=job)], seconds=60)
    again = watcher(world, ledger, job=job)
    pass_time(world, [again], seconds=3)
    assert world.starts == ["a.mp3"]
    assert again.files.by_name["a.mp3"].phase is Phase.RESTING
    assert again.idle


def test_an_inbox_that_went_away_is_no_empty_one(world: World, watch: Watch) -> None:
    world.write("a.mp3", song=1)
    pass_time(world, [watch], seconds=10)
    said = heard(watch)
    world.mounted = False
    pass_time(world, [watch], seconds=60)
    assert watch.finder.paused
    world.mounted = True
    pass_time(world, [watch], seconds=120)
    assert list(world.done) == ["a.mp3 0"]
    assert "paused: '/in' is not mounted" in said
    assert "the inbox is back" in said


def test_limits_hold_songs_back_until_their_time_has_passed(
    world: World, ledger: Ledger
) -> None:
    job = replace(USUAL, limits=Limits(per_hour=1))
    watch = watcher(world, ledger, job=job)
    world.write("a.mp3", song=1)
    world.write("b.mp3", song=2)
    pass_time(world, [watch], seconds=600)
    assert len(world.starts) == 1
    assert watch.held == "1 songs were begun within an hour"
    pass_time(world, [watch], seconds=3600)
    assert len(world.starts) == 2


def test_nothing_is_begun_without_room_for_it(world: World, watch: Watch) -> None:
    world.full = "the disk is full"
    world.write("a.mp3", song=1)
    pass_time(world, [watch], seconds=60)
    assert (world.starts, watch.held) == ([], "the disk is full")
    world.full = ""
    pass_time(world, [watch], seconds=90)
    assert list(world.done) == ["a.mp3 0"]


def test_a_job_that_is_wrong_fails_three_songs_and_not_a_hundred(
    world: World, watch: Watch
) -> None:
    world.ending = Ended(Exit.SPEC, problem="reel.mvpipe.yaml:3:1: steps is missing")
    for number in range(100):
        world.write(f"{number}.mp3", song=number)
    pass_time(world, [watch], seconds=900)
    assert len(world.failed) == 3
    assert len(world.files) == 97
    world.ending, world.template = Ended(0), "put right"
    pass_time(world, [watch], seconds=4000)
    assert len(world.done) == 97


def test_a_song_that_takes_too_long_is_ended(world: World, ledger: Ledger) -> None:
    job = replace(USUAL, limits=Limits(time_s=5.0))
    watch = watcher(world, ledger, job=job)
    world.write("a.mp3", song=1)
    pass_time(world, [watch], seconds=300)
    assert list(world.failed) == ["a.mp3 0"]
    assert "takes longer than it may" in ledger.entries()[0].why


def test_two_songs_that_would_write_one_video_are_not_both_rendered(
    world: World, watch: Watch, ledger: Ledger
) -> None:
    ledger.owner(Path("/out/a.mp3.mp4"), name="other.mp3")
    world.write("a.mp3", song=1)
    pass_time(world, [watch], seconds=60)
    assert world.starts == []
    assert "is the video of 'other.mp3'" in ledger.entries()[0].why


def test_a_song_that_is_replaced_while_it_is_rendered_is_rendered_anew(
    world: World, watch: Watch
) -> None:
    world.write("a.mp3", song=1)
    pass_time(world, [watch], seconds=15)
    assert watch.works.at_work
    world.write("a.mp3", song=2)
    pass_time(world, [watch], seconds=90)
    assert [node.song for node in world.done.values()] == [2]


def test_a_song_that_goes_while_it_is_rendered_is_forgotten(world: World, watch: Watch) -> None:
    world.write("a.mp3", song=1)
    world.ending = Ended(Exit.FAILED, problem="No such file")
    pass_time(world, [watch], seconds=15)
    world.files.clear()
    pass_time(world, [watch], seconds=60)
    assert watch.files.by_name == {}
    assert world.failed == {}


def test_a_video_that_is_not_whole_does_not_count(world: World, ledger: Ledger) -> None:
    class Broken(FakeAfter):
        def fault_of(self, outputs: tuple[Path, ...]) -> str | None:
            return "'/out/a.mp4' is not whole"

    watch = watcher(world, ledger)
    around = replace(watch.around, after=Broken(world))
    watch.around = watch.works.around = around
    world.write("a.mp3", song=1)
    pass_time(world, [watch], seconds=300)
    assert list(world.failed) == ["a.mp3 0"]
    assert "is not whole" in ledger.entries()[0].why


def test_a_song_whose_way_out_is_barred_is_not_rendered_again(
    world: World, ledger: Ledger
) -> None:
    class Barred(FakeAfter):
        def done(self, name: str, entry: object, *, again: bool) -> None:
            raise OutputError("'/done/a.mp3' cannot be written: permission is denied")

    watch = watcher(world, ledger)
    usual = watch.around
    watch.around = watch.works.around = replace(usual, after=Barred(world))
    world.write("a.mp3", song=1)
    pass_time(world, [watch], seconds=120)
    assert watch.files.by_name["a.mp3"].phase is Phase.WAITING
    watch.around = watch.works.around = usual
    pass_time(world, [watch], seconds=60)
    assert (world.starts, list(world.done)) == (["a.mp3"], ["a.mp3 0"])


def test_a_watcher_that_ends_leaves_its_songs_for_the_next(
    world: World, watch: Watch, ledger: Ledger
) -> None:
    world.write("a.mp3", song=1)
    pass_time(world, [watch], seconds=15)
    watch.end(wait=lambda _: None)
    assert world.claims == {}
    assert stages(ledger) == [Stage.RETRY]
    pass_time(world, [watcher(world, ledger, who=2)], seconds=60)
    assert list(world.done) == ["a.mp3 0"]


def test_an_event_makes_the_next_turn_look(world: World, watch: Watch) -> None:
    pass_time(world, [watch], seconds=1)
    world.write("a.mp3", song=1)
    watch.wake()
    watch.turn()
    assert "a.mp3" in watch.files.by_name


def test_a_child_that_does_not_end_is_killed(world: World, ledger: Ledger) -> None:
    class Stubborn(FakeStarts):
        def render(self, wanted: Wanted) -> Child:
            child = super().render(wanted)
            assert isinstance(child, FakeChild)
            child.stubborn = True
            return child

    job = replace(USUAL, limits=Limits(time_s=5.0))
    watch = watcher(world, ledger, job=job)
    watch.around = watch.works.around = replace(watch.around, starts=Stubborn(world))
    world.write("a.mp3", song=1)
    pass_time(world, [watch], seconds=300)
    assert list(world.failed) == ["a.mp3 0"]
    world.write("b.mp3", song=2)
    pass_time(world, [watch], seconds=15)
    (work,) = watch.works.at_work

    def wait(seconds: float) -> None:
        world.now += seconds

    watch.end(wait=wait)
    assert isinstance(work.child, FakeChild)
    assert work.child.killed
    assert world.claims == {}


def test_a_song_that_another_watcher_took_over_is_left_to_it(
    world: World, watch: Watch
) -> None:
    world.write("a.mp3", song=1)
    pass_time(world, [watch], seconds=12)
    said = heard(watch)
    world.claims.clear()
    pass_time(world, [watch], seconds=11)
    assert "a.mp3: another watcher took it over" in said


def test_a_job_that_would_write_into_the_inbox_is_refused(world: World, ledger: Ledger) -> None:
    job = replace(USUAL, inbox=Path("/out"))
    watch = watcher(world, ledger, job=job)
    world.write("a.mp3", song=1)
    pass_time(world, [watch], seconds=60)
    assert "it would write '/out/a.mp3.mp4' into the inbox" in ledger.entries()[0].why


def test_a_disk_that_fills_up_before_the_render_keeps_the_song(
    world: World, ledger: Ledger
) -> None:
    class Narrow(FakeAfter):
        def room(self, outputs: tuple[Path, ...] = ()) -> str | None:
            return "the disk is full: '/out' has 1 MB left" if outputs else None

    watch = watcher(world, ledger)
    watch.around = watch.works.around = replace(watch.around, after=Narrow(world))
    world.write("a.mp3", song=1)
    pass_time(world, [watch], seconds=30)
    assert world.starts == []
    assert stages(ledger) == [Stage.RETRY]
    assert "the disk is full" in ledger.entries()[0].why


def test_a_ledger_that_fails_is_waited_for(world: World, watch: Watch, ledger: Ledger) -> None:
    class Failing:
        def __getattr__(self, name: str) -> object:
            raise JournalError("the journal 'songs.db' cannot be used: the disk is full")

    usual, said = watch.around, heard(watch)
    broken = replace(watch.around, ledger=Failing())  # type: ignore[arg-type]  # it fails at all
    watch.around = watch.finder.around = watch.works.around = broken
    world.write("a.mp3", song=1)
    pass_time(world, [watch], seconds=60)
    assert world.starts == []
    assert said.count("waiting: the journal 'songs.db' cannot be used: the disk is full") == 1
    watch.around = watch.finder.around = watch.works.around = usual
    pass_time(world, [watch], seconds=120)
    assert list(world.done) == ["a.mp3 0"]


def test_what_is_changed_from_outside_is_seen_to_at_once(world: World, tmp_path: Path) -> None:
    ledger = Ledger.open(tmp_path / "songs.db", now=world.clock)
    watch = watcher(world, ledger)
    world.ending = Ended(Exit.CREDITS)
    world.write("a.mp3", song=1)
    pass_time(world, [watch], seconds=60)
    world.ending = Ended(0)
    other = Ledger.open(tmp_path / "songs.db", now=world.clock)
    other.forget(other.entries()[0].song)
    other.close()
    pass_time(world, [watch], seconds=60)
    assert list(world.done) == ["a.mp3 0"]
    ledger.close()


def test_a_scan_that_was_not_whole_says_so_once(world: World, watch: Watch) -> None:
    class Partial(FakeInbox):
        def scan(self) -> Scan:
            return replace(super().scan(), complete=False, problems=("'/in/x' cannot be read",))

    said = heard(watch)
    watch.around = watch.finder.around = replace(watch.around, inbox=Partial(world))
    pass_time(world, [watch], seconds=30)
    assert said == ["'/in/x' cannot be read"]
    assert watch.finder.scanned_s is None
    assert not watch.idle


def test_a_job_file_that_cannot_be_read_is_waited_for(world: World, watch: Watch) -> None:
    class Jobless(FakeInbox):
        def job(self, name: str) -> JobFile:
            raise UsageError("'/jobs/reel.mvpipe.yaml' cannot be read: No such file")

    usual = watch.around
    broken = replace(usual, inbox=Jobless(world))
    watch.around = watch.finder.around = watch.works.around = broken
    world.write("a.mp3", song=1)
    pass_time(world, [watch], seconds=20)
    assert watch.files.by_name["a.mp3"].why.endswith("cannot be read: No such file")
    watch.around = watch.finder.around = watch.works.around = usual
    pass_time(world, [watch], seconds=120)
    assert list(world.done) == ["a.mp3 0"]


def test_twins_are_not_rendered_side_by_side(world: World, ledger: Ledger) -> None:
    watch = watcher(world, ledger, job=replace(USUAL, parallel=2))
    world.write("a.mp3", song=1)
    world.write("b.mp3", song=1)
    world.write("c.mp3", song=2)
    pass_time(world, [watch], seconds=15)
    assert len(watch.works.at_work) == 2
    pass_time(world, [watch], seconds=60)
    assert len(world.starts) == 2
    assert len(world.done) == 3


def test_two_watchers_share_the_songs_of_one_folder(world: World, ledger: Ledger) -> None:
    for number in range(4):
        world.write(f"{number}.mp3", song=number)
    both = [watcher(world, ledger, who=who) for who in (1, 2)]
    pass_time(world, both, seconds=16)
    assert [len(watch.works.at_work) for watch in both] == [1, 1]
    pass_time(world, both, seconds=200)
    assert sorted(world.starts) == ["0.mp3", "1.mp3", "2.mp3", "3.mp3"]
    assert len(world.done) == 4


def test_a_song_that_goes_while_it_is_read_is_not_begun(world: World, watch: Watch) -> None:
    class Slippery(FakeInbox):
        def digest(self, name: str) -> Digest:
            raise FileNotFoundError(name)

    watch.around = watch.finder.around = replace(watch.around, inbox=Slippery(world))
    world.write("a.mp3", song=1)
    pass_time(world, [watch], seconds=60)
    assert world.starts == []
