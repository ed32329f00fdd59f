"""What a director may choose from: cards that describe scenes and palettes, never draw them."""

from __future__ import annotations

from dataclasses import dataclass

from mvpipe.model.timeline import Palette


@dataclass(frozen=True, slots=True)
class SceneCard:
    """What one scene is and when it fits.

    `words` are the phrases, English in lower case and Chinese, that ask for it, the most
    telling first. `calm` and `fierce` say from 0 to 1 how well it suits quiet and loud music.
    `variants` is how many compositions it knows. A scene with `needs_media` shows a picture of
    the user's.
    """

    name: str
    title: str
    words: tuple[str, ...]
    calm: float
    fierce: float
    variants: int = 1
    needs_media: bool = False


@dataclass(frozen=True, slots=True)
class PaletteCard:
    """A palette, the words that ask for it, its warmth and brightness from 0 to 1."""

    palette: Palette
    words: tuple[str, ...]
    warmth: float
    brightness: float


@dataclass(frozen=True, slots=True)
class Catalogue:
    """Everything there is to choose from, in a stable order."""

    scenes: tuple[SceneCard, ...]
    palettes: tuple[PaletteCard, ...]
