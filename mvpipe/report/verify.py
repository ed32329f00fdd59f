"""What `verify` found, as a person reads it, and as a program does."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction

from mvpipe.lockfile.verdict import State, Verdict
from mvpipe.model.content import Stretch
from mvpipe.model.timecode import timecode
from mvpipe.report.clean import one_line
from mvpipe.report.pace import counted

SCHEMA_VERSION = 1
MOST_STRETCHES = 8
"""So many stretches of frames are told in text; JSON has them all."""


@dataclass(frozen=True, slots=True)
class Verified:
    """One job of a lock and how its outputs are."""

    file: str
    job: str
    verdicts: tuple[Verdict, ...]


def verify_text(jobs: Sequence[Verified]) -> str:
    """Return one line for each output, those of a job under its name, and a summary."""
    return "\n".join([*(line for job in jobs for line in _lines(job)), _summary(jobs)])


def _lines(job: Verified) -> Iterator[str]:
    yield f"{one_line(job.job)}  ({one_line(job.file)})"
    for one in job.verdicts:
        yield f"  {one.state:<8} {fault(one)}".rstrip()


def fault(found: Verdict) -> str:
    """Return `out/a.mp4: frames 60-119 (0:02.0-0:04.0), its sound differs`."""
    frames = [_stretch(stretch, found.rate) for stretch in found.frames[:MOST_STRETCHES]]
    more = len(found.frames) - len(frames)
    if frames:
        frames[0] = f"frames {frames[0]}"
    told = [*frames, *([f"{more} more"] if more else []), *found.why]
    path = one_line(found.path)
    if found.state is State.MISSING:
        told = ["it is not there"]
    return f"{path}: {one_line(', '.join(told), width=400)}" if told else path


def _stretch(stretch: Stretch, rate: Fraction | None) -> str:
    frames = f"{stretch.first}-{stretch.end - 1}"
    if rate is None:
        return frames
    first, end = (timecode(int(at * 1000 / rate)) for at in (stretch.first, stretch.end))
    return f"{frames} ({first}-{end})"


def _summary(jobs: Sequence[Verified]) -> str:
    states = [one.state for job in jobs for one in job.verdicts]
    if set(states) <= {State.SAME}:
        return f"{counted(len(states), 'video')}, all as the lock says"
    counts = {
        "as the lock says": states.count(State.SAME),
        "not as the lock says": states.count(State.DIFFERS),
        "missing": states.count(State.MISSING),
    }
    told = ", ".join(f"{count} {what}" for what, count in counts.items() if count)
    return f"{counted(len(states), 'video')}: {told}"


def verify_json(jobs: Sequence[Verified]) -> str:
    """Return one JSON document; its form is stable within a `schema_version`."""
    whole = {"schema_version": SCHEMA_VERSION, "jobs": [_object(job) for job in jobs]}
    return json.dumps(whole, indent=2)


def _object(job: Verified) -> dict[str, object]:
    return {
        "file": job.file,
        "name": job.job,
        "outputs": [_output(found) for found in job.verdicts],
    }


def _output(found: Verdict) -> dict[str, object]:
    return {
        "export": found.export,
        "path": found.path,
        "state": found.state.value,
        "frames": [{"first": one.first, "end": one.end} for one in found.frames],
        "why": list(found.why),
    }
