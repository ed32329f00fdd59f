"""The lock beside the jobs, as whole runs leave it and hold to it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from mvpipe.lockfile.text import parse
from tests.e2e.cli import mvpipe, tree, write_song

pytestmark = [pytest.mark.slow, pytest.mark.timeout(180)]

SCHEMA = Path(__file__).parents[2] / "schemas" / "manifest.schema.json"

JOB = """\
mvpipe: 1
inputs: [song.wav]
steps:
  - generate a music video
  - {id: title, prompt: add the title "Dawn" for the first 2 seconds}
exports: [{id: small, to: out/song.mp4, size: 128x128}]
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write_song(tmp_path, bars=8)
    (tmp_path / "song.mvpipe.yaml").write_text(JOB, encoding="utf-8")
    return tmp_path


def retitled(folder: Path, title: str) -> None:
    (folder / "song.mvpipe.yaml").write_text(JOB.replace("Dawn", title), encoding="utf-8")


def gops(folder: Path) -> list[str]:
    lock = parse((folder / "mvpipe.lock").read_text(encoding="utf-8"))
    content = lock.jobs["song.mvpipe.yaml"]["song"].outputs["small"].content
    assert content is not None
    return [gop.digest for gop in content.gops]


def test_a_run_leaves_a_lock_that_ci_can_hold_it_to(folder: Path) -> None:
    first = mvpipe(folder, "run", "--manifest", "made.json")
    assert first.code == 0, first.err
    lock = (folder / "mvpipe.lock").read_bytes()
    was = gops(folder)
    assert str(folder).encode() not in lock
    assert manifest_of(folder)["jobs"][0]["state"] == "done"

    again = mvpipe(folder, "run", "--locked", "--manifest", "made.json")
    assert (again.code, (folder / "mvpipe.lock").read_bytes()) == (0, lock)
    assert manifest_of(folder)["jobs"][0]["state"] == "kept"
    assert mvpipe(folder, "verify").code == 0

    retitled(folder, "Dusk")
    before = tree(folder)
    refused = mvpipe(folder, "run", "--locked")
    assert refused.code == 1
    assert "song: the text or the expectation of 'say title' changed" in refused.err
    assert tree(folder) == before
    assert "follows 'say title'" in mvpipe(folder, "explain").out

    assert mvpipe(folder, "run").code == 0
    changed = [old != new for old, new in zip(was, gops(folder), strict=True)]
    assert changed[0]
    assert not changed[-1]

    video = folder / "out" / "song.mp4"
    video.write_bytes(video.read_bytes() + b"\0")
    told = mvpipe(folder, "verify")
    assert told.code == 1
    assert "differs  out/song.mp4: its pictures and its sound are the same" in told.out


def manifest_of(folder: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((folder / "made.json").read_text(encoding="utf-8"))
    schema = json.loads(SCHEMA.read_text(encoding="utf-8"))
    jsonschema.Draft7Validator(schema).validate(found)
    return found


def test_a_lock_that_git_has_not_merged_stops_a_run_before_it_begins(folder: Path) -> None:
    (folder / "mvpipe.lock").write_text("{\n<<<<<<< ours\n", encoding="utf-8")
    done = mvpipe(folder, "run")
    assert done.code == 1
    assert "mvpipe.lock:2: two versions of this lock are not merged yet" in done.err
    assert not (folder / "out").exists()


def test_a_locked_run_that_comes_out_otherwise_says_in_which_frames(folder: Path) -> None:
    assert mvpipe(folder, "run").code == 0
    lock = folder / "mvpipe.lock"
    data = json.loads(lock.read_text(encoding="utf-8"))
    output = data["jobs"]["song.mvpipe.yaml"]["song"]["outputs"]["small"]
    output["digest"] = "0" * 64
    output["content"]["gops"][1] = "60 000000000000"
    lock.write_text(json.dumps(data), encoding="utf-8")
    before = lock.read_bytes()
    done = mvpipe(folder, "run", "--locked")
    assert done.code == 1
    assert "song: out/song.mp4: frames 60-119 (0:02.0-0:04.0)" in done.err
    assert lock.read_bytes() == before
