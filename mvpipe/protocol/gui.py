"""What the backend says as if there were a screen, turned into actions.

The agent believes that its reader sits before an editor. Sentences that tell the reader to
click, open or drag become actions from a fixed table; the rest is for the user. Whether an
action is carried out is the caller's decision: this only says what was meant.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum


class GuiAction(StrEnum):
    """What a sentence about the screen comes down to."""

    EXPORT = "export"
    CREDITS = "credits"
    SHOW_TRACKS = "show tracks"
    READ_STATE = "read state"
    SEND_EDIT = "send edit"
    CARRY_OUT = "carry out"


@dataclass(frozen=True, slots=True)
class Meant:
    """An action and the sentence it was taken from."""

    action: GuiAction
    said: str


@dataclass(frozen=True, slots=True)
class Translated:
    """A reply: `text` without the sentences about a screen, and what those meant."""

    text: str
    meant: tuple[Meant, ...] = ()

    @property
    def actions(self) -> tuple[GuiAction, ...]:
        """The actions, each once, in the order they were said."""
        return tuple(dict.fromkeys(meant.action for meant in self.meant))


_CLICK = r"(?:click|tap|press|hit)(?:ing)?\b(?!\s+track)"
_WIDGET = r"(?:button|icon|tab|menu|link|checkbox|toggle|option|here)"
_PANEL = (
    r"(?:panel|tab|menu|settings|editor|sidebar|inspector|library|window|dialog|dropdown|page|"
    r"workspace|toolbar|drawer)"
)
_PIECE = (
    r"(?:it|them|clips?|files?|segments?|tracks?|handles?|edges?|playhead|titles?|text|photos?|"
    r"videos?|music|songs?|slider|layers?)"
)

TABLE: tuple[tuple[GuiAction, str], ...] = (
    (GuiAction.EXPORT, r"\bexport\s+(?:button|icon|option|tab|menu)\b"),
    (GuiAction.EXPORT, rf"\b{_CLICK}\s+(?:on\s+)?(?:the\s+)?[\"“'*]*(?:export|download)\b"),
    (
        GuiAction.EXPORT,
        r"导出(?:按钮|键|图标|菜单)|(?:点击|点|按|单击)[^。!！]{0,8}(?:导出|下载)",
    ),
    (
        GuiAction.EXPORT,
        r"^(?:您|你)?(?:现在)?(?:就)?(?:可以|请)?(?:直接)?导出(?:视频|成片)?(?:了|吧)?$",
    ),
    (
        GuiAction.CREDITS,
        (
            r"\b(?:billing|subscription|your account|account (?:page|settings|balance)|"
            r"top[ -]?up|buy (?:more )?credits|credit balance|pricing page|upgrade your plan)\b"
        ),
    ),
    (GuiAction.CREDITS, r"账单|充值|(?:您|你)的账户|账户(?:页面|设置|余额)|购买积分|会员|订阅"),
    (
        GuiAction.SHOW_TRACKS,
        (
            r"\b(?:preview|view|see|check|watch|play)\b[^.!?]{0,40}\b(?:in|on)\s+(?:the|your)\s+"
            r"(?:timeline|preview)\b"
        ),
    ),
    (
        GuiAction.SHOW_TRACKS,
        r"(?:在)?时间[线轴](?:上|中|里)?(?:预览|查看|播放)|(?:预览|查看)时间[线轴]",
    ),
    (GuiAction.SEND_EDIT, r"\bdrag(?:ging)?[ -](?:and|n|&)[ -]drop(?:ping)?\b"),
    (GuiAction.SEND_EDIT, rf"\bdrag(?:ging)?\s+(?:\w+\s+){{0,3}}{_PIECE}\b"),
    (
        GuiAction.SEND_EDIT,
        rf"\bdrop(?:ping)?\s+(?:\w+\s+){{0,3}}{_PIECE}\s+(?:in|on|onto|into|to)\b",
    ),
    (GuiAction.SEND_EDIT, r"拖拽|拖动|拖放|拖到"),
    (GuiAction.READ_STATE, rf"\bopen(?:ing)?\s+(?:up\s+)?(?:[\w\"“”'-]+\s+){{0,3}}{_PANEL}\b"),
    (
        GuiAction.READ_STATE,
        r"(?:打开|进入)[^。!！]{0,10}(?:面板|菜单|设置|编辑器|窗口|页面|侧边栏|素材库|工作区)",
    ),
    (GuiAction.CARRY_OUT, rf"\b{_CLICK}\s+(?:on\s+)?(?:the\s+)?[\"“'*]"),
    (GuiAction.CARRY_OUT, rf"\b{_CLICK}\s+(?:[\w-]+\s+){{0,4}}{_WIDGET}\b"),
    (
        GuiAction.CARRY_OUT,
        (
            r"^(?:please\s+|then\s+|now\s+|you can\s+|just\s+)*"
            r"(?:click|tap)\s+(?:on\s+)?(?!track\b)\w"
        ),
    ),
    (GuiAction.CARRY_OUT, r"点击|单击|点按|双击"),
)
"""What a sentence looks like, the most telling first; one sentence is one action."""

_RULES = tuple((action, re.compile(pattern, re.IGNORECASE)) for action, pattern in TABLE)
_SENTENCES = re.compile(
    r"[^.!?。！？\n]+(?:[.!?](?![\s\n]|\Z)[^.!?。！？\n]*)*[.!?。！？]*[ \t]*|\s+|[.!?。！？]+"
)
MOST_SENTENCE = 400


def translate(text: str) -> Translated:
    """Return the reply for a user without a screen."""
    kept: list[str] = []
    meant: list[Meant] = []
    for sentence in _SENTENCES.findall(text):
        action = gui_action(sentence)
        if action is None:
            kept.append(sentence)
        else:
            meant.append(Meant(action, sentence.strip()))
    return Translated(text="".join(kept).strip() if meant else text, meant=tuple(meant))


def gui_action(sentence: str) -> GuiAction | None:
    """Return what one sentence asks its reader to do on a screen, `None` for anything else."""
    said = sentence.strip(" \t\n.!?。！？*-•")
    if len(said) > MOST_SENTENCE:
        return None
    return next((action for action, pattern in _RULES if pattern.search(said)), None)
