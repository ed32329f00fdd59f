"""One run told from beginning to end, with every kind of event and hostile text in it."""

from __future__ import annotations

from pathlib import Path
from typing import get_args

from mvpipe.model.event import (
    Event,
    JobFinished,
    JobStarted,
    Noted,
    Progress,
    RunFinished,
    RunStarted,
    Said,
    TaskFinished,
    TaskKept,
    TaskStarted,
    TimelineChanged,
)
from mvpipe.model.plan import TaskKind

KINDS: tuple[type[Event], ...] = get_args(Event)

RUN: tuple[tuple[float, Event], ...] = (
    (0.0, RunStarted(jobs=("midnight-drive", "broken"))),
    (0.0, JobStarted(job="midnight-drive", source="album.mvpipe.yaml", tasks=4)),
    (0.0, TaskKept("midnight-drive", "open", TaskKind.OPEN, "open", 1, 4)),
    (
        0.0,
        TaskStarted("midnight-drive", "upload track", TaskKind.UPLOAD, "audio/night.mp3", 2, 4),
    ),
    (2.0, Progress("midnight-drive", "upload track", done=40, total=100, unit="percent")),
    (3.0, Progress("midnight-drive", "upload track", done=100, total=100, unit="percent")),
    (3.0, Noted("midnight-drive", "upload track", "the beat is uncertain")),
    (
        3.0,
        TaskFinished(
            "midnight-drive", "upload track", seconds=3.0, detail="1:21.7 long, heard"
        ),
    ),
    (3.0, TaskStarted("midnight-drive", "say cut", TaskKind.SAY, "neon city at night", 3, 4)),
    (3.1, Said("midnight-drive", "say cut", "I cut 24 shots on the bar.\nNo 'cat' here.")),
    (
        3.1,
        TimelineChanged(
            "midnight-drive",
            "say cut",
            "Timeline (2 tracks): 1. Video: aurora (0-81.7s) 2. BGM: track (0-81.7s, 100%)",
        ),
    ),
    (3.1, TaskFinished("midnight-drive", "say cut", seconds=0.1)),
    (
        3.1,
        TaskStarted("midnight-drive", "render out", TaskKind.RENDER, "out/night.mp4", 4, 4),
    ),
    (3.1, Progress("midnight-drive", "render out", done=0, total=2452, unit="frames")),
    (8.1, Progress("midnight-drive", "render out", done=260, total=2452, unit="frames")),
    (9.1, Progress("midnight-drive", "render out", done=270, total=2452, unit="frames")),
    (40.1, Progress("midnight-drive", "render out", done=280, total=2452, unit="frames")),
    (50.1, Progress("midnight-drive", "render out", done=2450, total=2452, unit="frames")),
    (51.1, Progress("midnight-drive", "render out", done=2452, total=2452, unit="frames")),
    (
        52.1,
        TaskFinished(
            "midnight-drive",
            "render out",
            seconds=49.0,
            detail="2452 frames",
            output=Path("/p/out/night.mp4"),
        ),
    ),
    (
        52.1,
        JobFinished(
            "midnight-drive", ok=True, seconds=52.1, outputs=(Path("/p/out/night.mp4"),)
        ),
    ),
    (52.1, JobStarted(job="broken", source="album.mvpipe.yaml", tasks=1)),
    (
        52.1,
        TaskStarted("broken", "upload x", TaskKind.UPLOAD, "\x1b[31m::error::x.mp3", 1, 1),
    ),
    (
        53.1,
        JobFinished(
            "broken",
            ok=False,
            seconds=1.0,
            problem="\r\n::error::'x.mp3' is not a song\x1b[0m",
            hint="give the path of a song",
        ),
    ),
    (53.1, JobFinished("same", ok=True, seconds=0.0, unchanged=True)),
    (53.1, RunFinished(done=2, failed=1, seconds=53.1, unchanged=1)),
)
