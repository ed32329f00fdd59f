"""The music frame by frame: pulses that strike on the very frame, levels that never jitter.

Everything is computed once for a song and a frame rate; `moment` only looks it up.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from mvpipe.engine.scenes.scene import Moment
from mvpipe.model.music import Curve, Music, SectionKind
from mvpipe.model.timecode import frame_at, frames_in
from mvpipe.model.timeline import Shot

Levels = NDArray[np.float32]

_SNAP_MS = 60  # a stroke this close to a beat is on it


class Feel:
    """What every frame of a song feels like at one frame rate.

    `frames` is how many there are. Asking beyond them gives the last. Works for a song with
    no beats, no sections or one second: what is not there stays 0.
    """

    def __init__(self, music: Music, fps: int) -> None:
        self.frames = frames_in(music.duration_ms, fps=fps)
        self._fps = fps
        self._beat, self._bar = _phases(music, frames=self.frames, fps=fps)
        self._pulse = _pulses(self._beat, heard=bool(music.beats))
        downbeat = np.floor(self._beat + 1e-9) % music.meter.beats == 0
        self._accent = np.where(downbeat, self._pulse, 0.0).astype(np.float32)
        self._strokes = {
            "kick": self._struck(music, music.curves.kick, fall_s=0.11),
            "snare": self._struck(music, music.curves.snare, fall_s=0.09),
            "hat": self._struck(music, music.curves.hat, fall_s=0.05),
        }
        self._levels = {
            "bass": self._flowing(music.curves.bass),
            "mid": self._flowing(music.curves.mid),
            "treble": self._flowing(music.curves.treble),
        }
        loudness = _smooth(self._framed(music.curves.loudness)[:, 0], width_s=0.5, fps=fps)
        self._energy = _apart(loudness)
        self._spectrum = _eased(self._framed(music.curves.spectrum), fps=fps)
        self._section, self._rise = _sections(music, frames=self.frames, fps=fps)
        self._travel = self._travelled()

    def moment(self, frame: int, shot: Shot) -> Moment:
        """Return what frame `frame` feels like inside `shot`."""
        at = min(max(frame, 0), self.frames - 1)
        start = frame_at(shot.start_ms, fps=self._fps)
        length = max(1, frame_at(shot.end_ms, fps=self._fps) - start)
        return Moment(
            time_s=frame / self._fps,
            shot_s=(frame - start) / self._fps,
            progress=min(1.0, max(0.0, (frame - start) / length)),
            travel=float(self._travel[at]),
            beat=float(self._beat[at]),
            bar=float(self._bar[at]),
            pulse=float(self._pulse[at]),
            accent=float(self._accent[at]),
            energy=float(self._energy[at]),
            rise=float(self._rise[at]),
            section=self._section[at],
            spectrum=self._spectrum[at].astype(np.float32),
            **{name: float(levels[at]) for name, levels in self._strokes.items()},
            **{name: float(levels[at]) for name, levels in self._levels.items()},
        )

    def stretch(self, first: int, end: int) -> bytes:
        """Return, packed, what the music tells of frames `first` up to `end`.

        Two songs whose bytes are equal here have equal moments in these frames.
        """
        last = self.frames - 1
        part = slice(min(first, last), min(end, self.frames))
        grid = (self._travel, self._beat, self._bar, self._pulse, self._accent)
        heard = (*self._strokes.values(), *self._levels.values(), self._energy, self._rise)
        curves: tuple[NDArray[np.generic], ...] = (*grid, *heard, self._spectrum)
        kinds = " ".join(self._section[part])
        return b"".join([*(curve[part].tobytes() for curve in curves), kinds.encode()])

    def _travelled(self) -> NDArray[np.float64]:
        """Integrate energy, with a surge on every kick and a slow drift through silence."""
        rate = (0.1 + 0.9 * self._energy) * (0.78 + 0.9 * self._strokes["kick"])
        return np.cumsum(rate, dtype=np.float64) / self._fps

    def _framed(self, curve: Curve) -> Levels:
        """Return a curve's rows at each frame's beginning, (frames, width)."""
        rows = _unpacked(curve)
        at = np.arange(self.frames) * (curve.rate_hz / self._fps)
        low = np.minimum(at.astype(np.int64), len(rows) - 1)
        high = np.minimum(low + 1, len(rows) - 1)
        part = (at - np.floor(at))[:, None].astype(np.float32)
        framed: Levels = rows[low] * (1 - part) + rows[high] * part
        return framed

    def _flowing(self, curve: Curve) -> Levels:
        rows = self._framed(curve)
        return _eased(rows, fps=self._fps)[:, 0].astype(np.float32)

    def _struck(self, music: Music, curve: Curve, *, fall_s: float) -> Levels:
        """Return an envelope of 1 on each stroke's frame, falling by e every `fall_s`."""
        struck = np.zeros(self.frames, np.float32)
        beats = np.array([beat.at_ms for beat in music.beats], np.float64)
        for at_ms, strength in _strokes(curve):
            frame = min(self.frames - 1, frame_at(_snapped(at_ms, beats), fps=self._fps))
            struck[frame] = max(struck[frame], strength)
        return _falling(struck[:, None], fall=1.0 / (fall_s * self._fps))[:, 0]


def scaled(moment: Moment, shot: Shot) -> Moment:
    """Return the moment as a shot wants it: `motion` on travel, `reaction` on what strikes.

    Scenes call this first and then need not think of either again.
    """
    by = shot.reaction
    return replace(
        moment,
        travel=moment.travel * shot.motion,
        pulse=min(1.0, moment.pulse * by),
        accent=min(1.0, moment.accent * by),
        kick=min(1.0, moment.kick * by),
        snare=min(1.0, moment.snare * by),
        hat=min(1.0, moment.hat * by),
        bass=min(1.0, moment.bass * by),
    )


def _unpacked(curve: Curve) -> Levels:
    rows = np.frombuffer(curve.levels, "<u2").reshape(-1, curve.width)
    if not len(rows):
        return np.zeros((1, curve.width), np.float32)
    return rows.astype(np.float32) / np.float32(65535.0)


def _strokes(curve: Curve) -> list[tuple[int, float]]:
    """Return (milliseconds, strength) of each onset that stands out of its neighbourhood."""
    levels = _unpacked(curve)[:, 0]
    reach = max(1, curve.rate_hz * 45 // 1000)
    padded = np.pad(levels, reach)
    around = np.lib.stride_tricks.sliding_window_view(padded, 2 * reach + 1)
    highest = (levels >= around.max(axis=1)) & (levels > 0.18)
    window = np.ones(4 * reach + 1) / (4 * reach + 1)
    floor = np.convolve(np.pad(levels, 2 * reach), window, mode="valid")
    rows = np.flatnonzero(highest & (levels > 1.25 * floor))
    apart = np.diff(rows, prepend=-10 * reach) > reach  # a plateau counts once
    return [
        (int(row) * 1000 // curve.rate_hz, float(min(1.0, 0.25 + levels[row])))
        for row in rows[apart]
    ]


def _snapped(at_ms: int, beats: NDArray[np.float64]) -> int:
    if not len(beats):
        return at_ms
    nearest = beats[np.abs(beats - at_ms).argmin()]
    return int(nearest) if abs(nearest - at_ms) <= _SNAP_MS else at_ms


def _falling(struck: Levels, *, fall: float) -> Levels:
    """Return, down each column, what was struck and has since fallen by e^-fall a frame.

    The greatest of all falling strokes, found by one running maximum of logarithms.
    """
    slope = np.arange(len(struck), dtype=np.float64)[:, None] * fall
    logs = np.log(np.maximum(struck, 1e-9)) + slope
    fallen = np.exp(np.maximum.accumulate(logs, axis=0) - slope)
    return np.where(fallen < 1e-3, 0.0, fallen).astype(np.float32)


def _eased(rows: Levels, *, fps: int) -> NDArray[np.float16]:
    """Return levels that rise at once, fall over some 150 ms and have no corners."""
    held = _falling(rows, fall=1.0 / (0.15 * fps))
    before, after = np.roll(held, 1, axis=0), np.roll(held, -1, axis=0)
    before[0], after[-1] = held[0], held[-1]
    eased: NDArray[np.float16] = (0.25 * before + 0.5 * held + 0.25 * after).astype(np.float16)
    return eased


def _apart(levels: Levels) -> Levels:
    """Return levels with the song's quiet and loud parts further apart.

    Mastered music is nearly as loud in a break as in a drop; the eye wants the difference that
    the ear knows is meant. An even song is left as it is.
    """
    low, high = np.percentile(levels, [10, 95])
    low *= 0.8
    if high - low < 0.15:
        return levels
    spread: Levels = np.clip((levels - low) / (high - low), 0.0, 1.0) ** 1.5
    return spread.astype(np.float32)


def _smooth(levels: Levels, *, width_s: float, fps: int) -> Levels:
    """Return levels under a bell of about `width_s`, centred, so that they do not lag."""
    reach = max(1, int(width_s * fps))
    bell = np.hanning(2 * reach + 3)[1:-1]
    padded = np.pad(levels, reach, mode="edge")
    return np.convolve(padded, bell / bell.sum(), mode="valid").astype(np.float32)


def _phases(
    music: Music, *, frames: int, fps: int
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return beats and bars since the first downbeat at each frame, whole on a beat's frame."""
    if not music.beats:
        seconds = np.arange(frames) / fps
        beat = seconds * (music.tempo.bpm or 120.0) / 60.0
        return beat, beat / music.meter.beats
    at = np.array([frame_at(beat.at_ms, fps=fps) for beat in music.beats], np.float64)
    first = next((k for k, beat in enumerate(music.beats) if beat.in_bar == 1), 0)
    count = np.arange(len(at), dtype=np.float64) - first
    step = float(np.median(np.diff(at))) if len(at) > 1 else fps * 0.5
    before, after = np.ceil(at[0] / step) + 1, np.ceil((frames - at[-1]) / step) + 1
    at = np.concatenate([[at[0] - before * step], at, [at[-1] + after * step]])
    count = np.concatenate([[count[0] - before], count, [count[-1] + after]])
    beat = np.interp(np.arange(frames), at, count)
    return beat, beat / music.meter.beats


def _pulses(beat: NDArray[np.float64], *, heard: bool) -> Levels:
    phase = beat - np.floor(beat + 1e-9)
    return (np.clip(1.0 - phase, 0.0, 1.0) ** 2.5 * heard).astype(np.float32)


def _sections(music: Music, *, frames: int, fps: int) -> tuple[list[SectionKind], Levels]:
    kinds = [SectionKind.VERSE] * frames
    rise = np.zeros(frames, np.float32)
    for section in music.sections:
        start = min(frames, frame_at(section.start_ms, fps=fps))
        end = min(frames, frame_at(section.end_ms, fps=fps))
        kinds[start:end] = [section.kind] * (end - start)
        if section.kind is SectionKind.BUILD and end > start:
            rise[start:end] = np.linspace(0.0, 1.0, end - start)
    return kinds, rise
