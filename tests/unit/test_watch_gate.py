from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mvpipe.watch.gate import CACHED_S, Rules, Watched, step
from mvpipe.watch.model import Completeness, Contents, Decision, Look, Unseen, Verdict
from tests.watch_writers import WRITERS, Disk, Moment, Watch, Writer, done_s, verdicts
from tests.whole_songs import FORMATS, whole_song

RULES = Rules()
DISKS = [Disk(leases=a, change_times=b) for a, b in itertools.product((True, False), repeat=2)]
WATCHES = {
    "events": [Watch(None, events=True)],
    "polling": [Watch(2.0, events=False), Watch(5.0, events=False), Watch(31.0, events=False)],
    "both": [Watch(2.0, events=True), Watch(60.0, events=True)],
}
ALL_THERE = Contents(Completeness.COMPLETE)
A_PART = Contents(Completeness.INCOMPLETE, "its end is missing")
NO_TELLING = Contents(Completeness.UNKNOWN, "nothing says how long it should be")


def ready_s(
    writer: Writer, song: bytes, *, disk: Disk, watch: Watch, rules: Rules = RULES
) -> float:
    """Return when the gate lets the file through."""
    last = Verdict(Decision.WAIT), 0.0
    for now_s, verdict in verdicts(writer, song, disk=disk, watch=watch, rules=rules):
        last = verdict, now_s
    assert last[0].decision is Decision.READY, last
    return last[1]


@pytest.mark.parametrize("how", WATCHES)
@pytest.mark.parametrize("kind", FORMATS)
def test_no_writer_is_ever_overtaken_and_none_waits_for_long(kind: str, how: str) -> None:
    song = whole_song(kind)
    for (name, writes), disk, watch in itertools.product(WRITERS.items(), DISKS, WATCHES[how]):
        writer = writes(len(song))
        after_s = ready_s(writer, song, disk=disk, watch=watch) - done_s(writer)
        assert after_s >= 0, (name, disk, watch)
        assert after_s <= 60 + 5 * (watch.every_s or 0), (name, disk, watch)


@pytest.mark.parametrize(
    "name", ["a stall of 8 s in the middle", "open, write, close, three times"]
)
def test_a_gate_that_believes_every_file_whole_is_overtaken(name: str) -> None:
    """What the writers above are worth: the file's sizes and times alone do not stop this."""
    writer = WRITERS[name](100_000)
    state, verdict, now_s = Watched(), Verdict(Decision.WAIT), 0.0
    while verdict.decision is Decision.WAIT:
        now_s += 2.0
        moment = [moment for moment in writer if moment.at_s <= now_s][-1]
        state, verdict = step(
            state, look(moment.size, mtime=moment.mtime), now_s, Rules(settle_s=2.0)
        )
    assert now_s < done_s(writer)


@given(
    kind=st.sampled_from(["mp3", "wav", "flac", "m4a", "m4a, index first", "opus", "webm"]),
    pauses=st.lists(st.floats(0.1, 200.0), min_size=1, max_size=8),
    cuts=st.data(),
    every_s=st.floats(0.5, 40.0),
    disk=st.sampled_from(DISKS),
)
def test_a_file_that_can_tell_is_waited_for_however_long_its_writer_pauses(
    kind: str, pauses: list[float], cuts: st.DataObject, every_s: float, disk: Disk
) -> None:
    song = whole_song(kind)
    times = list(itertools.accumulate([0.0, *pauses]))
    sizes = cuts.draw(
        st.lists(st.integers(0, len(song) - 1), min_size=len(pauses), max_size=len(pauses))
    )
    writer = tuple(
        Moment(at_s, size, size, i, i, opened=False)
        for i, (at_s, size) in enumerate(zip(times, [*sorted(sizes), len(song)], strict=True))
    )
    watch = Watch(every_s, events=False)
    assert ready_s(writer, song, disk=disk, watch=watch) >= done_s(writer)


def look(
    size: int = 9,
    *,
    mtime: int = 1,
    inode: int = 1,
    links: int = 1,
    written: bool | None = None,
    contents: Contents | None = ALL_THERE,
    seen: str = "a",
) -> Look:
    inside = None if contents is None else seen
    return Look(
        size, mtime, inode, 1, links=links, written=written, contents=contents, seen=inside
    )


def told(*looks: tuple[float, Look | Unseen], rules: Rules = RULES) -> Verdict:
    """Return what the gate says after looks at the given seconds."""
    state, verdict = Watched(), Verdict(Decision.WAIT)
    for now_s, one in looks:
        state, verdict = step(state, one, now_s, rules)
    return verdict


def test_a_file_that_was_there_before_the_watcher_waits_as_any_other() -> None:
    assert told((100.0, look())).decision is Decision.WAIT
    assert told((100.0, look()), (102.5, look())).decision is Decision.WAIT
    assert told((100.0, look()), (102.5, look()), (105.0, look())).decision is Decision.READY


def test_one_look_is_never_enough_however_late_the_next_one_is() -> None:
    verdict = told((0.0, look(contents=None)), (900.0, look()))
    assert (verdict.decision, verdict.until_s) == (Decision.WAIT, 902.5)


def test_a_file_that_nobody_looked_into_waits_to_be_looked_into() -> None:
    late = (0.0, look(contents=None)), (60.0, look(contents=None))
    assert told(*late).decision is Decision.WAIT


def test_looking_when_told_to_leads_to_the_end_of_the_wait() -> None:
    state, now_s, looks = Watched(), 1e9 / 3, 0
    verdict = Verdict(Decision.WAIT)
    while verdict.decision is Decision.WAIT:
        state, verdict = step(state, look(contents=NO_TELLING), now_s, RULES)
        now_s, looks = verdict.until_s, looks + 1
    assert looks < 12


def test_a_format_that_cannot_tell_has_to_be_quiet_for_longer() -> None:
    quiet = [(at_s, look(contents=NO_TELLING)) for at_s in (0.0, 10.0, 20.0, 29.0)]
    assert told(*quiet).decision is Decision.WAIT
    assert told(*quiet, (30.0, look(contents=NO_TELLING))).decision is Decision.READY


def test_bytes_that_change_behind_an_old_size_and_time_are_a_change() -> None:
    filled = [(float(at_s), look(contents=NO_TELLING, seen=str(at_s))) for at_s in range(200)]
    assert told(*filled).decision is Decision.WAIT


def test_a_writer_that_paused_for_long_is_given_as_long_again_and_more() -> None:
    paused = (0.0, look(1)), (20.0, look(2))
    assert told(*paused, (23.0, look(2)), (79.0, look(2))).decision is Decision.WAIT
    assert told(*paused, (23.0, look(2)), (80.0, look(2))).decision is Decision.READY


def test_a_file_that_came_again_after_a_day_does_not_wait_for_days() -> None:
    again = (0.0, look(1)), (86_400.0, look(2)), (86_700.0, look(2)), (87_000.0, look(2))
    assert told(*again).decision is Decision.READY


def test_a_network_disk_that_answers_from_memory_is_given_time_to_forget() -> None:
    slow = Rules(cached_s=CACHED_S)
    quiet = [(at_s, look()) for at_s in (0.0, 30.0, 64.0)]
    assert told(*quiet, rules=slow).decision is Decision.WAIT
    assert told(*quiet, (65.0, look()), rules=slow).decision is Decision.READY


def test_another_file_under_the_same_name_begins_again() -> None:
    swapped = (0.0, look(1)), (20.0, look(2)), (25.0, look(inode=2))
    assert told(*swapped).decision is Decision.WAIT
    assert told(*swapped, (27.5, look(inode=2)), (30.0, look(inode=2))).decision is (
        Decision.READY
    )


def test_a_file_that_somebody_holds_open_for_writing_waits_until_it_is_closed() -> None:
    held = [(at_s * 100.0, look(at_s, written=True)) for at_s in range(100)]
    verdict = told(*held)
    assert (verdict.decision, "open for writing" in verdict.why) == (Decision.WAIT, True)
    idle = (0.0, look(written=True)), (100.0, look(written=True))
    closed = *idle, (102.0, look()), (104.0, look())
    assert told(*closed).decision is Decision.WAIT
    assert told(*closed, (105.0, look())).decision is Decision.READY


def test_a_file_that_is_held_open_for_nothing_is_given_up_when_patience_ends() -> None:
    held = (0.0, look(written=True)), (899.0, look(written=True))
    assert told(*held).decision is Decision.WAIT
    verdict = told(*held, (900.0, look(written=True)))
    assert (verdict.decision, "open for writing" in verdict.why) == (Decision.REFUSED, True)


def test_a_part_of_a_song_is_refused_with_its_reason_when_patience_ends() -> None:
    part = look(contents=A_PART)
    waiting = (0.0, part), (899.0, part)
    assert told(*waiting) == Verdict(Decision.WAIT, A_PART.why, 900.0)
    verdict = told(*waiting, (900.0, part))
    assert verdict.decision is Decision.REFUSED
    assert verdict.why.endswith(": its end is missing")


def test_a_part_that_grows_is_never_refused() -> None:
    growing = [(at_s * 800.0, look(at_s, contents=A_PART)) for at_s in range(50)]
    assert told(*growing).decision is Decision.WAIT


def test_a_song_with_two_names_is_refused() -> None:
    verdict = told((0.0, look(links=2)), (3.0, look(links=2)), (6.0, look(links=2)))
    assert (verdict.decision, "2 names" in verdict.why) == (Decision.REFUSED, True)


def test_what_can_never_be_a_song_is_refused_at_once() -> None:
    assert told((0.0, Unseen("it is a pipe, not a file", for_good=True))) == Verdict(
        Decision.REFUSED, "it is a pipe, not a file", 0.0
    )


def test_a_file_that_cannot_be_read_yet_is_waited_for_and_then_refused() -> None:
    locked = Unseen("it cannot be read: permission denied")
    assert told((0.0, look()), (1.0, locked)) == Verdict(Decision.WAIT, locked.why, 6.0)
    assert told((0.0, locked), (899.0, locked)).decision is Decision.WAIT
    assert told((0.0, locked), (450.0, locked), (900.0, locked)).decision is Decision.REFUSED
    assert told((0.0, locked), (5.0, look()), (8.0, look())).decision is Decision.WAIT
