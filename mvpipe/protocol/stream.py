"""What a turn's stream says, read from the three shapes of event there are, and written.

Public material does not settle which shape the service speaks, so all are read: E1, events of
Google's ADK; E2, flat typed ones; E3, `{"text": …}`. Knows nothing of bytes: it is given the
`event` and `data` of each SSE event.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import assert_never

from mvpipe.errors import BadAnswer
from mvpipe.model.canonical import Plain
from mvpipe.protocol.answers import json_text
from mvpipe.protocol.parse import Object, parse

MOST_ERROR = 500


@dataclass(frozen=True, slots=True)
class Text:
    """Words for the user; a partial one is repeated whole by a later one that is not."""

    text: str
    partial: bool = False


@dataclass(frozen=True, slots=True)
class ToolCall:
    """The agent set a tool to work; not for the user."""

    name: str


@dataclass(frozen=True, slots=True)
class ToolResult:
    """A tool is done; not for the user."""

    name: str


@dataclass(frozen=True, slots=True)
class Heartbeat:
    """Still working."""


@dataclass(frozen=True, slots=True)
class StreamError:
    """The run failed inside; the stream ends after this, with HTTP 200."""

    message: str


@dataclass(frozen=True, slots=True)
class Unknown:
    """Something well-formed that says nothing to us, such as a thought or a state change."""


StreamEvent = Text | ToolCall | ToolResult | Heartbeat | StreamError | Unknown

_BROKEN_ERROR = re.compile(r"\s*\{\s*\"error\"\s*:\s*")
_HEARTBEAT_WORDS = {"", "heartbeat", "ping", "keepalive", "keep-alive"}


def read_event(data: str, *, event: str = "message") -> tuple[StreamEvent, ...]:
    """Return what one SSE event says, in order; never raises: a turn outlives a bad line."""
    if event.strip().lower() == "heartbeat" or data.strip().lower() in _HEARTBEAT_WORDS:
        return (Heartbeat(),)
    try:
        value = parse(data)
    except BadAnswer:
        return (_broken(data),)
    if isinstance(value, str) and value.strip().lower() in _HEARTBEAT_WORDS:
        return (Heartbeat(),)
    return tuple(_events(value)) if isinstance(value, dict) else (Unknown(),)


def _broken(data: str) -> StreamEvent:
    """Return the error of a line that is not valid JSON: ADK pastes messages in unescaped."""
    found = _BROKEN_ERROR.match(data[:MOST_ERROR])
    if found is None:
        return Unknown()
    message = data[found.end() :].strip().removesuffix("}").strip()
    return StreamError(message.removeprefix('"').removesuffix('"')[:MOST_ERROR])


def _events(value: Object) -> Iterator[StreamEvent]:
    if (problem := _problem(value)) is not None:
        yield StreamError(problem)
    elif isinstance(value.get("type"), str):
        yield _typed(value)
    elif isinstance(value.get("content"), dict):
        yield from _adk(value) or (Unknown(),)
    elif isinstance(text := value.get("text"), str):
        yield Text(text) if text else Unknown()
    else:
        yield Unknown()


def _problem(value: Object) -> str | None:
    """Return what went wrong: `error`, ADK's `errorMessage` or `errorCode`, E2's `error`."""
    error = value.get("error")
    found = error.get("message") if isinstance(error, dict) else error
    if error is None and value.get("type") == "error":
        found = value.get("message") or value.get("content") or "error"
    if error is None and found is None:
        found = _either(value, "errorMessage", "error_message") or _code(value)
    return None if found is None else str(found)[:MOST_ERROR]


def _code(value: Object) -> Plain:
    """Return ADK's error code unless it only says why the model stopped talking."""
    code = _either(value, "errorCode", "error_code")
    return None if code in {"STOP", "MAX_TOKENS"} else code


def _either(value: Object, camel: str, snake: str) -> Plain:
    found = value.get(camel)
    return value.get(snake) if found is None else found


def _typed(value: Object) -> StreamEvent:
    content = value.get("content", value.get("text"))
    name = value.get("name")
    shown = name if isinstance(name, str) else ""
    match value.get("type"):
        case "text" | "message" if isinstance(content, str) and content:
            return Text(content, partial=value.get("partial") is True)
        case "tool_call":
            return ToolCall(shown)
        case "tool_result":
            return ToolResult(shown)
        case "heartbeat" | "ping":
            return Heartbeat()
        case _:
            return Unknown()


def _adk(value: Object) -> tuple[StreamEvent, ...]:
    content = value["content"]
    held = content if isinstance(content, dict) else {}
    parts = held.get("parts")
    mine = held.get("role") != "user" and value.get("author") != "user"
    found = [
        _part(part, mine=mine, partial=value.get("partial") is True)
        for part in (parts if isinstance(parts, list) else [])
        if isinstance(part, dict)
    ]
    return tuple(event for event in found if event is not None)


def _part(part: Object, *, mine: bool, partial: bool) -> StreamEvent | None:
    """Return what one part says; thoughts and what the user said are not the reply."""
    if isinstance(call := _either(part, "functionCall", "function_call"), dict):
        return ToolCall(_name(call))
    if isinstance(result := _either(part, "functionResponse", "function_response"), dict):
        return ToolResult(_name(result))
    text = part.get("text")
    if not mine or part.get("thought") is True or not isinstance(text, str) or not text:
        return None
    return Text(text, partial=partial)


def _name(value: Object) -> str:
    name = value.get("name")
    return name if isinstance(name, str) else ""


class EventForm(StrEnum):
    """How a server writes events."""

    ADK = "adk"
    FLAT = "flat"
    PLAIN = "plain"


class HeartbeatForm(StrEnum):
    """How a server says that it is alive."""

    EMPTY = "empty"
    WORD = "word"
    NAMED = "named"
    COMMENT = "comment"
    TYPED = "typed"


HEARTBEATS: dict[HeartbeatForm, str] = {
    HeartbeatForm.EMPTY: "data:\n\n",
    HeartbeatForm.WORD: "data: heartbeat\n\n",
    HeartbeatForm.NAMED: "event: heartbeat\ndata:\n\n",
    HeartbeatForm.COMMENT: ": heartbeat\n\n",
    HeartbeatForm.TYPED: 'data: {"type":"heartbeat"}\n\n',
}


@dataclass(frozen=True, slots=True)
class Stamp:
    """What ADK puts on each event: its id, that of the turn, and the time in Unix seconds."""

    id: str
    invocation: str
    at_s: float


def write_event(
    event: StreamEvent,
    *,
    form: EventForm,
    stamp: Stamp,
    heartbeat: HeartbeatForm = HeartbeatForm.WORD,
) -> str:
    """Return the SSE text of one event; `""` where the form has no way to say it."""
    match event:
        case Heartbeat():
            return HEARTBEATS[heartbeat]
        case StreamError():
            return write_error(event)
        case Unknown():
            return ""
        case Text() | ToolCall() | ToolResult():
            return _written(event, form, stamp)
        case _:
            assert_never(event)


def write_error(error: StreamError) -> str:
    """Return the line that ends a failed run."""
    return _line({"error": error.message})


def _written(event: Text | ToolCall | ToolResult, form: EventForm, stamp: Stamp) -> str:
    match form:
        case EventForm.ADK:
            return _line(_adk_data(event, stamp))
        case EventForm.FLAT:
            return _line(_flat_data(event))
        case EventForm.PLAIN:
            return _line({"text": event.text}) if isinstance(event, Text) else ""
        case _:
            assert_never(form)


def _line(data: dict[str, Plain]) -> str:
    return f"data: {json_text(data)}\n\n"


def _adk_data(event: Text | ToolCall | ToolResult, stamp: Stamp) -> dict[str, Plain]:
    partial: dict[str, Plain] = {}
    if isinstance(event, Text) and event.partial:
        partial = {"partial": True}
    role = "user" if isinstance(event, ToolResult) else "model"
    return {
        "content": {"parts": [_adk_part(event, stamp)], "role": role},
        **partial,
        "invocationId": stamp.invocation,
        "author": "nemo_agent",
        "actions": {"stateDelta": {}, "artifactDelta": {}, "requestedAuthConfigs": {}},
        "id": stamp.id,
        "timestamp": stamp.at_s,
    }


def _adk_part(event: Text | ToolCall | ToolResult, stamp: Stamp) -> Plain:
    call_id = f"af-{stamp.invocation}"
    match event:
        case Text():
            return {"text": event.text}
        case ToolCall():
            return {"functionCall": {"id": call_id, "name": event.name, "args": {}}}
        case ToolResult():
            done: dict[str, Plain] = {"status": "success"}
            return {"functionResponse": {"id": call_id, "name": event.name, "response": done}}
        case _:
            assert_never(event)


def _flat_data(event: Text | ToolCall | ToolResult) -> dict[str, Plain]:
    match event:
        case Text():
            partial: dict[str, Plain] = {"partial": True} if event.partial else {}
            return {"type": "text", "content": event.text, **partial}
        case ToolCall():
            return {"type": "tool_call", "name": event.name, "args": {}}
        case ToolResult():
            return {"type": "tool_result", "name": event.name, "result": {"status": "success"}}
        case _:
            assert_never(event)
