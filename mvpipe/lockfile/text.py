"""The text of `mvpipe.lock`: JSON for git, everything sorted, one fact a line."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from typing import TypeVar

from mvpipe.errors import MvpipeError
from mvpipe.lockfile.entry import NAME, Entry, Lock, LockedOutput
from mvpipe.model.canonical import Digest
from mvpipe.model.content import Content, Gop

VERSION = 1

_ODD = re.compile("[\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")
"""What is no text, though it may be in a file's name, or is not seen as what it is."""
_CONFLICT = re.compile("^(<<<<<<<|=======|>>>>>>>)", re.MULTILINE)

Object = dict[str, object]
Read = TypeVar("Read")


class DamagedLock(MvpipeError):
    """An `mvpipe.lock` is not what mvpipe writes, or is of a version this one does not know."""


def write(lock: Lock) -> str:
    """Return the text of a lock, equal for equal locks."""
    jobs = {
        file: {name: _entry_object(entry) for name, entry in named.items()}
        for file, named in lock.jobs.items()
    }
    text = json.dumps(
        {"version": VERSION, "jobs": jobs}, indent=1, sort_keys=True, ensure_ascii=False
    )
    return _ODD.sub(lambda found: f"\\u{ord(found[0]):04x}", text) + "\n"


def _entry_object(entry: Entry) -> dict[str, object]:
    outputs = {name: _output_object(output) for name, output in entry.outputs.items()}
    return {
        "engine": entry.engine,
        "inputs": entry.inputs,
        "steps": entry.steps,
        "outputs": outputs,
        "timeline": entry.timeline,
        "credits": entry.credits,
    }


def _output_object(output: LockedOutput) -> dict[str, object]:
    content = output.content
    seen: dict[str, object] = {
        "path": output.path,
        "digest": output.digest,
        "size_bytes": output.size_bytes,
        "content": content
        and {
            "frames": content.frames,
            "rate": content.rate,
            "encoder": content.encoder,
            "sound": content.sound,
            "gops": [f"{gop.first} {gop.digest}" for gop in content.gops],
        },
    }
    return seen


def parse(text: str, *, file: str = NAME) -> Lock:
    """Return what a lock's text says; raises DamagedLock, naming `file` and what is wrong."""
    if found := _CONFLICT.search(text):
        line = text.count("\n", 0, found.start()) + 1
        raise DamagedLock(
            f"{file}:{line}: two versions of this lock are not merged yet",
            hint="take either one, then `mvpipe run`",
        )
    try:
        return _lock(json.loads(text), file=file)
    except (ValueError, RecursionError) as error:
        raise DamagedLock(
            f"{file}: this is not a lock that mvpipe wrote: {error}",
            hint="take it out of git again, or remove it and `mvpipe run`",
        ) from error


def _lock(data: object, *, file: str) -> Lock:
    top = _object(data, "the file")
    version = top.get("version")
    if version != VERSION or isinstance(version, bool):
        if not isinstance(version, int):
            raise ValueError("it has no version")
        raise DamagedLock(
            f"{file}: this lock has version {version}, and this mvpipe knows {VERSION}",
            hint="use the mvpipe that wrote it, or a newer one",
        )
    _require(top, {"version", "jobs"}, "the file")
    return Lock(_mapped(top["jobs"], _entries, "jobs"))


def _entries(data: object, where: str) -> Mapping[str, Entry]:
    return _mapped(data, _entry, where)


def _entry(data: object, where: str) -> Entry:
    found = _object(data, where)
    _require(found, {"engine", "inputs", "steps", "outputs", "timeline", "credits"}, where)
    return Entry(
        engine=_mapped(found["engine"], _text, f"{where}.engine"),
        inputs=_mapped(found["inputs"], _digest, f"{where}.inputs"),
        steps=_mapped(found["steps"], _digest, f"{where}.steps"),
        outputs=_mapped(found["outputs"], _output, f"{where}.outputs"),
        timeline=_maybe(found["timeline"], _digest, f"{where}.timeline"),
        credits=_maybe(found["credits"], _count, f"{where}.credits"),
    )


def _output(data: object, where: str) -> LockedOutput:
    found = _object(data, where)
    _require(found, {"path", "digest", "size_bytes", "content"}, where)
    return LockedOutput(
        path=_text(found["path"], f"{where}.path"),
        digest=_digest(found["digest"], f"{where}.digest"),
        size_bytes=_count(found["size_bytes"], f"{where}.size_bytes"),
        content=_maybe(found["content"], _content, f"{where}.content"),
    )


def _content(data: object, where: str) -> Content:
    found = _object(data, where)
    _require(found, {"frames", "rate", "encoder", "sound", "gops"}, where)
    return Content(
        frames=_count(found["frames"], f"{where}.frames"),
        rate=_text(found["rate"], f"{where}.rate"),
        encoder=_maybe(found["encoder"], _text, f"{where}.encoder"),
        sound=_maybe(found["sound"], _text, f"{where}.sound"),
        gops=tuple(_gops(found["gops"], f"{where}.gops")),
    )


def _gops(data: object, where: str) -> Iterator[Gop]:
    if not isinstance(data, list):
        raise ValueError(f"{where} is not a list")  # noqa: TRY004 - as above
    for row in data:
        first, _, digest = _text(row, where).partition(" ")
        if not first.isdecimal() or not digest:
            raise ValueError(f"{where} holds {row!r}")
        yield Gop(int(first), digest)


def _object(data: object, where: str) -> Object:
    if not isinstance(data, dict):
        raise ValueError(f"{where} is not an object")  # noqa: TRY004 - as above
    return data


def _require(found: Object, names: set[str], where: str) -> None:
    if odd := sorted(names ^ found.keys()):
        word = "lacks" if odd[0] in names else "cannot have"
        raise ValueError(f"{where} {word} {odd[0]!r}")


def _mapped(
    data: object, read: Callable[[object, str], Read], where: str
) -> Mapping[str, Read]:
    found = _object(data, where)
    return {name: read(value, f"{where}.{name}") for name, value in found.items()}


def _maybe(data: object, read: Callable[[object, str], Read], where: str) -> Read | None:
    return None if data is None else read(data, where)


def _text(data: object, where: str) -> str:
    if not isinstance(data, str):
        raise ValueError(f"{where} is not a text")  # noqa: TRY004 - as above
    return data


def _digest(data: object, where: str) -> Digest:
    return Digest(_text(data, where))


def _count(data: object, where: str) -> int:
    if not isinstance(data, int) or isinstance(data, bool) or data < 0:
        raise ValueError(f"{where} is not a count")
    return data
