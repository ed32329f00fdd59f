"""What a seed draws: the job, the service's habits, the weather, the operator's purse."""

from __future__ import annotations

import random
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeGuard

from mvpipe.commands.facts import KnownFiles, facts_of
from mvpipe.model.backend import BackendName
from mvpipe.model.hints import MusicHints
from mvpipe.model.job import (
    Amount,
    Check,
    Comparison,
    Expectation,
    Export,
    ExportStep,
    Input,
    Job,
    Prompt,
    Step,
    Upload,
)
from mvpipe.model.media import MediaKind, Quality
from mvpipe.model.place import Place
from mvpipe.model.plan import Plan, Subject
from mvpipe.plan import BackendFacts, make_plan
from mvpipe.protocol.renders import RenderForm
from mvpipe.protocol.wire import API_BASE, CLIP_CREDITS, EDIT_CREDITS
from tests.simulation.network import ANYWHERE, FITS, Mishap, Weather
from tests.simulation.service import Temper

PLACE = Place("song.mvpipe.yaml", 1, 1)
FACTS = BackendFacts(
    identity=f"nemo/1 {API_BASE}",
    pixels_per_s=dict.fromkeys(Quality, 100e6),
    credits_to_generate=CLIP_CREDITS,
    credits_to_edit=EDIT_CREDITS,
)
SOME = Expectation(video=Amount(Comparison.AT_LEAST, 1))
ALL = frozenset(m for kinds in (ANYWHERE, *FITS.values()) for m in kinds)


@dataclass(frozen=True, slots=True)
class Scene:
    """One seed's lot; `dies` is how likely each of the `rough_runs` is to be killed.

    `later` is the job as its author changes it on the way, if that happens.
    """

    job: Job
    later: Job | None
    silly: frozenset[str]
    ours: bool
    form: RenderForm
    weather: Weather
    temper: Temper
    rough_runs: int
    dies: float
    credits: int
    max_credits: int | None
    settles_s: float
    own_token: bool
    hands_out_again: bool

    def says(self, subject: Subject) -> TypeGuard[Prompt]:
        """Say whether a task is a prompt."""
        return isinstance(subject, Prompt)


def scene_of(dice: random.Random, folder: Path) -> Scene:
    """Draw a seed's lot, and write its songs into `folder`."""
    calm = dice.random() < 0.05
    job, silly = _job(dice, folder)
    cost = priced(job).credits
    budget = dice.choice((None, None, cost, cost + 50, cost + 150, cost - 50))
    job = replace(job, budget_credits=budget)
    ours = dice.random() < 0.4
    prices = CLIP_CREDITS * 2 + EDIT_CREDITS * 5
    poor = not ours and not calm and dice.random() < 0.2
    return Scene(
        job=job,
        later=_changed(dice, job) if not calm and dice.random() < 0.2 else None,
        silly=silly,
        ours=ours,
        form=dice.choice(tuple(RenderForm)),
        weather=Weather() if calm else _weather(dice),
        temper=Temper() if calm else _temper(dice),
        rough_runs=1 if calm else dice.randint(1, 4),
        dies=0.0 if calm else dice.choice((0.0, 0.5, 1.0)),
        credits=dice.choice((0, 100, 250)) if poor else 10 * prices,
        max_credits=dice.choice((100, 150, 200)) if poor else None,
        settles_s=dice.choice((0.0, 0.0, 45.0)),
        own_token=dice.random() < 0.3,
        hands_out_again=dice.random() < 0.5,
    )


def priced(job: Job) -> Plan:
    """Return the plan of a job at the service's prices."""
    return make_plan(job, facts=facts_of(job, files=KnownFiles()), backend=FACTS)


def _weather(dice: random.Random) -> Weather:
    """Draw how bad the network is: in one way only, in all, or not at all."""
    kinds = dice.choice((ALL, ALL, frozenset(dice.sample(sorted(ALL), 2)), frozenset()))
    lasting = {Mishap.VANISHED} if dice.random() < 0.6 else set()
    return Weather(share=dice.choice((0.03, 0.08, 0.2, 0.4)), kinds=kinds - lasting)


def _temper(dice: random.Random) -> Temper:
    drawn = dice.random()
    if drawn < 0.25:
        return Temper(staged=dice.choice((0.0, 0.5)))
    bad = dice.choice((0.05, 0.12, 0.18))
    return Temper(
        silent=0.1,
        staged=dice.choice((0.0, 0.5)),
        early=bad / 3,
        cut=bad,
        late=bad,
        lost=bad,
        stalled=bad / 2,
        dragging=bad / 2,
        fails=bad / 2,
        render_fails=bad,
        render_slow=bad / 2,
        render_stuck=bad / 4,
    )


def _job(dice: random.Random, folder: Path) -> tuple[Job, frozenset[str]]:
    count = dice.choice((1, 1, 2))
    songs = tuple(_song(folder, n) for n in range(count))
    prompts = [_prompt(dice, n) for n in range(dice.randint(1, 4))]
    steps: list[Step] = [*prompts]
    if dice.random() < 0.3:
        steps.insert(dice.randint(1, len(steps)), Check("look", SOME, PLACE))
    if dice.random() < 0.3:
        rough = ExportStep("rough", _export(folder, "rough"), PLACE)
        steps.insert(dice.randint(1, len(steps)), rough)
    if count == 2 and dice.random() < 0.5:
        at = dice.randint(0, len(steps))
        steps.insert(at, Upload("more", (songs[1].id,), PLACE))
    exports = tuple(_export(folder, f"final{n}") for n in range(dice.choice((1, 1, 2))))
    silly = frozenset(p.text for p in prompts if p.text.endswith("?"))
    job = Job(
        name="song",
        source="song.mvpipe.yaml",
        root=folder,
        backend=BackendName.NEMO,
        language="en",
        seed=1,
        inputs=songs,
        hints=MusicHints(),
        steps=tuple(steps),
        exports=exports,
        budget_credits=None,
        place=PLACE,
    )
    return job, silly


def _changed(dice: random.Random, job: Job) -> Job:
    """Return the job with one prompt more, or another in the last one's place."""
    prompts = [step for step in job.steps if isinstance(step, Prompt)]
    last = prompts[-1]
    if dice.random() < 0.5:
        more = replace(last, id="one-more", text="make one part more")
        return replace(job, steps=(*job.steps, more))
    other = replace(last, text="make it quite otherwise")
    return replace(job, steps=tuple(other if s is last else s for s in job.steps))


def _song(folder: Path, number: int) -> Input:
    path = folder / f"song{number}.mp3"
    path.write_bytes(b"ID3\x04\x00\x00\x00\x00\x00\x00" + bytes([number + 1]) * 300)
    return Input(f"song{number}", path, path.name, MediaKind.AUDIO, PLACE)


def _prompt(dice: random.Random, number: int) -> Prompt:
    """Draw a prompt; one that ends in a question mark changes nothing."""
    silly = number > 0 and dice.random() < 0.15
    text = f"what of part {number}?" if silly else f"make part {number}"
    return Prompt(
        id=f"step-{number}",
        text=text,
        expect=SOME if dice.random() < 0.2 else None,
        timeout_s=900,
        place=PLACE,
    )


def _export(folder: Path, name: str) -> Export:
    return Export(
        id=name,
        to=folder / "out" / f"{name}.mp4",
        shown=f"out/{name}.mp4",
        preset="auto",
        aspect=None,
        size=None,
        fps=30,
        quality=Quality.STANDARD,
        place=PLACE,
    )
