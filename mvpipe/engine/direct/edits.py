"""One wish and a timeline in; out comes one that differs in what the wish names, no more."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import assert_never

from mvpipe.engine.direct.brief import Brief
from mvpipe.engine.direct.casting import best_palette, shifted
from mvpipe.engine.direct.facts import (
    Already,
    Coloured,
    CutsSet,
    Edited,
    Felt,
    Levelled,
    NoPart,
    Reshaped,
    Turned,
)
from mvpipe.engine.direct.moods import BY_NAME
from mvpipe.engine.direct.recasting import use_scenes
from mvpipe.engine.direct.recut import cut_every, inside, repaced, split_at_ends
from mvpipe.engine.direct.spans import Stretch, resolve, spans_of
from mvpipe.engine.direct.taste import Taste, graded, tasted, within
from mvpipe.engine.direct.titles import add_title, change_title, remove_titles
from mvpipe.engine.direct.tracks import with_shots, with_sounds
from mvpipe.engine.direct.wishes import (
    AddTitle,
    Adjust,
    ChangeAspect,
    ChangeTitle,
    Feel,
    Generate,
    RemoveTitles,
    SetCuts,
    SetLevel,
    UsePalette,
    UseScenes,
    Wish,
)
from mvpipe.model.timeline import Shot, Timeline, Transition, TransitionKind


def carry_out(wish: Wish, timeline: Timeline, brief: Brief) -> Edited:
    """Return the timeline after one wish, and what to say of it; Generate changes nothing."""
    match wish:
        case AddTitle():
            return add_title(wish, timeline, brief)
        case ChangeTitle():
            return change_title(wish, timeline, brief)
        case RemoveTitles():
            return remove_titles(wish, timeline, brief)
        case Generate() | ChangeAspect() | SetLevel():
            return _overall(wish, timeline)
        case _:
            return _in_stretches(wish, timeline, brief)


def _overall(wish: Generate | ChangeAspect | SetLevel, timeline: Timeline) -> Edited:
    match wish:
        case Generate():
            return Edited(timeline, ())
        case ChangeAspect(aspect=aspect):
            return _said(timeline, replace(timeline, aspect=aspect), Reshaped(aspect))
        case SetLevel():
            return _level(wish, timeline)


def _in_stretches(
    wish: Adjust | SetCuts | UseScenes | UsePalette | Feel, timeline: Timeline, brief: Brief
) -> Edited:
    stretches = resolve(wish.target, brief.music)
    if not stretches:
        there = tuple(span.name for span in spans_of(brief.music))
        return Edited(timeline, (NoPart(wish.target, there),))
    return _change(wish, timeline, brief, stretches=stretches)


def _change(
    wish: Adjust | SetCuts | UseScenes | UsePalette | Feel,
    timeline: Timeline,
    brief: Brief,
    *,
    stretches: tuple[Stretch, ...],
) -> Edited:
    shots = split_at_ends(timeline.shots, stretches, brief)
    match wish:
        case Adjust():
            return _adjust(wish, timeline, shots=shots, stretches=stretches, brief=brief)
        case SetCuts(every=every, target=target):
            cut = cut_every(shots, stretches, every=every, brief=brief)
            return _said(timeline, with_shots(timeline, cut), CutsSet(every, target))
        case UsePalette(palette=palette, target=target):
            coloured = _each(shots, stretches, lambda shot: replace(shot, palette=palette))
            after = with_shots(timeline, coloured)
            return _said(timeline, after, Coloured(palette.name, target))
        case Feel():
            return _feel(wish, timeline, shots=shots, stretches=stretches, brief=brief)
        case UseScenes():
            return use_scenes(wish, timeline, shots=shots, stretches=stretches, brief=brief)
        case _:
            assert_never(wish)


def _adjust(
    wish: Adjust,
    timeline: Timeline,
    *,
    shots: tuple[Shot, ...],
    stretches: tuple[Stretch, ...],
    brief: Brief,
) -> Edited:
    taste = tasted((wish,))
    turned = _each(shots, stretches, lambda shot: _turned(shot, taste, brief))
    if abs(taste.cuts) >= 0.25:
        turned = repaced(turned, stretches, faster=taste.cuts, brief=brief)
    fact = Turned(wish.quality, wish.amount > 0, wish.target)
    if turned == shots:
        return Edited(timeline, (Already(fact),))
    return Edited(with_shots(timeline, turned), (fact,))


def _turned(shot: Shot, taste: Taste, brief: Brief) -> Shot:
    """Return a shot moved by a taste; a palette only changes for warmth."""
    palette = shot.palette
    if taste.warmth:
        palette = shifted(palette, warmer=taste.warmth, catalogue=brief.catalogue)
    return replace(
        shot,
        grade=graded(shot.grade, taste),
        motion=_moved(shot.motion, 0.25 * taste.motion),
        reaction=_moved(shot.reaction, 0.25 * taste.reaction),
        palette=palette,
        transition=_softened(shot.transition, taste),
    )


def _moved(value: float, by: float) -> float:
    return within(value + by, low=0.0, high=2.0) if by else value


def _softened(transition: Transition, taste: Taste) -> Transition:
    if transition.kind is TransitionKind.FLASH and min(taste.flashes, taste.energy) <= -0.5:
        return Transition()
    return transition


def _feel(
    wish: Feel,
    timeline: Timeline,
    *,
    shots: tuple[Shot, ...],
    stretches: tuple[Stretch, ...],
    brief: Brief,
) -> Edited:
    """Give shots a mood's palette and light; cuts and scenes stay."""
    leans = tuple(Adjust(quality, amount) for quality, amount in BY_NAME[wish.mood].leans)
    taste = replace(tasted(leans), warmth=0.0)
    palettes = {shot.palette.name: shot.palette for shot in shots}
    if brief.catalogue.palettes:
        card = best_palette(
            brief.music,
            moods=(wish.mood,),
            taste=tasted(leans),
            catalogue=brief.catalogue,
            seed=brief.seed,
        )
        palettes = dict.fromkeys(palettes, card.palette)
    felt = _each(
        shots,
        stretches,
        lambda shot: replace(_turned(shot, taste, brief), palette=palettes[shot.palette.name]),
    )
    return _said(timeline, with_shots(timeline, felt), Felt(wish.mood, wish.target))


def _each(
    shots: tuple[Shot, ...], stretches: tuple[Stretch, ...], change: Callable[[Shot], Shot]
) -> tuple[Shot, ...]:
    return tuple(change(shot) if inside(shot, stretches) else shot for shot in shots)


def _level(wish: SetLevel, timeline: Timeline) -> Edited:
    sounds = tuple(
        replace(
            sound,
            level=within(
                sound.level + wish.by if wish.level is None else wish.level, low=0.0, high=1.0
            ),
        )
        for sound in timeline.sounds
    )
    after = with_sounds(timeline, sounds)
    return _said(timeline, after, Levelled(round(sounds[0].level * 100)))


def _said(
    before: Timeline,
    after: Timeline,
    fact: Turned | CutsSet | Coloured | Felt | Reshaped | Levelled,
) -> Edited:
    return Edited(after, (Already(fact),) if before == after else (fact,))
