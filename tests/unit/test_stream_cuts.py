"""Five turns cut at every byte: what came whole counts, the rest is a clean end, in time."""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import accumulate

import pytest
import requests
import urllib3

from mvpipe.backends.base import Turn
from mvpipe.backends.nemo.turns import Over, Pump, Source, listen
from mvpipe.protocol.judge import Ending
from mvpipe.protocol.progress import USUAL_LIMITS
from tests.fakes import FakeClock
from tests.streams import TURNS

END, BREAK = Over(cut=False), Over(cut=True)


@dataclass(slots=True)
class Line:
    """Gives what it is told; after that nothing comes any more, and time goes by."""

    clock: FakeClock
    items: Iterator[bytes | Over]
    stopped: bool = False

    def next(self, wait_s: float) -> bytes | Over | None:
        item = next(self.items, None)
        if item is None:
            self.clock.sleep(wait_s)
        return item

    def stop(self) -> None:
        self.stopped = True


_conforms: type[Source] = Line


@dataclass(slots=True)
class Heard:
    """A turn, the words that were told on the way, and when it was over."""

    turn: Turn
    told: str
    ended_s: float
    notices: list[str] = field(default_factory=list)


def heard(*items: bytes | Over) -> Heard:
    clock, told, notices = FakeClock(), list[str](), list[str]()
    line = Line(clock, iter(items))
    turn = listen(line, notice=notices.append, told=told.append, clock=clock)
    assert line.stopped
    return Heard(turn, "".join(told), clock.now, notices)


@dataclass(frozen=True, slots=True)
class Expected:
    """A stream, where its events end, and what is known after so many of them."""

    whole: bytes
    ends: tuple[int, ...]
    after: tuple[Heard, ...]

    def at(self, cut: int) -> Heard:
        return self.after[sum(end <= cut for end in self.ends)]


def expected(events: Sequence[bytes]) -> Expected:
    """Return what is to be heard; a CR ends a line at once, so its LF need not have come."""
    lengths = tuple(accumulate(len(event) for event in events))
    spare = [event.endswith(b"\r\n") for event in events]
    prefixes = [b"".join(events[:count]) for count in range(len(events) + 1)]
    return Expected(
        whole=b"".join(events),
        ends=tuple(end - late for end, late in zip(lengths, spare, strict=True)),
        after=tuple(heard(prefix, END) for prefix in prefixes),
    )


@pytest.fixture(scope="module", params=TURNS)
def turns(request: pytest.FixtureRequest) -> Expected:
    return expected(TURNS[request.param])


def test_a_connection_that_closes_anywhere_leaves_what_came_whole(turns: Expected) -> None:
    for cut in range(len(turns.whole)):
        known, found = turns.at(cut), heard(turns.whole[:cut], END)
        assert (found.turn.text, found.told) == (known.turn.text, known.told)
        assert found.turn.meant == known.turn.meant
        assert found.turn.problem == known.turn.problem
        assert found.turn.ending in {known.turn.ending, Ending.CUT}
        between = cut in {0, *turns.ends}
        assert not between or found.turn.ending is known.turn.ending


def test_a_connection_that_breaks_anywhere_is_a_cut(turns: Expected) -> None:
    for cut in range(len(turns.whole)):
        known, found = turns.at(cut), heard(turns.whole[:cut], BREAK)
        assert (found.turn.text, found.told) == (known.turn.text, known.told)
        failed = known.turn.ending is Ending.FAILED
        assert found.turn.ending is (Ending.FAILED if failed else Ending.CUT)


def test_a_connection_that_falls_silent_anywhere_is_given_up_in_time(turns: Expected) -> None:
    for cut in range(len(turns.whole)):
        known, found = turns.at(cut), heard(turns.whole[:cut])
        assert (found.turn.text, found.told) == (known.turn.text, known.told)
        if known.turn.ending is not Ending.FAILED:
            assert found.turn.ending is Ending.TIMED_OUT
            assert found.ended_s == USUAL_LIMITS.idle_s
            assert found.notices[-1].endswith("looking at the timeline instead")


def test_a_response_that_ends_anywhere_is_read_the_same_by_its_thread() -> None:
    turns = expected(TURNS["flat"])
    for cut in range(len(turns.whole)):
        line = heard(turns.whole[:cut], END)
        assert read_by_thread(turns.whole[:cut]) == line.turn


def read_by_thread(body: bytes) -> Turn:
    response = requests.Response()
    response.raw = urllib3.HTTPResponse(io.BytesIO(body), preload_content=False)
    return listen(Pump(response), notice=lambda _: None, told=lambda _: None, clock=FakeClock())


def test_half_an_event_is_never_a_closed_turn(turns: Expected) -> None:
    for begin, end in zip((0, *turns.ends), turns.ends, strict=False):
        middle = heard(turns.whole[: (begin + end) // 2], END).turn
        comment = turns.whole[begin:end].lstrip(b"\r\n").startswith(b":")
        assert middle.ending is (Ending.CLOSED if comment else Ending.CUT)


def test_bytes_that_come_one_by_one_say_the_same(turns: Expected) -> None:
    found = heard(*(bytes([byte]) for byte in turns.whole), END)
    assert (found.turn, found.told) == (turns.after[-1].turn, turns.after[-1].told)


def test_the_turns_say_what_they_are_meant_to() -> None:
    said = {name: expected(events).after[-1].turn for name, events in TURNS.items()}
    assert said["adk"].text == "Cuts on the bar, 像夜晚的城市。"
    assert len(said["adk"].meant) == 1
    assert said["flat"].text == "The clip is ready 🎬.\n\nMusic and a title were added."
    assert said["plain"].text == "Working on it.\n\n添加了标题。\n\nTwo lines of data."
    assert said["heartbeats"] == Turn("", Ending.CLOSED)
    assert (said["error"].text, said["error"].ending) == ("Let me see.", Ending.FAILED)
    assert said["error"].problem.startswith("429 RESOURCE_EXHAUSTED")
