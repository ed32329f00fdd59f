"""What a person overrules of what the ear hears."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Meter:
    """Beats in a bar over the note value that is one beat."""

    beats: int = 4
    unit: int = 4

    def __str__(self) -> str:
        return f"{self.beats}/{self.unit}"


@dataclass(frozen=True, slots=True)
class MusicHints:
    """What a person overrules; `None` leaves it to the ear."""

    bpm: float | None = None
    first_downbeat_ms: int | None = None
    meter: Meter | None = None
