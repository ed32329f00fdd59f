"""A prompt as a row of tokens: every stretch of text with what it can mean."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from enum import StrEnum

from mvpipe.engine.direct.wishes import CutEvery, Quality, Target, When
from mvpipe.model.media import Aspect
from mvpipe.model.timeline import Palette, TitlePosition


class Role(StrEnum):
    """What a word does in a sentence, where it names nothing to see."""

    GENERATE = "generate"
    AFRESH = "afresh"
    ADD = "add"
    REMOVE = "remove"
    CHANGE = "change"
    RAISE = "raise"
    LOWER = "lower"
    NOT = "not"
    TOO = "too"
    REPLACE = "replace"
    INSTEAD = "instead"
    WITH = "with"
    ENOUGH = "enough"
    ONLY = "only"
    IT = "it"
    EXCEPT = "except"
    VIDEO = "video"
    COLOURS = "colours"
    TITLE = "title"
    FILLER = "filler"
    JOIN = "join"
    COMMA = "comma"
    STOP = "stop"


@dataclass(frozen=True, slots=True)
class Says:
    """A word that plays a role."""

    role: Role


@dataclass(frozen=True, slots=True)
class Degree:
    """More, less, very, slightly: `factor` multiplies; `alone` is turned where no noun is."""

    factor: float
    alone: Quality | None = None


@dataclass(frozen=True, slots=True)
class Turn:
    """A quality word. A `noun` counts only beside a degree; a `comparative` is an edit."""

    quality: Quality
    amount: float
    noun: bool = False
    comparative: bool = False


@dataclass(frozen=True, slots=True)
class OfScene:
    """Asks for a scene."""

    scene: str


@dataclass(frozen=True, slots=True)
class OfPalette:
    """Asks for a palette of the catalogue.

    It is not `sure` where the same word names a scene or a mood: only `aurora colours` means
    the palette.
    """

    palette: Palette
    sure: bool = True


@dataclass(frozen=True, slots=True)
class OfColour:
    """Names a colour."""

    name: str
    colour: str


@dataclass(frozen=True, slots=True)
class OfMood:
    """Names a mood or a genre."""

    mood: str


@dataclass(frozen=True, slots=True)
class Quote:
    """Words between quotation marks, spelt as the user spelt them."""

    text: str


@dataclass(frozen=True, slots=True)
class Where:
    """A stretch of the song."""

    target: Target


@dataclass(frozen=True, slots=True)
class Timing:
    """A moment or a length that only a title can have."""

    when: When


@dataclass(frozen=True, slots=True)
class OfAspect:
    """A shape of frame."""

    aspect: Aspect


@dataclass(frozen=True, slots=True)
class OfCuts:
    """A density of cuts."""

    every: CutEvery


@dataclass(frozen=True, slots=True)
class OfPosition:
    """Where a title stands."""

    position: TitlePosition


@dataclass(frozen=True, slots=True)
class OfScale:
    """How big a title is."""

    scale: float


@dataclass(frozen=True, slots=True)
class OfLevel:
    """How loud the song is, from 0 to 1, or so much louder."""

    level: float | None
    by: float = 0.0


@dataclass(frozen=True, slots=True)
class Unknown:
    """Words that ask for something nothing here can show."""

    words: str


Meaning = (
    Says
    | Degree
    | Turn
    | OfScene
    | OfPalette
    | OfColour
    | OfMood
    | Quote
    | Where
    | Timing
    | OfAspect
    | OfCuts
    | OfPosition
    | OfScale
    | OfLevel
    | Unknown
)


@dataclass(frozen=True, slots=True)
class Token:
    """A stretch of the prompt and all that it can mean."""

    start: int
    end: int
    meanings: tuple[Meaning, ...]


def fold(text: str) -> str:
    """Return the text in lower case and half width, as long as it was."""
    return "".join(_fold_one(char) for char in text)


def _fold_one(char: str) -> str:
    if char in "‘’":
        return "'"
    for form in (unicodedata.normalize("NFKC", char).lower(), char.lower()):
        if len(form) == 1:
            return form
    return char


def is_han(char: str) -> bool:
    """Say whether a character is a Chinese one."""
    return "\u3400" <= char <= "\u9fff"


def has_han(text: str) -> bool:
    """Say whether a text holds a Chinese character."""
    return any(is_han(char) for char in text)


def finds(phrase: str, text: str) -> tuple[tuple[int, int], ...]:
    """Return where a phrase stands in a folded text.

    An English phrase matches whole words and their plural; a Chinese one matches anywhere.
    """
    found = []
    start = text.find(phrase)
    while start >= 0:
        end = start + len(phrase)
        if is_han(phrase[0]) or not phrase[0].isalnum():
            found.append((start, end))
        elif whole := _whole_word(text, start=start, end=end):
            found.append(whole)
        start = text.find(phrase, start + 1)
    return tuple(found)


def _whole_word(text: str, *, start: int, end: int) -> tuple[int, int] | None:
    if start and _in_word(text[start - 1]):
        return None
    plural = re.match(r"(?:'s|es|s)?(?![a-z0-9])", text[end:])
    return None if plural is None else (start, end + plural.end())


def _in_word(char: str) -> bool:
    return char.isascii() and char.isalnum()


def settle(tokens: tuple[Token, ...]) -> tuple[Token, ...]:
    """Return tokens that do not overlap, longest first; equal stretches join their meanings."""
    merged: dict[tuple[int, int], tuple[Meaning, ...]] = {}
    for token in tokens:
        merged[token.start, token.end] = (
            *merged.get((token.start, token.end), ()),
            *token.meanings,
        )
    kept: list[Token] = []
    for (start, end), meanings in sorted(merged.items(), key=_longest_first):
        if all(end <= other.start or start >= other.end for other in kept):
            kept.append(Token(start, end, tuple(dict.fromkeys(meanings))))
    return tuple(sorted(kept, key=lambda token: token.start))


def _longest_first(item: tuple[tuple[int, int], object]) -> tuple[int, int]:
    (start, end), _ = item
    return start - end, start
