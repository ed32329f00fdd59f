"""The user's pictures in an edit: where they hang, in which order, never one twice in a row."""

from __future__ import annotations

from dataclasses import replace

from mvpipe.engine.direct.wishes import Generate
from mvpipe.model.catalogue import Catalogue, SceneCard
from mvpipe.model.timeline import Shot


def picture_scene(catalogue: Catalogue) -> SceneCard | None:
    """Return the scene that shows pictures, if there is one."""
    return next((card for card in catalogue.scenes if card.needs_media), None)


def hang(
    shots: tuple[Shot, ...],
    *,
    wanted: Generate,
    brief_pictures: tuple[str, ...],
    catalogue: Catalogue,
) -> tuple[Shot, ...]:
    """Return shots of which most show pictures, in the user's order, with every one used."""
    card = picture_scene(catalogue)
    if card is None or not brief_pictures or card.name in wanted.avoided:
        return shots
    only = wanted.exclusive and wanted.scenes == (card.name,)
    places = _places(len(shots), pictures=len(brief_pictures), only=only)
    hung = list(shots)
    for turn, place in enumerate(places):
        shot = shots[place]
        hung[place] = replace(
            shot,
            scene=card.name,
            variant=(shot.variant + turn) % max(card.variants, 1),
            media=brief_pictures[turn % len(brief_pictures)],
        )
    return tuple(hung)


def _places(shots: int, *, pictures: int, only: bool) -> tuple[int, ...]:
    """Return which shots show pictures: two of three, more where they would not fit."""
    if pictures == 1:
        return tuple(range(shots)) if only else tuple(range(0, shots, 2))
    places = tuple(i for i in range(shots) if i % 3 != 2)
    return places if not only and len(places) >= pictures else tuple(range(shots))


def without_repeats(shots: tuple[Shot, ...], *, fixed: frozenset[int]) -> tuple[Shot, ...]:
    """Return shots where no picture follows itself; those starting at `fixed` times stay.

    Pictures come from those in the shots; with only one there is nothing to change to.
    """
    pictures = tuple(dict.fromkeys(shot.media for shot in shots if shot.media is not None))
    changed = list(shots)
    for i, shot in enumerate(changed):
        if i == 0 or shot.media is None or shot.start_ms in fixed:
            continue
        neighbours = {
            changed[i - 1].media,
            changed[i + 1].media if i + 1 < len(shots) else None,
        }
        others = [picture for picture in pictures if picture not in neighbours]
        if shot.media in neighbours and others:
            after = pictures.index(shot.media) + 1
            turned = [*pictures[after:], *pictures[:after]]
            changed[i] = replace(shot, media=next(p for p in turned if p in others))
    return tuple(changed)
