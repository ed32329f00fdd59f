"""Which scenes and which palettes suit a song, its sections and what was asked for."""

from __future__ import annotations

from dataclasses import dataclass

from mvpipe.engine.direct.chance import fraction
from mvpipe.engine.direct.colours import colourfulness, kinship
from mvpipe.engine.direct.moods import BY_NAME
from mvpipe.engine.direct.spans import Span
from mvpipe.engine.direct.taste import Taste
from mvpipe.engine.direct.wishes import Generate
from mvpipe.model.catalogue import Catalogue, PaletteCard, SceneCard
from mvpipe.model.music import Music, SectionKind
from mvpipe.model.timeline import Palette

_LIFT = {
    SectionKind.INTRO: -0.15,
    SectionKind.VERSE: 0.0,
    SectionKind.BUILD: 0.1,
    SectionKind.DROP: 0.3,
    SectionKind.BREAK: -0.3,
    SectionKind.BRIDGE: -0.05,
    SectionKind.OUTRO: -0.2,
}
_RELATED = 0.6
"""A palette further away than this would look like another video's."""

CALM = {SectionKind.INTRO, SectionKind.BREAK, SectionKind.BRIDGE, SectionKind.OUTRO}


@dataclass(frozen=True, slots=True)
class Role:
    """The scenes of all sections that share a label: the first most of the time."""

    scenes: tuple[SceneCard, ...]


@dataclass(frozen=True, slots=True)
class Colours:
    """The palettes of a video: `main` throughout, related ones for breaks and for drops."""

    main: Palette
    calm: Palette
    fierce: Palette


def fierceness(span: Span, taste: Taste) -> float:
    """Return from 0 to 1 how fierce a section's pictures should be."""
    return min(max(span.energy * 0.8 + _LIFT[span.kind] + 0.1 * taste.energy + 0.1, 0.0), 1.0)


def key_of(span: Span) -> str:
    """Return what sections must share to look related."""
    return f"{span.kind}:{span.label}" if span.label else str(span.kind)


def cast(
    spans: tuple[Span, ...],
    *,
    wanted: Generate,
    taste: Taste,
    catalogue: Catalogue,
    seed: int,
) -> dict[str, Role]:
    """Return the scenes of every group of related sections; pictures are no part of this.

    The fiercest and the calmest choose first, so that drops hit and breaks breathe.
    """
    pool = _pool(wanted, catalogue)
    liked = _liked(wanted, pool)
    roles: dict[str, Role] = {}
    used: dict[str, int] = {}
    for span in sorted(spans, key=lambda s: (-abs(fierceness(s, taste) - 0.5), s.start_ms)):
        key = key_of(span)
        if key in roles:
            continue
        ranked = _ranked(pool, span=span, taste=taste, liked=liked, used=used, seed=seed)
        roles[key] = _role(ranked, wanted)
        for card in roles[key].scenes[:1]:
            used[card.name] = used.get(card.name, 0) + 1
    return roles


def _pool(wanted: Generate, catalogue: Catalogue) -> tuple[SceneCard, ...]:
    """Return the procedural scenes to choose from."""
    drawn = tuple(card for card in catalogue.scenes if not card.needs_media)
    if wanted.exclusive:
        drawn = tuple(card for card in drawn if card.name in wanted.scenes) or drawn
    return tuple(card for card in drawn if card.name not in wanted.avoided) or drawn


def _liked(wanted: Generate, pool: tuple[SceneCard, ...]) -> dict[str, float]:
    """Return what to add to a scene's rank: much where it was named, a little for a mood."""
    liked: dict[str, float] = {}
    for mood in wanted.moods:
        for place, hint in enumerate(BY_NAME[mood].scenes):
            for card in pool:
                if hint == card.name or hint in card.words:
                    liked[card.name] = max(liked.get(card.name, 0.0), 0.5 - 0.08 * place)
    return liked | dict.fromkeys(wanted.scenes, 2.0)


def _ranked(
    pool: tuple[SceneCard, ...],
    *,
    span: Span,
    taste: Taste,
    liked: dict[str, float],
    used: dict[str, int],
    seed: int,
) -> tuple[SceneCard, ...]:
    fierce = fierceness(span, taste)

    def rank(card: SceneCard) -> float:
        suits = card.fierce * fierce + card.calm * (1 - fierce)
        luck = 0.25 * fraction(seed, "cast", card.name, key_of(span))
        return suits + luck + liked.get(card.name, 0.0) - 0.4 * used.get(card.name, 0)

    return tuple(sorted(pool, key=lambda card: (-rank(card), card.name)))


def _role(ranked: tuple[SceneCard, ...], wanted: Generate) -> Role:
    """Return a section's scenes: the best; a second one unless one was asked for on its own."""
    named = tuple(card for card in ranked if card.name in wanted.scenes)
    if wanted.exclusive:
        return Role(named[:2] or ranked[:1])
    if len(named) > 1:
        return Role(named[:2])
    others = tuple(card for card in ranked if card.name not in wanted.scenes)
    return Role((*named, *others)[:2])


def colours_for(
    music: Music, *, wanted: Generate, taste: Taste, catalogue: Catalogue, seed: int
) -> Colours:
    """Return the palettes: the one asked for, else one that suits and its relatives."""
    if wanted.palette is not None or not catalogue.palettes:
        palette = wanted.palette or Palette("plain", ("#08080c", "#5a6a8a", "#e8ecf4"))
        return Colours(palette, palette, palette)
    main = best_palette(music, moods=wanted.moods, taste=taste, catalogue=catalogue, seed=seed)
    calm = _relative(main, brighter=-1, catalogue=catalogue)
    fierce = _relative(main, brighter=1, catalogue=catalogue)
    return Colours(main.palette, calm.palette, fierce.palette)


def best_palette(
    music: Music, *, moods: tuple[str, ...], taste: Taste, catalogue: Catalogue, seed: int
) -> PaletteCard:
    """Return the palette nearest to how the song and the moods feel."""
    mood = music.mood
    warmth = _unit(0.3 + 0.4 * mood.valence + 0.2 * taste.warmth)
    bright = _unit(0.15 + 0.35 * mood.valence + 0.35 * mood.arousal + 0.2 * taste.brightness)
    hints = [h for name in moods for h in (*BY_NAME[name].words, *BY_NAME[name].palettes)]

    def distance(card: PaletteCard) -> float:
        said = {card.palette.name, *card.words}
        place = next((i for i, hint in enumerate(hints) if hint in said), None)
        hinted = 0.0 if place is None else 1.0 - 0.1 * min(place / 5, 6)
        luck = 0.15 * fraction(seed, "palette", card.palette.name)
        return abs(card.warmth - warmth) + abs(card.brightness - bright) + luck - hinted

    return min(catalogue.palettes, key=distance)


def _relative(main: PaletteCard, *, brighter: int, catalogue: Catalogue) -> PaletteCard:
    """Return the palette closest to `main` that is brighter (1) or darker (-1), or itself."""

    def distance(card: PaletteCard) -> float:
        feel = 2 * abs(card.warmth - main.warmth) + abs(card.brightness - main.brightness)
        return feel + 0.4 * (1 - kinship(card.palette, main.palette))

    fitting = [
        card
        for card in catalogue.palettes
        if (card.brightness - main.brightness) * brighter > 0
        and distance(card) < _RELATED
        and abs(colourfulness(card.palette) - colourfulness(main.palette)) < 0.3
    ]
    return min(fitting, key=distance, default=main)


def shifted(palette: Palette, *, warmer: float, catalogue: Catalogue) -> Palette:
    """Return the nearest palette that is warmer, or colder for a negative amount."""
    cards = {card.palette.name: card for card in catalogue.palettes}
    card = cards.get(palette.name)
    if card is None:
        return palette
    here = card

    def distance(other: PaletteCard) -> float:
        wanted = here.warmth + 0.3 * warmer
        return abs(other.warmth - wanted) + abs(other.brightness - here.brightness)

    fitting = [c for c in catalogue.palettes if (c.warmth - here.warmth) * warmer > 0]
    return min(fitting, key=distance, default=here).palette


def _unit(value: float) -> float:
    return min(max(value, 0.0), 1.0)
