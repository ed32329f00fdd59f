"""What becomes of a song, decided: every exit code, every limit."""

from __future__ import annotations

import errno
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mvpipe.disk import output_errors
from mvpipe.errors import Exit, OutputError
from mvpipe.journal.watched import Entry, Song, Spent, Stage
from mvpipe.model.canonical import Digest
from mvpipe.model.watch import Limits, Mode
from mvpipe.watch.flow import (
    RULES,
    Breaker,
    Ended,
    Fate,
    Next,
    Outcome,
    backoff_s,
    fate,
    next_of,
    over,
)

SONG = Song(Digest("a"), Digest("b"))
FIRST = Entry(SONG, "song.mp3", Stage.BEGUN, attempts=1)

FATES = {
    Exit.DONE: (Outcome.DONE, 0.0),
    Exit.FAILED: (Outcome.FAILED, 0.0),
    Exit.USAGE: (Outcome.FAILED, 0.0),
    Exit.SPEC: (Outcome.FAILED, 0.0),
    Exit.TOKEN: (Outcome.FAILED, 0.0),
    Exit.CREDITS: (Outcome.RETRY, 3600.0),
    Exit.UNREACHABLE: (Outcome.RETRY, 60.0),
    Exit.NOTHING: (Outcome.FAILED, 0.0),
    Exit.UNKNOWN: (Outcome.RETRY, 120.0),
    Exit.LOCKED: (Outcome.RETRY, 30.0),
    Exit.BUG: (Outcome.RETRY, 60.0),
    Exit.INTERRUPTED: (Outcome.RETRY, 30.0),
    Exit.TERMINATED: (Outcome.RETRY, 30.0),
}


@pytest.mark.parametrize("code", list(Exit))
def test_every_exit_code_has_a_fate_the_first_time(code: Exit) -> None:
    decided = fate(Ended(code), before=FIRST)
    assert (decided.outcome, decided.wait_s) == FATES[code]


def test_every_fate_but_done_says_why() -> None:
    assert all(fate(Ended(code), before=FIRST).why for code in RULES)


@pytest.mark.parametrize(
    ("code", "times"), [(Exit.BUG, 2), (-11, 3), (-9, 3), (137, 3)], ids=str
)
def test_what_breaks_the_same_way_again_and_again_is_given_up(code: int, times: int) -> None:
    before = Entry(SONG, "song.mp3", Stage.BEGUN, attempts=9, code=code, repeats=times - 2)
    assert fate(Ended(code), before=before).outcome is Outcome.RETRY
    before = Entry(SONG, "song.mp3", Stage.BEGUN, attempts=9, code=code, repeats=times - 1)
    assert fate(Ended(code), before=before).outcome is Outcome.FAILED


def test_another_end_begins_the_count_anew() -> None:
    before = Entry(SONG, "song.mp3", Stage.BEGUN, attempts=9, code=-11, repeats=2)
    assert fate(Ended(-9), before=before).outcome is Outcome.RETRY


@pytest.mark.parametrize("code", [Exit.UNREACHABLE, Exit.UNKNOWN, Exit.CREDITS, Exit.LOCKED])
def test_an_outage_never_makes_a_song_fail(code: Exit) -> None:
    before = Entry(SONG, "song.mp3", Stage.BEGUN, attempts=999, code=code, repeats=999)
    assert fate(Ended(code), before=before) == Fate(Outcome.RETRY, RULES[code].why, 3600.0)


def test_a_song_that_takes_too_long_gets_one_more_chance() -> None:
    late = Ended(Exit.TERMINATED, late=True)
    assert fate(late, before=FIRST).outcome is Outcome.RETRY
    before = Entry(SONG, "song.mp3", Stage.BEGUN, 2, code=Exit.TERMINATED, repeats=1)
    assert fate(late, before=before).outcome is Outcome.FAILED


def test_a_song_that_the_watcher_ended_itself_goes_on_at_once() -> None:
    decided = fate(Ended(Exit.TERMINATED, asked=True), before=FIRST)
    assert (decided.outcome, decided.wait_s) == (Outcome.RETRY, 0.0)


@pytest.mark.parametrize(
    "problem", [errno.ENOSPC, errno.EDQUOT, errno.EIO, errno.ESTALE, errno.EROFS, errno.EBUSY]
)
def test_a_disk_in_trouble_is_no_fault_of_the_song(problem: int) -> None:
    with pytest.raises(OutputError) as told, output_errors(Path("out/song.mp4")):
        raise OSError(problem, "as the system says")
    decided = fate(Ended(Exit.FAILED, problem=str(told.value)), before=FIRST)
    assert (decided.outcome, decided.wait_s) == (Outcome.RETRY, 60.0)


def test_a_reason_holds_what_the_child_said_and_its_hint() -> None:
    ended = Ended(Exit.FAILED, problem="'a.mp3' is damaged", hint="export it again")
    why = "no video can be made of it: 'a.mp3' is damaged (export it again)"
    assert fate(ended, before=FIRST).why == why


@given(st.integers(1, 10_000), st.floats(1, 3600))
def test_waits_grow_to_an_hour_and_no_further(times: int, first_s: float) -> None:
    wait_s = backoff_s(times, first_s=first_s)
    assert first_s <= wait_s <= 3600.0
    assert wait_s <= backoff_s(times + 1, first_s=first_s)


def entry(stage: Stage, *, moved: bool = False, retry_s: float | None = None) -> Entry:
    return Entry(SONG, "song.mp3", stage, 1, moved=moved, retry_s=retry_s)


@pytest.mark.parametrize(
    ("known", "mode", "decided"),
    [
        (None, Mode.MOVE, Next.RENDER),
        (entry(Stage.BEGUN), Mode.MOVE, Next.RENDER),
        (entry(Stage.RETRY, retry_s=99.0), Mode.MOVE, Next.RENDER),
        (entry(Stage.RETRY, retry_s=101.0), Mode.MOVE, Next.WAIT),
        (entry(Stage.DONE), Mode.MOVE, Next.MOVE_DONE),
        (entry(Stage.DONE, moved=True), Mode.MOVE, Next.MOVE_DONE),
        (entry(Stage.DONE), Mode.IN_PLACE, Next.KEEP),
        (entry(Stage.FAILED), Mode.MOVE, Next.MOVE_FAILED),
        (entry(Stage.FAILED, moved=True), Mode.MOVE, Next.RENDER),
        (entry(Stage.FAILED), Mode.IN_PLACE, Next.KEEP),
    ],
)
def test_what_is_known_of_a_song_decides_what_happens_next(
    known: Entry | None, mode: Mode, decided: Next
) -> None:
    assert next_of(known, mode=mode, now_s=100.0) is decided


def test_limits_hold_at_their_number() -> None:
    limits = Limits(per_hour=2, per_day=5, credits_per_day=10)
    none, two, five = Spent(0, 0), Spent(2, 0), Spent(5, 0)
    assert over(limits, hour=none, day=none) is None
    assert over(limits, hour=two, day=two) == "2 songs were begun within an hour"
    assert over(limits, hour=none, day=five) == "5 songs were begun within a day"
    assert over(limits, hour=none, day=Spent(1, 4), price=6) is None
    told = over(limits, hour=none, day=Spent(1, 5), price=6)
    assert told == "it may cost 6 credits and 5 of today's 10 are left"
    assert over(Limits(), hour=five, day=five, price=99) is None


def test_a_job_that_is_wrong_stops_after_three_songs_and_one_that_changed_does_not() -> None:
    breaker = Breaker()
    for _ in range(3):
        assert not breaker.open("job")
        breaker = breaker.after("job", Ended(Exit.SPEC), "it is wrong")
    assert breaker.open("job")
    assert not breaker.open("job, put right")


def test_songs_that_are_junk_do_not_stop_a_job() -> None:
    breaker = Breaker()
    for code in (Exit.SPEC, Exit.SPEC, Exit.FAILED, Exit.SPEC):
        breaker = breaker.after("job", Ended(code), "")
    assert not breaker.open("job")
