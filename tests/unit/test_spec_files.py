from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from mvpipe.errors import SpecError
from mvpipe.model.job import Upload
from mvpipe.model.media import Aspect, Size
from mvpipe.spec.load import load
from mvpipe.spec.quick import accepts
from mvpipe.spec.schemas import job_schema
from mvpipe.spec.source import parse

TOP = Path(__file__).parent.parent.parent
SPECS = TOP / "tests" / "specs"
GOOD = sorted(SPECS.glob("good/*.mvpipe.yaml"))
BAD = sorted(SPECS.glob("bad/*.mvpipe.yaml"))
EXAMPLES = sorted(TOP.glob("examples/*.mvpipe.yaml"))
MODELINE = "# yaml-language-server: $schema=../schemas/job.schema.json"


@pytest.mark.parametrize("path", BAD, ids=lambda path: path.name.split(".")[0])
def test_a_bad_file_gives_exactly_its_findings(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(path.parent)
    with pytest.raises(SpecError) as caught:
        load(Path(path.name), root=SPECS)
    said = "".join(f"{finding}\n{finding.snippet}\n" for finding in caught.value.findings)
    assert said == path.with_name(path.name.replace(".mvpipe.yaml", ".expected")).read_text(
        encoding="utf-8"
    )


@pytest.mark.parametrize("path", GOOD, ids=lambda path: path.name.split(".")[0])
def test_a_good_file_loads_without_the_validator(path: Path) -> None:
    assert load(path, root=SPECS)
    data = parse(path.read_text(encoding="utf-8"), file="x").data
    assert accepts(data, job_schema(), job_schema()["definitions"])


def test_there_is_an_expectation_for_every_bad_file() -> None:
    names = {path.name.removesuffix(".mvpipe.yaml") for path in BAD}
    assert {path.stem for path in SPECS.glob("bad/*.expected")} == names
    assert len(BAD) >= 130


@pytest.fixture
def examples(tmp_path: Path) -> Path:
    """A copy of the examples in which every file they name is there, if empty."""
    for folder in ("audio", "art"):
        (tmp_path / "examples" / folder).mkdir(parents=True)
    for name in ("audio/first-light.mp3", "audio/night-bus.mp3", "art/1.jpg", "art/2.jpg"):
        (tmp_path / "examples" / name).touch()
    for path in EXAMPLES:
        shutil.copy(path, tmp_path / "examples")
    return tmp_path / "examples"


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.name.split(".")[0])
def test_an_example_loads_and_tells_editors_its_schema(path: Path, examples: Path) -> None:
    jobs = load(examples / path.name, root=examples.parent)
    exports = [export for job in jobs for export in job.exports]
    assert all(export.to.is_relative_to(examples.parent / "out") for export in exports)
    assert path.read_text(encoding="utf-8").splitlines()[0] == MODELINE


def test_the_demo_writes_first_light_at_the_top(examples: Path) -> None:
    (job,) = load(examples / "first-light.mvpipe.yaml", root=examples.parent)
    (export,) = job.exports
    assert export.to == examples.parent.resolve() / "out" / "first-light.mp4"
    assert export.size == Size(1920, 1080)


def test_the_full_example_uses_every_key(examples: Path) -> None:
    text = (examples / "full.mvpipe.yaml").read_text(encoding="utf-8")
    data = parse(text, file="full").data
    assert isinstance(data, dict)
    assert set(data) == set(job_schema()["properties"])


def test_a_group_of_pictures_is_in_natural_order_and_goes_by_one_name() -> None:
    (job,) = load(SPECS / "good" / "pictures.mvpipe.yaml", root=SPECS)
    assert [item.id for item in job.inputs] == ["track", "art-1", "art-2", "art-3", "cover"]
    assert [item.path.name for item in job.inputs[1:4]] == ["1.jpg", "2.jpg", "10.jpg"]
    first, second = (step for step in job.steps if isinstance(step, Upload))
    assert (first.inputs, second.inputs) == (("track", "art-1", "art-2", "art-3"), ("art-2",))
    assert job.input("art-3").shown == "../media/art/10.jpg"


def test_preset_aspect_and_size_make_the_size() -> None:
    (job,) = load(SPECS / "good" / "sizes.mvpipe.yaml", root=SPECS)
    made = {export.id: (str(export.size), export.aspect, export.fps) for export in job.exports}
    assert made == {
        "a": ("1280x720", Aspect.WIDE, 30), "b": ("360x640", Aspect.TALL, 30),
        "c": ("1080x1080", Aspect.SQUARE, 60), "d": ("1080x1080", Aspect.SQUARE, 30),
        "e": ("1000x500", None, 30), "f": ("1080x1920", Aspect.TALL, 30),
    }  # fmt: skip


def test_a_matrix_makes_a_job_for_each_combination_with_its_own_name_and_file() -> None:
    jobs = load(SPECS / "good" / "matrix.mvpipe.yaml", root=SPECS)
    assert [job.name for job in jobs] == [
        "matrix-calm-24", "matrix-calm-60", "matrix-wild-60", "matrix-odd-30",
    ]  # fmt: skip
    assert [job.exports[0].fps for job in jobs] == [24, 60, 60, 30]
    assert len({job.exports[0].to for job in jobs}) == 4


def test_what_looks_like_text_stays_text() -> None:
    (job,) = load(SPECS / "good" / "looks-like-it-means.mvpipe.yaml", root=SPECS)
    text = "9:16 1:30 no on 2026-11-22 1_000 7"
    assert [getattr(step, "text", None) for step in job.steps] == [text]


def test_every_property_of_the_schema_is_described_and_shown_by_an_example() -> None:
    def walk(schema: object, where: str) -> None:
        if not isinstance(schema, dict):
            return
        for name, inner in schema.get("properties", {}).items():
            assert inner.get("description"), f"{where}.{name}"
            assert inner.get("examples"), f"{where}.{name}"
            walk(inner, f"{where}.{name}")
        walk(schema.get("items"), f"{where}[]")

    walk(job_schema(), "")


def test_the_schema_is_draft_07_without_what_editors_or_readers_cannot_follow() -> None:
    text = json.dumps(job_schema())
    assert job_schema()["$schema"] == "http://json-schema.org/draft-07/schema#"
    assert "oneOf" not in text
    assert "unevaluatedProperties" not in text
