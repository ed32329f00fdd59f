from __future__ import annotations

from mvpipe.journal.prune import outdated
from mvpipe.journal.records import Outcome, Record, Stage
from tests.journals import intent


def record(
    key: str, stage: Stage = Stage.FAILED, *, task: str = "t", session: str | None = None
) -> Record:
    said = intent(task, parts=key, session=session)
    return Record(said, Outcome(stage), intended_s=0.0)


def test_the_newest_three_keys_of_each_task_are_kept() -> None:
    records = [record(key, task=task) for task in "ab" for key in "1122334"]
    assert outdated(records) == {0, 1, 7, 8}


def test_a_key_that_came_back_is_new() -> None:
    assert outdated([record(key) for key in "12341"]) == {1}


def test_what_was_finished_last_is_kept_however_old() -> None:
    stages = [Stage.DONE, Stage.DONE, *[Stage.FAILED] * 4]
    records = [record(key, stage) for key, stage in zip("123456", stages, strict=True)]
    assert outdated(records) == {0, 2}


def test_what_is_open_is_kept_however_old() -> None:
    for stage in (Stage.INTENDED, Stage.ACCEPTED, Stage.UNKNOWN):
        assert outdated([record("0", stage), *(record(key) for key in "1234")]) == {1}


def test_the_records_of_a_session_stay_together() -> None:
    records = [
        record("0", session="s"),
        *(record(key) for key in "1234"),
        record("5", task="u", session="s"),
    ]
    assert outdated(records) == {1}


def test_nothing_has_nothing_to_forget() -> None:
    assert outdated([]) == set()
