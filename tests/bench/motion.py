"""Whether pictures move with the music: luma change from frame to frame against onsets."""

from __future__ import annotations

import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

import av
import numpy as np
from av.video.reformatter import Interpolation
from numpy.typing import NDArray

from mvpipe.model.music import Curve

Series = NDArray[np.float64]

_WIDTH, _HEIGHT = 480, 270
_LAGS = range(-2, 3)
FILTERS = {
    "ffmpeg showwaves": "showwaves=s=1920x1080:mode=cline:rate=30,format=yuv420p",
    "ffmpeg showcqt": "showcqt=s=1920x1080:fps=30,format=yuv420p",
}


@dataclass(frozen=True, slots=True)
class Correlation:
    """Pearson's r as it is, and at the lag of at most two frames where it is best."""

    now: float
    best: float
    best_lag: int

    def __str__(self) -> str:
        return f"{self.now:+.2f} (best {self.best:+.2f} at {self.best_lag:+d} frames)"


def correlate(changes: Series, onsets: Series) -> Correlation:
    """Hold changes into each frame against the onsets at it, as far as both go."""
    length = min(len(changes), len(onsets))
    by_lag = {lag: _r(changes[:length], onsets[:length], lag) for lag in _LAGS}
    best = max(by_lag, key=lambda lag: by_lag[lag])
    return Correlation(by_lag[0], by_lag[best], best)


def _r(changes: Series, onsets: Series, lag: int) -> float:
    """Return r with the picture `lag` frames behind the sound."""
    seen = changes[max(0, lag) : len(changes) + min(0, lag)]
    heard = onsets[max(0, -lag) : len(onsets) - max(0, lag)]
    if not seen.std() or not heard.std():
        return 0.0
    return float(np.corrcoef(seen, heard)[0, 1])


def onsets_by_frame(curve: Curve, *, frames: int, fps: int) -> Series:
    """Return the mean onset strength while each frame shows."""
    levels = np.frombuffer(curve.levels, "<u2").astype(np.float64) / 65535
    edges = np.arange(frames + 1) * curve.rate_hz / fps
    sums = np.concatenate([[0.0], np.cumsum(levels)])
    whole = np.interp(edges, np.arange(len(sums)), sums)
    return np.asarray(np.diff(whole) * fps / curve.rate_hz)


def changes_of(video: Path) -> Series:
    """Return the mean absolute change of luma into each frame of a video; the first has 0."""
    changes: list[float] = []
    before: NDArray[np.int16] | None = None
    with av.open(str(video)) as container:
        for frame in container.decode(video=0):
            grey = frame.reformat(
                _WIDTH, _HEIGHT, format="gray", interpolation=Interpolation.AREA
            )
            now = grey.to_ndarray().astype(np.int16)
            changes.append(0.0 if before is None else float(np.abs(now - before).mean()))
            before = now
    return np.array(changes)


def drawn_by_ffmpeg(song: Path, name: str, to: Path) -> bool:
    """Draw the song with one of FFmpeg's filters; `False` where no ffmpeg is installed."""
    program = shutil.which("ffmpeg")
    if program is None:
        return False
    graph = f"[0:a]{FILTERS[name]}[v]"
    quiet = [program, "-v", "error", "-nostdin", "-y", "-i", str(song)]
    coding = ["-map", "[v]", "-c:v", "libx264", "-preset", "ultrafast", "-crf", "18"]
    subprocess.run([*quiet, "-filter_complex", graph, *coding, str(to)], check=True)
    return True
