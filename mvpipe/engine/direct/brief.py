"""Everything that a storyboard and its edits are made from."""

from __future__ import annotations

from dataclasses import dataclass

from mvpipe.model.catalogue import Catalogue
from mvpipe.model.music import Music


@dataclass(frozen=True, slots=True)
class Brief:
    """The music heard, the song's and the pictures' ids, what to choose from, seed and step."""

    music: Music
    song: str
    pictures: tuple[str, ...]
    catalogue: Catalogue
    seed: int
    step: str
