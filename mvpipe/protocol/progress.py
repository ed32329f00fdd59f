"""How long to wait for what: a turn's limits, a render's polls.

Everything is decided from a time that the caller gives, in seconds of any clock that never goes
back.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import assert_never

from mvpipe.protocol.stream import Heartbeat, StreamEvent
from mvpipe.protocol.wire import (
    RENDER_GIVE_UP_S,
    TURN_HEARTBEATS_S,
    TURN_IDLE_S,
    TURN_NOTICE_S,
    TURN_TOTAL_S,
)


@dataclass(frozen=True, slots=True)
class TurnLimits:
    """Seconds: without a byte, between notices, of heartbeats only, in all."""

    idle_s: float = TURN_IDLE_S
    notice_s: float = TURN_NOTICE_S
    heartbeats_s: float = TURN_HEARTBEATS_S
    total_s: float = TURN_TOTAL_S


USUAL_LIMITS = TurnLimits()


class Sign(StrEnum):
    """What was noticed of a stream."""

    NOTHING = "nothing"
    """Time passed."""
    BYTES = "bytes"
    """A heartbeat, or bytes that are no event yet."""
    EVENT = "event"
    """Something that says that work goes on: text or tools."""


class Verdict(StrEnum):
    """What to do about a turn now."""

    GO_ON = "go on"
    NOTICE = "notice"
    """Tell the user that work goes on."""
    IDLE = "idle"
    """Give up: the connection is dead."""
    HEARTBEATS_ONLY = "heartbeats only"
    """Give up: alive, but nothing has happened for too long."""
    OUT_OF_TIME = "out of time"
    """Give up: the turn took all the time it had."""

    @property
    def final(self) -> bool:
        """Whether the turn is given up."""
        return self not in {Verdict.GO_ON, Verdict.NOTICE}


@dataclass(frozen=True, slots=True)
class Watch:
    """A turn under way: when it began, and when the last of each sign was."""

    began_s: float
    byte_s: float
    event_s: float
    notice_s: float


def begin(now_s: float) -> Watch:
    """Return the watch over a turn that begins now."""
    return Watch(began_s=now_s, byte_s=now_s, event_s=now_s, notice_s=now_s)


def watch_turn(
    watch: Watch, sign: Sign, *, now_s: float, limits: TurnLimits = USUAL_LIMITS
) -> tuple[Watch, Verdict]:
    """Return the watch after a sign, and what to do; ask at every sign and every tick."""
    seen = _seen(watch, sign, now_s)
    if now_s - seen.began_s >= limits.total_s:
        return seen, Verdict.OUT_OF_TIME
    if now_s - seen.byte_s >= limits.idle_s:
        return seen, Verdict.IDLE
    if now_s - seen.event_s >= limits.heartbeats_s:
        return seen, Verdict.HEARTBEATS_ONLY
    if now_s - seen.notice_s >= limits.notice_s:
        return replace(seen, notice_s=now_s), Verdict.NOTICE
    return seen, Verdict.GO_ON


def _seen(watch: Watch, sign: Sign, now_s: float) -> Watch:
    match sign:
        case Sign.NOTHING:
            return watch
        case Sign.BYTES:
            return replace(watch, byte_s=now_s)
        case Sign.EVENT:
            return replace(watch, byte_s=now_s, event_s=now_s, notice_s=now_s)
        case _:
            assert_never(sign)


def sign_of(event: StreamEvent) -> Sign:
    """Return what an event of the stream is a sign of; thoughts and tools are work too."""
    return Sign.BYTES if isinstance(event, Heartbeat) else Sign.EVENT


def patience_s(watch: Watch, *, now_s: float, limits: TurnLimits = USUAL_LIMITS) -> float:
    """Return how long may be waited for the next sign before asking again; never negative."""
    next_at = min(
        watch.began_s + limits.total_s,
        watch.byte_s + limits.idle_s,
        watch.event_s + limits.heartbeats_s,
        watch.notice_s + limits.notice_s,
    )
    return max(0.0, next_at - now_s)


@dataclass(frozen=True, slots=True)
class Cadence:
    """How often a render is asked about: a first wait, growing by a factor up to a most."""

    first_s: float
    factor: float
    most_s: float


GENTLE = Cadence(first_s=30, factor=1, most_s=30)
"""Every 30 seconds: for the cloud. *Published*."""
EAGER = Cadence(first_s=2, factor=1.5, most_s=15)
"""The publisher's own program; for a server of one's own."""

CLOSE = Cadence(first_s=0.2, factor=1.3, most_s=2)
"""For `mvpipe serve`, which answers from memory. *Ours*."""

LENGTHS_OF_WAIT = 10
"""A render of a long video may take so many times its length; *ours*."""


def poll_wait_s(polls: int, *, cadence: Cadence = GENTLE) -> float:
    """Return the wait before the next poll, after `polls` of them."""
    if cadence.factor <= 1:
        return min(cadence.most_s, cadence.first_s)
    wait = cadence.first_s
    for _ in range(polls):
        if wait >= cadence.most_s:
            break
        wait *= cadence.factor
    return min(cadence.most_s, wait)


def give_up_s(duration_ms: int) -> float:
    """Return how long to wait for a render: the published 5 minutes, longer for long videos.

    It ends the waiting, not the render, which can be collected later.
    """
    return max(float(RENDER_GIVE_UP_S), LENGTHS_OF_WAIT * duration_ms / 1000)
