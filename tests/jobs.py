"""Small jobs, plans and timelines for tests."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from mvpipe.model.backend import BackendName
from mvpipe.model.canonical import Digest
from mvpipe.model.hints import MusicHints
from mvpipe.model.job import Export, Input, Job, Prompt, Step
from mvpipe.model.media import MediaKind, Quality, Size
from mvpipe.model.place import Place
from mvpipe.model.plan import Plan
from mvpipe.model.timeline import Palette, Shot, Timeline, Title, Track, TrackKind
from mvpipe.plan import BackendFacts, Facts, make_plan

PLACE = Place("song.mvpipe.yaml", 1, 1)
SONG = Input(
    id="song", path=Path("/p/song.mp3"), shown="song.mp3", kind=MediaKind.AUDIO, place=PLACE
)
SPEEDS = dict.fromkeys(Quality, 100e6)
BACKEND = BackendFacts(identity="scripted/1", pixels_per_s=SPEEDS)
DARK = Palette(name="dark", colours=("#000000", "#ffffff"))


def prompt(text: str, *, step: str = "step-1") -> Prompt:
    return Prompt(id=step, text=text, expect=None, timeout_s=900, place=PLACE)


def export(name: str = "out", *, size: Size | None = Size(1920, 1080)) -> Export:  # noqa: B008 - frozen
    return Export(
        id=name,
        to=Path(f"/p/out/{name}.mp4"),
        shown=f"out/{name}.mp4",
        preset="auto",
        aspect=None,
        size=size,
        fps=30,
        quality=Quality.STANDARD,
        place=PLACE,
    )


def job(
    *steps: Step, inputs: tuple[Input, ...] = (SONG,), exports: tuple[Export, ...] = ()
) -> Job:
    return Job(
        name="song",
        source="song.mvpipe.yaml",
        root=Path("/p"),
        backend=BackendName.LOCAL,
        language="en",
        seed=1,
        inputs=inputs,
        hints=MusicHints(),
        steps=steps,
        exports=exports,
        budget_credits=None,
        place=PLACE,
    )


def facts(wanted: Job, *, duration_ms: int | None = 60_000) -> dict[str, Facts]:
    return {i.id: Facts(Digest(f"digest of {i.id}"), duration_ms) for i in wanted.inputs}


def planned(wanted: Job, *, backend: BackendFacts = BACKEND) -> Plan:
    return make_plan(wanted, facts=facts(wanted), backend=backend)


def timeline(*, shots: int = 2, titles: int = 0, duration_ms: int = 60_000) -> Timeline:
    length = duration_ms // max(1, shots)
    shot = Shot(start_ms=0, end_ms=length, scene="aurora", palette=DARK, seed=1)
    edited = tuple(
        replace(shot, start_ms=n * length, end_ms=(n + 1) * length) for n in range(shots)
    )
    texts = tuple(Title(start_ms=0, end_ms=3000, text=f"title {n}") for n in range(titles))
    return Timeline(
        duration_ms=duration_ms,
        tracks=(Track(TrackKind.VIDEO, edited), Track(TrackKind.TITLE, texts)),
    )
