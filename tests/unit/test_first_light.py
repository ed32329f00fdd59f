"""The demo job held against the grid that its song was composed on."""

from __future__ import annotations

import json
from itertools import pairwise
from pathlib import Path

import pytest

from mvpipe.engine.audio.hear import hear
from mvpipe.engine.direct.director import Situation, direct
from mvpipe.engine.scenes.registry import CATALOGUE
from mvpipe.model.job import Prompt
from mvpipe.model.timeline import Timeline
from mvpipe.spec.load import load

EXAMPLES = Path(__file__).parents[2] / "examples"
FRAME_MS = 1000 / 30


@pytest.fixture(scope="module")
def demo() -> Timeline:
    """The demo's timeline after its last prompt."""
    job = load(EXAMPLES / "first-light.mvpipe.yaml")[0]
    song = job.inputs[0]
    music = hear(song.path, hints=job.hints)
    timeline: Timeline | None = None
    for step in job.steps:
        if isinstance(step, Prompt):
            situation = Situation(
                before=timeline,
                music=music,
                song=song.id,
                pictures=(),
                catalogue=CATALOGUE,
                seed=job.seed,
                step=step.id,
            )
            timeline = direct(step.text, situation=situation).timeline
    assert timeline is not None
    return timeline


@pytest.fixture(scope="module")
def truth() -> dict[str, list[int]]:
    """Beats and section changes in milliseconds, as composed."""
    known = json.loads((EXAMPLES / "audio" / "first-light.beats.json").read_text("utf-8"))
    sections = [section["start_ms"] for section in known["sections"]][1:]
    return {"beats": known["beats_ms"], "sections": sections, "beat": [60_000 / known["bpm"]]}


def share(hits: list[bool]) -> float:
    return sum(hits) / len(hits)


def test_cuts_fall_within_a_frame_of_a_beat(
    demo: Timeline, truth: dict[str, list[int]]
) -> None:
    cuts = [shot.start_ms for shot in demo.shots][1:]
    near = [min(abs(beat - cut) for beat in truth["beats"]) <= FRAME_MS for cut in cuts]
    assert share(near) >= 0.95


def test_scenes_change_within_a_beat_of_the_sections(
    demo: Timeline, truth: dict[str, list[int]]
) -> None:
    shots = demo.shots
    changes = [b.start_ms for a, b in pairwise(shots) if a.scene != b.scene]
    near = [min(abs(c - s) for c in changes) <= truth["beat"][0] for s in truth["sections"]]
    assert share(near) >= 0.9
