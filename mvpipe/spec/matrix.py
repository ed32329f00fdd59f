"""A matrix: lists of values in; the combinations they make, in order, out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import product
from math import prod
from typing import Any

from mvpipe.spec.findings import Findings
from mvpipe.spec.nearest import did_you_mean
from mvpipe.spec.scalars import Scalar
from mvpipe.spec.wording import quoted

JOBS_LIMIT = 256
Combination = dict[str, Scalar]


def combinations(matrix: Mapping[str, Any], findings: Findings) -> list[Combination]:
    """Return every combination that the matrix makes; notes what cannot be meant.

    `exclude` drops those that match all its values. `include` adds its values to every
    combination whose axes it matches, and is a combination of its own where there is none.
    """
    axes = {
        name: values for name, values in matrix.items() if name not in {"include", "exclude"}
    }
    count = prod(len(values) for values in axes.values()) + len(matrix.get("include", ()))
    if count > JOBS_LIMIT:
        problem = f"{count:,} combinations are too many"
        findings.key(("matrix",), problem, f"at most {JOBS_LIMIT} jobs fit in one file")
        return []
    made = [dict(zip(axes, values, strict=True)) for values in product(*axes.values())]
    kept = _excluded(made if axes else [], matrix.get("exclude", ()), axes, findings)
    found = _included(kept, matrix.get("include", ()), axes)
    if not found and not len(findings):
        findings.key(("matrix",), "no combination is left", "exclude fewer")
    return found


def _excluded(
    made: list[Combination],
    rules: list[Combination],
    axes: Mapping[str, Any],
    findings: Findings,
) -> list[Combination]:
    for n, rule in enumerate(rules):
        for name in (name for name in rule if name not in axes):
            problem = f"{quoted(name)} is not a list of this matrix"
            remedy = did_you_mean(name, axes, none="the matrix has no lists")
            findings.key(("matrix", "exclude", n, name), problem, remedy)
        if findings.sound("matrix", "exclude", n) and not any(_fits(c, rule) for c in made):
            problem = "this excludes nothing"
            findings.value(("matrix", "exclude", n), problem, "remove it, or check its values")
    return [c for c in made if not any(_fits(c, rule) for rule in rules)]


def _fits(combination: Combination, rule: Combination) -> bool:
    return all(name in combination and _same(combination[name], rule[name]) for name in rule)


def _same(one: Scalar, other: Scalar) -> bool:
    """Say whether two values are the same as written: 1 is not true."""
    return one == other and isinstance(one, bool) == isinstance(other, bool)


def _included(
    made: list[Combination], extras: list[Combination], axes: Mapping[str, Any]
) -> list[Combination]:
    grown = [dict(combination) for combination in made]
    added: list[Combination] = []
    for extra in extras:
        shared = {name: value for name, value in extra.items() if name in axes}
        matches = [n for n, combination in enumerate(made) if _fits(combination, shared)]
        for n in matches:
            grown[n] |= extra
        if not matches:
            added.append(dict(extra))
    return grown + added


def label(combination: Combination) -> Iterator[str]:
    """Yield the values of a combination as they are added to a job's name."""
    return (str(value) for value in combination.values())
