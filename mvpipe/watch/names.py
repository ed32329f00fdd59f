"""Which names can be songs: a list of endings, and a table of names that are never a job.

Pure. A name is judged by every part of its path below the inbox, as HOTFOLDER's programs leave
them there: half a download, a sync tool's copy, what a NAS keeps for itself. Such names are
passed over in silence; a song whose name cannot be worked with is refused aloud.
"""

from __future__ import annotations

import fnmatch
import os.path
import re
import unicodedata
from functools import cache, lru_cache
from pathlib import PurePath

from mvpipe.model.media import MediaKind
from mvpipe.spec.inputs import KINDS

SONGS = frozenset(KINDS[MediaKind.AUDIO])
"""Endings of files that a job takes for a song."""

NAME_LIMIT_BYTES = 240
"""Leaves room for `-2` and `.mvpipe.json` in the 255 bytes that a name may have."""

TOLD, ERROR = ".mvpipe.json", ".error.txt"
_TOLD_OF = re.compile(r"(.+)(?:\.mvpipe\.json|\.error\.txt)\Z", re.DOTALL)

_NEVER = {
    "an unfinished download": (
        "*.crdownload *.part *.download *.opdownload *.partial *.crswap *.!qb *.!ut *.aria2"
        " *.ytdl *.mega *.filepart *.unwanted *.bts *.!sync pureftpd-upload* _unpack_*"
        " _failed_* .in.*. .octransferid*"
    ),
    "an unfinished copy": "*.tmp *.temp .syncthing.*.tmp ~syncthing~*.tmp",
    "what a sync tool keeps for itself": (
        "*.sync-conflict-* .stfolder .stversions .sync .~lock.*# .dropbox.cache"
        " *.synologyworkingdirectory"
    ),
    "what an editor keeps for itself": "~$* *.swp *~ #*# 4913",
    "what a Mac keeps for itself": (
        "._* .ds_store .appledouble .spotlight-v100 .trashes .temporaryitems .fseventsd"
        " __macosx .localized"
    ),
    "what Windows keeps for itself": "thumbs.db desktop.ini ehthumbs.db $recycle.bin",
    "what a NAS keeps for itself": (
        "@eadir #recycle @tmp #snapshot @synoresource .@__thumb @recycle .streams .recycle"
        " .zfs .snapshot lost+found"
    ),
    "what a file system left behind": ".nfs* .fuse_hidden* .smbdelete* .goutputstream-*",
}
_WITH_SPACES = {
    "an unfinished download": ("unconfirmed *",),
    "what Windows keeps for itself": ("system volume information",),
    "what a Mac keeps for itself": ("icon\r",),
}
_HIDDEN = "a hidden name"


def _table() -> tuple[tuple[str, re.Pattern[str]], ...]:
    rows = []
    for why, words in _NEVER.items():
        globs = (*words.split(), *_WITH_SPACES.get(why, ()))
        either = "|".join(_pattern(glob.casefold()) for glob in globs)
        rows.append((why, re.compile(rf"(?:{either})\Z", re.DOTALL)))
    return tuple(rows)


def _pattern(glob: str) -> str:
    """Return a name with stars as an expression; nothing but the star means anything."""
    return ".*".join(re.escape(piece) for piece in glob.split("*"))


_TABLE = _table()
_ANY = re.compile("|".join(pattern.pattern for _, pattern in _TABLE), re.DOTALL)


def never(part: str) -> str | None:
    """Return why one part of a path can hold no song; `None` where it can.

    Asked of a folder before it is entered, and of a file. Upper and lower case are one.
    """
    folded = part.casefold()
    if not _ANY.match(folded):  # as nearly always
        return _HIDDEN if part.startswith(".") else None
    for why, pattern in _TABLE:
        if pattern.match(folded):
            return why
    return _HIDDEN if part.startswith(".") else None


def passed_over(name: str) -> str | None:
    """Return why a path below the inbox is not a song at all; `None` where it may be one."""
    folder, last = os.path.split(name)
    if folder and (why := _folder_passed_over(folder)):
        return why
    if why := _part_passed_over(last):
        return why
    ending = os.path.splitext(last)[1]  # noqa: PTH122 - a Path takes ten times as long
    return None if ending[1:].casefold() in SONGS else "its ending is none of a song's"


@lru_cache(maxsize=4096)
def _folder_passed_over(folder: str) -> str | None:
    return next(filter(None, map(_part_passed_over, PurePath(folder).parts)), None)


def _part_passed_over(part: str) -> str | None:
    why = never(part)
    if why is None:
        return None
    return f"'{said(part)}' is hidden" if why == _HIDDEN else f"'{said(part)}' is {why}"


def refusal(name: str) -> str | None:
    """Return why a song with this path cannot be worked with; `None` where it can.

    Any script, any emoji, a leading dash and what Windows calls reserved are all right: such a
    name is given on as an absolute path, and what is made of it is cleaned.
    """
    if name.isascii() and name.isprintable() and len(name) <= NAME_LIMIT_BYTES:
        return None  # as nearly always
    for part in PurePath(name).parts:
        if fault := _fault(part):
            return f"'{said(part)}' {fault}; rename it"
    return None


def _fault(part: str) -> str | None:
    try:
        size_bytes = len(part.encode())
    except UnicodeEncodeError:
        return "is not valid UTF-8"
    if any(unicodedata.category(sign) == "Cc" for sign in part):
        return "holds a line break or another control character"
    if size_bytes > NAME_LIMIT_BYTES:
        return f"is longer than {NAME_LIMIT_BYTES} bytes, which leaves no room for its report"
    return None


def matches(name: str, globs: tuple[str, ...]) -> bool:
    """Return whether a path's last part matches one of `globs`, spelled however it is."""
    return _either(globs).match(key(os.path.split(name)[1])) is not None


@cache
def _either(globs: tuple[str, ...]) -> re.Pattern[str]:
    return re.compile("|".join(fnmatch.translate(key(glob)) for glob in globs) or r"(?!)")


def key(name: str) -> str:
    """Return what two names share exactly when a disk that folds case takes them for one.

    That is Unicode's canonical caseless match (The Unicode Standard, 3.13, D145): composed and
    decomposed spellings are one, and so are upper and lower case. To compare only: files are
    opened by the name that the system gave.
    """
    if name.isascii():  # as nearly always
        return name.lower()
    decomposed = unicodedata.normalize("NFD", name)
    folded = unicodedata.normalize("NFD", decomposed.casefold())
    return unicodedata.normalize("NFC", folded)


def told_name(name: str) -> str:
    """Return the name of the report beside a song that came to something."""
    return name + TOLD


def error_name(name: str) -> str:
    """Return the name of the text beside a song that failed."""
    return name + ERROR


def told_of(name: str) -> str | None:
    """Return the song that a report or an error text is about; `None` where it is neither."""
    found = _TOLD_OF.match(name)
    return found[1] if found else None


def said(part: str) -> str:
    """Return a name as one line that can be printed and stored anywhere."""
    return "".join(_shown(sign) for sign in part)


def _shown(sign: str) -> str:
    return sign if unicodedata.category(sign) not in {"Cc", "Cs", "Cf"} else "\ufffd"
