"""The ledger of a hot folder, on a real disk."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from mvpipe.errors import JournalError
from mvpipe.journal.watched import Entry, Ledger, Song, Spent, Stage
from mvpipe.model.canonical import Digest

A, B = Song(Digest("a"), Digest("job")), Song(Digest("b"), Digest("job"))
LOOKS = (10, 2**63 + 5, 3, 4, 5)


class Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def ledger(tmp_path: Path, clock: Clock) -> Iterator[Ledger]:
    ledger = Ledger.open(tmp_path / "state" / "songs.db", now=clock)
    yield ledger
    ledger.close()


def test_what_was_noted_is_there_for_the_next_one(ledger: Ledger, tmp_path: Path) -> None:
    entry = ledger.begin(A, name="caf\udce9.mp3")
    done = replace(
        entry, stage=Stage.DONE, outputs=(Path("/out/\udce9.mp4"),), credits=3, ended_s=1010.0
    )
    ledger.end(done)
    ledger.close()
    again = Ledger.open(tmp_path / "state" / "songs.db", now=Clock())
    assert again.known(A) == done
    assert again.named("caf\udce9.mp3") == (done,)
    assert again.entries() == (done,)
    again.close()


def test_a_look_makes_no_file(tmp_path: Path, clock: Clock) -> None:
    ledger = Ledger.open(tmp_path / "none" / "songs.db", now=clock, writable=False)
    assert ledger.entries() == ()
    ledger.close()
    assert list(tmp_path.iterdir()) == []


def test_attempts_are_counted_and_what_was_known_of_them_stays(ledger: Ledger) -> None:
    first = ledger.begin(A, name="a.mp3")
    ledger.end(replace(first, stage=Stage.RETRY, code=6, repeats=2, retry_s=5.0))
    second = ledger.begin(A, name="a.mp3")
    assert (second.attempts, second.code, second.repeats) == (2, 6, 2)
    assert second.stage is Stage.BEGUN


def test_a_song_that_is_forgotten_is_new_but_what_it_cost_is_not(ledger: Ledger) -> None:
    ledger.end(replace(ledger.begin(A, name="a.mp3"), stage=Stage.DONE, credits=7))
    ledger.forget(A)
    assert ledger.known(A) is None
    assert ledger.spent(since_s=0.0) == Spent(1, 7)


def test_songs_within_a_time_are_counted_once_however_often_begun(
    ledger: Ledger, clock: Clock
) -> None:
    ledger.end(replace(ledger.begin(A, name="a.mp3"), credits=5))
    clock.now = 5000.0
    ledger.end(replace(ledger.begin(A, name="a.mp3"), credits=1))
    ledger.begin(B, name="b.mp3")
    assert ledger.spent(since_s=0.0) == Spent(2, 5)  # and is paid once
    assert ledger.spent(since_s=4000.0) == Spent(2, 1)


def test_a_video_belongs_to_the_first_song_that_asks(ledger: Ledger) -> None:
    assert ledger.owner(Path("/out/a.mp4"), name="a.mp3") == "a.mp3"
    assert ledger.owner(Path("/out/a.mp4"), name="a.wav") == "a.mp3"
    assert ledger.owner(Path("/out/a.mp4"), name="a.mp3") == "a.mp3"


def test_a_digest_is_remembered_while_a_file_looks_the_same(ledger: Ledger) -> None:
    ledger.remember("a.mp3", LOOKS, Digest("a"))
    assert ledger.remembered("a.mp3", LOOKS) == "a"
    assert ledger.remembered("a.mp3", (11, *LOOKS[1:])) is None
    assert ledger.remembered("b.mp3", LOOKS) is None


def test_what_another_process_changes_is_noticed_and_our_own_is_not(
    ledger: Ledger, tmp_path: Path
) -> None:
    assert not ledger.changed()
    ledger.begin(A, name="a.mp3")
    assert not ledger.changed()
    other = Ledger.open(tmp_path / "state" / "songs.db", now=Clock())
    other.forget(A)
    other.close()
    assert ledger.changed()
    assert not ledger.changed()


def test_a_change_that_fails_changes_nothing(ledger: Ledger) -> None:
    entry = ledger.begin(A, name="a.mp3")
    with pytest.raises(TypeError):
        ledger.end(replace(entry, outputs=(7,)))  # type: ignore[arg-type]  # to make it fail
    assert ledger.known(A) == entry


def test_a_file_that_is_no_ledger_is_refused(tmp_path: Path, clock: Clock) -> None:
    (tmp_path / "songs.db").write_bytes(b"a letter, not a database" * 100)
    with pytest.raises(JournalError, match="is damaged"):
        Ledger.open(tmp_path / "songs.db", now=clock)


def test_entries_are_equal_to_themselves(ledger: Ledger) -> None:
    entry: Entry = ledger.begin(B, name="b.mp3")
    assert ledger.known(B) == entry
