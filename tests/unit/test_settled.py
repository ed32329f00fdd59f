"""A run with nothing to do is known by a look at its files, and anything else is not."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, replace
from io import StringIO
from pathlib import Path

import pytest

from mvpipe.commands.jobs import chosen
from mvpipe.commands.options import Choice, Limit, Order, Telling
from mvpipe.commands.settled import (
    MOST,
    Command,
    command_of,
    looked_up,
    note,
    nothing_to_do,
)
from mvpipe.errors import Exit
from mvpipe.journal.records import FRESH_S
from mvpipe.lockfile.entry import NAME
from mvpipe.model.event import JobFinished
from mvpipe.report.streams import Streams
from mvpipe.settings import JOURNAL, read_settings

JOB = """\
mvpipe: 1
inputs: [{name}.wav]
steps:
  - neon city
  - {{export: {{to: {name}-early.mp4}}}}
exports: [{name}.mp4]
"""


@dataclass(frozen=True, slots=True)
class Project:
    """A folder of jobs that are all done."""

    folder: Path
    command: Command

    @property
    def newest_s(self) -> float:
        return max(path.stat().st_mtime for path in self.folder.iterdir())

    def settle(self, *, later_s: float = 60.0, unchanged: bool = True) -> None:
        jobs = chosen(self.command.choice, folder=self.folder)
        results = [
            JobFinished(
                job.name, ok=True, seconds=0, outputs=(job.exports[0].to,), unchanged=unchanged
            )
            for job in jobs
        ]
        note(self.command, jobs, results, now_s=self.newest_s + later_s)

    def names(self) -> list[str] | None:
        results = looked_up(self.command)
        return None if results is None else [result.job for result in results]


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    folder, state = tmp_path / "project", tmp_path / "state"
    (folder / ".git").mkdir(parents=True)
    state.mkdir()
    (state / JOURNAL).write_bytes(b"a journal")
    for name in ("one", "two"):
        (folder / f"{name}.mvpipe.yaml").write_text(JOB.format(name=name), encoding="utf-8")
        for made in (f"{name}.wav", f"{name}.mp4", f"{name}-early.mp4"):
            (folder / made).write_bytes(made.encode())
    monkeypatch.chdir(folder)
    return Project(folder, Command(Choice(), folder, state, who="mvpipe 1"))


def test_what_was_done_is_known_from_the_files(project: Project) -> None:
    assert project.names() is None
    project.settle()
    results = looked_up(project.command)
    assert results is not None
    assert all(result.ok and result.unchanged for result in results)
    assert [result.outputs for result in results] == [
        (project.folder / "one.mp4",),
        (project.folder / "two.mp4",),
    ]


def changed(path: str) -> Callable[[Project], object]:
    return lambda project: (project.folder / path).write_bytes(b"changed")


def touched(project: Project) -> None:
    state = (project.folder / "one.wav").stat()
    os.utime(project.folder / "one.wav", ns=(state.st_atime_ns, state.st_mtime_ns + 1))


def replaced(project: Project) -> None:
    """Put another file of the same size and time under the name."""
    to, other = project.folder / "two.mp4", project.folder / "other"
    other.write_bytes(b"two.mp3")
    state = to.stat()
    os.utime(other, ns=(state.st_atime_ns, state.st_mtime_ns))
    other.replace(to)


def forgotten(project: Project) -> None:
    journal = project.command.state_dir / JOURNAL
    journal.rename(journal.with_name("old"))
    journal.write_bytes(b"another")


CHANGES: dict[str, Callable[[Project], object]] = {
    "a job": changed("one.mvpipe.yaml"),
    "a song": changed("two.wav"),
    "a video": changed("one.mp4"),
    "a video in the middle": changed("two-early.mp4"),
    "a time": touched,
    "an inode": replaced,
    "a new lock": changed(NAME),
    "a new job": changed("three.mvpipe.yaml"),
    "a video gone": lambda project: (project.folder / "two.mp4").unlink(),
    "a job gone": lambda project: (project.folder / "two.mvpipe.yaml").unlink(),
    "another journal": forgotten,
    "no journal": lambda project: (project.command.state_dir / JOURNAL).unlink(),
    "half a note": lambda project: project.command.path.write_text('{"version": 1, "who"'),
    "no note": lambda project: project.command.path.write_text("[]"),
    "another note": lambda project: project.command.path.write_text('{"version": 2}'),
}


@pytest.mark.parametrize("name", CHANGES)
def test_after_any_change_only_a_real_run_can_tell(project: Project, name: str) -> None:
    project.settle()
    assert project.names() == ["one", "two"]
    CHANGES[name](project)
    assert project.names() is None


@pytest.mark.parametrize(
    "other",
    [Choice(draft=True), Choice(only=("one",)), Choice(files=(Path("one.mvpipe.yaml"),))],
    ids=str,
)
def test_another_command_is_another_matter(project: Project, other: Choice) -> None:
    project.settle()
    assert looked_up(replace(project.command, choice=other)) is None
    assert looked_up(replace(project.command, who="mvpipe 2")) is None
    assert looked_up(replace(project.command, folder=project.folder.parent)) is None


@pytest.mark.parametrize(
    "line",
    ["inputs: ['*.wav']", "inputs: ['[ot]ne.wav']", "steps: [what is ${{ env.X }}]"],
)
def test_a_file_that_may_mean_other_files_tomorrow_is_read_each_time(
    project: Project, line: str
) -> None:
    jobs = chosen(Choice(), folder=project.folder)
    with (project.folder / "one.mvpipe.yaml").open("a", encoding="utf-8") as file:
        file.write(f"# {line}\n")
    results = [JobFinished(job.name, ok=True, seconds=0, unchanged=True) for job in jobs]
    note(project.command, jobs, results, now_s=project.newest_s + 60)
    assert not project.command.path.exists()


def test_what_changed_a_moment_ago_could_change_unseen_and_is_not_noted(
    project: Project,
) -> None:
    project.settle(later_s=FRESH_S / 2)
    assert project.names() is None


def test_a_run_that_did_something_is_not_noted(project: Project) -> None:
    project.settle(unchanged=False)
    assert project.names() is None


def test_a_note_that_cannot_be_written_does_no_harm(project: Project) -> None:
    project.command.path.parent.write_text("in the way", encoding="utf-8")
    project.settle()
    assert project.names() is None


def test_only_the_newest_notes_are_kept(project: Project) -> None:
    project.settle()
    for number in range(MOST):
        old = project.command.path.with_name(f"old-{number}.json")
        old.write_bytes(b"{}")
        os.utime(old, (number, number))
    project.settle()
    left = {path.name for path in project.command.path.parent.iterdir()}
    assert len(left) == MOST
    assert "old-0.json" not in left
    assert project.names() == ["one", "two"]


def test_an_address_with_a_password_is_in_no_note(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NEMO_API_URL", "https://me:canary-0123@example.com")
    said(project, Order(state=project.command.state_dir))
    [noted] = project.command.path.parent.iterdir()
    assert "canary" not in noted.read_text(encoding="utf-8")


@dataclass(frozen=True, slots=True)
class Said:
    code: Exit | None
    out: str
    err: str


def said(project: Project, order: Order) -> Said:
    out, err = StringIO(), StringIO()
    settings = read_settings(dict(os.environ), cores=1)
    assert order.state is not None
    known = command_of(
        Choice(), replace(settings, state_dir=order.state), folder=project.folder
    )
    Project(project.folder, known).settle()
    code = nothing_to_do(Choice(), Streams(out, err), folder=project.folder, order=order)
    return Said(code, out.getvalue(), err.getvalue())


def test_a_run_with_nothing_to_do_says_so_and_names_the_videos(project: Project) -> None:
    state = project.command.state_dir
    told = said(project, Order(state=state, telling=Telling(progress="plain")))
    assert told.code is Exit.DONE
    assert told.out == "one.mp4\ntwo.mp4\n"
    assert "2 of them unchanged" in told.err
    assert (
        '"unchanged": true' in said(project, Order(state=state, telling=Telling(json=True))).out
    )


@pytest.mark.parametrize(
    "order",
    [
        Order(limit=Limit(fresh=True)),
        Order(limit=Limit(locked=True)),
        Order(manifest=Path("made.json")),
    ],
    ids=str,
)
def test_who_wants_more_than_the_videos_gets_a_real_run(project: Project, order: Order) -> None:
    assert said(project, replace(order, state=project.command.state_dir)).code is None
