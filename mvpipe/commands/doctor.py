"""`mvpipe doctor`: what is installed here and what is wrong with it."""

from __future__ import annotations

import os
import platform
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

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
    """Yield every look. Reads only; opens no socket. Safe to repeat."""
    yield Look("mvpipe", f"{__version__}, engine {identity()}")
    yield Look("python", f"{platform.python_version()} on {platform.system()}")
    yield Look("cores", f"{parts.cores()}, {settings.workers} workers")
    yield from _libraries()
    yield from _codecs()
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
    for name, there in encoders().items():
        remedy = "" if there else "reinstall av from its wheel"
        yield Look(name, "available" if there else "missing", remedy)


def _folder(name: str, folder: Path) -> Look:
    there = next((p for p in (folder, *folder.parents) if p.exists()), None)
    if there is None or not os.access(there, os.W_OK):
        return Look(name, f"{folder} cannot be written", f"set MVPIPE_{name.upper()}_DIR")
    free = shutil.disk_usage(there).free
    space = f"{folder} ({free / 1e9:.1f} GB free)"
    return Look(name, space, "" if free > LITTLE_SPACE_BYTES else "free some space")
