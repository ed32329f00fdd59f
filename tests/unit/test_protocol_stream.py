from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sseclient import SSEClient

from mvpipe.protocol.hearing import SILENCE, Heard, closed, hear, without_noise
from mvpipe.protocol.sse import StreamState, clean_events
from mvpipe.protocol.stream import (
    EventForm,
    Heartbeat,
    HeartbeatForm,
    Stamp,
    StreamError,
    StreamEvent,
    Text,
    ToolCall,
    ToolResult,
    Unknown,
    read_event,
    write_error,
    write_event,
)


def adk(*parts: object, role: str = "model", **more: object) -> str:
    return json.dumps({"content": {"parts": parts, "role": role}, "author": "nemo", **more})


CALL = {"functionCall": {"id": "af-1", "name": "edit_multitrack", "args": {}}}
RESULT = {"function_response": {"name": "edit_multitrack", "response": {}}}


@pytest.mark.parametrize(
    ("data", "events"),
    [
        (adk({"text": "Done."}), [Text("Done.")]),
        (adk({"text": "Do"}, partial=True), [Text("Do", partial=True)]),
        (adk({"text": "hm", "thought": True}), [Unknown()]),
        (adk({"text": "what I said"}, role="user"), [Unknown()]),
        (adk({"text": "what I said"}, author="user"), [Unknown()]),
        (adk(CALL), [ToolCall("edit_multitrack")]),
        (adk(RESULT, role="user"), [ToolResult("edit_multitrack")]),
        (
            adk({"text": "a"}, CALL, {"text": "b"}, 7),
            [Text("a"), ToolCall("edit_multitrack"), Text("b")],
        ),
        (adk({"inlineData": {}}), [Unknown()]),
        (adk(), [Unknown()]),
        (adk({"functionCall": {"name": 7}}), [ToolCall("")]),
        ('{"content":{}}', [Unknown()]),
        ('{"errorCode":"SAFETY","errorMessage":"no"}', [StreamError("no")]),
        ('{"error_code":"SAFETY"}', [StreamError("SAFETY")]),
        (adk({"text": "a"}, errorCode="MAX_TOKENS"), [Text("a")]),
        ('{"type":"text","content":"hi"}', [Text("hi")]),
        ('{"type":"text","text":"hi","partial":true}', [Text("hi", partial=True)]),
        ('{"type":"text","content":""}', [Unknown()]),
        ('{"type":"tool_call","name":"generate_music"}', [ToolCall("generate_music")]),
        ('{"type":"tool_result","name":"x","result":{}}', [ToolResult("x")]),
        ('{"type":"heartbeat"}', [Heartbeat()]),
        ('{"type":"error","content":"oh"}', [StreamError("oh")]),
        ('{"type":"error"}', [StreamError("error")]),
        ('{"type":"novelty"}', [Unknown()]),
        ('{"text":"hi"}', [Text("hi")]),
        ('{"text":""}', [Unknown()]),
        ('{"text":7}', [Unknown()]),
        ("{}", [Unknown()]),
        ("[1]", [Unknown()]),
        ("12", [Unknown()]),
        ('"heartbeat"', [Heartbeat()]),
        ("", [Heartbeat()]),
        (" ", [Heartbeat()]),
        ("heartbeat", [Heartbeat()]),
        ("[DONE]", [Unknown()]),
        ('{"error":"it broke"}', [StreamError("it broke")]),
        ('{"error":{"message":"it broke"}}', [StreamError("it broke")]),
        ('{"error": "no "quotes" here"}', [StreamError('no "quotes" here')]),
        ('{"error": "it\'s {\'a\': 1}"}', [StreamError("it's {'a': 1}")]),
        ('{"error": "it broke', [StreamError("it broke")]),
        ('{"error":' + " " * 900 + "}x", [StreamError("}x")]),
        ('{"text": half', [Unknown()]),
        ("[" * 100_000, [Unknown()]),
    ],
)
def test_every_shape_of_event_is_understood(data: str, events: list[StreamEvent]) -> None:
    assert list(read_event(data)) == events


def test_a_named_heartbeat_needs_no_data() -> None:
    assert read_event('{"text":"x"}', event="heartbeat") == (Heartbeat(),)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=10,
)
KEYS = st.sampled_from(
    ["type", "content", "parts", "text", "error", "errorMessage", "functionCall", "role"]
)
KNOWN_KEYS = st.recursive(
    JSON, lambda inner: st.dictionaries(KEYS, inner | st.lists(inner)), max_leaves=12
)


@given(KNOWN_KEYS)
def test_no_json_brings_a_turn_down(value: object) -> None:
    assert read_event(json.dumps(value))


@given(st.text())
def test_no_text_brings_a_turn_down(data: str) -> None:
    assert read_event(data)


STAMP = Stamp(id="rAnWGSiV", invocation="e-1", at_s=1743712257.4)
SAID: list[StreamEvent] = [
    ToolCall("edit_multitrack"),
    Heartbeat(),
    ToolResult("edit_multitrack"),
    Text("Fertig: 🎬\nzweite Zeile", partial=True),
    Text("Done."),
]


def through_the_wire(text: str) -> list[StreamEvent]:
    events = SSEClient(clean_events([text.encode()], StreamState())).events()
    return [said for event in events for said in read_event(event.data, event=event.event)]


@pytest.mark.parametrize("heartbeat", HeartbeatForm)
@pytest.mark.parametrize("form", [EventForm.ADK, EventForm.FLAT])
def test_what_the_server_writes_the_client_reads(
    form: EventForm, heartbeat: HeartbeatForm
) -> None:
    written = [write_event(e, form=form, stamp=STAMP, heartbeat=heartbeat) for e in SAID]
    assert through_the_wire("".join(written)) == SAID


def test_the_plain_form_has_words_only() -> None:
    written = [write_event(e, form=EventForm.PLAIN, stamp=STAMP) for e in SAID]
    assert through_the_wire("".join(written)) == [
        Heartbeat(),
        Text("Fertig: 🎬\nzweite Zeile"),
        Text("Done."),
    ]


def test_an_error_ends_a_stream_in_every_form() -> None:
    error = StreamError("no song yet")
    assert write_event(error, form=EventForm.ADK, stamp=STAMP) == write_error(error)
    assert through_the_wire(write_error(error)) == [error]
    assert write_event(Unknown(), form=EventForm.ADK, stamp=STAMP) == ""


def test_an_adk_event_looks_like_one() -> None:
    line = write_event(Text("Done."), form=EventForm.ADK, stamp=STAMP)
    assert json.loads(line.removeprefix("data: ")) == {
        "content": {"parts": [{"text": "Done."}], "role": "model"},
        "invocationId": "e-1",
        "author": "nemo_agent",
        "actions": {"stateDelta": {}, "artifactDelta": {}, "requestedAuthConfigs": {}},
        "id": "rAnWGSiV",
        "timestamp": 1743712257.4,
    }


def heard(*events: StreamEvent) -> tuple[Heard, str]:
    """Return what was heard in the end, and all that the user was shown."""
    so_far, shown = SILENCE, ""
    for event in events:
        so_far = hear(so_far, event)
        shown += so_far.new
    end = closed(so_far)
    return end, shown + end.new


NOISE = "I encountered a temporary issue. Please try again."


@pytest.mark.parametrize(
    ("events", "text"),
    [
        ([Text("One."), Text("Two.")], "One.\n\nTwo."),
        ([Text("Do", partial=True), Text("ne.", partial=True), Text("Done.")], "Done."),
        ([Text("Do", partial=True), Text("ne.", partial=True)], "Done."),
        ([Text("Do", partial=True), Text("Done. And more.")], "Done. And more."),
        ([Text("Half", partial=True), Text("Other.")], "Half\n\nOther."),
        ([Text("Half", partial=True), ToolCall("edit"), Text("Other.")], "Half\n\nOther."),
        ([Heartbeat(), ToolCall("edit"), ToolResult("edit"), Unknown()], ""),
        ([Text(NOISE)], NOISE),
        ([Text("Done."), Text(NOISE)], "Done."),
        ([Text("Done."), Text(NOISE), Text("More.")], "Done.\n\nMore."),
        ([Text(f"Done. {NOISE}")], "Done."),
        (
            [
                Text("Done."),
                Text("I enc", partial=True),
                Text("ountered a temporary issue", partial=True),
                Text(NOISE),
            ],
            "Done.",
        ),
        ([Text("Done."), Text("I encountered a temporary issue", partial=True)], "Done."),
        ([Text("Done."), Text("I cut", partial=True), Text("I cut it.")], "Done.\n\nI cut it."),
        ([Text("Done."), Text("I ", partial=True)], "Done.\n\nI "),
        ([Text("A", partial=True), Text("B", partial=True), StreamError("oh")], "AB"),
    ],
)
def test_each_word_is_shown_once_and_noise_never(events: list[StreamEvent], text: str) -> None:
    end, shown = heard(*events)
    assert end.text == text
    assert shown == text


def test_tools_and_problems_are_remembered() -> None:
    end, _ = heard(ToolCall("a"), ToolCall("b"), StreamError("oh"))
    assert end.tools == ("a", "b")
    assert end.problem == "oh"


@given(st.lists(st.sampled_from(["One. ", "Zwei ", "三。"]), min_size=1, max_size=6))
def test_chunks_and_their_whole_are_the_same_as_the_whole_alone(chunks: list[str]) -> None:
    whole = "".join(chunks)
    partial = [Text(chunk, partial=True) for chunk in chunks]
    assert heard(*partial, Text(whole)) == heard(*partial)
    assert heard(*partial, Text(whole))[1] == whole


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        (f"Fine.\n\n{NOISE}", "Fine."),
        (f"好了。{NOISE}", "好了。"),
        (NOISE, NOISE),
        ("a.\n" + "\n" * 50_000, "a.\n" + "\n" * 50_000),
        ("He says I encountered a temporary issue", "He says I encountered a temporary issue"),
    ],
)
def test_an_excuse_after_a_reply_is_dropped(text: str, kept: str) -> None:
    assert without_noise(text) == kept
