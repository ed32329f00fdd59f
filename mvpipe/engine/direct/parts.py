"""Parts of a song as people name them: the intro, the second drop, 第二段副歌."""

from __future__ import annotations

import re

from mvpipe.engine.direct.times import number_of
from mvpipe.engine.direct.wishes import WHOLE, Edge, Part
from mvpipe.engine.direct.words import Token, Where
from mvpipe.model.music import SectionKind

_ENGLISH: dict[str, SectionKind | None] = {
    "intro|introduction|opening section|opening part|opening": SectionKind.INTRO,
    "verse": SectionKind.VERSE,
    "build-up|build up|buildup|build|riser|pre-chorus|prechorus|pre-drop": SectionKind.BUILD,
    "drop|choruses|chorus|refrain|hook|climax": SectionKind.DROP,
    "breakdown|break-down|break down|break|interlude|instrumental break": SectionKind.BREAK,
    "bridge|middle eight|middle 8": SectionKind.BRIDGE,
    "outro|ending|coda": SectionKind.OUTRO,
    "section|part": None,
}
_CHINESE: dict[str, SectionKind | None] = {
    "前奏|引子|开场|序曲|开头部分|开头|片头|intro": SectionKind.INTRO,
    "主歌|verse": SectionKind.VERSE,
    "预副歌|铺垫|推进段?|渐强段?|导歌|蓄力段?|build": SectionKind.BUILD,
    "副歌|高潮|drop|chorus": SectionKind.DROP,
    "间奏|间歇|过门|break": SectionKind.BREAK,
    "桥段|过渡段|bridge": SectionKind.BRIDGE,
    "尾奏|结尾部分|结尾|尾声|片尾|终章|outro": SectionKind.OUTRO,
}
_ORDINALS = {"first": 1, "second": 2, "third": 3, "fourth": 4, "fifth": 5, "sixth": 6}
_ORDINALS |= {"final": -1, "last": -1}
_ORDINALS |= dict.fromkeys(("second to last", "second-to-last", "penultimate"), -2)
_COUNTS = {"one": 1, "two": 2, "three": 3, "four": 4, "five": 5}

_KINDS = "|".join(sorted("|".join(_ENGLISH).split("|"), key=len, reverse=True))
_ORDINAL = "|".join(sorted(_ORDINALS, key=len, reverse=True)) + r"|\d+(?:st|nd|rd|th)"
_IN = "(?:in |during |for |at |over |through |throughout |on |of )?"
_ALL = "every|each|all(?: of)?(?: the)?|both(?: of)?(?: the)?"
_COUNT = r"(?:\s+(?:number\s+|no\.?\s*|#)?(?P<count>\d|one|two|three|four|five))?(?![a-z])"
ENGLISH = re.compile(
    rf"(?<![a-z]){_IN}(?:the |a |an |its |my )?"
    rf"(?:(?P<ordinal>{_ORDINAL})\s+|(?P<all>{_ALL})\s+)?"
    rf"(?P<kind>{_KINDS})s?{_COUNT}(?!\s+(?:me|a|an)\s)(?:\s+(?:section|part)s?)?"
)
_HAN = "|".join(sorted("|".join(_CHINESE).split("|"), key=len, reverse=True))
_HAN_NUMBER = r"[一二两三四五六七八九十\d]+"
CHINESE = re.compile(
    rf"在?(?:第(?P<ordinal>{_HAN_NUMBER})(?:段|个|次|节|遍)?的?|(?P<last>最后)(?:一)?(?:段|个|次|遍)?的?"
    rf"|所有的?|每个|每段|每次|全部的?)?(?P<kind>{_HAN})(?P<count>{_HAN_NUMBER})?(?:部分|段落|段)?(?:的时候|时|里面?|中)?"
)
_ANY_HAN = re.compile(
    rf"在?(?:第(?P<ordinal>{_HAN_NUMBER})|(?P<last>最后一?))(?:段|部分|个段落|节)(?!{_HAN})"
)
_REMAINDER = re.compile(
    r"(?:for |over |across |throughout |in |during )?(?:the )?(?:whole|entire|full|complete) "
    r"(?:song|video|track|clip|thing|edit|film)|everywhere|throughout|from start to finish|"
    r"all the way(?: through)?|整个视频|整首歌?|全片|全程|全曲|整体|从头到尾|整支视频"
)


def find_parts(text: str) -> tuple[Token, ...]:
    """Return every part of the song named in a folded text; they may overlap."""
    found = [_english(match) for match in ENGLISH.finditer(text)]
    found += [_chinese(match) for match in CHINESE.finditer(text)]
    found += [_any_chinese(match) for match in _ANY_HAN.finditer(text)]
    whole = [
        Token(match.start(), match.end(), (Where(WHOLE),))
        for match in _REMAINDER.finditer(text)
    ]
    return (*(token for token in found if token is not None), *whole)


def _english(match: re.Match[str]) -> Token | None:
    kind = _look_up(_ENGLISH, match["kind"])
    ordinal = _ordinal(match)
    if kind is None and ordinal is None:
        return None
    if kind is SectionKind.INTRO and ordinal == -1:
        return Token(match.start(), match.end(), (Where(Edge(last=False)),))
    return Token(match.start(), match.end(), (Where(Part(kind, ordinal)),))


def _ordinal(match: re.Match[str]) -> int | None:
    if count := match["count"]:
        return _COUNTS.get(count) or int(count)
    said = match["ordinal"]
    if said is None:
        return None
    return _ORDINALS.get(said) or int(re.sub(r"\D", "", said))


def _chinese(match: re.Match[str]) -> Token:
    said = match["ordinal"] or match["count"]
    ordinal = round(number_of(said)) if said else (-1 if match["last"] else None)
    kind = _look_up(_CHINESE, match["kind"])
    return Token(match.start(), match.end(), (Where(Part(kind, ordinal)),))


def _any_chinese(match: re.Match[str]) -> Token:
    ordinal = round(number_of(match["ordinal"])) if match["ordinal"] else -1
    return Token(match.start(), match.end(), (Where(Part(None, ordinal)),))


def _look_up(table: dict[str, SectionKind | None], word: str) -> SectionKind | None:
    return next(kind for words, kind in table.items() if re.fullmatch(words, word))
