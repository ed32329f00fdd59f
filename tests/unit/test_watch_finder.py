"""What becomes of files that are refused: they are never songs, until they change."""

from __future__ import annotations

import pytest

from mvpipe.journal.watched import Ledger
from mvpipe.watch.files import Phase
from mvpipe.watch.watch import Watch
from tests.inboxes import World, pass_time, watcher

PATIENCE_S = 1000.0


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture
def watch(world: World) -> Watch:
    return watcher(world, Ledger.in_memory(now=world.clock))


def phase(watch: Watch, name: str) -> Phase:
    return watch.files.by_name[name].phase


def test_a_copy_that_stopped_for_long_is_taken_when_it_is_whole(
    world: World, watch: Watch
) -> None:
    world.write("song.mp3", song=1, have=4)
    pass_time(world, [watch], seconds=PATIENCE_S)
    assert (phase(watch, "song.mp3"), world.starts) == (Phase.RESTING, [])
    world.files["song.mp3"].have = 9
    world.files["song.mp3"].changed_ns = world.tick()
    pass_time(world, [watch], seconds=PATIENCE_S)
    assert (world.starts, list(world.files)) == (["song.mp3"], [])


def test_a_part_is_no_song_because_others_are_tried_again(world: World, watch: Watch) -> None:
    world.write("song.mp3", song=1, have=4)
    pass_time(world, [watch], seconds=PATIENCE_S)
    watch.files.reconsider()
    pass_time(world, [watch], seconds=PATIENCE_S)
    assert (phase(watch, "song.mp3"), world.starts, world.faults) == (Phase.RESTING, [], [])


def test_a_refused_name_stays_refused_when_the_inbox_was_away(
    world: World, watch: Watch
) -> None:
    world.write("bad\nname.mp3", song=1)
    pass_time(world, [watch], seconds=60.0)
    world.mounted = False
    pass_time(world, [watch], seconds=60.0)
    world.mounted = True
    pass_time(world, [watch], seconds=PATIENCE_S)
    assert (phase(watch, "bad\nname.mp3"), world.starts) == (Phase.RESTING, [])


def test_a_file_that_was_held_open_for_long_is_taken_when_it_is_closed(
    world: World, watch: Watch
) -> None:
    world.write("song.mp3", song=1, tells=False, open=True)
    pass_time(world, [watch], seconds=PATIENCE_S)
    assert (watch.idle, world.starts) == (True, [])
    world.files["song.mp3"].open = False
    pass_time(world, [watch], seconds=PATIENCE_S)
    assert world.starts == ["song.mp3"]


def test_a_refused_file_is_refused_once(world: World, watch: Watch) -> None:
    world.write("song.mp3", song=1, have=4)
    pass_time(world, [watch], seconds=10 * PATIENCE_S)
    assert watch.finder.refused == 1
