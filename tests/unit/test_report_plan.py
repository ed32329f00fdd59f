from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

from mvpipe.model.job import Check, Expectation
from mvpipe.model.media import MediaKind, Quality, Size
from mvpipe.model.plan import Plan
from mvpipe.plan import make_plan
from mvpipe.report.plan import Planned, plan_json, plan_text
from tests.goldens import golden
from tests.jobs import BACKEND, PLACE, SONG, export, facts, job, planned, prompt

COVER = replace(
    SONG,
    id="cover",
    path=Path("/p/art/cover.jpg"),
    shown="art/cover.jpg",
    kind=MediaKind.PICTURE,
)
WANTED = job(
    prompt("neon city at night, 夜の街, cuts on the bar", step="cut"),
    Check(id="long-enough", expect=Expectation(duration_of="song"), place=PLACE),
    inputs=(SONG, COVER),
    exports=(
        export("youtube"),
        replace(export("shorts", size=Size(1080, 1920)), quality=Quality.HIGH),
        replace(export("rough", size=None), quality=Quality.DRAFT),
    ),
)
UNHEARD = make_plan(
    replace(WANTED, name="unheard", exports=WANTED.exports[:1]),
    facts=facts(WANTED, duration_ms=None),
    backend=replace(BACKEND, credits_per_render=1),
)


def text(*plans: Plan) -> str:
    return plan_text([Planned(plan) for plan in plans], measured={Quality.STANDARD}) + "\n"


def test_a_plan_reads_as_a_list_of_what_will_happen() -> None:
    shown = text(planned(WANTED), UNHEARD)
    assert shown == golden("plan.txt", shown)


def test_a_plan_as_json_is_stable() -> None:
    shown = plan_json([Planned(planned(WANTED)), Planned(UNHEARD)]) + "\n"
    assert shown == golden("plan.json", shown)
    assert json.loads(shown)["schema_version"] == 1


def test_no_plans_are_no_lines_and_an_empty_document() -> None:
    assert plan_text([], measured=()) == ""
    assert json.loads(plan_json([]))["jobs"] == []


def test_no_text_of_a_job_steers_a_terminal_or_ci() -> None:
    trick = "\x1b[2J\r\n::error::x\u202e ##[group]"
    tricky = replace(
        job(
            prompt(trick),
            inputs=(replace(SONG, shown=trick),),
            exports=(replace(export(), shown=trick),),
        ),
        name=trick,
        source=trick,
    )
    for shown in (text(planned(tricky)), plan_json([Planned(planned(tricky))])):
        assert "\x1b" not in shown
        assert "\u202e" not in shown
        assert not any(line.lstrip().startswith("::") for line in shown.splitlines())
    assert "##[" not in text(planned(tricky))


def test_a_plan_as_json_holds_every_word_of_a_prompt() -> None:
    long = "neon city " * 100
    tasks = json.loads(plan_json([Planned(planned(job(prompt(long))))]))["jobs"][0]["tasks"]
    assert [task.get("what") for task in tasks] == [None, "song.mp3", long]


def test_a_plan_as_json_is_plain_ascii() -> None:
    assert plan_json([Planned(planned(WANTED))]).isascii()


def test_a_draft_without_a_size_is_told_and_estimated_small() -> None:
    draft = replace(export(size=None), quality=Quality.DRAFT)
    plan = planned(job(prompt("x"), exports=(draft,)))
    assert "size as the prompts say (else 640x360)" in text(plan)
    estimate = plan.renders[0].estimate
    assert estimate is not None
    assert estimate.seconds == 1800 * 640 * 360 / 100e6


def test_what_earlier_runs_did_is_marked_and_costs_nothing_more() -> None:
    backend = replace(BACKEND, credits_to_generate=100, credits_to_edit=50)
    plan = planned(job(prompt("one", step="a"), prompt("two", step="b")), backend=backend)
    first = Planned(plan, done=frozenset({"upload song", "say a"}))
    assert plan_text([first], measured=()).splitlines()[2:] == [
        "   2. upload  song: song.mp3: done before",
        "   3. say     a: one: done before",
        "   4. say     b: two",
        "              about 50 credits",
        "  0 videos, about 50 credits",
    ]
    assert json.loads(plan_json([first]))["jobs"][0]["credits"] == 50


def test_a_job_that_is_done_has_nothing_to_do() -> None:
    plan = planned(job(prompt("one")))
    whole = Planned(plan, done=frozenset(task.id for task in plan.tasks))
    assert plan_text([whole], measured=()).endswith("  nothing to do")
