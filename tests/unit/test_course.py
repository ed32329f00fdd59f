from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from mvpipe.journal.records import Intent, JobId, Outcome, Output, Record, Stage
from mvpipe.model.canonical import Digest
from mvpipe.model.job import Export, ExportStep
from mvpipe.model.plan import Plan, Task, TaskKind
from mvpipe.runner.course import Course, chart
from tests.jobs import PLACE, export, job, planned, prompt

MIDDLE = ExportStep(id="rough", export=export("rough"), place=PLACE)
PLAN = planned(job(prompt("one", step="a"), prompt("two", step="b"), exports=(export(),)))
OTHER = planned(job(prompt("one", step="a"), prompt("2", step="b"), exports=(export(),)))
ROUGH = planned(job(prompt("one", step="a"), MIDDLE, prompt("two", step="b")))


def record(
    task: Task, stage: Stage = Stage.DONE, *, session: str = "s1", attempt: int = 1
) -> Record:
    opening = task.kind is TaskKind.OPEN
    render = f"render-{attempt}" if task.kind is TaskKind.RENDER else None
    intent = Intent(
        job=JobId("j"),
        task=task.id,
        kind=task.kind,
        key=task.key,
        attempt=attempt,
        parts=task.parts,
        session=None if opening else session,
        render=render,
    )
    left = isinstance(task.subject, Export) and stage is Stage.DONE
    outcome = Outcome(
        stage,
        session=session if opening else None,
        output=output_of(task) if left else None,
    )
    return Record(intent, outcome, intended_s=0.0)


def output_of(task: Task) -> Output:
    assert isinstance(task.subject, Export)
    return Output(task.subject.to, Digest("d"), 1)


def done(plan: Plan, *, upto: int | None = None, session: str = "s1") -> list[Record]:
    return [record(task, session=session) for task in plan.tasks[:upto]]


def charted(plan: Plan, records: list[Record], *, there: bool = True, **more: object) -> Course:
    lasting, lost = bool(more.get("lasting", True)), more.get("without", frozenset())
    assert isinstance(lost, frozenset)
    return chart(plan, records, good=lambda _: there, lasting=lasting, without=lost)


def test_a_plan_nobody_has_begun_is_all_to_do() -> None:
    assert charted(PLAN, []) == Course()


def test_a_plan_that_was_done_and_whose_videos_are_there_is_finished() -> None:
    assert charted(PLAN, done(PLAN)).finished


def test_a_video_that_is_gone_or_changed_is_to_be_made_again() -> None:
    course = charted(PLAN, done(PLAN), there=False)
    assert not course.finished
    assert "render out" not in course.kept


def test_a_video_wanted_elsewhere_is_to_be_made_there() -> None:
    moved = replace(export(), to=Path("/p/out/elsewhere.mp4"))
    plan = planned(replace(PLAN.job, exports=(moved,)))
    assert plan.tasks[-1].key == PLAN.tasks[-1].key
    assert not charted(plan, done(PLAN)).finished


def test_a_run_goes_on_in_the_session_where_an_earlier_one_ended() -> None:
    course = charted(PLAN, done(PLAN, upto=3))
    assert course.session == "s1"
    assert set(course.kept) == {"upload song", "say a"}


def test_a_prompt_in_flight_is_behind_the_session_and_still_to_be_settled() -> None:
    flying = [*done(PLAN, upto=3), record(PLAN.tasks[3], Stage.INTENDED)]
    course = charted(PLAN, flying)
    assert course.session == "s1"
    assert course.taken_in[-1].intent.task == "say b"
    assert "say b" not in course.kept


def test_a_prompt_that_failed_without_effect_is_not_behind_the_session() -> None:
    course = charted(PLAN, [*done(PLAN, upto=3), record(PLAN.tasks[3], Stage.FAILED)])
    assert [r.intent.task for r in course.taken_in] == ["upload song", "say a"]


def test_a_changed_prompt_cannot_go_on_where_the_old_one_was_said() -> None:
    course = charted(OTHER, done(PLAN))
    assert (course.session, dict(course.kept)) == (None, {})


def test_a_changed_prompt_goes_on_where_the_old_one_was_not_said_yet() -> None:
    assert charted(OTHER, done(PLAN, upto=3)).session == "s1"


def test_a_prompt_that_may_have_arrived_spoils_the_session_for_another() -> None:
    assert (
        charted(OTHER, [*done(PLAN, upto=3), record(PLAN.tasks[3], Stage.UNKNOWN)]) == Course()
    )


def test_the_session_that_is_furthest_is_gone_on_with_and_the_newest_of_equals() -> None:
    older, newer = done(PLAN, upto=4, session="old"), done(PLAN, upto=2, session="new")
    assert charted(PLAN, [*older, *newer]).session == "old"
    equal = done(PLAN, upto=4, session="new")
    assert charted(PLAN, [*older, *equal]).session == "new"


def test_a_session_that_is_gone_is_passed_over() -> None:
    records = [*done(PLAN, upto=4, session="gone"), *done(PLAN, upto=2, session="s1")]
    assert charted(PLAN, records, without=frozenset({"gone"})).session == "s1"


def test_a_session_that_moved_past_a_render_still_to_be_ordered_is_of_no_use() -> None:
    records = [r for r in done(ROUGH) if r.intent.kind is not TaskKind.RENDER]
    assert charted(ROUGH, records).session is None


def test_a_render_that_was_accepted_in_time_can_still_be_collected() -> None:
    records = [
        record(task, Stage.ACCEPTED if task.kind is TaskKind.RENDER else Stage.DONE)
        for task in ROUGH.tasks
    ]
    assert charted(ROUGH, records).session == "s1"


def test_without_lasting_sessions_only_videos_and_checks_are_kept() -> None:
    records = [r for r in done(ROUGH) if r.intent.task != "say b"]
    course = charted(ROUGH, records, lasting=False)
    assert (course.session, set(course.kept)) == (None, {"render rough"})


def test_a_later_attempt_counts_and_an_earlier_one_does_not() -> None:
    say = PLAN.tasks[3]
    records = [
        *done(PLAN, upto=3),
        record(say, Stage.UNKNOWN),
        record(say, Stage.DONE, attempt=2),
    ]
    assert "say b" in charted(PLAN, records).kept
