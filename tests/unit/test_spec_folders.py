from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mvpipe.spec.folders import Folders, folders, matching, output, project_of
from mvpipe.spec.inputs import read_inputs
from mvpipe.spec.source import parse


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Folders:
    """A project with a job folder, and links that lead about."""
    top = tmp_path_factory.mktemp("top")
    jobs = top / "project" / "jobs"
    (jobs / "out").mkdir(parents=True)
    (top / "project" / "mvpipe.toml").touch()
    (jobs / "inner").symlink_to(jobs / "out")
    (jobs / "outer").symlink_to(top)
    (jobs / "loop").symlink_to(jobs / "loop")
    (jobs / "link.mp4").symlink_to(top / "elsewhere.mp4")
    (jobs / "link.mp3").symlink_to(top / "elsewhere.mp3")
    (top / "elsewhere.mp3").touch()
    (jobs / "near.mp4").symlink_to(jobs / "out" / "a.mp4")
    (jobs / "folder.mp4").mkdir()
    (jobs / "song [live].mp3").touch()
    return folders(jobs, root=None, allow_outside=False)


def test_the_root_is_the_nearest_project_else_the_folder(
    project: Folders, tmp_path: Path
) -> None:
    assert project.root == project.here.parent
    (tmp_path / ".git").mkdir()
    (tmp_path / "a" / "b").mkdir(parents=True)
    assert project_of(tmp_path / "a" / "b") == tmp_path
    assert folders(tmp_path, root=tmp_path / "a", allow_outside=False).root.name == "a"


@pytest.mark.parametrize(
    "shown", ["out/a.mp4", "../a.mp4", "./x/../a.mp4", "inner/a.mp4", "new/deep/a.mp4"]
)
def test_a_path_inside_the_project_is_taken(shown: str, project: Folders) -> None:
    found = output(shown, project)
    assert isinstance(found, Path)
    assert found.is_relative_to(project.root)


@pytest.mark.parametrize(
    "shown",
    [
        "../../a.mp4", "outer/a.mp4", "outer/project/../a.mp4", "link.mp4", "folder.mp4",
        "near.mp4", "loop/a.mp4", "/a.mp4", "~/a.mp4", "out/../../../a.mp4", "C:/a.mp4",
        "a\\b.mp4",
    ],
)  # fmt: skip
def test_a_path_that_leads_out_is_refused(shown: str, project: Folders) -> None:
    assert isinstance(output(shown, project), tuple)


def test_a_link_is_never_written_through_not_even_inside_or_where_all_is_allowed(
    project: Folders,
) -> None:
    allowed = folders(project.here, root=None, allow_outside=True)
    for where, name in ((project, "near.mp4"), (allowed, "near.mp4"), (allowed, "link.mp4")):
        assert output(name, where) == (
            f"'{name}' is a link",
            "remove the link or name another file",
        )


def test_who_allows_the_outside_may_write_there(project: Folders, tmp_path: Path) -> None:
    allowed = folders(project.here, root=None, allow_outside=True)
    assert output(f"{tmp_path.as_posix()}/a.mp4", allowed) == tmp_path.resolve() / "a.mp4"
    assert output("outer/a.mp4", allowed) == project.root.parent / "a.mp4"


PARTS = st.sampled_from(
    ["..", ".", "", "outer", "inner", "loop", "out", "a", "~", "C:", "link.mp4", "a.mp4", "\\"]
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(parts=st.lists(PARTS | st.text(max_size=5), max_size=6))
def test_whatever_is_written_the_output_is_in_the_project(
    parts: list[str], project: Folders
) -> None:
    found = output("/".join([*parts, "x.mp4"]), project)
    assert isinstance(found, tuple) or found.is_relative_to(project.root)


def _inputs(text: str, where: Folders) -> list[str]:
    source = parse(f"inputs: {text}", file="job.yaml")
    assert isinstance(source.data, dict)
    made = read_inputs(source.data["inputs"], where, source.findings)
    return [item.id for item in made.files] or [f.problem for f in source.findings]


def test_an_input_behind_a_link_out_of_the_project_is_refused(project: Folders) -> None:
    assert _inputs("[link.mp3]", project) == ["'link.mp3' lies outside the project"]
    assert _inputs("['lin*.mp3']", project) == ["'link.mp3' lies outside the project"]
    allowed = folders(project.here, root=None, allow_outside=True)
    assert _inputs("[link.mp3]", allowed) == ["link"]
    assert _inputs(f"[{project.root.parent}/elsewhere.mp3]", allowed) == ["elsewhere"]


def test_brackets_in_a_file_name_are_no_pattern_where_the_file_is_there(
    project: Folders,
) -> None:
    assert _inputs("['song [live].mp3']", project) == ["song-live"]


@pytest.mark.parametrize(
    ("pattern", "problem"),
    [
        ("*/../../*", "is not a pattern"), ("**x/*.mp3", "is not a pattern"),
        ("../../*.mp3", "no file fits"), ("*" * 9, "is not a pattern"),
        ("x" * 300, "cannot be reached"), ("loop/a.mp3", "lies outside"),
    ],
)  # fmt: skip
def test_a_pattern_that_wanders_finds_nothing(
    pattern: str, problem: str, project: Folders
) -> None:
    (said,) = _inputs(f"['{pattern}']", project)
    assert problem in said


def test_a_pattern_that_fits_too_much_is_refused(tmp_path: Path) -> None:
    for n in range(201):
        (tmp_path / f"{n}.jpg").touch()
    where = folders(tmp_path, root=tmp_path, allow_outside=False)
    assert _inputs("['*.jpg']", where) == ["more than 200 files fit '*.jpg'"]
    assert [path.stem for path in matching("1?.jpg", where)] == [str(n) for n in range(10, 20)]
