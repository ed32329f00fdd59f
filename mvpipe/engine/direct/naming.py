"""What scenes, parts, qualities and moods are called in a reply, in English and in Chinese."""

from __future__ import annotations

from mvpipe.engine.direct.moods import BY_NAME
from mvpipe.engine.direct.wishes import (
    CutEvery,
    Edge,
    Except,
    Head,
    Language,
    Length,
    Part,
    Portion,
    Quality,
    Range,
    Tail,
    Target,
    Unit,
    Whole,
)
from mvpipe.model.music import SectionKind

_TURNS: dict[Quality, tuple[str, str, str, str]] = {
    Quality.BRIGHTNESS: ("brighter", "darker", "更亮", "更暗"),
    Quality.CONTRAST: ("more contrast", "less contrast", "对比更强", "对比更弱"),
    Quality.SATURATION: ("more colourful", "less colourful", "更鲜艳", "更素淡"),
    Quality.GRAIN: ("more grain", "less grain", "颗粒更多", "颗粒更少"),
    Quality.VIGNETTE: ("more vignette", "less vignette", "暗角更重", "暗角更轻"),
    Quality.MOTION: ("more motion", "less motion", "运动更多", "运动更少"),
    Quality.REACTION: ("stronger reaction", "softer reaction", "反应更强", "反应更弱"),
    Quality.FLASHES: ("more flashing", "less flashing", "闪烁更多", "闪烁更少"),
    Quality.CUTS: ("faster cuts", "slower cuts", "剪辑更快", "剪辑更慢"),
    Quality.SPEED: ("faster", "slower", "更快", "更慢"),
    Quality.ENERGY: ("more energetic", "calmer", "更有活力", "更平静"),
    Quality.WARMTH: ("warmer", "colder", "更暖", "更冷"),
}
_EVERY: dict[CutEvery, tuple[str, str]] = {
    CutEvery.BEAT: ("a cut on every beat", "每拍一切"),
    CutEvery.HALF_BAR: ("a cut every half bar", "每半小节一切"),
    CutEvery.BAR: ("a cut every bar", "每小节一切"),
    CutEvery.TWO_BARS: ("a cut every two bars", "每两小节一切"),
    CutEvery.FOUR_BARS: ("a cut every four bars", "每四小节一切"),
}
_KINDS: dict[SectionKind, str] = {
    SectionKind.INTRO: "前奏",
    SectionKind.VERSE: "主歌",
    SectionKind.BUILD: "铺垫",
    SectionKind.DROP: "副歌",
    SectionKind.BREAK: "间奏",
    SectionKind.BRIDGE: "桥段",
    SectionKind.OUTRO: "尾奏",
}
_ORDINALS = {1: "first", 2: "second", 3: "third", 4: "fourth", 5: "fifth", -1: "last"}
_UNITS = {Unit.BEAT: (" beats", " 拍"), Unit.BAR: (" bars", " 小节")}


def turn_name(quality: Quality, *, up: bool, language: Language) -> str:
    """Return how a quality that went up or down is called."""
    more, less, more_zh, less_zh = _TURNS[quality]
    if language is Language.CHINESE:
        return more_zh if up else less_zh
    return more if up else less


def cuts_name(every: CutEvery, language: Language) -> str:
    """Return how a density of cuts is called."""
    return _EVERY[every][language is Language.CHINESE]


def mood_name(mood: str, language: Language) -> str:
    """Return how a mood is called."""
    return BY_NAME[mood].words[-1] if language is Language.CHINESE else mood


def target_name(target: Target, language: Language) -> str:
    """Return how a stretch of the song is called; the whole of it needs no name."""
    chinese = language is Language.CHINESE
    if isinstance(target, Whole):
        return ""
    if isinstance(target, Except):
        but = target_name(target.part, language)
        return f"除{but}外" if chinese else f"all but {but}"
    if isinstance(target, Part):
        return _chinese_part(target) if chinese else _english_part(target)
    return _chinese(target) if chinese else _english(target)


def _english_part(part: Part) -> str:
    kind = "section" if part.kind is None else str(part.kind)
    if part.ordinal is None:
        once = part.kind in {SectionKind.INTRO, SectionKind.OUTRO}
        return f"the {kind}" if once else f"every {kind}"
    return f"the {_ORDINALS.get(part.ordinal, f'number {part.ordinal}')} {kind}"


def _chinese_part(part: Part) -> str:
    kind = "段落" if part.kind is None else _KINDS[part.kind]
    if part.ordinal is None:
        return kind
    return f"最后一段{kind}" if part.ordinal == -1 else f"第{part.ordinal}段{kind}"


def _english(target: Range | Head | Tail | Portion | Edge) -> str:
    match target:
        case Range(start_ms=start, end_ms=end):
            until = "the end" if end is None else seconds(end)
            return f"{seconds(start)} to {until}"
        case Head(length=length):
            return f"the first {_length(length, Language.ENGLISH)}"
        case Tail(length=length):
            return f"the last {_length(length, Language.ENGLISH)}"
        case Portion(start=start, end=end):
            return f"{start}-{end} % of the song"
        case Edge(last=last):
            return "the ending" if last else "the opening"


def _chinese(target: Range | Head | Tail | Portion | Edge) -> str:
    match target:
        case Range(start_ms=start, end_ms=end):
            return f"{seconds(start)} 到 " + ("结尾" if end is None else seconds(end))
        case Head(length=length):
            return f"前 {_length(length, Language.CHINESE)}"
        case Tail(length=length):
            return f"最后 {_length(length, Language.CHINESE)}"
        case Portion(start=start, end=end):
            return f"全曲 {start}-{end}% 处"
        case Edge(last=last):
            return "结尾" if last else "开头"


def _length(length: Length, language: Language) -> str:
    chinese = language is Language.CHINESE
    if length.unit is Unit.MS:
        return f"{length.amount / 1000:g}{' 秒' if chinese else ' s'}"
    return f"{length.amount}{_UNITS[length.unit][chinese]}"


def seconds(at_ms: int) -> str:
    """Return a time as `1:05` or `0:03.5`."""
    whole, tenths = divmod(round(at_ms / 100), 10)
    return f"{whole // 60}:{whole % 60:02d}" + (f".{tenths}" if tenths else "")
