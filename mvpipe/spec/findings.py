"""What is wrong in one job file, collected: each finding once, at the value it is about."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from mvpipe.model.place import Finding, Place
from mvpipe.spec.page import Page, Span

Pointer = tuple[str | int, ...]


def where(pointer: Pointer) -> str:
    """Return a pointer as people write it: `exports[0].aspect`."""
    parts = (f"[{part}]" if isinstance(part, int) else f".{part}" for part in pointer)
    return "".join(parts).removeprefix(".")


class Findings:
    """A collector; it remembers which values are faulty, so that nobody builds on those.

    `keys` and `values` say where each key and each value stands; they may still grow.
    """

    def __init__(
        self, page: Page, *, keys: Mapping[Pointer, Span], values: Mapping[Pointer, Span]
    ) -> None:
        self.page = page
        self._keys = keys
        self._values = values
        self._found: dict[tuple[int, int, str, str], Finding] = {}
        self._faulty: set[Pointer] = set()

    def __iter__(self) -> Iterator[Finding]:
        return iter(sorted(self._found.values()))

    def __len__(self) -> int:
        return len(self._found)

    def value(self, pointer: Pointer, problem: str, remedy: str = "") -> None:
        """Note what is wrong with a value, or the nearest one around it that is written."""
        self.span(pointer, self._span(pointer), problem=problem, remedy=remedy)

    def key(self, pointer: Pointer, problem: str, remedy: str = "") -> None:
        """Note what is wrong with the key that a pointer ends in."""
        span = self._keys.get(pointer) or self._span(pointer)
        self.span(pointer, span, problem=problem, remedy=remedy)

    def span(self, pointer: Pointer, span: Span, *, problem: str, remedy: str = "") -> None:
        """Note what is wrong with a stretch of a value; the same finding twice counts once."""
        self._faulty.add(pointer)
        same = (span.line, span.column, problem, remedy)
        if same not in self._found:
            self._found[same] = self.page.finding(
                span, where=where(pointer), problem=problem, remedy=remedy
            )

    def faulty(self) -> frozenset[Pointer]:
        """Return every pointer at which something is wrong so far."""
        return frozenset(self._faulty)

    def place(self, pointer: Pointer) -> Place:
        """Return where a value stands, or the nearest one around it that is written."""
        span = self._span(pointer)
        return Place(self.page.file, span.line, span.column)

    def sound(self, *pointer: str | int) -> bool:
        """Say whether nothing is wrong at a pointer, below it, or above it but for the top."""
        return not any(
            fault[: len(pointer)] == pointer or pointer[: len(fault)] == fault
            for fault in self._faulty
            if fault
        )

    def _span(self, pointer: Pointer) -> Span:
        for length in range(len(pointer), -1, -1):
            if (found := self._values.get(pointer[:length])) is not None:
                return found
        return Span(1, 1, 0, 0)
