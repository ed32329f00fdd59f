"""What only looks leaves everything as it was: not a byte, not a time, not a socket."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from mvpipe.commands import parts
from mvpipe.commands.journals import journal_path
from mvpipe.journal.records import Intent, Outcome, Stage, job_id
from mvpipe.journal.store import Journal
from mvpipe.model.canonical import canonical, digest_of_text
from mvpipe.model.plan import TaskKind
from tests.e2e.cli import mvpipe, under_way, unmeasured, write_job, write_song
from tests.fakes import FakeClock

pytestmark = [pytest.mark.slow, pytest.mark.timeout(180)]

LOOKS = (
    ("validate",),
    ("config",),
    ("config", "--json"),
    ("plan",),
    ("plan", "--json"),
    ("run", "--dry-run"),
    ("status",),
    ("status", "song.mvpipe.yaml"),
    ("status", "--json"),
    ("explain",),
    ("explain", "song.mvpipe.yaml", "render small"),
    ("explain", "--json"),
    ("verify",),
    ("verify", "--json"),
)

# Whoever opens a socket, writes a file of the tree or lets SQLite at one is stopped on the
# spot, also where no trace of it would be left.
WATCHED = """
import json, os, sys
trees = json.loads(sys.argv[1])

def inside(path):
    if not isinstance(path, (str, bytes)):
        return False
    real = os.path.realpath(os.fsdecode(path))
    return any(real == tree or real.startswith(tree + os.sep) for tree in trees)

CHANGES = {"os.remove", "os.rename", "os.mkdir", "os.rmdir", "os.link", "os.symlink",
           "os.truncate", "os.utime", "os.chmod", "os.chown", "shutil.rmtree"}
WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND

def watch(event, given):
    if event.startswith("socket."):
        raise SystemExit(f"{event} {given}")
    if event == "sqlite3.connect" and given[0] != ":memory:":
        raise SystemExit(f"{event} {given}")
    if event == "open" and inside(given[0]) and (given[2] or 0) & WRITING:
        raise SystemExit(f"{event} {given}")
    if event in CHANGES and inside(given[0]):
        raise SystemExit(f"{event} {given}")

from mvpipe.cli.main import main
sys.addaudithook(watch)
codes = [int(main(look)) for look in json.loads(sys.argv[2])]
print(json.dumps(codes), file=sys.stderr)
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write_song(tmp_path)
    write_job(tmp_path)
    return tmp_path


def looked(folder: Path, home: Path) -> dict[tuple[str, ...], int]:
    """Look in every way there is, in a process that may do nothing else; return the codes."""
    done = subprocess.run(
        [
            sys.executable,
            "-B",
            "-c",
            WATCHED,
            *map(json.dumps, ([*trees(folder, home)], LOOKS)),
        ],
        cwd=folder,
        env=unmeasured(),
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )
    assert done.returncode == 0, done.stderr
    codes = json.loads(done.stderr.splitlines()[-1])
    return dict(zip(LOOKS, codes, strict=True))


def trees(*folders: Path) -> tuple[str, ...]:
    return tuple(os.path.realpath(folder) for folder in folders)


def hashed(*folders: Path) -> dict[str, tuple[str, int, int]]:
    """Return name, bytes, mode and time of change of all there is, the folders too."""
    found = {}
    for path in (one for folder in folders for one in (folder, *folder.rglob("*"))):
        state = path.lstat()
        content = path.read_bytes() if path.is_file() else b""
        told = hashlib.sha256(content).hexdigest()
        found[str(path)] = (told, state.st_mode, state.st_mtime_ns)
    return found


def never_run(_folder: Path, _home: Path) -> int:
    return 7


def done(folder: Path, _home: Path) -> int:
    assert mvpipe(folder, "run").code == 0
    return 0


def changed(folder: Path, home: Path) -> int:
    done(folder, home)
    job = folder / "song.mvpipe.yaml"
    job.write_text(
        job.read_text(encoding="utf-8").replace("music video", "darker video"), encoding="utf-8"
    )
    return 0


def spoilt(folder: Path, home: Path) -> int:
    done(folder, home)
    video = folder / "out" / "song.mp4"
    content = bytearray(video.read_bytes())
    content[-2000] ^= 1
    video.write_bytes(content)
    return 1


def killed(folder: Path, _home: Path) -> int:
    write_song(folder, bars=30)
    with under_way(folder):
        pass
    assert not (folder / "mvpipe.lock").exists()
    return 7


def in_the_cloud(folder: Path, _home: Path) -> int:
    """Have a render ordered of the cloud, and nobody who collects it."""
    job = folder / "song.mvpipe.yaml"
    job.write_text(
        job.read_text(encoding="utf-8").replace("mvpipe: 1", "mvpipe: 1\nbackend: nemo"),
        encoding="utf-8",
    )
    made_of = canonical({"backend": "nemo/1 https://example.com", "version": 1})
    intent = Intent(
        job=job_id("song.mvpipe.yaml", "song", folder=folder),
        task="render small",
        kind=TaskKind.RENDER,
        key=digest_of_text(made_of),
        attempt=1,
        parts=made_of,
    )
    with Journal.open(journal_path(parts.settings()), now=FakeClock(1e9)) as journal:
        journal.intend(intent)
        journal.end(intent, Outcome(Stage.UNKNOWN))
    return 7


@pytest.mark.parametrize(
    "state",
    [never_run, done, changed, spoilt, killed, in_the_cloud],
    ids=lambda one: one.__name__,
)
def test_looking_leaves_every_file_as_it_was_and_opens_no_socket(
    folder: Path, own_home: Path, state: Callable[[Path, Path], int]
) -> None:
    verified = state(folder, own_home)
    before = hashed(folder, own_home)
    codes = looked(folder, own_home)
    assert hashed(folder, own_home) == before
    wanted = dict.fromkeys(LOOKS, 0) | {look: verified for look in LOOKS if look[0] == "verify"}
    if not any("journal.db" in name for name in before):
        wanted["status", "song.mvpipe.yaml"] = 7
    assert codes == wanted


def test_the_watch_itself_would_tell(folder: Path, own_home: Path) -> None:
    for bad in ("open('x', 'w')", "__import__('socket').socket()"):
        code = WATCHED.split("from mvpipe", maxsplit=1)[0] + f"sys.addaudithook(watch)\n{bad}\n"
        told = subprocess.run(
            [sys.executable, "-c", code, json.dumps(trees(folder, own_home))],
            cwd=folder,
            env=unmeasured(),
            capture_output=True,
            check=False,
        )
        assert told.returncode == 1
        assert told.stderr.startswith((b"open ", b"socket."))
    assert not (folder / "x").exists()
