from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from mvpipe.commands.manifests import MOST, RUNS, Where, leave
from mvpipe.errors import Exit
from mvpipe.journal.records import Outcome, Output, Record, RunId, Stage, job_id
from mvpipe.model.canonical import Digest, digest_of_text
from mvpipe.model.content import Content, Gop
from mvpipe.model.event import (
    Event,
    JobFinished,
    JobStarted,
    Noted,
    Progress,
    RunFinished,
    RunStarted,
    TaskFinished,
    TaskKept,
    TaskStarted,
)
from mvpipe.model.plan import Plan, Task, TaskKind
from mvpipe.plan import make_plan
from mvpipe.report.manifest import Made, RunFacts, Story, manifest, manifest_text
from tests.fakes import Recorder
from tests.goldens import golden
from tests.jobs import BACKEND, export, facts, job, prompt
from tests.records import done

SCHEMA = json.loads(
    (Path(__file__).parents[2] / "schemas" / "manifest.schema.json").read_text(encoding="utf-8")
)
CONTENT = Content(2451, "30", "x264 core 165", None, (Gop(0, "aa"),))
RUN = RunFacts(RunId(7), "0.1.0", Exit.FAILED)


def plan_of(name: str, *exports: str) -> Plan:
    wanted = replace(
        job(prompt("neon", step="cut"), exports=tuple(export(one) for one in exports)),
        name=name,
    )
    song = {"song": replace(facts(wanted)["song"], digest=digest_of_text("song"))}
    return make_plan(wanted, facts=song, backend=BACKEND)


MIXED, UNCHANGED, BROKEN = plan_of("same", "a", "b"), plan_of("same", "c"), plan_of("late", "d")


def inside(output: Output) -> Content | None:
    return CONTENT if "/a." in output.path.as_posix() else None


def started(plan: Plan, task: Task) -> TaskStarted:
    return TaskStarted(plan.job.name, task.id, task.kind, "", 1, len(plan.tasks))


def told() -> Iterator[Event]:
    """Yield a run of a job that is half kept, one with nothing to do, and one that fails."""
    yield RunStarted(jobs=("same", "same", "late"))
    yield JobStarted("same", "song.mvpipe.yaml", len(MIXED.tasks))
    for task in MIXED.tasks[:3]:
        yield TaskKept("same", task.id, task.kind, "", 1, 5)
    for task in MIXED.tasks[3:]:
        yield started(MIXED, task)
        yield Progress("same", task.id, 1, 2, "frames")
        yield Noted("same", task.id, f"the first frame of {task.id} is black")
        yield TaskFinished("same", task.id, 1.5)
    yield JobFinished("same", ok=True, seconds=3.0)
    yield JobFinished("same", ok=True, seconds=0.0, unchanged=True)
    yield JobStarted("late", "song.mvpipe.yaml", len(BROKEN.tasks))
    for task in BROKEN.tasks[:2]:
        yield started(BROKEN, task)
        yield TaskFinished("late", task.id, 0.5)
    yield started(BROKEN, BROKEN.tasks[2])
    yield JobFinished(
        "late", ok=False, seconds=1.0, problem="no space is left", hint="free some"
    )
    yield RunFinished(done=2, failed=1, seconds=4.5, unchanged=1)


def heard(events: Sequence[Event]) -> Story:
    story, recorder = Story(), Recorder()
    observe = story.before(recorder)
    for event in events:
        observe(event)
    assert recorder.events == list(events)
    return story


def made(plan: Plan, *, records: Sequence[Record] | None = None) -> Made:
    known = done(plan, credits_each=2) if records is None else records
    return Made(plan, known, Path("/p"))


def built(events: Sequence[Event], *jobs: Made) -> dict[str, Any]:
    content = manifest(RUN, heard(events), jobs, inside=inside)
    jsonschema.Draft7Validator(SCHEMA).validate(content)
    return content


def failed_late() -> tuple[Record, ...]:
    records = done(BROKEN, credits_each=2)[:3]
    outcome = Outcome(Stage.FAILED, credits=1)
    return (*records[:2], replace(records[2], outcome=outcome))


WHOLE = (made(MIXED), made(UNCHANGED), made(BROKEN, records=failed_late()))


def test_a_manifest_says_what_was_made_from_what() -> None:
    text = manifest_text(built([*told()], *WHOLE))
    assert text == golden("manifest.json", text)


def test_the_same_run_gives_the_same_text() -> None:
    assert built([*told()], *WHOLE) == built([*told()], *WHOLE)


def test_each_task_says_whether_this_run_did_it() -> None:
    states = [
        [task["state"] for task in job["tasks"]] for job in built([*told()], *WHOLE)["jobs"]
    ]
    assert states == [
        ["kept", "kept", "kept", "done", "done"],
        ["kept"] * 4,
        ["done", "done", "failed", "not-reached"],
    ]


def test_only_what_this_run_did_counts_as_its_cost() -> None:
    found = built([*told()], *WHOLE)
    assert [job["credits"] for job in found["jobs"]] == [4, 0, 5]
    assert found["credits"] == 9


def test_a_run_that_was_broken_off_says_how_far_it_came() -> None:
    events = [*told()][:6]
    found = built(events, *WHOLE)
    assert found["seconds"] is None
    assert [job["state"] for job in found["jobs"]] == ["not-reached"] * 3
    assert found["jobs"][0]["seconds"] is None


def test_a_video_that_nobody_could_look_into_has_no_length() -> None:
    (first, second) = built([*told()], *WHOLE)["jobs"][0]["outputs"]
    assert (first["frames"], first["length_ms"]) == (2451, 81700)
    assert (second["frames"], second["length_ms"]) == (None, None)


def test_every_property_of_the_schema_is_described_with_an_example() -> None:
    def walk(schema: dict[str, Any]) -> Iterator[dict[str, Any]]:
        for one in schema.get("properties", {}).values():
            yield one
            yield from walk(one)
        for one in schema.get("definitions", {}).values():
            yield from walk(one)

    jsonschema.Draft7Validator.check_schema(SCHEMA)
    found = [*walk(SCHEMA)]
    assert len(found) > 30
    for one in found:
        assert one["description"].endswith(".")
        assert "examples" in one or one["type"] == "array"


@pytest.fixture
def where(tmp_path: Path) -> Where:
    return Where(tmp_path / "state", tmp_path)


def left(where: Where, events: Sequence[Event], *, run: int = 7) -> None:
    plan = MIXED
    records = {job_id("song.mvpipe.yaml", "same", folder=where.folder): done(plan)}
    facts_of = RunFacts(RunId(run), "0.1.0", Exit.DONE)
    leave(facts_of, heard(events), [plan], records, where=where)


def test_a_run_leaves_its_manifest_among_the_runs_and_where_it_is_wanted(where: Where) -> None:
    left(replace(where, wanted=Path("made.json")), [JobFinished("same", ok=True, seconds=1)])
    kept = (where.state_dir / RUNS / "7.json").read_bytes()
    assert (where.folder / "made.json").read_bytes() == kept
    jsonschema.Draft7Validator(SCHEMA).validate(json.loads(kept))


def test_a_run_with_nothing_to_do_leaves_a_manifest_only_where_it_is_wanted(
    where: Where,
) -> None:
    idle = [JobFinished("same", ok=True, seconds=0, unchanged=True)]
    left(where, idle)
    left(replace(where, wanted=Path("made.json")), idle)
    assert [path.name for path in where.folder.iterdir()] == ["made.json"]
    found = json.loads((where.folder / "made.json").read_bytes())
    assert [output["path"] for output in found["jobs"][0]["outputs"]]


def test_old_manifests_go(where: Where) -> None:
    ended = [JobFinished("same", ok=True, seconds=1)]
    for run in (1, 2, 1 + MOST):
        left(where, ended, run=run)
    names = {path.name for path in (where.state_dir / RUNS).iterdir()}
    assert names == {"2.json", f"{1 + MOST}.json"}


def test_a_digest_in_a_manifest_is_whole() -> None:
    record = WHOLE[0].records[-1]
    assert isinstance(record.outcome.output, Output)
    assert len(Digest(record.outcome.output.digest)) == 64
    assert record.intent.kind is TaskKind.RENDER
