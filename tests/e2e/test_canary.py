"""A token goes to the service and into one private file, and nowhere else.

The canary is put through every way to fail. The sinks that are searched for it: standard output
(events and the JSON of results), standard error, everything that any library logs at its most
talkative, the traceback of a bug, every byte of every file that is left (journal, locks, cache,
outputs, project), and what a process list shows of the processes that were started.
"""

from __future__ import annotations

import base64
import io
import json
import logging
import stat
import traceback
import urllib.parse
from collections.abc import Iterator, Mapping
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from mvpipe.cli.main import main
from mvpipe.errors import Exit
from tests.e2e.cli import under_way, write_job, write_song
from tests.e2e.clouds import TOKEN as OWN
from tests.e2e.clouds import cloud, own_folders, ran
from tests.e2e.leaks import CANARY, FEW, REFUSED, Ways, repeats
from tests.e2e.virtual import carried_out
from tests.e2e.wellspoken import (
    SAY,
    TOKEN,
    USER,
    Where,
    speak_well,
)
from tests.evil import Behaviour, Evil, data, evil_server
from tests.songs import tone, write_wav

FORMS = (
    CANARY,
    base64.b64encode(CANARY.encode()).decode().rstrip("="),
    urllib.parse.quote(CANARY, safe=""),
    CANARY[::-1],
)
TOKEN_FILE = Path("nemo") / "token.json"
JOB = """\
mvpipe: 1
inputs: [song.wav]
steps: [generate a music video]
exports: [{to: out/song.mp4, size: 128x128}]
"""


@pytest.fixture
def evil() -> Iterator[Evil]:
    with evil_server() as server:
        speak_well(server)
        yield server


@dataclass(slots=True)
class Sinks:
    """Everything that can be read afterwards, by the name of where it was found."""

    texts: dict[str, str] = field(default_factory=dict)

    def add(self, **texts: str) -> None:
        for name, text in texts.items():
            self.texts[f"{name} {len(self.texts)}"] = text

    def add_files(self, *folders: Path, apart_from: Path | None = None) -> None:
        for folder in folders:
            for path in sorted(folder.rglob("*")):
                self.add(name=str(path))
                if path.is_file() and path != apart_from:
                    self.texts[str(path)] = path.read_bytes().decode("latin-1")

    def holding(self, *forms: str) -> list[str]:
        """Return where the canary was found, with what stands around it."""
        found = []
        for name, text in self.texts.items():
            for form in forms or FORMS:
                at = text.find(form)
                if at >= 0:
                    found.append(f"{name}: {text[max(0, at - 80) : at + 80]!r}")
        return found


@pytest.fixture
def logged(caplog: pytest.LogCaptureFixture) -> pytest.LogCaptureFixture:
    """Have every library say all it can."""
    caplog.set_level(logging.DEBUG)
    for name in ("mvpipe", "urllib3", "requests"):
        caplog.set_level(logging.DEBUG, logger=name)
    return caplog


@pytest.fixture
def project(tmp_path: Path, evil: Evil, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A job of one prompt and one export, whose service is the scripted one."""
    folder = tmp_path / "project"
    folder.mkdir()
    write_wav(folder / "song.wav", tone(0.2).pcm)
    (folder / "song.mvpipe.yaml").write_text(JOB, encoding="utf-8")
    monkeypatch.chdir(folder)
    monkeypatch.setenv("NEMO_API_URL", evil.url)
    monkeypatch.setenv("NEMO_TOKEN", CANARY)
    for name, value in own_folders(tmp_path).items():
        monkeypatch.setenv(name, value)
    return folder


def begin_anew(evil: Evil, way: Mapping[Where, tuple[Behaviour, ...]]) -> None:
    """Have the service answer well but in one way."""
    evil.script.clear()
    evil.seen.clear()
    speak_well(evil)
    for (method, path), behaviours in way.items():
        evil.on(method, path, *behaviours)


@pytest.mark.parametrize("ways", [FEW, pytest.param(REFUSED, marks=pytest.mark.slow)])
def test_no_way_to_fail_lets_the_token_out(
    *,
    ways: Ways,
    project: Path,
    evil: Evil,
    tmp_path: Path,
    own_home: Path,
    logged: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    sinks, exits = Sinks(), set[int]()
    for number, way in enumerate(ways.values()):
        begin_anew(evil, way)
        monkeypatch.setenv("MVPIPE_STATE_DIR", str(tmp_path / f"state-{number}"))
        told = carried_out(project, journalled=True, events=number % 2 == 0)
        exits.add(told.exit)
        assert any(CANARY in str(seen.headers["Authorization"]) for seen in evil.seen)
        sinks.add(out=told.out, err=told.err)
    sinks.add(log="\n".join(str(record.__dict__) for record in logged.records))
    sinks.add_files(tmp_path, own_home)
    assert sinks.holding() == []
    assert len(exits) >= 5


def test_a_free_token_lies_in_one_file_that_nobody_else_can_read(
    project: Path,
    evil: Evil,
    tmp_path: Path,
    own_home: Path,
    logged: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("NEMO_TOKEN")
    given = data(token=CANARY, user_id=USER, credits=100)
    begin_anew(evil, {TOKEN: (given,), SAY: (repeats(402),)})
    sinks, told = Sinks(), carried_out(project, journalled=True, events=True)
    assert told.exit == Exit.TOKEN
    assert evil.calls(*SAY)[0].headers["Authorization"] == f"Bearer {CANARY}"
    private = tmp_path / "state" / TOKEN_FILE
    sinks.add(out=told.out, err=told.err, log=logged.text)
    sinks.add_files(tmp_path, own_home, apart_from=private)
    assert sinks.holding() == []
    assert json.loads(private.read_text(encoding="utf-8"))["token"] == CANARY
    assert stat.S_IMODE(private.stat().st_mode) == stat.S_IRUSR | stat.S_IWUSR


COMMANDS = (
    "validate",
    "config",
    "plan --json",
    "run --dry-run",
    "run --backend nemo --json",
    "run --backend nemo --events jsonl",
    "status --json",
    "explain",
    "credits",
    "auth status",
    "doctor",
)


def test_no_command_shows_the_token_that_it_is_given(
    project: Path,
    evil: Evil,
    tmp_path: Path,
    own_home: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("MVPIPE_DEBUG", "1")
    begin_anew(evil, {SAY: (repeats(402),)})
    sinks = Sinks()
    for command in COMMANDS:
        main(["-v", *command.split()])
        out, err = capsys.readouterr()
        assert out + err, command
        assert "Usage:" not in err, command
        sinks.add(out=out, err=err)
    sinks.add_files(tmp_path, own_home)
    assert sinks.holding() == []


class Breaking(io.StringIO):
    """A standard output that meets a bug at its nth line."""

    def __init__(self, lines: int) -> None:
        super().__init__()
        self.left = lines

    def write(self, text: str) -> int:
        self.left -= text.count("\n")
        if self.left < 0:
            raise RuntimeError("no bug but a test")
        return super().write(text)


@pytest.mark.parametrize("lines", range(1, 10))
def test_the_traceback_of_a_bug_shows_no_token(
    lines: int, project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MVPIPE_DEBUG", "1")
    out, err = Breaking(lines), io.StringIO()
    with (
        redirect_stdout(out),
        redirect_stderr(err),
        pytest.raises(RuntimeError, match="no bug") as caught,
    ):
        main(["run", "--backend", "nemo", "--events", "jsonl"])
    shown = "".join(traceback.format_exception(caught.value))
    assert "Traceback" in shown
    sinks = Sinks()
    sinks.add(out=out.getvalue(), err=err.getvalue(), traceback=shown)
    sinks.add_files(tmp_path)
    assert sinks.holding() == []


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/environ").exists(), reason="Linux shows processes so")
def test_the_processes_that_render_have_never_heard_of_a_token(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = ("NEMO_TOKEN", "MVPIPE_SERVE_TOKEN", "GITHUB_TOKEN")
    for name in names:
        monkeypatch.setenv(name, CANARY)
    write_song(tmp_path, bars=20)
    write_job(tmp_path)
    sinks = Sinks()
    with under_way(tmp_path, "-j", "2") as (process, _):
        sinks.add(own=read(process.pid, "cmdline"))
        workers = children(process.pid)
        for pid in workers:
            sinks.add(cmdline=read(pid, "cmdline"), environ=read(pid, "environ"))
        own = read(process.pid, "environ")
    assert CANARY in own  # or nothing would be proved
    assert len(workers) >= 2
    assert sinks.holding() == []


def read(pid: int, what: str) -> str:
    """Return what a process list shows of a process."""
    return Path(f"/proc/{pid}/{what}").read_bytes().decode("latin-1")


def children(pid: int) -> list[int]:
    """Return every process under `pid`."""
    listed = Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").split()
    own = [int(child) for child in listed]
    return own + [grandchild for child in own for grandchild in children(child)]


@pytest.mark.slow
def test_a_server_shows_nobody_a_token_it_was_given(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MVPIPE_DEBUG", "1")
    sinks = Sinks()
    with cloud(tmp_path / "service", "--chaos", "html=0.2,bad-json=0.2") as service:
        sinks.add(cmdline=read(service.process.pid, "cmdline"))
        write_song(tmp_path)
        write_job(tmp_path)
        for token in (OWN, f"{CANARY}-wrong"):
            environ = {**service.environ, "NEMO_TOKEN": token}
            done = ran(tmp_path, "run", "--backend", "nemo", environ=environ)
            sinks.add(out=done.out, err=done.err)
            assert done.code != 0
        sinks.add_files(tmp_path)
    sinks.add(err="".join(service.said))
    assert service.said
    assert sinks.holding(*FORMS, OWN) == []
