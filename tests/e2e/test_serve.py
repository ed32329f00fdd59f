"""The server as a process of its own, really hearing and really rendering."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from mvpipe.backends.base import RenderId, RenderStatus
from mvpipe.backends.local import LocalBackend
from mvpipe.engine.studio.session import Studio
from mvpipe.model.hints import MusicHints
from mvpipe.model.job import Export, Input, Prompt
from mvpipe.model.media import Aspect, MediaKind, Quality, Size
from mvpipe.model.place import Place
from mvpipe.protocol.extras import (
    OpenExtras,
    RenderExtras,
    SayExtras,
    UploadExtras,
    write_extras,
)
from mvpipe.serve.run import studio
from tests.e2e.cli import write_song
from tests.serving import options_in, serving

pytestmark = pytest.mark.slow

EXAMPLE = Path(__file__).parents[2] / "examples" / "serve" / "render.sh"
HERE = Place("job.yaml", 1, 1)
SMALL = Size(128, 128)
HINTS = MusicHints(bpm=120)
TOKEN = "canary-process-token-0123456789"  # noqa: S105 - opens nothing but this test

START = """
import sys, time
from pathlib import Path
from mvpipe.serve.options import ServeOptions, token_given
from mvpipe.serve.run import serve
import os
if __name__ == "__main__":
    options = ServeOptions(
        folder=Path(sys.argv[1]), workers=2, port=0, token=token_given(os.environ)
    )
    serve(options, ready=lambda line: print(line, flush=True), clock=time.time)
    print("ended well", flush=True)
"""


def local_bytes(song: Path, folder: Path) -> bytes:
    """Render a small video of two prompts with the engine in this process."""
    backend = LocalBackend(Studio(folder=folder / "work", workers=2))
    try:
        session = backend.open(name="night", language="en", seed=3, hints=HINTS)
        item = Input("track", song, song.name, MediaKind.AUDIO, HERE)
        backend.upload(session, item, progress=lambda _percent: None)
        for step, text in PROMPTS:
            prompt = Prompt(step, text, None, 60, HERE)
            backend.say(session, prompt, notice=lambda _text: None)
        export = Export(
            "x",
            folder / "x.mp4",
            "x.mp4",
            "auto",
            Aspect.SQUARE,
            SMALL,
            24,
            Quality.DRAFT,
            HERE,
        )
        backend.render(session, export=export, render=RenderId("r"))
        while backend.poll(RenderId("r")).status is RenderStatus.RENDERING:
            threading.Event().wait(0.05)
        backend.fetch(RenderId("r"), export.to)
        return export.to.read_bytes()
    finally:
        backend.close()


PROMPTS = (("cut", "generate a music video, a neon city"), ("name", 'add the title "Night"'))


def test_the_same_job_gives_the_same_bytes_here_and_from_the_server(tmp_path: Path) -> None:
    song = write_song(tmp_path, bars=2)
    with serving(options_in(tmp_path / "serve", workers=1), make_engine=studio) as server:
        session = server.opened(
            name="night",
            headers={"X-Mvpipe": write_extras(OpenExtras(3, HINTS))},
        )
        header = {"X-Mvpipe": write_extras(UploadExtras("track"))}
        server.uploaded(session, data=song.read_bytes(), headers=header)
        for step, text in PROMPTS:
            server.said(session, text, headers={"X-Mvpipe": write_extras(SayExtras(step))})
        extras = RenderExtras(24, Quality.DRAFT, Aspect.SQUARE, SMALL)
        server.submitted(session, headers={"X-Mvpipe": write_extras(extras)})
        assert server.rendered().data["status"] == "completed"
        got = server.call("GET", "/api/render/proxy/render_1/download")
    assert got.body == local_bytes(song, tmp_path)


def test_renders_queue_and_one_can_be_cancelled(tmp_path: Path) -> None:
    song = write_song(tmp_path, bars=2)
    small = {"X-Mvpipe": write_extras(RenderExtras(24, Quality.DRAFT, None, SMALL))}
    with serving(options_in(tmp_path / "serve", workers=1), make_engine=studio) as server:
        session = server.opened()
        server.uploaded(session, data=song.read_bytes())
        server.said(session, "generate a music video")
        for render in ("a", "b", "c"):
            assert server.submitted(session, render, headers=small).status == 200
        cancelled = server.call("POST", "/api/render/proxy/lambda/a/cancel")
        assert cancelled.data["status"] == "cancelled"
        assert server.rendered("b").data["status"] == "completed"
        assert server.rendered("c").data["status"] == "completed"
        videos = [
            server.call("GET", f"/api/render/proxy/{render}/download").body
            for render in ("b", "c")
        ]
    assert videos[0] == videos[1]


def test_a_file_that_is_no_song_is_refused_by_what_is_in_it(tmp_path: Path) -> None:
    with serving(options_in(tmp_path), make_engine=studio) as server:
        session = server.opened()
        answer = server.uploaded(session, name="notes.mp3", data=b"not music at all" * 100)
        assert answer.status in {400, 415}
        assert "notes.mp3" in answer.json["message"]
        assert str(tmp_path) not in answer.json["message"]


@contextmanager
def started(folder: Path, **environment: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """Run a server as a process; give it and its address, and end it whatever happens."""
    script = folder / "start.py"
    script.write_text(START, encoding="utf-8")
    process = subprocess.Popen(
        [sys.executable, str(script), str(folder / "serve")],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        encoding="utf-8",
        env={**os.environ, **environment},
    )
    try:
        assert process.stdout is not None
        yield process, process.stdout.readline().split()[-1]
    finally:
        process.kill()
        process.communicate()


@pytest.mark.skipif(not shutil.which("curl"), reason="there is no curl here")
@pytest.mark.parametrize("token", [TOKEN, ""])
def test_curl_alone_gets_a_video(tmp_path: Path, token: str) -> None:
    song = write_song(tmp_path)
    out = tmp_path / "out.mp4"
    with started(tmp_path, MVPIPE_SERVE_TOKEN=TOKEN) as (process, url):
        done = subprocess.run(
            ["sh", str(EXAMPLE), str(song), str(out), 'a video "with" quotes'],
            env={
                **os.environ,
                "NEMO_API_URL": url,
                "QUALITY": "draft",
                "EVERY": "0.2",
                **({"NEMO_TOKEN": token} if token else {}),
            },
            capture_output=True,
            text=True,
            encoding="utf-8",
            check=False,
        )
        assert done.returncode == 0, done.stderr
        assert out.read_bytes()[4:8] == b"ftyp"
        assert TOKEN not in done.stdout + done.stderr
        process.send_signal(signal.SIGTERM)
        said, problems = process.communicate()
    assert process.returncode == 0
    assert said.endswith("ended well\n")
    assert "Traceback" not in problems
    assert TOKEN not in said + problems
    assert [path.name for path in (tmp_path / "serve").iterdir()] == [".lock"]


@pytest.mark.skipif(not shutil.which("curl"), reason="there is no curl here")
def test_ctrl_c_in_the_middle_of_a_job_ends_the_server_well(tmp_path: Path) -> None:
    song = write_song(tmp_path)
    with started(tmp_path) as (process, url):
        job = subprocess.Popen(
            ["sh", str(EXAMPLE), str(song), str(tmp_path / "out.mp4")],
            env={**os.environ, "NEMO_API_URL": url},
            stderr=subprocess.PIPE,
            text=True,
            encoding="utf-8",
        )
        assert job.stderr is not None
        assert process.stdout is not None
        assert process.stdout.readline().startswith("token for this run: nmv_usr_")
        told = [job.stderr.readline() for _ in range(3)]
        assert told[2].startswith("Made 1 shot")
        process.send_signal(signal.SIGINT)
        said, problems = process.communicate()
        job.communicate()
    assert (process.returncode, said) == (0, "ended well\n"), problems
    assert job.returncode != 0
    assert [path.name for path in (tmp_path / "serve").iterdir()] == [".lock"]
