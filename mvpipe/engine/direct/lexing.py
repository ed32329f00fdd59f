"""From a prompt to its row of tokens: what is in quotes, in the tables, and left over."""

from __future__ import annotations

import re
from dataclasses import replace
from functools import lru_cache

from mvpipe.engine.direct import chinese, english
from mvpipe.engine.direct.colours import COLOURS
from mvpipe.engine.direct.fillers import CANNOT, FILLER, NEAREST
from mvpipe.engine.direct.moods import MOODS
from mvpipe.engine.direct.parts import find_parts
from mvpipe.engine.direct.times import find_times
from mvpipe.engine.direct.words import (
    Meaning,
    OfColour,
    OfLevel,
    OfMood,
    OfPalette,
    OfScene,
    Quote,
    Role,
    Says,
    Token,
    Turn,
    Unknown,
    finds,
    fold,
    is_han,
    settle,
)
from mvpipe.model.catalogue import Catalogue

_QUOTES = re.compile(
    r"“([^”]+)”|\"([^\"]+)\"|「([^」]+)」|『([^』]+)』|《([^》]+)》|«([^»]+)»|„([^“”]+)[“”]"
    r"|(?<![\w])[‘'](.+?)[’'](?!\w)"
)
_SAID = re.compile(
    r"(?:\b(?:title|text|caption|headline)s?\s*(?:to\s+|that\s+)?"
    r"(?:says|saying|reads|reading|called|named|:)\s*|\b(?:change|rename|set)\s+the\s+(?:title|text|caption|headline)\s+to\s+|(?:标题|文字|字样|歌名)\s*(?:为|是|:|：|写着?|叫|改成|改为|换成)\s*)"
    r"(?P<text>[^\s\"'“‘「『《].*?)(?=\s+(?:for|at|in|from|on|with|during|over|until|and|between)\b|[,.;，。；、!！\n]|$)",
    re.IGNORECASE,
)
_NAMED = re.compile(
    r"\b(?:[Tt]itle|[Tt]ext|[Cc]aption|[Hh]eadline)\s+(?P<text>[A-Z0-9][^\"“'‘,.;\n]*?)"
    r"(?=\s+(?:for|at|in|from|on|with|during|over|until|and|between)\b|[,.;\n]|$)"
)
_SOUND = "(?:music|song|audio|track|sound|bgm|volume)"
_SOUND_ZH = "(?:背景音乐|音乐|音量|声音|歌曲|配乐)"
_SOME = r"(?: is)?(?: a (?:bit|little)| slightly| much)? "
_SOME_ZH = "(?:再|调|放|更|变)?"
_BIT_ZH = "(?:一点|一些|些|点)?"
_QUIET = "(?:quieter|lower|softer|reduce the|turn down the|lower the|decrease the)"
_LOUD = "(?:louder|raise the|turn up the|increase the)"
_LEVELS = (
    (rf"(?:{_SOUND}|{_SOUND_ZH})[^,.;，。]{{0,16}}?(\d{{1,3}})\s?%", None),
    (r"(\d{1,3})\s?%\s+(?:music |audio |sound )?volume", None),
    (r"mute(?: the)?(?: music| audio| sound| song)?|静音", -1.0),
    (rf"{_SOUND}{_SOME}(?:quieter|softer|lower|down)", -0.25),
    (rf"{_QUIET} {_SOUND}(?: volume)?", -0.25),
    (rf"{_SOUND_ZH}{_SOME_ZH}(?:小|低|轻){_BIT_ZH}", -0.25),
    (rf"(?:降低|减小|调低|调小){_SOUND_ZH}(?:音量)?", -0.25),
    (rf"{_SOUND}{_SOME}(?:louder|higher|up)", 0.25),
    (rf"{_LOUD} {_SOUND}(?: volume)?", 0.25),
    (rf"{_SOUND_ZH}{_SOME_ZH}(?:大|高|响){_BIT_ZH}", 0.25),
    (rf"(?:提高|增大|调高|调大){_SOUND_ZH}(?:音量)?", 0.25),
)
_SEPARATORS = (
    (r"[,，]|\s[-–—]+\s|——", Role.COMMA),
    (r"、", Role.JOIN),
    (r"[.。;；!！?？](?!\d)|\n+", Role.STOP),
)
_LETTER = r"[^\W_\u3400-\u9fff]"
_WORD = re.compile(rf"[\u3400-\u9fff]+|{_LETTER}(?:(?:{_LETTER}|['&-])*{_LETTER})?")
_RATIO = re.compile(r"(?<![\d:])(?:4:5|5:4|4:3|3:4|21:9|2:3|3:2|2\.35:1|2\.39:1)(?![\d:])")


def lex(prompt: str, catalogue: Catalogue) -> tuple[Token, ...]:
    """Return the tokens of a prompt in order, without overlap; filler words get none."""
    quotes = _quoted(prompt)
    text = _without(fold(prompt), quotes)
    known = settle(
        (
            *find_times(text),
            *find_parts(text),
            *_levels(text),
            *_separators(text),
            *(Token(m.start(), m.end(), (Unknown(m.group()),)) for m in _RATIO.finditer(text)),
            *(
                Token(start, end, (meaning,))
                for phrase, meaning in lexicon(catalogue)
                if phrase in text
                for start, end in finds(phrase, text)
            ),
        )
    )
    tokens = sorted((*quotes, *known, *_left_over(text, known)), key=lambda token: token.start)
    return _joined(tuple(_without_doubt(token) for token in tokens), prompt)


@lru_cache(maxsize=8)
def lexicon(catalogue: Catalogue) -> tuple[tuple[str, Meaning], ...]:
    """Return every phrase there is a meaning for."""
    entries: list[tuple[str, Meaning]] = [*english.entries(), *chinese.entries()]
    for scene in catalogue.scenes:
        said = {scene.name, fold(scene.title), *map(fold, scene.words)}
        entries += [(word, OfScene(scene.name)) for word in said]
    for card in catalogue.palettes:
        words = {card.palette.name, *map(fold, card.words)}
        entries += [(word, OfPalette(card.palette)) for word in words]
    entries += [(word, OfMood(mood.name)) for mood in MOODS for word in mood.words]
    for name, (colour, han) in COLOURS.items():
        entries += [(word, OfColour(name, colour)) for word in (name, *han.split())]
    entries += [(word, Unknown(word)) for words in NEAREST for word in words.split("|")]
    entries += [(word, Unknown(word)) for word in CANNOT.split("|")]
    return tuple(sorted(entries, key=lambda entry: (entry[0], repr(entry[1]))))


def nearest_to(words: str) -> tuple[str, ...]:
    """Return the scenes that come nearest to words nothing here shows, best first."""
    for phrases, scenes in NEAREST.items():
        if any(finds(phrase, words) for phrase in phrases.split("|")):
            return tuple(scenes.split())
    return ()


def _quoted(prompt: str) -> tuple[Token, ...]:
    found = [
        Token(match.start(), match.end(), (Quote(next(filter(None, match.groups())).strip()),))
        for match in _QUOTES.finditer(prompt)
    ]
    for pattern in (_SAID, _NAMED):
        for match in pattern.finditer(prompt):
            start, end = match.span("text")
            if all(end <= other.start or start >= other.end for other in found):
                found.append(Token(start, end, (Quote(match["text"].strip()),)))
    return tuple(found)


def _without(text: str, quotes: tuple[Token, ...]) -> str:
    for quote in quotes:
        text = text[: quote.start] + "\x00" * (quote.end - quote.start) + text[quote.end :]
    return text


def _levels(text: str) -> tuple[Token, ...]:
    found = []
    for pattern, by in _LEVELS:
        for match in re.finditer(pattern, text):
            level = min(int(match.group(1)), 100) / 100 if by is None else None
            found.append(Token(match.start(), match.end(), (OfLevel(level, by or 0.0),)))
    return tuple(found)


def _separators(text: str) -> tuple[Token, ...]:
    return tuple(
        Token(match.start(), match.end(), (Says(role),))
        for pattern, role in _SEPARATORS
        for match in re.finditer(pattern, text)
    )


def _left_over(text: str, known: tuple[Token, ...]) -> tuple[Token, ...]:
    """Return the words no table knows and that are no filler."""
    taken = list(text)
    for token in known:
        taken[token.start : token.end] = "\x00" * (token.end - token.start)
    return tuple(
        Token(match.start(), match.end(), (Unknown(match.group()),))
        for match in _WORD.finditer("".join(taken))
        if _matters(match.group())
    )


def _matters(word: str) -> bool:
    if is_han(word[0]):
        return len(word) > 1
    if word.isdigit() or len(word) == 1 or word.endswith("ly"):
        return False
    return not any(stem in FILLER for stem in (word, word.removesuffix("'s"), word.rstrip("s")))


def _without_doubt(token: Token) -> Token:
    """Return a token whose meanings go together: known before unknown, quality before scene."""
    known = tuple(m for m in token.meanings if not isinstance(m, Unknown))
    if any(isinstance(m, Turn) for m in known):
        known = tuple(m for m in known if not isinstance(m, OfScene | OfPalette))
    if any(isinstance(m, OfScene | OfMood) for m in known):
        known = tuple(replace(m, sure=False) if isinstance(m, OfPalette) else m for m in known)
    return Token(token.start, token.end, known or token.meanings)


def _joined(tokens: tuple[Token, ...], prompt: str) -> tuple[Token, ...]:
    """Return the tokens with unknown neighbours made one: `dancing` `cat` is one wish."""
    joined: list[Token] = []
    for token in tokens:
        before = joined[-1] if joined else None
        if before and _adjoin(before, token, prompt):
            words = " ".join(prompt[before.start : token.end].lower().split())
            joined[-1] = Token(before.start, token.end, (Unknown(words),))
        else:
            joined.append(token)
    return tuple(joined)


def _adjoin(before: Token, after: Token, prompt: str) -> bool:
    unknown = isinstance(before.meanings[0], Unknown) and isinstance(after.meanings[0], Unknown)
    return unknown and not prompt[before.end : after.start].strip(" -'的")
