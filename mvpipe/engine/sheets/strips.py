"""One row of the music sheet: sections, waveform, bars and beats, and three lanes."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from mvpipe.engine.scenes.letters import Face, Style, measure
from mvpipe.engine.sheets.theme import (
    DOUBT,
    FAINT,
    GROUND,
    INK,
    LINE,
    PANEL,
    QUIET,
    Edge,
    Rgb,
    fitted,
    mixed,
    section_colour,
    write,
)
from mvpipe.model.music import Beat, Curve, Music, Section

ROW_HEIGHT = 316
MOST_ROW_MS = 80_000

_BAND, _WAVE_TOP, _WAVE, _BEATS, _LANE = 26, 32, 128, 30, 22
_LANES_TOP = _WAVE_TOP + _WAVE + _BEATS + 6
_UNSURE = 0.4
_LANES: tuple[tuple[str, Rgb], ...] = (
    ("kick", (255, 92, 120)),
    ("bass", (255, 176, 84)),
    ("treble", (104, 206, 255)),
)

Levels = NDArray[np.float64]
Span = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Stretch:
    """One row's data, one column a pixel; every level from 0 to 1.

    `peaks` are the waveform's, `energy` the slow loudness, `lanes` kick, bass and treble.
    `doubts` are the spans, in ms, where the beat is uncertain. `first_bar` numbers the row's
    first downbeat.
    """

    start_ms: float
    end_ms: float
    peaks: Levels
    energy: Levels
    lanes: tuple[Levels, ...]
    sections: tuple[Section, ...]
    beats: tuple[Beat, ...]
    doubts: tuple[Span, ...]
    first_bar: int

    @property
    def width(self) -> int:
        return len(self.peaks)

    def x(self, at_ms: float) -> float:
        """Return the pixel column of a time, held inside the row."""
        share = (at_ms - self.start_ms) / (self.end_ms - self.start_ms)
        return min(1.0, max(0.0, share)) * self.width


def stretches(
    music: Music, waveform: NDArray[np.float32], *, width: int
) -> tuple[Stretch, ...]:
    """Cut a song into rows of equal length, at most 80 s each."""
    duration = max(1, music.duration_ms)
    count = -(-duration // MOST_ROW_MS)
    edges = np.linspace(0, duration, count + 1)
    samples = np.abs(waveform.astype(np.float64).ravel()) if waveform.size else np.zeros(1)
    loudest = max(1e-6, float(np.quantile(samples, 0.9995)))
    return tuple(
        _stretch(music, samples / loudest, span=(float(a), float(b)), width=width)
        for a, b in pairwise(edges)
    )


def draw_stretch(sheet: Image.Image, row: Stretch, *, at: tuple[int, int]) -> None:
    """Draw one row with its top left corner at `at`."""
    pen = ImageDraw.Draw(sheet)
    _draw_panels(pen, row, at=at)
    _draw_waveform(sheet, row, at=(at[0], at[1] + _WAVE_TOP))
    for number in range(len(_LANES)):
        _draw_lane(sheet, row, number=number, at=at)
    _draw_doubts(sheet, row, at=at)
    _draw_sections(pen, row, at=at)
    _draw_beats(pen, row, at=(at[0], at[1] + _WAVE_TOP + _WAVE))
    _draw_clock(pen, row, at=at)


def _stretch(music: Music, samples: Levels, *, span: Span, width: int) -> Stretch:
    start, end = span
    curves = music.curves
    lanes = (curves.kick, curves.bass, curves.treble)
    beats = tuple(beat for beat in music.beats if start <= beat.at_ms < end)
    before = sum(beat.in_bar == 1 for beat in music.beats if beat.at_ms < start)
    share = (start / max(1, music.duration_ms), end / max(1, music.duration_ms))
    return Stretch(
        start_ms=start,
        end_ms=end,
        peaks=np.minimum(1.0, _highest(samples, share, width)),
        energy=_sampled(curves.loudness, span, width),
        lanes=tuple(_sampled(lane, span, width) for lane in lanes),
        sections=tuple(s for s in music.sections if s.end_ms > start and s.start_ms < end),
        beats=beats,
        doubts=_doubts(music.beats, span),
        first_bar=before + 1,
    )


def _highest(samples: Levels, share: Span, width: int) -> Levels:
    """Return peak and power of each column's samples together; peaks alone look like bricks."""
    edges = np.linspace(share[0], share[1], width + 1) * len(samples)
    starts = np.minimum(edges[:-1].astype(np.int64), len(samples) - 1)
    ends = np.maximum(starts + 1, np.minimum(edges[1:].astype(np.int64), len(samples)))
    total = np.concatenate([[0.0], np.cumsum(samples**2)])
    power = np.sqrt((total[ends] - total[starts]) / (ends - starts))
    peak = np.maximum.reduceat(samples[: ends[-1]], starts)
    return np.asarray(0.5 * peak + 0.8 * power)


def _sampled(curve: Curve, span: Span, width: int) -> Levels:
    """Return the curve's highest level in each column."""
    rows = np.frombuffer(curve.levels, "<u2").reshape(-1, curve.width)[:, 0] / 65535
    if not len(rows):
        return np.zeros(width)
    edges = np.linspace(span[0], span[1], width + 1) * curve.rate_hz / 1000
    starts = np.clip(edges[:-1].astype(np.int64), 0, len(rows) - 1)
    if edges[1] - edges[0] < 1.0:
        return np.asarray(np.interp(edges[:-1], np.arange(len(rows)), rows))
    end = max(int(starts[-1]) + 1, min(len(rows), int(edges[-1])))
    return np.asarray(np.maximum.reduceat(rows[:end], starts))


def _doubts(beats: tuple[Beat, ...], span: Span) -> tuple[Span, ...]:
    """Return where beats are unsure, joined where they touch; everything if there are none."""
    if not beats:
        return (span,)
    joined: list[list[float]] = []
    for number, beat in enumerate(beats):
        end = beats[number + 1].at_ms if number + 1 < len(beats) else beat.at_ms + 400
        if beat.confidence >= _UNSURE or end <= span[0] or beat.at_ms >= span[1]:
            continue
        if joined and beat.at_ms <= joined[-1][1]:
            joined[-1][1] = end
        else:
            joined.append([beat.at_ms, end])
    return tuple((max(span[0], a), min(span[1], b)) for a, b in joined)


def _draw_panels(pen: ImageDraw.ImageDraw, row: Stretch, *, at: tuple[int, int]) -> None:
    x, y = at
    right = x + row.width - 1
    pen.rectangle((x, y + _WAVE_TOP, right, y + _WAVE_TOP + _WAVE - 1), fill=PANEL)
    for number, (name, _) in enumerate(_LANES):
        top = y + _LANES_TOP + number * (_LANE + 3)
        pen.rectangle((x, top, right, top + _LANE - 1), fill=PANEL)
        style = Style(Face.TEXT, 10.5)
        write(pen, name, at=(x - 6, top + 15), style=style, fill=FAINT, edge=Edge.RIGHT)


def _draw_waveform(sheet: Image.Image, row: Stretch, *, at: tuple[int, int]) -> None:
    """Draw the mirrored waveform in its sections' colours, brighter where there is energy."""
    colours = np.array([_tone(row, column) for column in range(row.width)], np.uint8)
    half = _WAVE / 2 - 5
    away = np.abs(np.arange(_WAVE) + 0.5 - _WAVE / 2)
    reach = np.maximum(0.75, row.peaks * half)
    mask = np.clip(reach[None, :] - away[:, None] + 0.5, 0.0, 1.0) * 255
    _paste(sheet, colours, mask, at=at)


def _tone(row: Stretch, column: int) -> Rgb:
    at_ms = row.start_ms + (column + 0.5) / row.width * (row.end_ms - row.start_ms)
    found = [s for s in row.sections if s.start_ms <= at_ms < s.end_ms]
    colour = section_colour(found[0].kind) if found else QUIET
    lit = float(row.energy[column])
    return mixed(
        mixed(colour, PANEL, 0.45 * (1 - lit)), INK, 0.22 * max(0.0, lit - 0.55) / 0.45
    )


def _draw_lane(sheet: Image.Image, row: Stretch, *, number: int, at: tuple[int, int]) -> None:
    colour = _LANES[number][1]
    top = at[1] + _LANES_TOP + number * (_LANE + 3)
    levels = row.lanes[number]
    above = _LANE - (np.arange(_LANE) + 0.5)
    mask = np.clip(levels[None, :] * (_LANE - 2) - above[:, None] + 0.5, 0.0, 1.0)
    shade = 255 * (0.35 + 0.65 * levels)
    _paste(
        sheet,
        np.tile(np.array(colour, np.uint8), (row.width, 1)),
        mask * shade,
        at=(at[0], top),
    )


def _paste(
    sheet: Image.Image, colours: NDArray[np.uint8], mask: Levels, *, at: tuple[int, int]
) -> None:
    """Lay one colour a column, (width, 3), through a mask of 0 to 255, (height, width)."""
    block = np.ascontiguousarray(np.broadcast_to(colours[None], (*mask.shape, 3)))
    sheet.paste(Image.fromarray(block), at, Image.fromarray(np.rint(mask).astype(np.uint8)))


def _draw_doubts(sheet: Image.Image, row: Stretch, *, at: tuple[int, int]) -> None:
    """Hatch the waveform where the beat is uncertain."""
    rows, columns = np.mgrid[0:_WAVE, 0 : row.width]
    stripe = np.abs((rows + columns) % 9 - 4.0)
    lines = np.clip(1.4 - stripe, 0.0, 1.0) * 80
    inside = np.zeros(row.width)
    for start, end in row.doubts:
        inside[int(row.x(start)) : int(row.x(end))] = 1.0
    top = at[1] + _WAVE_TOP
    dark = np.broadcast_to(inside[None] * 90, lines.shape)
    _paste(sheet, np.tile(np.array(GROUND, np.uint8), (row.width, 1)), dark, at=(at[0], top))
    hatch = lines * inside[None]
    _paste(sheet, np.tile(np.array(DOUBT, np.uint8), (row.width, 1)), hatch, at=(at[0], top))


def _draw_sections(pen: ImageDraw.ImageDraw, row: Stretch, *, at: tuple[int, int]) -> None:
    bold, text = Style(Face.BOLD, 13), Style(Face.TEXT, 12)
    for section in row.sections:
        left, right = at[0] + row.x(section.start_ms), at[0] + row.x(section.end_ms)
        colour = section_colour(section.kind)
        box = (left, at[1], max(left, right - 3), at[1] + _BAND - 1)
        pen.rounded_rectangle(box, 4, fill=mixed(GROUND, colour, 0.26))
        pen.rectangle((left, at[1], left + 2, at[1] + _BAND - 1), fill=colour)
        name = fitted(section.kind, style=bold, width=max(0.0, right - left - 20))
        if right - left < 34:
            continue
        taken = write(
            pen, name, at=(left + 11, at[1] + 18), style=bold, fill=mixed(colour, INK, 0.55)
        )
        if right - left > taken + 40:
            label = (left + 18 + taken, at[1] + 18)
            write(pen, section.label, at=label, style=text, fill=mixed(colour, PANEL, 0.25))


def _draw_beats(pen: ImageDraw.ImageDraw, row: Stretch, *, at: tuple[int, int]) -> None:
    """Draw ticks below the waveform; bars get a number where there is room for it."""
    style = Style(Face.TEXT, 11.5)
    bar, free = row.first_bar, float("-inf")
    crowded = len(row.beats) * 4 > row.width
    for beat in row.beats:
        x = round(at[0] + row.x(beat.at_ms))
        sure = beat.confidence >= _UNSURE
        if beat.in_bar != 1:
            if not crowded:
                pen.line((x, at[1] + 3, x, at[1] + 7), fill=LINE if not sure else FAINT)
            continue
        pen.line((x, at[1] + 3, x, at[1] + 13), fill=INK if sure else DOUBT)
        number = str(bar)
        bar += 1
        if free <= x <= at[0] + row.width - measure(number, style) - 4:
            write(pen, number, at=(x + 4, at[1] + 23), style=style, fill=QUIET)
            free = x + measure(number, style) + 26


def _draw_clock(pen: ImageDraw.ImageDraw, row: Stretch, *, at: tuple[int, int]) -> None:
    """Write the time below the lanes, every 1, 2, 5, 10 or 15 seconds."""
    y = at[1] + _LANES_TOP + len(_LANES) * (_LANE + 3)
    style = Style(Face.TEXT, 11.5)
    length_s = (row.end_ms - row.start_ms) / 1000
    step = next((s for s in (1, 2, 5, 10) if length_s / s <= 16), 15)
    for second in range(
        -(-int(row.start_ms) // (1000 * step)) * step, int(row.end_ms // 1000) + 1, step
    ):
        x = at[0] + row.x(second * 1000)
        clock = f"{second // 60}:{second % 60:02d}"
        if x > at[0] + row.width - measure(clock, style) - 4:
            break
        pen.line((x, y, x, y + 4), fill=FAINT)
        write(pen, clock, at=(x + 4, y + 13), style=style, fill=FAINT)
