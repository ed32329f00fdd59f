"""What a run of frames shows: all that a painter reads of a timeline for them, and no more.

Pure. What a painter comes to depend on must be named here, or a changed video would be put
together from old frames; tests hold the two against each other.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from mvpipe.model.canonical import Digest, Plain, plain
from mvpipe.model.timecode import frame_at, frames_in
from mvpipe.model.timeline import Shot, Timeline, Title, Transition, TransitionKind

_UNSEEN = ("step", "section", "media")
"""Of a shot: what it is called, and an id that stands for a picture's content."""

_FROM_BEFORE = (TransitionKind.DISSOLVE, TransitionKind.DIP)
"""How a shot begins when the shot before it is still seen."""


@dataclass(frozen=True, slots=True)
class Layout:
    """A timeline's shots laid out in frames: each begins and ends (half-open) at these.

    The last shot also covers the last frame, which the song may cut short.
    """

    shots: Sequence[Shot]
    starts: Sequence[int]
    ends: Sequence[int]
    fps: int

    def shot_at(self, frame: int) -> int:
        """Return the number of the shot that began last; -1 before the first."""
        return bisect_right(self.starts, frame) - 1

    def transition_frames(self, at: int) -> int:
        """Return for how many frames shot `at` is still beginning."""
        return frame_at(self.shots[at].transition.length_ms, fps=self.fps)

    def before(self, at: int) -> Shot | None:
        """Return the shot that ends where shot `at` begins, if there is one."""
        if at and self.shots[at - 1].end_ms == self.shots[at].start_ms:
            return self.shots[at - 1]
        return None


def layout_of(timeline: Timeline, *, fps: int) -> Layout:
    """Lay a timeline's shots out at a frame rate."""
    frames = frames_in(timeline.duration_ms, fps=fps)
    shots = timeline.shots
    ends = [
        frame_at(shot.end_ms, fps=fps) if shot.end_ms < timeline.duration_ms else frames
        for shot in shots
    ]
    starts = [frame_at(shot.start_ms, fps=fps) for shot in shots]
    return Layout(shots=shots, starts=starts, ends=ends, fps=fps)


def sight(
    layout: Layout,
    titles: Sequence[Title],
    *,
    first: int,
    end: int,
    pictures: Mapping[str, Digest],
) -> Plain:
    """Return, as JSON data, what frames `first` up to `end` show of a timeline.

    `pictures` holds the digest of each picture's content by its id. How the music feels in
    these frames, their size and their numbers are not in it: see `Feel.stretch`.
    """
    numbers = range(first, end)
    entered: dict[int, int] = {}
    for frame in numbers:
        entered.setdefault(layout.shot_at(frame), frame)
    shown = [at for at in entered if at >= 0]
    return {
        "shots": [_shown(layout, at, entered[at], end, pictures) for at in shown],
        "titles": [_title(title) for title in titles if _up(title, numbers, fps=layout.fps)],
    }


def _shown(
    layout: Layout, at: int, frame: int, end: int, pictures: Mapping[str, Digest]
) -> Plain:
    """Return what is seen of shot `at` from `frame` on, and of the one before it."""
    shot = layout.shots[at]
    begins = frame < layout.starts[at] + layout.transition_frames(at)
    reaches = begins and shot.transition.kind in _FROM_BEFORE
    before = layout.before(at) if reaches else None
    return {
        "starts": layout.starts[at],
        "ends": min(end, layout.ends[at]),
        "shot": _look(shot, pictures) if begins else _alone(shot, pictures),
        "before": None if before is None else _alone(before, pictures),
    }


def _alone(shot: Shot, pictures: Mapping[str, Digest]) -> Plain:
    return _look(replace(shot, transition=Transition()), pictures)


def _look(shot: Shot, pictures: Mapping[str, Digest]) -> Plain:
    look = plain(shot)
    assert isinstance(look, dict)  # noqa: S101 - a dataclass has become an object
    kept = {name: value for name, value in look.items() if name not in _UNSEEN}
    kept["palette"] = list(shot.palette.colours)
    kept["picture"] = None if shot.media is None else pictures.get(shot.media)
    return kept


def _up(title: Title, frames: range, *, fps: int) -> bool:
    """Say whether a title shows in any of the frames."""
    return any(title.start_ms <= frame * 1000 // fps < title.end_ms for frame in frames)


def _title(title: Title) -> Plain:
    return plain(replace(title, step=""))
