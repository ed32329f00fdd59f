from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mvpipe.errors import SpecError, UsageError
from mvpipe.model.job import Amount, Check, Comparison, Job, Prompt
from mvpipe.model.place import Finding
from mvpipe.spec.load import Options, load, load_text
from mvpipe.spec.quick import accepts
from mvpipe.spec.schemas import job_schema, job_schema_text

SPECS = Path(__file__).parent.parent / "specs"
JOB = """\
mvpipe: 1
vars: {title: Dusk, fps: 30}
inputs: [song.mp3]
steps: ['generate a video of ${{ vars.title }}, ${{ job.name }}']
exports: [{to: 'out/${{ vars.title }}.mp4', fps: '${{ vars.fps }}'}]
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "song.mp3").touch()
    (tmp_path / "night.mvpipe.yaml").write_text(JOB, encoding="utf-8")
    return tmp_path


def _load(text: str, folder: Path, options: Options | None = None) -> tuple[Job, ...]:
    return load_text(text, file="-", folder=folder, options=options or Options(root=folder))


def _problems(text: str, folder: Path, options: Options | None = None) -> list[str]:
    with pytest.raises(SpecError) as caught:
        _load(text, folder, options)
    return [str(finding) for finding in caught.value.findings]


def test_a_job_is_named_after_its_file_and_its_paths_are_absolute(folder: Path) -> None:
    (job,) = load(folder / "night.mvpipe.yaml", root=folder)
    assert job.name == "night"
    assert job.inputs[0].path == folder.resolve() / "song.mp3"
    assert job.exports[0].to == folder.resolve() / "out" / "Dusk.mp4"
    assert isinstance(job.steps[0], Prompt)
    assert job.steps[0].text == "generate a video of Dusk, night"


def test_set_overrules_the_file_with_what_it_would_mean_there(folder: Path) -> None:
    sets = (("vars.title", "A/B ${{ x }}"), ("vars.fps", "60"), ("seed", "7"),
            ("exports.0.quality", "high"), ("music.meter", "3/4"))  # fmt: skip
    (job,) = load(folder / "night.mvpipe.yaml", root=folder, sets=sets)
    assert isinstance(job.steps[0], Prompt)
    assert job.steps[0].text.startswith("generate a video of A/B ${{ x }},")
    assert job.exports[0].shown == "out/A_B ${{ x }}.mp4"
    assert (job.exports[0].fps, job.seed, str(job.hints.meter)) == (60, 7, "3/4")
    assert job.exports[0].quality == "high"


def test_set_is_checked_like_the_file(folder: Path) -> None:
    options = Options(
        root=folder, sets=(("exports.0.fps", "29"), ("sed", "1"), ("seed", ".nan"))
    )
    said = _problems(JOB, folder, options)
    assert said[0].startswith("-:1:1: sed: 'sed' is not known here, did you mean 'seed'?")
    assert any("exports[0].fps: '29' is not one of" in line for line in said)
    assert any("seed: '.nan' is text" in line for line in said)


def test_only_allowed_variables_of_the_environment_have_a_name(folder: Path) -> None:
    text = JOB.replace("${{ vars.title }}, ", "${{ env.CITY }} ")
    (job,) = _load(text, folder, Options(root=folder, env={"CITY": "Oslo"}))
    assert isinstance(job.steps[0], Prompt)
    assert "Oslo" in job.steps[0].text
    secret = Options(root=folder, env={"CITY": "Oslo", "MY_TOKEN": "canary"})
    (said,) = _problems(text.replace("env.CITY", "env.MY_TOKEN"), folder, secret)
    assert "looks like a secret" in said
    assert "canary" not in said


def test_a_comparison_is_an_amount(folder: Path) -> None:
    text = JOB.replace("steps: [", "steps: [{check: {video: '>=2', duration: 90}}, {check: "
                       "{title: 1, duration: '<= 2m'}}, ")  # fmt: skip
    (job,) = _load(text, folder)
    first, second = (step.expect for step in job.steps if isinstance(step, Check))
    assert first.video == Amount(Comparison.AT_LEAST, 2)
    assert first.duration == Amount(Comparison.ABOUT, 90_000)
    assert second.title == Amount(Comparison.EQUAL, 1)
    assert second.duration == Amount(Comparison.AT_MOST, 120_000)


def test_a_missing_file_is_not_a_finding_but_nothing_matched(tmp_path: Path) -> None:
    for path in (tmp_path / "none.yaml", tmp_path):
        with pytest.raises(UsageError, match="cannot be read"):
            load(path)


def test_a_file_too_large_is_not_read_whole(tmp_path: Path) -> None:
    path = tmp_path / "large.mvpipe.yaml"
    path.write_bytes(b"# " + "é".encode() * 400_000)
    with pytest.raises(SpecError) as caught:
        load(path)
    assert "a job file may have 262,144" in caught.value.findings[0].problem


def test_jobs_times_values_are_limited_as_a_whole(folder: Path) -> None:
    rows = ", ".join(str(n) for n in range(250))
    steps = ", ".join(["{prompt: more, timeout: 1m}"] * 200)
    text = JOB.replace("steps: [", f"matrix: {{n: [{rows}]}}\nsteps: [{steps}, ")
    assert any("are too much for one file" in line for line in _problems(text, folder))


def test_the_same_title_twice_gets_two_names(folder: Path) -> None:
    text = JOB.replace("vars:", "matrix: {mood: ['a/b', 'a:b']}\nvars:")
    text = text.replace("${{ vars.title }}.mp4", "${{ matrix.mood }}.mp4")
    said = _problems(text, folder)
    assert "is written by more than one job of the matrix" in said[0]


def test_an_automatic_id_steps_aside_for_a_written_one(folder: Path) -> None:
    text = JOB.replace("steps: [", "steps: [{id: step-2, prompt: one}, two, ")
    (job,) = _load(text, folder)
    assert [step.id for step in job.steps] == ["step-2", "step-2-2", "step-3"]


def test_a_group_of_several_has_no_single_length(folder: Path) -> None:
    (folder / "b.mp3").touch()
    text = JOB.replace("[song.mp3]", "[{path: '*.mp3', id: all}]")
    text = text.replace("steps: [", "steps: [{check: {duration: ~ inputs.all}}, ")
    assert "'inputs.all' stands for 2 files" in _problems(text, folder)[0]


def test_the_schema_is_told_as_text() -> None:
    assert '"title": "mvpipe job"' in job_schema_text()


GOOD = [path.read_text(encoding="utf-8") for path in sorted(SPECS.glob("good/*.yaml"))]
SCRAPS = st.sampled_from(
    ["${{", "}}", "vars.x", "\n", "  - ", ": ", "[", "{", "]", "~", "null", "1e9", "../",
     "&a ",
     "*a", "matrix: {a: [1, 2]}\n", "id: x", "export: ", "prompt: ", "'", '"', "#", "!!int ",
     "-1", "é", "exports:\n", "steps:\n", "*.mp3", "{}", "- {}\n", ", ", "inputs.", "<<: "]
)  # fmt: skip


@given(
    text=st.sampled_from(GOOD),
    cuts=st.lists(st.tuples(st.integers(0, 900), st.integers(0, 12), SCRAPS), max_size=4),
)
def test_however_a_file_is_mangled_only_findings_come_of_it(
    text: str, cuts: list[tuple[int, int, str]]
) -> None:
    for at, length, scrap in cuts:
        spot = at % (len(text) + 1)
        text = text[:spot] + scrap + text[spot + length :]
    findings, jobs = _outcome(text)
    lines = len(text.splitlines()) + 1
    assert all(1 <= finding.place.line <= lines for finding in findings)
    assert all(finding.remedy for finding in findings)
    exports = [export for job in jobs for export in job.exports]
    assert all(export.to.is_relative_to(SPECS.resolve()) for export in exports)


def _outcome(text: str) -> tuple[tuple[Finding, ...], tuple[Job, ...]]:
    try:
        options = Options(root=SPECS)
        return (), load_text(text, file="x", folder=SPECS / "good", options=options)
    except SpecError as error:
        return error.findings, ()


@given(st.binary(max_size=200))
def test_random_bytes_are_findings(
    tmp_path_factory: pytest.TempPathFactory, data: bytes
) -> None:
    path = tmp_path_factory.mktemp("random") / "x.mvpipe.yaml"
    path.write_bytes(data)
    with pytest.raises(SpecError):
        load(path)


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-2, 99) | st.floats(0, 2)
    | st.sampled_from(["", "x", ">=1", "16:9", "${{ a }}", "30x20", "local", "4/4"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(
        st.sampled_from([*job_schema()["properties"], "prompt", "export", "check", "to", "path",
                         "expect", "timeout", "video", "fps", "id", "bpm", "x", "include"]),
        inner, max_size=4),
    max_leaves=12,
)  # fmt: skip


@given(VALUES)
def test_what_the_quick_check_accepts_the_validator_accepts(data: object) -> None:
    from jsonschema import Draft7Validator  # noqa: PLC0415 - the truth to compare with

    schema = job_schema()
    parts = [schema, *schema["properties"].values(), schema["properties"]["steps"]["items"]]
    for part in parts:
        whole = {**part, "definitions": schema["definitions"]}
        if accepts(data, whole, schema["definitions"]):
            assert Draft7Validator(whole).is_valid(data)


def test_an_unknown_keyword_is_left_to_the_validator() -> None:
    assert not accepts({}, {"contains": {}}, {})
    assert not accepts({}, {"not": {"required": ["a"]}}, {})


@pytest.mark.slow
def test_a_sound_file_loads_without_jsonschema() -> None:
    path = SPECS / "good" / "matrix.mvpipe.yaml"
    code = (
        "import sys; from pathlib import Path; from mvpipe.spec.load import load\n"
        f"load(Path({str(path)!r}))\n"
        "heavy = {'jsonschema', 'difflib', 'numpy', 'av', 'requests'}\n"
        "print(*sorted(heavy & set(sys.modules)))"
    )
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == ""
