from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from mvpipe.model.canonical import Digest
from mvpipe.model.hints import MusicHints
from mvpipe.model.job import ExportStep, Upload
from mvpipe.model.media import Quality
from mvpipe.model.plan import Plan, TaskKind
from mvpipe.plan import Facts, make_plan
from tests.jobs import BACKEND, PLACE, SONG, export, facts, job, planned, prompt

SIMPLE = job(prompt("one"), prompt("two", step="step-2"), exports=(export(),))


def keys(plan: Plan) -> dict[str, str]:
    return {task.id: task.key for task in plan.tasks}


def changed(before: Plan, after: Plan) -> set[str]:
    old, new = keys(before), keys(after)
    return {name for name in old if new.get(name) != old[name]}


def test_a_plan_opens_uploads_speaks_and_renders_in_order() -> None:
    ids = [task.id for task in planned(SIMPLE).tasks]
    assert ids == ["open", "upload song", "say step-1", "say step-2", "render out"]


def test_an_input_that_a_step_uploads_waits_for_that_step() -> None:
    later = replace(SONG, id="later")
    steps = (
        prompt("one"),
        Upload(id="up", inputs=("later",), place=PLACE),
        prompt("two", step="b"),
    )
    plan = planned(job(*steps, inputs=(SONG, later), exports=(export(),)))
    ids = [task.id for task in plan.tasks]
    assert ids == ["open", "upload song", "say step-1", "upload later", "say b", "render out"]


def test_an_export_in_the_middle_is_rendered_in_the_middle() -> None:
    rough = ExportStep(id="rough", export=export("rough"), place=PLACE)
    plan = planned(job(prompt("one"), rough, prompt("two", step="b"), exports=(export(),)))
    ids = [task.id for task in plan.tasks]
    assert ids == ["open", "upload song", "say step-1", "render rough", "say b", "render out"]


def test_the_same_file_uploaded_twice_makes_two_tasks_with_names_of_their_own() -> None:
    again = Upload(id="up", inputs=("song", "song"), place=PLACE)
    ids = [task.id for task in planned(job(again, exports=(export(),))).tasks]
    assert ids[1:3] == ["upload song", "upload song #2"]


def test_a_changed_prompt_changes_its_key_and_those_after_it_only() -> None:
    edited = replace(SIMPLE, steps=(SIMPLE.steps[0], prompt("three", step="step-2")))
    assert changed(planned(SIMPLE), planned(edited)) == {"say step-2", "render out"}


def test_a_changed_export_changes_its_own_key_only() -> None:
    edited = replace(SIMPLE, exports=(replace(export(), quality=Quality.HIGH),))
    assert changed(planned(SIMPLE), planned(edited)) == {"render out"}


def test_a_changed_song_changes_every_key_but_the_opening() -> None:
    after = make_plan(SIMPLE, facts={"song": Facts(Digest("other"), 60_000)}, backend=BACKEND)
    assert changed(planned(SIMPLE), after) == set(keys(after)) - {"open"}


@given(
    edit=st.sampled_from(
        [
            {"language": "de"},
            {"seed": 2},
            {"hints": MusicHints(bpm=120.0)},
        ]
    )
)
def test_what_a_whole_session_depends_on_changes_every_key(edit: dict[str, object]) -> None:
    after = planned(replace(SIMPLE, **edit))  # type: ignore[arg-type]  # each edit fits its field
    assert changed(planned(SIMPLE), after) == set(keys(after))


def test_another_backend_changes_every_key() -> None:
    after = planned(SIMPLE, backend=replace(BACKEND, identity="scripted/2"))
    assert changed(planned(SIMPLE), after) == set(keys(after))


def test_moving_a_job_to_another_folder_changes_no_key() -> None:
    moved = replace(SIMPLE, root=SIMPLE.root / "elsewhere", source="elsewhere.yaml")
    assert changed(planned(SIMPLE), planned(moved)) == set()


def test_a_render_is_estimated_in_frames_and_seconds() -> None:
    estimate = planned(SIMPLE).renders[0].estimate
    assert estimate is not None
    assert estimate.frames == 1800
    assert estimate.seconds == 1800 * 1920 * 1080 / 100e6


def test_an_unknown_length_leaves_frames_and_seconds_open() -> None:
    plan = make_plan(SIMPLE, facts=facts(SIMPLE, duration_ms=None), backend=BACKEND)
    estimate = plan.renders[0].estimate
    assert estimate is not None
    assert (estimate.frames, estimate.seconds) == (None, None)


def test_each_export_is_estimated_for_the_song_uploaded_before_it() -> None:
    other = replace(SONG, id="other")
    steps = (
        Upload(id="a", inputs=("song",), place=PLACE),
        ExportStep(id="x", export=export("x"), place=PLACE),
        Upload(id="b", inputs=("other",), place=PLACE),
    )
    wanted = job(*steps, inputs=(SONG, other), exports=(export(),))
    known = {"song": Facts(Digest("a"), 1000), "other": Facts(Digest("b"), 2000)}
    plan = make_plan(wanted, facts=known, backend=BACKEND)
    assert [t.estimate.frames for t in plan.renders if t.estimate] == [30, 60]


def test_credits_add_up() -> None:
    paid = replace(BACKEND, credits_per_render=7)
    twice = replace(SIMPLE, exports=(export("a"), export("b")))
    assert planned(twice, backend=paid).credits == 14


def test_every_kind_of_task_is_told_apart() -> None:
    kinds = [task.kind for task in planned(SIMPLE).tasks]
    assert kinds[0] is TaskKind.OPEN
    assert kinds[-1] is TaskKind.RENDER
