from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from mvpipe.engine.planes import blank
from mvpipe.engine.scenes.letters import Face, Style, measure
from mvpipe.engine.sheets.contact import Cell, contact_sheet, save
from mvpipe.engine.sheets.heard import MUSIC_WIDTH, music_sheet
from mvpipe.engine.sheets.strips import MOST_ROW_MS, ROW_HEIGHT, stretches
from mvpipe.engine.sheets.theme import FAINT, GROUND, fitted, mixed, one_line, section_colour
from mvpipe.errors import OutputError
from mvpipe.model.media import Size
from mvpipe.model.music import Curve, Mood, Music
from tests.scores import score

STILL = Size(160, 90)


def _cells(count: int, size: Size = STILL) -> list[Cell]:
    planes = blank(size)
    planes.y[:] = 235
    return [Cell(planes, 1000 * k, f"drop {k}", "nebula · cut") for k in range(count)]


def _noise(music: Music) -> NDArray[np.float32]:
    return np.random.default_rng(1).normal(0, 0.2, music.duration_ms * 2).astype(np.float32)


def _pixels(image: Image.Image) -> NDArray[np.int64]:
    return np.asarray(image).astype(np.int64)


@pytest.mark.parametrize(("count", "rows"), [(1, 1), (4, 1), (5, 2), (12, 3)])
def test_stills_stand_in_rows_of_up_to_four(count: int, rows: int) -> None:
    sheet = contact_sheet(_cells(count), width=800, title="demo")
    assert sheet.width == 800
    white = np.mean(np.all(_pixels(sheet) > 250, axis=2), axis=1)
    assert np.count_nonzero(np.diff((white > 0.2).astype(int)) == 1) == rows


@pytest.mark.parametrize("size", [Size(160, 90), Size(90, 160), Size(120, 120)], ids=str)
@pytest.mark.parametrize("width", [480, 1280, 1920])
def test_a_still_keeps_its_shape_and_stays_inside(size: Size, width: int) -> None:
    sheet = _pixels(contact_sheet(_cells(4, size), width=width, title="demo"))
    rows, columns = np.nonzero(np.all(sheet[:, : width // 4] > 250, axis=2))
    rows, columns = rows[rows > 108 * width / 1280], columns[rows > 108 * width / 1280]
    stood = np.bincount(rows, minlength=sheet.shape[0]) > (columns.max() - columns.min()) * 0.8
    shape = np.count_nonzero(stood) / (columns.max() - columns.min() + 1)
    assert shape == pytest.approx(size.height / size.width, rel=0.06)
    margin = round(36 * width / 1280)
    assert (sheet[:, : margin - 1] == GROUND).all()
    assert (sheet[:, -margin + 1 :] == GROUND).all()


def test_a_still_may_be_rgb_and_a_sheet_empty() -> None:
    red = Cell(np.full((90, 160, 3), (255, 0, 0), np.uint8), 0, "", "")
    assert (_pixels(contact_sheet([red], title="")) == (255, 0, 0)).all(axis=2).any()
    assert contact_sheet([], title="none").width == 1280


def test_outside_text_is_cut_to_its_room_and_never_interpreted() -> None:
    long = [replace(_cells(1)[0], section="drop " * 50, caption="\x1b[31m\u202e%{pts}" * 50)]
    sheet = _pixels(contact_sheet(long * 4, width=800, title="t" * 500))
    assert (sheet[:, -20:] == GROUND).all()
    assert one_line("a\x1b\nb") == "a b"
    style = Style(Face.TEXT, 14)
    assert fitted("short", style=style, width=100) == "short"
    cut = fitted("a long line of words", style=style, width=60)
    assert cut.endswith("…")
    assert measure(cut, style) <= 60


@pytest.mark.parametrize("duration_ms", [10_000, 100_000, 600_000])
def test_a_long_song_takes_several_rows(duration_ms: int) -> None:
    music = score(duration_ms=duration_ms)
    rows = -(-duration_ms // MOST_ROW_MS)
    assert len(stretches(music, _noise(music), width=200)) == rows
    sheet = music_sheet(music, _noise(music), title="demo")
    assert sheet.width == MUSIC_WIDTH
    assert rows * ROW_HEIGHT < sheet.height < (rows + 1) * ROW_HEIGHT


def test_rows_carry_on_where_the_last_one_ended() -> None:
    music = score(duration_ms=200_000)
    rows = stretches(music, _noise(music), width=300)
    assert [row.end_ms for row in rows[:-1]] == [row.start_ms for row in rows[1:]]
    assert sum(len(row.beats) for row in rows) == len(music.beats)
    assert rows[1].first_bar == sum(b.in_bar == 1 for b in rows[0].beats) + 1


def test_the_waveform_is_as_loud_as_the_song_and_only_where_it_is() -> None:
    music = score(duration_ms=10_000)
    samples = np.zeros(20_000, np.float32)
    samples[5_000:10_000] = 0.8
    peaks = stretches(music, samples, width=400)[0].peaks
    assert peaks[:99].max() == 0
    assert peaks[101:199].min() > 0.9
    assert peaks[201:].max() == 0


def test_doubtful_beats_are_joined_to_spans_and_hatched() -> None:
    music = score(duration_ms=10_000)
    beats = tuple(
        replace(b, confidence=0.1 if 3000 <= b.at_ms < 6000 else 0.9) for b in music.beats
    )
    unsure = replace(music, beats=beats, warnings=("the beat is uncertain",))
    row = stretches(unsure, _noise(music), width=400)[0]
    assert list(row.doubts) == [(3000, 6000)]
    plain, hatched = (_pixels(music_sheet(m, _noise(music), title="")) for m in (music, unsure))
    assert (plain[150:300] != hatched[150:300]).any()


def test_music_without_beats_sections_or_sound_still_gives_a_sheet() -> None:
    music = score(duration_ms=2_000, beats=False)
    empty = Curve(100, b"")
    curves = replace(music.curves, kick=empty, bass=empty, treble=empty, loudness=empty)
    silent = replace(music, curves=curves, sections=(), beats=(), duration_ms=1)
    sheet = music_sheet(silent, np.zeros(0, np.float32), title="silence")
    assert sheet.height > ROW_HEIGHT
    assert stretches(silent, np.zeros(0, np.float32), width=100)[0].doubts == ((0.0, 1.0),)


@pytest.mark.parametrize("arousal", [0.1, 0.9])
@pytest.mark.parametrize("valence", [0.1, 0.9])
def test_every_mood_has_its_own_word(arousal: float, valence: float) -> None:
    music = score(duration_ms=4_000)
    mood = Mood(arousal, valence, 0.5, 0.5, "F#", "minor", 0.4)
    other = Mood(1 - arousal, valence, 0.5, 0.5, "F#", "minor", 0.4)
    one, two = (
        music_sheet(replace(music, mood=m), _noise(music), title="") for m in (mood, other)
    )
    assert (_pixels(one)[90:120] != _pixels(two)[90:120]).any()


def test_sections_have_colours_by_kind_and_unknown_ones_a_quiet_one() -> None:
    assert section_colour("drop 1") == section_colour("drop")
    assert section_colour("something") == FAINT
    assert mixed((0, 0, 0), (200, 100, 50), 0.5) == (100, 50, 25)


def test_a_sheet_is_written_whole_or_not_at_all(tmp_path: Path) -> None:
    sheet = contact_sheet(_cells(1), width=400, title="demo")
    save(sheet, tmp_path / "a.png")
    with Image.open(tmp_path / "a.png") as written:
        assert written.size == sheet.size
    with pytest.raises(OutputError):
        save(sheet, tmp_path / "nowhere" / "a.png")
