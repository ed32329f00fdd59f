from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mvpipe.errors import SpecError
from mvpipe.spec.scalars import Scalar, construct, scalar
from mvpipe.spec.source import Source, parse

BOMBS = {
    "deep": "[" * 100_000,
    "deep and closed": "[" * 1000 + "]" * 1000,
    "braces": "{a: " * 50_000,
    "laughs": "a: &a [x, x]\n"
    + "".join(f"{y}: &{y} [{f'*{x}, ' * 9}]\n" for x, y in pairwise("abcdefghi")),
    "cycle": "a: &a [*a]",
    "wide": "a: [" + "1, " * 60_000 + "1]",
    "too large": "# " + "x" * 300_000,
    "dashes": "- " * 30_000,
}  # fmt: skip


@pytest.mark.parametrize("pure", [False, True], ids=["libyaml", "pure"])
@pytest.mark.parametrize("bomb", BOMBS)
def test_a_bomb_is_refused_before_it_goes_off(bomb: str, pure: bool) -> None:  # noqa: FBT001 - a parameter of the test
    try:
        findings = list(parse(BOMBS[bomb], file="bomb.yaml", pure=pure).findings)
    except SpecError as error:
        findings = list(error.findings)
    assert findings


MEANINGS: list[tuple[str, Scalar]] = [
    ("9:16", "9:16"), ("1:30", "1:30"), ("0:45.5", "0:45.5"), ("no", "no"), ("on", "on"),
    ("2026-11-22", "2026-11-22"), ("1_000", "1_000"), ("010", 10), ("1e3", 1000.0),
    ("0o17", 15), ("0x1F", 31), ("-3", -3), ("+4", 4), (".5", 0.5), ("5.", 5.0),
    ("-1.5E-2", -0.015), ("true", True), ("FALSE", False), ("~", None), ("null", None),
    ("", None), ("0b1", "0b1"), ("tRue", "tRue"), ("1e", "1e"), ("=", "="), ("--1", "--1"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "meaning"), MEANINGS)
@pytest.mark.parametrize("pure", [False, True], ids=["libyaml", "pure"])
def test_scalars_mean_what_yaml_1_2_says(text: str, meaning: Scalar, pure: bool) -> None:  # noqa: FBT001 - a parameter of the test
    source = parse(f"key: {text}\n", file="x.yaml", pure=pure)
    assert source.data == {"key": meaning}
    assert type(scalar(text)) is type(meaning)
    assert scalar(text) == meaning


@pytest.mark.parametrize("text", [".inf", "-.Inf", ".nan", "1e999", "9" * 30])
def test_a_number_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"number"):
        scalar(text)


def test_a_tag_that_its_text_does_not_fit_is_refused() -> None:
    with pytest.raises(ValueError, match="'maybe' is not true or false"):
        construct("bool", "maybe")


def test_every_key_and_value_has_its_place() -> None:
    source = parse("a:\n  - b: 'x y'\n    c: &n [1, 2]\n  - *n\n", file="x.yaml")
    assert str(source.place(("a", 0, "b"))) == "x.yaml:2:8"
    assert str(source.place(("a", 0, "c", 1))) == "x.yaml:3:15"
    assert str(source.place(("a", 1, 1))) == "x.yaml:3:15"
    assert source.keys[("a", 0, "c")].line == 3
    assert str(source.place(("a", 7, "nothing"))) == "x.yaml:1:1" or source.place(("a", 7)).line
    span = source.values[("a", 0, "b")]
    assert source.page.text[span.start : span.end] == "'x y'"


def test_a_wide_character_moves_the_caret_two_columns() -> None:
    source = parse("{夜: 1, 夜: 2}", file="x.yaml")
    (finding,) = source.findings
    assert finding.place.column == 8
    assert finding.snippet.splitlines()[-1] == "  |         ^~"


def test_libyaml_and_pure_python_find_the_same_places() -> None:
    text = '𝄞: é\nb: [1, {c: "d\\n", e: |\n   f\n   g\n}]\n'.replace("|\n   f\n   g\n", "h")
    fast, slow = (parse(text, file="x", pure=pure) for pure in (False, True))
    assert fast.data == slow.data
    assert {p: (s.line, s.column) for p, s in fast.values.items()} == {
        p: (s.line, s.column) for p, s in slow.values.items()
    }


def test_an_unknown_complaint_of_the_reader_is_still_a_finding() -> None:
    with pytest.raises(SpecError) as caught:
        parse("%YAML 2.0\n---\na: 1\n", file="x.yaml")
    assert "not readable as YAML" in caught.value.findings[0].problem


def _places_are_in_the_text(source: Source | SpecError, text: str) -> None:
    lines = text.count("\n") + text.count("\r") + sum(map(text.count, "\x85\u2028\u2029")) + 1
    for finding in source.findings:
        assert 1 <= finding.place.line <= lines
        assert 1 <= finding.place.column <= len(text) + 1


YAMLISH = st.text(
    st.sampled_from([*"abk: -[]{},&*!|>'\"#%@`?\n\t\r~01.<é夜𝄞\x85\u2028\x1b"]),
    max_size=60,
)  # fmt: skip


@given(YAMLISH | st.text(max_size=40))
def test_no_text_makes_the_reader_fail_in_another_way(text: str) -> None:
    for pure in (False, True):
        try:
            source: Source | SpecError = parse(text, file="x.yaml", pure=pure)
        except SpecError as error:
            source = error
        _places_are_in_the_text(source, text)
