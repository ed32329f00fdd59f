"""Times and comparisons as people write them."""

from __future__ import annotations

import re
from decimal import Decimal

from mvpipe.model.job import Amount, Comparison

CLOCK = re.compile(r"(?:(\d{1,2}):)?(\d{1,4}):([0-5]\d(?:\.\d{1,6})?)\Z", re.ASCII)
UNITS = re.compile(r"(\d{1,6}(?:\.\d{1,6})?) ?(ms|s|m|h)?\Z", re.ASCII)
FACTOR_MS = {"ms": 1, "s": 1000, "m": 60_000, "h": 3_600_000, None: 1000}
COMPARED = re.compile(r"(>=|<=|=|~)? ?(\S.*)\Z", re.DOTALL)
LONGEST_MS = 24 * 3_600_000


def milliseconds(written: str | float) -> int:
    """Return a time in milliseconds: `1:30`, `1:30.5`, `90s`, `15m`, or 90 for seconds.

    Raises ValueError with a sentence where it is none.
    """
    text = str(written).strip()
    ms = _clock(text) if ":" in text else _with_unit(text)
    if ms is None:
        raise ValueError(f"'{text[:40]}' is not a time")
    if ms > LONGEST_MS:
        raise ValueError(f"'{text[:40]}' is longer than a day")
    return ms


def _clock(text: str) -> int | None:
    if not (found := CLOCK.match(text)):
        return None
    hours, minutes, seconds = found.groups()
    whole = int(hours or 0) * 3600 + int(minutes) * 60
    return whole * 1000 + round(Decimal(seconds) * 1000)


def _with_unit(text: str) -> int | None:
    if not (found := UNITS.match(text)):
        return None
    number, unit = found.groups()
    return round(Decimal(number) * FACTOR_MS[unit])


def compared(text: str, *, default: Comparison) -> tuple[Comparison, str]:
    """Split `>= 1:00` into how to compare and what with; `default` where nothing is said."""
    found = COMPARED.match(text.strip())
    if found is None:
        return default, text
    sign, rest = found.groups()
    return Comparison(sign) if sign else default, rest


def count(written: str | int) -> Amount:
    """Return a count as in `>=1`, `=2` or 2; the schema has checked its form."""
    comparison, rest = compared(str(written), default=Comparison.EQUAL)
    return Amount(comparison, int(rest))
