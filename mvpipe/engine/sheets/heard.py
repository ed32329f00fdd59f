"""What was heard in a song, as one picture."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from mvpipe.engine.scenes.letters import Face, Style
from mvpipe.engine.sheets.strips import ROW_HEIGHT, draw_stretch, stretches
from mvpipe.engine.sheets.theme import (
    FAINT,
    GROUND,
    INK,
    QUIET,
    Edge,
    dot,
    fitted,
    write,
)
from mvpipe.model.music import Music
from mvpipe.model.timecode import timecode

MUSIC_WIDTH = 1600
_MARGIN = 48
_HEADER = 148
_FOOTER = 56


def music_sheet(music: Music, waveform: NDArray[np.float32], *, title: str) -> Image.Image:
    """Return what was heard: waveform, sections, bars and beats, kick, bass and treble.

    `waveform` is the whole song's samples from -1 to 1, one channel, at any rate. Long songs
    take several rows. Stretches where the beat is doubtful are hatched.
    """
    rows = stretches(music, waveform, width=MUSIC_WIDTH - 2 * _MARGIN)
    height = _HEADER + len(rows) * ROW_HEIGHT + (_FOOTER if music.warnings else 8)
    sheet = Image.new("RGB", (MUSIC_WIDTH, height), GROUND)
    _head(ImageDraw.Draw(sheet), music, title=title, doubt=any(r.doubts for r in rows))
    for number, row in enumerate(rows):
        draw_stretch(sheet, row, at=(_MARGIN, _HEADER + number * ROW_HEIGHT))
    _foot(ImageDraw.Draw(sheet), music, height=height)
    return sheet


def _head(pen: ImageDraw.ImageDraw, music: Music, *, title: str, doubt: bool) -> None:
    style = Style(Face.DISPLAY, 36, tracking=-0.01)
    shown = fitted(title, style=style, width=MUSIC_WIDTH - 2 * _MARGIN)
    write(pen, shown, at=(_MARGIN, 72), style=style, fill=INK)
    x = float(_MARGIN)
    for number, (value, note) in enumerate(_facts(music)):
        if number:
            dot(pen, (x - 15, 103.5), size_px=5, fill=FAINT)
        x += write(pen, value, at=(x, 109), style=Style(Face.BOLD, 17), fill=INK)
        if note:
            x += 8 + write(pen, note, at=(x + 8, 109), style=Style(Face.TEXT, 15), fill=QUIET)
        x += 30
    if doubt:
        right = (MUSIC_WIDTH - _MARGIN, 109)
        note_style = Style(Face.TEXT, 14)
        write(
            pen,
            "hatched: beat uncertain",
            at=right,
            style=note_style,
            fill=QUIET,
            edge=Edge.RIGHT,
        )


def _facts(music: Music) -> list[tuple[str, str]]:
    """Return what the line below the title says: values in bold, each with a quiet note."""
    mood = music.mood
    bars = sum(beat.in_bar == 1 for beat in music.beats)
    tempo = f"{music.tempo.bpm:.1f} BPM" if music.beats else "no beat"
    return [
        (tempo, f"{music.tempo.confidence:.0%} sure" if music.beats else ""),
        (str(music.meter), f"{bars} bars" if bars else ""),
        (f"{mood.key.replace('#', '♯')} {mood.mode}".strip(), f"{mood.confidence:.0%} sure"),
        (_feeling(music), ""),
        (timecode(music.duration_ms), ""),
    ]


def _feeling(music: Music) -> str:
    """Name the mood by its quarter of the circle of arousal and valence (Russell, 1980)."""
    lively = music.mood.arousal >= 0.5
    if music.mood.valence >= 0.5:
        return "uplifting" if lively else "warm and calm"
    return "driving and dark" if lively else "wistful"


def _foot(pen: ImageDraw.ImageDraw, music: Music, *, height: int) -> None:
    """Write the first warning, or nothing."""
    if not music.warnings:
        return
    style = Style(Face.TEXT, 14)
    shown = fitted(" · ".join(music.warnings), style=style, width=MUSIC_WIDTH - 2 * _MARGIN)
    write(pen, shown, at=(_MARGIN, height - 26), style=style, fill=FAINT)
