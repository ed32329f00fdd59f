"""`mvpipe doctor`: what is installed here and what is wrong with it."""

from __future__ import annotations

import os
import platform
import shutil
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryFile

from mvpipe import __version__
from mvpipe.commands import parts
from mvpipe.engine.version import LIBRARIES, identity, installed
from mvpipe.errors import Exit, MissingExtra
from mvpipe.report.streams import Streams
from mvpipe.settings import Settings

FFMPEG_FLOOR = (62, 28, 102)
"""libavcodec of FFmpeg 8.1.2, which fixed CVE-2026-8461 in its MagicYUV decoder."""

LITTLE_SPACE_BYTES = 2_000_000_000


@dataclass(frozen=True, slots=True)
class Look:
    """One thing looked at: what it is, what was found, and what to do if that is not good."""

    name: str
    found: str
    remedy: str = ""


def doctor(streams: Streams) -> Exit:
    """Look around; returns FAILED where something keeps mvpipe from rendering."""
    looks = tuple(examine(parts.settings()))
    width = max(len(look.name) for look in looks)
    for look in looks:
        streams.result(f"{'!' if look.remedy else ' '} {look.name:<{width}}  {look.found}")
        if look.remedy:
            streams.result(f"  {'':<{width}}  {look.remedy}")
    return Exit.FAILED if any(look.remedy for look in looks) else Exit.DONE


def examine(settings: Settings) -> Iterator[Look]:
    """Yield every look. Leaves everything as it was; opens no socket. Safe to repeat."""
    yield Look("mvpipe", f"{__version__}, engine {identity()}")
    yield Look("python", f"{platform.python_version()} on {platform.system()}")
    yield Look("cores", f"{parts.cores()}, {settings.workers} workers")
    yield from _libraries()
    yield from _codecs()
    yield _terminal()
    yield _folder("state", settings.state_dir)
    yield _folder("cache", settings.cache_dir)


def _libraries() -> Iterator[Look]:
    for name in LIBRARIES:
        found = installed(name)
        remedy = "" if found else "pip install 'mvpipe[local]'"
        yield Look(name, found or "not installed", remedy)


def _codecs() -> Iterator[Look]:
    try:
        parts.require_engine()
    except MissingExtra:
        return
    from mvpipe.engine.encode.codecs import encoders, libavcodec  # noqa: PLC0415 - imports av

    version = libavcodec()
    old = "" if version >= FFMPEG_FLOOR else "update av: this FFmpeg has known holes"
    yield Look("libavcodec", ".".join(map(str, version)), old)
    yield _fonts()
    for name, there in encoders().items():
        remedy = "" if there else "reinstall av from its wheel"
        yield Look(name, "available" if there else "missing", remedy)


def _fonts() -> Look:
    from mvpipe.engine.scenes.letters import Face, font  # noqa: PLC0415 - imports Pillow

    try:
        for face in Face:
            font(face, 12)
    except OSError as error:
        return Look("fonts", f"cannot be read: {error}", "reinstall mvpipe")
    return Look("fonts", f"{len(Face)} shipped")


def _terminal() -> Look:
    if not sys.stderr.isatty():
        return Look("terminal", "none: runs are told in plain lines")
    columns = shutil.get_terminal_size().columns
    colour = "no colour" if os.environ.get("NO_COLOR") else "colour"
    return Look(
        "terminal", f"{os.environ.get('TERM') or 'unnamed'}, {columns} columns, {colour}"
    )


def _folder(name: str, folder: Path) -> Look:
    there = next((p for p in (folder, *folder.parents) if p.exists()), folder)
    remedy = f"set MVPIPE_{name.upper()}_DIR to a folder you may write to"
    if not there.is_dir():
        return Look(name, f"{there} is not a folder", remedy)
    try:
        with TemporaryFile(dir=there) as file:
            file.write(b"mvpipe")
    except OSError as error:
        return Look(name, f"{folder} cannot be written: {error.strerror}", remedy)
    free = shutil.disk_usage(there).free
    space = f"{folder} ({free / 1e9:.1f} GB free)"
    return Look(name, space, "" if free > LITTLE_SPACE_BYTES else "free some space")
