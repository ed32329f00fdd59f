"""A prompt goes out once, and whatever its stream does, a turn comes back in time."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from mvpipe.backends.base import SessionId, Turn
from mvpipe.backends.nemo.backend import NemoBackend
from mvpipe.errors import OutOfCredits, RateLimited, SessionGone, Unreachable
from mvpipe.protocol.gui import GuiAction
from mvpipe.protocol.judge import Ending
from mvpipe.protocol.paths import SAY_PATH
from mvpipe.protocol.progress import TurnLimits
from tests.evil import (
    Behaviour,
    Evil,
    caller,
    chunked_cut,
    code,
    evil_server,
    hang_up,
    html,
    plain,
    refuse,
    stream,
)
from tests.jobs import prompt

SESSION = SessionId("1")
TOOL = (
    b'data: {"content":{"parts":[{"functionCall":{"name":"edit","args":{}}}],"role":"model"}}'
    b"\n\n"
)
SAID = b'data: {"content":{"parts":[{"text":"Done."}],"role":"model"}}\n\n'
QUICK = TurnLimits(idle_s=0.1, notice_s=0.04, heartbeats_s=0.1, total_s=5)


@pytest.fixture
def evil() -> Iterator[Evil]:
    with evil_server() as server:
        yield server


def said(
    evil: Evil,
    folder: Path,
    *behaviours: Behaviour,
    limits: TurnLimits | None = None,
    notices: list[str] | None = None,
    told: list[str] | None = None,
) -> Turn:
    evil.on("POST", SAY_PATH, *behaviours)
    heard: list[str] = [] if told is None else told
    noted: list[str] = [] if notices is None else notices
    clock = None if limits is None else time.monotonic
    with caller(evil, folder, told=heard.append, clock=clock) as backend:
        return _say(backend, limits, noted)


def _say(backend: NemoBackend, limits: TurnLimits | None, notices: list[str]) -> Turn:
    if limits is not None:
        backend.limits = limits
    return backend.say(SESSION, prompt("make it"), notice=notices.append)


def test_words_are_told_as_they_come_and_returned_whole(evil: Evil, tmp_path: Path) -> None:
    told: list[str] = []
    turn = said(evil, tmp_path, stream(b": hi\n\n", TOOL, SAID, SAID), told=told)
    assert turn == Turn("Done.\n\nDone.", Ending.CLOSED)
    assert "".join(told) == turn.text


def test_a_turn_without_a_word_is_a_silent_one(evil: Evil, tmp_path: Path) -> None:
    assert said(evil, tmp_path, stream(TOOL, b"data:\n\n")) == Turn("", Ending.CLOSED)


def test_talk_about_a_screen_is_kept_from_the_user(evil: Evil, tmp_path: Path) -> None:
    text = b'data: {"text":"All set. Click the Export button."}\n\n'
    turn = said(evil, tmp_path, stream(text))
    assert turn.text == "All set."
    assert [meant.action for meant in turn.meant] == [GuiAction.EXPORT]


@pytest.mark.parametrize("at", range(0, len(TOOL + SAID), 3))
def test_a_stream_cut_anywhere_is_whole_or_cut(evil: Evil, tmp_path: Path, at: int) -> None:
    whole = TOOL + SAID
    turn = said(evil, tmp_path, stream(whole[:at]))
    clean = at in {0, len(TOOL), len(whole)}
    assert turn.ending in ({Ending.CLOSED} if clean else {Ending.CUT, Ending.CLOSED})
    assert turn.text in {"", "Done."}
    assert len(evil.seen) == 1


def test_half_an_event_is_no_answer(evil: Evil, tmp_path: Path) -> None:
    assert said(evil, tmp_path, stream(TOOL, SAID[:-10])) == Turn("", Ending.CUT)


def test_chunks_that_break_off_are_a_cut(evil: Evil, tmp_path: Path) -> None:
    assert said(evil, tmp_path, chunked_cut(TOOL, SAID)) == Turn("Done.", Ending.CUT)


def test_an_event_without_end_is_a_cut(evil: Evil, tmp_path: Path) -> None:
    flood = stream(b"data: " + b"x" * 9_000_000)
    assert said(evil, tmp_path, flood).ending is Ending.CUT


LOST = {"no answer": hang_up, "html": html, "500": refuse(500), "504": refuse(504)}


@pytest.mark.parametrize("lost", LOST)
def test_a_prompt_that_may_have_arrived_is_a_cut(evil: Evil, tmp_path: Path, lost: str) -> None:
    notices: list[str] = []
    turn = said(evil, tmp_path, LOST[lost], notices=notices)
    assert turn == Turn("", Ending.CUT)
    assert notices[0].endswith("looking at the timeline instead")
    assert len(evil.seen) == 1


def test_a_failure_inside_the_run_is_told(evil: Evil, tmp_path: Path) -> None:
    turn = said(evil, tmp_path, stream(TOOL, b'data: {"error": "no "music" here"}\n\n'))
    assert (turn.ending, turn.problem) == (Ending.FAILED, 'no "music" here')


def test_a_refusal_before_the_stream_is_an_error(evil: Evil, tmp_path: Path) -> None:
    with pytest.raises(OutOfCredits):
        said(evil, tmp_path, code(2001))
    with pytest.raises(SessionGone):
        said(evil, tmp_path, plain({"detail": "Session not found"}, status=404))
    with pytest.raises(Unreachable):
        said(evil, tmp_path, refuse(503))
    assert len(evil.seen) == 3


def test_nobody_there_is_an_error_and_no_turn(tmp_path: Path) -> None:
    with evil_server() as gone:
        pass
    with pytest.raises(Unreachable):
        said(gone, tmp_path, stream(SAID))


def test_too_often_is_a_definite_no_and_asked_once_more(evil: Evil, tmp_path: Path) -> None:
    assert said(evil, tmp_path, refuse(429), stream(SAID)).text == "Done."
    with pytest.raises(RateLimited):
        said(evil, tmp_path, refuse(429))
    assert len(evil.seen) == 4


def test_nothing_but_heartbeats_ends_in_time_and_is_told_of(evil: Evil, tmp_path: Path) -> None:
    done, notices = threading.Event(), list[str]()

    def beats(visit: object) -> None:
        stream(TOOL)(visit)  # type: ignore[arg-type]  # a visit, as all behaviours get
        while not done.wait(0.01):
            visit.wfile.write(b"data: heartbeat\n\n")  # type: ignore[attr-defined]  # as above

    turn = said(evil, tmp_path, beats, limits=QUICK, notices=notices)
    done.set()
    assert turn == Turn("", Ending.TIMED_OUT)
    assert notices[0].startswith("still working")
    assert "signs of life" in notices[-1]


def test_a_line_gone_quiet_ends_in_time(evil: Evil, tmp_path: Path) -> None:
    hold, notices = threading.Event(), list[str]()
    turn = said(evil, tmp_path, stream(SAID, hold=hold), limits=QUICK, notices=notices)
    hold.set()
    assert turn == Turn("Done.", Ending.TIMED_OUT)
    assert "gone quiet" in notices[-1]


def test_a_step_s_own_time_limit_counts(evil: Evil, tmp_path: Path) -> None:
    hold, notices = threading.Event(), list[str]()
    limits = TurnLimits(total_s=0.05)
    turn = said(evil, tmp_path, stream(TOOL, hold=hold), limits=limits, notices=notices)
    hold.set()
    assert turn.ending is Ending.TIMED_OUT
    assert "all the time it had" in notices[-1]


def test_the_prompt_goes_out_as_the_wire_wants_it(evil: Evil, tmp_path: Path) -> None:
    said(evil, tmp_path, stream(SAID))
    [seen] = evil.seen
    assert b'"new_message":{"parts":[{"text":"make it"}]}' in seen.body
    assert seen.headers["Accept"] == "text/event-stream"
    assert seen.headers["X-Mvpipe"] == '{"step":"step-1"}'
