"""JSON text from outside into plain data: capped, finite, of known depth; typed by hand.

The only door for JSON in `protocol`. Whatever is wrong raises BadAnswer and nothing else.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import TypeVar

from mvpipe.errors import BadAnswer
from mvpipe.model.canonical import Plain
from mvpipe.protocol.wire import MOST_JSON_BYTES, MOST_JSON_DEPTH

Object = Mapping[str, Plain]

_TOKENS = re.compile(r'"(?:[^"\\]++|\\.)*+"?|[\[\]{}]', re.DOTALL)
_LONE_HALF = re.compile(r"\\u[dD][89a-fA-F]")
_SECRETS = re.compile(r"(?:nmv_usr_|clm_|Bearer\s+)\S+", re.IGNORECASE)
_QUERY = re.compile(r"(https?://[^\s?'\"]{1,500})\?[^\s'\"]*")
_MOST_QUOTED = 200

T = TypeVar("T")
E = TypeVar("E", bound=StrEnum)


def parse(text: str | bytes) -> Plain:
    """Return the data; raises BadAnswer for what is no JSON, too big, too deep, or not finite.

    Halves of characters become U+FFFD, so that everything that comes out can be encoded.
    """
    if len(text) > MOST_JSON_BYTES:
        raise BadAnswer(f"the answer is longer than {MOST_JSON_BYTES} bytes")
    shown = text.decode(errors="replace") if isinstance(text, bytes) else text
    shown = shown.removeprefix("\ufeff")
    check_depth(shown)
    try:
        data: Plain = json.loads(shown, parse_float=_finite, parse_constant=_finite)
    except ValueError as problem:  # JSONDecodeError, endless integers, NaN
        raise BadAnswer(f"the answer is no JSON: {quoted(shown[:80])}") from problem
    return _mended(data) if _LONE_HALF.search(shown) else data


def _finite(written: str) -> float:
    number = float(written)
    if not math.isfinite(number):
        raise ValueError(written)
    return number


def check_depth(text: str) -> None:
    """Raise BadAnswer where brackets nest too deep; linear in the length of `text`."""
    depth = 0
    for token in _TOKENS.finditer(text):
        mark = token[0]
        if mark in {"[", "{"}:
            depth += 1
            if depth > MOST_JSON_DEPTH:
                raise BadAnswer(f"the answer nests deeper than {MOST_JSON_DEPTH}")
        elif mark in {"]", "}"}:
            depth -= 1


def _mended(data: Plain) -> Plain:
    if isinstance(data, str):
        return whole_characters(data)
    if isinstance(data, list):
        return [_mended(item) for item in data]
    if isinstance(data, dict):
        return {whole_characters(key): _mended(item) for key, item in data.items()}
    return data


def whole_characters(text: str) -> str:
    """Return `text` with halves of characters replaced, as UTF-8 has no form for them."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def quoted(text: str) -> str:
    """Return outside text for a message: quoted, cut short, without tokens or signatures."""
    hidden = _QUERY.sub(r"\1?***", discreet(text))
    cut = hidden if len(hidden) <= _MOST_QUOTED else hidden[: _MOST_QUOTED - 1] + "…"
    return repr(cut)


def discreet(text: str) -> str:
    """Return outside text for people, without what looks like a token of the service."""
    return _SECRETS.sub("***", text)


def an_object(value: Plain, *, where: str) -> Object:
    """Return `value` if it is an object; raises BadAnswer saying where it should be one."""
    return _of(value, dict, where=where, wanted="an object")


def a_list(value: Plain, *, where: str) -> list[Plain]:
    """Return `value` if it is a list; raises BadAnswer saying where it should be one."""
    return _of(value, list, where=where, wanted="a list")


def a_text(value: Plain, *, where: str) -> str:
    """Return `value` if it is text that is not empty; raises BadAnswer otherwise."""
    found = _of(value, str, where=where, wanted="text")
    if not found:
        raise BadAnswer(f"{where} is empty")
    return found


def an_integer(value: Plain, *, where: str, low: int, high: int) -> int:
    """Return a whole number within bounds, from a float too; raises BadAnswer otherwise."""
    return math.floor(a_number(value, where=where, low=low, high=high))


def a_number(value: Plain, *, where: str, low: float, high: float) -> float:
    """Return a number within bounds as it stands; raises BadAnswer otherwise."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise BadAnswer(f"{where} is {_kind(value)}, not a number")
    if not low <= value <= high:
        raise BadAnswer(f"{where} is not between {low} and {high}")
    return value


def one_of(kinds: type[E], value: Plain, *, where: str) -> E:
    """Return the member of a closed set; raises BadAnswer listing the set."""
    found = next((kind for kind in kinds if kind.value == value), None)
    if found is None:
        raise BadAnswer(f"{where} is none of {', '.join(kinds)}")
    return found


def maybe(value: Plain, read: Callable[[Plain], T]) -> T | None:
    """Return what `read` makes of the value, `None` where it is null or unreadable.

    For fields that nothing depends on: a strange one must not spoil the answer.
    """
    if value is None:
        return None
    try:
        return read(value)
    except BadAnswer:
        return None


def _of(value: Plain, kind: type[T], *, where: str, wanted: str) -> T:
    if not isinstance(value, kind):
        raise BadAnswer(f"{where} is {_kind(value)}, not {wanted}")
    return value


def _kind(value: Plain) -> str:
    if value is None:
        return "missing"
    names = {bool: "true or false", str: "text", list: "a list", dict: "an object"}
    return names.get(type(value), "a number")


def line_of(value: object) -> str:
    """Return one line of JSON in ASCII, keys in the order given: safe in a header."""
    return json.dumps(value, separators=(",", ":"), allow_nan=False)


def span_of(text: str, path: tuple[str, ...]) -> str | None:
    """Return the exact text of the value at `path`, `None` where there is none.

    `text` has been parsed before, so it is sound. Of a key given twice the last counts, as it
    does for `parse`.
    """
    at, end = _skip(text, 0), len(text)
    for key in path:
        found = _member(text, at, key)
        if found is None:
            return None
        at, end = found
    return text[at:end]


_DECODER = json.JSONDecoder(parse_constant=str, parse_float=str, parse_int=str)
_BLANKS = re.compile(r"[ \t\n\r\ufeff]*")


def _skip(text: str, at: int) -> int:
    found = _BLANKS.match(text, at)
    return found.end() if found else at


def _member(text: str, at: int, key: str) -> tuple[int, int] | None:
    if text[at : at + 1] != "{":
        return None
    last = None
    at = _skip(text, at + 1)
    while text[at : at + 1] == '"':
        name, at = _DECODER.raw_decode(text, at)
        start = _skip(text, _skip(text, at) + 1)
        _, end = _DECODER.raw_decode(text, start)
        if name == key:
            last = (start, end)
        at = _skip(text, end)
        at = _skip(text, at + 1) if text[at : at + 1] == "," else at
    return last
