from __future__ import annotations

from io import StringIO
from pathlib import Path

import pytest

from mvpipe.commands.outputs import name_outputs, nearby
from mvpipe.model.event import JobFinished
from mvpipe.report.streams import Streams


def test_every_file_of_every_job_is_named_on_a_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    near, far = Path.cwd() / "out" / "a.mp4", Path("/elsewhere/b.mp4")
    out = StringIO()
    results = [
        JobFinished("a", ok=True, seconds=1, outputs=(near, far)),
        JobFinished("b", ok=False, seconds=1),
    ]
    name_outputs(results, Streams(out, StringIO()))
    assert out.getvalue().splitlines() == [str(Path("out") / "a.mp4"), str(far)]


def test_a_path_outside_stays_whole() -> None:
    assert nearby(Path("/a/b.mp4"), Path("/a")) == Path("b.mp4")
    assert nearby(Path("/a/b.mp4"), Path("/c")) == Path("/a/b.mp4")
