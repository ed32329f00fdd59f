from __future__ import annotations

import os
from collections.abc import Iterator
from io import StringIO
from pathlib import Path

import pytest

from mvpipe.cli.main import main
from mvpipe.commands import auth
from mvpipe.commands.auth import Found, told
from mvpipe.errors import Exit, TokenRefused
from mvpipe.protocol.paths import BALANCE_PATH, TOKEN_PATH
from mvpipe.report.streams import Streams
from tests.evil import CANARY, Evil, code, data, evil_server

Said = pytest.CaptureFixture[str]
END = "2999-01-01T00:00:00Z"
NOW_S = 1_795_000_000.0


@pytest.fixture
def evil(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Evil]:
    monkeypatch.setenv("MVPIPE_STATE_DIR", str(tmp_path))
    with evil_server() as server:
        monkeypatch.setenv("NEMO_API_URL", server.url)
        server.on("POST", TOKEN_PATH, data(token=CANARY, user_id="anon_abc", expires_at=END))
        server.on("GET", BALANCE_PATH, data(available=100))
        yield server


def called(capsys: Said, *arguments: str) -> tuple[int, str, str]:
    code = main(["auth", *arguments])
    said = capsys.readouterr()
    assert CANARY not in said.out + said.err
    return code, said.out, said.err


def piped(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setattr("sys.stdin", StringIO(text))


def test_without_a_token_the_status_says_how_to_have_one(evil: Evil, capsys: Said) -> None:
    code, out, err = called(capsys, "status")
    assert code == Exit.TOKEN
    assert out == f"no token for {evil.url}\n"
    assert "mvpipe auth login" in err
    assert evil.seen == []


def test_a_free_token_is_had_once_with_the_id_that_is_kept(
    evil: Evil, capsys: Said, own_home: Path, tmp_path: Path
) -> None:
    assert called(capsys, "login")[0] == Exit.DONE
    code, out, _ = called(capsys, "login")
    assert code == Exit.DONE
    where = tmp_path / "nemo" / "token.json"
    assert out == f"a free token of anon_abc from '{where}' for {evil.url}, until {END}\n"
    [asked] = evil.calls("POST", TOKEN_PATH)
    [kept] = own_home.rglob("client_id")
    assert asked.headers["X-Client-Id"] == kept.read_text(encoding="utf-8").strip()


def test_a_token_of_ones_own_is_tried_and_kept(
    evil: Evil, capsys: Said, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    piped(monkeypatch, f"  {CANARY}\n")
    code, out, err = called(capsys, "login", "--with-token")
    assert (code, err) == (Exit.DONE, "the service accepts the token\n")
    assert out.startswith("your own token from '")
    [asked] = evil.calls("GET", BALANCE_PATH)
    assert asked.headers["Authorization"] == f"Bearer {CANARY}"
    assert CANARY in (tmp_path / "nemo" / "token.json").read_text(encoding="utf-8")


def test_a_token_that_is_refused_is_not_kept(
    evil: Evil, capsys: Said, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    evil.on("GET", BALANCE_PATH, code(1001))
    piped(monkeypatch, CANARY)
    assert called(capsys, "login", "--with-token")[0] == Exit.TOKEN
    assert not (tmp_path / "nemo").exists()


@pytest.mark.parametrize("text", ["", "two words", "x" * 5000, "tökén", "a\x1bb"])
def test_what_is_no_token_is_never_sent(
    evil: Evil, capsys: Said, monkeypatch: pytest.MonkeyPatch, text: str
) -> None:
    piped(monkeypatch, text)
    code, _, err = called(capsys, "login", "--with-token")
    assert code == Exit.TOKEN
    assert not text or text not in err
    assert evil.seen == []


def test_a_token_in_the_environment_comes_first_and_is_said_to(
    evil: Evil, capsys: Said, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NEMO_TOKEN", CANARY)
    assert "your own token from the environment (NEMO_TOKEN)" in called(capsys, "status")[1]
    for more in ([], ["--with-token"]):
        piped(monkeypatch, CANARY)
        code, _, err = called(capsys, "login", *more)
        assert code == Exit.USAGE
        assert "unset NEMO_TOKEN first" in err
    assert "NEMO_TOKEN is still set" in called(capsys, "logout")[2]


def test_a_free_token_is_forgotten_only_for_sure(
    evil: Evil, capsys: Said, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    called(capsys, "login")
    piped(monkeypatch, "")
    code, _, err = called(capsys, "logout")
    assert code == Exit.USAGE
    assert "--yes" in err
    assert called(capsys, "logout", "--yes")[2] == "the token is forgotten\n"
    assert not (tmp_path / "nemo" / "token.json").exists()
    assert called(capsys, "logout")[2] == "there was no token to forget\n"


def test_who_thinks_again_forgets_nothing(evil: Evil, capsys: Said, tmp_path: Path) -> None:
    called(capsys, "login")
    out, err = StringIO(), StringIO()
    auth.logout(Streams(out, err), sure=lambda _question: False)
    assert err.getvalue() == "nothing is forgotten\n"
    assert (tmp_path / "nemo" / "token.json").exists()


@pytest.mark.skipif(os.name == "nt", reason="modes are POSIX")
def test_a_token_that_others_can_read_is_not_used(
    evil: Evil, capsys: Said, tmp_path: Path
) -> None:
    called(capsys, "login")
    (tmp_path / "nemo" / "token.json").chmod(0o644)
    code, _, err = called(capsys, "status")
    assert code == Exit.TOKEN
    assert "chmod 600" in err


@pytest.mark.parametrize(
    ("expires_at", "wanted"),
    [
        (None, ""),
        ("2027-01-01T00:00:00Z", ", until 2027-01-01T00:00:00Z"),
        ("2027-01-01T00:00:00", ", until 2027-01-01T00:00:00"),
        (
            "2026-01-01T00:00:00Z",
            ", expired 2026-01-01T00:00:00Z: a new one is asked for when it is needed",
        ),
        ("next week\x1b", ", until next week�"),
    ],
)
def test_how_long_a_token_holds_is_said(expires_at: str | None, wanted: str) -> None:
    found = Found("'token.json'", "https://x", free=True, expires_at=expires_at)
    assert told(found, now_s=NOW_S) == f"a free token from 'token.json' for https://x{wanted}"


def test_a_token_of_ones_own_that_expired_is_only_said_to_have() -> None:
    found = Found("x", "https://x", free=False, expires_at="2026-01-01T00:00:00Z")
    assert told(found, now_s=NOW_S).endswith(", expired 2026-01-01T00:00:00Z")


def test_no_token_is_an_error_without_the_token() -> None:
    with pytest.raises(TokenRefused, match="this is no token"):
        auth.login_with(lambda: "a b", Streams(StringIO(), StringIO()))
