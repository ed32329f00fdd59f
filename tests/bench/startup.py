"""How soon the light commands answer, as ratios against bare Python and check-jsonschema.

`python -m tests.bench.startup`: interleaved runs of whole processes, medians of CPU and wall.
"""

from __future__ import annotations

import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
JOB = "examples/first-light.mvpipe.yaml"
RUNS = 15


@dataclass(frozen=True, slots=True)
class Comparison:
    """One command against another, and the most that their ratio may be."""

    ours: Sequence[str]
    theirs: Sequence[str]
    limit: float


def program(name: str) -> str:
    """Return the path of a program of this environment."""
    return str(Path(sys.executable).parent / name)


COMPARISONS = (
    Comparison([program("mvpipe"), "--help"], [sys.executable, "-c", "pass"], 6.0),
    Comparison(
        [program("mvpipe"), "validate", JOB],
        [program("check-jsonschema"), "--schemafile", "schemas/job.schema.json", JOB],
        0.5,
    ),
)


def once(command: Sequence[str], *, folder: Path = ROOT) -> tuple[float, float]:
    """Return the wall and CPU seconds of one run of a command in the folder."""
    began, before = time.perf_counter(), cpu_of_children()
    subprocess.run(command, cwd=folder, check=True, capture_output=True)
    return time.perf_counter() - began, cpu_of_children() - before


def cpu_of_children() -> float:
    """Return the CPU seconds of every process waited for so far, to the microsecond."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def compare(comparison: Comparison) -> None:
    """Print the medians of both commands and of their ratios, run by run."""
    pairs = [(once(comparison.ours), once(comparison.theirs)) for _ in range(RUNS + 1)][1:]
    names = [
        Path(c[0]).name + " " + " ".join(c[1:]) for c in (comparison.ours, comparison.theirs)
    ]
    print(f"{names[0]}\n  against {names[1]}")
    for index, what in enumerate(("wall", "cpu")):
        ours = statistics.median(a[index] for a, _ in pairs)
        theirs = statistics.median(b[index] for _, b in pairs)
        ratio = statistics.median(a[index] / max(b[index], 1e-4) for a, b in pairs)
        shown = f"{1000 * ours:5.0f} ms against {1000 * theirs:5.0f} ms"
        print(f"  {what:<5}{shown}   ratio {ratio:.2f} (limit {comparison.limit})")


if __name__ == "__main__":
    for each in COMPARISONS:
        compare(each)
