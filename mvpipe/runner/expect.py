"""Holds a timeline against what a step expects of it. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from operator import eq, ge, le

from mvpipe.model.job import Amount, Comparison, Expectation
from mvpipe.model.timecode import timecode
from mvpipe.model.timeline import Timeline

ABOUT_MS = 1000
"""How far `~` may be off, in milliseconds."""

HOLDS: Mapping[Comparison, Callable[[int, int], bool]] = {
    Comparison.EQUAL: eq,
    Comparison.AT_LEAST: ge,
    Comparison.AT_MOST: le,
    Comparison.ABOUT: lambda found, wanted: abs(found - wanted) <= ABOUT_MS,
}


def unmet(
    expectation: Expectation, timeline: Timeline | None, *, durations: Mapping[str, int | None]
) -> tuple[str, ...]:
    """Return one sentence for each thing that is not as expected; empty means all is well.

    `durations` gives the length in milliseconds of each uploaded input by id.
    """
    if timeline is None:
        return ("there is no timeline yet",)
    counts = (*_counts(expectation, timeline), *_lengths(expectation, timeline, durations))
    return tuple(counts)


def _counts(expectation: Expectation, timeline: Timeline) -> Iterator[str]:
    found = {
        "video": (expectation.video, len(timeline.shots)),
        "audio": (expectation.audio, len(timeline.sounds)),
        "title": (expectation.title, len(timeline.titles)),
    }
    for name, (wanted, count) in found.items():
        if wanted is not None and not _holds(wanted, count):
            yield f"{name} segments: {count}, expected {wanted.comparison}{wanted.value}"


def _lengths(
    expectation: Expectation, timeline: Timeline, durations: Mapping[str, int | None]
) -> Iterator[str]:
    wanted = expectation.duration
    if expectation.duration_of is not None:
        length = durations.get(expectation.duration_of)
        if length is None:
            yield f"the length of input {expectation.duration_of!r} is not known"
            return
        wanted = Amount(Comparison.ABOUT, length)
    if wanted is not None and not _holds(wanted, timeline.duration_ms):
        found = timecode(timeline.duration_ms)
        yield f"duration: {found}, expected {wanted.comparison}{timecode(wanted.value)}"


def _holds(wanted: Amount, found: int) -> bool:
    return HOLDS[wanted.comparison](found, wanted.value)
