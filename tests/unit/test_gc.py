from __future__ import annotations

import os
from io import StringIO
from pathlib import Path

import pytest

from mvpipe.commands.gc import Cleaning, clean, forget, gc, shown, size_of, told
from mvpipe.commands.journals import journal_path
from mvpipe.engine.studio.folders import OLD_S
from mvpipe.engine.studio.store import Store
from mvpipe.errors import Exit, UsageError
from mvpipe.journal.records import Intent, JobId, Outcome, Stage
from mvpipe.journal.store import Journal
from mvpipe.model.canonical import Digest, digest_of
from mvpipe.model.plan import TaskKind
from mvpipe.report.streams import Streams
from mvpipe.settings import Settings, read_settings

SEALED_BYTES = 1000 + 48


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return read_settings({"MVPIPE_CACHE_DIR": str(tmp_path / "cache")}, cores=2)


def kept(settings: Settings, number: int) -> Digest:
    """Store a chunk that was used at second `number`."""
    key = digest_of(number)
    made = settings.cache_dir / "made.mp4"
    made.parent.mkdir(exist_ok=True)
    made.write_bytes(bytes(1000))
    store = Store(settings.cache_dir / "chunks")
    store.put(key, made)
    made.unlink()
    os.utime(store._path(key), (number, number))
    return key


def abandoned(settings: Settings) -> Path:
    folder = settings.cache_dir / "work" / f"render-1-{'0' * 12}-abc"
    folder.mkdir(parents=True)
    (folder / "chunk.mp4").write_bytes(bytes(2500))
    return folder


def later(folder: Path) -> float:
    return folder.stat().st_mtime + OLD_S + 10


def test_the_oldest_chunks_and_what_dead_renders_left_are_removed(settings: Settings) -> None:
    old, new = kept(settings, 1), kept(settings, 2)
    folder = abandoned(settings)
    now = later(folder)
    cleaned = clean(Cleaning(SEALED_BYTES, dry_run=False), settings, now=lambda: now)
    store = Store(settings.cache_dir / "chunks")
    assert (store.has(old), store.has(new), folder.exists()) == (False, True, False)
    assert told(cleaned, dry_run=False) == (
        "removed 1 part (1.0 kB) and 1 unfinished render (2.5 kB)",
        "1 part left (1.0 kB of at most 1.0 kB)",
    )


def test_a_dry_run_removes_nothing_and_says_the_same(settings: Settings) -> None:
    keys = [kept(settings, number) for number in range(3)]
    folder = abandoned(settings)
    now = later(folder)
    cleaned = clean(Cleaning(0, dry_run=True), settings, now=lambda: now)
    assert folder.exists()
    assert all(Store(settings.cache_dir / "chunks").has(key) for key in keys)
    assert told(cleaned, dry_run=True)[0] == (
        "would remove 3 parts (3.1 kB) and 1 unfinished render (2.5 kB)"
    )


def test_bytes_that_the_store_has_too_are_not_freed_with_a_folder(settings: Settings) -> None:
    folder = abandoned(settings)
    store = Store(settings.cache_dir / "chunks")
    store.put(digest_of(1), folder / "chunk.mp4")
    now = later(folder)
    cleaned = clean(Cleaning(None, dry_run=False), settings, now=lambda: now)
    assert (cleaned.renders, cleaned.renders_bytes) == (1, 0)
    assert cleaned.chunks.kept_files == 1


def test_where_nothing_was_ever_kept_nothing_is_removed_or_made(settings: Settings) -> None:
    cleaned = clean(Cleaning(None, dry_run=False), settings, now=lambda: 0.0)
    assert told(cleaned, dry_run=False)[0] == "removed nothing"
    assert told(cleaned, dry_run=False)[1].startswith("0 parts left (0 B of at most ")
    assert not settings.cache_dir.exists()


def test_the_command_prints_what_it_freed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MVPIPE_CACHE_DIR", str(tmp_path))
    out = StringIO()
    streams = Streams(out=out, err=StringIO())
    assert gc(Cleaning(5_000_000_000, dry_run=False), streams) is Exit.DONE
    assert out.getvalue() == "removed nothing\n0 parts left (0 B of at most 5.0 GB)\n"


@pytest.mark.parametrize(
    ("text", "size"),
    [
        ("0", 0),
        ("5GB", 5_000_000_000),
        ("1.5 GiB", 1_610_612_736),
        ("200m", 200_000_000),
        ("7 kB", 7_000),
        ("12B", 12),
        ("1T", 10**12),
    ],
)
def test_sizes_are_read_as_people_write_them(text: str, size: int) -> None:
    assert size_of(text) == size


@pytest.mark.parametrize("text", ["", "GB", "-1", "5 G B", "5XB", "1e3", "٣", "9" * 13])
def test_what_is_no_size_is_told(text: str) -> None:
    with pytest.raises(UsageError, match="is not a size"):
        size_of(text)


@pytest.mark.parametrize(
    ("size", "text"),
    [
        (0, "0 B"),
        (999, "999 B"),
        (1000, "1.0 kB"),
        (123_400_000, "123 MB"),
        (10**10, "10.0 GB"),
    ],
)
def test_sizes_are_said_as_people_say_them(size: int, text: str) -> None:
    assert shown(size) == text


def test_records_that_nobody_will_ask_for_are_forgotten_and_the_newest_are_not(
    tmp_path: Path,
) -> None:
    settings = read_settings({"MVPIPE_STATE_DIR": str(tmp_path / "state")}, cores=2)
    assert forget(settings) == 0
    assert not settings.state_dir.exists()
    with Journal.open(journal_path(settings), now=lambda: 1.0) as journal:
        for number in range(9):
            intent = Intent(
                JobId("j"), "check", TaskKind.CHECK, digest_of(number), 1, parts="{}"
            )
            journal.intend(intent)
            journal.end(intent, Outcome(Stage.DONE))
    assert forget(settings) > 0
    assert forget(settings) == 0
    with Journal.open(journal_path(settings), now=lambda: 1.0, writable=False) as journal:
        left = [record.intent.key for record in journal.records([JobId("j")])[JobId("j")]]
    assert digest_of(8) in left
