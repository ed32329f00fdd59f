from __future__ import annotations

import errno
import json
import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from mvpipe.commands.locking import LockDiffers, check, entry_of, keep, read_lock, written
from mvpipe.commands.options import Choice
from mvpipe.commands.verify import verify
from mvpipe.errors import Exit, NothingMatched, OutputError
from mvpipe.journal.records import JobId, Outcome, Record, Stage, job_id
from mvpipe.lockfile.entry import NAME, Lock
from mvpipe.lockfile.text import DamagedLock
from mvpipe.model.canonical import Digest
from mvpipe.model.job import Job
from mvpipe.model.plan import Plan
from mvpipe.report.streams import Streams
from tests.disks import FaultyFiles
from tests.jobs import export, job, planned, prompt
from tests.records import done
from tests.videos import little_video

ALL = Choice()
CapturedText = pytest.CaptureFixture[str]


@pytest.fixture(scope="module")
def videos(tmp_path_factory: pytest.TempPathFactory) -> tuple[bytes, bytes]:
    """Two videos that differ from frame 20 on."""
    folder = tmp_path_factory.mktemp("videos")
    one = little_video(folder / "one.mp4").read_bytes()
    return one, little_video(folder / "other.mp4", odd={25}).read_bytes()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "song.mvpipe.yaml").write_text("mvpipe: 1", encoding="utf-8")
    (tmp_path / "out").mkdir()
    return tmp_path


def wanted(folder: Path, *names: str, text: str = "x", name: str = "song") -> Job:
    exports = (replace(export(n), to=folder / "out" / f"{n}.mp4") for n in names or ("out",))
    return replace(job(prompt(text), exports=tuple(exports)), name=name)


def records(
    plan: Plan, folder: Path, *, content: bytes = b"video", credits_each: int | None = None
) -> dict[JobId, Sequence[Record]]:
    """Write the plan's outputs and return what the journal would know of carrying it out."""
    for task in plan.renders:
        (folder / "out" / f"{task.id.split()[1]}.mp4").write_bytes(content)
    name = job_id(plan.job.source, plan.job.name, folder=folder)
    return {name: done(plan, folder=folder, credits_each=credits_each)}


def kept(plan: Plan, folder: Path, choice: Choice = ALL, *, content: bytes = b"video") -> None:
    keep([plan], records(plan, folder, content=content), choice, folder=folder, locked=False)


def verified(
    folder: Path, said: CapturedText, *given: str, as_json: bool = False
) -> tuple[Exit, str]:
    streams = Streams(sys.stdout, sys.stderr)
    code = verify(given, streams, folder=folder, as_json=as_json)
    return code, said.readouterr().out


def test_a_job_that_is_done_has_an_entry(folder: Path, videos: tuple[bytes, bytes]) -> None:
    plan = planned(wanted(folder))
    kept(plan, folder, content=videos[0])
    entry = read_lock(folder).entry("song.mvpipe.yaml", "song")
    assert entry is not None
    assert entry.steps == {task.id: task.key for task in plan.tasks}
    assert (entry.timeline, entry.credits) == ("after", None)
    output = entry.outputs["out"]
    assert (output.path, output.size_bytes) == ("out/out.mp4", len(videos[0]))
    assert output.content is not None
    assert len(output.content.gops) == 3
    assert str(folder) not in (folder / NAME).read_text(encoding="utf-8")


def test_a_lock_that_says_it_already_is_not_written_again(folder: Path) -> None:
    plan = planned(wanted(folder))
    kept(plan, folder)
    before = (folder / NAME).stat()
    kept(plan, folder)
    assert (folder / NAME).stat() == before


def test_a_job_that_is_not_finished_is_not_locked(folder: Path) -> None:
    plan = planned(wanted(folder))
    known = records(plan, folder)
    ((name, made),) = known.items()
    for cut in (made[:-1], [*made[:-1], replace(made[-1], outcome=Outcome(Stage.UNKNOWN))], ()):
        keep([plan], {name: cut}, ALL, folder=folder, locked=False)
    keep([plan], {}, ALL, folder=folder, locked=False)
    assert not (folder / NAME).exists()


@pytest.mark.parametrize("code", [errno.EROFS, errno.EACCES, errno.EPERM])
def test_a_project_that_may_only_be_read_is_no_failure(folder: Path, code: int) -> None:
    (note,) = written(Lock(), folder, files=FaultyFiles(number=code, fails_at=1))
    assert note.startswith(f"'{folder / NAME}' cannot be written: ")
    assert note.endswith("; what was made is not locked")


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EIO])
def test_a_disk_that_fails_leaves_the_lock_that_was_there(folder: Path, code: int) -> None:
    kept(planned(wanted(folder)), folder)
    before = (folder / NAME).read_bytes()
    for fails_at in range(1, 4):
        with pytest.raises(OutputError):
            written(Lock(), folder, files=FaultyFiles(number=code, fails_at=fails_at))
        assert (folder / NAME).read_bytes() == before
    assert [path.name for path in folder.glob(".*")] == []


def test_drafts_and_jobs_without_a_file_are_not_locked(folder: Path) -> None:
    plan = planned(wanted(folder))
    kept(plan, folder, Choice(draft=True))
    kept(plan, folder, Choice(file=Path("other.mp3")))
    piped = replace(plan, job=replace(plan.job, source="<stdin>"))
    kept(piped, folder)
    assert not (folder / NAME).exists()
    check([plan], Choice(draft=True), folder=folder, locked=True)


def test_one_export_alone_leaves_the_lock_of_the_others(folder: Path) -> None:
    kept(planned(wanted(folder, "one", "two")), folder)
    kept(planned(wanted(folder, "two")), folder, Choice(only=("two",)), content=b"new")
    entry = read_lock(folder).entry("song.mvpipe.yaml", "song")
    assert entry is not None
    assert {name: out.size_bytes for name, out in entry.outputs.items()} == {"one": 5, "two": 3}
    assert {"render one", "render two"} <= entry.steps.keys()


def test_one_export_of_another_edit_is_all_that_is_locked(folder: Path) -> None:
    kept(planned(wanted(folder, "one", "two")), folder)
    kept(planned(wanted(folder, "two", text="y")), folder, Choice(only=("two",)))
    entry = read_lock(folder).entry("song.mvpipe.yaml", "song")
    assert entry is not None
    assert list(entry.outputs) == ["two"]


def test_jobs_that_the_file_no_longer_has_leave_the_lock(folder: Path) -> None:
    kept(planned(wanted(folder, name="calm")), folder)
    kept(planned(wanted(folder, name="wild")), folder, Choice(only=("out",)))
    assert list(read_lock(folder).jobs["song.mvpipe.yaml"]) == ["calm", "wild"]
    kept(planned(wanted(folder, name="wild")), folder)
    assert list(read_lock(folder).jobs["song.mvpipe.yaml"]) == ["wild"]


def test_a_job_file_that_was_renamed_leaves_the_lock(
    folder: Path, capsys: CapturedText
) -> None:
    kept(planned(wanted(folder)), folder)
    (folder / "song.mvpipe.yaml").rename(folder / "tune.mvpipe.yaml")
    kept(planned(replace(wanted(folder), source="tune.mvpipe.yaml")), folder)
    assert list(read_lock(folder).jobs) == ["tune.mvpipe.yaml"]
    assert verified(folder, capsys)[0] is Exit.DONE


class Meddling(dict[JobId, Sequence[Record]]):
    """Records during whose reading another run writes the same lock."""

    def __init__(self, known: dict[JobId, Sequence[Record]], act: Callable[[], None]) -> None:
        super().__init__(known)
        self.act = act

    def get(self, *given: object) -> Sequence[Record]:
        self.act()
        return super().get(*given)  # type: ignore[call-overload,no-any-return]  # as above


def test_what_another_run_wrote_meanwhile_stays(folder: Path) -> None:
    (folder / "other.mvpipe.yaml").touch()
    other = planned(replace(wanted(folder, "b"), source="other.mvpipe.yaml"))
    plan = planned(wanted(folder, "a"))
    known = Meddling(records(plan, folder), lambda: kept(other, folder))
    guards = folder / "state" / "locks"
    keep([plan], known, ALL, folder=folder, locked=False, guards=guards)
    assert sorted(read_lock(folder).jobs) == ["other.mvpipe.yaml", "song.mvpipe.yaml"]
    assert [path.suffix for path in guards.iterdir()] == [".guard"]


def test_every_credit_that_was_spent_on_the_plan_counts(folder: Path) -> None:
    plan = planned(wanted(folder))
    ((_, made),) = records(plan, folder, credits_each=3).items()
    again = replace(made[2], outcome=replace(made[2].outcome, stage=Stage.UNKNOWN))
    other = replace(made[2], intent=replace(made[2].intent, key=Digest("other")))
    entry = entry_of(plan, [again, other, *made], place=folder)
    assert entry is not None
    assert entry.credits == 3 * 5


def test_a_locked_run_refuses_a_job_that_differs_with_what_differs(folder: Path) -> None:
    kept(planned(wanted(folder)), folder)
    check([planned(wanted(folder))], ALL, folder=folder, locked=True)
    changed = planned(wanted(folder, text="y"))
    check([changed], ALL, folder=folder, locked=False)
    with pytest.raises(
        LockDiffers, match="song: the text or the expectation of 'say step-1' changed"
    ) as caught:
        check([changed], ALL, folder=folder, locked=True)
    assert caught.value.exit == Exit.FAILED


def test_a_locked_run_refuses_an_output_that_differs_and_writes_nothing(
    folder: Path, videos: tuple[bytes, bytes]
) -> None:
    plan = planned(wanted(folder))
    kept(plan, folder, content=videos[0])
    before = (folder / NAME).read_bytes()
    keep([plan], records(plan, folder, content=videos[0]), ALL, folder=folder, locked=True)
    other = records(plan, folder, content=videos[1])
    with pytest.raises(LockDiffers, match=r"song: out/out\.mp4: frames 20-29 \(0:00\.6-0:01"):
        keep([plan], other, ALL, folder=folder, locked=True)
    assert (folder / NAME).read_bytes() == before


def test_a_locked_run_without_a_lock_is_refused(folder: Path) -> None:
    with pytest.raises(LockDiffers, match="song: the lock knows nothing of this job"):
        check([planned(wanted(folder))], ALL, folder=folder, locked=True)
    plan = planned(wanted(folder))
    keep([plan], records(plan, folder), ALL, folder=folder, locked=True)
    assert not (folder / NAME).exists()


def test_a_lock_that_cannot_be_kept_is_told_before_anything_is_paid(folder: Path) -> None:
    (folder / NAME).write_text('{"version": 9}', encoding="utf-8")
    with pytest.raises(DamagedLock, match="this lock has version 9"):
        check([planned(wanted(folder))], ALL, folder=folder, locked=False)
    (folder / NAME).unlink()
    (folder / NAME).mkdir()
    with pytest.raises(OutputError, match="cannot be read"):
        check([planned(wanted(folder))], ALL, folder=folder, locked=False)


def test_verify_finds_every_video_as_the_lock_says(folder: Path, capsys: CapturedText) -> None:
    kept(planned(wanted(folder, "one", "two")), folder)
    for given in ((), ("song.mvpipe.yaml",), ("song.mvpipe.yaml#song",), (".",)):
        paths = tuple(str(folder / name) for name in given)
        code, said = verified(folder, capsys, *paths)
        assert code is Exit.DONE
        assert said.splitlines() == [
            "song  (song.mvpipe.yaml)",
            "  same     out/one.mp4",
            "  same     out/two.mp4",
            "2 videos, all as the lock says",
        ]


def test_verify_tells_which_frames_differ_and_what_is_missing(
    folder: Path, videos: tuple[bytes, bytes], capsys: CapturedText
) -> None:
    kept(planned(wanted(folder, "one", "two")), folder, content=videos[0])
    (folder / "out" / "one.mp4").write_bytes(videos[1])
    (folder / "out" / "two.mp4").unlink()
    code, said = verified(folder, capsys)
    assert code is Exit.FAILED
    assert said.splitlines()[1:] == [
        "  differs  out/one.mp4: frames 20-29 (0:00.6-0:01.0)",
        "  missing  out/two.mp4: it is not there",
        "2 videos: 1 not as the lock says, 1 missing",
    ]
    _, document = verified(folder, capsys, as_json=True)
    one, two = json.loads(document)["jobs"][0]["outputs"]
    assert one == {
        "export": "one",
        "path": "out/one.mp4",
        "state": "differs",
        "frames": [{"first": 20, "end": 30}],
        "why": [],
    }
    assert two["state"] == "missing"


def test_verify_says_of_a_file_that_is_no_video_any_more_that_it_differs(
    folder: Path, videos: tuple[bytes, bytes], capsys: CapturedText
) -> None:
    kept(planned(wanted(folder)), folder, content=videos[0])
    (folder / "out" / "out.mp4").write_bytes(videos[0][:2000])
    code, said = verified(folder, capsys)
    assert code is Exit.FAILED
    assert "differs  out/out.mp4: nobody can look inside here" in said


def test_verify_without_a_lock_or_an_entry_matches_nothing(
    folder: Path, capsys: CapturedText
) -> None:
    with pytest.raises(NothingMatched, match=r"there is no mvpipe\.lock"):
        verified(folder, capsys)
    kept(planned(wanted(folder)), folder)
    with pytest.raises(NothingMatched, match=r"yaml#other: the lock knows nothing of it"):
        verified(folder, capsys, f"{folder}/song.mvpipe.yaml#other")
