from __future__ import annotations

from pathlib import PurePosixPath

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mvpipe.spec.naming import component_fault, distinct, slug, tidy
from mvpipe.spec.scalars import Scalar
from mvpipe.spec.template import faults, fill, fill_path, pieces

NAMES: dict[str, Scalar] = {
    "vars.a": "${{ vars.b }}",
    "vars.b": "B",
    "vars.n": 7,
    "vars.t": True,
    "vars.z": None,
}


def test_a_value_is_never_expanded_again() -> None:
    assert fill("<${{ vars.a }}>", NAMES) == "<${{ vars.b }}>"


@pytest.mark.parametrize(
    ("text", "result"),
    [
        ("${{ vars.n }}", 7), ("${{vars.n}}", 7), ("  ${{ vars.t }} ", True),
        ("n${{ vars.n }}", "n7"), ("${{ vars.t }}${{ vars.n }}", "true7"),
        ("a ${{ vars.z }} b", "a  b"), ("$ { {", "$ { {"), ("}} ${", "}} ${"),
    ],
)  # fmt: skip
def test_a_template_alone_keeps_the_type_of_its_value(text: str, result: object) -> None:
    assert fill(text, NAMES) == result


@given(st.dictionaries(st.sampled_from(["vars.a", "vars.b"]), st.text(), min_size=2))
def test_expansion_is_one_pass(values: dict[str, str]) -> None:
    text = "x${{ vars.a }}y${{ vars.b }}z"
    assert fill(text, values) == f"x{values['vars.a']}y{values['vars.b']}z"


@given(st.text(st.sampled_from("${} va.r\n"), max_size=40))
def test_any_text_is_split_without_loss_or_failure(text: str) -> None:
    plain = [piece for piece in pieces(text) if isinstance(piece, str)]
    assert all(piece in text for piece in plain)
    list(faults(text, NAMES, absent={}))


@pytest.mark.parametrize(
    "value",
    [
        "../../etc", "/etc/passwd", "a/b", "a\\b", "C:x", "..", ".", "", " ", "-rf", "~", "CON",
        "nul.txt", "a\x00b", "a\nb", "x" * 500, "é" * 200, "夜" * 100,
        "a.mp4", ".mp4", "\u202ea",
        "com1", "LPT9.x", "a:b", "*?", "a.", "a ", "\ud800", "${{ x }}", "AC/DC: live?",
    ],
)  # fmt: skip
@pytest.mark.parametrize("pattern", ["out/%.mp4", "%/a.mp4", "out/-%.mp4", "%%.mp4", "a%/.mp4"])
def test_a_value_in_a_path_is_one_harmless_component(value: str, pattern: str) -> None:
    made = fill_path(pattern.replace("%", "${{ vars.v }}"), {"vars.v": value})
    assert made.count("/") == pattern.count("/")
    assert made.endswith(".mp4")
    for part, shape in zip(made.split("/"), pattern.split("/"), strict=True):
        assert "%" not in shape or component_fault(part) is None
    assert ".." not in PurePosixPath(made).parts


@given(st.text())
def test_a_tidied_component_has_no_fault(text: str) -> None:
    made = fill_path("${{ vars.v }}.mp4", {"vars.v": text})
    assert component_fault(made) is None
    assert tidy(made) == made


@given(st.text())
def test_a_slug_is_an_id(text: str) -> None:
    name = slug(text, default="input")
    assert name[0].isalpha()
    assert name == slug(name, default="input")


def test_a_taken_id_gets_a_number() -> None:
    assert distinct("a", {"a", "a-2"}) == "a-3"
    assert slug("01 Café del Mar!", default="input") == "input-01-cafe-del-mar"
