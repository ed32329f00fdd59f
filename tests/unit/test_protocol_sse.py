from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sseclient import SSEClient

from mvpipe.errors import BadAnswer
from mvpipe.protocol.sse import KEEP_ALIVE, StreamState, clean_events

Read = list[tuple[str, str]]


def read(*chunks: bytes, state: StreamState | None = None) -> Read:
    """Return what sseclient-py makes of a stream that went through `clean_events`."""
    source = clean_events(chunks, state or StreamState())
    return [(event.event, event.data) for event in SSEClient(source).events()]


def cuts(whole: bytes, at: Iterable[int]) -> list[bytes]:
    places = sorted({0, len(whole), *(place % (len(whole) + 1) for place in at)})
    return [whole[a:b] for a, b in pairwise(places)]


ADK = (
    'data: {"content":{"parts":[{"functionCall":{"name":"edit"}}],"role":"model"}}\n\n'
    'data: {"content":{"parts":[{"text":"Fertig für 🎬"}],"role":"model"}}\n\n'
).encode()
FLAT = (
    b'\xef\xbb\xbfdata: {"type":"heartbeat"}\r\n\r\nevent: heartbeat\r\n\r\n: ping\r\n\r\n'
    b'data: {"type":"text",\r\ndata: "content":"a\xe2\x80\xa8b"}\r\n\r\n'
)
MIXED = b"data: one\rdata: two\r\rdata: three\n\r\nid: 7\nretry: 10\n\ndata\n\ndata:four\r\n\n"
BROKEN = b"\n\n: hi\ndata: caf\xe9 \xff\xfe\nfoo: bar\n\ndata: heartbeat\n\n<html>\n\n"
WORDS = b'event: message\ndata: {"text":"\xe4\xbd\xa0\xe5\xa5\xbd"}\n\n:\n\ndata:\n\n'
STREAMS = {"adk": ADK, "flat": FLAT, "mixed": MIXED, "broken": BROKEN, "words": WORDS}
EVENTS: dict[str, Read] = {
    "adk": [
        (
            "message",
            '{"content":{"parts":[{"functionCall":{"name":"edit"}}],"role":"model"}}',
        ),
        ("message", '{"content":{"parts":[{"text":"Fertig für 🎬"}],"role":"model"}}'),
    ],
    "flat": [
        ("message", '{"type":"heartbeat"}'),
        ("message", ""),
        ("message", ""),
        ("message", '{"type":"text",\n"content":"a\u2028b"}'),
    ],
    "mixed": [
        ("message", "one\ntwo"),
        ("message", "three"),
        ("message", ""),
        ("message", ""),
        ("message", "four"),
    ],
    "broken": [
        ("message", ""),
        ("message", "caf\ufffd \ufffd\ufffd"),
        ("message", "heartbeat"),
    ],
    "words": [("message", '{"text":"你好"}'), ("message", ""), ("message", "")],
}


@pytest.mark.parametrize("name", STREAMS)
def test_a_stream_becomes_the_events_it_means(name: str) -> None:
    assert read(STREAMS[name]) == EVENTS[name]


@pytest.mark.parametrize("name", STREAMS)
def test_it_means_the_same_byte_by_byte_and_split_anywhere(name: str) -> None:
    whole = STREAMS[name]
    assert read(*(whole[i : i + 1] for i in range(len(whole)))) == EVENTS[name]
    for place in range(len(whole) + 1):
        assert read(whole[:place], b"", whole[place:]) == EVENTS[name]


@given(st.sampled_from(sorted(STREAMS)), st.lists(st.integers(0, 10**6), max_size=12))
def test_it_means_the_same_wherever_it_is_split(name: str, at: list[int]) -> None:
    assert read(*cuts(STREAMS[name], at)) == EVENTS[name]


@pytest.mark.parametrize("name", STREAMS)
def test_a_stream_cut_at_any_byte_gives_whole_events_and_says_it_was_cut(name: str) -> None:
    whole = STREAMS[name]
    for place in range(len(whole)):
        state = StreamState()
        found = read(whole[:place], state=state)
        assert found == EVENTS[name][: len(found)]
        assert state.bytes_seen == place
        assert state.events == len(found)
        if len(found) < len(EVENTS[name]) and whole[:place].endswith(b"}"):
            assert not state.clean


@given(st.binary(max_size=300), st.lists(st.integers(0, 300), max_size=5))
def test_any_bytes_read_the_same_however_split_and_never_fail(
    whole: bytes, at: list[int]
) -> None:
    once, split = StreamState(), StreamState()
    assert read(whole, state=once) == read(*cuts(whole, at), state=split)
    assert once == split


@pytest.mark.parametrize(
    ("rest", "is_clean"),
    [
        (b"", True),
        (b": pi", True),
        (b": ping\n", True),
        (b"\n\n", True),
        (b"d", False),
        (b"data: {", False),
        (b"data: x\n", False),
        (b"event: heartbeat\n", False),
    ],
)
def test_only_a_half_event_makes_an_end_unclean(rest: bytes, *, is_clean: bool) -> None:
    state = StreamState()
    assert read(b"data: x\n\n" + rest, state=state)[0] == ("message", "x")
    assert state.clean is is_clean


def test_an_event_is_passed_on_before_the_next_byte_arrives() -> None:
    def endless() -> Iterator[bytes]:
        yield b"data: now\r\r"
        raise AssertionError("it waited for more")

    assert next(clean_events(endless(), StreamState())) == b"data: now\n\n"


def test_a_comment_shows_at_once_that_the_other_end_lives() -> None:
    assert next(clean_events([b": ping\n"], StreamState())) == KEEP_ALIVE


def test_a_comment_within_an_event_is_dropped() -> None:
    assert read(b"data: a\n: ping\ndata: b\n\n") == [("message", "a\nb")]


@pytest.mark.parametrize(
    "endless",
    [
        [b"data: " + b"x" * 1000] * 11,
        [b"data: " + b"x" * 900 + b"\n"] * 12,
        [b"data:\n" * 1002],
        [b"x" * 1001] * 10,
    ],
    ids=["a line", "lines", "many lines", "no field"],
)
def test_an_event_without_end_is_refused(endless: list[bytes]) -> None:
    with pytest.raises(BadAnswer, match="without end"):
        list(clean_events(endless, StreamState(), limit=10_000))


def test_a_trouble_of_the_source_is_its_own() -> None:
    def broken() -> Iterator[bytes]:
        yield b"data: 1\n\ndata: 2"
        raise ConnectionError("reset")

    state = StreamState()
    events = clean_events(broken(), state)
    assert next(events) == b"data: 1\n\n"
    with pytest.raises(ConnectionError):
        next(events)
    assert not state.clean
