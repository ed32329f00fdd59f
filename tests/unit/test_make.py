from __future__ import annotations

from dataclasses import replace
from io import StringIO
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mvpipe.commands.make import Wish, init, job_text, make, write_schema
from mvpipe.commands.options import Telling
from mvpipe.errors import Exit, OutputError, UsageError
from mvpipe.model.job import Prompt
from mvpipe.report.streams import Streams
from mvpipe.spec.load import load, load_text
from mvpipe.spec.source import parse
from mvpipe.spec.write import quoted


def wish(
    song: str = "song.mp3",
    *prompts: str,
    to: str | None = None,
    preset: str = "auto",
) -> Wish:
    return Wish(Path(song), prompts, Path(to) if to else None, preset=preset, draft=False)


def made(folder: Path, given: Wish) -> None:
    make(given, Streams(StringIO(), StringIO()), telling=Telling(), workers=1)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "song.mp3").write_bytes(b"ID3")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def start(folder: Path, song: str | None) -> tuple[Path, str]:
    out, err = StringIO(), StringIO()
    assert init(Path(song) if song else None, Streams(out, err), folder=folder) is Exit.DONE
    return folder / out.getvalue().strip(), err.getvalue()


def test_a_wish_is_the_job_that_it_reads_like(folder: Path) -> None:
    text = job_text(wish("song.mp3", "neon city", "calmer", to="night.mp4", preset="shorts"))
    (job,) = load_text(text, file="make.yaml", folder=folder)
    assert [step.text for step in job.steps if isinstance(step, Prompt)] == [
        "neon city",
        "calmer",
    ]
    assert (job.name, job.exports[0].to.name) == ("song", "night.mp4")
    assert str(job.exports[0].size) == "1080x1920"


def test_a_tempo_that_is_heard_wrongly_can_be_given(folder: Path) -> None:
    (job,) = load_text(job_text(replace(wish(), bpm=92.5)), file="make.yaml", folder=folder)
    assert job.hints.bpm == 92.5


def test_who_wishes_nothing_gets_a_video_that_fits_the_song(folder: Path) -> None:
    (job,) = load_text(job_text(wish()), file="make.yaml", folder=folder)
    assert [step.text for step in job.steps if isinstance(step, Prompt)] == [
        "generate a music video with visuals that match the beat and mood of my track"
    ]
    assert job.exports[0].shown == "song.mp4"


@given(st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"])))
def test_any_text_survives_being_quoted_save_that_no_template_is_left(text: str) -> None:
    read = parse(f"x: {quoted(text)}\n", file="x.yaml")
    if not len(read.findings):
        assert read.data == {"x": text.replace("${{", "$ {{")}


@pytest.mark.parametrize(
    ("given", "problem"),
    [
        (wish("gone.mp3"), "gone.mp3: no such file"),
        (wish(to="a.mov"), "'a.mov' does not end in '.mp4'"),
        (wish(preset="x, to: y"), "'x, to: y' is not one of"),
        (wish("song.mp3", ""), "the text is empty"),
    ],
)
def test_a_wish_that_cannot_be_is_answered_without_a_place(
    folder: Path, given: Wish, problem: str
) -> None:
    with pytest.raises(UsageError) as caught:
        made(folder, given)
    assert str(caught.value).startswith(problem)
    assert "mvpipe make" not in str(caught.value)
    assert caught.value.hint


def test_a_new_job_file_is_sound_and_has_a_schema_beside_it(folder: Path) -> None:
    path, said = start(folder, "song.mp3")
    (job,) = load(path)
    assert [item.shown for item in job.inputs] == ["song.mp3"]
    first = path.read_text(encoding="utf-8").splitlines()[0]
    assert (folder / first.split("$schema=")[1]).is_file()
    assert "mvpipe plan" in said


def test_what_is_commented_out_in_a_new_job_file_can_be_let_in(folder: Path) -> None:
    (folder / "art").mkdir()
    (folder / "art" / "cover.jpg").write_bytes(b"\xff\xd8")
    path, _ = start(folder, "song.mp3")
    text = path.read_text(encoding="utf-8").replace("  # - ", "  - ")
    (job,) = load_text(text, file="x.yaml", folder=folder)
    assert (len(job.inputs), len(job.steps), len(job.exports)) == (2, 3, 2)


def test_without_a_name_the_first_song_of_the_folder_is_meant(folder: Path) -> None:
    (folder / "another.WAV").write_bytes(b"RIFF")
    assert start(folder, None)[0].name == "another.mvpipe.yaml"


def test_an_empty_folder_gets_a_job_to_fill_in(tmp_path: Path) -> None:
    assert start(tmp_path, None)[0].name == "song.mvpipe.yaml"


def test_a_song_with_a_full_path_is_named_from_the_folder(folder: Path) -> None:
    path, _ = start(folder, str(folder / "song.mp3"))
    assert [item.shown for item in load(path)[0].inputs] == ["song.mp3"]


def test_an_existing_job_file_is_never_overwritten(folder: Path) -> None:
    (folder / "song.mvpipe.yaml").write_text("mine", encoding="utf-8")
    with pytest.raises(UsageError, match=r"song\.mvpipe\.yaml is already there"):
        start(folder, "song.mp3")
    assert (folder / "song.mvpipe.yaml").read_text(encoding="utf-8") == "mine"


def test_a_folder_that_is_not_there_is_told(folder: Path) -> None:
    with pytest.raises(OutputError, match="cannot be written: its folder does not"):
        init(Path("x.mp3"), Streams(StringIO(), StringIO()), folder=folder / "gone")


def test_a_schema_that_cannot_be_written_is_told(folder: Path) -> None:
    (folder / ".mvpipe").write_text("mine", encoding="utf-8")
    with pytest.raises(OutputError, match="cannot be written"):
        write_schema(folder)


def test_the_schema_is_replaced_and_nothing_else_is_left(folder: Path) -> None:
    assert write_schema(folder) == write_schema(folder)
    assert [path.name for path in (folder / ".mvpipe").iterdir()] == ["job.schema.json"]
