"""The crash matrix: a job that dies at every point there is, and is then simply run again.

`python -m tests.crashing [--backend local|nemo] [--every N] [--sample N] [--twice N]` prints a
table and every failure; all of it takes some ten minutes. For each point and each way to die a
process dies there, another runs the same job, and a third finds nothing to do. Processes are
forked from one that has everything in memory already; the service that the cloud's client talks
to is another one, which lives on.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import random
import select
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, cast

from mvpipe.commands.parts import wall_clock
from mvpipe.model.backend import BackendName
from mvpipe.model.canonical import canonical
from mvpipe.model.job import Export
from mvpipe.serve.options import Limits
from tests.dying import Fate, Way
from tests.mortal import Place, add_line, lived
from tests.serving import QuickStudio, options_in, serving
from tests.songs import little_song, write_wav

LONGEST_S = 60.0
"""A process that takes longer has not left in time."""

JOB = """\
mvpipe: 1
name: night
backend: {backend}
inputs: [song.wav]
steps:
  - {{id: make, prompt: generate a music video, expect: {expect}}}
  - export: {{id: rough, to: out/rough.mp4, size: 128x128, fps: 24, quality: draft}}
  - {{id: title, prompt: add the title "Night" for the first 2 seconds}}
  - check: {{duration: ~ inputs.song}}
exports:
  - {{id: final, to: out/final.mp4, size: 128x160, fps: 24, quality: draft}}
"""
EXPECT = {BackendName.LOCAL: '{video: ">=1"}', BackendName.NEMO: '{title: ">=1"}'}
OUTPUTS = ("out/final.mp4", "out/rough.mp4", "mvpipe.lock")


@dataclass(slots=True)
class Bench:
    """Where cases are carried out: their song, the service's address, and what it took in.

    `slowest_s` is how long it has taken at most from a process's last point to its end.
    """

    folder: Path
    backend: BackendName
    url: str = ""
    cases: int = 0
    slowest_s: float = 0.0
    whole: dict[str, bytes] = field(default_factory=dict)

    @property
    def accepted(self) -> Path:
        """What the service has taken in, one line each."""
        return self.folder / "accepted"

    def place(self) -> Place:
        """Return a project that nothing was done for yet, in the place of the last one."""
        self.cases += 1
        self.accepted.write_bytes(b"")
        folder = self.folder / f"case-{self.cases}"
        project = folder / "project"
        (project / ".git").mkdir(parents=True)  # what makes a folder the top of a project
        (project / "song.wav").hardlink_to(self.folder / "song.wav")
        text = JOB.format(backend=self.backend.value, expect=EXPECT[self.backend])
        (project / "night.mvpipe.yaml").write_text(text, encoding="utf-8")
        return Place(folder, url=self.url)


@dataclass(frozen=True, slots=True)
class Case:
    """Where a process dies and how; `again` is after how many points the next one dies too."""

    point: str
    way: Way
    again: int = 0

    @property
    def name(self) -> str:
        """What a failure is reported under."""
        return f"{self.way} at '{self.point}'" + (f", then at {self.again}" * bool(self.again))


@dataclass(frozen=True, slots=True)
class Row:
    """What came of all cases of a backend that die in one way."""

    backend: BackendName
    points: int
    way: str
    cases: int
    failures: tuple[str, ...]
    slowest_s: float
    seconds: float

    @property
    def shown(self) -> str:
        """The row as a line of the table."""
        return (
            f"{self.backend.value:<8}{self.points:>7}  {self.way:<18}{self.cases:>6}"
            f"{len(self.failures):>10}{self.slowest_s:>11.2f}{self.seconds:>9.1f}"
        )


HEAD = (
    f"{'':<8}{'points':>7}  {'way':<18}{'cases':>6}"
    f"{'failures':>10}{'dead in s':>11}{'seconds':>9}"
)


@dataclass(frozen=True, slots=True)
class Extent:
    """Which cases there are: every so-manieth point in each way, and some by the dice.

    `sample` cases die at one point, in place of all others; `twice` are those that die again.
    """

    every: int = 1
    sample: int = 0
    twice: int = 0
    seed: int = 0


def matrix(bench: Bench, extent: Extent) -> Iterator[Row]:
    """Yield a row for each way to die, and for each kind that was drawn."""
    points = uninterrupted(bench)
    chosen = () if extent.sample else points[:: extent.every]
    for way in Way if chosen else ():
        cases = [Case(point, way) for point in chosen]
        yield _row(bench, cases, points=len(chosen), way=way.value)
    dice = random.Random(extent.seed)  # noqa: S311 - no secret
    once = [_drawn(dice, points) for _ in range(extent.sample)]
    twice = [
        replace(_drawn(dice, points), again=dice.randint(1, 60)) for _ in range(extent.twice)
    ]
    for name, drawn in (("sample", once), ("twice", twice)):
        if drawn:
            yield _row(bench, drawn, points=len(points), way=f"{name}, seed {extent.seed}")


def _drawn(dice: random.Random, points: Sequence[str]) -> Case:
    return Case(dice.choice(points), dice.choice(list(Way)))


def _row(bench: Bench, cases: Sequence[Case], *, points: int, way: str) -> Row:
    began, bench.slowest_s = time.monotonic(), 0.0
    failures = [
        f"{case.name}: {problem}" for case in cases for problem in problems(bench, case)
    ]
    seconds = time.monotonic() - began
    found = tuple(failures)
    return Row(bench.backend, points, way, len(cases), found, bench.slowest_s, seconds)


def uninterrupted(bench: Bench) -> list[str]:
    """Return every point of a run that nobody kills, and keep what it makes."""
    points = bench.folder / "points"
    if lived(bench.place(), Fate(), said=sys.stderr):  # what this one imports, its forks have
        raise AssertionError("a job fails that nobody disturbs")
    place = bench.place()
    code, said = live(place, Fate(note=lambda name: add_line(points, name)))
    if code:
        raise AssertionError(f"an uninterrupted run ends with {code}: {said}")
    bench.whole = _made(place)
    return points.read_text(encoding="utf-8").splitlines()


def problems(bench: Bench, case: Case) -> list[str]:
    """Carry a case out and return what was not as it must be."""
    place, found = bench.place(), []
    died = place.folder / "died"
    code, said = live(place, Fate(point=case.point, way=case.way, last=died.touch))
    if died.exists():
        bench.slowest_s = max(bench.slowest_s, wall_clock() - died.stat().st_mtime)
    if code != case.way.code:
        found.append(f"it ended with {code}, not {case.way.code}: {said}")
    if case.again:
        live(place, Fate(count=case.again, way=case.way))
    code, said = live(place, Fate())
    if code:
        return [*found, f"the next run ended with {code}: {said}"]
    found += _counts(place, bench.accepted)
    found += [
        f"{name} differs" for name in OUTPUTS if _made(place).get(name) != bench.whole[name]
    ]
    found += [f"left behind: {path}" for path in _strays(place)]
    code, said = live(place, Fate())
    if code or "unchanged 1" not in place.own.read_text(encoding="utf-8"):
        found.append(f"the third run found something to do ({code}): {said}")
    return found


def _made(place: Place) -> dict[str, bytes]:
    paths = {name: place.project / name for name in OUTPUTS}
    return {name: path.read_bytes() for name, path in paths.items() if path.exists()}


def _counts(place: Place, accepted: Path) -> list[str]:
    """Return what was sent or made more than once."""
    found = [
        f"accepted {count} times: {line}"
        for line, count in Counter(_lines(accepted)).items()
        if count > 1
    ]
    own = _lines(place.own)
    said = Counter(line for line in own if line.startswith("said "))
    found += [f"{count} times {line}" for line, count in said.items() if count > 1]
    for number, line in enumerate(own):
        task = line.replace("rendered ", "done render ")
        if line.startswith("rendered ") and task in own[:number]:
            found.append(f"{line} though it was done")
    return found


def _lines(path: Path) -> list[str]:
    return path.read_text(encoding="utf-8").splitlines() if path.exists() else []


def _strays(place: Place) -> list[str]:
    """Return what does not belong to a finished job."""
    expected = {*OUTPUTS, "song.wav", "night.mvpipe.yaml"}
    files = {
        str(path.relative_to(place.project))
        for path in place.project.rglob("*")
        if path.is_file()
    }
    homes = (place.settings.state_dir, place.settings.cache_dir)
    parts = [str(path) for home in homes for path in home.rglob("*.part")]
    work = [str(path) for path in (place.settings.cache_dir / "work").glob("*")]
    return [*sorted(files - expected), *parts, *work]


def live(place: Place, fate: Fate) -> tuple[int, str]:
    """Have a process carry the job out; return its exit code and what it said."""
    said = place.folder / "said"
    pid = os.fork()
    if pid == 0:
        code = 70
        with suppress(BaseException), said.open("w", encoding="utf-8") as words:
            code = lived(place, fate, said=words)
        os._exit(code)
    handle = os.pidfd_open(pid)
    with suppress(OSError):
        ended, _, _ = select.select([handle], [], [], LONGEST_S)
        if not ended:
            os.kill(pid, signal.SIGABRT)
    os.close(handle)
    _, status = os.waitpid(pid, 0)
    return os.waitstatus_to_exitcode(status), said.read_text(encoding="utf-8").strip()


@dataclass(frozen=True, slots=True)
class Telling:
    """A quick engine that writes down what it takes in, and whose videos tell their edit."""

    accepted: Path
    quick: QuickStudio = field(default_factory=QuickStudio)

    def say(self, session: str, prompt: str, *, step: str) -> str:
        add_line(self.accepted, f"prompt {step}")
        return self.quick.say(session, prompt, step=step)

    def render(self, session: str, export: Export, *, render: str) -> None:
        add_line(self.accepted, f"render {export.size}")
        self.quick.render(session, export, render=render)
        edit = canonical([self.quick.sessions[session], str(export.size)]).encode()
        told = hashlib.sha256(edit).hexdigest().encode()
        (self.accepted.parent / f"{render}.mp4").write_bytes(
            b"\0\0\0\x18ftypisom" + told * 2000
        )

    def fetch(self, render: str, to: Path) -> tuple[str, ...]:
        (self.accepted.parent / f"{render}.mp4").replace(to)
        return ()

    def __getattr__(self, name: str) -> Any:
        return getattr(self.quick, name)


def serve(folder: Path) -> None:
    """Serve until standard input ends; say the address."""
    limits = Limits(sessions=100_000, tokens=100_000)
    engine = cast("Any", Telling(folder / "accepted"))  # it hands the rest on
    options = options_in(folder / "service", limits=limits)
    with serving(options, make_engine=lambda _folder, _workers: engine) as served:
        say(served.url)
        sys.stdin.read()


@contextmanager
def service(folder: Path) -> Iterator[str]:
    """Run the service in a process of its own until the block ends; give its address."""
    command = [sys.executable, "-m", "tests.crashing", "--serve", str(folder)]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        yield (process.stdout or sys.stdin).readline().strip()
        (process.stdin or sys.stdout).close()


@contextmanager
def ready(folder: Path, backend: BackendName) -> Iterator[Bench]:
    """Give a bench with all that it needs in `folder`."""
    write_wav(folder / "song.wav", little_song(120, SONG_BARS[backend]).pcm)
    if backend is BackendName.LOCAL:
        bench = Bench(folder, backend)
        yield bench
        return
    with service(folder) as url:
        yield Bench(folder, backend, url)


SONG_BARS = {BackendName.LOCAL: 1, BackendName.NEMO: 1}


def say(*lines: str) -> None:
    """Print lines at once."""
    sys.stdout.writelines(f"{line}\n" for line in lines)
    sys.stdout.flush()


def main() -> None:
    """Print the table, row by row as it comes; exit with 1 where anything failed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--backend", type=BackendName, choices=list(BackendName))
    parser.add_argument("--every", type=int, default=1, help="only every Nth point")
    parser.add_argument("--sample", type=int, default=0, help="so many cases, and no others")
    parser.add_argument("--twice", type=int, default=0, help="so many cases that die twice")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--serve", type=Path, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.serve:
        serve(given.serve)
        return
    failed = False
    say(HEAD)
    for backend in BackendName:
        if given.backend not in {None, backend}:
            continue
        with (
            tempfile.TemporaryDirectory(prefix="mvpipe-crashing-") as folder,
            ready(Path(folder), backend) as bench,
        ):
            extent = Extent(given.every, given.sample, given.twice, seed=given.seed)
            for row in matrix(bench, extent):
                say(row.shown, *row.failures)
                failed |= bool(row.failures)
    sys.exit(failed)


if __name__ == "__main__":
    main()
