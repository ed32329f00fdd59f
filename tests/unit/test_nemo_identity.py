"""How a token is come by, kept, and replaced; and that a client id is for good."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from mvpipe.backends.nemo.connect import attribution, nemo_backend, nemo_client, token_file
from mvpipe.backends.nemo.identity import Kept, kept_client_id
from mvpipe.disk import read_private
from mvpipe.errors import ClientIdMissing, TokenRefused, UsageError
from mvpipe.model.secret import Secret
from mvpipe.protocol.paths import BALANCE_PATH, TOKEN_PATH
from tests.evil import CANARY, Behaviour, Evil, caller, code, data, evil_server, refuse
from tests.fakes import FakeClock

posix = pytest.mark.skipif(os.name == "nt", reason="modes are POSIX")
CREDITS = data(available=100)


@pytest.fixture
def evil() -> Iterator[Evil]:
    with evil_server() as server:
        server.on("GET", BALANCE_PATH, CREDITS)
        server.on("POST", TOKEN_PATH, token("first"), token("second"))
        yield server


def token(name: str) -> Behaviour:
    return data(token=f"nmv_usr_{name}", user_id="anon_abc", expires_at="2026-12-01T00:00:00Z")


def used(evil: Evil) -> list[str | None]:
    return [seen.headers["Authorization"] for seen in evil.calls("GET", BALANCE_PATH)]


def id_file(folder: Path) -> Path:
    return folder / "config" / "nemovideo" / "client_id"


def test_a_given_token_is_used_and_nothing_is_asked_for(evil: Evil, tmp_path: Path) -> None:
    with caller(evil, tmp_path) as backend:
        backend.credits()
    assert used(evil) == [f"Bearer {CANARY}"]
    assert evil.calls("POST", TOKEN_PATH) == []
    assert list(tmp_path.iterdir()) == []


def test_without_one_a_free_token_is_had_once_and_kept(evil: Evil, tmp_path: Path) -> None:
    for _ in range(2):
        with caller(evil, tmp_path, token=None) as backend:
            backend.credits()
            backend.credits()
    assert used(evil) == ["Bearer nmv_usr_first"] * 4
    [asked] = evil.calls("POST", TOKEN_PATH)
    assert asked.headers["X-Client-Id"] == id_file(tmp_path).read_text().strip()
    assert asked.headers["Authorization"] is None


@posix
def test_what_is_kept_is_for_nobody_else_to_read(evil: Evil, tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        with caller(evil, tmp_path, token=None) as backend:
            backend.credits()
    finally:
        os.umask(before)
    kept = [path for path in tmp_path.rglob("*") if path != tmp_path]
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in kept}
    assert modes.pop("client_id") == 0o600
    assert modes.pop("token.json") == 0o600
    assert set(modes.values()) == {0o700}


@posix
@pytest.mark.parametrize("name", ["client_id", "token.json"])
def test_a_file_that_others_can_read_is_refused(evil: Evil, tmp_path: Path, name: str) -> None:
    with caller(evil, tmp_path, token=None) as backend:
        backend.credits()
    [path] = tmp_path.rglob(name)
    path.chmod(0o640)
    if name == "client_id":
        token_file(tmp_path / "state").forget()
    with (
        caller(evil, tmp_path, token=None) as backend,
        pytest.raises(TokenRefused, match="can be read by others") as caught,
    ):
        backend.credits()
    assert caught.value.hint == f"chmod 600 '{path}'"


def test_a_refused_free_token_is_replaced_once_under_the_same_id(
    evil: Evil, tmp_path: Path
) -> None:
    evil.on("GET", BALANCE_PATH, CREDITS, code(1001), CREDITS, code(1001))
    with caller(evil, tmp_path, token=None) as backend:
        backend.credits()
        backend.credits()
        with pytest.raises(TokenRefused):
            backend.credits()
    first, *others = evil.calls("POST", TOKEN_PATH)
    assert {seen.headers["X-Client-Id"] for seen in others} == {first.headers["X-Client-Id"]}
    assert used(evil)[2] == "Bearer nmv_usr_second"
    assert len(used(evil)) == 5


def test_a_token_that_somebody_chose_is_never_replaced(evil: Evil, tmp_path: Path) -> None:
    evil.on("GET", BALANCE_PATH, code(1001))
    with caller(evil, tmp_path) as backend, pytest.raises(TokenRefused):
        backend.credits()
    kept = Kept(token=Secret("nmv_usr_mine"), api=evil.url, anonymous=False)
    token_file(tmp_path / "state").save(kept)
    with caller(evil, tmp_path, token=None) as backend, pytest.raises(TokenRefused):
        backend.credits()
    assert used(evil) == [f"Bearer {CANARY}", "Bearer nmv_usr_mine"]
    assert evil.calls("POST", TOKEN_PATH) == []


def test_a_token_kept_for_another_service_stays_at_home(evil: Evil, tmp_path: Path) -> None:
    kept = Kept(token=Secret(CANARY), api="https://example.com", anonymous=False)
    token_file(tmp_path / "state").save(kept)
    with caller(evil, tmp_path, token=None) as backend:
        backend.credits()
    assert used(evil) == ["Bearer nmv_usr_first"]


def test_the_weekly_limit_is_asked_about_twice_and_then_told(
    evil: Evil, tmp_path: Path
) -> None:
    evil.on("POST", TOKEN_PATH, refuse(429))
    waits: list[float] = []
    with (
        caller(evil, tmp_path, token=None, waits=waits) as backend,
        pytest.raises(TokenRefused, match="one free token a week"),
    ):
        backend.credits()
    ids = {seen.headers["X-Client-Id"] for seen in evil.calls("POST", TOKEN_PATH)}
    assert (waits, len(ids)) == ([30], 1)


def test_a_limit_that_passes_is_waited_out(evil: Evil, tmp_path: Path) -> None:
    evil.on("POST", TOKEN_PATH, refuse(429), token("late"))
    with caller(evil, tmp_path, token=None) as backend:
        backend.credits()
    assert used(evil) == ["Bearer nmv_usr_late"]


def test_a_service_that_misses_the_id_says_so(evil: Evil, tmp_path: Path) -> None:
    evil.on("POST", TOKEN_PATH, refuse(400))
    with caller(evil, tmp_path, token=None) as backend, pytest.raises(ClientIdMissing):
        backend.credits()


def test_an_id_is_given_kept_or_made(tmp_path: Path) -> None:
    path = tmp_path / "a" / "client_id"
    assert kept_client_id(path, given="mine") == "mine"
    assert not path.exists()
    made = kept_client_id(path)
    assert kept_client_id(path) == made == (read_private(path) or "").strip()


@pytest.mark.parametrize("given", ["two words", "x" * 65, "\n"])
def test_an_id_that_could_not_be_sent_is_refused(tmp_path: Path, given: str) -> None:
    with pytest.raises(TokenRefused, match="NEMO_CLIENT_ID is no client id"):
        kept_client_id(tmp_path / "client_id", given=given)


@pytest.mark.parametrize("text", ["no json", "{}", '{"version":2,"token":"a","api":"b"}', "[]"])
def test_a_token_file_of_another_make_counts_as_none(tmp_path: Path, text: str) -> None:
    tokens = token_file(tmp_path)
    tokens.save(Kept(token=Secret("a"), api="b", anonymous=True))
    assert tokens.load(api="b") == Kept(token=Secret("a"), api="b", anonymous=True)
    tokens.path.write_text(text)
    assert tokens.load(api="b") is None
    assert tokens.forget()
    assert not tokens.forget()


@posix
def test_a_file_of_another_size_or_kind_is_refused(tmp_path: Path) -> None:
    tokens = token_file(tmp_path)
    tokens.save(Kept(token=Secret("a" * 70_000), api="b", anonymous=True))
    with pytest.raises(TokenRefused, match="too long"):
        tokens.load(api="b")
    tokens.forget()
    tokens.path.mkdir()
    with pytest.raises(TokenRefused, match="cannot be read"):
        tokens.load(api="b")


def test_an_unsafe_address_is_refused_before_anything_is_sent(tmp_path: Path) -> None:
    clock = FakeClock()
    environ = {"NEMO_API_URL": "http://example.com", "NEMO_TOKEN": CANARY}
    with pytest.raises(UsageError):
        nemo_client(environ, clock=clock, sleep=clock.sleep, state_dir=tmp_path)


def test_the_backend_names_its_service_and_not_its_token(tmp_path: Path) -> None:
    clock = FakeClock()
    environ = {"NEMO_API_URL": "https://example.com", "NEMO_TOKEN": CANARY}
    backend = nemo_backend(environ, clock=clock, sleep=clock.sleep, state_dir=tmp_path)
    assert backend.identity() == "nemo/1 https://example.com"
    assert CANARY not in repr(backend)
    backend.close()


def test_the_platform_can_be_said(tmp_path: Path) -> None:
    assert attribution({"SKILL_SOURCE": "studio"}).platform == "studio"
