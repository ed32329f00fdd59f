"""Pictures of a song and of an edit, without rendering a video."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mvpipe.engine.audio.decode import decode
from mvpipe.engine.audio.hear import hear
from mvpipe.engine.planes import blank
from mvpipe.engine.scenes.painter import Painter
from mvpipe.engine.sheets.contact import Cell, contact_sheet, save
from mvpipe.engine.sheets.heard import music_sheet
from mvpipe.engine.studio.session import Stage, format_of
from mvpipe.model.hints import MusicHints
from mvpipe.model.job import Export
from mvpipe.model.media import Size
from mvpipe.model.music import Music
from mvpipe.model.timecode import frame_at
from mvpipe.model.timeline import Shot

MOST_CELLS = 16
STILL_LINES = 720
FPS = 30
WAVEFORM_HZ = 8000


def listen(song: Path, hints: MusicHints = MusicHints()) -> Music:  # noqa: B008 - frozen
    """Return what is heard in a song. Raises MediaError. Safe to repeat."""
    return hear(song, hints=hints)


def save_music_sheet(song: Path, music: Music, to: Path) -> None:
    """Draw what was heard in `song` into the PNG `to`. Raises OutputError. Safe to repeat."""
    save(music_sheet(music, _waveform(song), title=song.stem), to)


def _waveform(song: Path) -> NDArray[np.float32]:
    blocks = [block[:, 0] for block in decode(song, rate_hz=WAVEFORM_HZ, channels=1)]
    return np.concatenate(blocks) if blocks else np.zeros(1, np.float32)


def save_contact_sheet(stills: Sequence[Cell], to: Path, *, width: int, title: str) -> None:
    """Draw the stills into the PNG `to`. Raises OutputError. Safe to repeat."""
    save(contact_sheet(stills, width=width, title=title), to)


def stills_of(stage: Stage, export: Export) -> tuple[Cell, ...]:
    """Return stills in the shape of the export, from the middles of shots in every section.

    The same edit gives the same stills.
    """
    size = smaller(format_of(export, stage.timeline).size)
    painter = Painter(
        timeline=stage.timeline,
        music=stage.music,
        size=size,
        fps=FPS,
        pictures=stage.pictures,
    )
    return tuple(_still(painter, shot, size) for shot in chosen_shots(stage.timeline.shots))


def smaller(size: Size) -> Size:
    """Return the size brought down to `STILL_LINES`, both sides even; never larger."""
    short = min(size.width, size.height)
    if short <= STILL_LINES:
        return size
    return Size(
        width=round(size.width * STILL_LINES / short / 2) * 2,
        height=round(size.height * STILL_LINES / short / 2) * 2,
    )


def _still(painter: Painter, shot: Shot, size: Size) -> Cell:
    at_ms = (shot.start_ms + shot.end_ms) // 2
    planes = blank(size)
    painter.paint(min(frame_at(at_ms, fps=FPS), painter.frames - 1), planes)
    caption = f"{shot.scene} · {shot.step}" if shot.step else shot.scene
    return Cell(picture=planes, at_ms=at_ms, section=shot.section, caption=caption)


def chosen_shots(shots: Sequence[Shot], *, most: int = MOST_CELLS) -> tuple[Shot, ...]:
    """Return at most `most` shots in order: each section's fair share, at least one of each."""
    if len(shots) <= most:
        return tuple(shots)
    groups = list(_by_section(shots))
    shares = [1] * len(groups)
    while sum(shares) < most:
        neediest = max(range(len(groups)), key=lambda n: len(groups[n]) / shares[n])
        shares[neediest] += 1
    picked = [
        group[(2 * n + 1) * len(group) // (2 * share)]
        for group, share in zip(groups, shares, strict=True)
        for n in range(min(share, len(group)))
    ]
    return tuple(picked[:most])


def _by_section(shots: Sequence[Shot]) -> Iterator[list[Shot]]:
    group: list[Shot] = []
    for shot in shots:
        if group and shot.section != group[-1].section:
            yield group
            group = []
        group.append(shot)
    if group:
        yield group
