"""Jobs and digests in, ordered tasks out. Pure: opens nothing, asks nobody."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import assert_never

from mvpipe.model.canonical import Digest, canonical, digest_of_text
from mvpipe.model.job import Check, Export, ExportStep, Input, Job, Prompt, Step, Upload
from mvpipe.model.media import Aspect, MediaKind, Quality, Size, natural_size
from mvpipe.model.plan import Estimate, Plan, Subject, Task, TaskKind
from mvpipe.model.timecode import frames_in

KEY_VERSION = 1
"""Part of every key; raised when the meaning of a key changes."""


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of one input before anybody hears it; `duration_ms` may be unknown."""

    digest: Digest
    duration_ms: int | None


@dataclass(frozen=True, slots=True)
class BackendFacts:
    """What a plan must know of its backend.

    `identity` names everything about it that changes results; `pixels_per_s` is how fast it
    renders, by quality. The first prompt after a song generates, later ones edit.
    """

    identity: str
    pixels_per_s: Mapping[Quality, float]
    credits_per_render: int = 0
    credits_to_generate: int = 0
    credits_to_edit: int = 0


def make_plan(job: Job, *, facts: Mapping[str, Facts], backend: BackendFacts) -> Plan:
    """Return the tasks of `job`; `facts` holds one entry for each input id.

    A session is a chain: uploads and prompts change it, checks and renders only look. So each
    key holds the key of the last change before it, and a changed prompt gives new keys to
    itself and to all that follows, and to nothing before.
    """
    opening = canonical(_opening(job, backend))
    state = digest_of_text(opening)
    tasks = [Task(id="open", kind=TaskKind.OPEN, key=state, parts=opening)]
    song_ms: int | None = None
    generated = False
    for task_id, subject in _numbered(_subjects(job)):
        kind = _kind(subject)
        parts = canonical({"after": state, "kind": kind, "does": _does(subject, facts)})
        key = digest_of_text(parts)
        if kind in {TaskKind.UPLOAD, TaskKind.SAY}:
            state = key
        if isinstance(subject, Input) and subject.kind is MediaKind.AUDIO:
            song_ms, generated = facts[subject.id].duration_ms, False
        estimate = estimated(subject, song_ms, backend) if isinstance(subject, Export) else None
        digest = facts[subject.id].digest if isinstance(subject, Input) else None
        price = _price(kind, backend, generated=generated)
        generated = generated or kind is TaskKind.SAY
        tasks.append(Task(task_id, kind, key, parts, subject, estimate, digest, price))
    return Plan(job=job, backend=backend.identity, tasks=tuple(tasks))


def _price(kind: TaskKind, backend: BackendFacts, *, generated: bool) -> int:
    if kind is not TaskKind.SAY:
        return 0
    return backend.credits_to_edit if generated else backend.credits_to_generate


def estimated(export: Export, song_ms: int | None, backend: BackendFacts) -> Estimate:
    """Return what rendering a song of `song_ms` for `export` will be like."""
    frames = None if song_ms is None else frames_in(song_ms, fps=export.fps)
    seconds = None
    if frames is not None:
        shape = likely_size(export)
        seconds = frames * shape.width * shape.height / backend.pixels_per_s[export.quality]
    return Estimate(
        size=export.size,
        fps=export.fps,
        frames=frames,
        seconds=seconds,
        credits=backend.credits_per_render,
    )


def likely_size(export: Export) -> Size:
    """Return the size of a video, wide where only the prompts will tell its aspect."""
    return export.size or natural_size(export.aspect or Aspect.WIDE, export.quality)


def _opening(job: Job, backend: BackendFacts) -> dict[str, object]:
    return {
        "version": KEY_VERSION,
        "backend": backend.identity,
        "name": job.name,
        "language": job.language,
        "seed": job.seed,
        "hints": job.hints,
    }


def _kind(subject: Subject) -> TaskKind:
    match subject:
        case None:
            return TaskKind.OPEN
        case Input():
            return TaskKind.UPLOAD
        case Prompt():
            return TaskKind.SAY
        case Check():
            return TaskKind.CHECK
        case Export():
            return TaskKind.RENDER
        case _:
            assert_never(subject)


def _does(subject: Subject, facts: Mapping[str, Facts]) -> dict[str, object]:
    """Return what of a subject can change its result: no place, no path, no time limit."""
    match subject:
        case None:
            return {}
        case Input():
            return {"input": subject.id, "digest": facts[subject.id].digest}
        case Prompt():
            return {"step": subject.id, "text": subject.text, "expect": subject.expect}
        case Check():
            return {"expect": subject.expect}
        case Export():
            look = {"aspect": subject.aspect, "size": subject.size, "fps": subject.fps}
            return {"export": subject.id, **look, "quality": subject.quality}
        case _:
            assert_never(subject)


def _numbered(named: Iterator[tuple[str, Subject]]) -> Iterator[tuple[str, Subject]]:
    """Yield the same with ids made unique: the second `upload song` is `upload song #2`."""
    seen: Counter[str] = Counter()
    for task_id, subject in named:
        seen[task_id] += 1
        yield (task_id if seen[task_id] == 1 else f"{task_id} #{seen[task_id]}"), subject


def _subjects(job: Job) -> Iterator[tuple[str, Subject]]:
    """Yield every task after the opening, in order of time."""
    later = {wanted for s in job.steps if isinstance(s, Upload) for wanted in s.inputs}
    yield from ((f"upload {item.id}", item) for item in job.inputs if item.id not in later)
    for step in job.steps:
        yield from _subjects_of(step, job)
    yield from ((f"render {export.id}", export) for export in job.exports)


def _subjects_of(step: Step, job: Job) -> Iterator[tuple[str, Subject]]:
    match step:
        case Upload():
            yield from ((f"upload {wanted}", job.input(wanted)) for wanted in step.inputs)
        case ExportStep():
            yield f"render {step.export.id}", step.export
        case Prompt():
            yield f"say {step.id}", step
        case Check():
            yield f"check {step.id}", step
        case _:
            assert_never(step)
