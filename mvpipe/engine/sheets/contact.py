"""Contact sheets: stills of a video at a glance. Returns images; only `save` writes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from mvpipe.engine.pictures import save_image, to_rgb
from mvpipe.engine.planes import Planes
from mvpipe.engine.scenes.letters import Face, Style
from mvpipe.engine.sheets.theme import (
    FAINT,
    GROUND,
    INK,
    LINE,
    QUIET,
    Edge,
    dot,
    fitted,
    section_colour,
    write,
)
from mvpipe.model.timecode import timecode

_MOST_COLUMNS = 4


@dataclass(frozen=True, slots=True)
class Cell:
    """One still: planes or (h, w, 3) sRGB, its time, its section (`drop 1`) and a caption."""

    picture: Planes | NDArray[np.uint8]
    at_ms: int
    section: str
    caption: str


@dataclass(frozen=True, slots=True)
class _Grid:
    """Where cells stand; `unit` is a 1280th of the sheet's width."""

    unit: float
    columns: int
    cell: tuple[int, int]
    gap: int
    margin: int
    top: int
    step: int


def contact_sheet(cells: Sequence[Cell], *, width: int = 1280, title: str) -> Image.Image:
    """Return the stills side by side, up to four in a row, with their words below."""
    grid = _grid(cells, width)
    rows = -(-len(cells) // grid.columns)
    sheet = Image.new("RGB", (width, grid.top + rows * grid.step + grid.margin // 2), GROUND)
    pen = ImageDraw.Draw(sheet)
    _head(pen, title=title, count=len(cells), width=width, grid=grid)
    for number, cell in enumerate(cells):
        row, column = divmod(number, grid.columns)
        left = grid.margin + column * (grid.cell[0] + grid.gap)
        _draw_cell(sheet, cell, at=(left, grid.top + row * grid.step), grid=grid)
    return sheet


def save(image: Image.Image, path: Path) -> None:
    """Write a sheet as PNG, whole or not at all. Safe to repeat; raises OutputError."""
    save_image(image, path)


def _grid(cells: Sequence[Cell], width: int) -> _Grid:
    unit = width / 1280
    columns = max(1, min(_MOST_COLUMNS, len(cells)))
    gap, margin = round(18 * unit), round(36 * unit)
    wide = (width - 2 * margin - (columns - 1) * gap) // columns
    shapes = [_shape(cell) for cell in cells] or [9 / 16]
    high = round(wide * max(shapes))
    return _Grid(
        unit=unit,
        columns=columns,
        cell=(wide, high),
        gap=gap,
        margin=margin,
        top=round(108 * unit),
        step=high + round(76 * unit),
    )


def _shape(cell: Cell) -> float:
    plane = cell.picture.y if isinstance(cell.picture, Planes) else cell.picture
    return float(plane.shape[0] / plane.shape[1])


def _head(pen: ImageDraw.ImageDraw, *, title: str, count: int, width: int, grid: _Grid) -> None:
    unit, baseline = grid.unit, 66 * grid.unit
    small = Style(Face.TEXT, 15 * unit)
    stills = f"{count} still{'' if count == 1 else 's'}"
    taken = write(
        pen,
        stills,
        at=(width - grid.margin, baseline),
        style=small,
        fill=FAINT,
        edge=Edge.RIGHT,
    )
    style = Style(Face.DISPLAY, 32 * unit, tracking=-0.01)
    room = width - 2 * grid.margin - taken - 24 * unit
    shown = fitted(title, style=style, width=room)
    write(pen, shown, at=(grid.margin, baseline), style=style, fill=INK)


def _draw_cell(sheet: Image.Image, cell: Cell, *, at: tuple[int, int], grid: _Grid) -> None:
    picture = _still(cell, grid.cell)
    left = at[0] + (grid.cell[0] - picture.width) // 2
    top = at[1] + (grid.cell[1] - picture.height) // 2
    corner = max(2, round(7 * grid.unit))
    mask = _rounded(picture.size, corner)
    sheet.paste(Image.new("RGB", picture.size, LINE), (left, top), mask)
    inner = _rounded((picture.width - 2, picture.height - 2), corner - 1)
    sheet.paste(
        picture.crop((1, 1, picture.width - 1, picture.height - 1)), (left + 1, top + 1), inner
    )
    _label(ImageDraw.Draw(sheet), cell, at=(at[0], at[1] + grid.cell[1]), grid=grid)


def _still(cell: Cell, room: tuple[int, int]) -> Image.Image:
    rgb = to_rgb(cell.picture) if isinstance(cell.picture, Planes) else cell.picture
    image = Image.fromarray(rgb)
    scale = min(room[0] / image.width, room[1] / image.height)
    size = (max(4, round(image.width * scale)), max(4, round(image.height * scale)))
    return image.resize(size, Image.Resampling.LANCZOS)


def _rounded(size: tuple[int, int], corner: int) -> Image.Image:
    """Return a mask with round corners, drawn four times as large so that they are smooth."""
    large = Image.new("L", (size[0] * 4, size[1] * 4), 0)
    ImageDraw.Draw(large).rounded_rectangle(
        (0, 0, large.width - 1, large.height - 1), corner * 4, fill=255
    )
    return large.reduce(4)


def _label(pen: ImageDraw.ImageDraw, cell: Cell, *, at: tuple[int, int], grid: _Grid) -> None:
    unit, width = grid.unit, grid.cell[0]
    first, second = at[1] + 25 * unit, at[1] + 46 * unit
    bold, text = Style(Face.BOLD, 15 * unit), Style(Face.TEXT, 13.5 * unit)
    taken = write(pen, timecode(cell.at_ms), at=(at[0], first), style=bold, fill=INK)
    if cell.section:
        colour = section_colour(cell.section)
        place = at[0] + taken + 12 * unit
        dot(pen, (place + 4 * unit, first - 5.2 * unit), size_px=10 * unit, fill=colour)
        room = width - taken - 26 * unit
        name = fitted(cell.section, style=text, width=room)
        write(pen, name, at=(place + 14 * unit, first), style=text, fill=QUIET)
    caption = fitted(cell.caption, style=text, width=width)
    write(pen, caption, at=(at[0], second), style=text, fill=FAINT)
