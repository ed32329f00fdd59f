"""`mvpipe watch` in this process: its words, its flags, its answers."""

from __future__ import annotations

import io
import os
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from mvpipe.cli.main import main
from mvpipe.commands import watch as command
from mvpipe.commands.watch import Watching, watch_job
from mvpipe.errors import Exit, NothingMatched, SpecError, UsageError
from mvpipe.journal.watched import Ledger, Song, Stage
from mvpipe.model.canonical import Digest
from mvpipe.model.watch import Mode, WatchJob
from mvpipe.report.streams import Streams
from mvpipe.watch import health
from mvpipe.watch.home import home_of
from mvpipe.watch.run import Counted, Machine, watch

SONG = Song(Digest("a"), Digest("b"))


@dataclass(slots=True)
class Time:
    """A machine in which waiting is free."""

    now: float = 5000.0

    def clock(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds

    def set(self) -> None: ...

    def clear(self) -> None: ...

    def wait(self, timeout: float) -> bool:
        self.now += timeout
        return False

    def machine(self) -> Machine:
        return Machine(self.clock, self.clock, self.sleep, self, os.environ, cores=2)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a watch file, from which mvpipe is called."""
    (tmp_path / "in").mkdir()
    (tmp_path / "reel.mvpipe.yaml").write_text("mvpipe: 1\n")
    text = "mvpipe: 1\nwatch: {inbox: in, job: reel.mvpipe.yaml, poll: 2s, settle: 1s}\n"
    (tmp_path / "mvpipe-watch.yaml").write_text(text)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MVPIPE_STATE_DIR", str(tmp_path / "state"))
    return tmp_path


@pytest.fixture
def streams() -> Streams:
    return Streams(out=io.StringIO(), err=io.StringIO())


def out(streams: Streams) -> str:
    assert isinstance(streams.out, io.StringIO)
    return streams.out.getvalue()


def ledger_of(folder: Path) -> Ledger:
    home = home_of(folder / "in", state_dir=folder / "state")
    return Ledger.open(home.ledger, now=lambda: 1000.0)


def watched(
    folder: Path,
    job: WatchJob,
    *,
    once: bool = True,
    stopping: Callable[[], bool] = lambda: False,
) -> tuple[Counted, list[str]]:
    said: list[str] = []
    counted = watch(
        job,
        Time().machine(),
        state_dir=folder / "state",
        tell=said.append,
        once=once,
        stopping=stopping,
    )
    return counted, said


def test_once_ends_when_everything_there_has_its_fate(folder: Path) -> None:
    (folder / "in" / "half.wav").write_bytes(b"RIFF\xff\xff\0\0WAVEfmt ")
    (folder / "in" / "letter.txt").write_text("dear")
    counted, said = watched(folder, watch_job(Watching()))
    assert counted == Counted(done=0, failed=0, waiting=0)
    assert any("half.wav: not taken" in line for line in said)
    assert (folder / "in" / "half.wav").exists()


def test_a_watcher_goes_on_until_it_is_told_to_stop(folder: Path) -> None:
    turns = iter([False] * 5 + [True] * 99)
    counted, said = watched(
        folder, watch_job(Watching()), once=False, stopping=lambda: next(turns)
    )
    assert counted.done == 0
    assert said[0].startswith("looking every few seconds: as the watch file says")


def test_health_is_asked_on_the_port_that_the_file_names(folder: Path) -> None:
    port = 20_011 + os.getpid() % 20_000
    counted, _ = watched(folder, replace(watch_job(Watching()), listen=port))
    assert counted.failed == 0
    end = health.endpoint(port, lambda: (200, ""))
    try:
        with pytest.raises(UsageError, match=f"port {port} cannot be listened on"):
            watched(folder, replace(watch_job(Watching()), listen=port))
    finally:
        end()


def test_flags_stand_in_for_a_file_and_over_it(folder: Path) -> None:
    flags = {"inbox": Path("in"), "job": Path("reel.mvpipe.yaml"), "mode": "in-place"}
    job = watch_job(Watching(flags=flags))
    assert (job.inbox, job.mode) == (folder / "in", Mode.IN_PLACE)
    job = watch_job(Watching(flags={"settle": "9s", "draft": True}))
    assert (job.settle_s, job.draft, job.poll_s) == (9.0, True, 2.0)


def test_flags_that_cannot_be_meant_are_refused(folder: Path) -> None:
    flags: dict[str, object] = {"inbox": Path("in"), "job": Path("in/a.yaml")}
    with pytest.raises(UsageError, match=r"--job: .* lies in the inbox"):
        watch_job(Watching(flags=flags))
    flags = {"inbox": Path("in"), "job": Path("a.yaml"), "settle": "soon"}
    with pytest.raises(UsageError, match="'soon' is not a time"):
        watch_job(Watching(flags=flags))


def test_a_watch_file_that_is_missing_or_wrong_is_said(folder: Path) -> None:
    with pytest.raises(UsageError, match="cannot be read: No such file"):
        watch_job(Watching(Path("none.yaml")))
    (folder / "bad.yaml").write_text("mvpipe: 1\nwatch: {}\n")
    with pytest.raises(SpecError):
        watch_job(Watching(Path("bad.yaml")))
    (folder / "bad.yaml").write_bytes(b"\xff\xfe")
    with pytest.raises(UsageError, match="UTF-8"):
        watch_job(Watching(Path("bad.yaml")))


def test_status_tells_of_the_watcher_and_its_songs(folder: Path, streams: Streams) -> None:
    assert command.status(Watching(), streams) == Exit.DONE
    assert "never seen" in out(streams)
    watched(folder, watch_job(Watching()))
    with closing(ledger_of(folder)) as ledger:
        for number, stage in enumerate(Stage):
            song = Song(Digest(str(number)), Digest("b"))
            entry = ledger.begin(song, name=f"{stage}.mp3")
            outputs = (Path("/out/a.mp4"),) if stage is Stage.DONE else ()
            ledger.end(replace(entry, stage=stage, why="the reason", outputs=outputs))
    command.status(Watching(), streams)
    told = out(streams)
    assert "done     done.mp3: /out/a.mp4" in told
    assert "failed   failed.mp3: the reason" in told
    assert "retry    retry.mp3: the reason; tried 1 times" in told
    assert "begun    begun.mp3: under way" in told


def test_status_says_what_a_watcher_waits_for(folder: Path, streams: Streams) -> None:
    home = home_of(folder / "in", state_dir=folder / "state")
    found = health.Health(7, "in", 1.0, 1.0, "", "no room", {"ready": 3}, (), 0, 0)
    health.write(home.health, found)
    command.status(Watching(), streams)
    assert "waiting  no room" in out(streams)
    assert "songs    3 ready" in out(streams)


def test_health_is_an_exit_code(folder: Path, streams: Streams) -> None:
    assert command.check(Watching(), streams) == Exit.FAILED
    home = home_of(folder / "in", state_dir=folder / "state")
    found = health.Health(7, "in", 1e12, 1.0, "", "", {}, (), 0, 0)
    health.write(home.health, found)
    assert command.check(Watching(), streams) == Exit.DONE
    assert out(streams) == "no watcher has said anything yet\nwell\n"


def test_a_song_that_failed_goes_back_and_is_forgotten(folder: Path, streams: Streams) -> None:
    with closing(ledger_of(folder)) as ledger:
        ledger.end(replace(ledger.begin(SONG, name="song.mp3"), stage=Stage.FAILED))
    (folder / "failed").mkdir()
    (folder / "failed" / "song.mp3").write_bytes(b"song")
    (folder / "failed" / "song.mp3.error.txt").write_text("why")
    assert command.retry(Watching(), [Path("failed/song.mp3")], streams) == Exit.DONE
    assert list((folder / "failed").iterdir()) == []
    assert (folder / "in" / "song.mp3").read_bytes() == b"song"
    with closing(ledger_of(folder)) as ledger:
        assert ledger.known(SONG) is None


def test_a_song_that_nobody_knows_cannot_be_tried_again(folder: Path, streams: Streams) -> None:
    with pytest.raises(NothingMatched, match="knows no such song"):
        command.retry(Watching(), [Path("song.mp3")], streams)


def test_a_song_never_goes_back_over_another(folder: Path, streams: Streams) -> None:
    (folder / "failed").mkdir()
    for where in ("in", "failed"):
        (folder / where / "song.mp3").write_bytes(where.encode())
    with pytest.raises(UsageError, match="is there already"):
        command.retry(Watching(), [folder / "failed" / "song.mp3"], streams)


def test_words_of_the_command_line_reach_the_watcher(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["watch", "--health"]) == Exit.FAILED
    assert main(["watch", "mvpipe-watch.yaml", "--health"]) == Exit.FAILED
    assert main(["watch", "status", "--inbox", "in"]) == Exit.DONE
    assert main(["watch", "retry", "song.mp3"]) == Exit.NOTHING
    assert main(["watch", "none.yaml"]) == Exit.USAGE
    assert main(["watch", "--help"]) == Exit.DONE
    assert "mvpipe watch retry" in capsys.readouterr().out
