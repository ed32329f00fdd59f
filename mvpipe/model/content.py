"""What is inside a finished video, so that two of them can be told apart by frames."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction


@dataclass(frozen=True, slots=True)
class Gop:
    """A run of frames that begins with a keyframe, `first`, and what its packets hash to."""

    first: int
    digest: str


@dataclass(frozen=True, slots=True)
class Content:
    """A video's pictures and sound as digests of their packets, in short hexadecimal.

    `rate` is frames a second as a fraction (`30`, `30000/1001`). `encoder` is who encoded the
    pictures, `None` where they do not say; `sound` is `None` where there is none.
    """

    frames: int
    rate: str
    encoder: str | None
    sound: str | None
    gops: tuple[Gop, ...]

    @property
    def rate_a_second(self) -> Fraction | None:
        """The frames a second as a number; `None` where `rate` is none."""
        try:
            return Fraction(self.rate) or None
        except (ValueError, ZeroDivisionError):
            return None


@dataclass(frozen=True, slots=True, order=True)
class Stretch:
    """Frames from `first` up to, not with, `end`."""

    first: int
    end: int


def differing(wanted: Content, found: Content) -> tuple[Stretch, ...]:
    """Return the frames in which two videos differ, in order, joined where they meet.

    Frames are the same where both videos have the same run of them with the same digest.
    """
    apart = sorted(stretch for stretch, _ in _runs(wanted) ^ _runs(found))
    joined: list[Stretch] = []
    for stretch in apart:
        if joined and stretch.first <= joined[-1].end:
            last = joined.pop()
            stretch = Stretch(last.first, max(last.end, stretch.end))  # noqa: PLW2901 - grown
        joined.append(stretch)
    return tuple(joined)


def _runs(content: Content) -> set[tuple[Stretch, str]]:
    ends = [gop.first for gop in content.gops[1:]] + [content.frames]
    pairs = zip(content.gops, ends[: len(content.gops)], strict=True)
    return {(Stretch(gop.first, end), gop.digest) for gop, end in pairs}
