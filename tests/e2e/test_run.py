"""One whole run after another: what is left, what is said, and with which exit code."""

from __future__ import annotations

import json
from fractions import Fraction
from pathlib import Path

import av
import jsonschema
import pytest

from tests.e2e.cli import mvpipe, tree, write_job, write_song

pytestmark = [pytest.mark.slow, pytest.mark.timeout(180)]

EVENT_SCHEMA = Path(__file__).parents[2] / "schemas" / "event.schema.json"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write_song(tmp_path)
    write_job(tmp_path)
    return tmp_path


def test_a_job_becomes_a_video_whose_path_is_all_that_standard_output_says(
    folder: Path,
) -> None:
    done = mvpipe(folder, "run")
    assert (done.code, done.out) == (0, "out/song.mp4\n")
    assert "1 job done in" in done.err
    assert [path.name for path in (folder / "out").iterdir()] == ["song.mp4"]
    with av.open(str(folder / "out" / "song.mp4")) as video:
        picture, sound = video.streams.video[0], video.streams.audio[0]
        assert (picture.width, picture.height) == (128, 128)
        assert (picture.codec_context.name, picture.codec_context.pix_fmt) == (
            "h264",
            "yuv420p",
        )
        assert (sound.codec_context.name, sound.rate, sound.channels) == ("aac", 48000, 2)
        assert sum(1 for _ in video.decode(picture)) == 60
        assert picture.average_rate == Fraction(30)


def test_a_dry_run_leaves_everything_as_it_was(folder: Path, own_home: Path) -> None:
    before = tree(folder, own_home)
    assert mvpipe(folder, "run", "-n").code == 0
    assert mvpipe(folder, "validate").code == 0
    assert mvpipe(folder, "plan", "--json").code == 0
    assert tree(folder, own_home) == before


def test_a_run_can_be_followed_as_events(folder: Path) -> None:
    done = mvpipe(folder, "run", "--events", "jsonl")
    assert (done.code, done.err) == (0, "")
    schema = json.loads(EVENT_SCHEMA.read_text(encoding="utf-8"))
    for event in done.events:
        jsonschema.Draft7Validator(schema).validate(event)
    assert done.events[0]["event"] == "run-started"
    assert done.events[-1] | {"seconds": 0} == {
        "schema_version": 1,
        "event": "run-finished",
        "done": 1,
        "failed": 0,
        "seconds": 0,
        "unchanged": 0,
    }


def test_a_run_can_end_in_one_document(folder: Path) -> None:
    done = mvpipe(folder, "-q", "run", "--json")
    assert (done.code, done.err) == (0, "")
    (result,) = json.loads(done.out)["jobs"]
    assert (result["ok"], result["problem"]) == (True, "")
    assert result["outputs"] == [(folder / "out" / "song.mp4").as_posix()]


def test_the_bytes_are_the_same_again_and_with_one_worker_or_two(folder: Path) -> None:
    video = folder / "out" / "song.mp4"
    video.parent.mkdir()
    video.write_bytes(b"an older one")
    assert mvpipe(folder, "run", "-j", "1").code == 0
    first = video.read_bytes()
    assert mvpipe(folder, "run", "-j", "1").code == 0
    assert video.read_bytes() == first
    assert mvpipe(folder, "run", "-j", "2").code == 0
    assert video.read_bytes() == first


def test_a_job_that_fails_lets_the_next_one_run(folder: Path) -> None:
    strict = folder / "strict.mvpipe.yaml"
    strict.write_text(
        (folder / "song.mvpipe.yaml")
        .read_text(encoding="utf-8")
        .replace("steps: [", "steps: [check: {video: '>=1'}, ")
        .replace("out/song.mp4", "out/strict.mp4"),
        encoding="utf-8",
    )
    done = mvpipe(folder, "run", "strict.mvpipe.yaml", "song.mvpipe.yaml")
    assert done.code == 1
    assert done.out == "out/song.mp4\n"
    assert (
        "failed: strict: the timeline is not as expected: there is no timeline yet" in done.err
    )
    assert "1 job done, 1 failed in" in done.err


def test_one_song_needs_no_job_file(folder: Path) -> None:
    done = mvpipe(folder, "make", "song.wav", "--draft", "-p", "calm aurora")
    assert (done.code, done.out) == (0, "song.draft.mp4\n")
    assert (folder / "song.draft.mp4").stat().st_size > 10_000


def test_the_job_that_make_shows_is_the_job_it_runs(folder: Path) -> None:
    shown = mvpipe(folder, "make", "song.wav", "--print-job", "-p", 'a "quoted" ${{ x }}: #')
    (folder / "shown.mvpipe.yaml").write_text(shown.out, encoding="utf-8")
    assert mvpipe(folder, "validate", "shown.mvpipe.yaml").code == 0


@pytest.mark.parametrize(
    ("arguments", "code"),
    [(["run", "--loud"], 2), (["run", "wrong.yaml"], 3), (["run", "--only", "tall"], 7)],
)
def test_what_cannot_run_has_its_exit_code(
    folder: Path, arguments: list[str], code: int
) -> None:
    (folder / "wrong.yaml").write_text("mvpipe: 2\n", encoding="utf-8")
    done = mvpipe(folder, *arguments)
    assert (done.code, done.out) == (code, "")
    assert "Traceback" not in done.err
    assert not (folder / "out").exists()
