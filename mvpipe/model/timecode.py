"""From milliseconds to frames and back: the one place where media time is rounded."""

from __future__ import annotations


def frame_at(at_ms: int, *, fps: int) -> int:
    """Return the frame shown closest to `at_ms`, halves rounded up: where a cut falls."""
    return (2 * at_ms * fps + 1000) // 2000


def frames_in(duration_ms: int, *, fps: int) -> int:
    """Return how many frames cover `duration_ms`: at least one, the last may be cut short."""
    return max(1, -(-duration_ms * fps // 1000))


def timecode(at_ms: int) -> str:
    """Return `m:ss.t`, as printed under pictures and in tables."""
    tenths = at_ms // 100
    return f"{tenths // 600}:{tenths // 10 % 60:02d}.{tenths % 10}"
