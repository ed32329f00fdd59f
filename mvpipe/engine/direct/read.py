"""Prompts in, wishes out: English or Chinese, several to a prompt, none dropped silently."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace

from mvpipe.engine.direct.chunks import Chunk, chunks_of, is_title
from mvpipe.engine.direct.lexing import lex, nearest_to
from mvpipe.engine.direct.phrases import wishes_of
from mvpipe.engine.direct.titling import title_wish
from mvpipe.engine.direct.wishes import (
    WHOLE,
    Adjust,
    Feel,
    Generate,
    Language,
    Reading,
    SetCuts,
    Share,
    Unit,
    UsePalette,
    UseScenes,
    Wish,
)
from mvpipe.engine.direct.words import (
    Degree,
    Role,
    Says,
    Timing,
    Token,
    Turn,
    Unknown,
    fold,
    has_han,
)
from mvpipe.model.catalogue import Catalogue

_VIDEO = (
    r"(?:video|clip|mv|visual|visuals|film|movie|visuali[sz]er|visuali[sz]ation|animation|reel|short|"
    r"edit|teaser)s?"
)
_MAKES = re.compile(
    r"\b(?:make|do|give|want|need|'d like|would like|get|have|produce|build|render)\b"
    r"(?! (?:it|this|that|the)\b)(?:\s+me|\s+us)?\s+"
    rf"(?:(?:a|an|some|another|new|my|one|two|the new)\b[^.;\n]*?\b)?{_VIDEO}\b"
)


@dataclass(frozen=True, slots=True)
class Context:
    """What a reader knows beside the prompt: `started` says that there is a video already."""

    catalogue: Catalogue
    pictures: bool = False
    started: bool = False


def read(prompt: str, context: Context) -> Reading:
    """Return what a prompt asks for; no wishes mean that nothing was understood."""
    text = fold(prompt)
    tokens = lex(prompt, context.catalogue)
    chunks = chunks_of(tokens)
    generates = _generates(text, tokens)
    makes = generates or not context.started
    readings = [
        _read_chunk(chunk, context, generates=generates, makes=makes) for chunk in chunks
    ]
    wishes = [wish for said, _ in readings for wish in said]
    if generates or (not context.started and _describes(wishes, tokens)):
        wishes = [*_generation(wishes), *filter(_outlives, wishes)]
    language = Language.CHINESE if has_han(_outside(prompt, tokens)) else Language.ENGLISH
    unmet = dict(pair for _, pairs in readings for pair in pairs)
    return Reading(tuple(wishes), tuple(unmet.items()), language)


_Unmet = tuple[tuple[str, str | None], ...]


def _read_chunk(
    chunk: Chunk, context: Context, *, generates: bool, makes: bool
) -> tuple[tuple[Wish, ...], _Unmet]:
    """Return a chunk's wishes and what it asks for in vain, each with what stands in for it."""
    if is_title(chunk, generates=generates):
        return title_wish(chunk), tuple((words, None) for words in chunk.unknown)
    wishes = wishes_of(chunk)
    if any(isinstance(wish, UseScenes) for wish in wishes):
        return wishes, tuple((words, None) for words in chunk.unknown)
    unknown = (*chunk.unknown, *_lengths(chunk))
    unmet = tuple((words, _stand_in(words, context)) for words in unknown)
    if not makes and not chunk.targets and Role.ADD not in chunk.roles:
        return wishes, tuple((words, None) for words, _ in unmet)
    scenes = tuple(dict.fromkeys(scene for _, scene in unmet if scene is not None))
    if not scenes:
        return wishes, unmet
    targets = (WHOLE,) if Role.GENERATE in chunk.roles else chunk.targets or (WHOLE,)
    return (*wishes, *(UseScenes(scenes, target=target) for target in targets)), unmet


def _lengths(chunk: Chunk) -> tuple[str, ...]:
    """Return lengths asked of the video, which is as long as its song."""
    timings = (t.meanings[0] for t in chunk.tokens if len(t.meanings) == 1)
    lengths = (timing.when.length for timing in timings if isinstance(timing, Timing))
    return tuple(
        f"length of {length.amount / 1000:g} s"
        for length in lengths
        if length is not None and length.unit is Unit.MS
    )


def _stand_in(words: str, context: Context) -> str | None:
    """Return the scene that comes nearest to what nothing here can show."""
    cards = context.catalogue.scenes
    names = {card.name for card in cards if context.pictures or not card.needs_media}
    return next((name for name in nearest_to(words) if name in names), None)


def _generates(text: str, tokens: tuple[Token, ...]) -> bool:
    """Say whether a prompt asks for a video outright."""
    roles = {m.role for t in tokens for m in t.meanings if hasattr(m, "role")}
    if Role.AFRESH in roles:
        return True
    if Role.GENERATE in roles:
        return Role.TITLE not in roles or Role.VIDEO in roles or len(tokens) > 4
    return bool(_MAKES.search(text))


def _describes(wishes: list[Wish], tokens: tuple[Token, ...]) -> bool:
    """Say whether a prompt without a verb describes a video rather than a change to one."""
    meanings = [m for token in tokens for m in token.meanings]
    if _commands(tokens):
        return False
    if any(isinstance(wish, UseScenes | UsePalette | Feel) for wish in wishes):
        return True
    if any(isinstance(m, Degree) or (isinstance(m, Turn) and m.comparative) for m in meanings):
        return False
    if any(isinstance(wish, Adjust | SetCuts) and wish.target == WHOLE for wish in wishes):
        return True
    return not wishes and any(isinstance(m, Unknown) or m == Says(Role.VIDEO) for m in meanings)


def _commands(tokens: tuple[Token, ...]) -> bool:
    verbs = {Role.REMOVE, Role.CHANGE, Role.RAISE, Role.LOWER, Role.REPLACE}
    return any(getattr(m, "role", None) in verbs for t in tokens for m in t.meanings)


def _generation(wishes: Iterable[Wish]) -> tuple[Wish, ...]:
    """Return one Generate holding every wish about the whole of the video."""
    made = Generate()
    for wish in wishes:
        made = _folded_in(made, wish)
    return (made,)


def _folded_in(made: Generate, wish: Wish) -> Generate:
    if getattr(wish, "target", WHOLE) != WHOLE:
        return made
    if isinstance(wish, UseScenes):
        return _with_scenes(made, wish)
    match wish:
        case UsePalette(palette=palette):
            made = replace(made, palette=made.palette or palette)
        case Feel(mood=mood):
            made = replace(made, moods=_union(made.moods, (mood,)))
        case Adjust():
            made = replace(made, adjusts=(*made.adjusts, wish))
        case SetCuts(every=every):
            made = replace(made, every=every)
        case _:
            pass
    return made


def _with_scenes(made: Generate, wish: UseScenes) -> Generate:
    if wish.share in {Share.NONE, Share.LESS}:
        return replace(made, avoided=_union(made.avoided, wish.scenes))
    scenes = _union(made.scenes, wish.scenes)
    return replace(made, scenes=scenes, exclusive=made.exclusive or wish.exclusive)


def _outlives(wish: Wish) -> bool:
    """Say whether a wish is carried out after generating, not by it."""
    if isinstance(wish, UseScenes | UsePalette | Feel | Adjust | SetCuts):
        return wish.target != WHOLE
    return True


def _union(one: tuple[str, ...], other: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys((*one, *other)))


def _outside(prompt: str, tokens: tuple[Token, ...]) -> str:
    """Return the prompt without what is quoted: a title may be in another language."""
    for token in tokens:
        if any(hasattr(m, "text") for m in token.meanings):
            prompt = (
                prompt[: token.start] + " " * (token.end - token.start) + prompt[token.end :]
            )
    return prompt
