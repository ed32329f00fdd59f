"""`mvpipe watch` as a process: real songs of every kind, junk, a full disk, an early end."""

from __future__ import annotations

import json
import os
import resource
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.e2e.cli import write_song
from tests.whole_songs import whole_song

pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(600),
    pytest.mark.skipif(os.name == "nt", reason="its children are limited on POSIX alone"),
]

JOB = """\
mvpipe: 1
inputs: ["${{ file.path }}"]
steps: [generate a music video]
exports: [{to: "out/${{ file.name }}.mp4", size: 128x128}]
"""
TEN = ("mp3", "wav", "flac", "m4a", "aac", "ogg", "opus", "mkv", "webm", "mov")


def home(folder: Path) -> Path:
    """Return a folder with an inbox, a job and a watch file."""
    (folder / "in").mkdir()
    (folder / "jobs").mkdir()
    (folder / "jobs" / "reel.mvpipe.yaml").write_text(JOB)
    (folder / "mvpipe-watch.yaml").write_text(
        "mvpipe: 1\nwatch:\n  inbox: in\n  job: jobs/reel.mvpipe.yaml\n"
        "  settle: 0.2s\n  workers: 1\n  draft: true\n  min_free: 1 MB\n"
    )
    return folder


def command(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "mvpipe", "watch", *arguments, "--state", "state"]


def watched(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command(*arguments), cwd=folder, capture_output=True, text=True, check=False
    )


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir() if not path.name.startswith("."))


def junk(inbox: Path, song: bytes) -> None:
    """Put ten things into the inbox that are no songs, or not yet."""
    (inbox / "text.mp3").write_bytes(b"this is a letter, not a song\n" * 400)
    (inbox / "empty.wav").touch()
    (inbox / "half.m4a").write_bytes(whole_song("m4a")[:2000])
    (inbox / "half.flac").write_bytes(whole_song("flac")[:-9000])
    (inbox / "noise.ogg").write_bytes(os.urandom(20_000))
    (inbox / "song.mp3.part").write_bytes(song)
    (inbox / "._song.mp3").write_bytes(song)
    (inbox / "Thumbs.db").write_bytes(b"\0" * 100)
    os.mkfifo(inbox / "pipe.mp3")
    (inbox / "link.mp3").symlink_to("/etc/hostname")


def test_ten_songs_of_ten_kinds_become_videos_and_ten_pieces_of_junk_do_not(
    tmp_path: Path,
) -> None:
    folder = home(tmp_path)
    for kind in TEN:
        (folder / "in" / f"{kind}.{kind}").write_bytes(whole_song(kind))
    junk(folder / "in", whole_song("mp3"))
    before = names(folder / "in")
    ended = watched(folder, "--once")
    videos = [f"{kind}.{kind}.draft.mp4" for kind in sorted(TEN)]
    assert names(folder / "jobs" / "out") == videos, ended.stderr
    songs = {f"{kind}.{kind}" for kind in TEN}
    assert {name for name in names(folder / "done") if ".json" not in name} == songs
    told = json.loads((folder / "done" / "mp3.mp3.mvpipe.json").read_text())
    assert told["status"] == "done"
    taken = {name for name in names(folder / "failed") if not name.endswith(".error.txt")}
    assert set(before) - songs == taken | {
        name for name in names(folder / "in") if name not in songs
    }
    for name in taken:
        assert "Why: " in (folder / "failed" / f"{name}.error.txt").read_text()


@contextmanager
def no_file_larger_than(size_bytes: int) -> Iterator[None]:
    """Have the disk be full for every process that this one starts, as far as they can tell."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size_bytes, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@contextmanager
def small_disk(at: Path, *, size: str) -> Iterator[None]:
    """Have a small disk of its own at a folder, where this user may mount one."""
    at.mkdir(parents=True)
    options = ["-t", "tmpfs", "-o", f"size={size}", "none"]
    if os.geteuid() or subprocess.run(["mount", *options, str(at)], check=False).returncode:
        pytest.skip("this user may not mount a small disk")
    try:
        yield
    finally:
        subprocess.run(["umount", str(at)], check=True)


def test_a_disk_that_fills_up_in_an_export_keeps_the_song_until_there_is_room(
    tmp_path: Path,
) -> None:
    folder = home(tmp_path)
    write_song(folder / "in", name="song.wav")
    out = folder / "jobs" / "out"
    with small_disk(out, size="64k"):
        (out / "ballast").write_bytes(b"\0" * 40_000)
        file = folder / "mvpipe-watch.yaml"
        file.write_text(file.read_text().replace("min_free: 1 MB", "min_free: 0"))
        full = watched(folder, "--once")
        assert full.returncode == 6, full.stderr
        assert names(folder / "in") == ["song.wav"]
        assert "the disk is full" in watched(folder, "status").stdout
        assert names(folder / "done") == names(folder / "failed") == []
        subprocess.run(["mount", "-o", "remount,size=4m", str(out)], check=True)
        watched(folder, "retry", "song.wav")
        again = watched(folder, "--once")
        assert again.returncode == 0, again.stderr
        assert names(folder / "done") == ["song.wav", "song.wav.mvpipe.json"]
        assert names(folder / "in") == []


def test_a_watcher_that_is_asked_to_end_does_so_and_goes_on_the_next_time(
    tmp_path: Path,
) -> None:
    folder = home(tmp_path)
    write_song(folder / "in", name="song.wav", bars=4)
    with subprocess.Popen(command(), cwd=folder, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        for line in process.stderr:
            if "begun" in line:
                break
        process.send_signal(signal.SIGTERM)
        process.communicate()
        assert process.returncode == 0
    assert names(folder / "in") == ["song.wav"]
    ended = watched(folder, "--once")
    assert ended.returncode == 0, ended.stderr
    assert names(folder / "in") == []
    assert names(folder / "jobs" / "out") == ["song.wav.draft.mp4"]


def test_its_health_is_told_by_an_exit_code(tmp_path: Path) -> None:
    folder = home(tmp_path)
    assert watched(folder, "--health").returncode == 1
    watched(folder, "--once")
    assert watched(folder, "--health").returncode == 0


def test_a_watcher_that_is_killed_loses_no_song_and_makes_no_second_video(
    tmp_path: Path,
) -> None:
    folder = home(tmp_path)
    write_song(folder / "in", name="song.wav", bars=4)
    with subprocess.Popen(command(), cwd=folder, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        for line in process.stderr:
            if "begun" in line:
                break
        process.kill()
    for _ in range(60):  # its child may go on alone, and keeps the song to itself meanwhile
        watched(folder, "retry", "song.wav")
        ended = watched(folder, "--once")
        if ended.returncode == 0:
            break
        assert names(folder / "failed") == [], ended.stderr
    assert names(folder / "in") == []
    assert names(folder / "done") == ["song.wav", "song.wav.mvpipe.json"]
    assert names(folder / "jobs" / "out") == ["song.wav.draft.mp4"]
