"""What it costs to find that nothing is to be done: 1,000 jobs, and the demo.

`python -m tests.bench.unchanged [--jobs N] [--pairs N]`: a thousand job files, each with a song
of its own, all carried out before; `mvpipe run` in their folder against `doit` with a thousand
tasks that depend on the same two files each and made the same output. In turn, so that both
halves of a pair meet the same machine. Then the same of the demo's job alone.
"""

from __future__ import annotations

import argparse
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from io import StringIO
from pathlib import Path

from mvpipe.commands import parts
from mvpipe.commands.jobs import chosen
from mvpipe.commands.memory import remembering
from mvpipe.commands.options import Choice
from mvpipe.commands.settled import FOLDER
from mvpipe.journal.records import FRESH_S
from mvpipe.model.job import Job
from mvpipe.report.streams import Streams
from mvpipe.runner.run import Runner
from tests.bench import peers
from tests.bench.startup import once
from tests.fakes import ScriptedBackend
from tests.jobs import timeline
from tests.songs import little_song, write_wav

ROOT = Path(__file__).parents[2]
MVPIPE = [sys.executable, "-m", "mvpipe", "run"]
MOST_RATIO, MOST_DEMO_S = 3.0, 1.0
JOB = """\
# {name}
mvpipe: 1
inputs: [{name}.wav]
steps:
  - generate a music video in neon colours
  - add the title "{name}" for the first second
exports: [{{to: out/{name}.mp4, size: 128x128, quality: draft}}]
"""
DODO = """
def task_job():
    for n in range({jobs}):
        yield {{
            "name": f"{{n:04d}}",
            "actions": [f"cp out/job{{n:04d}}.mp4 out/job{{n:04d}}.doit"],
            "file_dep": [f"job{{n:04d}}.wav", f"job{{n:04d}}.mvpipe.yaml"],
            "targets": [f"out/job{{n:04d}}.doit"],
        }}
"""


def write_jobs(folder: Path, *, jobs: int) -> None:
    """Write so many job files, and a short song for each that is like no other."""
    (folder / ".git").mkdir(parents=True)  # what makes a folder the top of a project
    song = little_song(120, 1).pcm
    for number in range(jobs):
        name = f"job{number:04d}"
        with write_wav(folder / f"{name}.wav", song).open("ab") as file:
            file.write(b"%d" % number)
        (folder / f"{name}.mvpipe.yaml").write_text(JOB.format(name=name), encoding="utf-8")
    (folder / "dodo.py").write_text(DODO.format(jobs=jobs), encoding="utf-8")


def carry_out(folder: Path) -> None:
    """Have every job done: the first one really, the others with its video for theirs."""
    ran(["job0000.mvpipe.yaml"], folder)
    video = folder / "out" / "job0000.mp4"
    jobs = chosen(Choice(), folder=folder)[1:]
    settings = parts.settings()
    streams = Streams(StringIO(), StringIO())
    with remembering(jobs, settings, streams, folder=folder) as known:
        plans = parts.plans_of(jobs, settings, files=known.files)
        runner = Runner(
            backend=lambda job: made_of(video, job),
            observe=lambda _: None,
            clock=parts.clock,
            sleep=parts.sleep,
            memory=known.memory,
        )
        if runner.run(plans).exit:
            raise AssertionError("the jobs could not be prepared")


def made_of(video: Path, job: Job) -> ScriptedBackend:
    """Return a backend that does as it is told, and whose every render is this video."""

    def fetched(to: Path) -> None:
        to.parent.mkdir(exist_ok=True)
        shutil.copyfile(video, to)

    return ScriptedBackend(timelines=[timeline(), timeline(titles=1)], fetched=[fetched])


def ran(arguments: Sequence[str], folder: Path) -> str:
    """Run `mvpipe run` in the folder and return what it said."""
    done = subprocess.run(
        [*MVPIPE, *arguments], cwd=folder, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise AssertionError(f"mvpipe ends with {done.returncode}: {done.stderr}")
    return done.stderr


def compare(folder: Path, *, jobs: int, pairs: int) -> None:
    """Print what a run with nothing to do takes beside doit's."""
    carry_out(folder)
    settle([], folder, jobs=jobs)
    print(f"{jobs} unchanged jobs, each with its own song")
    with suppress(peers.Missing):
        doit = [str(peers.program("doit"))]
        once(doit, folder=folder)
        both = [(once(MVPIPE, folder=folder), once(doit, folder=folder)) for _ in range(pairs)]
        told("mvpipe run", [pair[0] for pair in both])
        told(peers.wanted("doit").replace("==", " "), [pair[1] for pair in both])
        for index, what in enumerate(("wall", "cpu")):
            ratios = [a[index] / b[index] for a, b in both]
            shown = f"{statistics.median(ratios):5.2f} ({min(ratios):.2f} to {max(ratios):.2f})"
            print(f"  ratio, {what:<13}{shown}, limit {MOST_RATIO}")
    told("mvpipe run, unsettled", [unsettled(folder) for _ in range(3)])


def settle(arguments: Sequence[str], folder: Path, *, jobs: int) -> None:
    """Run until a look at the files is enough: they must have been left alone for a moment."""
    for _ in range(2):
        ran(arguments, folder)
        time.sleep(FRESH_S)
    said = ran(arguments, folder)
    if f"{jobs} of them unchanged" not in said:
        raise AssertionError(f"there was something to do: {said[-300:]}")


def unsettled(folder: Path) -> tuple[float, float]:
    """Return what it takes to load, plan and look up every job, as where one has changed."""
    shutil.rmtree(parts.settings().state_dir / FOLDER)
    return once(MVPIPE, folder=folder)


def told(name: str, seconds: Sequence[tuple[float, float]]) -> None:
    """Print the medians of some runs."""
    wall, cpu = (statistics.median(each) for each in zip(*seconds, strict=True))
    print(f"  {name:<22}{1000 * wall:6.0f} ms wall  {1000 * cpu:6.0f} ms cpu")


def demo(folder: Path, *, runs: int) -> None:
    """Print what it takes to find that the demo is as it was."""
    examples = folder / "examples"
    shutil.copytree(ROOT / "examples", examples)
    (folder / ".git").mkdir()
    job = ["examples/first-light.mvpipe.yaml", "--draft"]
    settle(job, folder, jobs=1)
    print(f"the demo, unchanged (limit {MOST_DEMO_S} s)")
    told("mvpipe run", [once([*MVPIPE, *job], folder=folder) for _ in range(runs)])


def own(folder: Path) -> Mapping[str, str]:
    """Return what keeps this bench from what the user's own runs remember."""
    return {f"MVPIPE_{name}_DIR": str(folder / name.lower()) for name in ("STATE", "CACHE")}


def main() -> None:
    """Prepare, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--jobs", type=int, default=1000)
    parser.add_argument("--pairs", type=int, default=9)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="mvpipe-unchanged-") as made:
        within = Path(made)
        os.environ.update(own(within / "own"))
        write_jobs(within / "jobs", jobs=given.jobs)
        os.chdir(within / "jobs")
        compare(Path.cwd(), jobs=given.jobs, pairs=given.pairs)
        os.chdir(ROOT)
        demo(within / "demo", runs=given.pairs)


if __name__ == "__main__":
    main()
