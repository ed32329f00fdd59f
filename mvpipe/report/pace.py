"""Speeds, times left and counts, in words. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from mvpipe.model.event import Progress

SURE_AFTER_S = 1.5
"""Before this a speed says more about start-up than about the work."""


@dataclass(frozen=True, slots=True)
class Pace:
    """How fast a task goes, given when it began; what was there before it does not count."""

    began: float

    def line(self, event: Progress, *, now: float) -> str:
        """Return ` 43%  412/960 frames  17.2 fps  eta 32 s`."""
        percent = 100 * event.done // max(1, event.total)
        if event.unit == "percent":
            return f"{percent:3d}%{self.left(event, now=now)}"
        count = f"{event.done}/{event.total} {event.unit}"
        return f"{percent:3d}%  {count}{self.rate(event, now=now)}{self.left(event, now=now)}"

    def rate(self, event: Progress, *, now: float) -> str:
        """Return the speed, or nothing while it is not known."""
        elapsed, new = now - self.began, event.done - event.kept
        if elapsed < SURE_AFTER_S or new <= 0:
            return ""
        return f"  {new / elapsed:.1f} fps"

    def left(self, event: Progress, *, now: float) -> str:
        """Return the time left, or nothing while it is not known."""
        elapsed, new = now - self.began, event.done - event.kept
        if elapsed < SURE_AFTER_S or new <= 0:
            return ""
        return f"  eta {spent(elapsed * (event.total - event.done) / new)}"


def spent(seconds: float) -> str:
    """Return `0.4 s`, `32 s`, `4 min 05 s` or `1 h 02 min`."""
    if seconds < 9.95:
        return f"{seconds:.1f} s"
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60:02d} s"
    return f"{whole // 3600} h {whole % 3600 // 60:02d} min"


def counted(count: int, noun: str) -> str:
    """Return `1 job` or `3 jobs`."""
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"
