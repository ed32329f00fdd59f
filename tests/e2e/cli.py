"""The command line as a process of its own, with little songs to feed it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.songs import little_song, write_wav

# A shell's background job ignores Ctrl-C, and so would its children: listen to it again.
START = (
    "import signal; signal.signal(signal.SIGINT, signal.default_int_handler); "
    "from mvpipe.cli.main import entry; entry()"
)

JOB = """\
mvpipe: 1
inputs: [{song}]
steps: [generate a music video]
exports: [{{id: small, to: {to}, size: 128x128}}]
"""


MEASURING = ("COVERAGE_PROCESS_CONFIG", "COVERAGE_PROCESS_START")
UNMEASURED = ("env", *(word for name in MEASURING for word in ("-u", name)))
"""For a child that may not write: one that measures coverage would write what it measured."""


def unmeasured() -> dict[str, str]:
    """Return this process's environment without what has children measure coverage."""
    return {name: value for name, value in os.environ.items() if name not in MEASURING}


@dataclass(frozen=True, slots=True)
class Ended:
    """How a process ended and what it said."""

    code: int
    out: str
    err: str

    @property
    def events(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.out.splitlines()]


def write_song(folder: Path, *, bars: int = 1, name: str = "song.wav") -> Path:
    """Write a song of two seconds a bar."""
    return write_wav(folder / name, little_song(120, bars).pcm)


def write_job(folder: Path, *, song: str = "song.wav", to: str = "out/song.mp4") -> Path:
    """Write a job that makes one small video."""
    path = folder / "song.mvpipe.yaml"
    path.write_text(JOB.format(song=song, to=to), encoding="utf-8")
    return path


def started(
    folder: Path,
    *arguments: str,
    prefix: Sequence[str] = (),
    environ: Mapping[str, str] | None = None,
) -> subprocess.Popen[str]:
    """Start `mvpipe` in `folder`, in a process group of its own, with more environment."""
    return subprocess.Popen(
        [*prefix, sys.executable, "-c", START, *arguments],
        cwd=folder,
        env={**os.environ, **(environ or {})},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        encoding="utf-8",
        start_new_session=True,
    )


def ended(process: subprocess.Popen[str], *, said: str = "") -> Ended:
    """Wait for the end; `said` is what was read from its output before."""
    out, err = process.communicate()
    return Ended(process.returncode, said + out, err)


def mvpipe(
    folder: Path,
    *arguments: str,
    prefix: Sequence[str] = (),
    environ: Mapping[str, str] | None = None,
) -> Ended:
    """Run `mvpipe` in `folder` to its end."""
    return ended(started(folder, *arguments, prefix=prefix, environ=environ))


def until_it_renders(process: subprocess.Popen[str]) -> str:
    """Read events until the first frames are done; return what was read."""
    said = ""
    for line in process.stdout or ():
        said += line
        event = json.loads(line)
        if event["event"] == "progress" and event["unit"] == "frames" and event["done"]:
            return said
    raise AssertionError(
        f"no frame was ever told: {said}{process.stderr and process.stderr.read()}"
    )


@contextmanager
def under_way(folder: Path, *arguments: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """Give a run that has begun to render, and what it said so far; it is dead at the end."""
    process = started(folder, "run", "--events", "jsonl", *arguments)
    try:
        yield process, until_it_renders(process)
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            process.communicate()


def tree(*folders: Path) -> dict[str, bytes]:
    """Return every file under the folders with its content."""
    files = (path for folder in folders for path in folder.rglob("*"))
    return {str(path): path.read_bytes() if path.is_file() else b"" for path in files}
