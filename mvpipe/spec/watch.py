"""Watch files: text in, a WatchJob out, with every finding at its place."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from mvpipe.errors import SpecError
from mvpipe.model.watch import MATCH, Limits, Mode, Sidecars, WatchJob
from mvpipe.spec.schema import check
from mvpipe.spec.schemas import named_schema
from mvpipe.spec.source import parse
from mvpipe.spec.times import milliseconds
from mvpipe.spec.wording import quoted

_SIZE = re.compile(r"(\d{1,6}(?:\.\d{1,3})?) ?([kKMGT]?)B\Z", re.ASCII)
_FACTORS = {"": 1, "k": 10**3, "K": 10**3, "M": 10**6, "G": 10**9, "T": 10**12}


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with the value of a key below `watch`, and what to do."""

    key: str
    problem: str
    remedy: str


@cache
def watch_schema() -> dict[str, Any]:
    """Return the schema of watch files."""
    return named_schema("watch.schema.json")


def load_watch(text: str, *, file: str, folder: Path) -> WatchJob:
    """Return what a text asks for that lies in `folder`; `file` is its name in findings.

    Looks at no file. Raises SpecError with every finding.
    """
    source = parse(text, file=file)
    findings = source.findings
    if source.data is None and not len(findings):
        findings.value((), "the file is empty", "begin with 'mvpipe: 1'")
        raise SpecError(findings)
    check(source.data, schema=watch_schema(), findings=findings)
    if len(findings) or not isinstance(source.data, dict):
        raise SpecError(findings)
    written = source.data["watch"]
    try:
        job = watch_of(written, folder=folder)
    except ValueError as error:  # a time that the schema lets pass, such as 999999h
        findings.value(("watch",), str(error), "choose a smaller one")
        raise SpecError(findings) from error
    for fault in faults(job, frozenset(written)):
        findings.value(("watch", fault.key), fault.problem, fault.remedy)
    if len(findings):
        raise SpecError(findings)
    return job


def watch_of(data: Mapping[str, Any], *, folder: Path) -> WatchJob:
    """Return what data asks for that fits the schema; paths begin at `folder`."""
    inbox = _path(folder, data["inbox"])
    limits = data.get("limits", {})
    poll = data.get("poll", "auto")
    health = data.get("health")
    return WatchJob(
        inbox=inbox,
        job=_path(folder, data["job"]),
        done=_path(folder, data.get("done", inbox.parent / "done")),
        failed=_path(folder, data.get("failed", inbox.parent / "failed")),
        match=tuple(data.get("match", MATCH)),
        settle_s=seconds(data.get("settle", "5s")),
        poll_s=None if poll == "auto" else seconds(poll),
        mode=Mode(data.get("mode", Mode.MOVE)),
        parallel=data.get("parallel", 1),
        workers=data.get("workers"),
        limits=Limits(
            per_hour=limits.get("per_hour"),
            per_day=limits.get("per_day"),
            credits_per_day=limits.get("credits_per_day"),
            size_bytes=size_bytes(limits.get("size", "2 GB")),
            time_s=seconds(limits.get("time", "4h")),
        ),
        sidecars=Sidecars(data.get("sidecars", Sidecars.NONE)),
        depth=data.get("depth", 8),
        min_free_bytes=size_bytes(data.get("min_free", "1 GB")),
        draft=data.get("draft", False),
        health=None if health is None else _path(folder, health),
        listen=data.get("listen"),
    )


def faults(job: WatchJob, given: frozenset[str]) -> Iterator[Fault]:
    """Yield what only the whole shows; `given` are the keys in the file."""
    if job.job.is_relative_to(job.inbox):
        problem = f"{quoted(job.job)} lies in the inbox, where others may change it"
        yield Fault("job", problem, "keep it outside")
    if job.mode is Mode.IN_PLACE:
        for key in sorted({"done", "failed"} & given):
            yield Fault(key, f"'{key}' has no meaning where songs stay in place", "remove it")
        return
    for key, folder in (("done", job.done), ("failed", job.failed)):
        at = key if key in given else "inbox"
        if folder.is_relative_to(job.inbox):
            problem = f"{quoted(folder)} lies in the inbox: songs would be found there again"
            yield Fault(at, problem, "choose a folder outside")
        elif job.inbox.is_relative_to(folder):
            yield Fault(at, f"{quoted(folder)} holds the inbox", "choose another folder")
    if job.done == job.failed:
        yield Fault("failed", "'done' and 'failed' are one folder", "choose two")


def seconds(written: str | float) -> float:
    """Return a time in seconds. Raises ValueError with a sentence where it is none."""
    return milliseconds(written) / 1000


def size_bytes(written: str | int) -> int:
    """Return a size such as `2 GB` in bytes. Raises ValueError with a sentence."""
    if isinstance(written, int):
        return written
    if not (found := _SIZE.match(written)):
        raise ValueError(f"{quoted(written)} is not a size")
    return round(float(found[1]) * _FACTORS[found[2]])


def _path(folder: Path, written: str | Path) -> Path:
    """Return an absolute path without `..`; links stay as they are named."""
    parts: list[str] = []
    whole = folder.absolute() / written
    for part in whole.parts[1:]:
        if part == ".." and parts:
            parts.pop()
        elif part != "..":
            parts.append(part)
    return Path(whole.anchor, *parts)
