"""A prompt's tokens in chunks, each about one thing, with the stretch of the song it means."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from types import UnionType
from typing import TypeVar

from mvpipe.engine.direct.wishes import Except, Target, Whole
from mvpipe.engine.direct.words import (
    Meaning,
    OfAspect,
    OfColour,
    OfCuts,
    OfLevel,
    OfMood,
    OfPalette,
    OfPosition,
    OfScale,
    OfScene,
    Quote,
    Role,
    Says,
    Timing,
    Token,
    Turn,
    Unknown,
    Where,
)

Kind = TypeVar("Kind")
Kinds = type[object] | UnionType

_STYLES = {Role.FILLER, Role.IT, Role.ADD, Role.VIDEO, Role.CHANGE, Role.COLOURS}
_SPLITS = {Role.JOIN, Role.WITH, Role.COMMA, Role.STOP}
_ACTS = OfScene | OfMood | OfPalette | OfColour | OfCuts | OfAspect | OfLevel | Turn | Unknown
_LOOKS = Where | Timing | OfColour | OfPosition | OfScale
_SHOWS = OfScene | OfMood | OfPalette | OfAspect | OfCuts | OfLevel


@dataclass(frozen=True, slots=True)
class Chunk:
    """Tokens between two separators; `joined` is the separator before it.

    `targets` are the stretches of the song that it, or the chunk it leans on, names.
    """

    tokens: tuple[Token, ...]
    joined: Role
    targets: tuple[Target, ...] = ()

    @property
    def roles(self) -> frozenset[Role]:
        """Every role played in the chunk."""
        return frozenset(says.role for says in self.all(Says))

    @property
    def negated(self) -> bool:
        """Whether the chunk says no to what it names."""
        return bool(self.roles & {Role.NOT, Role.REMOVE}) and Role.ENOUGH not in self.roles

    @property
    def unknown(self) -> tuple[str, ...]:
        """What is named here that nothing here can show, unless it is not wanted."""
        unknown = tuple(item.words for item in self.all(Unknown))
        return () if self.negated else unknown

    def all(self, kind: type[Kind]) -> tuple[Kind, ...]:
        """Return the meanings of one kind, in order."""
        return tuple(m for token in self.tokens for m in token.meanings if isinstance(m, kind))


def chunks_of(tokens: tuple[Token, ...]) -> tuple[Chunk, ...]:
    """Return the chunks of a prompt, each with the targets that are meant for it."""
    return _with_targets(_titles_whole(_split(tokens)))


def is_title(chunk: Chunk, *, generates: bool) -> bool:
    """Say whether a chunk is about a title."""
    if Role.TITLE in chunk.roles:
        return True
    if not chunk.all(Quote):
        return False
    shows = bool(chunk.roles & {Role.ADD, Role.REMOVE, Role.REPLACE, Role.CHANGE})
    return shows or not (
        (generates and Role.GENERATE in chunk.roles) or Role.VIDEO in chunk.roles
    )


def _split(tokens: tuple[Token, ...]) -> tuple[Chunk, ...]:
    chunks: list[Chunk] = []
    joined, held = Role.STOP, []  # type: Role, list[Token]
    for token, after in zip(tokens, (*tokens[1:], None), strict=False):
        role = next((m.role for m in token.meanings if isinstance(m, Says)), None)
        if role not in _SPLITS or _belongs(role, held, after):
            held.append(token)
            continue
        if held:
            chunks.append(Chunk(tuple(held), joined))
            joined = role
        else:
            joined = _stronger(joined, role)
        held = []
    return (*chunks, Chunk(tuple(held), joined)) if held else tuple(chunks)


def _belongs(role: Role, held: list[Token], after: Token | None) -> bool:
    """Say whether a separator parts nothing.

    `blue and orange` make one palette, `grain and vignette` share their `more`, and `replace A
    with B` is one wish.
    """
    if not held or after is None:
        return False
    if role is Role.WITH:
        return any(Says(Role.REPLACE) in t.meanings for t in held) and not _is(held[-1], Quote)
    colours = _is(held[-1], OfColour) and _is(after, OfColour)
    return role is Role.JOIN and (colours or (_noun(held[-1]) and _noun(after)))


def _noun(token: Token) -> bool:
    return any(isinstance(m, Turn) and m.noun for m in token.meanings)


def _stronger(one: Role, other: Role) -> Role:
    return one if Role.STOP is one else other


def _titles_whole(chunks: tuple[Chunk, ...]) -> tuple[Chunk, ...]:
    """Join to a title chunk what only says how or when the title shows."""
    joined: list[Chunk] = []
    for chunk in chunks:
        before = joined[-1] if joined else None
        if before and _extends_title(before, chunk):
            joined[-1] = Chunk((*before.tokens, *chunk.tokens), before.joined)
        else:
            joined.append(chunk)
    return tuple(joined)


def _extends_title(before: Chunk, chunk: Chunk) -> bool:
    if Role.TITLE not in before.roles and not before.all(Quote):
        return False
    if chunk.joined is Role.STOP or _shows_more(chunk):
        return False
    if chunk.all(Quote):
        return chunk.joined is Role.WITH and len(before.all(Quote)) == 1
    if Role.COLOURS in chunk.roles and before.negated:
        return False
    turns = [t for t in chunk.tokens if _is(t, Turn) and not _is(t, _LOOKS)]
    turns = [t for t in turns if Says(Role.COLOURS) not in t.meanings]
    verbs = chunk.roles - _STYLES
    return bool(any(_kinds(chunk, _LOOKS)) and not turns and not verbs)


def _shows_more(chunk: Chunk) -> bool:
    """Say whether a chunk asks for more to see than a title's colour."""
    others = (t for t in chunk.tokens if not _is(t, OfColour))
    return any(_is(token, _SHOWS | Unknown) for token in others)


def _kinds(chunk: Chunk, kinds: Kinds) -> Iterable[Meaning]:
    return (m for t in chunk.tokens for m in t.meanings if isinstance(m, kinds))


def _is(token: Token, kinds: Kinds) -> bool:
    return any(isinstance(m, kinds) for m in token.meanings)


def _with_targets(chunks: tuple[Chunk, ...]) -> tuple[Chunk, ...]:
    """Give every chunk its targets: its own, or those of the chunk it leans on."""
    kept: list[Chunk] = []
    waiting: tuple[Target, ...] = ()
    for chunk in chunks:
        own = _own(chunk)
        if own and not _acts(chunk):
            if kept and chunk.joined is not Role.STOP and _can_take(kept[-1], chunk):
                kept[-1] = replace(kept[-1], targets=(*kept[-1].targets, *own))
            else:
                waiting = (*waiting, *own)
            continue
        targets = (*waiting, *own) or _inherited(kept, chunk)
        kept.append(replace(chunk, targets=targets))
        waiting = ()
    return _spread_back(tuple(kept))


def _own(chunk: Chunk) -> tuple[Target, ...]:
    """Return the stretches a chunk names; after `except`, the rest of the song."""
    named = tuple(where.target for where in chunk.all(Where))
    if Role.EXCEPT not in chunk.roles:
        return named
    return tuple(Except(part) for part in named if not isinstance(part, Whole | Except))


def _acts(chunk: Chunk) -> bool:
    return any(_kinds(chunk, _ACTS)) or Role.TITLE in chunk.roles or bool(chunk.all(Quote))


def _can_take(before: Chunk, chunk: Chunk) -> bool:
    """Say whether a bare target belongs to the chunk before: `... in the intro and outro`."""
    if chunk.joined in {Role.JOIN, Role.WITH}:
        return bool(before.targets) and not leads_with_target(before)
    return not before.targets and Role.GENERATE not in before.roles


def leads_with_target(chunk: Chunk) -> bool:
    """Say whether a chunk names its stretch before it says what to do there."""
    where = [token.start for token in chunk.tokens if _is(token, Where)]
    acts = [token.start for token in chunk.tokens if _is(token, _ACTS)]
    return bool(where and acts) and where[0] < acts[0]


def _inherited(kept: list[Chunk], chunk: Chunk) -> tuple[Target, ...]:
    if not kept or chunk.joined is Role.STOP or not kept[-1].targets:
        return ()
    if any(_kinds(chunk, OfAspect | Quote)) or {Role.TITLE, Role.GENERATE} & chunk.roles:
        return ()
    before = kept[-1]
    if Role.TITLE in before.roles or before.all(Quote):
        return ()
    leans = leads_with_target(before) or not before.all(Where) or Role.IT in chunk.roles
    return before.targets if leans and not chunk.all(Unknown) else ()


def _spread_back(chunks: tuple[Chunk, ...]) -> tuple[Chunk, ...]:
    """Let `darker and slower in the intro` mean the intro for both."""
    spread = list(chunks)
    for i in range(len(spread) - 1, 0, -1):
        before, after = spread[i - 1], spread[i]
        if _shares(before, after):
            spread[i - 1] = replace(before, targets=after.targets)
    return tuple(spread)


def _shares(before: Chunk, after: Chunk) -> bool:
    bare = set(after.roles) <= {Role.FILLER, Role.VIDEO}
    first = bool(before.all(Turn)) and bool(after.all(Turn)) and not before.targets
    made = Role.GENERATE in before.roles
    return (
        first
        and bare
        and after.joined is Role.JOIN
        and bool(after.targets)
        and not made
        and (not leads_with_target(after))
    )
