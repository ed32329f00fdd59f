"""What a line that somebody typed asks for. Pure: carries nothing out."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

from mvpipe.protocol.phrases import Action, route
from mvpipe.spec.presets import PRESETS


class Kind(StrEnum):
    """What is asked for."""

    TURN = "turn"
    EXPORT = "export"
    CREDITS = "credits"
    STATE = "state"
    UPLOAD = "upload"
    SAVE = "save"
    LINK = "link"
    HELP = "help"
    QUIT = "quit"


@dataclass(frozen=True, slots=True)
class Wish:
    """One thing asked for: `text` is a prompt or a file, empty where none is named.

    `preset` is that of an export, empty where none is named.
    """

    kind: Kind
    text: str = ""
    preset: str = ""


ACTIONS = {
    Action.TURN: Kind.TURN,
    Action.EXPORT: Kind.EXPORT,
    Action.CREDITS: Kind.CREDITS,
    Action.STATE: Kind.STATE,
    Action.UPLOAD: Kind.UPLOAD,
}
BARE = {
    Kind.HELP: ("help", "?", "？", "帮助"),
    Kind.QUIT: ("quit", "exit", "bye", "q", ":q", "退出", "再见", "结束"),
    Kind.LINK: ("link", "the link", "project link", "链接", "项目链接"),
    Kind.SAVE: ("save", "save job", "save the job", "保存", "保存任务"),
}
"""Lines that are for the conversation itself, as a whole; a slash before them is fine too."""

MOST_OWN = 1100
"""Longer than a line with a file; what is longer is a prompt."""

_BARE = {word: kind for kind, words in BARE.items() for word in words}
_GAP = r"(?:\s+|(?<=[\u4e00-\u9fff]))[\"']?"
_SAVE = re.compile(
    rf"(?:save|保存)(?:\s+(?:to|as|job|the)(?=\s))*{_GAP}(?P<file>[^\"'\s][^\"']*\.ya?ml)[\"']?\Z",
    re.IGNORECASE,
)
_EXPORT = re.compile(
    r"(?:please\s+|请)?(?:export|download|导出|下载)(?:\s+(?:it|as|to|in)(?=\s)|\s*[为到成])*"
    rf"(?:{_GAP}(?P<preset>{'|'.join(map(re.escape, PRESETS))})(?=\s|\Z))?"
    rf"(?:\s+(?:to|as)(?=\s)|\s*[为到成])?(?:{_GAP}(?P<file>[^\"'\s][^\"']*\.mp4)[\"']?)?\Z",
    re.IGNORECASE,
)
_UPLOAD = re.compile(
    rf"(?:please\s+|请)?(?:upload|attach|上传){_GAP}(?P<file>[^\"'\s][^\"']*\.\w{{1,5}})[\"']?\Z",
    re.IGNORECASE,
)
_CHINESE = re.compile("[\u3400-\u4dbf\u4e00-\u9fff]")


def understood(line: str) -> tuple[Wish, ...]:
    """Return what a line asks for, in order; nothing for nothing."""
    said = line.strip()
    if (kind := _BARE.get(said.removeprefix("/").strip(" .!。！").casefold())) is not None:
        return (Wish(kind),)
    if said in _BARE:
        return (Wish(_BARE[said]),)
    if len(said) <= MOST_OWN and (own := _with_file(said)) is not None:
        return (own,)
    return tuple(Wish(ACTIONS[routed.action], routed.text) for routed in route(said))


def _with_file(said: str) -> Wish | None:
    """Return what a line asks for that names a file, `None` for any other line."""
    if found := _SAVE.match(said):
        return Wish(Kind.SAVE, found["file"])
    if found := _UPLOAD.match(said):
        return Wish(Kind.UPLOAD, found["file"])
    found = _EXPORT.match(said)
    if found is None or not (found["preset"] or found["file"]):
        return None
    return Wish(Kind.EXPORT, found["file"] or "", (found["preset"] or "").lower())


def is_chinese(line: str) -> bool:
    """Say whether a line is best answered in Chinese."""
    return _CHINESE.search(line) is not None
