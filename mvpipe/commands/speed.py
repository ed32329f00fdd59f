"""How fast this machine renders, remembered from run to run so that plans can tell the time."""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from mvpipe.disk import REAL, Files, make_folder, write_whole
from mvpipe.errors import OutputError
from mvpipe.model.media import Quality

FILE = "speed.json"
GUESS = {
    Quality.DRAFT: 120e6,
    Quality.STANDARD: 100e6,
    Quality.HIGH: 60e6,
    Quality.MASTER: 20e6,
}
"""Pixels a second on two ordinary cores, until this machine has been measured."""

ENOUGH_S = 4.0
"""A shorter render says more about start-up than about speed."""

FASTEST = 1e12
"""Pixels a second that no machine reaches: who remembers more remembers nonsense."""

TRUST = 0.5
"""How much of a new measurement goes into the remembered one."""


@dataclass(frozen=True, slots=True)
class Speed:
    """Pixels a second by quality; `measured` names the qualities that were really measured."""

    pixels_per_s: Mapping[Quality, float]
    measured: frozenset[Quality]


def remembered(state_dir: Path) -> Speed:
    """Return what is remembered, with guesses for the rest; a broken file counts as none."""
    known = _read(state_dir / FILE)
    return Speed(pixels_per_s={**GUESS, **known}, measured=frozenset(known))


def remember(
    state_dir: Path, *, quality: Quality, pixels: int, seconds: float, files: Files = REAL
) -> None:
    """Remember one render; never fails: without a state folder there is just no memory."""
    if seconds < ENOUGH_S:
        return
    known = _read(state_dir / FILE)
    new = pixels / seconds
    known[quality] = TRUST * new + (1 - TRUST) * known.get(quality, new)
    with suppress(OutputError):
        make_folder(state_dir, files=files)
        write_whole(state_dir / FILE, json.dumps(known, sort_keys=True).encode(), files=files)


def _read(path: Path) -> dict[Quality, float]:
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        return {
            Quality(name): float(speed) for name, speed in found.items() if 0 < speed < FASTEST
        }
    except (OSError, ValueError, TypeError, AttributeError):
        return {}
