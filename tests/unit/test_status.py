from __future__ import annotations

import io
import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from mvpipe.commands.journals import journal_path
from mvpipe.commands.memory import LOCKS
from mvpipe.commands.status import local_day, status
from mvpipe.errors import Exit, NothingMatched
from mvpipe.journal.locks import take
from mvpipe.journal.records import JobId, Outcome, Record, RunId, RunRecord, Stage
from mvpipe.journal.store import Journal
from mvpipe.model.plan import Plan, TaskKind
from mvpipe.plan import BackendFacts, make_plan
from mvpipe.report.status import JobStatus, Status, TaskStatus, status_json, status_text
from mvpipe.report.streams import Streams
from mvpipe.settings import read_settings
from tests.fakes import FakeClock
from tests.goldens import golden
from tests.jobs import SPEEDS, export, facts, job, prompt
from tests.records import done, intent_of

WANTED = job(prompt("neon", step="cut"), exports=(export("wide"),))


def day(at_s: float) -> str:
    return f"day {at_s:.0f}"


def plan_for(backend: str, *, name: str = "song") -> Plan:
    facts_of = BackendFacts(identity=backend, pixels_per_s=SPEEDS)
    wanted = replace(WANTED, name=name)
    return make_plan(wanted, facts=facts(wanted), backend=facts_of)


CLOUD = plan_for("nemo/1 https://example.com", name="cloud")
LOCAL = plan_for("local/1 av=18", name="local")


def staged(plan: Plan, *stages: Stage) -> tuple[Record, ...]:
    """Return records of the plan whose last ones have come so far."""
    records = done(plan, at_s=100)
    kept = records[: len(records) - len(stages)]
    changed = (
        replace(one, outcome=replace(one.outcome, stage=stage), ended_s=None)
        for one, stage in zip(records[len(kept) :], stages, strict=True)
    )
    return (*kept, *changed)


def job_status(
    plan: Plan, records: Sequence[Record], *, lasting: bool, holder: str | None = None
) -> JobStatus:
    tasks = tuple(TaskStatus(record, lasting=lasting) for record in records)
    return JobStatus(JobId(plan.job.name), f"a.yaml#{plan.job.name}", tasks, holder)


def run(number: int, *, exit: Exit | int | None, jobs: Sequence[str] = ("cloud",)) -> RunRecord:  # noqa: A002 - a field's name
    ended = None if exit is None else 130.0
    ids = tuple(JobId(name) for name in jobs)
    return RunRecord(RunId(number), ids, "0.1.0", 100.0, ended, exit)


def test_a_status_reads_as_runs_then_what_is_under_way_then_jobs() -> None:
    paid = replace(CLOUD, tasks=CLOUD.tasks)
    records = staged(paid, Stage.UNKNOWN, Stage.ACCEPTED)
    costly = [replace(r, outcome=replace(r.outcome, credits=5)) for r in records]
    again = replace(costly[-1], intent=replace(costly[-1].intent, attempt=2))
    failed = replace(
        done(LOCAL)[-1], outcome=Outcome(Stage.FAILED, detail="no space\x1b[2J is left")
    )
    told = Status(
        runs=(
            run(1, exit=Exit.DONE),
            run(2, exit=Exit.CREDITS),
            run(3, exit=77),
            run(4, exit=None),
            run(5, exit=None, jobs=["held"]),
        ),
        jobs=(
            job_status(CLOUD, [*costly[:-1], again], lasting=True),
            job_status(LOCAL, staged(LOCAL, Stage.INTENDED, Stage.INTENDED), lasting=False),
            job_status(
                replace(LOCAL, job=replace(LOCAL.job, name="failed")), [failed], lasting=False
            ),
            job_status(
                replace(LOCAL, job=replace(LOCAL.job, name="held")),
                staged(LOCAL, Stage.INTENDED),
                lasting=False,
                holder="process 7 on 'nas'",
            ),
        ),
        credits_spent=25,
    )
    text = status_text(told, day=day) + "\n\n" + status_text(replace(told, whole=True), day=day)
    assert text + "\n" == golden("status.txt", text + "\n")
    assert "\x1b" not in text


@pytest.mark.parametrize(
    ("kind", "stage", "words"),
    [
        (TaskKind.SAY, Stage.ACCEPTED, "accepted, not yet checked"),
        (TaskKind.RENDER, Stage.ACCEPTED, "accepted, not yet collected"),
        (TaskKind.SAY, Stage.UNKNOWN, "outcome unknown"),
        (TaskKind.SAY, Stage.INTENDED, "begun, perhaps sent"),
    ],
)
def test_what_is_under_way_is_told_first(kind: TaskKind, stage: Stage, words: str) -> None:
    one = done(CLOUD)[-1]
    record = replace(
        one, intent=replace(one.intent, kind=kind), outcome=Outcome(stage), intended_s=100.0
    )
    told = Status((), (job_status(CLOUD, [record], lasting=True),), 0)
    assert status_text(told, day=day).splitlines()[0] == (
        f"under way  a.yaml#cloud: render wide: {words} since day 100"
    )


def test_of_many_jobs_the_last_ones_are_told() -> None:
    jobs = tuple(
        JobStatus(
            JobId(str(n)),
            f"a.yaml#{n}",
            (TaskStatus(replace(done(CLOUD)[0], intended_s=n), lasting=True),),
        )
        for n in range(30)
    )
    lines = status_text(Status((), jobs, 1), day=day).splitlines()
    assert (lines[0], lines[-2:]) == (
        "job  a.yaml#29: 1 done",
        ["and 10 jobs more", "1 credit spent"],
    )


def test_a_status_as_json_has_everything() -> None:
    told = Status(
        (run(1, exit=None),),
        (job_status(CLOUD, staged(CLOUD, Stage.UNKNOWN), lasting=True),),
        3,
    )
    document = json.loads(status_json(told))
    assert document["runs"][0] == {
        "id": 1,
        "jobs": ["cloud"],
        "version": "0.1.0",
        "began_s": 100.0,
        "ended_s": None,
        "exit": None,
    }
    last = document["jobs"][0]["tasks"][-1]
    assert (last["id"], last["state"], last["under_way"]) == ("render wide", "unknown", True)
    assert document["credits_spent"] == 3


@pytest.fixture
def state(tmp_path: Path) -> Path:
    """A journal of a job in the cloud whose render is under way, and a local one."""
    path = tmp_path / "state"
    settings = replace(read_settings({}, cores=1), state_dir=path)
    with Journal.open(journal_path(settings), now=FakeClock(1000.0)) as journal:
        for plan in (CLOUD, LOCAL):
            *ended, last = done(plan, folder=tmp_path)
            for record in ended:
                journal.intend(record.intent)
                journal.end(record.intent, record.outcome)
            journal.intend(last.intent)
            journal.accept(last.intent)
            journal.spend(last.intent, 3)
        job_id = intent_of(LOCAL, LOCAL.tasks[0], folder=tmp_path).job
        journal.begin_run(jobs=[job_id], version="0.1.0")
    return path


def asked(
    folder: Path, *given: str, state: Path | None = None, as_json: bool = False
) -> list[str]:
    out = io.StringIO()
    status(given, Streams(out, out), folder=folder, state=state, as_json=as_json)
    return out.getvalue().splitlines()


def test_a_status_is_of_every_job_there_is(tmp_path: Path, state: Path) -> None:
    (tmp_path / "song.mvpipe.yaml").touch()
    lines = asked(tmp_path, state=state)
    when = local_day(1000.0)
    cloud = "under way  song.mvpipe.yaml#cloud: render wide: accepted, not yet collected"
    assert lines[:2] == [
        f"run 1  {when}  1 job, killed, or still starting",
        f"{cloud} since {when}",
    ]
    assert sorted(lines[2:4]) == [
        "job  song.mvpipe.yaml#cloud: 3 done, 1 under way",
        "job  song.mvpipe.yaml#local: 1 broken off, 3 done",
    ]
    assert lines[4] == "6 credits spent"


def test_one_job_is_told_task_by_task(
    tmp_path: Path, state: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "song.mvpipe.yaml").touch()
    monkeypatch.chdir(tmp_path)
    lines = asked(tmp_path, "song.mvpipe.yaml#local", state=state)
    assert lines[-2].startswith("  render wide  ")
    assert lines[-2].endswith("  broken off, will be done again")
    assert lines[-1] == "3 credits spent"
    both = asked(tmp_path, "song.mvpipe.yaml", state=state)
    assert sum(line.startswith("job  ") for line in both) == 2


def test_a_job_that_was_never_run_is_told_to_be_so(
    tmp_path: Path, state: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("song.mvpipe.yaml", "new.mvpipe.yaml"):
        (tmp_path / name).touch()
    with pytest.raises(NothingMatched, match=r"new\.mvpipe\.yaml was never run"):
        asked(tmp_path, "new.mvpipe.yaml", state=state)
    with pytest.raises(NothingMatched, match=r"song\.mvpipe\.yaml#x was never run") as caught:
        asked(tmp_path, "song.mvpipe.yaml#x", state=state)
    assert "local" in caught.value.hint
    assert caught.value.hint.startswith("there are: ")


def test_without_a_journal_nothing_was_ever_run(tmp_path: Path) -> None:
    assert asked(tmp_path, state=tmp_path / "none") == ["nothing was ever run"]
    assert list(tmp_path.iterdir()) == []


def test_how_a_run_ended_is_told(tmp_path: Path, state: Path) -> None:
    settings = replace(read_settings({}, cores=1), state_dir=state)
    with Journal.open(journal_path(settings), now=FakeClock(1012.0)) as journal:
        (last,) = journal.runs(1)
        journal.end_run(last.id, Exit.UNKNOWN)
    assert asked(tmp_path, state=state)[0].endswith("1 job, outcome unknown in 12 s")


def test_who_is_at_work_on_a_job_is_told(tmp_path: Path, state: Path) -> None:
    local = intent_of(LOCAL, LOCAL.tasks[0], folder=tmp_path).job
    with take(state / LOCKS, local, now=FakeClock(1000.0)):
        lines = asked(tmp_path, state=state)
        (told,) = [
            one
            for one in json.loads("\n".join(asked(tmp_path, state=state, as_json=True)))["jobs"]
            if one["id"] == local
        ]
    assert lines[0].endswith("1 job, under way")
    assert f"#local: render wide: at work since {local_day(1000.0)}" in "\n".join(lines)
    assert told["holder"].startswith("process ")


def test_a_task_that_is_open_under_an_older_key_is_not_lost(tmp_path: Path) -> None:
    settings = replace(read_settings({}, cores=1), state_dir=tmp_path)
    other = plan_for("nemo/2 https://example.com", name="cloud")
    with Journal.open(journal_path(settings), now=FakeClock(1000.0)) as journal:
        for plan in (CLOUD, other):
            intent = intent_of(plan, plan.tasks[-1], folder=tmp_path)
            journal.intend(intent)
            journal.accept(intent)
    assert sum(line.startswith("under way") for line in asked(tmp_path, state=tmp_path)) == 2


def test_parts_that_cannot_be_read_are_taken_for_a_cloud(tmp_path: Path) -> None:
    settings = replace(read_settings({}, cores=1), state_dir=tmp_path)
    with Journal.open(journal_path(settings), now=FakeClock(1000.0)) as journal:
        journal.intend(replace(intent_of(LOCAL, LOCAL.tasks[0]), parts="?"))
    assert asked(tmp_path, state=tmp_path)[0].startswith("under way")
