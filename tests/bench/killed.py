"""Runners killed in the middle: what they pay for twice, and what they take for finished.

`python -m tests.bench.killed [--only NAME]`: ten steps one after the other, a signal to the
whole process group during the sixth, then the same command again. Ten submissions and no torn
output are right. Each runner's steps log "submitted", write half their output, wait half a
second, and write the rest; those of mvpipe are ten renders ordered from a service that outlives
the runner, counted by a proxy in front of it.
"""

from __future__ import annotations

import argparse
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from tests.bench import peers
from tests.bench.counting import Counter, counting
from tests.bench.step import HALF
from tests.songs import little_song, write_wav

STEPS, KILLED = 10, 6
INTO_S = 0.25
"""How far into the sixth step the signal comes."""
LONGEST_S = 180.0
STEP = Path(__file__).with_name("step.py")
SIGNALS = (signal.SIGKILL, signal.SIGTERM, signal.SIGINT)
TOKEN = "bench-token-0123456789"  # noqa: S105 - opens nothing but this bench


@dataclass(frozen=True, slots=True)
class Row:
    """What came of one runner and one signal; `exit` is the second run's."""

    name: str
    signal: str
    submitted: int
    torn: int
    exit: int

    @property
    def shown(self) -> str:
        """The row as a line of the table."""
        came = "" if self.exit == 0 else f"stops, exit {self.exit}"
        right = (self.submitted, self.torn, self.exit) == (STEPS, 0, 0)
        mark = "" if right else "  <-"
        return f"{self.name:<34}{self.signal:<9}{self.submitted:>9}{self.torn:>6}  {came}{mark}"


@dataclass(frozen=True, slots=True)
class Peer:
    """A runner: the file that tells it the ten steps, and the command that carries them out."""

    name: str
    file: str
    text: str
    arguments: Sequence[str]
    before: Sequence[Sequence[str]] = ()
    environ: Mapping[str, str] = field(default_factory=dict)


DOIT = """
def task_step():
    for n in range(1, {steps} + 1):
        yield {{
            "name": str(n),
            "actions": [f"{python} {step} {{n}} out{{n}} log"],
            "file_dep": [f"out{{n - 1}}"],
            "targets": [f"out{{n}}"],
        }}
"""
SNAKEMAKE = """
rule last:
    input: "out{steps}"
rule step:
    input: lambda w: f"out{{int(w.n) - 1}}"
    output: "out{{n}}"
    shell: "{python} {step} {{wildcards.n}} {{output}} log"
"""
LUIGI = """
import subprocess
import luigi

class Step(luigi.Task):
    n = luigi.IntParameter()

    def requires(self):
        return [Step(n=self.n - 1)] if self.n > 1 else []

    def output(self):
        return luigi.LocalTarget(f"out{{self.n}}")

    def run(self):
        subprocess.run(["{python}", "{step}", str(self.n), f"out{{self.n}}", "log"], check=True)
"""


def _dvc() -> str:
    lines = ["stages:"]
    for n in range(1, STEPS + 1):
        lines += [f"  step{n}:", f"    cmd: '{sys.executable} {STEP} {n} out{n} log'"]
        lines += ["    deps:", f"    - out{n - 1}", "    outs:", f"    - out{n}"]
    return "\n".join(lines)


PEERS = (
    Peer("doit", "dodo.py", DOIT, ()),
    Peer(
        "dvc",
        "dvc.yaml",
        _dvc(),
        ("repro",),
        before=(("init", "--no-scm", "-q"),),
        environ={"DVC_NO_ANALYTICS": "1"},
    ),
    Peer("snakemake", "Snakefile", SNAKEMAKE, ("--cores", "1")),
    Peer(
        "luigi",
        "steps.py",
        LUIGI,
        ("--module", "steps", "Step", "--n", str(STEPS), "--local-scheduler"),
        environ={"PYTHONPATH": "."},
    ),
)


def of_peer(peer: Peer, number: signal.Signals, folder: Path) -> Row:
    """Return what a peer does; raises Missing where it cannot be had."""
    program = str(peers.program(peer.name))
    text = peer.text
    if peer.file != "dvc.yaml":
        text = text.format(steps=STEPS, python=sys.executable, step=STEP)
    (folder / peer.file).write_text(text, encoding="utf-8")
    (folder / "out0").write_bytes(HALF)  # what the first step is made from
    environ = {**os.environ, **peer.environ}
    for arguments in peer.before:
        subprocess.run(
            [program, *arguments], cwd=folder, env=environ, check=True, capture_output=True
        )
    log = folder / "log"

    def submitted() -> int:
        return len(log.read_text(encoding="ascii").splitlines()) if log.exists() else 0

    command = [program, *peer.arguments]
    kill_during(command, folder=folder, environ=environ, number=number, submitted=submitted)
    code = run(command, folder=folder, environ=environ)
    outputs = [folder / f"out{n}" for n in range(1, STEPS + 1)]
    torn = sum(path.exists() and path.read_bytes() != 2 * HALF for path in outputs)
    version = peers.wanted(peer.name).replace("==", " ")
    return Row(version, number.name, submitted(), torn, code)


def kill_during(
    command: Sequence[str],
    *,
    folder: Path,
    environ: Mapping[str, str],
    number: signal.Signals,
    submitted: Callable[[], int],
    into_s: float = INTO_S,
) -> None:
    """Start the command, send its group the signal in the sixth step, and see it end."""
    process = started(command, folder=folder, environ=environ)
    try:
        ends_at = time.monotonic() + LONGEST_S
        while submitted() < KILLED:
            if process.poll() is not None or time.monotonic() > ends_at:
                raise AssertionError(f"{command[0]} never came to its sixth step")
            time.sleep(0.01)
        time.sleep(into_s)
        os.killpg(process.pid, number)
        process.wait(timeout=30)
        time.sleep(1)  # what was its child may still be ending
    finally:
        end(process)


def started(
    command: Sequence[str], *, folder: Path, environ: Mapping[str, str]
) -> subprocess.Popen[bytes]:
    """Start a command in a process group of its own, its words in a file."""
    with (folder / "said").open("ab") as said:
        return subprocess.Popen(
            command,
            cwd=folder,
            env=dict(environ),
            stdin=subprocess.DEVNULL,
            stdout=said,
            stderr=said,
            start_new_session=True,
        )


def end(process: subprocess.Popen[bytes]) -> None:
    """Kill what is left of the group."""
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def run(command: Sequence[str], *, folder: Path, environ: Mapping[str, str]) -> int:
    """Run a command to its end and return its exit code."""
    process = started(command, folder=folder, environ=environ)
    try:
        return process.wait(timeout=LONGEST_S)
    finally:
        end(process)


# mvpipe: the steps are renders, the money is the service's


def _job() -> str:
    exports = "\n".join(
        f"  - {{id: e{n}, to: out{n}.mp4, size: {320 + 2 * n}x180, quality: draft}}"
        for n in range(1, STEPS + 1)
    )
    before = "mvpipe: 1\nbackend: nemo\ninputs: [song.wav]\nsteps: [neon city]\nexports:\n"
    return f"{before}{exports}\n"


def _project(folder: Path) -> Path:
    folder.mkdir()
    (folder / ".git").mkdir()  # what makes a folder the top of a project
    write_wav(folder / "song.wav", little_song(120, 1).pcm)
    (folder / "job.mvpipe.yaml").write_text(_job(), encoding="utf-8")
    return folder


def _own(folder: Path) -> dict[str, str]:
    own = {f"MVPIPE_{name}_DIR": str(folder / name.lower()) for name in ("STATE", "CACHE")}
    return {**os.environ, **own, "XDG_CONFIG_HOME": str(folder / "config")}


@contextmanager
def service(folder: Path) -> Iterator[str]:
    """Run `mvpipe serve` until the block ends; give its address."""
    environ = {**_own(folder), "MVPIPE_SERVE_TOKEN": TOKEN}
    command = [sys.executable, "-m", "mvpipe", "serve", "--port", "0"]
    folder.mkdir()
    with (folder / "said").open("wb") as said:
        process = subprocess.Popen(
            command, env=environ, stdout=said, stderr=subprocess.PIPE, text=True
        )
    try:
        if process.stderr is None:
            raise AssertionError("its words were asked for")
        yield process.stderr.readline().split()[-1]
    finally:
        process.terminate()
        process.communicate()


@dataclass(frozen=True, slots=True)
class Ours:
    """mvpipe as a client of a counted service; `lost` kills before the sixth answer arrives."""

    url: str
    folder: Path
    whole: Mapping[str, bytes]
    lost: bool = False

    @property
    def name(self) -> str:
        """What the row is called."""
        return f"mvpipe{', its answer on the way' if self.lost else ''}"

    def row(self, number: signal.Signals) -> Row:
        """Kill it and run it again."""
        folder = _project(self.folder)
        with counting(self.url, holds=KILLED if self.lost else 0) as (url, counter):
            environ, command = client(folder, url), mvpipe()
            kill_during(
                command,
                folder=folder,
                environ=environ,
                number=number,
                submitted=lambda: len(counter.accepted),
            )
            counter.released.set()
            code = run(command, folder=folder, environ=environ)
        made = outputs_of(folder)
        torn = sum(self.whole[name] != content for name, content in made.items())
        return Row(self.name, number.name, len(counter.accepted), torn, code)


def mvpipe() -> list[str]:
    """Return the command that carries the job out."""
    return [sys.executable, "-m", "mvpipe", "run"]


def client(folder: Path, url: str) -> dict[str, str]:
    """Return the environment of a client of the service at that address."""
    return {**_own(folder / "own"), "NEMO_API_URL": url, "NEMO_TOKEN": TOKEN}


def outputs_of(folder: Path) -> dict[str, bytes]:
    """Return every video under its name."""
    return {path.name: path.read_bytes() for path in folder.glob("*.mp4")}


def uninterrupted(url: str, folder: Path) -> dict[str, bytes]:
    """Return the videos of a run that nobody kills."""
    project = _project(folder)
    with counting(url) as (counted, counter):
        code = run(mvpipe(), folder=project, environ=client(project, counted))
    if (code, _count(counter)) != (0, STEPS):
        said = (project / "said").read_text(encoding="utf-8")
        raise AssertionError(f"an uninterrupted run ends with {code}: {said}")
    return outputs_of(project)


def _count(counter: Counter) -> int:
    return len(counter.accepted)


def ours(within: Path) -> Iterator[Row]:
    """Yield mvpipe's rows."""
    with service(within / "service") as url:
        whole = uninterrupted(url, within / "uninterrupted")
        for lost in (False, True):
            for number in SIGNALS:
                folder = within / f"{number.name}-{lost}"
                yield Ours(url, folder, whole, lost=lost).row(number)


def theirs(within: Path, only: str | None) -> Iterator[Row | str]:
    """Yield every peer's rows, or why there are none."""
    for peer in PEERS:
        if only not in (None, peer.name):
            continue
        for number in SIGNALS:
            folder = within / f"{peer.name}-{number.name}"
            folder.mkdir()
            try:
                yield of_peer(peer, number, folder)
            except peers.Missing as missing:
                yield f"{peer.name}: skipped: {missing}"
                break


def main() -> None:
    """Print the table, row by row as it comes."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", help="one peer, or mvpipe")
    only = parser.parse_args().only
    # where a shell starts this in the background, children would inherit that Ctrl-C is ignored
    signal.signal(signal.SIGINT, signal.default_int_handler)
    within = Path(tempfile.mkdtemp(prefix="mvpipe-killed-"))
    print(f"{'':<34}{'signal':<9}{'submitted':>9}{'torn':>6}", flush=True)
    try:
        for row in theirs(within, only):
            print(row if isinstance(row, str) else row.shown, flush=True)
        if only in (None, "mvpipe"):
            for row in ours(within):
                print(row.shown, flush=True)
    finally:
        shutil.rmtree(within, ignore_errors=True)


if __name__ == "__main__":
    main()
