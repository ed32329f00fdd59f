"""The real process killed at random times while it works: run again, it just goes on.

`MVPIPE_KILLS=100 pytest tests/e2e/test_killed.py` kills so many; each time is seeded.
"""

from __future__ import annotations

import json
import os
import random
import select
import signal
import subprocess
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.crashing import OUTPUTS, service
from tests.e2e.cli import Ended, mvpipe, started, write_song
from tests.e2e.clouds import own_folders
from tests.e2e.test_interrupted import wait_until_gone, watched
from tests.serving import TOKEN

pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(600),
    pytest.mark.skipif(
        not hasattr(os, "pidfd_open") or not Path("/proc/self/task").exists(),
        reason="looks at processes as Linux shows them",
    ),
]

KILLS = int(os.environ.get("MVPIPE_KILLS", "10"))
BARS = 2
JOB = """\
mvpipe: 1
name: night
backend: {backend}
inputs: [song.wav]
steps:
  - {{id: make, prompt: generate a music video}}
  - export: {{id: rough, to: out/rough.mp4, size: 128x128}}
  - {{id: title, prompt: add the title "Night" for the first 3 seconds}}
exports:
  - {{id: final, to: out/final.mp4, size: 160x128}}
"""


@dataclass(frozen=True, slots=True)
class Project:
    """A job in a folder of its own, with a home of its own."""

    folder: Path
    environ: dict[str, str]

    @property
    def at(self) -> Path:
        return self.folder / "project"

    def run(self) -> Ended:
        return mvpipe(self.at, "run", environ=self.environ)

    def begun(self) -> subprocess.Popen[str]:
        return started(self.at, "run", "--events", "jsonl", environ=self.environ)

    def made(self) -> dict[str, bytes]:
        return {name: (self.at / name).read_bytes() for name in OUTPUTS}

    def files(self) -> set[str]:
        found = (path for path in self.at.rglob("*") if path.is_file())
        return {str(path.relative_to(self.at)) for path in found}

    def left(self) -> list[Path]:
        """Return what a run should not leave behind it in its user's folders."""
        return [*self.folder.glob("cache/work/*"), *self.folder.rglob("*.part")]


def project(folder: Path, backend: str, environ: dict[str, str]) -> Project:
    (folder / "project" / ".git").mkdir(parents=True)  # what makes it the top of a project
    write_song(folder / "project", bars=BARS if backend == "local" else 1)
    text = JOB.format(backend=backend)
    (folder / "project" / "night.mvpipe.yaml").write_text(text, encoding="utf-8")
    return Project(folder, {**own_folders(folder), **environ})


FRAMES = "frames are done"


def kind_of(line: str) -> str:
    """Return what an event tells: its kind, or that there are frames."""
    event = json.loads(line)
    return FRAMES if event.get("unit") == "frames" and event["done"] else str(event["event"])


def killed(one: Project, *, after: str, at_s: float, group: bool) -> None:
    """Have a run die so many seconds after its first event of a kind, or all its group."""
    process = one.begun()
    for line in process.stdout or ():
        if kind_of(line) == after:
            break
    handle = os.pidfd_open(process.pid)
    select.select([handle], [], [], at_s)
    os.close(handle)
    with watched(process) as workers:
        if group:
            os.killpg(process.pid, signal.SIGKILL)
        else:
            process.kill()
        _, err = process.communicate()
        wait_until_gone(workers)
    assert "Warning" not in err


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """What a run makes that nobody kills."""
    one = project(tmp_path_factory.mktemp("whole"), "local", {})
    assert one.run().code == 0
    return one.made()


@pytest.mark.parametrize("seed", range(KILLS))
def test_a_render_killed_at_any_time_goes_on_and_makes_the_same_bytes(
    tmp_path: Path, whole: dict[str, bytes], seed: int
) -> None:
    dice = random.Random(seed)  # noqa: S311 - no secret
    one = project(tmp_path, "local", {"MVPIPE_WORKERS": str(1 + seed % 2)})
    for _ in range(dice.choice((1, 1, 2))):
        after = dice.choice((FRAMES, FRAMES, "task-started"))
        killed(one, after=after, at_s=dice.uniform(0, 2), group=dice.random() < 0.5)
    done = one.run()
    assert done.code == 0, done.err
    assert one.made() == whole
    assert one.files() == {"song.wav", "night.mvpipe.yaml", *OUTPUTS}
    assert one.left() == []
    assert one.run().err.count("nothing to do") == 1


@dataclass(frozen=True, slots=True)
class Cloud:
    """A service that lives on, and what it has taken in."""

    url: str
    accepted: Path

    @property
    def environ(self) -> dict[str, str]:
        return {"NEMO_API_URL": self.url, "NEMO_TOKEN": TOKEN}


@pytest.fixture(scope="module")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cloud]:
    folder = tmp_path_factory.mktemp("cloud")
    with service(folder) as url:
        yield Cloud(url, folder / "accepted")


@pytest.fixture(scope="module")
def fetched(tmp_path_factory: pytest.TempPathFactory, cloud: Cloud) -> dict[str, bytes]:
    one = project(tmp_path_factory.mktemp("fetched"), "nemo", cloud.environ)
    assert one.run().code == 0
    return one.made()


@pytest.mark.parametrize("seed", range(KILLS))
def test_a_client_killed_at_any_time_sends_nothing_twice_and_fetches_the_same_bytes(
    tmp_path: Path, cloud: Cloud, fetched: dict[str, bytes], seed: int
) -> None:
    dice, one = random.Random(seed), project(tmp_path, "nemo", cloud.environ)  # noqa: S311
    cloud.accepted.write_bytes(b"")
    for _ in range(dice.choice((1, 1, 2))):
        at_s = dice.uniform(0, 1.5)
        killed(one, after="run-started", at_s=at_s, group=dice.random() < 0.5)
    done = one.run()
    assert done.code == 0, done.err
    assert one.made() == fetched
    assert one.files() == {"song.wav", "night.mvpipe.yaml", *OUTPUTS}
    assert one.left() == []
    taken = Counter(cloud.accepted.read_text(encoding="utf-8").splitlines())
    assert len(taken) == 4
    assert set(taken.values()) == {1}
