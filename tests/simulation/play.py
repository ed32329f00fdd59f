"""Plays seeds, and says what one of them broke."""

from __future__ import annotations

import tempfile
import traceback
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.simulation.laws import broken
from tests.simulation.world import Around, Shelf, World, as_it_is, kept

MEMORY = Path("/dev/shm")  # noqa: S108 - where there is one, a journal's syncs cost nothing


@dataclass(frozen=True, slots=True)
class Story:
    """What became of a seed; `broken` holds a sentence for each law it broke."""

    seed: int
    broken: tuple[str, ...]
    trace: tuple[str, ...]
    runs: tuple[str, ...] = ()

    def __str__(self) -> str:
        return "\n".join(
            (*self.trace, f"seed {self.seed}:", *(f"  {what}" for what in self.broken))
        )


def play(seed: int, *, around: Around = as_it_is, shelf: Shelf = kept) -> Story:
    """Return the story of a seed: the same each time. Safe to repeat."""
    base = MEMORY if MEMORY.is_dir() else None
    with tempfile.TemporaryDirectory(prefix="mvpipe-sim-", dir=base) as folder:
        world = World(seed, Path(folder).resolve(), around=around, shelf=shelf)
        try:
            world.live()
            found = broken(world)
        except Exception:  # noqa: BLE001 - a bug in what is simulated is a finding too
            found = [traceback.format_exc()]
        ends = tuple("killed" if r.exit is None else r.exit.name for r in world.runs)
        return Story(seed, tuple(found), tuple(world.trace), ends)


def failing(
    seeds: Iterable[int], *, around: Around = as_it_is, shelf: Shelf = kept
) -> Iterator[Story]:
    """Yield the story of every seed that breaks a law."""
    for seed in seeds:
        story = play(seed, around=around, shelf=shelf)
        if story.broken:
            yield story
