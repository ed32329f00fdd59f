from __future__ import annotations

import io
import json
import re
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mvpipe.commands.config import config
from mvpipe.commands.options import Choice
from mvpipe.errors import NothingMatched, SpecError
from mvpipe.model.job import Export, ExportStep, Job, Step
from mvpipe.model.place import Place
from mvpipe.report.config import ResolvedJob, config_text, yaml_scalar
from mvpipe.report.streams import Streams
from mvpipe.settings import VARIABLES, Settings
from mvpipe.spec.load import NO_OPTIONS, Options, load_text, read, read_file
from mvpipe.spec.origins import From, Value, values_of
from mvpipe.spec.source import parse

EXAMPLES = sorted((Path(__file__).parents[2] / "examples").glob("*.mvpipe.yaml"))
NOWHERE = Place("", 0, 0)

JOB = """\
mvpipe: 1
vars: {title: Dawn}
matrix: {mood: [calm, wild]}
inputs:
  - songs/*.mp3
  - {path: cover.jpg, id: cover}
steps:
  - a ${{ matrix.mood }} city called ${{ vars.title }}, ${{ vars.title }}
  - check: {video: ">=1"}
exports:
  - out/${{ matrix.mood }}.mp4
  - {to: "out/${{ matrix.mood }}-tall.mp4", preset: shorts, id: tall, aspect: "9:16"}
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "songs").mkdir()
    for name in ("songs/a.mp3", "songs/b.mp3", "cover.jpg"):
        (tmp_path / name).write_bytes(b"x")
    (tmp_path / "album.mvpipe.yaml").write_text(JOB, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def shown(folder: Path, *given: str, choice: Choice = Choice(), as_json: bool = False) -> str:  # noqa: B008 - frozen
    out = io.StringIO()
    config(given, choice, Streams(out, out), folder=folder, as_json=as_json)
    return out.getvalue()


def unplaced(job: Job) -> Job:
    """Return the job without what tells in which file it was written."""

    def of_export(export: Export) -> Export:
        return replace(export, place=NOWHERE)

    def of_step(step: Step) -> Step:
        if isinstance(step, ExportStep):
            return replace(step, place=NOWHERE, export=of_export(step.export))
        return replace(step, place=NOWHERE)

    return replace(
        job,
        source="",
        place=NOWHERE,
        inputs=tuple(replace(item, place=NOWHERE) for item in job.inputs),
        steps=tuple(of_step(step) for step in job.steps),
        exports=tuple(of_export(export) for export in job.exports),
    )


def values(text: str, folder: Path, options: Options = NO_OPTIONS) -> dict[str, Value]:
    """Return the values of the first job by where they stand."""
    found = values_of(read(text, file="album.mvpipe.yaml", folder=folder, options=options))
    return {".".join(map(str, value.pointer)): value for value in found[0]}


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_a_resolved_job_is_a_job_file_that_means_the_same(path: Path) -> None:
    loaded = read_file(path)
    for job, found in zip(loaded.jobs, values_of(loaded), strict=True):
        text = config_text([ResolvedJob(job.name, job.source, found)], [])
        (again,) = load_text(text, file="again.mvpipe.yaml", folder=path.parent)
        assert unplaced(again) == unplaced(job)


def test_every_value_says_where_it_comes_from(folder: Path) -> None:
    found = values(JOB, folder)
    origins = {
        name: (v.origin.given, v.origin.told, v.origin.names) for name, v in found.items()
    }
    assert origins["name"] == (From.DERIVED, "the file's name", ("its place in the matrix",))
    assert origins["seed"] == (From.DEFAULT, "", ())
    assert origins["inputs.0.id"] == (From.DERIVED, "the file's name", ())
    assert origins["steps.0.id"] == (From.DERIVED, "its position", ())
    assert origins["steps.0.prompt"] == (From.FILE, "", ("matrix.mood", "vars.title"))
    assert origins["exports.0.quality"] == (From.DEFAULT, "", ())
    assert origins["exports.1.quality"] == (From.DERIVED, "preset shorts", ())
    assert found["steps.0.prompt"].value == "a calm city called Dawn, Dawn"
    assert found["exports.0.to"].origin.place == Place("album.mvpipe.yaml", 11, 5)
    assert found["exports.1.size"].origin.place == Place("album.mvpipe.yaml", 12, 79)


def test_files_of_a_pattern_share_its_place(folder: Path) -> None:
    found = values(JOB, folder)
    paths = [found[f"inputs.{n}.path"] for n in range(3)]
    assert [value.value for value in paths] == ["songs/a.mp3", "songs/b.mp3", "cover.jpg"]
    assert [value.origin.place and value.origin.place.line for value in paths] == [5, 5, 6]


def test_rows_at_one_place_are_told_apart(folder: Path) -> None:
    text = JOB.replace("songs/*.mp3", "&s {path: songs/a.mp3}").replace(
        "{path: cover.jpg, id: cover}", "*s"
    )
    found = values(text, folder)
    assert [found[f"inputs.{n}.path"].value for n in range(2)] == ["songs/a.mp3"] * 2


def test_what_is_set_from_outside_says_so(folder: Path) -> None:
    sets = (("seed", "7"), ("vars.title", "Dusk"), ("exports.0", "out/x.mp4"))
    only = JOB.replace("matrix: {mood: [calm, wild]}", "matrix: {mood: [calm]}")
    found = values(only, folder, Options(sets=sets))
    assert found["seed"].origin.given is From.SET
    assert found["seed"].origin.told == "seed"
    assert found["exports.0.to"].origin.told == "exports.0"
    assert found["steps.0.prompt"].value == "a calm city called Dusk, Dusk"
    text = shown(folder, choice=Choice(sets=(("seed", "7"),)))
    assert "seed: 7" in text
    assert "# --set seed" in text


def test_variables_of_the_environment_are_named(folder: Path) -> None:
    text = JOB.replace("called", "of ${{ env.LABEL }},")
    found = values(text, folder, Options(env={"LABEL": "us"}))
    assert "env.LABEL" in found["steps.0.prompt"].origin.names


def test_the_file_that_a_job_is_run_for_fills_its_templates(folder: Path) -> None:
    text = JOB.replace("songs/*.mp3", "${{ file.path }}")
    (folder / "album.mvpipe.yaml").write_text(text, encoding="utf-8")
    told = shown(folder, choice=Choice(file=folder / "songs" / "a.mp3"))
    assert "album.mvpipe.yaml:5:5, file.path" in told


def test_one_job_can_be_asked_for_by_name(folder: Path) -> None:
    assert shown(folder).count("\n---\n") == 1
    text = shown(folder, "album.mvpipe.yaml#album-wild")
    assert text.startswith("# album-wild  (album.mvpipe.yaml)\nmvpipe: 1")
    assert "---" not in text
    with pytest.raises(NothingMatched, match="there is no job 'wild'"):
        shown(folder, "album.mvpipe.yaml#wild")


def test_the_findings_of_every_file_are_told(folder: Path) -> None:
    for name in ("one", "two"):
        (folder / f"{name}.mvpipe.yaml").write_text("mvpipe: 2\n", encoding="utf-8")
    with pytest.raises(SpecError) as caught:
        shown(folder)
    assert {finding.place.file for finding in caught.value.findings} == {
        "one.mvpipe.yaml",
        "two.mvpipe.yaml",
    }


def test_settings_say_which_variable_gives_them(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MVPIPE_WORKERS", "3")
    found = {one["name"]: one for one in json.loads(shown(folder, as_json=True))["settings"]}
    assert found["workers"] == {"name": "workers", "value": 3, "origin": "MVPIPE_WORKERS"}
    assert found["progress"] == {"name": "progress", "value": "auto", "origin": "default"}
    assert found.keys() == VARIABLES.keys() == Settings.__dataclass_fields__.keys()


def test_no_secret_is_ever_shown(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = JOB.replace("mvpipe: 1", "mvpipe: 1\nbackend: nemo")
    (folder / "album.mvpipe.yaml").write_text(text, encoding="utf-8")
    assert "not given" in shown(folder)
    monkeypatch.setenv("NEMO_TOKEN", "canary-token")
    monkeypatch.setenv("NEMO_CLIENT_ID", "canary-client")
    monkeypatch.setenv("NEMO_API_URL", "https://me:canary-word@example.com")
    for as_json in (False, True):
        told = shown(folder, as_json=as_json)
        assert "canary" not in told
        assert "***" in told
        assert "NEMO_TOKEN" in told
    monkeypatch.setenv("NEMO_API_URL", "https://example.com/api")
    assert re.search("https://example.com/api +NEMO_API_URL", shown(folder))


def test_a_config_as_json_holds_every_value_with_its_place(folder: Path) -> None:
    document = json.loads(shown(folder, "album.mvpipe.yaml#album-calm", as_json=True))
    (job,) = document["jobs"]
    found = {value["where"]: value for value in job["values"]}
    assert found["exports[1].preset"] == {
        "where": "exports[1].preset",
        "value": "shorts",
        "origin": "file",
        "told": "",
        "names": [],
        "place": {"file": "album.mvpipe.yaml", "line": 12, "column": 53},
    }
    assert found["seed"]["place"] is None


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=30))
def test_every_text_is_the_same_text_in_yaml(text: str) -> None:
    written = yaml_scalar(text)
    assert "\n" not in written
    assert parse(f"a: {written}  # note", file="x").data == {"a": text.replace("${{", "$ {{")}


@pytest.mark.parametrize(
    "value", [1, 1.5, True, False, None, "1", "true", "null", "1e3", "", "9" * 20], ids=repr
)
def test_a_scalar_keeps_its_kind(value: float | str | None) -> None:
    data = parse(f"a: {yaml_scalar(value)}", file="x").data
    assert data == {"a": value}
    assert isinstance(data, dict)
    assert type(data["a"]) is type(value)
