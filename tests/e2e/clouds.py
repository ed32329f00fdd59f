"""`mvpipe serve` as a process of its own, and what a client of it needs to know."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from tests.e2e.cli import Ended

TOKEN = "canary-cloud-token-0123456789"  # noqa: S105 - opens nothing but tests
EXAMPLES = Path(__file__).parents[2] / "examples"
SONG_BYTES = 90_000
"""Four seconds and a half of the examples' songs: MP3 can be cut anywhere."""


@dataclass(frozen=True, slots=True)
class Cloud:
    """A server that runs, what to set to be its client, and in the end what it said."""

    url: str
    process: subprocess.Popen[str]
    said: list[str] = field(default_factory=list)

    @property
    def environ(self) -> dict[str, str]:
        return {"NEMO_API_URL": self.url, "NEMO_TOKEN": TOKEN}


@contextmanager
def cloud(folder: Path, *arguments: str) -> Iterator[Cloud]:
    """Run `mvpipe serve`, its files in `folder` alone; it has ended well after that."""
    folder.mkdir(parents=True, exist_ok=True)
    process = subprocess.Popen(
        [sys.executable, "-m", "mvpipe", "serve", "--port", "0", *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        encoding="utf-8",
        env={**os.environ, **own_folders(folder), "MVPIPE_SERVE_TOKEN": TOKEN},
    )
    try:
        assert process.stderr is not None
        found = Cloud(url=process.stderr.readline().split()[-1], process=process)
        yield found
        process.send_signal(signal.SIGTERM)
        out, err = process.communicate()
        found.said.append(err)
        assert (process.returncode, out) == (0, ""), err
    finally:
        process.kill()
        process.communicate()


def own_folders(folder: Path) -> dict[str, str]:
    """Return what keeps a process from finding anything that another has left."""
    return {
        "MVPIPE_STATE_DIR": str(folder / "state"),
        "MVPIPE_CACHE_DIR": str(folder / "cache"),
        "XDG_CONFIG_HOME": str(folder / "config"),
    }


def ran(folder: Path, *arguments: str, environ: dict[str, str]) -> Ended:
    """Run `mvpipe` in `folder` to its end with more environment."""
    done = subprocess.run(
        [sys.executable, "-m", "mvpipe", *arguments],
        cwd=folder,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
        env={**os.environ, **environ},
    )
    return Ended(done.returncode, done.stdout, done.stderr)


def write_examples(folder: Path) -> Path:
    """Put every example into a project of its own, with the first seconds of its songs."""
    (folder / ".git").mkdir(parents=True)  # what makes a folder the top of a project
    for path in (*EXAMPLES.glob("*.mvpipe.yaml"), *EXAMPLES.glob("art/*.jpg")):
        to = folder / "examples" / path.relative_to(EXAMPLES)
        to.parent.mkdir(parents=True, exist_ok=True)
        to.write_bytes(path.read_bytes())
    for path in EXAMPLES.glob("audio/*.mp3"):
        to = folder / "examples" / path.relative_to(EXAMPLES)
        to.parent.mkdir(parents=True, exist_ok=True)
        to.write_bytes(path.read_bytes()[:SONG_BYTES])
    return folder
