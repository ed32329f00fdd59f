from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mvpipe.errors import SpecError
from mvpipe.model.canonical import digest_of
from mvpipe.model.job import Job, Prompt
from mvpipe.spec.given import Given
from mvpipe.spec.load import Options, load_text

REEL = """\
mvpipe: 1
inputs: [{path: "${{ file.path }}", id: track}]
steps: ["neon city for ${{ tags.title }} by ${{ tags.artist }}"]
exports: ["out/${{ file.stem }}.mp4"]
"""


def reel(folder: Path, song: Given | None, text: str = REEL) -> Job:
    (job,) = load_text(
        text, file="reel.mvpipe.yaml", folder=folder, options=Options(given=song)
    )
    return job


def test_a_job_for_a_song_takes_it_wherever_it_lies(tmp_path: Path) -> None:
    song = tmp_path / "in" / "[live] 7*.mp3"
    song.parent.mkdir()
    song.write_bytes(b"x")
    (tmp_path / "jobs").mkdir()
    job = reel(tmp_path / "jobs", Given(song, {"title": "Seven", "artist": "Ana"}))
    assert [item.path for item in job.inputs] == [song]
    assert isinstance(job.steps[0], Prompt)
    assert job.steps[0].text == "neon city for Seven by Ana"
    assert job.exports[0].shown == "out/[live] 7_.mp4"


def test_a_song_without_tags_is_called_by_its_stem(tmp_path: Path) -> None:
    (tmp_path / "dawn.mp3").write_bytes(b"x")
    job = reel(tmp_path, Given(tmp_path / "dawn.mp3"))
    assert isinstance(job.steps[0], Prompt)
    assert job.steps[0].text == "neon city for dawn by"


def test_the_jobs_of_two_songs_are_not_the_same_job(tmp_path: Path) -> None:
    names = set()
    for stem in ("a", "b"):
        (tmp_path / f"{stem}.mp3").write_bytes(b"x")
        names.add(reel(tmp_path, Given(tmp_path / f"{stem}.mp3")).name)
        named = reel(tmp_path, Given(tmp_path / f"{stem}.mp3"), f"{REEL}name: reel\n").name
        assert named == f"reel-{stem}"
    assert names == {"a", "b"}


def test_without_a_song_the_job_file_says_what_it_is_for(tmp_path: Path) -> None:
    with pytest.raises(SpecError) as caught:
        reel(tmp_path, None)
    problems = [finding.problem for finding in caught.value.findings]
    assert "'file.path' has a value only with --file, or in a watched folder" in problems


def test_a_song_of_no_accepted_kind_is_refused(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_bytes(b"x")
    with pytest.raises(SpecError) as caught:
        reel(tmp_path, Given(tmp_path / "notes.txt"))
    assert "is of a kind that is not accepted" in caught.value.findings[0].problem


@given(st.text(), st.binary(max_size=20))
def test_whatever_a_song_is_called_its_names_can_be_hashed_and_printed(
    title: str, name: bytes
) -> None:
    path = Path("/in") / (name.replace(b"/", b"").decode(errors="surrogateescape") or "x")
    names = Given(path, {"title": title}).names
    told = {key: value for key, value in names.items() if key != "file.path"}
    assert digest_of(told)
    assert all(
        str(value).isprintable() or str(value).strip() for value in told.values() if value
    )
