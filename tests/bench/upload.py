"""What an upload of the largest file costs: memory of the client, speed against `curl -F`.

`python -m tests.bench.upload [--pairs N]`: `NemoBackend.upload` and curl in turn send the same
200 MB WAV to the same server in another process. The server is `mvpipe serve` as it is, with
tokens, limits, multipart, SHA-256 and files, over an engine that hears nothing: hearing a song
takes seconds, is the same for both, and would hide what sending costs.

Timed is one call, from its begin until the server has said that it has the file: for curl its
own `time_total`, for us `upload` in a process of its own, both without the process's start.
Memory is the most that was resident during the call less what was before it (Linux).

The gap to curl: the server takes some 200 MB/s, so nine tenths of our time is waiting for it in
`sendall`. The rest is the encoder: it copies each byte twice on its way from the file to the
socket, in the one thread that also sends, so nothing flows meanwhile.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from mvpipe.backends.base import SessionId
from mvpipe.backends.nemo.connect import nemo_client
from mvpipe.model.hints import MusicHints
from mvpipe.model.job import Input
from mvpipe.model.media import MediaKind
from mvpipe.model.place import Place
from mvpipe.protocol.paths import upload_path
from mvpipe.protocol.wire import MOST_UPLOAD_BYTES
from mvpipe.serve.run import furnish, listen, run
from tests.serving import TOKEN, QuickStudio, Served, options_in

MOST_GROWTH_MB = 20
LEAST_RATIO = 0.5
RAM_DISK = Path("/dev/shm")  # noqa: S108 - faster than any disk, so that no disk is measured
STATUS, RESET = Path("/proc/self/status"), Path("/proc/self/clear_refs")


@dataclass(frozen=True, slots=True)
class Sent:
    """One upload: seconds, and by how many MB the client's memory grew at most."""

    seconds: float
    grew_mb: float = 0.0


def main(argv: list[str]) -> None:
    """Print both lines, each with the limit that it is held against."""
    given = _parser().parse_args(argv)
    if given.serve is not None:
        serve(given.serve)
    elif given.send is not None:
        print(json.dumps(send(given.send, given.to, given.into)))
    else:
        compare(given.pairs)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pairs", type=int, default=7)
    parser.add_argument("--serve", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--send", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--to", help=argparse.SUPPRESS)
    parser.add_argument("--into", help=argparse.SUPPRESS)
    return parser


def compare(pairs: int) -> None:
    """Send the file both ways, in turn, and print medians and every pair's figures."""
    within = RAM_DISK if RAM_DISK.is_dir() else None
    with tempfile.TemporaryDirectory(dir=within) as folder:
        song = _song(Path(folder) / "song.wav")
        with _server(Path(folder) / "serve") as served:
            for warm_up in (_curl, _ours):
                warm_up(served, song)
            both = [(_ours(served, song), _curl(served, song)) for _ in range(pairs)]
    _show(both)


def _song(path: Path) -> Path:
    with path.open("wb") as file:
        file.write(b"RIFF\0\0\0\0WAVE")
        while (left := MOST_UPLOAD_BYTES - file.tell()) > 0:
            file.write(bytes(range(256))[: min(256, left)] * min(4096, max(1, left // 256)))
    return path


def _show(both: list[tuple[Sent, Sent]]) -> None:
    ours, curl = (_rates([pair[side] for pair in both]) for side in (0, 1))
    ratios = [mine / theirs for mine, theirs in zip(ours, curl, strict=True)]
    grew = [pair[0].grew_mb for pair in both]
    _line("NemoBackend.upload", ours, "MB/s", "")
    _line("curl -F", curl, "MB/s", "")
    _line("ratio", ratios, "", f"at least {LEAST_RATIO}")
    _line("the client's memory grew by", grew, "MB", f"under {MOST_GROWTH_MB}")


def _rates(sent: list[Sent]) -> list[float]:
    return [MOST_UPLOAD_BYTES / 1e6 / each.seconds for each in sent]


def _line(name: str, figures: list[float], unit: str, limit: str) -> None:
    shown = " ".join(f"{figure:.2f}" for figure in figures)
    held = f"   ({limit})" if limit else ""
    print(f"{name:28} {statistics.median(figures):8.2f} {unit:5} [{shown}]{held}")


@contextmanager
def _server(folder: Path) -> Iterator[Served]:
    command = [sys.executable, "-m", "tests.bench.upload", "--serve", str(folder)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            port = int(process.stdout.readline().rpartition(":")[2])
            yield Served(port=port, house=None)  # type: ignore[arg-type]  # it is in the other process
        finally:
            process.terminate()


def serve(folder: Path) -> None:
    """Run the server, deaf, until it is told to end; print where it listens."""
    options = options_in(folder)
    house = furnish(options, clock=time.time, make_engine=lambda _f, _w: QuickStudio())
    with listen(options) as listener:
        run(house, listener, ready=lambda line: print(line, flush=True))


def _ours(served: Served, song: Path) -> Sent:
    command = [sys.executable, "-m", "tests.bench.upload", "--send", str(song)]
    done = subprocess.run(
        [*command, "--to", served.url, "--into", served.opened()],
        check=True,
        capture_output=True,
        text=True,
    )
    return Sent(**json.loads(done.stdout))


def send(song: Path, url: str, session: str) -> dict[str, float]:
    """Upload the file through the backend; return what it took."""
    with tempfile.TemporaryDirectory() as home:
        environ = {"NEMO_API_URL": url, "NEMO_TOKEN": TOKEN, "XDG_CONFIG_HOME": home}
        backend = nemo_client(
            environ, clock=time.monotonic, sleep=time.sleep, state_dir=Path(home)
        )
        place = Place(file="bench", line=1, column=1)
        item = Input("track", song, shown=song.name, kind=MediaKind.AUDIO, place=place)
        backend.open(name="warm", language="en", seed=0, hints=MusicHints())
        before = _resident_mb("VmRSS")
        RESET.write_text("5", encoding="ascii")  # forgets the peak so far
        began = time.perf_counter()
        backend.upload(SessionId(session), item, progress=lambda _: None)
        seconds = time.perf_counter() - began
    return {"seconds": seconds, "grew_mb": _resident_mb("VmHWM") - before}


def _resident_mb(name: str) -> float:
    lines = STATUS.read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(name)) / 1024


def _curl(served: Served, song: Path) -> Sent:
    address = served.url + upload_path(served.opened())
    command = ["curl", "--silent", "--fail", "--output", "/dev/null", "-w", "%{time_total}"]
    auth = ["-H", f"Authorization: Bearer {TOKEN}"]
    done = subprocess.run(
        [*command, *auth, "-F", f"files=@{song}", address],
        check=True,
        capture_output=True,
        text=True,
    )
    return Sent(seconds=float(done.stdout))


if __name__ == "__main__":
    main(sys.argv[1:])
