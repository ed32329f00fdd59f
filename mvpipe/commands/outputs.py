"""Names what a run left, for the next program in the pipe."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from mvpipe.commands.options import Telling
from mvpipe.model.event import JobFinished
from mvpipe.report.jsonl import results_json
from mvpipe.report.streams import Streams


def name_results(results: Sequence[JobFinished], streams: Streams, *, telling: Telling) -> None:
    """Write what a run left to standard output, unless its events went there."""
    if telling.json:
        streams.result(results_json(results))
    elif not telling.events:
        name_outputs(results, streams)


def name_outputs(results: Iterable[JobFinished], streams: Streams) -> None:
    """Write the path of every finished file, one a line."""
    for path in (path for result in results for path in result.outputs):
        streams.result(str(nearby(path, Path.cwd())))


def nearby(path: Path, folder: Path) -> Path:
    """Return the path as seen from `folder`, where that is shorter to read."""
    return path.relative_to(folder) if path.is_relative_to(folder) else path
