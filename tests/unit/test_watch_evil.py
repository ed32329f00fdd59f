"""Every evil name that is not refused comes through a job, and no two of them share a video."""

from __future__ import annotations

import os
import unicodedata
from pathlib import Path

import pytest

from mvpipe.journal.watched import Ledger
from mvpipe.spec.given import Given
from mvpipe.spec.load import Options, load_text
from mvpipe.spec.naming import component_fault
from mvpipe.watch.names import key, refusal
from tests.unit.test_watch_names import EVIL

REEL = """\
mvpipe: 1
inputs: [{path: "${{ file.path }}", id: track}]
steps: ["neon city for ${{ tags.title }}"]
exports: ["out/${{ file.stem }}.mp4"]
"""
TAKEN = [name for name in EVIL if refusal(name) is None]

pytestmark = pytest.mark.skipif(os.name == "nt", reason="such names are Linux's")


def output_of(folder: Path, name: str) -> Path:
    """Return the video that the job makes of a song with this name, which lies there."""
    song = folder / "in" / name
    song.parent.mkdir(exist_ok=True)
    song.write_bytes(b"x")
    options = Options(given=Given(song))
    (job,) = load_text(REEL, file="reel.mvpipe.yaml", folder=folder / "jobs", options=options)
    assert [item.path for item in job.inputs] == [song]
    return job.exports[0].to


@pytest.mark.parametrize("name", TAKEN, ids=ascii)
def test_a_song_with_an_evil_name_has_a_video_with_a_harmless_one(
    tmp_path: Path, name: str
) -> None:
    output = output_of(tmp_path, name)
    assert output.parent == tmp_path / "jobs" / "out"
    assert component_fault(output.name) is None


def test_no_two_of_them_share_a_video_on_any_disk(tmp_path: Path) -> None:
    (tmp_path / "state").mkdir()
    ledger = Ledger.open(tmp_path / "state" / "songs.db", now=lambda: 0.0)
    owners: dict[str, str] = {}
    for name in TAKEN:
        output = output_of(tmp_path, name)
        if ledger.owner(Path(key(str(output))), name=name) == name:
            folded = unicodedata.normalize("NFC", str(output)).casefold()
            assert folded not in owners, (name, owners[folded])
            owners[folded] = name
    ledger.close()
    assert len(TAKEN) > len(owners) > len(TAKEN) // 2
