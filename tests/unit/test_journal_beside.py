"""What lies beside the journal: its guard, its memo, and the disk it is on."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from mvpipe.errors import Exit
from mvpipe.journal import guard
from mvpipe.journal.guard import Mark
from mvpipe.journal.memo import Memo
from mvpipe.journal.network import remote
from mvpipe.journal.records import FileFacts, Stage
from mvpipe.journal.rows import Damage, sealed, unsealed
from mvpipe.model.canonical import digest_of_text


def fact(name: str = "/a.mp3") -> FileFacts:
    return FileFacts(Path(name), 5, 6, 7, digest_of_text(name))


def test_a_guard_knows_the_newest_mark_whoever_comes_late(tmp_path: Path) -> None:
    path = tmp_path / "guard"
    assert guard.read(path) is None
    for changes in (0, 1, 2, 5, 4, 3, 6):
        guard.raise_to(path, Mark(changes, f"{changes:032x}"))
    assert guard.read(path) == Mark(6, f"{6:032x}")
    guard.raise_to(path, Mark(5, "0" * 32))
    assert guard.read(path) == Mark(6, f"{6:032x}")


def test_a_guard_that_cannot_be_read_is_no_guard_at_all(tmp_path: Path) -> None:
    path = tmp_path / "guard"
    path.touch()
    assert guard.read(path) is None
    path.write_text("a text of mine\n")
    with pytest.raises(Damage, match="'guard' cannot be read"):
        guard.read(path)


@pytest.fixture
def memo(tmp_path: Path) -> Path:
    path = tmp_path / "memo"
    kept = Memo.open(path, local=True)
    kept.remember([fact()])
    kept.close()
    return path


def known(path: Path, *, local: bool | None = None) -> dict[Path, FileFacts]:
    kept = Memo.open(path, local=local)
    try:
        return kept.remembered([Path("/a.mp3")])
    finally:
        kept.close()


@pytest.mark.parametrize("local", [None, True, False])
def test_a_memo_remembers(memo: Path, *, local: bool | None) -> None:
    assert known(memo, local=local) == {Path("/a.mp3"): fact()}


def test_a_memo_that_is_no_database_is_made_anew(memo: Path) -> None:
    memo.write_text("no database, though long enough to be one at first sight. " * 9)
    assert known(memo) == {}
    assert known(memo, local=True) == {}
    kept = Memo.open(memo, local=True)
    kept.remember([fact()])
    kept.close()
    assert known(memo) == {Path("/a.mp3"): fact()}


def test_a_fact_that_changed_by_itself_is_not_remembered(memo: Path) -> None:
    db = sqlite3.connect(memo)
    db.execute("UPDATE files_1 SET size_bytes = 6")
    db.commit()
    db.close()
    assert known(memo) == {}


def test_a_memo_whose_table_is_gone_remembers_nothing_and_never_fails(memo: Path) -> None:
    kept = Memo.open(memo, local=True)
    db = sqlite3.connect(memo)
    db.execute("DROP TABLE files_1")
    db.close()
    assert kept.remembered([Path("/a.mp3")]) == {}
    kept.remember([fact()])
    assert kept.forget(exists=Path.exists) == 0
    kept.close()
    assert known(memo) == {}


def test_a_memo_that_cannot_be_opened_remembers_nothing_and_never_fails(tmp_path: Path) -> None:
    (tmp_path / "memo").mkdir()
    kept = Memo.open(tmp_path / "memo", local=True)
    kept.remember([fact()])
    assert kept.remembered([Path("/a.mp3")]) == {}
    assert kept.forget(exists=Path.exists) == 0
    kept.close()


def test_a_memo_that_is_only_looked_at_stays_as_it_is(memo: Path) -> None:
    before = memo.read_bytes()
    kept = Memo.open(memo)
    kept.remember([fact("/b.mp3")])
    assert kept.forget(exists=Path.exists) == 0
    kept.close()
    assert memo.read_bytes() == before


MOUNTS = """
22 1 0:20 / / rw,relatime shared:1 - ext4 /dev/sda1 rw
23 22 0:21 / /mnt rw - tmpfs tmpfs rw
24 22 0:22 / /mnt/my\\040nas rw - nfs4 nas:/music rw
25 24 0:23 / /mnt/my\\040nas/here rw - xfs /dev/sdb1 rw
26 22 0:24 / /mnt/far rw - fuse.sshfs user@host:/ rw
27 22 0:25 / /mnt/far rw - ext4 /dev/sdc1 rw
a line of another kind
"""


@pytest.mark.parametrize(
    ("folder", "kind"),
    [
        ("/home/me", None),
        ("/mnt/elsewhere", None),
        ("/mnt/my nas/state", "nfs4"),
        ("/mnt/my nas/here/state", None),
        ("/mnt/far", None),
        ("\\\\nas\\state", "smb"),
    ],
)
def test_the_innermost_mount_says_whether_a_disk_is_far(
    tmp_path: Path, folder: str, kind: str | None
) -> None:
    mounts = tmp_path / "mountinfo"
    mounts.write_text(MOUNTS)
    assert remote(Path(folder), mounts=mounts) == kind


def test_what_looks_like_a_disk_in_user_space_may_be_far(tmp_path: Path) -> None:
    mounts = tmp_path / "mountinfo"
    mounts.write_text("22 1 0:20 / / rw - fuse.sshfs x rw\n")
    assert remote(tmp_path, mounts=mounts) == "fuse.sshfs"


def test_where_the_system_does_not_tell_a_disk_counts_as_near(tmp_path: Path) -> None:
    assert remote(tmp_path, mounts=tmp_path / "none") is None
    (tmp_path / "empty").touch()
    assert remote(tmp_path, mounts=tmp_path / "empty") is None


def test_a_row_is_sealed_as_it_will_be_read() -> None:
    values = (Exit.LOCKED, True, Stage.DONE, 1.5, b"x", None)
    db = sqlite3.connect(":memory:")
    db.execute("CREATE TABLE t (a, b, c, d, e, f, seal)")
    db.execute("INSERT INTO t VALUES (?,?,?,?,?,?,?)", sealed(values))
    assert unsealed(db.execute("SELECT * FROM t").fetchone()) == (9, 1, "done", 1.5, b"x", None)
    db.close()
