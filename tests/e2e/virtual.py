"""What `mvpipe run --backend nemo` does, in this process, with a clock that only waits move."""

from __future__ import annotations

import io
import os
from dataclasses import dataclass
from pathlib import Path

from mvpipe.backends.nemo.connect import nemo_backend
from mvpipe.commands import parts
from mvpipe.commands.jobs import chosen
from mvpipe.commands.memory import remembering
from mvpipe.commands.options import Choice
from mvpipe.model.backend import BackendName
from mvpipe.report.choose import reporter
from mvpipe.report.jsonl import results_json
from mvpipe.report.streams import Streams
from mvpipe.runner.run import Runner
from tests.fakes import FakeClock


@dataclass(frozen=True, slots=True)
class Told:
    """How a run ended, what it said, and each wait of a second and more."""

    exit: int
    out: str
    err: str
    waits: tuple[float, ...] = ()


def carried_out(folder: Path, *, events: bool = False) -> Told:
    """Run the jobs of a folder against the service that the environment names."""
    clock, waits, out, err = FakeClock(), list[float](), io.StringIO(), io.StringIO()

    def sleep(seconds: float) -> None:
        if seconds >= 1:
            waits.append(seconds)
        clock.sleep(seconds)

    streams, settings = Streams(out=out, err=err), parts.settings()
    jobs = chosen(Choice(backend=BackendName.NEMO), folder=folder)
    with remembering(jobs, settings, streams, folder=folder) as known:
        backend = nemo_backend(
            os.environ,
            clock=clock,
            sleep=sleep,
            state_dir=settings.state_dir,
            observe=streams.talk,
        )
        with reporter(streams, style="plain", events=events, clock=clock) as observe:
            runner = Runner(
                backend=lambda _job: backend,
                observe=observe,
                clock=clock,
                sleep=sleep,
                memory=known.memory,
            )
            outcome = runner.run(parts.plans_of(jobs, settings, files=known.files))
        streams.result(results_json(outcome.results))
    return Told(outcome.exit, out.getvalue(), err.getvalue(), tuple(waits))
