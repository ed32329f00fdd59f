"""The processes that read songs: started within limits, heard through files, ended in order.

What a song makes of its reader stays in there. A child is `mvpipe plan` or `mvpipe run` for one
song, in a session of its own, so that it can be ended with all that it started.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from mvpipe.disk import hidden, make_folder, output_errors, sweep_beside
from mvpipe.watch.flow import Ended

SECRETS = frozenset({"NEMO_TOKEN", "MVPIPE_SERVE_TOKEN"})
"""What the environment of a child has only if its job goes to the cloud."""

SHOWN_BYTES = 4096
MOST_BYTES = 16 * 2**20
SHOWN_LINES = 6
MEMORY_BYTES = 16 * 2**30
FILE_BYTES = 64 * 2**30


@dataclass(frozen=True, slots=True)
class Wanted:
    """One song to be read: `text` is the job where that is no file of the operator's own.

    `beside` are the pictures that belong to it.

    `folder` is the job's folder. Without `secrets` the child knows no token.
    """

    song: Path
    job: Path
    text: str | None
    folder: Path
    state: Path
    workers: int
    time_s: float
    beside: tuple[Path, ...] = ()
    draft: bool = False
    secrets: bool = False


@dataclass(frozen=True, slots=True)
class Planned:
    """What a job would make of a song: its videos, what they cost, whether it needs a token."""

    outputs: tuple[Path, ...]
    credits: int
    cloud: bool


class Child(Protocol):
    """A process at work."""

    def poll(self) -> Ended | None:
        """Return how it ended, `None` while it has not. Safe to repeat."""
        ...

    def planned(self) -> Planned | None:
        """Return what it said that it would make, `None` where that cannot be read."""
        ...

    def done(self) -> float | None:
        """Return which part of its work is done, from 0 to 1, as far as it has said."""
        ...

    def stop(self, *, late: bool = False) -> None:
        """Ask it to end; what it did is kept. Safe to repeat."""
        ...

    def kill(self) -> None:
        """End it and all that it started, at once. Safe to repeat."""
        ...

    def close(self) -> None:
        """Let go of what it said. Safe to repeat."""
        ...


@dataclass(frozen=True, slots=True)
class Children:
    """Starts processes; what they say lies in `folder` while they live.

    Raises OutputError where the system lets none be started.
    """

    folder: Path
    environ: Mapping[str, str]

    def plan(self, wanted: Wanted) -> Child:
        """Start what says what would be made of a song."""
        return self._start("plan", [*_plan(wanted), "--json"], wanted)

    def render(self, wanted: Wanted) -> Child:
        """Start what renders a song. Safe to repeat: what was done before is kept."""
        how = ["--events", "jsonl", "--progress", "none", "-j", str(wanted.workers)]
        where = ["--state", str(wanted.state)]
        return self._start("run", [*_plan(wanted), *how, *where], wanted)

    def _start(self, verb: str, arguments: Sequence[str], wanted: Wanted) -> Child:
        command = _limited([sys.executable, "-m", "mvpipe", verb, *arguments], wanted.time_s)
        names = {k: v for k, v in self.environ.items() if wanted.secrets or k not in SECRETS}
        make_folder(self.folder, private=True)
        sweep_beside(self.folder / "said")
        out, err = hidden(self.folder / "said"), hidden(self.folder / "said")
        with (
            output_errors(self.folder),
            out.open("xb") as told,
            err.open("xb") as complained,
        ):
            process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL if wanted.text is None else subprocess.PIPE,
                stdout=told,
                stderr=complained,
                cwd=wanted.folder,
                env={**names, "MVPIPE_STATE_DIR": str(wanted.state)},
                start_new_session=True,
            )
        _tell(process, wanted.text)
        return RealChild(process, out, err)


def _tell(process: subprocess.Popen[bytes], text: str | None) -> None:
    if process.stdin is not None and text is not None:
        with suppress(OSError), process.stdin as pipe:  # it may have ended already
            pipe.write(text.encode())


def _plan(wanted: Wanted) -> list[str]:
    """Return the arguments that say which job and which song are meant."""
    job = [str(wanted.job), "--allow-outside"] if wanted.text is None else ["-"]
    beside = [word for path in wanted.beside for word in ("--with", str(path))]
    return [
        *job, "--file", str(wanted.song), *beside, *(["--draft"] if wanted.draft else [])
    ]  # fmt: skip


def _limited(command: list[str], time_s: float) -> list[str]:
    if os.name == "nt":  # which has no such limits
        return command
    from mvpipe.watch.limited import Most  # noqa: PLC0415 - it does not import on Windows

    cpu_s = int(time_s) * (os.cpu_count() or 1) + 60
    return Most(cpu_s, memory_bytes=MEMORY_BYTES, file_bytes=FILE_BYTES).command(command)


class RealChild:
    """A process of this machine; `out` and `err` are the files that it writes."""

    def __init__(self, process: subprocess.Popen[bytes], out: Path, err: Path) -> None:
        self._process = process
        self._out = out
        self._err = err
        self._late = False
        self._asked = False

    def close(self) -> None:
        for path in (self._out, self._err):
            with suppress(OSError):
                path.unlink(missing_ok=True)

    def poll(self) -> Ended | None:
        code = self._process.poll()
        if code is None:
            return None
        told = list(_finished(_read(self._out)))
        wrong = next((one for one in told if not one.get("ok")), {})
        problem = str(wrong.get("problem") or "")
        return Ended(
            code,
            outputs=tuple(Path(path) for one in told for path in one.get("outputs", ())),
            problem=_one_line(problem) or ("" if code == 0 else self._last_words()),
            hint=_one_line(str(wrong.get("hint") or "")),
            late=self._late,
            asked=self._asked,
        )

    def planned(self) -> Planned | None:
        with suppress(ValueError, KeyError, TypeError, AttributeError):
            jobs = json.loads(_read(self._out))["jobs"]
            tasks = [task for job in jobs for task in job["tasks"] if "to" in task]
            return Planned(
                outputs=tuple(Path(task["to"]) for task in tasks),
                credits=sum(int(job["credits"]) for job in jobs),
                cloud=any(not job["backend"].startswith("local/") for job in jobs),
            )
        return None

    def done(self) -> float | None:
        for line in reversed(_read(self._out, last_bytes=SHOWN_BYTES).splitlines()):
            with suppress(ValueError, KeyError, TypeError, AttributeError, ZeroDivisionError):
                said = json.loads(line)
                if said["event"] == "progress":
                    return float(said["done"] / said["total"])
        return None

    def stop(self, *, late: bool = False) -> None:
        self._late, self._asked = self._late or late, self._asked or not late
        with suppress(OSError):
            self._process.terminate()

    def kill(self) -> None:
        with suppress(OSError):
            if os.name == "nt":
                self._process.kill()
            else:
                os.killpg(self._process.pid, signal.SIGKILL)

    def _last_words(self) -> str:
        """Return the end of what it wrote for people, on one line."""
        lines = _read(self._err, last_bytes=SHOWN_BYTES).strip().splitlines()
        return _one_line(" ".join(line.strip() for line in lines[-SHOWN_LINES:]))


def _read(path: Path, *, last_bytes: int = MOST_BYTES) -> str:
    """Return the end of a file that perhaps still grows; nothing where there is none."""
    with suppress(OSError), path.open("rb") as file:
        file.seek(max(0, file.seek(0, os.SEEK_END) - last_bytes))
        return file.read().decode(errors="replace")
    return ""


def _finished(text: str) -> Iterator[dict[str, Any]]:
    """Yield how each job ended, from a run's events."""
    for line in text.splitlines():
        if '"job-finished"' in line:
            with suppress(ValueError):
                said = json.loads(line)
                if isinstance(said, dict):
                    yield said


def _one_line(text: str) -> str:
    """Return text from a child as one line that does nothing to a terminal."""
    seen = "".join(c if c.isprintable() else " " for c in text)
    return " ".join(seen.split())
