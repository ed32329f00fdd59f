"""Paints any frame of a video: its shot's scene, the transition into it, the titles above.

A frame depends on the timeline, the music, the frame number and the size, and on nothing else:
it may be painted first or last, alone or in any process. Of the timeline it depends on the shot
it lies in, on the shot before (while the transition between them lasts) and on its titles:
`sight` says just what, so that frames can be kept, and must say more where this reads more.
"""

from __future__ import annotations

from mvpipe.engine.planes import BLACK_Y, NEUTRAL, Planes, blank
from mvpipe.engine.scenes.blend import dissolve, graded, towards
from mvpipe.engine.scenes.feel import Feel
from mvpipe.engine.scenes.registry import SCENES
from mvpipe.engine.scenes.scene import Pictures
from mvpipe.engine.scenes.sight import layout_of
from mvpipe.engine.scenes.type import draw_titles
from mvpipe.model.media import Size
from mvpipe.model.music import Music
from mvpipe.model.timecode import frames_in
from mvpipe.model.timeline import Shot, Timeline, TransitionKind

_FLASH = 0.3  # of white at a flash's first frame: a single one, far under three a second


class Painter:
    """Paints one timeline at one size and frame rate; `frames` is how many there are."""

    def __init__(
        self, *, timeline: Timeline, music: Music, size: Size, fps: int, pictures: Pictures
    ) -> None:
        self.frames = frames_in(timeline.duration_ms, fps=fps)
        self._titles = timeline.titles
        self._pictures = pictures
        self._size = size
        self._fps = fps
        self._feel = Feel(music, fps)
        self._layout = layout_of(timeline, fps=fps)

    def paint(self, frame: int, planes: Planes) -> None:
        """Fill `planes` with frame `frame`; black where the timeline has no shot."""
        at = self._layout.shot_at(frame)
        if at < 0 or frame >= self._layout.ends[at]:
            _darken(planes)
        else:
            self._paint_shot(frame, at=at, planes=planes)
        at_ms = frame * 1000 // self._fps
        draw_titles(planes, self._titles, at_ms=at_ms)

    def _paint_shot(self, frame: int, *, at: int, planes: Planes) -> None:
        shot = self._layout.shots[at]
        length = self._layout.transition_frames(at)
        done = (frame - self._layout.starts[at]) / length if length else 1.0
        if done >= 1.0:
            self._draw(frame, shot=shot, planes=planes)
            return
        match shot.transition.kind:
            case TransitionKind.CUT:
                self._draw(frame, shot=shot, planes=planes)
            case TransitionKind.FLASH:
                self._draw(frame, shot=shot, planes=planes)
                towards(planes, luma=235, amount=_FLASH * (1.0 - done) ** 2)
            case TransitionKind.DISSOLVE:
                self._draw_before(frame, at=at, planes=planes)
                new = blank(self._size)
                self._draw(frame, shot=shot, planes=new)
                dissolve(planes, new, amount=done * done * (3.0 - 2.0 * done))
            case TransitionKind.DIP:
                self._dip(frame, at=at, done=done, planes=planes)

    def _dip(self, frame: int, *, at: int, done: float, planes: Planes) -> None:
        if done < 0.5:
            self._draw_before(frame, at=at, planes=planes)
        else:
            self._draw(frame, shot=self._layout.shots[at], planes=planes)
        towards(planes, luma=BLACK_Y, amount=1.0 - abs(2.0 * done - 1.0))

    def _draw_before(self, frame: int, *, at: int, planes: Planes) -> None:
        """Draw the shot that ends where shot `at` begins; black where there is none."""
        before = self._layout.before(at)
        if before is None:
            _darken(planes)
        else:
            self._draw(frame, shot=before, planes=planes)

    def _draw(self, frame: int, *, shot: Shot, planes: Planes) -> None:
        scene = SCENES[shot.scene]
        scene.draw(planes, self._feel.moment(frame, shot), shot, self._pictures)
        if scene.card.needs_media:
            graded(planes, shot.grade)


def _darken(planes: Planes) -> None:
    planes.y[:] = BLACK_Y
    planes.u[:] = NEUTRAL
    planes.v[:] = NEUTRAL
