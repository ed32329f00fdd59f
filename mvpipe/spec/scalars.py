"""What a plain YAML scalar means: the core schema of YAML 1.2, and nothing more.

So `9:16`, `1:30`, `no`, `on`, dates and `1_000` are text, as they look.
"""

from __future__ import annotations

import math
import re

Scalar = str | int | float | bool | None

CORE = "tag:yaml.org,2002:"
NULL = re.compile(r"(?:|~|null|Null|NULL)\Z")
BOOL = re.compile(r"(?:true|True|TRUE|false|False|FALSE)\Z")
INT = re.compile(r"(?:[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+)\Z")
FLOAT = re.compile(
    r"(?:[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?"
    r"|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN))\Z"
)
# In the order they are tried, each with the characters it can begin with.
RESOLVERS: tuple[tuple[str, re.Pattern[str], list[str]], ...] = (
    ("null", NULL, ["~", "n", "N", ""]),
    ("bool", BOOL, list("tTfF")),
    ("int", INT, list("-+0123456789")),
    ("float", FLOAT, list("-+.0123456789")),
)
DIGITS_LIMIT = 18


def scalar(text: str) -> Scalar:
    """Return what an unquoted scalar means; raises ValueError for NaN and the like."""
    kind = next((name for name, pattern, _ in RESOLVERS if pattern.match(text)), "str")
    return construct(kind, text)


def construct(kind: str, text: str) -> Scalar:
    """Return a scalar of a core type; raises ValueError with a sentence where it is none."""
    match kind:
        case "null":
            _expect(NULL, text, "nothing")
            return None
        case "bool":
            return _expect(BOOL, text, "true or false").lower() == "true"
        case "int":
            return _integer(_expect(INT, text, "a whole number"))
        case "float":
            return _number(_expect(FLOAT, text, "a number"))
        case _:
            return text


def _expect(pattern: re.Pattern[str], text: str, what: str) -> str:
    if not pattern.match(text):
        raise ValueError(f"'{text[:40]}' is not {what}")
    return text


def _integer(text: str) -> int:
    if len(text) > DIGITS_LIMIT:
        raise ValueError(f"a number of {len(text)} digits is too long")
    return int(text, {"0o": 8, "0x": 16}.get(text[:2], 10))


def _number(text: str) -> float:
    number = float(text.replace(".", "", 1) if text.lstrip("+-")[1:4].isalpha() else text)
    if not math.isfinite(number):
        raise ValueError(f"'{text[:40]}' is not a number that can be used")
    return number
