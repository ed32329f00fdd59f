from __future__ import annotations

import pickle
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from mvpipe.engine.encode.chunks import Chunk
from mvpipe.engine.planes import Planes, blank
from mvpipe.engine.studio.sound import sound_of
from mvpipe.engine.studio.work import (
    Report,
    Stage,
    chunk_path,
    load_picture,
    paint_scenes,
    store_pictures,
)
from mvpipe.errors import OutputError
from mvpipe.model.media import Size
from mvpipe.model.timeline import Sound, Timeline, Track, TrackKind
from tests.painters import SMALL, music_of, sweep, timeline_of, write_song


def same(one: Planes, other: Planes) -> bool:
    """Return whether two frames hold the same pixels."""
    return all(
        np.array_equal(a, b) for a, b in ((one.y, other.y), (one.u, other.u), (one.v, other.v))
    )


def heard(timeline: Timeline, song: Path) -> np.ndarray[tuple[int, int], np.dtype[np.float32]]:
    """Return all of a timeline's sound."""
    return np.concatenate(list(sound_of(timeline, {"song": song})))


def with_sounds(timeline: Timeline, *sounds: Sound) -> Timeline:
    """Return the timeline with other sounds."""
    return replace(timeline, tracks=(Track(TrackKind.AUDIO, sounds),))


def test_stored_pictures_come_back_and_are_not_copies(tmp_path: Path) -> None:
    picture = blank(Size(64, 36))
    sweep(3, picture)
    stored = store_pictures({"art": picture}, tmp_path)
    loaded = load_picture(stored["art"])
    assert same(loaded, picture)
    assert not loaded.y.flags.owndata
    assert all(plane.flags.c_contiguous for plane in (loaded.y, loaded.u, loaded.v))
    loaded.y[:] = 0  # what one worker writes, no other sees
    assert same(load_picture(stored["art"]), picture)


def test_chunk_files_sort_in_order_of_time() -> None:
    early, late = Chunk(90, 300, (90,)), Chunk(1000, 1200, (1000,))
    assert chunk_path(Path(), early) < chunk_path(Path(), late)


def test_a_report_keeps_its_problem_on_the_way() -> None:
    report = Report(problem=OutputError("no room", hint="make some"))
    back: Report = pickle.loads(pickle.dumps(report))  # noqa: S301 - our own
    assert isinstance(back.problem, OutputError)
    assert (str(back.problem), back.problem.hint) == ("no room", "make some")


def test_a_stretch_of_sound_has_its_length_and_level(tmp_path: Path) -> None:
    song = write_song(tmp_path / "song.wav", 500)
    timeline = with_sounds(timeline_of(500), Sound(0, 200, "song", level=0.5))
    sound = heard(timeline, song)
    assert sound.shape == (200 * 48, 2)
    assert np.abs(sound).max() == pytest.approx(0.5 * 8000 / 32768, rel=0.01)


def test_between_stretches_of_sound_is_silence(tmp_path: Path) -> None:
    song = write_song(tmp_path / "song.wav", 500)
    sounds = (Sound(100, 200, "song"), Sound(2_000, 2_200, "song"))
    sound = heard(with_sounds(timeline_of(3_000), *sounds), song)
    assert len(sound) == 2_200 * 48
    assert not sound[: 100 * 48].any()
    assert sound[110 * 48 : 190 * 48].any()
    assert not sound[200 * 48 : 2_000 * 48].any()


def test_a_stretch_ends_where_the_next_begins(tmp_path: Path) -> None:
    song = write_song(tmp_path / "song.wav", 500)
    sounds = (Sound(0, 400, "song"), Sound(300, 500, "song", level=0.0))
    sound = heard(with_sounds(timeline_of(500), *sounds), song)
    assert len(sound) == 500 * 48
    assert not sound[300 * 48 :].any()


@pytest.mark.slow
def test_the_engines_own_painter_fills_a_frame(tmp_path: Path) -> None:
    stage = Stage(timeline_of(2_000), music_of(2_000), SMALL, pictures={}, songs={})
    paint, planes = paint_scenes(stage), blank(SMALL.size)
    paint(30, planes)
    assert planes.y.max() > 16
