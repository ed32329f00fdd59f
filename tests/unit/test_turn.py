from __future__ import annotations

import pytest

from mvpipe.backends.base import SessionId
from mvpipe.errors import DirectionError, Exit, OutcomeUnknown
from mvpipe.model.canonical import digest_of
from mvpipe.model.timeline import Timeline
from mvpipe.protocol.judge import Ending
from mvpipe.runner.turn import (
    FIRST_LOOK_S,
    LOOK_EVERY_S,
    LOOKS,
    WORK_S,
    NeverArrived,
    Taken,
    take_turn,
)
from tests.fakes import FakeClock, ScriptedBackend
from tests.jobs import prompt, timeline

ONE, TWO, THREE = timeline(shots=1), timeline(shots=2), timeline(shots=3)
SAID = ["say darker"]


def taken(backend: ScriptedBackend, clock: FakeClock, notices: list[str]) -> Taken:
    return take_turn(
        backend,
        SessionId("s"),
        prompt("darker"),
        before=backend.timeline(SessionId("s")),
        notice=notices.append,
        sleep=clock.sleep,
    )


def test_a_reply_and_a_moved_timeline_are_both_told() -> None:
    backend = ScriptedBackend(timelines=[TWO], current=ONE)
    assert taken(backend, FakeClock(), []) == Taken(
        text="done", changed=TWO, after=digest_of(TWO)
    )


def test_a_silent_edit_counts_when_the_timeline_moved() -> None:
    backend = ScriptedBackend(timelines=[TWO], current=ONE, reply="")
    assert taken(backend, FakeClock(), []) == Taken(text="", changed=TWO, after=digest_of(TWO))


def test_a_failure_that_moved_nothing_fails_in_the_words_of_the_backend() -> None:
    backend = ScriptedBackend(
        current=ONE, reply="", ending=Ending.FAILED, problem="no song yet\x1b"
    )
    with pytest.raises(DirectionError, match=r"not carried out: 'no song yet\\x1b'"):
        taken(backend, FakeClock(), [])


def test_a_failure_after_an_edit_is_told_and_the_edit_counts() -> None:
    notices: list[str] = []
    backend = ScriptedBackend(
        timelines=[TWO], current=ONE, ending=Ending.FAILED, problem="no music"
    )
    assert taken(backend, FakeClock(), notices) == Taken(
        text="done", changed=TWO, after=digest_of(TWO)
    )
    assert notices == ["the edit arrived, though 'no music' was said"]


def test_silence_and_an_unmoved_timeline_change_nothing() -> None:
    backend = ScriptedBackend(current=ONE, reply="")
    assert taken(backend, FakeClock(), []) == Taken(text="", changed=None, after=digest_of(ONE))


def looks(*found: Timeline) -> list[Timeline]:
    """What reading finds: before the turn, right after it, then at every later look."""
    return [ONE, ONE, *found]


def test_a_cut_stream_is_answered_by_looking_and_never_by_saying_it_again() -> None:
    clock, notices = FakeClock(), list[str]()
    backend = ScriptedBackend(later=looks(ONE, TWO), reply="", ending=Ending.CUT)
    assert taken(backend, clock, notices).changed == TWO
    assert clock.now == FIRST_LOOK_S + LOOK_EVERY_S + FIRST_LOOK_S
    assert backend.calls == SAID
    assert "looking" in notices[0]


def test_an_edit_that_comes_in_stages_is_awaited_to_its_end() -> None:
    clock = FakeClock()
    backend = ScriptedBackend(
        timelines=[TWO], later=[ONE, TWO, THREE, THREE], reply="", ending=Ending.CUT
    )
    assert taken(backend, clock, []).changed == THREE


def test_an_edit_that_shows_late_after_a_silent_turn_counts() -> None:
    notices = list[str]()
    backend = ScriptedBackend(later=looks(TWO), reply="")
    assert taken(backend, FakeClock(), notices).changed == TWO
    assert "looking once more" in notices[0]


def test_a_cut_stream_that_never_shows_an_edit_ends_as_unknown_in_bounded_time() -> None:
    clock = FakeClock()
    backend = ScriptedBackend(current=ONE, reply="", ending=Ending.CUT)
    with pytest.raises(OutcomeUnknown) as caught:
        taken(backend, clock, [])
    assert caught.value.exit is Exit.UNKNOWN
    assert clock.now == FIRST_LOOK_S + LOOKS * LOOK_EVERY_S
    assert backend.calls == SAID


def telling(*, taken: frozenset[str], **more: object) -> ScriptedBackend:
    """A backend that tells which prompts arrived; the stream is cut."""
    usual = {"current": ONE, "reply": "", "ending": Ending.CUT, "hears": taken}
    usual["taken"] = frozenset()
    return ScriptedBackend(**(usual | more))  # type: ignore[arg-type]  # a few of its fields


HEARD = frozenset({"step-1"})


def test_a_cut_stream_is_awaited_for_as_long_as_the_backend_says_that_it_works() -> None:
    clock = FakeClock()
    found = [ONE] * 10 + [TWO]
    backend = telling(taken=HEARD, later=found, busy=[True] * 9)
    assert taken(backend, clock, []).changed == TWO
    assert clock.now > FIRST_LOOK_S + LOOKS * LOOK_EVERY_S


def test_a_prompt_that_arrived_and_is_over_has_changed_nothing_after_two_looks() -> None:
    clock = FakeClock()
    assert taken(telling(taken=HEARD), clock, []).changed is None
    assert clock.now == FIRST_LOOK_S


def test_a_backend_that_works_for_ever_leaves_the_outcome_unknown() -> None:
    clock = FakeClock()
    with pytest.raises(OutcomeUnknown):
        taken(telling(taken=HEARD, busy=[True] * 100), clock, [])
    assert clock.now < 2 * WORK_S


def test_a_prompt_that_the_backend_never_heard_of_is_told_from_one_nobody_knows_of() -> None:
    clock = FakeClock()
    with pytest.raises(NeverArrived) as caught:
        taken(telling(taken=frozenset()), clock, [])
    assert caught.value.exit is Exit.UNREACHABLE
    assert clock.now == FIRST_LOOK_S
