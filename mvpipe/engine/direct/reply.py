"""Facts in, a short reply out, in the language of the prompt."""

from __future__ import annotations

from mvpipe.engine.direct.facts import (
    Already,
    Coloured,
    CutsSet,
    Fact,
    Felt,
    Levelled,
    Made,
    NoPart,
    NoPictures,
    NoTitle,
    Reshaped,
    Shown,
    TitleSet,
    TitlesGone,
    Turned,
)
from mvpipe.engine.direct.naming import cuts_name, mood_name, seconds, target_name, turn_name
from mvpipe.engine.direct.wishes import Language, Share
from mvpipe.engine.direct.words import has_han
from mvpipe.model.catalogue import Catalogue

_MOST = 5
"""How many things done one reply names before it counts the rest."""


def reply(
    facts: tuple[Fact, ...],
    *,
    unmet: tuple[tuple[str, str | None], ...],
    main: str,
    language: Language,
    catalogue: Catalogue,
) -> str:
    """Return one to four sentences: what was made, what was done, what was not.

    `main` is the scene shown most, which stands in for what nothing here can show.
    """
    names = _scene_names(catalogue, language)
    chinese = language is Language.CHINESE
    made = [_made(fact, names, chinese=chinese) for fact in facts if isinstance(fact, Made)]
    done = [_phrase(fact, names, language) for fact in facts if isinstance(fact, _DONE)]
    same = [_phrase(f.what, names, language) for f in facts if isinstance(f, Already)]
    not_done = list(
        dict.fromkeys(_problem(f, language) for f in facts if isinstance(f, _LACKS))
    )
    said = [*made, *_list(list(dict.fromkeys(done)), same, chinese=chinese), *not_done]
    if unmet:
        said.append(_unmet(unmet, main=main, names=names, chinese=chinese))
    if not facts:
        said.insert(0, "没有任何改动。" if chinese else "Nothing changed.")
    return ("" if chinese else " ").join(said)


_DONE = Turned | CutsSet | Shown | Coloured | Felt | TitleSet | TitlesGone | Reshaped | Levelled
_LACKS = NoPart | NoTitle | NoPictures


def _scene_names(catalogue: Catalogue, language: Language) -> dict[str, str]:
    if language is Language.ENGLISH:
        return {card.name: card.name for card in catalogue.scenes}
    return {
        card.name: next((word for word in card.words if has_han(word)), card.name)
        for card in catalogue.scenes
    }


def _made(fact: Made, names: dict[str, str], *, chinese: bool) -> str:
    scenes = [names.get(scene, scene) for scene in fact.scenes]
    if chinese:
        beat = "" if fact.bpm is None else f"，按 {fact.bpm} BPM 的节拍剪辑"
        left = f"，{fact.left_out} 张图片放不下" if fact.left_out else ""
        return f"已生成 {fact.shots} 个镜头：{'、'.join(scenes)}，配色 {'、'.join(fact.palettes)}{beat}{left}。"
    beat = "" if fact.bpm is None else f", cut on the beat at {fact.bpm} BPM"
    left = f"; {fact.left_out} pictures did not fit" if fact.left_out else ""
    count = f"{fact.shots} shot{'' if fact.shots == 1 else 's'}"
    return f"Made {count} of {_and(scenes)} in {_and(list(fact.palettes))}{beat}{left}."


def _and(words: list[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"


def _list(done: list[str], same: list[str], *, chinese: bool) -> list[str]:
    said = []
    if done:
        more = len(done) - _MOST
        shown = done[:_MOST] + (
            [f"等 {more} 项" if chinese else f"{more} more"] if more > 0 else []
        )
        said.append(
            f"已完成：{'；'.join(shown)}。" if chinese else f"Done: {'; '.join(shown)}."
        )
    if same:
        listed = ("；" if chinese else "; ").join(dict.fromkeys(same))
        said.append(f"已经如此，未再改动：{listed}。" if chinese else f"Already so: {listed}.")
    return said


def _phrase(
    fact: Turned
    | CutsSet
    | Shown
    | Coloured
    | Felt
    | TitleSet
    | TitlesGone
    | Reshaped
    | Levelled,
    names: dict[str, str],
    language: Language,
) -> str:
    chinese = language is Language.CHINESE
    match fact:
        case Turned(quality=quality, up=up, target=target):
            return _in(
                turn_name(quality, up=up, language=language),
                target_name(target, language),
                chinese=chinese,
            )
        case CutsSet(every=every, target=target):
            return _in(
                cuts_name(every, language), target_name(target, language), chinese=chinese
            )
        case Shown(target=target):
            return _in(
                _shown(fact, names, chinese=chinese),
                target_name(target, language),
                chinese=chinese,
            )
        case Coloured(palette=palette, target=target):
            said = f"配色 {palette}" if chinese else f"the colours of '{palette}'"
            return _in(said, target_name(target, language), chinese=chinese)
        case Felt(mood=mood, target=target):
            said = f"{mood_name(mood, language)}的氛围" if chinese else f"a {mood} feel"
            return _in(said, target_name(target, language), chinese=chinese)
        case TitleSet() | TitlesGone():
            return _title(fact, chinese=chinese)
        case Reshaped(aspect=aspect):
            return f"画幅 {aspect}" if chinese else f"aspect {aspect}"
        case Levelled(percent=percent):
            return f"音量 {percent}%" if chinese else f"the song at {percent}%"


def _in(what: str, where: str, *, chinese: bool) -> str:
    if not where:
        return what
    return f"{where}{what}" if chinese else f"{what} in {where}"


def _shown(fact: Shown, names: dict[str, str], *, chinese: bool) -> str:
    scenes = [names.get(scene, scene) for scene in fact.scenes]
    listed = "、".join(scenes) if chinese else _and([f"'{scene}'" for scene in scenes])
    words = {
        Share.ALL: ("用", ""),
        Share.MORE: ("更多", "more "),
        Share.LESS: ("更少", "less "),
        Share.NONE: ("不再用", "no more "),
    }
    return words[fact.share][not chinese] + listed


def _title(fact: TitleSet | TitlesGone, *, chinese: bool) -> str:
    if isinstance(fact, TitlesGone):
        some = f"{fact.count} title{'' if fact.count == 1 else 's'}"
        return f"去掉 {fact.count} 个标题" if chinese else f"{some} removed"
    title = fact.title
    when = f"{seconds(title.start_ms)}-{seconds(title.end_ms)}"
    if chinese:
        return f"{'添加' if fact.new else '修改'}标题“{title.text}”（{when}）"
    return f'title "{title.text}" {"added" if fact.new else "changed"} ({when})'


def _problem(fact: NoPart | NoTitle | NoPictures, language: Language) -> str:
    chinese = language is Language.CHINESE
    match fact:
        case NoPart(target=target, there=there):
            name = target_name(target, language)
            if chinese:
                return f"这首歌没有{name}，只有：{'、'.join(there)}。"
            return f"This song has no {_bare(name)}; it has {_and(list(there))}."
        case NoTitle():
            return "没有这样的标题。" if chinese else "There is no such title."
        case NoPictures():
            return "没有提供图片。" if chinese else "No pictures were given to show."


def _bare(name: str) -> str:
    return name.removeprefix("the ").removeprefix("every ")


def _unmet(
    unmet: tuple[tuple[str, str | None], ...],
    *,
    main: str,
    names: dict[str, str],
    chinese: bool,
) -> str:
    """Return the sentence that says what nothing here can show, grouped by what stands in."""
    groups: dict[str, list[str]] = {}
    for words, nearest in unmet:
        stands_in = nearest or main
        groups.setdefault(names.get(stands_in, stands_in), []).append(words)
    if chinese:
        parts = [
            f"这里没有{'、'.join(f'“{w}”' for w in ws)}，改用“{name}”"
            for name, ws in groups.items()
        ]
        return f"注意：{'；'.join(parts)}。"
    parts = [
        f"no {_or([repr(w) for w in ws])} here; using '{name}'" for name, ws in groups.items()
    ]
    return f"Note: {'; '.join(parts)}."


def _or(words: list[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} or {words[-1]}"
