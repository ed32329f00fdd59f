from __future__ import annotations

import os
import sqlite3
import stat
from dataclasses import replace
from pathlib import Path

import pytest

from mvpipe.errors import Exit, JournalError
from mvpipe.journal import guard, store, tables
from mvpipe.journal.records import FileFacts, JobId, Outcome, Record, RunRecord, Stage
from mvpipe.journal.store import Journal
from mvpipe.model.canonical import digest_of_text
from tests.fakes import FakeClock
from tests.journals import JOB, done, intent, opened

OTHER = JobId("/music/\udcff.mvpipe.yaml#loud")
"""A job in a file whose name is no text."""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "state" / "journal.db"


def only(journal: Journal) -> Record:
    (record,) = journal.records([JOB])[JOB]
    return record


def test_an_attempt_is_known_from_its_intent_to_its_end(path: Path) -> None:
    clock = FakeClock(1000.0)
    with Journal.open(path, now=clock) as journal:
        journal.intend(intent())
        intended = Record(intent(), Outcome(Stage.INTENDED), intended_s=1000.0)
        assert only(journal) == intended
        journal.accept(intent())
        assert only(journal).stage is Stage.ACCEPTED
        clock.sleep(60)
        journal.end(intent(), done(cost=7))
    with opened(path) as again:
        assert only(again) == replace(intended, outcome=done(cost=7), ended_s=1060.0)


def test_saying_the_same_again_changes_nothing(path: Path) -> None:
    clock = FakeClock(1000.0)
    with Journal.open(path, now=clock) as journal:
        journal.intend(intent())
        journal.accept(intent())
        journal.accept(intent())
        journal.end(intent(), done())
        known = only(journal)
        clock.sleep(60)
        journal.end(intent(), done())
        journal.accept(intent())
        assert only(journal) == known


def test_what_is_unknown_may_turn_out_to_be_accepted_or_to_have_ended(path: Path) -> None:
    with opened(path) as journal:
        journal.intend(intent())
        journal.end(intent(), Outcome(Stage.UNKNOWN, "no answer"))
        journal.accept(intent())
        assert (only(journal).stage, only(journal).ended_s) == (Stage.ACCEPTED, None)
        journal.end(intent(), done())
        assert only(journal).stage is Stage.DONE


def test_the_same_attempt_is_not_intended_twice(path: Path) -> None:
    with opened(path) as journal:
        journal.intend(intent())
        with pytest.raises(JournalError, match="attempt 1 at 'say cut' is in the journal"):
            journal.intend(intent())
        journal.intend(intent(attempt=2))
        assert [record.intent.attempt for record in journal.records([JOB])[JOB]] == [1, 2]


def test_only_what_was_intended_can_be_accepted_or_end(path: Path) -> None:
    with opened(path) as journal:
        with pytest.raises(JournalError, match="attempt 1 at 'say cut' is not in it"):
            journal.accept(intent())
        with pytest.raises(JournalError, match="is not in it"):
            journal.end(intent(), done())
        assert journal.jobs() == ()


def test_records_of_many_jobs_come_at_once_in_order_of_intention(path: Path) -> None:
    with opened(path) as journal:
        for task in ("b", "a", "c"):
            for job in (OTHER, JOB):
                journal.intend(intent(task, job=job))
        for task in ("c", "b"):
            journal.end(intent(task), done())
        found = journal.records([JOB, JobId("none"), OTHER])
        assert journal.jobs() == (OTHER, JOB)
    assert [[record.intent.task for record in found[job]] for job in found] == [
        ["b", "a", "c"],
        [],
        ["b", "a", "c"],
    ]
    assert found[OTHER][0].intent.job == OTHER


def test_all_that_a_record_can_say_is_kept(path: Path) -> None:
    said = replace(intent(), render="r-1", before=digest_of_text("before"))
    ended = replace(
        done(cost=3),
        session="s2",
        after=digest_of_text("after"),
        length_ms=180_000,
    )
    assert ended.output is not None
    ended = replace(ended, output=replace(ended.output, path=Path("/o/\udcff.mp4")))
    with opened(path) as journal:
        journal.intend(said)
        journal.end(said, ended)
        assert only(journal).intent == said
        assert only(journal).outcome == ended
        assert only(journal).session == "s2"


def test_a_detail_that_no_file_can_hold_is_kept_as_far_as_it_goes(path: Path) -> None:
    with opened(path) as journal:
        journal.intend(intent())
        journal.end(intent(), Outcome(Stage.FAILED, "bad \udcff"))
        assert only(journal).outcome.detail == "bad ?"


def test_two_that_write_one_journal_see_each_other(path: Path) -> None:
    with opened(path) as one, opened(path) as two:
        for number in range(5):
            one.intend(intent(f"say {number}"))
            two.end(intent(f"say {number}"), done())
        assert one.records([JOB]) == two.records([JOB])
        assert len(one.records([JOB])[JOB]) == 5


def test_a_change_that_fails_leaves_all_as_it_was(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise KeyboardInterrupt

    with opened(path) as journal:
        journal.intend(intent())
        with monkeypatch.context() as patch:
            patch.setattr(tables.Change, "_set_job", fail)
            with pytest.raises(KeyboardInterrupt):
                journal.end(intent(), done())
        assert only(journal).stage is Stage.INTENDED
        journal.end(intent(), done())


def test_a_change_that_its_guard_never_heard_of_is_there(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def die(*_: object) -> None:
        raise OSError(5, "Input/output error")

    with opened(path) as journal:
        with monkeypatch.context() as patch:
            patch.setattr(guard, "raise_to", die)
            with pytest.raises(JournalError, match="Input/output error"):
                journal.intend(intent())
        assert only(journal).stage is Stage.INTENDED
    with opened(path) as again:
        again.end(intent(), done())


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such modes")
def test_nobody_else_can_read_a_journal(path: Path) -> None:
    with opened(path) as journal:
        journal.intend(intent())
        journal.remember([])
        modes = {file.name: stat.S_IMODE(file.stat().st_mode) for file in path.parent.iterdir()}
    assert set(modes.values()) == {0o600}
    assert {"journal.db", "journal.db-wal", "journal.db.guard", "journal.db.memo"} <= set(modes)
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


def test_a_network_disk_gets_no_log_and_a_word_about_it(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store, "remote", lambda _: "nfs4")
    told: list[str] = []
    with Journal.open(path, now=FakeClock(), notice=told.append) as journal:
        journal.intend(intent())
        names = {file.name for file in path.parent.iterdir()}
        assert journal._db.execute("PRAGMA journal_mode").fetchone() == ("truncate",)
    assert not any(name.endswith(("-wal", "-shm")) for name in names)
    assert told == [f"'{path.parent}' is on a network disk (nfs4): the journal is slower there"]


@pytest.mark.parametrize(("pragma", "full"), [("synchronous", 2), ("fullfsync", 1)])
def test_every_change_is_synced_fully(path: Path, pragma: str, full: int) -> None:
    with opened(path) as journal:
        assert journal._db.execute(f"PRAGMA {pragma}").fetchone() == (full,)


def test_a_journal_of_a_newer_mvpipe_is_refused(path: Path) -> None:
    opened(path).close()
    db = sqlite3.connect(path)
    db.execute(f"PRAGMA user_version = {len(tables.MIGRATIONS) + 1}")
    db.close()
    for writable in (True, False):
        with pytest.raises(JournalError, match="was written by a newer mvpipe") as caught:
            opened(path, writable=writable)
        assert caught.value.exit is Exit.FAILED
        assert "update mvpipe" in caught.value.hint


def test_a_journal_of_an_older_mvpipe_is_brought_up_to_date(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with opened(path) as journal:
        journal.intend(intent())
    newer = (*tables.MIGRATIONS, "CREATE TABLE later (id); CREATE TABLE still_later (id)")
    monkeypatch.setattr(tables, "MIGRATIONS", newer)
    before = path.read_bytes()
    with opened(path, writable=False) as journal:
        assert only(journal).stage is Stage.INTENDED
    assert path.read_bytes() == before
    with opened(path) as journal:
        journal.accept(intent())
        assert journal._db.execute("PRAGMA user_version").fetchone() == (len(newer),)


def test_a_database_of_something_else_is_left_alone(path: Path) -> None:
    path.parent.mkdir()
    db = sqlite3.connect(path)
    db.execute("CREATE TABLE precious (id)")
    db.close()
    before = path.read_bytes()
    for writable in (True, False):
        with pytest.raises(JournalError, match="is not a journal of mvpipe"):
            opened(path, writable=writable)
    assert path.read_bytes() == before


def test_a_file_that_is_no_database_is_refused(path: Path) -> None:
    path.parent.mkdir()
    path.write_text("a text of mine, which is longer than the head of a database. " * 30)
    for writable in (True, False):
        with pytest.raises(JournalError, match="is damaged: file is not a database") as caught:
            opened(path, writable=writable)
        assert "backup" in caught.value.hint


def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "state").write_text("mine")
    with pytest.raises(JournalError, match="Not a directory"):
        opened(tmp_path / "state" / "journal.db")


def test_a_full_disk_is_told_and_nothing_is_half_there(path: Path) -> None:
    with opened(path) as journal:
        journal.intend(intent())
        journal._db.execute("PRAGMA max_page_count = 1")
        with pytest.raises(JournalError, match="the disk is full") as caught:
            journal.intend(intent("big", parts="x" * 100_000))
        assert "free some space" in caught.value.hint
        journal._db.execute("PRAGMA max_page_count = 100000")
        known = journal.records([JOB])[JOB]
        journal.intend(intent("more"))
    with opened(path, writable=False) as look:
        assert look.records([JOB])[JOB][:-1] == known


def test_one_that_writes_for_too_long_is_told(path: Path) -> None:
    with opened(path) as one, opened(path) as two:
        two._db.execute("PRAGMA busy_timeout = 0")
        one._db.execute("BEGIN IMMEDIATE")
        with pytest.raises(JournalError, match="another process keeps it busy"):
            two.intend(intent())
        assert two.records([JOB]) == {JOB: ()}
        one._db.execute("ROLLBACK")


def test_runs_are_remembered_with_their_jobs(path: Path) -> None:
    clock = FakeClock(1000.0)
    with Journal.open(path, now=clock) as journal:
        first = journal.begin_run(jobs=[JOB, OTHER], version="1.2")
        clock.sleep(5)
        journal.end_run(first, 8)
        second = journal.begin_run(jobs=[OTHER], version="1.3")
        third = journal.begin_run(jobs=[], version="1.3")
    with opened(path, writable=False) as look:
        assert look.runs(2) == (
            RunRecord(second, (OTHER,), "1.3", began_s=1005.0),
            RunRecord(third, (), "1.3", began_s=1005.0),
        )
        ended = RunRecord(first, (JOB, OTHER), "1.2", began_s=1000.0, ended_s=1005.0, exit=8)
        assert look.runs(99)[0] == ended
        assert look.jobs() == ()


def test_what_an_attempt_cost_is_in_the_ledger_with_its_outcome(path: Path) -> None:
    with opened(path) as journal:
        journal.intend(intent())
        journal.end(intent(), Outcome(Stage.ACCEPTED, credits=50))
        journal.end(intent(), Outcome(Stage.DONE, credits=50))
        assert journal.spent(since_s=0) == 50


def test_the_ledger_adds_up_what_was_spent(path: Path) -> None:
    clock = FakeClock(1000.0)
    with Journal.open(path, now=clock) as journal:
        journal.spend(intent(), 30)
        journal.spend(intent(), 40)
        clock.sleep(100)
        journal.spend(intent(attempt=2), 5)
        journal.spend(intent(job=OTHER), 600)
    with opened(path, writable=False) as look:
        assert look.spent(since_s=0) == 645
        assert look.spent(since_s=0, job=JOB) == 45
        assert look.spent(since_s=1100, job=JOB) == 5
        assert look.spent(since_s=1101) == 0
        assert look.spent(since_s=0, job=JobId("none")) == 0


def test_a_ledger_that_lost_a_line_is_refused(path: Path) -> None:
    with opened(path) as journal:
        journal.spend(intent(), 30)
        journal._db.execute("DELETE FROM spendings")
        with pytest.raises(JournalError, match="spendings are missing"):
            journal.spent(since_s=0)


def facts(name: str, *, size_bytes: int = 5) -> FileFacts:
    return FileFacts(
        Path(name), size_bytes, 2**62, 2**64 - 1, digest_of_text("content"), 180_000
    )


def test_facts_about_files_are_remembered(path: Path) -> None:
    odd = Path("/music/\udcff.mp3")
    with opened(path) as journal:
        journal.remember([facts("/a.mp3"), facts("/b.mp3"), facts(str(odd))])
        journal.remember([facts("/b.mp3", size_bytes=6)])
    with opened(path, writable=False) as look:
        look.remember([facts("/c.mp3")])
        found = look.remembered([Path("/b.mp3"), Path("/c.mp3"), odd])
    assert found == {Path("/b.mp3"): facts("/b.mp3", size_bytes=6), odd: facts(str(odd))}


def test_forgetting_keeps_what_may_be_asked_for_again(path: Path) -> None:
    clock = FakeClock(1000.0)
    with Journal.open(path, now=clock) as journal:
        old = journal.begin_run(jobs=[JOB], version="1")
        for number in range(5):
            said = intent(parts=f"{number}", session=f"s{number}")
            journal.intend(said)
            journal.end(said, Outcome(Stage.FAILED))
        journal.spend(intent(), 9)
        journal.remember([facts("/gone.mp3"), facts(str(path))])
        clock.sleep(91 * 24 * 3600)
        new = journal.begin_run(jobs=[JOB], version="2")
        assert journal.forget() == 2
        assert [record.intent.parts for record in journal.records([JOB])[JOB]] == [
            "2",
            "3",
            "4",
        ]
        assert [run.id for run in journal.runs(9)] == [new]
        journal.end_run(old, 0)
        assert journal.spent(since_s=0) == 9
        assert set(journal.remembered([Path("/gone.mp3"), path])) == {path}
        assert journal.forget() == 0
    with opened(path) as again:
        assert len(again.records([JOB])[JOB]) == 3
