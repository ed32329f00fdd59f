from __future__ import annotations

import pytest

from mvpipe.model.canonical import Digest
from mvpipe.protocol.judge import Ending, Outcome, judge
from mvpipe.protocol.progress import (
    EAGER,
    GENTLE,
    Sign,
    TurnLimits,
    Verdict,
    begin,
    give_up_s,
    patience_s,
    poll_wait_s,
    sign_of,
    watch_turn,
)
from mvpipe.protocol.stream import Heartbeat, Text, ToolCall, Unknown

BEFORE, AFTER = Digest("before"), Digest("after")


@pytest.mark.parametrize(
    ("text", "ending", "after", "outcome"),
    [
        ("Done.", Ending.CLOSED, AFTER, Outcome.ANSWERED),
        ("", Ending.CLOSED, AFTER, Outcome.APPLIED),
        ("Hello.", Ending.CLOSED, BEFORE, Outcome.ANSWERED),
        ("", Ending.CLOSED, BEFORE, Outcome.NOTHING),
        ("Do", Ending.CUT, BEFORE, Outcome.UNKNOWN),
        ("", Ending.CUT, AFTER, Outcome.APPLIED),
        ("", Ending.TIMED_OUT, BEFORE, Outcome.UNKNOWN),
        ("Done.", Ending.TIMED_OUT, AFTER, Outcome.ANSWERED),
        ("Oh.", Ending.FAILED, BEFORE, Outcome.NOTHING),
        ("", Ending.FAILED, AFTER, Outcome.APPLIED),
    ],
)
def test_a_turn_is_judged_by_its_words_its_end_and_the_timeline(
    text: str, ending: Ending, after: Digest, outcome: Outcome
) -> None:
    assert judge(text=text, ending=ending, before=BEFORE, after=after) is outcome


LIMITS = TurnLimits(idle_s=30, notice_s=20, heartbeats_s=60, total_s=100)


def verdicts(*signs: tuple[float, Sign]) -> list[Verdict]:
    watch, said = begin(0), []
    for now, sign in signs:
        watch, verdict = watch_turn(watch, sign, now_s=now, limits=LIMITS)
        said.append(verdict)
    return said


def test_a_user_hears_every_so_often_that_work_goes_on() -> None:
    beats = [(float(now), Sign.BYTES) for now in range(10, 60, 10)]
    assert verdicts(*beats) == [
        Verdict.GO_ON,
        Verdict.NOTICE,
        Verdict.GO_ON,
        Verdict.NOTICE,
        Verdict.GO_ON,
    ]


def test_words_and_tools_put_the_notice_off() -> None:
    assert verdicts((15, Sign.EVENT), (25, Sign.BYTES)) == [Verdict.GO_ON, Verdict.GO_ON]


def test_a_dead_connection_is_given_up() -> None:
    assert verdicts((10, Sign.BYTES), (39, Sign.NOTHING), (40, Sign.NOTHING)) == [
        Verdict.GO_ON,
        Verdict.NOTICE,
        Verdict.IDLE,
    ]


def test_heartbeats_alone_are_given_up_in_the_end() -> None:
    assert verdicts((20, Sign.BYTES), (40, Sign.BYTES), (60, Sign.BYTES))[-1] is (
        Verdict.HEARTBEATS_ONLY
    )


def test_no_turn_outlasts_its_time() -> None:
    assert verdicts((50, Sign.EVENT), (99, Sign.EVENT), (100, Sign.EVENT)) == [
        Verdict.GO_ON,
        Verdict.GO_ON,
        Verdict.OUT_OF_TIME,
    ]


def test_everything_but_a_heartbeat_says_that_work_goes_on() -> None:
    assert sign_of(Heartbeat()) is Sign.BYTES
    assert {sign_of(event) for event in (Text("x"), ToolCall("x"), Unknown())} == {Sign.EVENT}


def test_only_giving_up_is_final() -> None:
    assert [verdict for verdict in Verdict if not verdict.final] == [
        Verdict.GO_ON,
        Verdict.NOTICE,
    ]


def test_one_waits_no_longer_than_until_something_is_due() -> None:
    watch = begin(0)
    assert patience_s(watch, now_s=5, limits=LIMITS) == 15
    assert patience_s(watch, now_s=500, limits=LIMITS) == 0


def test_a_poll_comes_every_half_minute_or_ever_more_seldom() -> None:
    assert [poll_wait_s(n) for n in (0, 1, 9)] == [GENTLE.first_s] * 3
    assert [poll_wait_s(n, cadence=EAGER) for n in (0, 1, 2, 5, 10**9)] == [2, 3, 4.5, 15, 15]


def test_a_long_video_may_render_for_longer() -> None:
    assert give_up_s(10_000) == 300
    assert give_up_s(240_000) == 2400
