"""Runs that take up what an earlier one left: nothing sent twice, nothing done again."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from itertools import repeat
from pathlib import Path
from typing import Any

import pytest

from mvpipe.backends.base import Credits, RenderState, RenderStatus
from mvpipe.errors import Exit, OutcomeUnknown, SessionGone, UnknownRender, Unreachable
from mvpipe.journal.records import Output, Stage
from mvpipe.model.canonical import Digest
from mvpipe.model.event import JobFinished, Noted, TaskKept
from mvpipe.model.job import Amount, Comparison, Expectation
from mvpipe.model.plan import Plan
from mvpipe.protocol.judge import Ending
from mvpipe.runner.job import Rules
from mvpipe.runner.memory import Memory
from mvpipe.runner.purse import Limits, cost, outlook
from mvpipe.runner.run import Outcome, Runner
from tests.fakes import FakeClock, Notebook, Recorder, ScriptedBackend
from tests.jobs import BACKEND, export, job, planned, prompt, timeline

ONE, TWO, THREE = timeline(shots=1), timeline(shots=2), timeline(shots=3)
PLAN = planned(job(prompt("one", step="a"), prompt("two", step="b"), exports=(export(),)))
PAID = replace(BACKEND, credits_to_generate=100, credits_to_edit=50)
DEAR = planned(PLAN.job, backend=PAID)
DONE = RenderState(RenderStatus.DONE, 10, 10)
FAILED = RenderState(RenderStatus.FAILED, 3, 10, problem="no luck")


class Killed(BaseException):
    """The end of a process, as far as a test goes."""


@dataclass(slots=True)
class World:
    """What outlives a process: the journal, the files, the service."""

    book: Notebook = field(default_factory=Notebook)
    clock: FakeClock = field(default_factory=FakeClock)
    files: dict[Path, Output] = field(default_factory=dict)
    seen: Recorder = field(default_factory=Recorder)

    def run(self, backend: ScriptedBackend, plan: Plan = PLAN, **more: Any) -> Outcome:
        self.seen = Recorder()
        return self.runner(backend, **more).run([plan])

    def runner(
        self,
        backend: ScriptedBackend,
        *,
        rules: Rules = Rules(),  # noqa: B008 - frozen
        limits: Limits = Limits(),  # noqa: B008 - frozen
    ) -> Runner:
        fetched = backend.fetched
        fetched.append(lambda to: self.files.update({to: Output(to, Digest("d"), 1)}))
        memory = Memory(book=self.book, measure=self.files.get, now=self.clock)
        clock = self.clock
        return Runner(
            lambda _: backend,
            self.seen,
            clock,
            clock.sleep,
            memory=memory,
            limits=limits,
            rules=rules,
        )

    def kept(self) -> list[str]:
        return [event.task for event in self.seen.events if isinstance(event, TaskKept)]


def remote(**more: Any) -> ScriptedBackend:
    usual: dict[str, Any] = {
        "timelines": (ONE, TWO),
        "states": repeat(DONE),
        "remote": True,
        "lasting": frozenset({"session"}),
    }
    return ScriptedBackend(**(usual | more))


def dying(world: World, backend: ScriptedBackend, verb: str) -> None:
    backend.fails = {verb: Killed()}
    with pytest.raises(Killed):
        world.run(backend)


def test_a_job_that_was_done_asks_nobody() -> None:
    world = World()
    world.run(remote())
    silent = remote()
    outcome = world.run(silent)
    assert (outcome.exit, silent.calls) == (Exit.DONE, [])
    assert outcome.results[0].unchanged
    assert outcome.results[0].outputs == (Path("/p/out/out.mp4"),)


def test_a_job_done_afresh_does_everything_again() -> None:
    world = World()
    world.run(remote())
    again = remote()
    world.run(again, rules=Rules(fresh=True))
    assert [call for call in again.calls if call.startswith("say")] == ["say one", "say two"]


def test_a_video_that_went_away_is_fetched_again_and_not_ordered_again() -> None:
    world = World()
    world.run(remote())
    world.files.clear()
    again = remote(current=TWO)
    assert world.run(again).exit is Exit.DONE
    assert again.calls == ["resume session", "poll", "poll", "fetch out.mp4"]


def test_a_video_that_the_service_let_go_of_is_ordered_anew() -> None:
    world = World()
    world.run(remote())
    world.files.clear()
    again = remote(current=TWO, gone={"poll": UnknownRender("no such render")})
    assert world.run(again).exit is Exit.DONE
    assert "render out" in again.calls
    assert not [call for call in again.calls if call.startswith("say")]


@pytest.mark.parametrize("verb", ["poll", "fetch"])
def test_after_a_kill_a_render_is_waited_for_and_not_ordered_again(verb: str) -> None:
    world = World()
    dying(world, remote(), verb)
    again = remote(current=TWO)
    assert world.run(again).exit is Exit.DONE
    assert "render out" not in again.calls
    assert world.kept() == ["upload song", "say a", "say b"]


def test_an_order_that_never_arrived_is_placed_after_asking() -> None:
    world = World()
    dying(world, remote(), "render")
    again = remote(current=TWO, gone={"poll": UnknownRender("no such render")})
    assert world.run(again).exit is Exit.DONE
    assert again.calls[:3] == ["resume session", "poll", "render out"]


def orders(world: World) -> set[str]:
    return {r.intent.render for r in world.book.kept.values() if r.intent.render}


def test_an_order_that_never_arrived_keeps_its_name() -> None:
    world = World()
    dying(world, remote(), "render")
    named = orders(world)
    again = remote(current=TWO, gone={"poll": UnknownRender("no such render")})
    assert world.run(again).exit is Exit.DONE
    assert orders(world) == named


def test_an_order_of_a_session_that_is_gone_gets_another_name() -> None:
    world = World()
    dying(world, remote(), "render")
    named = orders(world)
    gone = {"poll": UnknownRender("no such render")}
    later = remote(opens="another", lasting=frozenset(), gone=gone)
    assert world.run(later).exit is Exit.DONE
    assert len(orders(world) - named) == 1


def test_an_order_that_may_be_on_its_way_does_not_fail_by_what_follows() -> None:
    world = World()
    dying(world, remote(), "render")
    trouble = {"poll": UnknownRender("no such render"), "render": Unreachable("no way")}
    assert world.run(remote(current=TWO, gone=trouble)).exit is Exit.UNREACHABLE
    stages = [r.stage for r in world.book.kept.values() if r.intent.render]
    assert stages == [Stage.INTENDED]


def test_an_order_nobody_answered_is_asked_about_once_more() -> None:
    lost = {"render": OutcomeUnknown("no word")}
    backend = remote(gone=dict(lost))
    assert World().run(backend).exit is Exit.DONE
    assert backend.calls.count("render out") == 1
    blind = remote(gone=dict(lost), fails={"poll": Unreachable("nobody answers")})
    assert World().run(blind).exit is Exit.UNKNOWN
    unheard = remote(gone=lost | {"poll": UnknownRender("no such render")})
    assert World().run(unheard).exit is Exit.DONE
    assert unheard.calls.count("render out") == 2


def test_a_prompt_whose_edit_is_there_is_not_said_again() -> None:
    world = World()
    dying(world, remote(), "say")
    again = remote(current=ONE, timelines=(TWO,))
    assert world.run(again).exit is Exit.DONE
    assert [call for call in again.calls if call.startswith("say")] == ["say two"]


def test_a_prompt_that_the_service_never_heard_of_is_said() -> None:
    world = World()
    dying(world, remote(), "say")
    again = remote(taken=frozenset())
    assert world.run(again).exit is Exit.DONE
    assert [call for call in again.calls if call.startswith("say")] == ["say one", "say two"]


def test_a_prompt_that_arrived_and_changed_nothing_is_not_said_again() -> None:
    world = World()
    dying(world, remote(), "say")
    again = remote(taken=frozenset({"a"}), timelines=(TWO,))
    assert world.run(again).exit is Exit.DONE
    assert [call for call in again.calls if call.startswith("say")] == ["say two"]


def test_a_prompt_nobody_can_tell_of_is_unknown_and_stays_so_until_it_is_resent() -> None:
    world = World()
    dying(world, remote(), "say")
    for _ in range(2):
        blind = remote()
        assert world.run(blind).exit is Exit.UNKNOWN
        assert not [call for call in blind.calls if call.startswith("say")]
    waited = world.clock.now
    blind = remote()
    assert world.run(blind, rules=Rules(resend=True)).exit is Exit.DONE
    assert [call for call in blind.calls if call.startswith("say")] == ["say one", "say two"]
    assert world.clock.now - waited <= 400


def test_an_edit_that_arrives_late_ends_the_wait() -> None:
    world = World()
    dying(world, remote(), "say")
    late = remote(later=(None, None, ONE), timelines=(TWO,))
    assert world.run(late).exit is Exit.DONE
    assert [call for call in late.calls if call.startswith("say")] == ["say two"]


def test_an_answer_that_cannot_be_looked_at_is_unknown_and_never_failed() -> None:
    world = World()
    lost = remote(blind_after=1)
    assert world.run(lost).exit is Exit.UNKNOWN
    stages = {r.intent.task: r.stage for r in world.book.kept.values()}
    assert stages["say a"] is Stage.UNKNOWN


def test_a_session_that_is_gone_is_told_and_begun_anew() -> None:
    world = World()
    dying(world, remote(), "render")
    again = remote(lasting=frozenset())
    assert world.run(again).exit is Exit.DONE
    assert again.calls[:3] == ["resume session", "open song", "upload song"]
    assert any("cannot be gone on with" in str(note) for note in world.seen.of(Noted))


def test_a_session_lost_under_way_is_begun_anew_once() -> None:
    world = World()
    backend = remote(gone={"say": SessionGone("no such session")})
    assert world.run(backend).exit is Exit.DONE
    assert backend.calls.count("open song") == 2
    assert any("starting in a new one" in str(note) for note in world.seen.of(Noted))


def test_a_session_lost_again_and_again_fails_the_job() -> None:
    world = World()
    backend = remote(fails={"say": SessionGone("no such session")})
    assert world.run(backend).exit is Exit.FAILED


def test_a_render_that_failed_is_ordered_once_more_under_another_name() -> None:
    world = World()
    backend = remote(states=iter([FAILED, DONE]))
    assert world.run(backend).exit is Exit.DONE
    renders = {r.intent.render for r in world.book.kept.values() if r.intent.render}
    assert len(renders) == 2


def test_a_render_that_fails_twice_fails_the_job() -> None:
    backend = remote(states=iter([FAILED, FAILED]))
    assert World().run(backend).results[0].problem == "no luck"


def test_an_expectation_that_failed_is_held_again_without_saying_the_prompt_again() -> None:
    expects = Expectation(video=Amount(Comparison.AT_LEAST, 3))
    plan = planned(job(replace(prompt("one", step="a"), expect=expects)))
    world = World()
    assert world.run(remote(), plan).exit is Exit.FAILED
    again = remote(current=ONE)
    assert world.run(again, plan).exit is Exit.FAILED
    mended = remote(current=THREE)
    assert world.run(mended, plan).exit is Exit.DONE
    assert [*again.calls, *mended.calls].count("say one") == 0


def test_a_local_run_replays_its_session_and_keeps_its_videos() -> None:
    two = planned(
        replace(PLAN.job, exports=(export("wide"), export("tall"))),
    )
    world = World()
    first = ScriptedBackend(timelines=(ONE, TWO), states=iter([DONE, FAILED]))
    assert world.run(first, two).exit is Exit.FAILED
    second = ScriptedBackend(timelines=(ONE, TWO))
    assert world.run(second, two).exit is Exit.DONE
    assert world.kept() == ["render wide"]
    assert [call for call in second.calls if call.startswith("render")] == ["render tall"]


def test_nothing_is_spent_where_that_is_not_allowed() -> None:
    backend = remote(balance=500)
    outcome = World().run(backend, DEAR, limits=Limits(no_spend=True))
    assert (outcome.exit, backend.calls) == (Exit.CREDITS, [])


def test_a_run_stops_before_the_call_that_would_pass_its_limit() -> None:
    backend = remote(balance=500, price=100)
    outcome = World().run(backend, DEAR, limits=Limits(credits=149))
    assert outcome.exit is Exit.CREDITS
    assert [call for call in backend.calls if call.startswith("say")] == ["say one"]
    assert "about 50 credits after the 100 spent so far" in outcome.results[0].problem


def test_what_was_really_spent_is_written_down() -> None:
    world = World()
    world.run(remote(balance=500, price=30), DEAR)
    spent = [r.outcome.credits for r in world.book.kept.values() if r.outcome.credits]
    assert spent == [30, 30]


def test_a_budget_counts_what_earlier_runs_of_the_job_spent() -> None:
    world = World()
    plan = planned(replace(PLAN.job, budget_credits=150), backend=PAID)
    dying_at_render = remote(balance=500, price=100, fails={"render": Killed()})
    with pytest.raises(Killed):
        world.run(dying_at_render, plan)
    assert world.run(remote(balance=300, current=TWO), plan).exit is Exit.CREDITS


def test_a_prompt_that_nobody_saw_end_counts_at_its_price() -> None:
    world = World()
    plan = planned(replace(PLAN.job, budget_credits=150), backend=PAID)
    with pytest.raises(Killed):
        world.run(remote(balance=500, fails={"say": Killed()}), plan)
    again = remote(balance=400, price=50, current=ONE, timelines=(TWO,))
    assert world.run(again, plan).exit is Exit.DONE
    spent = [r.outcome.credits for r in world.book.kept.values() if r.outcome.credits]
    assert spent == [100, 50]


def test_what_may_have_been_spent_in_a_session_that_is_gone_counts_too() -> None:
    world = World()
    plan = planned(replace(PLAN.job, budget_credits=200), backend=PAID)
    with pytest.raises(Killed):
        world.run(remote(balance=500, fails={"say": Killed()}), plan)
    assert world.run(remote(balance=400, lasting=frozenset()), plan).exit is Exit.CREDITS


@pytest.mark.parametrize(
    ("before", "now", "spent"),
    [
        (Credits(500), Credits(400), 100),
        (Credits(500, frozen=0), Credits(400, frozen=100), 100),
        (Credits(400, frozen=100), Credits(400, frozen=0), 0),
        (Credits(400, frozen=100), Credits(None), 0),
    ],
    ids=["spent", "frozen", "taken", "free"],
)
def test_credits_are_spent_once_they_are_frozen(
    before: Credits, now: Credits, spent: int
) -> None:
    backend = ScriptedBackend(balance=now.available, frozen=now.frozen)
    assert cost(backend, before=before, price=7) == spent


def test_collecting_fetches_what_is_under_way_and_begins_nothing() -> None:
    world = World()
    dying(world, remote(), "poll")
    later = remote(current=TWO)
    outcome = world.runner(later).collect([PLAN])
    assert outcome.exit is Exit.DONE
    assert later.calls == ["poll", "poll", "fetch out.mp4"]
    assert not any("under way" in str(note) for note in world.seen.of(Noted))


def test_collecting_where_nothing_was_ordered_says_so() -> None:
    world, silent = World(), remote()
    assert world.runner(silent).collect([PLAN]).exit is Exit.DONE
    assert [str(note) for note in world.seen.of(Noted) if "no render is under way" in str(note)]
    assert silent.calls == []


def test_collecting_what_was_fetched_asks_nobody() -> None:
    world = World()
    world.run(remote())
    silent = remote(fails={"poll": UnknownRender("no such render")})
    assert world.runner(silent).collect([PLAN]).exit is Exit.DONE
    assert silent.calls == []


def test_a_prompt_that_was_surely_lost_is_said_once_more() -> None:
    world = World()
    lost = remote(ending=Ending.CUT, timelines=(None, ONE, TWO), taken=frozenset())
    assert world.run(lost).exit is Exit.DONE
    stages = [r.stage for r in world.book.kept.values() if r.intent.task == "say a"]
    assert stages == [Stage.FAILED, Stage.DONE]
    said = [call for call in lost.calls if call.startswith("say")]
    assert said == ["say one", "say one", "say two"]


@pytest.mark.parametrize(
    ("verb", "lasts", "told"),
    [("poll", True, "mvpipe collect"), ("say", True, ""), ("poll", False, "")],
)
def test_ctrl_c_says_what_goes_on_without_us_if_anything_does(
    verb: str, told: str, *, lasts: bool
) -> None:
    world = World()
    with pytest.raises(KeyboardInterrupt):
        world.run(remote(fails={verb: KeyboardInterrupt()}, remote=lasts))
    stopped = world.seen.of(JobFinished)[0]
    assert isinstance(stopped, JobFinished)
    assert (stopped.problem, bool(stopped.hint)) == ("interrupted", bool(told))
    assert told in stopped.hint


def test_a_render_of_another_plan_does_not_go_on_for_this_one() -> None:
    world = World()
    dying(world, remote(), "poll")
    with pytest.raises(KeyboardInterrupt):
        world.run(remote(fails={"say": KeyboardInterrupt()}), planned(job(prompt("x"))))
    stopped = world.seen.of(JobFinished)[0]
    assert isinstance(stopped, JobFinished)
    assert not stopped.hint


def ended(outcome: Outcome) -> JobFinished:
    return outcome.results[0]


def test_a_render_that_outlasts_our_patience_is_left_to_be_collected() -> None:
    stuck = RenderState(RenderStatus.RENDERING, 1, 10)
    world = World()
    backend = remote(states=iter([stuck] * 100_000))
    outcome = world.run(backend)
    assert outcome.exit is Exit.UNKNOWN
    assert "mvpipe collect" in ended(outcome).hint
    assert "cancel" not in backend.calls


def test_a_cut_answer_without_an_edit_is_unknown() -> None:
    world = World()
    cut = remote(ending=Ending.CUT, timelines=())
    assert world.run(cut).exit is Exit.UNKNOWN


def test_before_anything_is_spent_the_balance_is_told() -> None:
    world = World()
    world.run(remote(balance=120), DEAR)
    assert "this may cost about 150 credits; 120 credits are there: perhaps too few" in [
        note.text for note in world.seen.of(Noted) if isinstance(note, Noted)
    ]


def test_frozen_credits_are_told_too() -> None:
    told = outlook(Credits(available=200, frozen=40), left=150)
    assert told.endswith("200 credits are there, 40 more are frozen for work under way")
