"""Other scenes for shots that are there; cuts, colours and light stay."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

from mvpipe.engine.direct.brief import Brief
from mvpipe.engine.direct.chance import number
from mvpipe.engine.direct.facts import Already, Edited, NoPictures, Shown
from mvpipe.engine.direct.gallery import without_repeats
from mvpipe.engine.direct.recut import inside
from mvpipe.engine.direct.spans import Stretch
from mvpipe.engine.direct.tracks import with_shots
from mvpipe.engine.direct.wishes import WHOLE, Share, UseScenes
from mvpipe.model.catalogue import SceneCard
from mvpipe.model.timeline import Shot, Timeline


def use_scenes(
    wish: UseScenes,
    timeline: Timeline,
    *,
    shots: tuple[Shot, ...],
    stretches: tuple[Stretch, ...],
    brief: Brief,
) -> Edited:
    """Return the timeline with the wanted scenes in the stretches, or without the unwanted."""
    cards = {card.name: card for card in brief.catalogue.scenes}
    if _lacks_pictures(wish, cards, brief):
        return Edited(timeline, (NoPictures(),))
    chosen = _chosen(wish, shots, stretches, cards)
    recast = list(shots)
    for turn, place in enumerate(chosen):
        name = _replacement(wish, shots[place], turn, timeline, brief)
        recast[place] = _recast(shots[place], cards[name], turn, brief)
    fixed = frozenset(s.start_ms for i, s in enumerate(shots) if i not in chosen)
    after = without_repeats(_varied(tuple(recast), frozenset(chosen), cards), fixed=fixed)
    fact = Shown(wish.scenes, wish.share, wish.target)
    if after == shots:
        return Edited(timeline, (Already(fact),))
    return Edited(with_shots(timeline, after), (fact,))


def _varied(
    shots: tuple[Shot, ...], chosen: frozenset[int], cards: dict[str, SceneCard]
) -> tuple[Shot, ...]:
    """Return shots of which the chosen ones differ from their neighbours where they can."""
    varied = list(shots)
    for i in sorted(chosen):
        near = {
            (s.scene, s.variant) for s in (*varied[max(i - 1, 0) : i], *varied[i + 1 : i + 2])
        }
        count = max(cards[varied[i].scene].variants, 1)
        turned = [(varied[i].variant + step) % count for step in range(count)]
        free = (variant for variant in turned if (varied[i].scene, variant) not in near)
        varied[i] = replace(varied[i], variant=next(free, turned[0]))
    return tuple(varied)


def _lacks_pictures(wish: UseScenes, cards: dict[str, SceneCard], brief: Brief) -> bool:
    wanted = wish.share in {Share.ALL, Share.MORE}
    return (
        wanted and not brief.pictures and any(cards[name].needs_media for name in wish.scenes)
    )


def _chosen(
    wish: UseScenes,
    shots: tuple[Shot, ...],
    stretches: tuple[Stretch, ...],
    cards: dict[str, SceneCard],
) -> tuple[int, ...]:
    """Return the places of the shots to recast."""
    there = tuple(i for i, shot in enumerate(shots) if inside(shot, stretches))
    has = tuple(i for i in there if shots[i].scene in wish.scenes)
    others = tuple(i for i in there if i not in has)
    if wish.instead_of is not None:
        return tuple(i for i in there if shots[i].scene == wish.instead_of)
    match wish.share:
        case Share.NONE:
            return has
        case Share.LESS:
            return has[::2]
        case Share.MORE:
            return others[::2]
        case Share.ALL:
            keeps_pictures = wish.target == WHOLE and not wish.exclusive
            return tuple(
                i for i in others if not (keeps_pictures and _shows_picture(shots[i], cards))
            )


def _shows_picture(shot: Shot, cards: dict[str, SceneCard]) -> bool:
    """Say whether a shot shows a picture of the user's."""
    card = cards.get(shot.scene)
    return card is not None and card.needs_media


def _replacement(
    wish: UseScenes, shot: Shot, turn: int, timeline: Timeline, brief: Brief
) -> str:
    if wish.share in {Share.ALL, Share.MORE}:
        return wish.scenes[turn % len(wish.scenes)]
    return _other(wish, shot, timeline, brief)


def _other(wish: UseScenes, shot: Shot, timeline: Timeline, brief: Brief) -> str:
    """Return what to show instead: from the section, else the video, else the catalogue."""
    allowed = [
        card.name
        for card in brief.catalogue.scenes
        if card.name not in wish.scenes and not card.needs_media
    ]
    near = Counter(s.scene for s in timeline.shots if s.section == shot.section)
    far = Counter(s.scene for s in timeline.shots)
    return min(allowed, key=lambda name: (-near[name], -far[name], name), default=shot.scene)


def _recast(shot: Shot, card: SceneCard, turn: int, brief: Brief) -> Shot:
    media = brief.pictures[turn % len(brief.pictures)] if card.needs_media else None
    seed = number(brief.seed, "use", shot.start_ms, card.name)
    first = number(brief.seed, "variant", card.name, shot.section)
    return replace(
        shot,
        scene=card.name,
        media=media,
        seed=seed,
        variant=(first + turn) % max(card.variants, 1),
    )
