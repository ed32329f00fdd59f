"""Times and stretches of a song as people write them: `1:30`, three seconds, 最后5秒."""

from __future__ import annotations

import re
from collections.abc import Callable

from mvpipe.engine.direct.wishes import Edge, Head, Length, Portion, Range, Tail, Unit, When
from mvpipe.engine.direct.words import Meaning, Timing, Token, Where

_ENGLISH = """
one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen
seventeen eighteen nineteen
"""
_TENS = {"twenty": 20, "thirty": 30, "forty": 40, "fifty": 50, "sixty": 60}
NUMBERS: dict[str, int] = {word: n for n, word in enumerate(_ENGLISH.split(), 1)} | _TENS
_DIGITS = {"零": 0, "一": 1, "二": 2, "两": 2, "三": 3, "四": 4, "五": 5}
_DIGITS |= {"六": 6, "七": 7, "八": 8, "九": 9}

_SPELT = "|".join(sorted(NUMBERS, key=len, reverse=True))
_HAN = "[零一二两三四五六七八九十半]+"
_WORDS = rf"(?:{_SPELT})(?:[ -](?:{_SPELT}))?"
_AMOUNT = rf"(?:\d+(?:\.\d+)?|half an?|an?|{_WORDS}|{_HAN})"
_UNITS = (
    r"(?:milliseconds?|ms|seconds?|secs?|s|minutes?|mins?|m|beats?|bars?|measures?"
    r"|秒钟?|分钟|拍|个?小节)(?![a-z])"
)
_CLOCK = r"\d{1,2}:\d{2}(?::\d{2})?(?:\.\d+)?"
_MINUTES = (
    rf"{_AMOUNT}[\s-]*(?:minutes?|mins?|m|分钟?)\s*(?:and\s+)?(?=(?:\d+|{_HAN})\s*(?:s|秒))"
)
_LENGTH = rf"(?:(?<![\d:.a-z])(?:{_MINUTES})?{_AMOUNT}[\s-]*{_UNITS})"
TIME = rf"(?:{_CLOCK}|{_LENGTH}|\d+分半?)"
_BARE = rf"(?:{TIME}|\d+(?:\.\d+)?)"


def number_of(text: str) -> float:
    """Return the number that a numeral, an English or a Chinese number word stands for."""
    if re.fullmatch(r"\d+(?:\.\d+)?", text):
        return float(text)
    if text.startswith("half") or text == "半":
        return 0.5
    if text in {"a", "an"}:
        return 1.0
    if text[0] in _DIGITS or text[0] == "十":
        return _chinese_number(text)
    return float(sum(NUMBERS[part] for part in re.split(r"[ -]", text)))


def _chinese_number(text: str) -> float:
    half = 0.5 if text.endswith("半") and len(text) > 1 else 0.0
    tens, ten, ones = text.rstrip("半").partition("十")
    if not ten:
        return float("".join(str(_DIGITS[char]) for char in tens)) + half
    return (_DIGITS[tens] if tens else 1) * 10.0 + (_DIGITS[ones] if ones else 0) + half


def length_of(text: str) -> Length:
    """Return the length that a text matching `TIME`, or a bare number of seconds, means."""
    if re.fullmatch(_CLOCK, text):
        total = 0.0
        for part in text.split(":"):
            total = total * 60 + float(part)
        return Length(round(total * 1000))
    if re.fullmatch(r"\d+(?:\.\d+)?", text):
        return Length(round(float(text) * 1000))
    pieces = re.findall(
        rf"({_AMOUNT})[\s-]*(milliseconds?|ms|minutes?|mins?|m|分钟?|seconds?|secs?|s|秒钟?|beats?|拍|bars?|measures?|个?小节)",
        text,
    )
    lengths = [_one_length(number_of(amount), unit) for amount, unit in pieces]
    total_ms = sum(length.amount for length in lengths)
    if text.endswith("分半"):
        total_ms += 30_000
    return Length(total_ms, lengths[-1].unit)


def _one_length(amount: float, unit: str) -> Length:
    if unit == "ms" or unit.startswith("milli"):
        return Length(round(amount))
    if (unit.startswith("m") and not unit.startswith("measure")) or unit.startswith("分"):
        return Length(round(amount * 60_000))
    if unit.startswith("beat") or unit == "拍":
        return Length(round(amount), Unit.BEAT)
    if unit.startswith(("bar", "measure")) or unit.endswith("小节"):
        return Length(round(amount), Unit.BAR)
    return Length(round(amount * 1000))


def _ms(text: str) -> int:
    return length_of(text).amount


def _range(match: re.Match[str]) -> Meaning:
    first, second = match.group(1), match.group(2)
    start, end = _ms(first), _ms(second)
    return Where(Range(min(start, end), max(start, end)))


def _head(match: re.Match[str]) -> Meaning:
    return Where(Head(length_of(match.group(1))))


def _tail(match: re.Match[str]) -> Meaning:
    return Where(Tail(length_of(match.group(1))))


def _after(match: re.Match[str]) -> Meaning:
    return Where(Range(_ms(match.group(1)), None))


def _before(match: re.Match[str]) -> Meaning:
    return Where(Range(0, _ms(match.group(1))))


def _moment(match: re.Match[str]) -> Meaning:
    return Timing(When(at_ms=_ms(match.group(1))))


def _lasting(match: re.Match[str]) -> Meaning:
    return Timing(When(length=length_of(match.group(1))))


def _share(start: int, end: int) -> Callable[[re.Match[str]], Meaning]:
    return lambda _: Where(Portion(start, end))


def _edge(*, last: bool) -> Callable[[re.Match[str]], Meaning]:
    return lambda _: Where(Edge(last))


_T, _B = f"({TIME})", f"({_BARE})"
_THE = r"(?:the |its )?"
_OF_SONG = "(?: of (?:the|my) (?:song|video|track))?"
PATTERNS: tuple[tuple[re.Pattern[str], Callable[[re.Match[str]], Meaning]], ...] = tuple(
    (re.compile(pattern), build)
    for pattern, build in (
        (
            (
                rf"(?:from|between|starting (?:at|from))\s+{_B}"
                rf"\s*(?:to|until|till|and|through|-|–|—)\s*{_T}"
            ),
            _range,
        ),
        (
            rf"(?:从|在|自)?\s*(?:第)?\s*{_B}\s*(?:到|至|-|–|—|~)\s*(?:第)?\s*{_T}(?:之间)?",
            _range,
        ),
        (rf"(?<![\d:]){_B}\s*(?:to|-|–|—)\s*{_T}", _range),
        (rf"(?:for |during |in |over )?{_THE}(?:first|opening|initial)\s+{_T}", _head),
        (rf"(?:for |during |in |over )?{_THE}(?:last|final|closing)\s+{_T}", _tail),
        (rf"(?:在)?(?:最?前面?|开头的?|最?开始的?|头)\s*{_T}", _head),
        (rf"(?:在)?(?:最后的?|结尾的?|末尾的?|最末)\s*{_T}", _tail),
        (
            rf"(?:after|from|since|starting at|starting from)\s+{_T}(?:\s+(?:on|onwards?))?",
            _after,
        ),
        (rf"(?:until|till|before|up to)\s+{_T}", _before),
        (rf"(?:从)?(?:第)?{_T}(?:之后|以后|开始|起)", _after),
        (rf"(?:第)?{_T}(?:之前|以前)", _before),
        (rf"(?:at|@|appearing at)\s+{_T}", _moment),
        (rf"(?:在)?第{_T}(?:处|时)?", _moment),
        (rf"(?:在){_T}(?:处|时|的时候)", _moment),
        (rf"(?:for|lasting|持续|显示|停留|shows? for|during)\s*{_T}", _lasting),
        (_T, _lasting),
        (rf"(?:in |for |during |over )?{_THE}first half", _share(0, 50)),
        (rf"(?:in |for |during |over )?{_THE}(?:second|last|other) half", _share(50, 100)),
        (rf"(?:in |for |during )?{_THE}first third", _share(0, 33)),
        (rf"(?:in |for |during )?{_THE}(?:last|final) third", _share(67, 100)),
        (
            rf"(?:in )?the middle(?! of the (?:screen|frame)){_OF_SONG}(?= |$)",
            _share(33, 67),
        ),
        (r"前半(?:段|部分|首)?|上半(?:段|部分|首)", _share(0, 50)),
        (r"后半(?:段|部分|首)?|下半(?:段|部分|首)", _share(50, 100)),
        (
            rf"(?:at|in|from|near) the (?:very )?(?:start|beginning){_OF_SONG}",
            _edge(last=False),
        ),
        (r"the (?:start|beginning)(?: of the (?:song|video|track))?", _edge(last=False)),
        (
            rf"(?:at|in|near|towards?) the (?:very )?end{_OF_SONG}",
            _edge(last=True),
        ),
        (r"the (?:very )?end(?: of the (?:song|video|track))?(?![a-z])", _edge(last=True)),
        (r"(?:在)?(?:视频|歌曲|影片)?(?:一?开始|最前面)(?:的?时候|处)?", _edge(last=False)),
        (
            (
                r"(?:在)?(?:视频|歌曲|影片)?(?:最后|末尾)"
                r"(?![一二两三四五六七八九十\d段个次])(?:的?时候|处)?"
            ),
            _edge(last=True),
        ),
    )
)


def find_times(text: str) -> tuple[Token, ...]:
    """Return every time and stretch in a folded text; they may overlap."""
    return tuple(
        Token(match.start(), match.end(), (build(match),))
        for pattern, build in PATTERNS
        for match in pattern.finditer(text)
    )
