from __future__ import annotations

import os
from pathlib import Path

import pytest

from mvpipe.watch.scan import Scanner
from mvpipe.watch.sweep import EVERY_S, Sweep, real_mark

LONG_S = 10.0


class Clock:
    """A clock that moves when it is told, and a little whenever it is asked."""

    def __init__(self) -> None:
        self.now_s = 0.0

    def __call__(self) -> float:
        self.now_s += 0.001
        return self.now_s


@pytest.fixture
def inbox(tmp_path: Path) -> Path:
    for name in ("one.mp3", "album/two.mp3", "album/three.txt"):
        (tmp_path / "in" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "in" / name).write_text("old", encoding="ascii")
    return tmp_path / "in"


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def look(inbox: Path, clock: Clock) -> Scanner:
    scanner = Scanner(inbox, clock=clock)
    scanner.scan()
    return scanner


def sweep_of(inbox: Path, clock: Clock) -> Sweep:
    return Sweep(inbox, clock=clock, wanted=lambda name: name.endswith(".mp3"))


def test_a_song_that_was_replaced_under_its_name_is_found_an_hour_later(
    inbox: Path, clock: Clock, look: Scanner
) -> None:
    sweep = sweep_of(inbox, clock)
    assert sweep.step(look.tree, budget_s=LONG_S) == ()
    (inbox / "album/two.mp3").write_text("new and longer", encoding="ascii")
    (inbox / "album/three.txt").write_text("new and longer", encoding="ascii")
    assert sweep.step(look.tree, budget_s=LONG_S) == ()
    clock.now_s += EVERY_S
    assert sweep.step(look.tree, budget_s=LONG_S) == ("album/two.mp3",)
    clock.now_s += EVERY_S
    assert sweep.step(look.tree, budget_s=LONG_S) == ()


def test_a_file_with_the_size_and_time_of_the_old_one_is_another_one_all_the_same(
    inbox: Path, clock: Clock, look: Scanner
) -> None:
    sweep, song = sweep_of(inbox, clock), inbox / "one.mp3"
    sweep.step(look.tree, budget_s=LONG_S)
    times = song.stat()
    (inbox / "beside").write_text("NEW", encoding="ascii")
    os.utime(inbox / "beside", ns=(times.st_atime_ns, times.st_mtime_ns))
    (inbox / "beside").replace(song)
    clock.now_s += EVERY_S
    assert sweep.step(look.tree, budget_s=LONG_S) == ("one.mp3",)


def test_a_sweep_stops_when_its_time_is_up_and_goes_on_the_next_time(
    inbox: Path, clock: Clock, look: Scanner
) -> None:
    sweep = sweep_of(inbox, clock)
    sweep.step(look.tree, budget_s=LONG_S)
    for name in ("one.mp3", "album/two.mp3"):
        (inbox / name).write_text("new and longer", encoding="ascii")
    clock.now_s += EVERY_S
    steps = [sweep.step(look.tree, budget_s=0.0) for _ in range(6)]
    assert sorted(name for step in steps for name in step) == ["album/two.mp3", "one.mp3"]
    assert max(map(len, steps)) == 1


def test_new_files_and_files_that_are_gone_are_not_the_sweeps_to_tell(
    inbox: Path, clock: Clock, look: Scanner
) -> None:
    sweep = sweep_of(inbox, clock)
    sweep.step(look.tree, budget_s=LONG_S)
    (inbox / "one.mp3").unlink()
    (inbox / "four.mp3").touch()
    clock.now_s += EVERY_S
    assert sweep.step(look.tree, budget_s=LONG_S) == ()
    look.scan()
    clock.now_s += EVERY_S
    assert sweep.step(look.tree, budget_s=LONG_S) == ()


def test_a_file_that_became_a_folder_is_not_what_it_was(inbox: Path) -> None:
    before = real_mark(str(inbox / "one.mp3"))
    (inbox / "one.mp3").unlink()
    (inbox / "one.mp3").mkdir()
    assert real_mark(str(inbox / "one.mp3")) not in (before, -1)
