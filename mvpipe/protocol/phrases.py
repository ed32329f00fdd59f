"""Which action a phrase asks for, in English and Chinese, before anything goes to the agent.

A phrase is taken for an action only as a whole: a verb, what it may be done to, and courtesies
around them. "export the feeling of rain" and "add a credits title at the end" are prompts. An
action at the end of a prompt ("make it darker, then export it") is split off.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from mvpipe.protocol.wire import CONTENT_TYPES, DOUBTFUL_TYPES

MOST_PHRASE = 160
"""Longer than any phrase; what is longer is a prompt, unless its end asks for an action."""


class Action(StrEnum):
    """What a phrase asks for."""

    EXPORT = "export"
    CREDITS = "credits"
    STATE = "state"
    UPLOAD = "upload"
    TURN = "turn"


@dataclass(frozen=True, slots=True)
class Routed:
    """One action; `text` is the prompt of a turn, or the file of an upload, else empty."""

    action: Action
    text: str = ""


def route(said: str) -> tuple[Routed, ...]:
    """Return what to do about what a user typed, in order; nothing for nothing."""
    text = said.strip()
    if not text:
        return ()
    whole = _action(text)
    if whole is not None:
        return (whole,)
    head, tail = _split_end(text)
    if tail is not None:
        return (Routed(Action.TURN, head), tail)
    return (Routed(Action.TURN, text),)


_MEDIA = "|".join((*CONTENT_TYPES, *DOUBTFUL_TYPES))
_VIDEO = (
    r"(?:it|this|that|everything|"
    r"(?:(?:the|my|this|that|our|a|final|finished|full|whole|complete|rendered|current|edited|"
    r"music|mp4|1080p|4k|hd)\s+)*"
    r"(?:video|clip|movie|film|mp4|file|result|cut|edit|project|mv|reel|version|render|copy))"
)
_BEFORE = (
    r"(?:(?:please|pls|ok|okay|now|then|and|so|hey|hi|great|perfect|nice|cool|good|thanks|yes|"
    r"just|go ahead and|can you|could you|would you|will you|can we|can i|could i|may i|let's|"
    r"lets|i want to|i wanna|i'd like to|i would like to|i need to|i want you to|you can|"
    r"time to|ready to|let me)[\s,.!]+)*"
)
_AFTER = (
    r"(?:[\s,]+(?:please|pls|now|again|for me|to me|thanks|thank you|already|right now|asap|"
    r"then|as (?:an? )?(?:mp4|file|video)|to (?:an? )?(?:mp4|file)|"
    r"in (?:full )?(?:hd|4k|1080p|720p)))*"
)

ENGLISH: tuple[tuple[Action, str], ...] = (
    (Action.EXPORT, rf"(?:export|download|render out)(?:\s+{_VIDEO})?"),
    (Action.EXPORT, rf"(?:render|save|deliver|finali[sz]e)\s+{_VIDEO}"),
    (
        Action.EXPORT,
        rf"(?:send|give|get|hand|mail)\s+me\s+(?!an?\b|this\b|that\b|it\b){_VIDEO}",
    ),
    (Action.EXPORT, r"(?:send|give)\s+(?:it|that|this)\s+to\s+me"),
    (Action.EXPORT, r"send\s+(?:it|me (?:it|that|this))"),
    (Action.EXPORT, rf"(?:have|get)\s+(?!an?\b){_VIDEO}"),
    (
        Action.EXPORT,
        rf"(?:start|run|do)\s+(?:the|an)\s+(?:export|download)(?:\s+of\s+{_VIDEO})?",
    ),
    (
        Action.EXPORT,
        rf"(?:how|where)\s+(?:do|can)\s+i\s+(?:export|download|save)(?:\s+{_VIDEO})?",
    ),
    (Action.EXPORT, r"(?:the\s+|a\s+)?download\s+link"),
    (
        Action.CREDITS,
        (
            r"(?:(?:check|show|show me|see|view|what(?:'s| is| are)|tell me)\s+)?"
            r"(?:the\s+|my\s+|our\s+|account\s+)*(?:credits?|credit\s+balance|account\s+balance|"
            r"balance)(?:\s+(?:left|remaining|balance))?"
        ),
    ),
    (
        Action.CREDITS,
        (
            r"how\s+(?:many|much)\s+(?:(?:free|more)\s+)?credits?(?:\s+(?:do\s+(?:i|we)\s+(?:still\s+)?"
            r"have|are|is|have\s+i|left|remaining|there|got))*"
        ),
    ),
    (
        Action.CREDITS,
        (
            r"(?:do|have)\s+i\s+(?:still\s+)?(?:have|got)\s+(?:any|enough)\s+credits?"
            r"(?:\s+left)?"
        ),
    ),
    (
        Action.STATE,
        (
            r"(?:(?:check|show|show me|see|view|list|give me|what(?:'s| is| are))\s+)?"
            r"(?:(?:the|my|our|all|current|project|session|job)\s+)*"
            r"(?:status|state|tracks?|timeline|progress)(?:\s+(?:list|summary|so far))?"
        ),
    ),
    (
        Action.STATE,
        r"(?:what|show me what)\s+(?:do\s+)?(?:we|i)\s+(?:have|got)(?:\s+so\s+far)?",
    ),
    (
        Action.STATE,
        (
            r"(?:is|are)\s+(?:it|we|the video|my video|that)\s+"
            r"(?:done|ready|finished)(?:\s+yet)?"
        ),
    ),
    (
        Action.STATE,
        (
            r"(?:how(?:'s| is)\s+(?:it|that|the video|my video)\s+(?:going|coming along)|"
            r"where\s+are\s+we)"
        ),
    ),
    (
        Action.UPLOAD,
        (
            r"(?:upload|attach)(?:\s+(?:it|(?:(?:a|an|the|my|this|that|these|some|another|more|new)"
            r"\s+)*(?:files?|songs?|tracks?|audio|music|photos?|pictures?|images?|clips?|videos?|"
            r"media|footage)))?"
        ),
    ),
)
"""An action and the phrases for it; courtesies before and after are allowed everywhere."""

_ZH_BEFORE = (
    r"(?:请问|请|麻烦|帮忙|帮我|给我|替我|现在|可以|能不能|能|可不可以|我想要|我想|我要|好的|好|"
    r"那就|就|然后|直接|你|一下|[\s,，。!！])*"
)
_ZH_AFTER = (
    r"(?:吧|一下|了|吗|呢|啊|呀|谢谢|谢了|出来|来|给我|看看|下来|到本地|成mp4|mp4|"
    r"[\s,，。!！?？~])*"
)
_ZH_VIDEO = (
    r"(?:它|这个|那个|这|我的|最终|完整|最后|做好|剪好|生成|的|高清|1080p|音乐)*"
    r"(?:视频|成片|影片|片子|作品|文件|成品|结果|mv|它)"
)
CHINESE: tuple[tuple[Action, str], ...] = (
    (Action.EXPORT, rf"(?:导出|下载|输出){_ZH_AFTER}(?:{_ZH_VIDEO})?"),
    (Action.EXPORT, rf"[把将]{_ZH_VIDEO}(?:导出|下载|输出|发|传)"),
    (Action.EXPORT, rf"[把将]{_ZH_VIDEO}(?:发|传)给我"),
    (Action.EXPORT, rf"(?:发|传)(?:给我)?{_ZH_VIDEO}"),
    (Action.EXPORT, r"(?:怎么|如何|在哪里?)(?:导出|下载)(?:视频)?"),
    (
        Action.CREDITS,
        (
            r"(?:查看|查询|查|看看|看|显示)?(?:一下)?(?:我的?|账户|账号|现在|当前)*(?:的)?"
            r"(?:积分|余额|点数)(?:余额)?(?:还)?(?:剩下?|有)?(?:多少|几个|几)?"
        ),
    ),
    (Action.CREDITS, r"(?:我)?(?:还|一共)?(?:剩下?|有)(?:多少|几个?)(?:个)?(?:积分|余额|点数)"),
    (
        Action.STATE,
        (
            r"(?:查看|查询|查|看看|看|显示|列出)?(?:一下)?(?:当前|现在|项目|任务|所有|全部|的)*"
            r"(?:状态|进度|轨道|时间线|时间轴)(?:怎么样|如何|列表)?"
        ),
    ),
    (Action.STATE, r"(?:现在)?(?:什么|啥)(?:状态|情况|进度)"),
    (Action.STATE, r"(?:视频)?(?:做|弄|生成|剪)?(?:好|完成?)了(?:没有?|吗)"),
    (
        Action.UPLOAD,
        (
            r"上传(?:一下)?(?:一个|一首|一张|这个|这首|这张|我的|新的?|的|些)*"
            r"(?:文件|视频|音乐|歌曲|歌|音频|素材|图片|照片|片段)?"
        ),
    ),
)
"""As ENGLISH."""


def _compiled() -> Iterator[tuple[Action, re.Pattern[str]]]:
    for action, phrase in ENGLISH:
        yield action, re.compile(rf"{_BEFORE}(?:{phrase}){_AFTER}\Z")
    for action, phrase in CHINESE:
        yield action, re.compile(rf"{_ZH_BEFORE}(?:{phrase}){_ZH_AFTER}\Z")


_RULES = tuple(_compiled())
_FILE = re.compile(
    rf"(?:(?:please\s+)?(?:upload|attach|add the file|"
    rf"here(?:'s| is)(?: my| the)?(?: file| song)?)\s*:?\s*|(?:请)?上传\s*[::]?\s*)?"
    rf"(?P<quote>[\"'])?(?P<file>(?:https://|file:|~|\.{{0,2}}[/\\]|[A-Za-z]:[/\\])?"
    rf"[^\"'\s][^\"'\n]{{0,1000}}\.(?:{_MEDIA}))(?P=quote)?\Z",
    re.IGNORECASE,
)
_SPLIT = re.compile(
    r"(?:[,;.!?，。；！？]\s*|\n\s*)?(?:\b(?:and\s+)?then\b[\s,]*|(?:然后|再|并且|并|接着)\s*)|"
    r"[,;.!?\n，。；！？、]\s*(?:and\s+)?|\band\s+(?=\S+\s+\S)"
)


def _action(text: str) -> Routed | None:
    if (given := _file(text)) is not None:
        return Routed(Action.UPLOAD, given)
    if len(text) > MOST_PHRASE:
        return None
    plain = _plain(text)
    found = (action for action, pattern in _RULES if pattern.match(plain))
    action = next(found, None)
    return None if action is None else Routed(action)


def _plain(text: str) -> str:
    """Return a phrase as the tables have it: half-width, lower case, no mark at its end."""
    folded = unicodedata.normalize("NFKC", text).casefold().replace("’", "'")
    return re.sub(r"\s+", " ", folded).strip(" .!?。~…")


def _file(text: str) -> str | None:
    """Return the file or address that a message consists of, after a verb if it has blanks."""
    found = _FILE.match(text.strip())
    if found is None:
        return None
    named = found["file"]
    bare = found.start("file") == 0
    return None if bare and re.search(r"\s", named) and named[0] not in "/~.\\" else named


def _split_end(text: str) -> tuple[str, Routed | None]:
    """Return a prompt and the action that its last part asks for, if it does."""
    start = max(0, len(text) - MOST_PHRASE)
    for found in _SPLIT.finditer(text, start):
        action = _action(text[found.end() :].strip())
        if action is None or action.action is Action.UPLOAD:
            continue
        head = text[: found.start()].strip(" ,;，；、。.\n")
        if head and _balanced(head):
            return head, action
    return text, None


def _balanced(text: str) -> bool:
    """Return whether no quotation is open at the end of `text`."""
    paired = text.count("“") == text.count("”") and text.count("「") == text.count("」")
    return paired and text.count('"') % 2 == 0 and text.count("《") == text.count("》")
