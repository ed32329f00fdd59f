from __future__ import annotations

import errno
import os
import signal
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from mvpipe.engine.studio.store import ABANDONED_S, MOST_BYTES, Freed, Store
from mvpipe.model.canonical import Digest, digest_of
from tests.disks import FaultyFiles

KEY = digest_of("chunk")
SEAL_BYTES = 48


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "cache" / "chunks")


@pytest.fixture
def made(tmp_path: Path) -> Path:
    """Give what stands for a chunk just encoded."""
    path = tmp_path / "made.mp4"
    path.write_bytes(b"frames" * 500_000)
    return path


def put(store: Store, folder: Path, number: int) -> Digest:
    """Store a chunk of 1000 bytes that was used at second `number`."""
    key, made = digest_of(number), folder / "some.mp4"
    made.write_bytes(bytes(1000))
    store.put(key, made)
    made.unlink()
    os.utime(store._path(key), (number, number))
    return key


def names(store: Store) -> list[str]:
    return sorted(path.name for path in store.folder.rglob("*") if path.is_file())


def test_what_is_put_is_taken_again_with_a_seal_behind_it(
    store: Store, made: Path, tmp_path: Path
) -> None:
    before = made.read_bytes()
    assert not store.has(KEY)
    store.put(KEY, made)
    assert store.has(KEY)
    assert store.take(KEY, tmp_path / "taken.mp4")
    after = (tmp_path / "taken.mp4").read_bytes()
    assert after[:-SEAL_BYTES] == before
    assert after[-SEAL_BYTES:][:8] == SEAL_BYTES.to_bytes(4, "big") + b"free"


def test_nothing_is_taken_where_nothing_is(store: Store, tmp_path: Path) -> None:
    assert not store.take(KEY, tmp_path / "taken.mp4")
    assert not (tmp_path / "taken.mp4").exists()
    assert not store.folder.exists()


@pytest.mark.parametrize("damage", ["cut", "cut to nothing", "flipped", "longer", "another's"])
def test_what_is_damaged_is_dropped(
    store: Store, made: Path, tmp_path: Path, damage: str
) -> None:
    key = digest_of("other") if damage == "another's" else KEY
    store.put(key, made)
    stored = store._path(KEY)
    content = bytearray(store._path(key).read_bytes())
    content[1_000] ^= damage == "flipped"
    kept = {"cut": -1, "cut to nothing": 0}.get(damage, len(content))
    stored.parent.mkdir(exist_ok=True)
    stored.unlink(missing_ok=True)
    stored.write_bytes(content[:kept] + b"x" * (damage == "longer"))
    assert not store.take(KEY, tmp_path / "taken.mp4")
    assert not (tmp_path / "taken.mp4").exists()
    assert not store.has(KEY)


@pytest.mark.skipif(os.name == "nt", reason="modes")
def test_a_store_is_for_its_owner_alone(store: Store, made: Path) -> None:
    store.put(KEY, made)
    for folder in (store.folder, store._path(KEY).parent):
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_the_second_to_put_the_same_changes_nothing(store: Store, made: Path) -> None:
    store.put(KEY, made)
    once = made.read_bytes()
    store.put(KEY, made)
    assert made.read_bytes() == once
    assert names(store) == [f"{KEY[2:]}.mp4"]


def test_what_is_taken_stays_when_the_store_is_cleaned(
    store: Store, made: Path, tmp_path: Path
) -> None:
    store.put(KEY, made)
    assert store.take(KEY, tmp_path / "taken.mp4")
    freed = store.clean(limit_bytes=0)
    assert (freed.files, freed.kept_files) == (1, 0)
    assert (tmp_path / "taken.mp4").stat().st_size == made.stat().st_size


def test_a_disk_without_hard_links_holds_a_store_too(
    store: Store, made: Path, tmp_path: Path
) -> None:
    class NoLinks(FaultyFiles):
        def link(self, source: Path, to: Path) -> None:
            if not source.exists():
                raise FileNotFoundError
            raise OSError(errno.EPERM, "no links here")

    plain = Store(store.folder, NoLinks())
    plain.put(KEY, made)
    assert plain.take(KEY, tmp_path / "taken.mp4")
    assert not plain.take(digest_of("x"), tmp_path / "other.mp4")
    assert (tmp_path / "taken.mp4").stat().st_nlink == 1


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EIO, errno.EROFS, errno.EBUSY])
def test_a_failing_disk_fails_no_put_and_leaves_the_chunk_as_it_was(
    store: Store, made: Path, tmp_path: Path, number: int
) -> None:
    before = made.read_bytes()
    fails_at = 1
    while True:
        files = FaultyFiles(number, fails_at, stays=number == errno.ENOSPC)
        faulty = Store(tmp_path / f"{fails_at}" / "chunks", files)
        faulty.put(KEY, made)
        assert made.read_bytes()[: len(before)] == before
        to = tmp_path / f"{fails_at}.mp4"
        assert Store(faulty.folder).take(KEY, to) == faulty.has(KEY) == to.exists()
        os.truncate(made, len(before))
        if not files.failed:
            break
        fails_at += 1
    assert fails_at > 5


def test_a_failing_disk_fails_no_take(store: Store, made: Path, tmp_path: Path) -> None:
    store.put(KEY, made)
    for fails_at in range(1, 4):
        to = tmp_path / f"{fails_at}.mp4"
        faulty = Store(store.folder, FaultyFiles(errno.EIO, fails_at, stays=True))
        assert not faulty.take(KEY, to) or to.read_bytes() == made.read_bytes()
    assert store.has(KEY)


def test_a_store_that_can_never_be_keeps_nothing_and_fails_nothing(
    made: Path, tmp_path: Path
) -> None:
    (tmp_path / "file").write_bytes(b"")
    for folder in (tmp_path / ("x" * 300), tmp_path / "file", tmp_path / "file" / "chunks"):
        store = Store(folder)
        store.put(KEY, made)
        assert not store.has(KEY)
        assert not store.take(KEY, tmp_path / "taken.mp4")
        assert store.clean(limit_bytes=0) == Freed()
        assert 0 < store.natural_limit() <= MOST_BYTES
        store.make_room(10**18)


def test_the_least_recently_used_goes_first(store: Store, tmp_path: Path) -> None:
    keys = [put(store, tmp_path, number) for number in (3, 1, 2)]
    size = store._path(keys[0]).stat().st_size
    assert store.take(keys[1], tmp_path / "taken.mp4")  # now the last to go
    freed = store.clean(limit_bytes=2 * size, dry_run=True)
    assert [store.has(key) for key in keys] == [True, True, True]
    assert store.clean(limit_bytes=2 * size) == freed == Freed(1, size, 2, 2 * size)
    assert [store.has(key) for key in keys] == [True, True, False]


def test_a_store_within_its_limit_is_left_alone(store: Store, tmp_path: Path) -> None:
    key = put(store, tmp_path, 1)
    assert store.clean(limit_bytes=10**9).files == 0
    assert store.has(key)


def test_what_killed_processes_half_made_is_removed_once_it_is_old(
    store: Store, tmp_path: Path
) -> None:
    key = put(store, tmp_path, 10_000)
    half = store._path(key).with_name(".mvpipe-12345678-abc.part")
    half.write_bytes(b"half")
    os.utime(half, (10_000 - ABANDONED_S + 1,) * 2)
    store.clean(limit_bytes=10**9)
    assert half.exists()
    os.utime(half, (10_000 - ABANDONED_S - 1,) * 2)
    assert store.clean(limit_bytes=10**9) == Freed(1, 4, 1, 1048)
    assert not half.exists()


def test_what_cannot_be_removed_counts_as_kept(store: Store, tmp_path: Path) -> None:
    put(store, tmp_path, 1)
    stuck = Store(store.folder, FaultyFiles(errno.EBUSY, 1, stays=True))
    assert stuck.clean(limit_bytes=0) == Freed(0, 0, 1, 1048)


def test_room_that_a_render_needs_is_made(store: Store, tmp_path: Path) -> None:
    keys = [put(store, tmp_path, number) for number in range(4)]
    Store(store.folder, FaultyFiles(free=5_000)).make_room(5_000)
    assert all(store.has(key) for key in keys)
    Store(store.folder, FaultyFiles(free=5_000)).make_room(6_500)
    assert [store.has(key) for key in keys] == [False, False, True, True]
    Store(store.folder, FaultyFiles(errno.EIO, 1)).make_room(10**18)
    Store(tmp_path / "none").make_room(10**18)
    assert store.has(keys[3])


def test_a_store_takes_a_tenth_of_its_disk_at_most(store: Store) -> None:
    assert 0 < store.natural_limit() <= MOST_BYTES


_PUTTER = """
import sys
from pathlib import Path
from mvpipe.engine.studio.store import Store
from mvpipe.model.canonical import digest_of
store, made = Store(Path(sys.argv[1])), Path(sys.argv[2])
print("ready", flush=True)
for number in range(10**9):
    made.write_bytes(bytes(100_000))
    store.put(digest_of(number % 50), made)
    made.unlink()
    if number % 50 == 49:
        store.clean(limit_bytes=2_000_000)
"""


@pytest.mark.slow
@pytest.mark.skipif(os.name == "nt", reason="signals")
def test_several_processes_killed_while_they_put_leave_nothing_that_is_half(
    store: Store, tmp_path: Path
) -> None:
    taken = 0
    for round_ in range(4):
        putters = [
            subprocess.Popen(
                [sys.executable, "-c", _PUTTER, str(store.folder), str(tmp_path / f"m{n}.mp4")],
                stdout=subprocess.PIPE,
            )
            for n in range(2)
        ]
        for putter in putters:
            assert putter.stdout is not None
            assert putter.stdout.readline().strip() == b"ready"
        for number in range(200):
            to = tmp_path / f"taken-{round_}-{number}.mp4"
            if store.take(digest_of(number % 50), to):
                taken += 1
                assert to.stat().st_size == 100_048
        for putter in putters:
            with putter:
                putter.send_signal(signal.SIGKILL)
    assert taken
    whole = [path for path in store.folder.rglob("*.mp4") if path.is_file()]
    assert {path.stat().st_size for path in whole} <= {100_048}
