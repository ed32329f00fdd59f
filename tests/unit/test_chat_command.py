"""`mvpipe chat` over a pipe, with a server of this process that is quick."""

from __future__ import annotations

import json
from collections.abc import Iterator
from io import StringIO
from pathlib import Path

import pytest

from mvpipe.cli.main import main
from mvpipe.commands import chat
from mvpipe.errors import Exit
from mvpipe.model.backend import BackendName
from mvpipe.protocol.paths import OPEN_PATH, SAY_PATH, state_path, upload_path
from mvpipe.report.streams import Streams
from tests.evil import CANARY, data, evil_server, stream
from tests.serving import TOKEN, options_in, serving

Said = pytest.CaptureFixture[str]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    here = tmp_path / "here"
    here.mkdir()
    (here / "song.wav").write_bytes(b"RIFF\0\0\0\0WAVE and more")
    monkeypatch.chdir(here)
    return here


@pytest.fixture
def served(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    with serving(options_in(tmp_path / "serve")) as server:
        monkeypatch.setenv("NEMO_API_URL", server.url)
        monkeypatch.setenv("NEMO_TOKEN", TOKEN)
        monkeypatch.setenv("NEMO_WEB_URL", "https://example.com")
        yield


def piped(monkeypatch: pytest.MonkeyPatch, text: str, *arguments: str) -> int:
    monkeypatch.setattr("sys.stdin", StringIO(text))
    return main(["chat", *arguments])


@pytest.mark.usefixtures("served")
def test_lines_of_a_pipe_are_a_conversation(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: Said
) -> None:
    job = folder / "j.mvpipe.yaml"
    code = piped(monkeypatch, "make it\ncredits\nlink\n", "song.wav", "--save", job.name)
    said = capsys.readouterr()
    assert code == Exit.DONE, said.err
    assert said.out.startswith("https://example.com/workspace/claim?ct=")
    assert "> make it\nDid: make it\n  Timeline (1 track): " in said.err
    assert " credits\n" in said.err
    assert "backend: nemo" in job.read_text(encoding="utf-8")
    assert TOKEN not in said.out + said.err + job.read_text(encoding="utf-8")


@pytest.mark.usefixtures("served", "folder")
def test_a_quiet_pipe_says_nothing_but_results(
    monkeypatch: pytest.MonkeyPatch, capsys: Said
) -> None:
    assert piped(monkeypatch, "make it\nstatus\n", "-q", "song.wav") == Exit.DONE
    assert capsys.readouterr() == ("", "")


@pytest.mark.usefixtures("served", "folder")
def test_the_first_failure_of_a_pipe_is_the_exit_code(
    monkeypatch: pytest.MonkeyPatch, capsys: Said
) -> None:
    assert piped(monkeypatch, "upload gone.wav\nmake it\n", "song.wav") == Exit.USAGE
    assert capsys.readouterr().err.endswith("mvpipe: there is no file gone.wav\n")


@pytest.mark.usefixtures("folder")
def test_a_song_that_is_missing_is_said(monkeypatch: pytest.MonkeyPatch, capsys: Said) -> None:
    code = piped(monkeypatch, "", "gone.wav", "--backend", "local")
    assert code == Exit.USAGE
    assert "'gone.wav' is not there" in capsys.readouterr().err


@pytest.mark.usefixtures("served", "folder")
def test_where_somebody_answers_lines_are_asked_for_with_a_prompt(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    class Typed(StringIO):
        def isatty(self) -> bool:
            return True

    out, err = StringIO(), StringIO()
    monkeypatch.setenv("LANG", "zh_CN.UTF-8")
    (Path.cwd() / "j.yaml").write_text("mine", encoding="utf-8")
    asked = chat.Invitation(
        songs=(Path("song.wav"),),
        backend=BackendName.NEMO,
        to=None,
        preset="auto",
        save_to=Path("j.yaml"),
        language=None,
        workers=None,
    )
    source = Typed("no\nstatus\n")
    assert chat.chat(asked, Streams(out, err), source=source) is Exit.DONE
    assert err.getvalue().startswith("j.yaml 已存在，要替换吗？ [y/N] 正在连接...\n")
    assert "> 时间线上还没有内容" in err.getvalue()


DRAFT = {"t": [{"tt": 0, "sg": [{}]}], "d": 4000}
FILE = {"filename": "song.wav", "file_type": "audio", "cdn_url": "https://x/a", "duration": 4.0}
REPLY = [
    "The video is ",
    "ready! Drag the title to the left. ",
    "Click the Export button when you like it. Have fun",
]


@pytest.mark.usefixtures("folder")
def test_a_reply_of_the_cloud_reads_as_if_it_knew_of_no_screen(
    monkeypatch: pytest.MonkeyPatch, capsys: Said
) -> None:
    with evil_server() as evil:
        evil.on("POST", OPEN_PATH, data(session_id="1", task_id="t", user_id="anon_a"))
        evil.on("POST", upload_path("1"), data(files=[FILE], session_state_applied=True))
        evil.on("GET", state_path("1"), data(state={}), data(state={"draft": DRAFT}))
        evil.on("POST", SAY_PATH, stream(*map(partial, REPLY)), stream(partial("Moved it.")))
        monkeypatch.setenv("NEMO_API_URL", evil.url)
        monkeypatch.setenv("NEMO_TOKEN", CANARY)
        assert piped(monkeypatch, "make it\n", "song.wav", "--save", "j.yaml") == Exit.DONE
        said = [json.loads(call.body) for call in evil.calls("POST", SAY_PATH)]
    assert capsys.readouterr().err.splitlines()[2:] == [
        "> make it",
        "The video is ready! Have fun",
        "  Timeline (1 track): 1. Video: video (0-4s)",
        "That was meant for somebody before a screen; asking for it to be done.",
        "Moved it.",
        "Say `export` when you want the video.",
        "j.yaml makes the same again: mvpipe run j.yaml",
    ]
    asked = [body["new_message"]["parts"][0]["text"] for body in said]
    assert asked == [
        "make it",
        "There is no screen here; please do this yourself: Drag the title to the left.",
    ]


def partial(text: str) -> bytes:
    """Return an event with some words of a reply."""
    content = {"parts": [{"text": text}], "role": "model"}
    event = {"content": content, "partial": True, "author": "nemo_agent"}
    return f"data: {json.dumps(event)}\n\n".encode()
