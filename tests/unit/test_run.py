from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

import pytest

from mvpipe.backends.base import RenderState, RenderStatus
from mvpipe.errors import DirectionError, Exit, OutputError, Terminated, Timeout
from mvpipe.model.event import (
    JobFinished,
    Noted,
    Progress,
    RunFinished,
    RunStarted,
    Said,
    TaskFinished,
    TaskStarted,
    TimelineChanged,
)
from mvpipe.model.job import Amount, Check, Comparison, Expectation, Prompt, Step
from mvpipe.model.plan import Plan
from mvpipe.runner.renders import STALLED_S
from mvpipe.runner.run import Outcome, Runner
from tests.fakes import FakeClock, Recorder, Refused, ScriptedBackend
from tests.jobs import BACKEND, PLACE, SONG, export, job, planned, prompt, timeline

SIMPLE = planned(job(prompt("one"), exports=(export(),)))
RENDERING = RenderStatus.RENDERING
DONE = RenderState(RenderStatus.DONE, 10, 10)


def carried_out(
    backend: ScriptedBackend, *plans: Plan, clock: FakeClock | None = None
) -> tuple[Outcome, Recorder]:
    seen, clock = Recorder(), clock or FakeClock()
    runner = Runner(backend=lambda _: backend, observe=seen, clock=clock, sleep=clock.sleep)
    return runner.run(plans), seen


def expecting(*, video: int) -> Expectation:
    return Expectation(video=Amount(Comparison.AT_LEAST, video))


def problem_of(backend: ScriptedBackend, plan: Plan = SIMPLE) -> tuple[str, Exit]:
    outcome, _ = carried_out(backend, plan)
    return outcome.results[0].problem, outcome.exit


def rendering(states: Iterable[RenderState]) -> tuple[Outcome, Recorder, ScriptedBackend]:
    backend = ScriptedBackend(timelines=(timeline(),), states=states)
    return *carried_out(backend, SIMPLE), backend


def test_a_job_is_carried_out_task_by_task() -> None:
    backend = ScriptedBackend(timelines=(timeline(),))
    outcome, _ = carried_out(backend, SIMPLE)
    assert outcome.exit is Exit.DONE
    assert backend.calls == [
        "open song",
        "upload song",
        "say one",
        "render out",
        "poll",
        "fetch out.mp4",
    ]


def test_every_task_is_told_when_it_begins_and_when_it_ends() -> None:
    _, seen = carried_out(ScriptedBackend(timelines=(timeline(),)), SIMPLE)
    ids = [task.id for task in SIMPLE.tasks]
    started = [event for event in seen.events if isinstance(event, TaskStarted)]
    finished = [event for event in seen.events if isinstance(event, TaskFinished)]
    assert [event.task for event in started] == [event.task for event in finished] == ids
    assert [event.index for event in started] == [1, 2, 3, 4]
    assert [event.label for event in started] == ["open", "song.mp3", "one", "out/out.mp4"]
    assert isinstance(seen.events[0], RunStarted)
    assert isinstance(seen.events[-1], RunFinished)


def test_what_a_job_made_is_listed() -> None:
    outcome, seen = carried_out(ScriptedBackend(timelines=(timeline(),)), SIMPLE)
    assert outcome.results[0].outputs == (Path("/p/out/out.mp4"),)
    ended = seen.of(TaskFinished)[-1]
    assert isinstance(ended, TaskFinished)
    assert (ended.detail, ended.output) == ("10 frames", Path("/p/out/out.mp4"))


def test_the_way_of_an_upload_and_its_notes_are_told() -> None:
    backend = ScriptedBackend(timelines=(timeline(),), durations={"song": 61_500})
    _, seen = carried_out(backend, SIMPLE)
    upload = SIMPLE.tasks[1].id
    assert Progress("song", upload, done=50, total=100, unit="percent") in seen.events
    assert Noted("song", upload, "the beat is uncertain") in seen.events
    assert TaskFinished("song", upload, seconds=0.0, detail="1:01.5 long, heard") in seen.events


def test_a_prompt_tells_its_reply_and_the_new_timeline() -> None:
    _, seen = carried_out(ScriptedBackend(timelines=(timeline(),), reply="I cut it"), SIMPLE)
    assert seen.of(Said) == [Said("song", "say step-1", "I cut it")]
    changed = seen.of(TimelineChanged)[0]
    assert isinstance(changed, TimelineChanged)
    assert "aurora" in changed.summary


def test_a_prompt_that_moves_nothing_says_so() -> None:
    twice = planned(job(prompt("one"), prompt("two", step="b")))
    _, seen = carried_out(ScriptedBackend(timelines=(timeline(),), reply=""), twice)
    last = seen.of(TaskFinished)[-1]
    assert isinstance(last, TaskFinished)
    assert last.detail == "nothing changed"
    assert len(seen.of(TimelineChanged)) == 1
    assert not seen.of(Said)


@pytest.mark.parametrize(
    "step",
    [
        replace(prompt("one"), expect=expecting(video=5)),
        Check(id="look", expect=expecting(video=5), place=PLACE),
    ],
)
def test_a_timeline_that_is_not_as_expected_stops_the_job(step: Step) -> None:
    plan = planned(job(prompt("zero", step="a"), step, exports=(export(),)))
    backend = ScriptedBackend(timelines=(timeline(shots=2),))
    assert problem_of(backend, plan) == (
        "the timeline is not as expected: video segments: 2, expected >=5",
        Exit.FAILED,
    )
    assert "render out" not in backend.calls


def test_a_check_that_holds_says_so() -> None:
    check = Check(id="look", expect=expecting(video=2), place=PLACE)
    plan = planned(job(prompt("one"), check))
    outcome, seen = carried_out(ScriptedBackend(timelines=(timeline(),)), plan)
    assert outcome.exit is Exit.DONE
    assert seen.of(TaskFinished)[-1] == TaskFinished(
        "song", "check look", seconds=0.0, detail="as expected"
    )


def test_a_check_may_hold_the_timeline_against_what_an_upload_was_long() -> None:
    check = Check(id="look", expect=Expectation(duration_of="song"), place=PLACE)
    plan = planned(job(prompt("one"), check))
    long = ScriptedBackend(
        timelines=(timeline(duration_ms=60_000),), durations={"song": 90_000}
    )
    assert "duration: 1:00.0, expected ~1:30.0" in problem_of(long, plan)[0]


@pytest.mark.parametrize("verb", ["open", "upload", "say", "render", "poll", "fetch"])
def test_a_failure_of_the_backend_becomes_the_end_of_the_job(verb: str) -> None:
    error = OutputError("no room", hint="make some")
    backend = ScriptedBackend(timelines=(timeline(),), fails={verb: error})
    outcome, seen = carried_out(backend, SIMPLE)
    ended = seen.of(JobFinished)[0]
    assert isinstance(ended, JobFinished)
    assert (ended.ok, ended.problem, ended.hint) == (False, "no room", "make some")
    assert outcome.exit is Exit.FAILED
    assert ended.outputs == ()


def test_a_bug_of_the_backend_is_not_swallowed() -> None:
    with pytest.raises(ZeroDivisionError):
        carried_out(ScriptedBackend(fails={"say": ZeroDivisionError()}), SIMPLE)


def test_a_job_that_fails_does_not_stop_the_next() -> None:
    strict = replace(prompt("one"), expect=expecting(video=5))
    fails, works = planned(job(strict)), SIMPLE
    backend = ScriptedBackend(timelines=(timeline(shots=1), timeline(shots=2)))
    outcome, seen = carried_out(backend, fails, works)
    assert [result.ok for result in outcome.results] == [False, True]
    assert outcome.exit is Exit.FAILED
    assert seen.events[-1] == RunFinished(done=1, failed=1, seconds=outcome_seconds(seen))


def outcome_seconds(seen: Recorder) -> float:
    last = seen.events[-1]
    assert isinstance(last, RunFinished)
    return last.seconds


def test_failures_of_one_kind_keep_their_exit_code_and_mixed_ones_are_plain_failures() -> None:
    slow = ScriptedBackend(fails={"say": Timeout("too slow")}, balance=100)
    assert carried_out(slow, SIMPLE, SIMPLE)[0].exit is Exit.UNREACHABLE
    poor = planned(replace(SIMPLE.job, budget_credits=1), backend=PAID)
    assert carried_out(slow, SIMPLE, poor)[0].exit is Exit.FAILED


PAID = replace(BACKEND, credits_per_render=7)


@pytest.mark.parametrize("budget", [None, 7, 8])
def test_a_plan_within_its_budget_runs(budget: int | None) -> None:
    plan = planned(replace(SIMPLE.job, budget_credits=budget), backend=PAID)
    assert carried_out(ScriptedBackend(timelines=(timeline(),)), plan)[0].exit is Exit.DONE


def test_a_plan_over_its_budget_calls_nobody() -> None:
    backend = ScriptedBackend(balance=100)
    plan = planned(replace(SIMPLE.job, budget_credits=6), backend=PAID)
    assert problem_of(backend, plan) == (
        "the plan costs about 7 credits and budget.credits is 6",
        Exit.CREDITS,
    )
    assert backend.calls == []


def test_a_render_is_polled_until_it_is_done_and_told_when_it_moves() -> None:
    states = [RenderState(RENDERING, n, 10) for n in (0, 0, 4, 4, 9)]
    _, seen, backend = rendering([*states, DONE])
    shown = [e.done for e in seen.events if isinstance(e, Progress) and e.unit == "frames"]
    assert shown == [0, 4, 9, 10]
    assert backend.calls.count("poll") == 6
    assert "cancel" not in backend.calls


@pytest.mark.parametrize(
    ("status", "problem"),
    [
        (RenderStatus.FAILED, "a worker process was ended"),
        (RenderStatus.CANCELLED, ""),
    ],
)
def test_a_render_without_a_video_fails_the_job(status: RenderStatus, problem: str) -> None:
    outcome, _, backend = rendering([RenderState(status, 3, 10, problem)])
    assert outcome.results[0].problem == (problem or "the render was cancelled")
    assert outcome.exit is Exit.FAILED
    assert "fetch out.mp4" not in backend.calls


def test_a_render_that_failed_says_what_to_do_about_it() -> None:
    outcome, _, _ = rendering([RenderState(RenderStatus.FAILED, 3, 10, "no room", "make some")])
    assert (outcome.results[0].problem, outcome.results[0].hint) == ("no room", "make some")


def test_a_render_that_stands_still_is_given_up() -> None:
    stuck = (RenderState(RENDERING, 3, 10) for _ in range(100_000))
    clock = FakeClock()
    backend = ScriptedBackend(timelines=(timeline(),), states=stuck)
    outcome, _ = carried_out(backend, SIMPLE, clock=clock)
    assert outcome.results[0].problem == "no frame was finished in 10 minutes"
    assert outcome.exit is Exit.UNREACHABLE
    assert STALLED_S < clock.now < STALLED_S + 1
    assert backend.calls[-1] == "cancel"


def test_a_slow_render_that_still_moves_is_waited_for() -> None:
    clock = FakeClock()
    slow = [RenderState(RENDERING, n // 2000, 10) for n in range(20_000)]
    backend = ScriptedBackend(timelines=(timeline(),), states=[*slow, DONE])
    outcome, _ = carried_out(backend, SIMPLE, clock=clock)
    assert clock.now > STALLED_S
    assert outcome.exit is Exit.DONE


@pytest.mark.parametrize("signal", [KeyboardInterrupt(), Terminated()])
def test_an_interrupted_run_is_told_to_its_end(signal: KeyboardInterrupt) -> None:
    seen, clock = Recorder(), FakeClock()
    backend = ScriptedBackend(timelines=(timeline(), timeline()), fails={"poll": signal})
    no_render = planned(job(prompt("one")))
    with pytest.raises(type(signal)):
        Runner(lambda _: backend, seen, clock, clock.sleep).run([no_render, SIMPLE, no_render])
    stopped = seen.of(JobFinished)[-1]
    assert isinstance(stopped, JobFinished)
    assert (stopped.ok, stopped.problem) == (False, "interrupted")
    assert len(seen.of(JobFinished)) == 2
    assert seen.events[-1] == RunFinished(done=1, failed=1, seconds=0.0)


def test_an_interrupted_run_whose_reader_is_gone_is_still_interrupted() -> None:
    def deaf(event: object) -> None:
        if isinstance(event, JobFinished | RunFinished):
            raise BrokenPipeError

    clock = FakeClock()
    backend = ScriptedBackend(fails={"say": KeyboardInterrupt()})
    with pytest.raises(KeyboardInterrupt):
        Runner(lambda _: backend, deaf, clock, clock.sleep).run([SIMPLE])


@pytest.mark.skipif(os.name == "nt", reason="links need rights on Windows")
def test_a_folder_swapped_for_a_link_during_a_run_gets_no_video(tmp_path: Path) -> None:
    tmp_path = tmp_path.resolve()
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "out").symlink_to(tmp_path / "elsewhere")
    swapped = replace(export(), to=tmp_path / "out" / "x.mp4")
    plan = planned(job(prompt("one"), exports=(swapped,)))
    backend = ScriptedBackend(timelines=(timeline(),))
    assert "leads elsewhere than when the job was read" in problem_of(backend, plan)[0]
    assert backend.calls[-1] == "cancel"


@pytest.mark.parametrize("verb", ["poll", "fetch"])
def test_ctrl_c_during_a_render_cancels_it_and_goes_on_up(verb: str) -> None:
    backend = ScriptedBackend(timelines=(timeline(),), fails={verb: KeyboardInterrupt()})
    with pytest.raises(KeyboardInterrupt):
        carried_out(backend, SIMPLE)
    assert backend.calls[-1] == "cancel"


def test_an_error_while_a_render_is_fetched_cancels_it() -> None:
    backend = ScriptedBackend(timelines=(timeline(),), fails={"fetch": Refused("no")})
    carried_out(backend, SIMPLE)
    assert backend.calls[-1] == "cancel"


def test_what_is_worth_knowing_of_a_video_is_told() -> None:
    class Noting(ScriptedBackend):
        def fetch(self, render: object, to: Path) -> tuple[str, ...]:
            return ("the sound is 1 ms short",)

    _, seen = carried_out(Noting(timelines=(timeline(),)), SIMPLE)
    assert Noted("song", "render out", "the sound is 1 ms short") in seen.events


def test_an_error_without_a_timeline_says_what_the_backend_said() -> None:
    nothing = DirectionError("there is no timeline to export yet")
    plan = planned(job(inputs=(SONG,), exports=(export(),)))
    assert problem_of(ScriptedBackend(fails={"render": nothing}), plan)[0] == str(nothing)


def test_an_expectation_before_any_timeline_is_not_met() -> None:
    strict = Prompt(id="a", text="x", expect=expecting(video=0), timeout_s=1, place=PLACE)
    problem, _ = problem_of(ScriptedBackend(), planned(job(strict)))
    assert problem == "the timeline is not as expected: there is no timeline yet"


def test_time_spent_is_told_in_seconds_of_the_clock() -> None:
    states = [RenderState(RENDERING, n, 10) for n in range(10)]
    _, seen, _ = rendering([*states, DONE])
    assert outcome_seconds(seen) == pytest.approx(2.0)


def test_a_check_is_labelled_with_its_id_and_what_it_expects() -> None:
    checks = (
        Check(id="look", expect=Expectation(), place=PLACE),
        Check(id="length", expect=expecting(video=2), place=PLACE),
    )
    _, seen = carried_out(
        ScriptedBackend(timelines=(timeline(),)), planned(job(prompt("one"), *checks))
    )
    labels = [event.label for event in seen.events if isinstance(event, TaskStarted)]
    assert labels[-2:] == ["look", "length: video >=2"]


def test_no_plans_are_done_at_once() -> None:
    outcome, seen = carried_out(ScriptedBackend())
    assert outcome == Outcome(results=(), exit=Exit.DONE)
    assert seen.events == [RunStarted(jobs=()), RunFinished(done=0, failed=0, seconds=0.0)]
