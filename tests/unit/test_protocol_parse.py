from __future__ import annotations

import json
from collections.abc import Callable
from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mvpipe.errors import BadAnswer, MvpipeError
from mvpipe.model.canonical import Plain
from mvpipe.protocol.answers import (
    Reply,
    read_balance,
    read_claim,
    read_opened,
    read_token,
    read_uploaded,
)
from mvpipe.protocol.bodies import read_claim_body, read_open, read_say, read_urls
from mvpipe.protocol.draft import decode, digest, draft_of, exportable, ours, track_counts
from mvpipe.protocol.extras import read_open_extras, read_render_extras
from mvpipe.protocol.parse import a_number, a_text, an_integer, maybe, parse, quoted, span_of
from mvpipe.protocol.paths import Call
from mvpipe.protocol.renders import read_order, read_render
from mvpipe.protocol.state import read_state


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("", "no JSON"),
        ("<html>", "no JSON: '<html>'"),
        ('{"a":1} x', "no JSON"),
        ("NaN", "no JSON"),
        ("[-Infinity]", "no JSON"),
        ("1e999", "no JSON"),
        ("9" * 5000, "no JSON"),
        ("[" * 65 + "]" * 65, "deeper than 64"),
        ("[" * 1_000_000, "deeper than 64"),
        ('{"a":' * 200_000, "deeper than 64"),
        (" " * 8_000_001, "longer than 8000000 bytes"),
        ('"' + '\\"' * 100_000, "no JSON"),
        (b"\xff\xfe", "no JSON"),
    ],
    ids=range(13),
)
def test_json_that_could_hurt_is_refused(text: str | bytes, complaint: str) -> None:
    with pytest.raises(BadAnswer, match=complaint):
        parse(text)


@pytest.mark.parametrize(
    ("text", "data"),
    [
        (b'\xef\xbb\xbf{"a":1}', {"a": 1}),
        ("[" * 64 + "]" * 64, None),
        ('"[[[[\\"[[[[ \\\\"', '[[[["[[[[ \\'),
        (b'"caf\xe9"', "caf\ufffd"),
        ('"\\ud83c\\udfac"', "🎬"),
        ('{"\\ud800":["a\\udfff", 1, null]}', {"\ufffd": ["a\ufffd", 1, None]}),
    ],
)
def test_json_that_is_only_odd_is_read(text: str | bytes, data: Plain) -> None:
    found = parse(text)
    assert data is None or found == data
    json.dumps(found, ensure_ascii=False).encode()


@pytest.mark.parametrize("value", [True, "1", None, [], {}])
def test_a_number_is_a_number(value: Plain) -> None:
    with pytest.raises(BadAnswer, match=r"^x is (true or false|text|missing|a list|an object)"):
        a_number(value, where="x", low=0, high=9)


def test_numbers_have_bounds() -> None:
    with pytest.raises(BadAnswer, match="x is not between 0 and 9"):
        an_integer(10, where="x", low=0, high=9)
    assert an_integer(9.0, where="x", low=0, high=9) == 9


def test_text_is_text_and_not_empty() -> None:
    with pytest.raises(BadAnswer, match="x is a number, not text"):
        a_text(1, where="x")
    with pytest.raises(BadAnswer, match="x is empty"):
        a_text("", where="x")


def test_a_strange_field_that_nothing_depends_on_counts_as_absent() -> None:
    assert maybe({}, lambda v: a_text(v, where="x")) is None
    assert maybe(None, lambda v: a_text(v, where="x")) is None
    assert maybe("y", lambda v: a_text(v, where="x")) == "y"


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("bad token nmv_usr_abc-_1", "'bad token ***'"),
        ("Authorization: Bearer xyz, sorry", "'Authorization: *** sorry'"),
        ("see https://c.org/a.mp4?Signature=x&y=1 now", "'see https://c.org/a.mp4?*** now'"),
        ("\x1b[31mred\n", "'\\x1b[31mred\\n'"),
        ("x" * 300, "'" + "x" * 199 + "…'"),
    ],
)
def test_what_is_quoted_gives_nothing_away(said: str, shown: str) -> None:
    assert quoted(said) == shown


NAMES = """
code success data message error detail token user_id credits session_id sessionId task_id files
duration width notes available frozen claim_token expires_in status progress frames output url
draft t tt sg d m mvpipe aspect start end name text volume state video_infos id urls new_message
parts seed hints bpm meter fps quality size palette colours loc msg
"""
KEYS = st.sampled_from(NAMES.split())
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS, inner, max_size=6),
    max_leaves=15,
)


def harmless(act: Callable[[], object], *, raises: type[MvpipeError] = BadAnswer) -> bool:
    """Return whether it went well or failed in the one way it may; the rest comes through."""
    try:
        act()
    except raises as problem:
        return "\n" not in str(problem)
    return True


@given(JSON, st.sampled_from([200, 400, 404, 500]))
def test_hostile_answers_raise_nothing_but_our_errors(value: object, status: int) -> None:
    reply = Reply(status, json.dumps(value).encode())
    for read in (read_token, read_opened, read_uploaded, read_balance, read_claim):
        assert harmless(partial(read, reply), raises=MvpipeError)
    assert harmless(partial(read_state, reply, session="s"), raises=MvpipeError)
    for call in (Call.RENDER, Call.POLL, Call.CANCEL):
        assert harmless(partial(read_render, reply, call=call, render="r"), raises=MvpipeError)


@given(JSON)
def test_hostile_bodies_raise_nothing_but_bad_answer(value: object) -> None:
    text = json.dumps(value)
    for read in (read_open, read_say, read_urls, read_claim_body, read_order):
        assert harmless(partial(read, text.encode()))
    for header in (read_open_extras, read_render_extras):
        assert harmless(partial(header, text))


@given(st.dictionaries(KEYS, JSON))
def test_hostile_drafts_raise_nothing_but_bad_answer(value: object) -> None:
    assert harmless(lambda: _used(json.dumps(value)))


def _used(text: str) -> None:
    draft = draft_of(text)
    digest(draft)
    exportable(draft)
    ours(draft)
    track_counts(draft)
    decode(draft)


@given(st.binary(max_size=200))
def test_hostile_bytes_raise_nothing_but_bad_answer(body: bytes) -> None:
    assert harmless(lambda: parse(body))
    assert harmless(lambda: read_order(body))


@given(st.dictionaries(st.text(max_size=3), JSON, max_size=4), st.sampled_from([None, 1]))
def test_the_span_of_a_value_is_the_value(data: dict[str, object], indent: int | None) -> None:
    text = json.dumps(data, indent=indent, allow_nan=True)
    for key, value in data.items():
        found = span_of(text, (key,))
        assert found is not None
        assert json.dumps(json.loads(found)) == json.dumps(value)
