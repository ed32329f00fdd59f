"""Writers that take their time over a file, in a time that nobody waits for.

A writer is a list of moments; between two of them its file does not change. What a look at the
file would tell at any second is told by `seen_at`, with the real container check over the bytes
that would be there.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import lru_cache

from mvpipe.watch.containers import check
from mvpipe.watch.gate import Rules, Watched, step
from mvpipe.watch.model import Contents, Decision, Look, Verdict

STEP_S = 1.0
STALL_S = 8.0
APART_S = 6.0


@dataclass(frozen=True, slots=True)
class Moment:
    """A file from `at_s` on: so much of it is `filled`, and behind that are zeros."""

    at_s: float
    filled: int
    size: int
    mtime: int
    ctime: int
    opened: bool
    name: str = "song"


Writer = tuple[Moment, ...]


@dataclass(frozen=True, slots=True)
class Disk:
    """What a disk tells: who writes, and when a file truly changed."""

    leases: bool
    change_times: bool


@dataclass(frozen=True, slots=True)
class Watch:
    """When somebody looks: every so often, and when something happens."""

    every_s: float | None
    events: bool


def steady(size: int) -> Writer:
    """Copy a piece each second, for ten."""
    return _growing(size, [STEP_S * i for i in range(11)])


def stalling(size: int) -> Writer:
    """Copy half, wait for eight seconds, copy the rest."""
    first = [STEP_S * i for i in range(6)]
    return _growing(size, [*first, *(first[-1] + STALL_S + STEP_S * i for i in range(5))])


def size_first(size: int) -> Writer:
    """Set the size first, then fill the file."""
    return tuple(replace(moment, size=size) for moment in steady(size))


def size_first_time_kept(size: int) -> Writer:
    """Set the size first, fill the file and set its time back at each step."""
    return tuple(replace(moment, mtime=7) for moment in size_first(size))


def three_times(size: int) -> Writer:
    """Open, write a third and close, three times with a pause: a network scanner."""
    thirds = [APART_S * i for i in range(3)]
    return tuple(
        Moment(at_s, size * (i + 1) // 3, size * (i + 1) // 3, i, i, opened=False)
        for i, at_s in enumerate(thirds)
    )


def temp_name(size: int) -> Writer:
    """Copy under another name, then rename."""
    moments = [replace(moment, name=".song.Xa81bQ") for moment in steady(size)]
    last = moments[-1]
    return (*moments, replace(last, at_s=last.at_s + 0.5, ctime=last.ctime + 1, name="song"))


WRITERS: dict[str, Callable[[int], Writer]] = {
    "a steady slow copy": steady,
    "a stall of 8 s in the middle": stalling,
    "size set first, then filled": size_first,
    "the same with an old time": size_first_time_kept,
    "open, write, close, three times": three_times,
    "a temporary name, then a rename": temp_name,
}


def _growing(size: int, times: list[float]) -> Writer:
    parts = len(times) - 1
    moments = [
        Moment(at_s, size * i // parts, size * i // parts, i, i, opened=True)
        for i, at_s in enumerate(times)
    ]
    last = moments[-1]
    return (*moments, replace(last, at_s=last.at_s + 0.2, opened=False))


def done_s(writer: Writer) -> float:
    """Return when the file was all there, closed and under its name."""
    return writer[-1].at_s


def seen_at(
    now_s: float, writer: Writer, song: bytes, *, disk: Disk, last: Look | None
) -> Look | None:
    """Return what a look at the song's own name tells at `now_s`."""
    past = [moment for moment in writer if moment.at_s <= now_s]
    if not past or past[-1].name != "song":
        return None
    now = past[-1]
    plain = Look(
        now.size,
        now.mtime,
        inode=1,
        device=1,
        changed_ns=now.ctime if disk.change_times else 0,
        written=now.opened if disk.leases else None,
    )
    if last is None or last.same_file != plain.same_file or plain.written:
        return plain
    contents, seen = _inside(song, now.filled, now.size)
    return replace(plain, contents=contents, seen=seen)


@lru_cache(maxsize=1024)
def _inside(song: bytes, filled: int, size: int) -> tuple[Contents, str]:
    digest = hashlib.blake2b(digest_size=16)

    def read(at: int, count: int) -> bytes:
        count = max(0, min(count, size - at))
        data = song[at : max(at, min(at + count, filled))]
        data += bytes(count - len(data))
        digest.update(b"%d %d " % (at, len(data)) + data)
        return data

    return check(read, size), digest.hexdigest()


def verdicts(
    writer: Writer, song: bytes, *, disk: Disk, watch: Watch, rules: Rules
) -> Iterator[tuple[float, Verdict]]:
    """Yield what the gate says at each look, up to the one that is no longer WAIT."""
    state, verdict = Watched(), Verdict(Decision.WAIT)
    now_s = 0.0
    while verdict.decision is Decision.WAIT:
        look = seen_at(now_s, writer, song, disk=disk, last=state.last)
        if look is not None:
            state, verdict = step(state, look, now_s, rules)
            yield now_s, verdict
        now_s = _next_look_s(now_s, verdict, writer, watch)


def _next_look_s(now_s: float, verdict: Verdict, writer: Writer, watch: Watch) -> float:
    """Return when the next look is: when it is due, or at once when something happens."""
    due_s = max(verdict.until_s, now_s + 0.05)
    if watch.every_s is not None:  # a look waits for the next round
        rounds = -(-due_s // watch.every_s)
        due_s = max(rounds * watch.every_s, now_s + 0.05)
    elif not verdict.why:
        due_s = now_s + 3600.0  # nothing is known of the file before something happens
    happens = (moment.at_s + 0.01 for moment in writer if moment.at_s + 0.01 > now_s)
    return min(due_s, *happens, due_s) if watch.events else due_s
