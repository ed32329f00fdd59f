"""`mvpipe watch`: a folder whose songs become videos, how it is, and trying songs again."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from types import FrameType

from mvpipe.commands import parts
from mvpipe.errors import Exit, NothingMatched, UsageError
from mvpipe.journal.watched import Entry, Ledger, Stage
from mvpipe.model.watch import Mode, WatchJob
from mvpipe.report.clean import clean, one_line
from mvpipe.report.streams import Streams
from mvpipe.spec.watch import faults, load_watch, watch_of
from mvpipe.watch import health, names
from mvpipe.watch.home import home_of
from mvpipe.watch.run import Machine, watch

FILE = Path("mvpipe-watch.yaml")
SHOWN = 20


@dataclass(frozen=True, slots=True)
class Watching:
    """Which watch file is meant, `None` for FILE, and what flags say in its place."""

    file: Path | None = None
    flags: Mapping[str, object] | None = None
    state: Path | None = None


def start(wanted: Watching, streams: Streams, *, once: bool) -> Exit:
    """Watch a folder until somebody ends it, or with `once` until all in it have their fate.

    Safe to repeat, and for several at a time: they share the work.
    """
    job, stop = watch_job(wanted), threading.Event()
    flag = threading.Event()
    machine = Machine(
        clock=parts.clock,
        wall=parts.wall_clock,
        sleep=parts.sleep,
        flag=flag,
        environ=os.environ,
        cores=parts.cores(),
    )
    with _asked_to_end(stop, flag):
        if not once:
            streams.talk(clean(f"watching {job.inbox}; Ctrl-C ends it"))
        counted = watch(
            job,
            machine,
            state_dir=_state_dir(wanted),
            tell=lambda line: streams.talk(clean(line)),
            once=once,
            stopping=stop.is_set,
        )
    if once and not stop.is_set():
        left = f", {counted.waiting} waiting" if counted.waiting else ""
        streams.talk(f"{counted.done} done, {counted.failed} failed{left}")
    if counted.failed and once:
        return Exit.FAILED
    return Exit.UNREACHABLE if once and counted.waiting else Exit.DONE


@contextmanager
def _asked_to_end(stop: threading.Event, flag: threading.Event) -> Iterator[None]:
    """Have SIGTERM and Ctrl-C end the watcher in order; a second Ctrl-C ends it at once."""

    def ask(_number: int, _frame: FrameType | None) -> None:
        if stop.is_set():
            raise KeyboardInterrupt
        stop.set()
        flag.set()

    before = {number: signal.signal(number, ask) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield
    finally:
        for number, old in before.items():
            signal.signal(number, old)


def check(wanted: Watching, streams: Streams) -> Exit:
    """Say whether the watcher is well, for a health check: exit 0 if so, else 1."""
    job = watch_job(wanted)
    path = job.health or home_of(job.inbox, state_dir=_state_dir(wanted)).health
    found = health.read(path)
    sick = (
        "no watcher has said anything yet" if found is None else found.sick(now_s=time.time())
    )
    streams.result(one_line(sick or "well"))
    return Exit.FAILED if sick else Exit.DONE


def status(wanted: Watching, streams: Streams) -> Exit:
    """Say how the watcher is and what became of the last songs. Changes nothing."""
    job = watch_job(wanted)
    home = home_of(job.inbox, state_dir=_state_dir(wanted))
    found = health.read(job.health or home.health)
    streams.result(one_line(f"inbox    {job.inbox}"))
    for line in _health_lines(found):
        streams.result(clean(line))
    with closing(Ledger.open(home.ledger, now=time.time, writable=False)) as ledger:
        for entry in ledger.entries(last=SHOWN):
            streams.result(clean(_entry_line(entry)))
    return Exit.DONE


def _health_lines(found: health.Health | None) -> Iterator[str]:
    if found is None:
        yield "watcher  never seen"
        return
    sick = found.sick(now_s=time.time())
    yield f"watcher  {sick or 'well'} (process {found.pid})"
    if found.waiting:
        yield f"waiting  {found.waiting}"
    counts = ", ".join(f"{count} {name}" for name, count in found.songs.items() if count)
    yield f"songs    {counts or 'none'}"


def _entry_line(entry: Entry) -> str:
    told = {
        Stage.DONE: ", ".join(map(str, entry.outputs)),
        Stage.FAILED: entry.why,
        Stage.RETRY: f"{entry.why}; tried {entry.attempts} times",
        Stage.BEGUN: "under way",
    }[entry.stage]
    return f"{entry.stage:<8} {names.said(entry.name)}: {told}"


def retry(wanted: Watching, songs: Sequence[Path], streams: Streams) -> Exit:
    """Have songs tried again: what failed goes back into the inbox. Safe to repeat.

    Raises NothingMatched for a song that the watcher does not know.
    """
    job = watch_job(wanted)
    home = home_of(job.inbox, state_dir=_state_dir(wanted))
    with closing(Ledger.open(home.ledger, now=time.time)) as ledger:
        for song in songs:
            name = _name_of(song, job)
            known = ledger.named(name)
            back = _put_back(job, name)
            if not known and not back:
                raise NothingMatched(
                    f"{song}: the watcher knows no such song",
                    hint="`mvpipe watch status` lists them",
                )
            for entry in known:
                ledger.forget(entry.song)
            streams.talk(one_line(f"{names.said(name)}: will be tried again"))
    return Exit.DONE


def _name_of(song: Path, job: WatchJob) -> str:
    """Return a song's name in the inbox, from its path there, in failed/ or done/."""
    whole = song.absolute()
    for folder in (job.inbox, job.failed, job.done):
        if whole.is_relative_to(folder):
            return whole.relative_to(folder).as_posix()
    return song.as_posix()


def _put_back(job: WatchJob, name: str) -> bool:
    """Move a song from failed/ into the inbox, and say whether it was there."""
    failed, back = job.failed / name, job.inbox / name
    if job.mode is Mode.IN_PLACE or not failed.is_file():
        return False
    if back.exists():
        raise UsageError(f"'{back}' is there already", hint="remove one of the two")
    back.parent.mkdir(parents=True, exist_ok=True)
    failed.rename(back)
    with suppress(OSError):
        failed.with_name(names.error_name(failed.name)).unlink()
    return True


def watch_job(wanted: Watching) -> WatchJob:
    """Return what is to be watched. Raises SpecError and UsageError."""
    flags = dict(wanted.flags or {})
    if wanted.file is None and {"inbox", "job"} <= flags.keys():
        return _from_flags(flags)
    file = wanted.file or FILE
    try:
        text = file.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as problem:
        told = getattr(problem, "strerror", None) or "it is not text in UTF-8"
        hint = "name a watch file, or say --inbox DIR --job FILE"
        raise UsageError(f"'{file}' cannot be read: {told}", hint=hint) from problem
    job = load_watch(text, file=str(file), folder=file.parent)
    return _changed(job, flags)


def _from_flags(flags: Mapping[str, object]) -> WatchJob:
    try:
        job = watch_of(flags, folder=Path.cwd())
    except ValueError as problem:
        raise UsageError(str(problem)) from problem
    for fault in faults(job, frozenset(flags)):
        raise UsageError(f"--{fault.key}: {fault.problem}", hint=fault.remedy)
    return job


def _changed(job: WatchJob, flags: Mapping[str, object]) -> WatchJob:
    """Return what a watch file asks for, with flags in the place of its values."""
    if not flags:
        return job
    over = watch_of({"inbox": job.inbox, "job": job.job, **flags}, folder=Path.cwd())
    fields = {"settle": "settle_s", "poll": "poll_s"}
    changed = {fields.get(key, key): getattr(over, fields.get(key, key)) for key in flags}
    return replace(job, **changed)


def _state_dir(wanted: Watching) -> Path:
    return (wanted.state or parts.settings().state_dir).absolute()
