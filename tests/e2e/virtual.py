"""What `mvpipe run --backend nemo` does, in this process, with a clock that only waits move."""

from __future__ import annotations

import io
import os
import re
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path

from mvpipe.backends.nemo.connect import nemo_backend
from mvpipe.commands import parts
from mvpipe.commands.facts import KnownFiles
from mvpipe.commands.jobs import chosen
from mvpipe.commands.memory import remembering
from mvpipe.commands.options import Choice
from mvpipe.model.backend import BackendName
from mvpipe.report.choose import reporter
from mvpipe.report.jsonl import results_json
from mvpipe.report.streams import Streams
from mvpipe.runner.run import Runner
from tests.fakes import FakeClock
from tests.recordings import encoded
from tests.songs import little_song, write_wav

JOB = """\
mvpipe: 1
inputs: [{song}]
steps: [generate a music video]
exports: [{{to: out/song.mp4, size: 128x128}}]
"""


@dataclass(frozen=True, slots=True)
class Told:
    """How a run ended, what it said, and each wait of a second and more."""

    exit: int
    out: str
    err: str
    waits: tuple[float, ...] = ()


def carried_out(folder: Path, *, journalled: bool = False, events: bool = False) -> Told:
    """Run the jobs of a folder against the service that the environment names."""
    clock, waits, out, err = FakeClock(), list[float](), io.StringIO(), io.StringIO()

    def sleep(seconds: float) -> None:
        if seconds >= 1:
            waits.append(seconds)
        clock.sleep(seconds)

    streams, settings = Streams(out=out, err=err), parts.settings()
    jobs = chosen(Choice(backend=BackendName.NEMO), folder=folder)
    plans = parts.plans_of(jobs, settings, files=KnownFiles())
    backend = nemo_backend(
        os.environ,
        clock=clock,
        sleep=sleep,
        state_dir=settings.state_dir,
        observe=streams.talk,
    )
    with ExitStack() as stack:
        told = reporter(streams, style="plain", events=events, clock=clock)
        runner = Runner(
            backend=lambda _job: backend,
            observe=stack.enter_context(told),
            clock=clock,
            sleep=sleep,
        )
        if journalled:
            known = remembering(jobs, settings, streams, folder=folder)
            runner = replace(runner, memory=stack.enter_context(known).memory)
        outcome = runner.run(plans)
    streams.result(results_json(outcome.results))
    return Told(outcome.exit, out.getvalue(), err.getvalue(), tuple(waits))


def write_job(folder: Path, song: str) -> None:
    """Write the job and its song, one bar of it."""
    sound = little_song(120, 1).pcm
    if song.endswith(".flac"):
        encoded(folder / song, sound[:, 0], codec="flac", rate_hz=44_100)
    else:
        write_wav(folder / song, sound)
    (folder / "song.mvpipe.yaml").write_text(JOB.format(song=song), encoding="utf-8")


def failure_in(err: str) -> tuple[str, str]:
    """Return the sentence and the hint that a run ended with."""
    found = re.search(r"^failed: song: (.*)\n(?:  hint: (.*)\n)?", err, re.MULTILINE)
    return (found[1], found[2] or "") if found else ("", "")
