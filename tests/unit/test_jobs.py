from __future__ import annotations

import io
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mvpipe.commands.found import found_in, meant
from mvpipe.commands.jobs import (
    chosen,
    drafted,
    drafted_in_place,
    exports_of,
    loaded,
    scaled,
)
from mvpipe.commands.options import Choice
from mvpipe.errors import NothingMatched, SpecError, UsageError
from mvpipe.model.backend import BackendName
from mvpipe.model.job import ExportStep
from mvpipe.model.media import Quality, Size
from tests.jobs import PLACE, export, job, prompt

TEXT = """\
mvpipe: 1
inputs: [song.mp3]
steps:
  - generate a music video
  - export: {id: rough, to: out/rough.mp4}
exports:
  - {id: wide, to: out/wide.mp4, preset: youtube-1080p}
  - {id: tall, to: out/tall.mp4, preset: shorts}
"""


def written(folder: Path, name: str = "song.mvpipe.yaml", text: str = TEXT) -> Path:
    (folder / "song.mp3").write_bytes(b"ID3")
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def ids(choice: Choice, folder: Path) -> list[str]:
    return [e.id for j in chosen(choice, folder=folder) for e in exports_of(j)]


def test_the_job_files_of_a_folder_are_found_by_name(tmp_path: Path) -> None:
    names = ["b.mvpipe.yaml", "a.mvpipe.yml", "mvpipe.yaml"]
    for name in [*names, "other.yaml", "x.mvpipe.yaml.bak"]:
        written(tmp_path, name)
    (tmp_path / "folder.mvpipe.yaml").mkdir()
    assert [str(path) for path in found_in(tmp_path)] == sorted(names)


def test_a_job_file_that_is_named_twice_is_run_once(tmp_path: Path) -> None:
    path = written(tmp_path)
    elsewhere = tmp_path / "other" / ".." / path.name
    (tmp_path / "other").mkdir()
    jobs = chosen(Choice(files=(path, elsewhere, tmp_path)), folder=tmp_path)
    assert [job.source for job in jobs] == [str(path)]


def test_two_job_files_that_write_one_video_are_refused_together(tmp_path: Path) -> None:
    first, second = written(tmp_path, "a.mvpipe.yaml"), written(tmp_path, "b.mvpipe.yaml")
    with pytest.raises(SpecError) as caught:
        chosen(Choice(files=(first, second), only=("wide",)), folder=tmp_path)
    (finding,) = caught.value.findings
    assert str(finding) == (
        f"{second}:7:5: 'out/wide.mp4' is already written by the export at {first}:7:5, "
        "give each a file of its own"
    )
    for alone in (first, second):
        assert ids(Choice(files=(alone,)), tmp_path) == ["rough", "wide", "tall"]


def test_a_folder_without_job_files_says_how_to_get_one(tmp_path: Path) -> None:
    with pytest.raises(NothingMatched, match="no job file here") as caught:
        found_in(tmp_path)
    assert "mvpipe init" in caught.value.hint


def test_without_names_every_job_of_the_folder_is_meant(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    written(tmp_path)
    monkeypatch.chdir(tmp_path)
    assert ids(Choice(), tmp_path) == ["rough", "wide", "tall"]


def test_findings_of_all_files_come_together(tmp_path: Path) -> None:
    bad = written(tmp_path, "a.yaml", TEXT + "moood: 1\n")
    worse = written(tmp_path, "b.yaml", "mvpipe: 2\n")
    with pytest.raises(SpecError) as caught:
        loaded((bad, written(tmp_path), worse), Choice())
    assert {finding.place.file for finding in caught.value.findings} == {str(bad), str(worse)}


def test_a_folder_means_its_job_files_and_a_pattern_what_fits(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "jobs").mkdir()
    for name in ("b.mvpipe.yaml", "a.mvpipe.yaml", "c.yaml"):
        written(tmp_path / "jobs", name)
    monkeypatch.chdir(tmp_path)
    ours = ["jobs/a.mvpipe.yaml", "jobs/b.mvpipe.yaml"]
    for named in ("jobs", "jobs/*.mvpipe.yaml", str(tmp_path / "jobs" / "?.mvpipe.yaml")):
        sources = [j.source for j in loaded((Path(named),), Choice())]
        assert [Path(source).resolve() for source in sources] == [
            tmp_path.resolve() / name for name in ours
        ]
    assert [str(path) for path in meant(Path("jobs"))] == ours


@pytest.mark.parametrize(
    ("named", "said"),
    [("jobs", "no job file in jobs/"), ("*.yaml", r"\*\.yaml: no file matches")],
)
def test_a_folder_or_pattern_without_job_files_matches_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, named: str, said: str
) -> None:
    (tmp_path / "jobs").mkdir()
    monkeypatch.chdir(tmp_path)
    with pytest.raises(NothingMatched, match=said):
        meant(Path(named))


def test_a_file_named_like_a_pattern_is_that_file(tmp_path: Path) -> None:
    odd = written(tmp_path, "song [live].yaml")
    assert meant(odd) == (odd,)


def test_a_draft_may_keep_its_name() -> None:
    small = drafted_in_place(job(prompt("x"), exports=(export("v", size=None),)))
    assert [(e.to.name, e.shown, e.quality) for e in small.exports] == [
        ("v.mp4", "out/v.mp4", Quality.DRAFT)
    ]


def test_a_job_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"gone\.yaml: no such job file"):
        loaded((tmp_path / "gone.yaml",), Choice())


def piped(monkeypatch: pytest.MonkeyPatch, content: bytes) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(content)))


def test_a_dash_reads_a_job_from_standard_input(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    written(tmp_path)
    monkeypatch.chdir(tmp_path)
    piped(monkeypatch, TEXT.encode("utf-8-sig"))
    (read,) = loaded((Path("-"),), Choice())
    assert (read.source, len(exports_of(read))) == ("<stdin>", 3)


def test_standard_input_that_is_no_text_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    piped(monkeypatch, b"\xff\xfe")
    with pytest.raises(UsageError, match="not text in UTF-8"):
        loaded((Path("-"),), Choice())


def test_too_much_on_standard_input_is_a_finding(monkeypatch: pytest.MonkeyPatch) -> None:
    piped(monkeypatch, "夜".encode() * 1_000_000)
    with pytest.raises(SpecError):
        loaded((Path("-"),), Choice())


def test_a_value_can_be_set_from_outside(tmp_path: Path) -> None:
    (read,) = loaded((written(tmp_path),), Choice(sets=(("name", "dawn"),)))
    assert read.name == "dawn"


def test_another_backend_can_be_chosen(tmp_path: Path) -> None:
    choice = Choice(files=(written(tmp_path),), backend=BackendName.NEMO)
    assert [j.backend for j in chosen(choice, folder=tmp_path)] == [BackendName.NEMO]


@pytest.mark.parametrize("only", [("tall",), ("rough", "wide"), ("rough",)])
def test_only_the_wanted_exports_stay(tmp_path: Path, only: tuple[str, ...]) -> None:
    assert ids(Choice(files=(written(tmp_path),), only=only), tmp_path) == list(only)


def test_jobs_without_a_wanted_export_are_left_out(tmp_path: Path) -> None:
    single = TEXT.split("exports:", maxsplit=1)[0].replace("rough", "sketch")
    files = (written(tmp_path), written(tmp_path, "b.yaml", single))
    jobs = chosen(Choice(files=files, only=("sketch",)), folder=tmp_path)
    assert [j.source for j in jobs] == [str(files[1])]


def test_an_export_that_no_job_has_is_answered_with_the_nearest(tmp_path: Path) -> None:
    with pytest.raises(NothingMatched, match="wdie") as caught:
        ids(Choice(files=(written(tmp_path),), only=("wdie",)), tmp_path)
    assert caught.value.hint == "did you mean wide?"


def test_an_export_like_no_other_is_answered_with_all(tmp_path: Path) -> None:
    with pytest.raises(NothingMatched) as caught:
        ids(Choice(files=(written(tmp_path),), only=("zzz",)), tmp_path)
    assert caught.value.hint == "there are: rough, tall, wide"


def test_a_draft_is_small_quick_and_beside_the_real_one() -> None:
    tall = replace(export("v1.2", size=Size(1080, 1920)), quality=Quality.MASTER)
    sketch = ExportStep(id="s", export=export("s", size=None), place=PLACE)
    small = drafted(job(prompt("x"), sketch, exports=(tall,)))
    assert [e.quality for e in exports_of(small)] == [Quality.DRAFT] * 2
    assert [e.to.name for e in exports_of(small)] == ["s.draft.mp4", "v1.2.draft.mp4"]
    assert [e.shown for e in exports_of(small)] == ["out/s.draft.mp4", "out/v1.2.draft.mp4"]
    assert [e.size for e in exports_of(small)] == [None, Size(360, 640)]


SIDES = st.integers(1, 4096).map(lambda half: 2 * half)


@given(width=SIDES, height=SIDES)
def test_a_scaled_size_is_even_keeps_its_shape_and_never_grows(width: int, height: int) -> None:
    size = scaled(Size(width, height), lines=360)
    assert (size.width % 2, size.height % 2) == (0, 0)
    assert (size.width <= width, size.height <= height) == (True, True)
    assert min(size.width, size.height) == min(width, height, 360)
    assert abs(size.width * height - size.height * width) <= 2 * max(width, height)
