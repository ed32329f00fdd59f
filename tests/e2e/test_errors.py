"""Every row of the service's error table, through the command that meets it: what is done about
it, the exit code, and one sentence with a way out."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from mvpipe.cli.main import main
from mvpipe.errors import Exit
from mvpipe.protocol.wire import (
    HEADER_CLIENT_ID,
    HEADER_PLATFORM,
    HEADER_SOURCE,
    HEADER_VERSION,
)
from tests.e2e.error_table import ROWS, Row
from tests.e2e.virtual import Told, carried_out, failure_in, write_job
from tests.e2e.wellspoken import (
    TOKEN,
    speak_well,
)
from tests.evil import (
    Evil,
    evil_server,
)


@pytest.fixture
def evil() -> Iterator[Evil]:
    with evil_server() as server:
        speak_well(server)
        yield server


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def prepared(row: Row, folder: Path, *, url: str, environ: pytest.MonkeyPatch) -> None:
    """Write the job and its song, and set what makes the scripted server the service."""
    write_job(folder, row.song)
    environ.setenv("NEMO_API_URL", url)
    if row.token is not None:
        environ.setenv("NEMO_TOKEN", row.token)


def check(row: Row, told: Told, evil: Evil) -> None:
    """Hold what came of a row against it."""
    assert (failure_in(told.err), told.exit) == ((row.problem, row.hint), row.exit), told.err
    assert row.told in told.err
    assert {where: len(evil.calls(*where)) for where in row.calls} == row.calls
    assert len({seen.headers[HEADER_CLIENT_ID] for seen in evil.calls(*TOKEN)}) <= 1
    for seen in evil.seen:  # without them the service refuses exports
        assert all(seen.headers[n] for n in (HEADER_SOURCE, HEADER_VERSION, HEADER_PLATFORM))


@pytest.mark.parametrize("sentence", ROWS)
def test_in_the_error_table(
    sentence: str, evil: Evil, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    row = ROWS[sentence]
    for (method, path), behaviours in row.says.items():
        evil.on(method, path, *behaviours)
    prepared(row, folder, url=evil.url, environ=monkeypatch)
    told = carried_out(folder)
    check(row, told, evil)
    assert told.waits == row.waits


BY_THEMSELVES = [
    sentence
    for sentence, row in ROWS.items()
    if row.exit is not Exit.DONE and not row.waits and not row.polls
]
"""The rows that end without a wait, so that the whole command line can run in this process."""


@pytest.mark.parametrize("sentence", BY_THEMSELVES)
def test_on_the_command_line(
    sentence: str,
    evil: Evil,
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    row = ROWS[sentence]
    for (method, path), behaviours in row.says.items():
        evil.on(method, path, *behaviours)
    prepared(row, folder, url=evil.url, environ=monkeypatch)
    code = main(["run", "--backend", "nemo", "--progress", "plain"])
    out, err = capsys.readouterr()
    check(row, Told(code, out, err), evil)
    assert out == ""
    assert not (folder / "out").exists()


def test_a_service_that_is_not_there_is_looked_for_six_times(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    row = Row({})
    prepared(row, folder, url=f"http://127.0.0.1:{port}", environ=monkeypatch)
    told = carried_out(folder)
    assert (told.exit, told.waits) == (Exit.UNREACHABLE, (1, 2, 4, 8, 16, 30))
    assert failure_in(told.err) == (
        f"127.0.0.1:{port} cannot be reached",
        "check the network and NEMO_API_URL, or use --backend local",
    )


def test_an_address_that_is_not_safe_for_a_token_is_never_asked(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    prepared(Row({}), folder, url="http://example.com", environ=monkeypatch)
    assert main(["run", "--backend", "nemo"]) == Exit.USAGE
    err = capsys.readouterr().err
    assert "NEMO_API_URL: 'http://example.com' is not safe for a token\n" in err
    assert "  hint: use https, or http on this machine alone\n" in err


def test_every_failure_in_the_table_is_one_sentence_with_a_way_out() -> None:
    failures = [row for row in ROWS.values() if row.exit is not Exit.DONE]
    assert all(row.problem and row.hint and "\n" not in row.problem for row in failures)
    assert {row.exit for row in failures} == {
        Exit.FAILED,
        Exit.TOKEN,
        Exit.CREDITS,
        Exit.UNREACHABLE,
        Exit.UNKNOWN,
    }
