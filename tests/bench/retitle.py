"""What one changed title costs: seconds and chunks against a full render, in one run.

Renders a job (`examples/first-light.mvpipe.yaml` unless told) at its own size from an empty
store, then again with another title, each in a process of its own, start-up included. With
`--check` the changed job is also rendered from nothing, and the two videos are compared.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from mvpipe.engine.studio.session import Studio
from mvpipe.engine.studio.state import RenderPhase
from mvpipe.engine.studio.store import Store
from mvpipe.model.job import Job, Prompt
from mvpipe.spec.load import load

JOB = Path("examples/first-light.mvpipe.yaml")
OLD, NEW = "First Light", "Last Light"
MOST_PART = 0.15


@dataclass(frozen=True, slots=True)
class Made:
    """One render: how long it took and how many of its frames were there already."""

    wall_s: float
    frames: int
    kept: int


def main() -> None:
    """Render, change the title, render again, and print both beside the limit."""
    chosen = _arguments()
    if chosen.once:
        print(json.dumps(_once(chosen.job, Path(chosen.once), title=chosen.title)))
        return
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        full = _made(chosen.job, folder, title=OLD)
        chunks = _chunks(folder)
        retitled = _made(chosen.job, folder, title=NEW)
        _say(full, retitled, chunks=chunks, rendered=_chunks(folder) - chunks)
        if chosen.check:
            video = (folder / "video.mp4").read_bytes()
            anew = _made(chosen.job, folder / "anew", title=NEW)
            same = (folder / "anew" / "video.mp4").read_bytes() == video
            print(f"the same from nothing  {anew.wall_s:6.1f} s, {_word(same)} bytes")


def _word(same: bool) -> str:  # noqa: FBT001 - it is all there is to say
    return "the same" if same else "OTHER"


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--job", type=Path, default=JOB)
    parser.add_argument("--check", action="store_true", help="render it from nothing too")
    parser.add_argument("--once", help=argparse.SUPPRESS)
    parser.add_argument("--title", default=OLD, help=argparse.SUPPRESS)
    return parser.parse_args()


def _made(job: Path, folder: Path, *, title: str) -> Made:
    """Render in a process of its own, as a user would."""
    folder.mkdir(exist_ok=True)
    command = [sys.executable, "-m", "tests.bench.retitle", "--job", str(job)]
    command += ["--once", str(folder), "--title", title]
    began = time.monotonic()
    printed = subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout
    wall_s = time.monotonic() - began
    return Made(wall_s, **json.loads(printed))


def _chunks(folder: Path) -> int:
    """Return how many chunks the store holds: all its files but the sound, made once."""
    return len(list((folder / "chunks").glob("*/*.mp4"))) - 1


def _say(full: Made, retitled: Made, *, chunks: int, rendered: int) -> None:
    part, time_part = rendered / chunks, retitled.wall_s / full.wall_s
    print(f"{full.frames} frames in {chunks} chunks, {os.cpu_count()} cores")
    print(f"full render            {full.wall_s:6.1f} s, {chunks} chunks")
    print(f"one title changed      {retitled.wall_s:6.1f} s, {rendered} of {chunks} chunks")
    print(f"part of the chunks     {part:6.1%}  (at most {MOST_PART:.0%})")
    print(f"part of the frames     {1 - retitled.kept / retitled.frames:6.1%}")
    print(f"part of the time       {time_part:6.1%}")


def _once(path: Path, folder: Path, *, title: str) -> dict[str, int]:
    """Render the job's first export with another title, and count its frames."""
    job = load(path)[0]
    studio = Studio(
        folder=folder / "work", workers=os.cpu_count() or 1, store=Store(folder / "chunks")
    )
    session = _edited(studio, job, title=title)
    studio.render(session, job.exports[0], render="bench")
    while (now := studio.poll("bench")).phase is RenderPhase.RENDERING:
        time.sleep(0.05)
    studio.fetch("bench", folder / "video.mp4")
    studio.close()
    return {"frames": now.frames_total, "kept": now.frames_kept}


def _edited(studio: Studio, job: Job, *, title: str) -> str:
    """Carry the job out up to its exports; return the session."""
    session = studio.open(name=job.name, seed=job.seed, hints=job.hints)
    for item in job.inputs:
        studio.upload(session, item, progress=lambda percent: None)
    for step in job.steps:
        if isinstance(step, Prompt):
            studio.say(session, step.text.replace(OLD, title), step=step.id)
    return session


if __name__ == "__main__":
    main()
