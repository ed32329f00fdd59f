"""One chunk's wishes about the picture: scenes, colours, moods, qualities, cuts, shape."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import pairwise

from mvpipe.engine.direct.chunks import Chunk
from mvpipe.engine.direct.colours import made_of
from mvpipe.engine.direct.moods import BY_NAME
from mvpipe.engine.direct.wishes import (
    WHOLE,
    Adjust,
    ChangeAspect,
    Feel,
    Quality,
    SetCuts,
    SetLevel,
    Share,
    Target,
    UsePalette,
    UseScenes,
    Wish,
)
from mvpipe.engine.direct.words import (
    Degree,
    OfAspect,
    OfColour,
    OfCuts,
    OfLevel,
    OfMood,
    OfPalette,
    OfScene,
    Role,
    Says,
    Token,
    Turn,
    Where,
)

_FULLY = 4.0
_SPEEDS = {Quality.CUTS, Quality.MOTION}


def wishes_of(chunk: Chunk) -> tuple[Wish, ...]:
    """Return what a chunk asks for, once for every stretch it names."""
    found: list[Wish] = [*_aspects(chunk), *_levels(chunk)]
    for target in _targets(chunk):
        found += _scenes(chunk, target)
        found += _palettes(chunk, target)
        found += _moods(chunk, target)
        found += _adjusts(chunk, target)
        found += _cuts(chunk, target)
    return tuple(found)


def _targets(chunk: Chunk) -> tuple[Target, ...]:
    """Return the chunk's targets; "a dark video that explodes on the drops" means all of it."""
    if Role.GENERATE in chunk.roles or Role.VIDEO in chunk.roles:
        return tuple(dict.fromkeys(_after_scene(chunk))) or (WHOLE,)
    return tuple(dict.fromkeys(chunk.targets)) or (WHOLE,)


def _after_scene(chunk: Chunk) -> tuple[Target, ...]:
    if Role.GENERATE not in chunk.roles:
        return chunk.targets
    tokens = chunk.tokens
    return tuple(
        meaning.target
        for before, token in pairwise(tokens)
        for meaning in token.meanings
        if isinstance(meaning, Where) and any(isinstance(m, OfScene) for m in before.meanings)
    )


def _aspects(chunk: Chunk) -> tuple[Wish, ...]:
    if chunk.negated:
        return ()
    return tuple(ChangeAspect(item.aspect) for item in chunk.all(OfAspect)[-1:])


def _levels(chunk: Chunk) -> tuple[Wish, ...]:
    return tuple(SetLevel(item.level, item.by) for item in chunk.all(OfLevel)[-1:])


def _scenes(chunk: Chunk, target: Target) -> tuple[Wish, ...]:
    tokens = _not_colours(chunk)
    scenes = tuple(
        dict.fromkeys(m.scene for t in tokens for m in t.meanings if isinstance(m, OfScene))
    )
    if not scenes:
        return ()
    if len(scenes) > 1 and Role.REPLACE in chunk.roles:
        return (UseScenes((scenes[1],), target=target, instead_of=scenes[0]),)
    if len(scenes) > 1 and Role.INSTEAD in chunk.roles:
        return (UseScenes((scenes[0],), target=target, instead_of=scenes[1]),)
    share = _share(chunk)
    exclusive = Role.ONLY in chunk.roles and share is Share.ALL
    return (UseScenes(scenes, share, target, exclusive=exclusive),)


def _not_colours(chunk: Chunk) -> tuple[Token, ...]:
    """Return the tokens without those that name a palette, where colours are spoken of."""
    if Role.COLOURS not in chunk.roles:
        return chunk.tokens
    return tuple(
        t for t in chunk.tokens if not any(isinstance(m, OfPalette) for m in t.meanings)
    )


def _names_scene(token: Token) -> bool:
    return any(isinstance(m, OfScene) for m in token.meanings)


def _share(chunk: Chunk) -> Share:
    if chunk.negated:
        return Share.NONE
    for before, token in zip((None, *chunk.tokens), chunk.tokens, strict=False):
        if before is not None and _names_scene(token):
            factor = _factor(before)
            if factor is not None:
                return Share.MORE if factor > 0 else Share.LESS
    return Share.LESS if Role.LOWER in chunk.roles else Share.ALL


def _factor(token: Token) -> float | None:
    return next((m.factor for m in token.meanings if isinstance(m, Degree)), None)


def _palettes(chunk: Chunk, target: Target) -> tuple[Wish, ...]:
    if chunk.negated:
        return ()
    about_colours = Role.COLOURS in chunk.roles
    named = [item for item in chunk.all(OfPalette) if item.sure or about_colours]
    colours = chunk.all(OfColour)
    if named and len(colours) < 2:
        return (UsePalette(named[0].palette, target),)
    if not colours:
        return ()
    names = tuple(item.name for item in colours)
    return (UsePalette(made_of(names, tuple(item.colour for item in colours)), target),)


def _moods(chunk: Chunk, target: Target) -> tuple[Wish, ...]:
    tokens = _not_colours(chunk)
    moods = tuple(
        dict.fromkeys(m.mood for t in tokens for m in t.meanings if isinstance(m, OfMood))
    )
    if not chunk.negated:
        return tuple(Feel(mood, target) for mood in moods)
    return tuple(
        Adjust(quality, -amount / 2, target)
        for mood in moods
        for quality, amount in BY_NAME[mood].leans
    )


def _cuts(chunk: Chunk, target: Target) -> tuple[Wish, ...]:
    said = chunk.all(OfCuts)
    about_cuts = any(turn.quality is Quality.CUTS for turn in chunk.all(Turn))
    others = [t for t in chunk.all(Turn) if t.quality is not Quality.CUTS]
    if not said or chunk.negated or (others and not about_cuts):
        return ()
    return (SetCuts(said[-1].every, target),)


@dataclass(frozen=True, slots=True)
class _Heard:
    """What a chunk said so far; `noun` is the last noun's degree: `more grain and noise`."""

    factor: float | None = None
    alone: Quality | None = None
    flips: bool = False
    negated: bool = False
    noun: float | None = None


def _adjusts(chunk: Chunk, target: Target) -> tuple[Wish, ...]:
    heard = _Heard(negated=False)
    found: list[Adjust] = []
    spent = False
    for i, token in enumerate(chunk.tokens):
        turn = next((m for m in token.meanings if isinstance(m, Turn)), None)
        if turn is None or (chunk.all(OfCuts) and turn.quality is Quality.CUTS):
            heard = _listened(heard, token, chunk)
            continue
        heard = replace(heard, factor=_joined_factor(heard.factor, chunk.tokens[i + 1 :], turn))
        if turn.noun:
            factor = heard.noun if heard.factor is None else heard.factor
            heard = replace(heard, factor=factor, noun=factor)
        amount = _amount(turn, heard)
        spent = spent or heard.factor is not None
        if amount:
            found.append(Adjust(turn.quality, amount, target))
        heard = replace(heard, factor=None, alone=None)
    return _alone(chunk, target, found, spent=spent)


def _listened(heard: _Heard, token: Token, chunk: Chunk) -> _Heard:
    for meaning in token.meanings:
        match meaning:
            case Degree(factor=factor, alone=alone):
                heard = replace(heard, factor=(heard.factor or 1.0) * factor, alone=alone)
            case Says(role=Role.TOO):
                heard = replace(heard, flips=not heard.flips)
            case Says(role=Role.NOT | Role.REMOVE) if Role.ENOUGH not in chunk.roles:
                heard = replace(heard, negated=True)
            case Says(role=Role.RAISE | Role.ADD) if heard.factor is None:
                heard = replace(heard, factor=1.0)
            case Says(role=Role.LOWER) if heard.factor is None or heard.factor > 0:
                heard = replace(heard, factor=-(heard.factor or 1.0))
            case _:
                pass
    return heard


def _joined_factor(before: float | None, after: tuple[Token, ...], turn: Turn) -> float | None:
    """Return the degree for a quality word: from before it, else from right after it."""
    following = []
    for token in after:
        factor = _factor(token)
        if factor is None:
            break
        following.append(factor)
    if not turn.noun:
        following = [abs(factor) for factor in following]
    factor = before
    for other in following:
        factor = (1.0 if factor is None else factor) * other
    return _directed(factor, after) if turn.noun else factor


def _directed(factor: float | None, after: tuple[Token, ...]) -> float | None:
    """Let `up` and `down` after a noun count: `turn the contrast down a bit`."""
    said = {m.role for t in after for m in t.meanings if isinstance(m, Says)}
    if Role.LOWER in said:
        return -abs(factor or 1.0)
    return factor if factor is not None or Role.RAISE not in said else 1.0


def _amount(turn: Turn, heard: _Heard) -> float:
    if heard.negated and heard.factor is None:
        return -turn.amount * (_FULLY if turn.noun or _can_vanish(turn) else 0.7)
    if turn.noun and heard.factor is None:
        return 0.0
    sign = -1.0 if heard.flips else 1.0
    return turn.amount * (1.0 if heard.factor is None else heard.factor) * sign


def _can_vanish(turn: Turn) -> bool:
    return turn.quality in {Quality.FLASHES, Quality.GRAIN, Quality.VIGNETTE}


def _alone(
    chunk: Chunk, target: Target, found: list[Adjust], *, spent: bool
) -> tuple[Wish, ...]:
    """Settle what only the whole chunk tells: `cuts` beside `faster`, `harder` on its own."""
    about = [turn.quality for turn in chunk.all(Turn) if turn.noun]
    nouns = [quality for quality in about if quality in _SPEEDS]
    if nouns and any(item.quality is Quality.SPEED for item in found):
        return tuple(
            replace(item, quality=nouns[0]) for item in found if item.quality is Quality.SPEED
        )
    if found or spent:
        return tuple(found)
    degrees = [degree for degree in chunk.all(Degree) if degree.alone is not None]
    if not degrees or about or chunk.all(OfScene):
        return ()
    return (Adjust(degrees[0].alone or Quality.REACTION, degrees[0].factor, target),)
