from __future__ import annotations

import json
from dataclasses import dataclass, replace
from enum import Enum
from pathlib import Path, PureWindowsPath

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mvpipe.model.canonical import canonical, digest_of, plain

NUMBERS = st.integers() | st.floats(allow_nan=False, allow_infinity=False)
LEAVES = st.none() | st.booleans() | NUMBERS | st.text()
DATA = st.recursive(
    LEAVES, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=12
)


class Colour(Enum):
    RED = "red"


@dataclass(frozen=True, slots=True)
class Thing:
    colour: Colour
    path: Path
    parts: tuple[int, ...]


THING = Thing(Colour.RED, Path("a") / "b.mp3", (1, 2))


def test_dataclasses_enums_paths_and_tuples_have_one_form() -> None:
    assert plain(THING) == {"colour": "red", "path": "a/b.mp3", "parts": [1, 2]}


def test_a_path_is_written_the_same_on_every_system() -> None:
    assert plain(PureWindowsPath("a\\b.mp3")) == "a/b.mp3"


@pytest.mark.parametrize("odd", [b"bytes", {1, 2}, object(), Thing])
def test_what_has_no_form_is_refused_by_its_type(odd: object) -> None:
    with pytest.raises(TypeError, match="has no canonical form"):
        plain({"deep": [odd]})


@pytest.mark.parametrize("odd", [float("nan"), float("inf")])
def test_a_number_that_json_lacks_is_refused(odd: float) -> None:
    with pytest.raises(ValueError, match="not JSON compliant"):
        canonical(odd)


def test_the_canonical_form_is_one_line_without_spaces_in_utf_8() -> None:
    assert canonical({"b": [1, "夜"], "a": None}) == '{"a":null,"b":[1,"夜"]}'


@given(DATA)
def test_the_canonical_form_reads_back_as_the_same_data(data: object) -> None:
    assert json.loads(canonical(data)) == data


@given(st.dictionaries(st.text(), DATA))
def test_the_order_of_keys_changes_nothing(data: dict[str, object]) -> None:
    turned = dict(reversed(data.items()))
    assert canonical(turned) == canonical(data)
    assert digest_of(turned) == digest_of(data)


def test_a_digest_is_64_hexadecimal_digits_and_moves_with_the_data() -> None:
    digest = digest_of(THING)
    assert len(bytes.fromhex(digest)) == 32
    assert digest_of(replace(THING, parts=(2, 1))) != digest
