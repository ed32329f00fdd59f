"""Facts in, a short reply out, in the language of the prompt."""

from __future__ import annotations

from mvpipe.engine.direct.facts import (
    Already,
    Coloured,
    CutsSet,
    Done,
    Fact,
    Felt,
    Levelled,
    Made,
    NoPart,
    NoPictures,
    NoTitle,
    Placed,
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
    main: str | None,
    language: Language,
    catalogue: Catalogue,
) -> str:
    """Return one to four sentences: what was made, what was done, what was not.

    `main` is the scene that stands in for what nothing here can show, if one does.
    """
    names = _scene_names(catalogue, language)
    chinese = language is Language.CHINESE
    made = [_made(fact, names, chinese=chinese) for fact in facts if isinstance(fact, Made)]
    done = [_phrase(fact, names, language) for fact in facts if isinstance(fact, Done)]
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
        shown = f"{'、'.join(scenes)}，配色 {'、'.join(fact.palettes)}"
        return f"已生成 {fact.shots} 个镜头：{shown}{beat}{left}。"
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


def _phrase(fact: Done, names: dict[str, str], language: Language) -> str:
    chinese = language is Language.CHINESE
    match fact:
        case TitleSet() | TitlesGone():
            return _title(fact, chinese=chinese)
        case Reshaped(aspect=aspect):
            return f"画幅 {aspect}" if chinese else f"aspect {aspect}"
        case Levelled(percent=percent):
            return f"音量 {percent}%" if chinese else f"the song at {percent}%"
        case _:
            where = target_name(fact.target, language)
            return _in(_placed(fact, names, language), where, chinese=chinese)


def _placed(fact: Placed, names: dict[str, str], language: Language) -> str:
    chinese = language is Language.CHINESE
    match fact:
        case Turned(quality=quality, up=up):
            return turn_name(quality, up=up, language=language)
        case CutsSet(every=every):
            return cuts_name(every, language)
        case Shown():
            return _shown(fact, names, chinese=chinese)
        case Coloured(palette=palette):
            return f"配色 {palette}" if chinese else f"the colours of '{palette}'"
        case Felt(mood=mood):
            return f"{mood_name(mood, language)}的氛围" if chinese else f"a {mood} feel"


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
    main: str | None,
    names: dict[str, str],
    chinese: bool,
) -> str:
    """Return the sentence that says what nothing here can show, grouped by what stands in."""
    groups: dict[str | None, list[str]] = {}
    for words, nearest in unmet:
        groups.setdefault(nearest or main, []).append(words)
    parts = [
        _missing(words, names.get(scene, scene) if scene else None, chinese=chinese)
        for scene, words in groups.items()
    ]
    return f"注意：{'；'.join(parts)}。" if chinese else f"Note: {'; '.join(parts)}."


def _missing(words: list[str], scene: str | None, *, chinese: bool) -> str:
    if chinese:
        listed = "、".join(f"“{word}”" for word in words)
        return f"这里没有{listed}" + (f"，改用“{scene}”" if scene else "")
    listed = _or([f"'{word}'" for word in words])
    return f"no {listed} here" + (f"; using '{scene}'" if scene else "")


def _or(words: list[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} or {words[-1]}"
