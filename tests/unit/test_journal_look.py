from __future__ import annotations

import shutil
import sqlite3
import struct
from pathlib import Path

import pytest

from mvpipe.errors import JournalError
from mvpipe.journal import still as still_module
from mvpipe.journal.memo import Memo
from mvpipe.journal.still import joined, still, undone
from tests.fakes import FakeClock
from tests.journals import JOB, done, intent, opened


def tree(folder: Path) -> dict[str, tuple[bytes, int, int]]:
    """Return the bytes, time of change and inode of all there is in a folder."""
    found = {}
    for path in sorted(folder.iterdir()):
        looks = path.stat()
        found[path.name] = (path.read_bytes(), looks.st_mtime_ns, looks.st_ino)
    return found


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "journal.db"


def test_a_look_at_nothing_finds_nothing_and_makes_nothing(tmp_path: Path) -> None:
    with opened(tmp_path / "state" / "journal.db", writable=False) as look:
        assert look.records([JOB]) == {JOB: ()}
        assert (look.jobs(), look.runs(5), look.spent(since_s=0)) == ((), (), 0)
        assert look.remembered([tmp_path]) == {}
    assert list(tmp_path.iterdir()) == []


def test_a_look_changes_no_file_while_another_process_writes(path: Path) -> None:
    with opened(path) as journal:
        journal.intend(intent())
        before = tree(path.parent)
        with opened(path, writable=False) as look:
            journal.end(intent(), done())
            middle = tree(path.parent)
            (record,) = look.records([JOB])[JOB]
        assert record.outcome.stage == "intended"
        assert set(before) == set(middle) == set(tree(path.parent))
        assert middle == tree(path.parent)
        with opened(path, writable=False) as look:
            seen = look.records([JOB])
        assert middle == tree(path.parent)
        assert seen == journal.records([JOB])


def test_a_look_changes_no_file_when_nobody_writes(path: Path) -> None:
    with opened(path) as journal:
        journal.intend(intent())
    before = tree(path.parent)
    assert set(before) == {"journal.db", "journal.db.guard", "journal.db.memo"}
    with opened(path, writable=False) as look:
        assert len(look.records([JOB])[JOB]) == 1
    assert tree(path.parent) == before


def test_what_is_only_looked_at_cannot_be_changed(path: Path) -> None:
    with (
        opened(path, writable=False) as look,
        pytest.raises(RuntimeError, match="reading alone"),
    ):
        look.intend(intent())


def test_a_look_sees_what_the_log_holds_however_often_it_was_taken_in(path: Path) -> None:
    with opened(path) as journal:
        for number in range(60):
            journal.intend(intent(f"say {number}", parts="x" * 3000))
            journal.end(intent(f"say {number}", parts="x" * 3000), done())
            if number % 7 == 0:
                with opened(path, writable=False) as look:
                    assert look.records([JOB]) == journal.records([JOB])
        assert path.stat().st_size > 50 * 4096


def test_a_log_of_either_byte_order_is_read(path: Path) -> None:
    with opened(path) as journal:
        journal.intend(intent())
        content, log = path.read_bytes(), path.with_name("journal.db-wal").read_bytes()
    assert joined(content, turned(log)) == joined(content, log) != content


def turned(log: bytes) -> bytes:
    """Return a log with its checksums in the other byte order."""
    magic, version, page_bytes = struct.unpack(">III", log[:12])
    there = {0x377F0682: ">", 0x377F0683: "<"}[magic]
    head = struct.pack(">III", magic ^ 1, version, page_bytes) + log[12:24]
    sums = still_module._summed(head, (0, 0), there)
    made = head + struct.pack(">II", *sums)
    for at in range(32, len(log), 24 + page_bytes):
        frame = log[at : at + 24 + page_bytes]
        sums = still_module._summed(frame[:8] + frame[24:], sums, there)
        made += frame[:16] + struct.pack(">II", *sums) + frame[24:]
    return made


def test_what_is_no_log_counts_for_nothing(path: Path) -> None:
    opened(path).close()
    plain = joined(path.read_bytes(), b"")
    for log in (
        b"short",
        b"x" * 32,
        struct.pack(">III", 0x377F0682, 3007000, 4096) + bytes(20),
    ):
        assert joined(path.read_bytes(), log) == plain
    assert joined(b"short", b"") == b"short"


def test_what_changes_all_the_time_is_told(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    opened(path).close()
    clock = FakeClock()

    def changing(*_: Path) -> tuple[bytes, ...]:
        clock.sleep(1)
        return (str(clock()).encode(),)

    monkeypatch.setattr(still_module, "_state", changing)
    with pytest.raises(JournalError, match="changes all the time"):
        opened(path, writable=False)
    assert Memo.open(path).remembered([path]) == {}


def test_a_look_takes_the_moment_before_or_after_a_change_between_its_reads(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with opened(path) as journal:
        journal.intend(intent("one"))
        read, reads = still_module._bytes, iter(range(99))

        def meanwhile(file: Path, *, most: int = -1) -> bytes:
            at = next(reads)
            if at in {4, 15, 29, 39}:  # between any two looks at how things stand
                journal.intend(intent(f"more {at}"))
                journal._db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            return read(file, most=most)

        monkeypatch.setattr(still_module, "_bytes", meanwhile)
        with opened(path, writable=False) as look:
            assert look.records([JOB]) == journal.records([JOB])
        assert next(reads) > 44


@pytest.mark.parametrize("page_bytes", [512, 4096])
def test_a_change_that_was_cut_short_without_a_log_is_undone(
    tmp_path: Path, page_bytes: int
) -> None:
    path, copy = tmp_path / "a.db", tmp_path / "copy.db"
    db = sqlite3.connect(path, isolation_level=None)
    db.execute(f"PRAGMA page_size = {page_bytes}")
    db.execute("PRAGMA journal_mode = TRUNCATE")
    db.execute("CREATE TABLE t (id INTEGER PRIMARY KEY, text)")
    db.executemany("INSERT INTO t (text) VALUES (?)", [(str(n) * 500,) for n in range(60)])
    whole = path.read_bytes()
    db.execute("PRAGMA cache_size = 3")  # so that it writes before it commits
    db.execute("BEGIN")
    db.execute("UPDATE t SET text = 'x' || text || text")
    db.execute("DELETE FROM t WHERE id < 40")
    for name in ("", "-journal"):
        shutil.copyfile(f"{path}{name}", f"{copy}{name}")
    db.execute("ROLLBACK")
    db.close()
    assert copy.read_bytes() != whole
    assert still(copy, witness=copy) == joined(whole, b"")
    again = sqlite3.connect(copy)
    assert again.execute("SELECT count(*) FROM t").fetchone() == (60,)
    again.close()


def test_a_rollback_journal_that_breaks_off_is_used_as_far_as_it_goes(path: Path) -> None:
    head = bytes.fromhex("d9d505f920a163d7") + struct.pack(">IIIII", 9, 7, 2, 512, 512)
    page = b"a" * 512
    record = b"\0\0\0\1" + page + struct.pack(">I", 7 + 2 * ord("a"))
    torn = b"\0\0\0\2" + page + b"\0\0\0\0"
    undo = head.ljust(512, b"\0") + record + torn + record[:9]
    assert undone(b"b" * 2000, undo) == page + b"b" * 512
    nothing = head[:16] + struct.pack(">III", 2, 0, 512)
    assert undone(b"b" * 2000, nothing) == b"b" * 2000
    assert undone(b"b" * 2000, b"") == b"b" * 2000
