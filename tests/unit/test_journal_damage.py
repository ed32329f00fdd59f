"""What disks do to a journal: ends cut off, bits flipped, power lost between two writes.

The invariant: what anybody was told of is there, or the journal refuses. So a run that goes on
from it never sends again what it has sent.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import pytest

from mvpipe.errors import JournalError
from mvpipe.journal.records import Record
from tests.journals import JOB, done, intent, opened, small_pages

DATABASE, LOG, GUARD = "journal.db", "journal.db-wal", "journal.db.guard"
Files = dict[str, bytes]
History = tuple[Record, ...]


@dataclass(frozen=True, slots=True)
class Moment:
    """The files right after somebody was told of a change, and what they say."""

    files: Files
    history: History


def moment(folder: Path, history: History) -> Moment:
    files = {name: folder / name for name in (DATABASE, LOG, GUARD)}
    return Moment({name: f.read_bytes() for name, f in files.items() if f.exists()}, history)


@pytest.fixture(scope="module")
def moments(tmp_path_factory: pytest.TempPathFactory) -> tuple[Moment, ...]:
    """A journal's life: six records, a pause, three more in a log, then that taken in."""
    folder = tmp_path_factory.mktemp("life")
    path = folder / DATABASE
    small_pages(path)
    with opened(path) as journal:
        for number in range(6):
            journal.intend(intent(f"say {number}"))
            journal.accept(intent(f"say {number}"))
            journal.end(intent(f"say {number}"), done())
    found = []
    with opened(path) as journal:
        for number in range(6, 9):
            journal.intend(intent(f"say {number}"))
            found.append(moment(folder, journal.records([JOB])[JOB]))
            journal.end(intent(f"say {number}"), done())
            found.append(moment(folder, journal.records([JOB])[JOB]))
    return (*found, moment(folder, found[-1].history))


def lay(folder: Path, files: Files) -> None:
    for path in folder.iterdir():
        path.unlink()
    for name, content in files.items():
        (folder / name).write_bytes(content)


def cut(content: bytes, at: int) -> bytes:
    return content[:at]


def flipped(content: bytes, at: int) -> bytes:
    return content[:at] + bytes([content[at] ^ 1 << at % 8]) + content[at + 1 :]


def seen(folder: Path, *, writable: bool = False) -> History | None:
    """Return what the journal says, `None` where it refuses."""
    try:
        with opened(folder / DATABASE, writable=writable) as journal:
            return journal.records([JOB])[JOB]
    except JournalError:
        return None


def fates(
    folder: Path,
    whole: Moment,
    name: str,
    *,
    step: int,
    newest: int = 0,
    writable: bool = False,
) -> Counter[str]:
    """Return how often a damaged file led to what, after checking each time that it may.

    Every byte of the `newest` is damaged, and every `step`th one before.
    """
    found: Counter[str] = Counter()
    size = len(whole.files[name])
    places = {*range(max(0, size - newest), size), *range(size - 1, -1, -step)}
    for harm in (cut, flipped):
        for at in places:
            files = {**whole.files, name: harm(whole.files[name], at)}
            lay(folder, files)
            history = seen(folder, writable=writable)
            assert history in {None, whole.history}, f"{harm.__name__} {name} at {at}"
            found["refused" if history is None else "whole"] += 1
            if history is None and name != DATABASE:  # else a good log may have been taken in
                left = {path.name: path.read_bytes() for path in folder.iterdir()}
                assert {name: left[name] for name in files} == files
    return found


EVERYWHERE = [
    pytest.param(-2, LOG, id="log"),
    pytest.param(-2, DATABASE, id="database under a log"),
    pytest.param(-1, DATABASE, id="database"),
    pytest.param(-1, GUARD, id="guard"),
]


@pytest.mark.parametrize(("when", "name"), EVERYWHERE)
@pytest.mark.parametrize("writable", [False, True], ids=["look", "write"])
def test_a_damaged_journal_says_all_it_knew_or_refuses_and_stays_as_it_is(
    tmp_path: Path, moments: tuple[Moment, ...], when: int, name: str, *, writable: bool
) -> None:
    found = fates(
        tmp_path, moments[when], name, step=797 if writable else 397, writable=writable
    )
    assert sum(found.values()) >= 18
    assert name != LOG or not found["whole"]


@pytest.mark.slow
@pytest.mark.timeout(300)
@pytest.mark.parametrize(("when", "name"), EVERYWHERE)
def test_damage_at_any_byte_is_noticed(
    tmp_path: Path, moments: tuple[Moment, ...], when: int, name: str
) -> None:
    found = fates(tmp_path, moments[when], name, step=17, newest=0 if name == GUARD else 2500)
    assert (found["whole"] == 0) == (name == LOG)


@pytest.mark.parametrize("writable", [False, True], ids=["look", "write"])
def test_power_lost_while_a_change_was_written_loses_only_what_nobody_was_told_of(
    tmp_path: Path, moments: tuple[Moment, ...], *, writable: bool
) -> None:
    for before, after in pairwise(moments[:-1]):
        told, written = len(before.files[LOG]), len(after.files[LOG])
        for at in (*range(told, written, 1501), written - 1, written):
            lay(tmp_path, {**before.files, LOG: after.files[LOG][:at]})
            expected = after.history if at == written else before.history
            assert seen(tmp_path, writable=writable) == expected, f"cut at {at}"


def test_after_such_a_loss_the_journal_goes_on(
    tmp_path: Path, moments: tuple[Moment, ...]
) -> None:
    before, after = moments[2], moments[3]
    lay(tmp_path, {**before.files, LOG: after.files[LOG][:-1]})
    with opened(tmp_path / DATABASE) as journal:
        journal.end(intent("say 7"), done())
    assert seen(tmp_path) == after.history


def test_a_torn_guard_does_not_keep_a_journal_from_going_on(
    tmp_path: Path, moments: tuple[Moment, ...]
) -> None:
    before, after = moments[2], moments[3]
    old, new = before.files[GUARD], after.files[GUARD]
    places = [at for at in range(len(old)) if old[at] != new[at]]
    for at in range(places[0], places[-1] + 2, 5):
        lay(tmp_path, {**after.files, GUARD: new[:at] + old[at:]})
        assert seen(tmp_path) == after.history
        assert seen(tmp_path, writable=True) == after.history


@pytest.mark.parametrize(
    ("gone", "told"),
    [
        ((DATABASE, LOG), "it is gone|it is empty"),
        ((DATABASE,), "it is gone|it is empty"),
        ((GUARD,), "its guard is gone"),
        ((LOG,), "6 of its 24 changes are missing, the newest"),
    ],
)
@pytest.mark.parametrize("writable", [False, True], ids=["look", "write"])
def test_a_journal_of_which_a_file_is_gone_is_refused(
    tmp_path: Path,
    moments: tuple[Moment, ...],
    *,
    gone: tuple[str, ...],
    told: str,
    writable: bool,
) -> None:
    files = {name: content for name, content in moments[-2].files.items() if name not in gone}
    lay(tmp_path, files)
    for _ in range(2):
        with pytest.raises(JournalError, match=told):
            opened(tmp_path / DATABASE, writable=writable)


def test_a_journal_of_which_everything_is_gone_begins_anew(
    tmp_path: Path, moments: tuple[Moment, ...]
) -> None:
    lay(tmp_path, {})
    assert seen(tmp_path) == seen(tmp_path, writable=True) == ()


def test_an_older_journal_under_the_same_guard_is_refused(
    tmp_path: Path, moments: tuple[Moment, ...]
) -> None:
    for old in moments[:-2]:
        lay(tmp_path, {**old.files, GUARD: moments[-1].files[GUARD]})
        assert seen(tmp_path) is None


def other_lives(moments: tuple[Moment, ...]) -> Iterator[Files]:
    yield {**moments[-1].files, GUARD: moments[0].files[GUARD]}
    yield {**moments[-1].files, GUARD: moments[0].files[GUARD].replace(b" 19 ", b" 99 ")}


def test_a_guard_that_is_behind_is_no_reason_to_refuse(
    tmp_path: Path, moments: tuple[Moment, ...]
) -> None:
    for files in other_lives(moments):
        lay(tmp_path, files)
        assert seen(tmp_path) == moments[-1].history


def test_a_journal_that_its_guard_does_not_know_is_refused(
    tmp_path: Path, moments: tuple[Moment, ...]
) -> None:
    (tmp_path / "other").mkdir()
    with opened(tmp_path / "other" / DATABASE) as journal:
        for number in range(24):
            journal.intend(intent(f"other {number}"))
    guard = (tmp_path / "other" / GUARD).read_bytes()
    (tmp_path / "case").mkdir()
    lay(tmp_path / "case", {**moments[-1].files, GUARD: guard})
    with pytest.raises(JournalError, match="not the one that its guard knows"):
        opened(tmp_path / "case" / DATABASE)
