"""A conversation as its user has it: in a terminal, with a server in another process."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.e2e.cli import START, write_song
from tests.e2e.clouds import TOKEN, Cloud, cloud, own_folders, ran

if sys.platform == "win32":
    pytest.skip("there are no such terminals", allow_module_level=True)

import pexpect

pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(240),
    pytest.mark.filterwarnings("ignore:.*multi-threaded.*fork:DeprecationWarning"),
]

PATIENCE_S = 100
PROMPT = "\n> $"
LOCAL = ("chat", "--backend", "local")


@pytest.fixture(autouse=True)
def no_waiting() -> None:
    """Let pexpect wait for its terminal, which the guard of the same name would not."""


class Terminal:
    """Somebody at a terminal, and all that was ever shown there."""

    def __init__(self, folder: Path, *arguments: str, **environ: str) -> None:
        self.child = pexpect.spawn(
            sys.executable,
            ["-c", START, *arguments],
            cwd=str(folder),
            env={**os.environ, "TERM": "xterm", "PYTHONUTF8": "1", **environ},
            encoding="utf-8",
            timeout=PATIENCE_S,
            dimensions=(24, 200),
        )
        self.shown = ""

    def until(self, wanted: str) -> str:
        """Wait for something to be shown; return what was shown until then."""
        self.child.expect(wanted)
        seen = f"{self.child.before}{self.child.after}"
        self.shown += seen
        return seen

    def say(self, line: str) -> str:
        """Type a line at the prompt; return all that is shown until the next one."""
        self.child.sendline(line)
        return self.until(PROMPT)

    def ended(self) -> int | None:
        """Wait for the end; return the exit code."""
        self.child.expect(pexpect.EOF)
        self.shown += str(self.child.before)
        self.child.close()
        code: int | None = self.child.exitstatus
        return code

    @property
    def lines(self) -> list[str]:
        """What stays on the screen: what was written over is gone."""
        text = re.sub("[^\n]*\r\x1b\\[K", "", self.shown).replace("\r", "")
        return text.splitlines()


@contextmanager
def at_a_terminal(folder: Path, *arguments: str, **environ: str) -> Iterator[Terminal]:
    """Give a terminal with a conversation in it; its process is dead at the end."""
    terminal = Terminal(folder, *arguments, **environ)
    try:
        yield terminal
    finally:
        terminal.child.close(force=True)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    here = tmp_path / "here"
    here.mkdir()
    write_song(here, bars=2)
    return here


def environ_of(server: Cloud, folder: Path) -> dict[str, str]:
    return {**server.environ, **own_folders(folder)}


def sound(terminal: Terminal) -> None:
    """Hold what was shown against what nobody should read."""
    for word in (TOKEN, "Traceback", "nmv_usr", "http", "SSE", "None", "\x1b[2"):
        assert word not in terminal.shown


def test_a_song_a_prompt_a_title_and_an_export_and_the_job_gives_the_same_bytes(
    tmp_path: Path, folder: Path
) -> None:
    job = "night.mvpipe.yaml"
    with cloud(tmp_path / "server") as server:
        environ = environ_of(server, tmp_path / "client")
        with at_a_terminal(
            folder, "chat", "--preset", "draft", "--save", job, "song.wav", **environ
        ) as terminal:
            assert "Ready: song.wav (0:04.0)" in terminal.until(PROMPT)
            assert "Made " in terminal.say("generate a music video, a neon city")
            assert '3. Title: "Night" (0-3s)' in terminal.say('add the title "Night"')
            assert "\r\nsong.mp4\r\n" in terminal.say("导出")
            terminal.child.sendline("quit")
            assert terminal.ended() == 0
    sound(terminal)
    assert terminal.lines[0].strip() == "Connecting..."
    assert terminal.lines[-1] == f"{job} makes the same again: mvpipe run {job}"
    video = (folder / "song.mp4").read_bytes()
    with cloud(tmp_path / "another") as server:
        (folder / "song.mp4").unlink()  # and nothing is kept here of how it was made
        done = ran(folder, "run", job, environ=environ_of(server, tmp_path / "new"))
    assert (done.code, done.out) == (0, "song.mp4\n"), done.err
    assert (folder / "song.mp4").read_bytes() == video


def test_ctrl_c_in_a_turn_leaves_and_says_what_goes_on(tmp_path: Path, folder: Path) -> None:
    with cloud(tmp_path / "server", "--chaos", "lost=1") as server:
        environ = environ_of(server, tmp_path / "client")
        with at_a_terminal(folder, "chat", "song.wav", **environ) as terminal:
            terminal.until(PROMPT)
            terminal.child.sendline("generate a music video")
            terminal.until("looking whether the edit arrives\r\n")
            terminal.child.sendintr()
            assert terminal.ended() == 130
    sound(terminal)
    assert (
        "The prompt was sent and goes on without you; nothing is sent twice." in terminal.lines
    )


def test_ctrl_c_at_the_prompt_and_ctrl_d_leave_the_terminal_as_it_was(
    tmp_path: Path, folder: Path
) -> None:
    environ = own_folders(tmp_path / "client")
    with at_a_terminal(folder, *LOCAL, "song.wav", **environ) as terminal:
        terminal.until(PROMPT)
        assert "This costs no credits." in terminal.say("credits")
        terminal.child.sendintr()
        assert terminal.ended() == 130
    sound(terminal)
    with at_a_terminal(folder, *LOCAL, "song.wav", **environ) as terminal:
        terminal.until(PROMPT)
        terminal.child.sendeof()
        assert terminal.ended() == 0
    sound(terminal)


def test_nothing_is_replaced_without_a_yes(tmp_path: Path, folder: Path) -> None:
    (folder / "mine.mp4").write_bytes(b"mine")
    arguments = ("--to", "mine.mp4", "song.wav")
    with at_a_terminal(
        folder, *LOCAL, *arguments, **own_folders(tmp_path / "client")
    ) as terminal:
        terminal.until(PROMPT)
        terminal.say("generate a music video")
        terminal.child.sendline("export")
        terminal.until(r"Replace it\? \[y/N\] ")
        terminal.say("")
        terminal.child.sendline("quit")
        assert terminal.ended() == 0
    assert (folder / "mine.mp4").read_bytes() == b"mine"


LINES = """\
generate a music video, neon city
export
make me a sandwich
upload second.wav
generate an aurora video
export
add the title "B ${{ x }} 'q'"
export titled.mp4
make it darker
"""


def test_a_job_of_two_songs_and_videos_in_the_middle_gives_the_same_bytes(
    tmp_path: Path, folder: Path
) -> None:
    write_song(folder, bars=1, name="first.wav")
    write_song(folder, bars=1, name="second.wav")
    videos, job = ("first.mp4", "second.mp4", "titled.mp4"), "j.mvpipe.yaml"
    done = subprocess.run(
        [sys.executable, "-m", "mvpipe", *LOCAL, "--preset", "draft",
         "--save", job, "first.wav"],
        cwd=folder, input=LINES, capture_output=True, encoding="utf-8", check=False,
        env={**os.environ, "PYTHONUTF8": "1", **own_folders(tmp_path / "chat")},
    )  # fmt: skip
    assert (done.returncode, done.stdout.split()) == (0, [*videos]), done.stderr
    made = [(folder / name).read_bytes() for name in videos]
    for name in videos:
        (folder / name).unlink()
    again = ran(folder, "run", job, environ=own_folders(tmp_path / "run"))
    assert again.code == 0, again.err
    assert [(folder / name).read_bytes() for name in videos] == made
    assert len(set(made)) == 3


def test_a_token_that_is_typed_is_not_shown(tmp_path: Path) -> None:
    with cloud(tmp_path / "server") as server:
        environ = {"NEMO_API_URL": server.url, **own_folders(tmp_path / "client")}
        arguments = ("auth", "login", "--with-token")
        with at_a_terminal(tmp_path, *arguments, **environ) as terminal:
            terminal.until("Token: ")
            terminal.child.sendline(TOKEN)
            assert terminal.ended() == 0
    assert TOKEN not in terminal.shown
    assert "the service accepts the token" in terminal.shown
