"""Five turns as they go over the wire, event by event, in every form there is.

Written after the samples of the protocol's sources: nobody has recorded the live service.
Each event ends in a blank line, so that cuts between two of them are known.
"""

from __future__ import annotations

import json

BOM = b"\xef\xbb\xbf"


def _data(value: object, *, end: str = "\n") -> bytes:
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return f"data: {text}{end}{end}".encode()


def _adk(part: object, *, role: str = "model", **more: object) -> object:
    content = {"parts": [part], "role": role}
    return {"content": content, "invocationId": "e-1", "author": "nemo_agent", **more}


_CALL = {"functionCall": {"id": "af-1", "name": "edit_multitrack", "args": {}}}
_RESULT = {"functionResponse": {"id": "af-1", "name": "edit_multitrack", "response": {}}}

ADK = (
    BOM + _data(_adk(_CALL, longRunningToolIds=[])),
    b"data: heartbeat\n\n",
    _data(_adk(_RESULT, role="user")),
    _data(_adk({"text": "hm", "thought": True})),
    _data(_adk({"text": "Cuts on the bar, "}, partial=True)),
    _data(_adk({"text": "像夜晚的城市。"}, partial=True)),
    _data(_adk({"text": "Cuts on the bar, 像夜晚的城市。"}, id="rAnWGSiV")),
    _data(_adk({"text": "Now click the Export button."})),
    _data(_adk({"text": "I encountered a temporary issue. Please try again."})),
)
"""Google's events: a tool, a thought, words in chunks and then whole, a screen, noise."""

FLAT = (
    _data({"type": "heartbeat"}, end="\r\n"),
    _data({"type": "tool_call", "name": "generate_video_with_seedance"}, end="\r\n"),
    _data({"type": "tool_result", "name": "generate_video_with_seedance"}, end="\r\n"),
    _data({"type": "text", "content": "The clip is ready 🎬."}, end="\r\n"),
    _data({"type": "tool_call", "name": "generate_music"}, end="\r\n"),
    _data({"type": "text", "content": "Music and a title were added."}, end="\r\n"),
)
"""Flat, typed events, in two stages, with the line ends of the web."""

PLAIN = (
    _data({"text": "Working on it."}),
    b"id: 7\nretry: 1000\n" + _data({"text": "添加了标题。"}),
    b'data: {"text":\ndata: "Two lines of data."}\n\n',
    b"data: [DONE]\n\n",
)
"""Nothing but words, with fields that mean nothing here."""

HEARTBEATS = (
    b": keep-alive\n\n",
    b"data:\n\n",
    b"data: \n\n",
    b"data: heartbeat\n\n",
    b"event: heartbeat\n\n",
    b"event: heartbeat\ndata: {}\n\n",
    _data({"type": "heartbeat"}),
    _data(_adk(_CALL)),
    b"data: ping\r\r",
    _data(_adk(_RESULT, role="user")),
)
"""Every sign of life, a tool at work, and not a word: the silent third of edits."""

ERROR = (
    _data(_adk({"text": "Let me see."})),
    _data(_adk(_CALL)),
    b": still there\n\n",
    b'data: {"error": "429 RESOURCE_EXHAUSTED. {\'error\': {"code": 429}}"}\n\n',
)
"""A failure inside the run, pasted into its line unescaped."""

TURNS = {"adk": ADK, "flat": FLAT, "plain": PLAIN, "heartbeats": HEARTBEATS, "error": ERROR}
