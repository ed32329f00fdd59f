"""Looking without rendering: what was heard, and how a video would look."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.e2e.cli import mvpipe, write_job, write_song

pytestmark = [pytest.mark.slow, pytest.mark.timeout(180)]

PNG = b"\x89PNG\r\n\x1a\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write_song(tmp_path, bars=4)
    write_job(tmp_path)
    return tmp_path


def test_what_is_heard_is_told_and_drawn(folder: Path) -> None:
    done = mvpipe(folder, "inspect", "song.wav", "--png", "heard.png")
    assert done.code == 0, done.err
    assert done.out.startswith("song.wav  0:08.0\n  tempo")
    assert (folder / "heard.png").read_bytes().startswith(PNG)


def test_what_is_heard_is_one_json_document(folder: Path) -> None:
    done = mvpipe(folder, "inspect", "song.wav", "--json")
    assert (done.code, done.err) == (0, "")
    assert json.loads(done.out)["duration_ms"] == 8000


def test_a_sheet_of_a_job_is_drawn_and_named(folder: Path) -> None:
    done = mvpipe(folder, "preview", "-o", "sheet.png")
    assert (done.code, done.out) == (0, "sheet.png\n"), done.err
    assert (folder / "sheet.png").read_bytes().startswith(PNG)
    assert not (folder / "out").exists()


def test_the_machine_is_looked_at(folder: Path) -> None:
    done = mvpipe(folder, "doctor")
    assert done.code in {0, 1}
    assert "libx264" in done.out
    assert "Traceback" not in done.err
